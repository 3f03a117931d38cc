// A decoder that the page can't compute: images that Python has decoded on a grid, and what lies between them.

import { clamp } from "../shared/numbers.js";

/**
 * @import { Extent } from "../shared/axes.js"
 */

/**
 * Where a grid's points lie: so many rows and columns over [z1 low, z1 high, z2 low, z2 high], the top row first.
 * @typedef {{ rows: number, extent: Extent }} Grid
 */

/**
 * z -> pixels in [0, 1], as a new Float32Array: bilinear between the four nearest points; outside, the nearest edge.
 * @param {Uint8Array} greys from 0 to 255: of each pixel those at all points of the grid, row by row
 * @param {Grid} grid
 */
export function interpolated(greys, { rows, extent: [low1, high1, low2, high2] }) {
  const count = rows ** 2;
  return (/** @type {ArrayLike<number>} */ z) => {
    const [left, right] = share((z[0] - low1) / (high1 - low1), rows);
    const [top, down] = share((high2 - z[1]) / (high2 - low2), rows);
    const [a, b] = [((1 - down) * (1 - right)) / 255, ((1 - down) * right) / 255];
    const [c, d] = [(down * (1 - right)) / 255, (down * right) / 255];
    const pixels = new Float32Array(greys.length / count);
    for (let i = 0, at = top * rows + left; i < pixels.length; i++, at += count) {
      pixels[i] = a * greys[at] + b * greys[at + 1] + c * greys[at + rows] + d * greys[at + rows + 1];
    }
    return pixels;
  };
}

/**
 * A place from 0 to 1 along the grid: the point before it, and how far it is from that one to the next.
 * @param {number} along
 * @param {number} rows
 */
function share(along, rows) {
  const at = clamp(along, 0, 1) * (rows - 1);
  const before = Math.min(Math.floor(at), rows - 2);
  return [before, at - before];
}
