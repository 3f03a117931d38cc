// The images to learn from and to be judged by, as they travel with the page.

import { Rows } from "./rows.js";

/**
 * @import { Images } from "./training.js"
 */

/**
 * @typedef {object} Packed
 * @property {Uint8Array} levels of grey, from 0 for black: training images first, then the held-out ones
 * @property {number} white the level of white
 * @property {number} training how many are to learn from
 * @property {number} pixels of an image
 * @property {number[]} hidden the widths of the network's hidden layers
 */

/**
 * @param {Packed} packed
 * @returns {Images}
 */
export function imagesOf({ levels, white, training, pixels, hidden }) {
  const rows = (/** @type {Uint8Array} */ part) => rowsOf(part, white, pixels);
  return {
    training: rows(levels.subarray(0, training * pixels)),
    heldOut: rows(levels.subarray(training * pixels)),
    pixels,
    hidden,
  };
}

/**
 * @param {Uint8Array} levels
 * @param {number} white
 * @param {number} pixels
 */
function rowsOf(levels, white, pixels) {
  const rows = new Rows(
    levels.length / pixels,
    levels.reduce((sum, level) => sum + Number(level > 0), 0),
  );
  for (let from = 0; from < levels.length; from += pixels)
    rows.addRectified(
      Float32Array.from(levels.subarray(from, from + pixels), (level) => level / white),
      0,
      pixels,
    );
  return rows;
}
