// The chart of densities over z: the exact posterior, the prior, q, and the best q so far.

import { BLUE } from "../../palette.js";
import { element } from "../shared/elements.js";
import { density } from "../shared/gaussian.js";

/**
 * @import { Axes, Point } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Named } from "./state.js"
 */

/**
 * ahead: the best q so far, where that is another.
 * @param {Axes} axes
 * @param {Named} observation
 * @param {Gaussian} q
 * @param {Gaussian | null} ahead
 */
export function drawCurves(axes, { z, logPrior, logLikelihood, logEvidence }, q, ahead) {
  const posterior = curve(axes, z, (i) => Math.exp(logPrior[i] + logLikelihood[i] - logEvidence));
  const prior = curve(axes, z, (i) => Math.exp(logPrior[i]));
  const gaussian = (/** @type {Gaussian} */ one) => {
    const height = density(one);
    return curve(axes, z, (i) => height(z[i]));
  };
  axes.extent[3] = 1.6 * Math.max(...posterior.map(([, height]) => height));
  axes.axes();
  axes.within(() => {
    axes.fill(posterior, { alpha: 0.2 });
    axes.line(posterior, { width: 1 });
    axes.line(prior, { width: 1, dash: [6, 4] });
    if (ahead) axes.line(gaussian(ahead), { color: BLUE, width: 1.5, dash: [1.5, 4] });
    axes.line(gaussian(q), { color: BLUE, width: 2.5 });
  });
}

/**
 * The points (z[i], height(i)) of the grid that the axes show.
 * @param {Axes} axes
 * @param {ArrayLike<number>} z
 * @param {(i: number) => number} height
 */
function curve({ extent: [low, high] }, z, height) {
  /** @type {Point[]} */
  const points = [];
  for (let i = 0; i < z.length; i++) if (z[i] >= low && z[i] <= high) points.push([z[i], height(i)]);
  return points;
}

/** How each curve is drawn. */
export function key() {
  const sample = (/** @type {string} */ style, /** @type {string} */ text) =>
    element(
      "span",
      { class: "vaelab-class" },
      element("span", { class: `vaelab-sample vaelab-sample-${style}` }),
      text,
    );
  return element(
    "div",
    { class: "vaelab-legend" },
    sample("area", "posterior p(z|x)"),
    sample("solid", "q(z) = N(μ, σ²)"),
    sample("dashed", "prior p(z)"),
    sample("dotted", "best q so far"),
  );
}
