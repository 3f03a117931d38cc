// What one does: move q by its two knobs, choose an observation.

import { BLUE } from "../../palette.js";
import { element } from "../shared/elements.js";
import { density } from "../shared/gaussian.js";
import { format, round } from "../shared/numbers.js";
import { knob } from "../shared/pointer.js";
import { anySeed } from "../shared/random.js";
import { rounded, spoken } from "./sums.js";

/**
 * @import { Axes } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { State } from "./state.js"
 */

/**
 * The knobs for mu, at q's peak, and for sigma, on its flank. act(traits): somebody moves one.
 * @param {State} state
 * @param {Axes} axes
 * @param {(traits: Partial<Gaussian>) => void} act
 */
export function knobs(state, axes, act) {
  const [mu, sigma] = [state.limits.mu, state.limits.sigma].map(([min, max]) => ({ min, max }));
  const height = (/** @type {number} */ z) => density(state.q)(z);
  const say = (/** @type {number} */ value) =>
    `${format(value)}. ${spoken(rounded({ ...state.observation, ...state.now }))}`;
  return [
    knob(axes, {
      ...mu,
      name: "μ, the centre of q",
      step: 0.1,
      color: BLUE,
      get: () => state.q.mu,
      set: (value) => act({ mu: round(value) }),
      say,
      place: () => [state.q.mu, height(state.q.mu)],
      read: ([z]) => z,
    }),
    knob(axes, {
      ...sigma,
      name: "σ, the width of q",
      step: 0.05,
      color: BLUE,
      get: () => state.q.sigma,
      set: (value) => act({ sigma: round(value) }),
      say,
      // Below the other knob even where q is higher than the chart.
      place: () => [state.q.mu + state.q.sigma, Math.min(height(state.q.mu + state.q.sigma), 0.6 * axes.extent[3])],
      read: ([z]) => z - state.q.mu,
    }),
  ];
}

/**
 * A radio button for each observation: {node, show}. show() checks the one that is shown. act(traits): somebody chooses.
 * @param {State} state
 * @param {(traits: { observation: string }) => void} act
 */
export function choices({ observations }, act) {
  const group = `vaelab-${anySeed()}`; // two playgrounds on a page choose for themselves
  const inputs = observations.map(({ name }) =>
    element("input", { type: "radio", name: group, value: name, onchange: () => act({ observation: name }) }),
  );
  const labels = observations.map(({ name, x }, i) =>
    element("label", { class: "vaelab-check" }, inputs[i], `${name}, ${x}`),
  );
  const node = element("fieldset", { class: "vaelab-choices" }, element("legend", {}, "Observation x"), ...labels);
  const show = (/** @type {string} */ chosen) => {
    for (const input of inputs) input.checked = input.value === chosen;
  };
  return { node, show };
}
