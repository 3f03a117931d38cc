// What is marked on a map over its codes: Gaussians, single codes, a path, the prior; legible on any ground.

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Plane } from "../shared/plane.js"
 * @import { Posterior } from "./spaces.js"
 */

/**
 * @typedef {Posterior & { name: string, dash?: number[] }} GaussianMark a point where it has no sigma
 * @typedef {{ from: Point | null, to: Point | null }} PathMark
 * @typedef {GaussianMark | PathMark} Mark
 */

const BOLD = "bold 15px system-ui, sans-serif";

/**
 * Dashed circles of radius 1 and 2, on a ground that may be an image.
 * @param {Plane} plane
 * @param {{ onImage: boolean }} ground
 */
export function markPrior(plane, { onImage }) {
  if (onImage) for (const radius of [1, 2]) halo(plane, [0, 0], [1, 1], { radius, width: 3 });
  plane.prior();
}

/**
 * Paths lie above Gaussians.
 * @param {Plane} plane
 * @param {Mark[]} marks
 */
export function drawMarks(plane, marks) {
  for (const mark of marks) if ("mu" in mark) markGaussian(plane, mark);
  for (const mark of marks) if ("from" in mark) markPath(plane, mark);
}

/**
 * The ellipse of two sigmas and its name; a point is a small ring.
 * @param {Plane} plane
 * @param {GaussianMark} mark
 */
function markGaussian(plane, { name, mu, sigma, dash }) {
  const small = (4 * (plane.extent[1] - plane.extent[0])) / plane.area.width; // 4 CSS pixels
  const [width, height] = sigma ? [sigma[0], sigma[1]] : [small, small];
  halo(plane, mu, [width, height], { width: 5 });
  plane.ellipse(mu, [width, height], { width: 2, dash });
  const top = /** @type {Point} */ ([mu[0], mu[1] + 2 * height]);
  const bottom = /** @type {Point} */ ([mu[0], mu[1] - 2 * height]);
  const below = plane.place(top)[1] < plane.area.top + 20; // no room above it
  plane.write(name, below ? bottom : top, { shift: [0, below ? 12 : -10] });
}

/**
 * A straight line from A to B, as far as they are set.
 * @param {Plane} plane
 * @param {PathMark} mark
 */
function markPath(plane, { from, to }) {
  if (from && to) {
    plane.line([from, to], { color: plane.paper, width: 5 });
    plane.line([from, to], { width: 2 });
  }
  if (from) plane.write("A", from, { font: BOLD, shift: [0, 16] });
  if (to) plane.write("B", to, { font: BOLD, shift: [0, 16] });
}

/**
 * What keeps an ellipse legible on any ground.
 * @param {Plane} plane
 * @param {ArrayLike<number>} mu
 * @param {ArrayLike<number>} sigma
 * @param {{ radius?: number, width: number }} style
 */
function halo(plane, mu, sigma, { radius = 2, width }) {
  plane.ellipse(mu, sigma, { radius, width, color: plane.paper, alpha: 0.8 });
}
