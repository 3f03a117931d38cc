// What the three charts have in common: the axis of z, a grid on it, and lines where the densities cross.

import { Axes } from "../shared/axes.js";
import { crossings } from "./divergence.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 */

/**
 * Values of z, one to a pixel, and the indices of the first, of those where the densities cross, and of the last.
 * @typedef {{ zs: number[], edges: number[] }} Grid
 */

export const NAME_FONT = "italic bold 15px Georgia, serif";

/**
 * Axes whose heights are still to be found.
 * @param {[number, number]} reach of z
 */
export function axesOfZ([low, high]) {
  return new Axes([low, high, 0, 1], { x: "z" });
}

/**
 * @param {Axes} axes
 * @param {Gaussian} q
 * @param {Gaussian} p
 * @returns {Grid}
 */
export function gridOf({ area, extent: [low, high] }, q, p) {
  const steps = Math.round(area.width);
  const zs = Array.from({ length: steps + 1 }, (_, i) => low + (i / steps) * (high - low));
  return { zs, edges: [0, ...crossings(zs, q, p), steps] };
}

/**
 * The points (z, f(z)).
 * @param {number[]} zs
 * @param {(z: number) => number} f
 * @returns {Point[]}
 */
export function graph(zs, f) {
  return zs.map((z) => [z, f(z)]);
}

/**
 * Thin lines where the densities cross.
 * @param {Axes} axes
 * @param {Grid} grid
 */
export function drawCrossings(axes, { zs, edges }) {
  for (const i of edges.slice(1, -1)) axes.upright(zs[i], { width: 1, dash: [1, 3] });
}
