// How much of a latent space a map shows, as extent_of in base.py has it.

/**
 * @import { Extent } from "../shared/axes.js"
 */

const [BULK, AROUND, STRAY] = [3, 1.05, 0.005]; // of the prior; around the rest; the share that may lie outside, on each side

/**
 * A square that holds nearly all Gaussians, two sigmas wide, and the prior's bulk.
 * @param {Float32Array} gaussians mu1, mu2, sigma1, sigma2 of each image
 * @returns {Extent}
 */
export function extentOf(gaussians) {
  const ranges = [0, 1].map((j) => {
    const [mu, sigma] = [j, j + 2].map((k) => gaussians.filter((_, i) => i % 4 === k));
    const ends = Float32Array.from([
      ...mu.map((m, i) => m - 2 * sigma[i]),
      ...mu.map((m, i) => m + 2 * sigma[i]),
    ]).sort();
    const at = Math.round(STRAY * (ends.length - 1));
    return [Math.min(-BULK, AROUND * (ends[at] ?? 0)), Math.max(BULK, AROUND * (ends[ends.length - 1 - at] ?? 0))];
  });
  const half = Math.max(...ranges.map(([low, high]) => high - low)) / 2;
  const [[left, right], [bottom, top]] = ranges.map(([low, high]) => {
    const centre = (low + high) / 2;
    return [centre - half, centre + half];
  });
  return [left, right, bottom, top];
}
