// From the strokes of a pen to the image that MNIST's makers would have made: scaled, centred, with lines as wide.

import { clamp } from "../shared/numbers.js";

/**
 * @import { Point } from "../shared/axes.js"
 */

// Lengths in 28ths of the side: MNIST's pixels. `pen` and `edge` are fitted to its 10,000 test digits.
export const MNIST = {
  field: 28,
  box: 20, // a digit is scaled to fit into this square
  centre: 14.5, // and its centre of mass put here, across and down: the middle of pixel 14, as in MNIST
  pen: 2.7, // the width of a stroke, measured where it is half as bright
  edge: 1.2, // the width of the rim over which it fades
};

/**
 * @typedef {Point[]} Stroke its points [x, y], across and down, in 28ths of the side
 */

/**
 * Strokes -> pixels in [0, 1] as MNIST's were made (LeCun et al., 1998): the drawing is scaled to fit a square of 20/28
 * of the side, and its centre of mass put in the middle. The lines are scaled, not the pixels: every stroke is as wide
 * as MNIST's, however large the drawing.
 * @param {Stroke[]} strokes
 * @param {number} side of the image, in pixels
 */
export function digitPixels(strokes, side) {
  const { field, box, centre } = MNIST;
  const fitted = fitToBox(strokes, side);
  const room = (field - box) / 2; // nothing may leave the field
  const mass = massCentre(rasterise(fitted, side), side);
  const [right, down] = mass.map((place) => clamp(centre - place, -room, room));
  return rasterise(
    mapPoints(fitted, ([x, y]) => [x + right, y + down]),
    side,
  );
}

/**
 * @param {Stroke[]} strokes
 * @param {(point: Point) => Point} move
 */
function mapPoints(strokes, move) {
  return strokes.map((stroke) => stroke.map(move));
}

/**
 * The strokes, so scaled that their ink fits the box in the middle of the field.
 * @param {Stroke[]} strokes
 * @param {number} side
 */
function fitToBox(strokes, side) {
  const { field, box, pen } = MNIST;
  const points = strokes.flat();
  const [left, top] = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const extent = Math.max(right - left, bottom - top, pen); // a dot has none: it must not be blown up
  const scale = (box - 2 * brush(side).reach) / extent;
  return mapPoints(strokes, ([x, y]) => [
    field / 2 + scale * (x - (left + right) / 2),
    field / 2 + scale * (y - (top + bottom) / 2),
  ]);
}

/**
 * The pen in an image of this side: how far from its middle there is ink, and over which length that fades.
 * @param {number} side
 */
function brush(side) {
  const pixel = MNIST.field / side;
  const edge = Math.max(MNIST.edge, pixel); // in a coarse image as wide as a pixel, at least
  return { edge, reach: (Math.max(MNIST.pen, pixel) + edge) / 2 };
}

/**
 * How bright each pixel is: that of the nearest line, by its distance from the pixel's middle.
 * @param {Stroke[]} strokes
 * @param {number} side
 */
function rasterise(strokes, side) {
  const pixel = MNIST.field / side;
  const { edge, reach } = brush(side);
  const pixels = new Float32Array(side * side);
  const first = (/** @type {number} */ a, /** @type {number} */ b) =>
    Math.max(0, Math.floor((Math.min(a, b) - reach) / pixel));
  const last = (/** @type {number} */ a, /** @type {number} */ b) =>
    Math.min(side - 1, Math.floor((Math.max(a, b) + reach) / pixel));
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[Math.max(0, i - 1)];
      for (let row = first(from[1], to[1]); row <= last(from[1], to[1]); row++) {
        for (let column = first(from[0], to[0]); column <= last(from[0], to[0]); column++) {
          const away = distanceToLine((column + 0.5) * pixel, (row + 0.5) * pixel, from, to);
          const brightness = Math.min(1, (reach - away) / edge);
          const at = row * side + column;
          pixels[at] = Math.max(pixels[at], brightness);
        }
      }
    });
  }
  return pixels;
}

/**
 * The distance of the point (x, y) from the line between two others.
 * @param {number} x
 * @param {number} y
 * @param {Point} from
 * @param {Point} to
 */
export function distanceToLine(x, y, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const along = clamp(((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.sqrt((x - from[0] - along * dx) ** 2 + (y - from[1] - along * dy) ** 2); // faster than Math.hypot
}

/**
 * The mean place of the ink, across and down.
 * @param {Float32Array} pixels
 * @param {number} side
 */
function massCentre(pixels, side) {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * ((i % side) + 0.5);
    y += value * (Math.floor(i / side) + 0.5);
  });
  return [x, y].map((sum) => (mass ? (sum / mass) * (MNIST.field / side) : MNIST.centre));
}
