// ELBOPlayground: a Gaussian q(z) to lay over an exact posterior, while ELBO and KL share log p(x).

import { Axes } from "../shared/axes.js";
import { compose, element, listen, whenLookChanges } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { uphill } from "./bound.js";
import { choices, knobs } from "./controls.js";
import { drawCurves, key } from "./curves.js";
import { columns, drawLevels } from "./levels.js";
import { State } from "./state.js";
import { equations, rounded } from "./sums.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 */

const TOP = "At the top: no Gaussian nearby, within the reach of the dots, has a higher ELBO.";
const HOW = "Drag the two dots, or focus one and use the arrow keys (Shift: fine).";

/** @param {{ model: WidgetModel, el: HTMLElement }} place */
function render({ model, el }) {
  const state = new State(model);
  const curves = new Axes([...state.limits.shown, 0, 1], { x: "z" });
  const levels = new Axes([0, 4, -1, 0], { y: "nats" });
  const reached = element("p", { class: "vaelab-hint", role: "status" });
  const climber = player({
    name: "Climb to the best q",
    tick: () => {
      const higher = climb(state);
      if (!higher) reached.textContent = TOP;
      return higher;
    },
  });
  /** Somebody moves something: that ends a climb. */
  const act = (/** @type {Partial<Gaussian & { observation: string }>} */ traits) => {
    climber.pause();
    state.move(traits);
  };
  const dots = knobs(state, curves, act);
  const observations = choices(state, act);
  const width = element("span", { class: "vaelab-numbers" });
  const sums = element("div", { class: "vaelab-sums vaelab-numbers" });

  const over = element("div", { class: "vaelab-chart" }, curves.canvas, ...dots.map(({ node }) => node));
  const controls = element("div", { class: "vaelab-controls" }, climber.node, width);
  const hint = element("p", { class: "vaelab-hint vaelab-how" }, HOW);
  const left = element("div", { class: "vaelab-curves" }, over, key(), controls, reached, hint);
  const beside = element("div", { class: "vaelab-chart" }, levels.canvas, columns());
  const right = element("div", { class: "vaelab-levels" }, beside, sums);
  compose(el, observations.node, element("div", { class: "vaelab-row" }, left, right));

  function draw() {
    const numbers = { ...state.observation, ...state.look() };
    const { ahead, q } = state;
    observations.show(numbers.name);
    if (curves.clear() && levels.clear()) {
      drawCurves(curves, numbers, q, ahead);
      for (const dot of dots) dot.draw();
      drawLevels(levels, numbers, ahead?.elbo ?? null);
    }
    width.textContent = `μ = ${format(q.mu)}, σ = ${format(q.sigma)}`;
    sums.replaceChildren(...equations(rounded(numbers)));
  }

  function changed() {
    reached.textContent = "";
    draw();
  }

  const deaf = listen(model, { "change:mu": changed, "change:sigma": changed, "change:observation": changed });
  const stop = whenLookChanges(curves.canvas, draw);
  return () => {
    deaf();
    state.tell.cancel();
    climber.pause();
    stop();
  };
}

/**
 * A step up the ELBO, or where less motion is wanted all of them: whether there are more.
 * @param {State} state
 */
function climb(state) {
  const up = (/** @type {Gaussian} */ q) => uphill(state.observation, q, state.limits);
  let next = up(state.q);
  if (lessMotion()) for (let higher = next; higher; higher = up(higher)) next = higher;
  if (next) state.move(next);
  return next !== null && !lessMotion();
}

export default { render };
