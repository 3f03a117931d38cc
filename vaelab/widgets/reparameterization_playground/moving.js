// The first part of the playground: the draws, moved by two knobs on q's curve, and the chosen one in numbers.

import { Axes } from "../shared/axes.js";
import { button, checkbox, element } from "../shared/elements.js";
import { format, round } from "../shared/numbers.js";
import { knob } from "../shared/pointer.js";
import { normals } from "../shared/random.js";
import { bell, drawCarried, HIGH, LOW } from "./carried.js";
import { Draws } from "./draws.js";

/** @import { WidgetModel } from "../shared/elements.js" */

const HOW = "Drag the two knobs on the curve of q, or use the arrow keys: μ at the peak, σ beside it.";

/** @param {WidgetModel} model */
export function movingDraws(model) {
  const q = () => ({ mu: model.get("mu"), sigma: model.get("sigma") });
  const [left, right] = model.get("_ranges").axis;
  const axes = new Axes([left, right, LOW, HIGH], { x: "value" });
  const draws = new Draws(model.get("_eps"), q(), normals(1));
  const knobs = knobsOn(axes, model, draws);
  const numbers = element("div", { class: "vaelab-terms" });
  const newEps = button("New ε", () => {
    draws.renew();
    draw();
  });
  const anew = checkbox("without the trick: draw z at every move", () => {
    newEps.disabled = anew.input.checked;
    draws.join(!anew.input.checked);
    draw();
  });

  const chart = element("div", { class: "vaelab-chart vaelab-draws" }, axes.canvas, ...knobs.map((one) => one.node));
  const controls = element("div", { class: "vaelab-controls" }, newEps, anew.node);
  const hint = element("p", { class: "vaelab-hint vaelab-how" }, HOW);
  const beside = element("div", { class: "vaelab-beside" }, numbers, controls, hint);
  const node = element("div", { class: "vaelab-row" }, chart, beside);

  function moved() {
    draws.moveTo(q());
    draw();
  }

  function draw() {
    numbers.replaceChildren(
      ...Object.entries(terms(draws)).flatMap((row) => row.map((text) => element("span", {}, text))),
    );
    if (!axes.clear()) return;
    drawCarried(axes, draws);
    for (const one of knobs) one.draw();
  }

  draw();
  return { node, canvas: axes.canvas, moved, draw, end: () => {} };
}

/**
 * A knob at q's peak for mu, one beside it for sigma.
 * @param {Axes} axes
 * @param {WidgetModel} model
 * @param {Draws} draws
 */
function knobsOn(axes, model, draws) {
  const ranges = model.get("_ranges");
  const [mu, sigma] = [ranges.mu, ranges.sigma].map(([min, max]) => ({ min, max }));
  const set = (/** @type {string} */ name, /** @type {number} */ number) => {
    if (round(number, 3) === model.get(name)) return; // a knob was touched, not moved: the draws stay
    model.set(name, round(number, 3));
    model.save_changes();
  };
  return [
    knob(axes, {
      ...mu,
      name: "Mean μ of q",
      step: 0.05,
      get: () => draws.q.mu,
      set: (number) => set("mu", number),
      say: (number) => `μ = ${format(number)}`,
      place: () => [draws.q.mu, 1],
      read: ([right]) => right,
    }),
    knob(axes, {
      ...sigma,
      name: "Standard deviation σ of q",
      step: 0.02,
      get: () => draws.q.sigma,
      set: (number) => set("sigma", number),
      say: (number) => `σ = ${format(number)}`,
      place: () => [draws.q.mu + draws.q.sigma, bell(1)],
      read: ([right]) => right - draws.q.mu,
    }),
  ];
}

/**
 * The chosen draw in numbers, and how z answered to the last move: {name: text}.
 * @param {Draws} draws
 * @returns {Record<string, string>}
 */
export function terms({ eps, z, q, chosen, joined, move }) {
  const symbol = move?.name === "mu" ? "μ" : "σ";
  const last = move
    ? `Δz / Δ${symbol} = ${format(move.dz, 3)} / ${format(move.by, 3)} = ${format(move.dz / move.by)}`
    : "none yet";
  if (!joined) return { "z ~ N(μ, σ²)": format(z[chosen]), "∂z/∂μ": "none", "∂z/∂σ": "none", "last move": last };
  const [e, mu, sigma] = [eps[chosen], q.mu, q.sigma].map((number) => format(number));
  return {
    "ε, thick line": e,
    "z = μ + σε": `${mu} + ${sigma} × ${eps[chosen] < 0 ? `(${e})` : e} = ${format(z[chosen])}`,
    "∂z/∂μ": "1",
    "∂z/∂σ = ε": e,
    "last move": last,
  };
}
