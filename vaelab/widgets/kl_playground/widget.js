// KLPlayground: two Gaussians to drag, what the KL divergence integrates, and its value in both directions.

import { button, checkbox, compose, element, whenLookChanges } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { axesOfZ, gridOf } from "./charts.js";
import { drawDensities } from "./densities.js";
import { Direction } from "./direction.js";
import { knobsOf } from "./knobs.js";
import { write } from "./ledger.js";
import { P, Pair, Q } from "./pair.js";

/**
 * @import { Axes } from "../shared/axes.js"
 * @import { WidgetModel } from "../shared/elements.js"
 */

/** What (mu, sigma) of q shows what, when p is N(0, 1). */
const PRESETS = { "Narrow q": [0, 0.4], "Wide q": [0, 2.5], "Shifted q": [2, 1] };

/** The terms of KL(q || p) and of KL(p || q), and what is left of them when p is N(0, 1). */
const TERMS = [
  { any: ["½ (μ − μₚ)² / σₚ²", "½ σ² / σₚ²", "− ½ log(σ² / σₚ²)"], standard: ["½ μ²", "½ σ²", "− ½ log σ²"] },
  { any: ["½ (μₚ − μ)² / σ²", "½ σₚ² / σ²", "− ½ log(σₚ² / σ²)"], standard: ["½ μ² / σ²", "½ / σ²", "½ log σ²"] },
];

const HOW =
  "Drag a knob: the one at a peak for the mean, the one on a flank for σ. Or focus it and use the arrow keys " +
  "(Shift: fine, Home and End: as far as it goes).";
const WHAT =
  "Solid areas count +, hatched ones −. Their colour is that of the density that is larger there, and the dotted lines " +
  "are where the densities cross. The integrals are sums of 4,000 trapezoids, exact to the digits shown.";

/** @param {{ model: WidgetModel, el: HTMLElement }} where */
function render({ model, el }) {
  const ranges = { mu: model.get("_mu_range"), sigma: model.get("_sigma_range") };
  /** @type {[number, number]} */
  const reach = [ranges.mu[0] - ranges.sigma[1], ranges.mu[1] + ranges.sigma[1]]; // of z: every knob has its place
  const pair = new Pair(model);
  const densities = axesOfZ(reach);
  const q_p = new Direction(pair, Q, P, TERMS[0], reach);
  const p_q = new Direction(pair, P, Q, TERMS[1], reach);
  const say = () => `KL of q to p: ${format(q_p.kl, 3)} nats, of p to q: ${format(p_q.kl, 3)} nats`;
  const [knobsOfP, knobsOfQ] = [P, Q].map((role) => knobsOf(role, pair, densities, ranges, say));
  const knobs = [...knobsOfP, ...knobsOfQ]; // where they meet, those of q lie on top
  const names = [Q, P].map(() => element("span", { class: "vaelab-numbers" }));
  const lock = checkbox("p = N(0, 1), as in a VAE", () => {
    if (lock.input.checked) pair.put({ mu_p: 0, sigma_p: 1 });
    else draw();
  });
  lock.input.checked = pair.isStandard;

  function draw() {
    if (!pair.isStandard) lock.input.checked = false;
    const locked = lock.input.checked;
    const [q, p] = [pair.of(Q), pair.of(P)];
    if ([densities, q_p.axes, p_q.axes].map((axes) => axes.clear()).every(Boolean)) {
      const grid = gridOf(densities, q, p);
      drawDensities(densities, q, p, grid, locked ? [Q] : [Q, P]);
      for (const direction of [q_p, p_q]) direction.draw(grid);
    }
    for (const direction of [q_p, p_q]) direction.write(locked);
    write(names, [`q = N(${format(q.mu)}, ${format(q.sigma)}²)`, `p = N(${format(p.mu)}, ${format(p.sigma)}²)`]);
    for (const { node } of knobsOfP) node.hidden = locked;
    for (const one of knobs) one.draw();
  }

  compose(
    el,
    section("The two densities", densities, knobs, ...key(names), lock.node, buttons(pair), hint(HOW)),
    ...[q_p, p_q].map(({ name, first: { letter: a }, second: { letter: b }, axes, area, formula }) =>
      section(`${name}: the area under ${a} log (${a} / ${b})`, axes, [], area.node, formula.node),
    ),
    hint(WHAT),
  );
  const deaf = pair.follow(draw);
  const stop = whenLookChanges(densities.canvas, draw);
  return () => {
    deaf();
    stop();
  };
}

/**
 * A chart under its title, and beside it what belongs to it.
 * @param {string} title
 * @param {Axes} axes
 * @param {{ node: HTMLElement }[]} knobs
 * @param {HTMLElement[]} beside
 */
function section(title, axes, knobs, ...beside) {
  const chart = element("div", { class: "vaelab-chart" }, axes.canvas, ...knobs.map(({ node }) => node));
  const figure = element("figure", { class: "vaelab-kl-figure" }, element("figcaption", {}, title), chart);
  const side = element("div", { class: "vaelab-kl-side" }, ...beside);
  return element("div", { class: "vaelab-row vaelab-kl" }, figure, side);
}

/**
 * How each density is drawn, before its name.
 * @param {HTMLElement[]} names
 */
function key(names) {
  return [Q, P].map(({ color, dash }, i) => {
    const style = `border-top-style: ${dash.length ? "dashed" : "solid"}; color: ${color}`;
    return element("div", {}, element("span", { class: "vaelab-line", style }), names[i]);
  });
}

/** @param {Pair} pair */
function buttons(pair) {
  return element(
    "div",
    { class: "vaelab-kl-buttons" },
    ...Object.entries(PRESETS).map(([name, [mu, sigma]]) =>
      button(name, () => pair.put({ mu, sigma, mu_p: 0, sigma_p: 1 })),
    ),
    button("q = p", () => pair.meet()),
    button("Swap q and p", () => pair.swap()),
  );
}

/** @param {string} text */
function hint(text) {
  return element("p", { class: "vaelab-hint vaelab-how" }, text);
}

export default { render };
