// The first chart: q's curve over the z, below them their eps, and a line from each eps to its z.

import { BLUE, ORANGE } from "../../palette.js";
import { format } from "../shared/numbers.js";

/**
 * @import { Axes } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Draws } from "./draws.js"
 */

// The heights: q's curve stands on the row of the z, the eps lie below.
export const [LOW, HIGH] = [-1.6, 1.25];
const [Z_ROW, EPS_ROW] = [0, -1.15];

const SMALL = "13px system-ui, sans-serif";
const SYMBOL = "italic 15px Georgia, serif";

/**
 * @param {Axes} axes
 * @param {Draws} draws
 */
export function drawCarried(axes, draws) {
  axes.axes({ up: false });
  axes.within(() => {
    drawCurve(axes, draws.q);
    axes.across(Z_ROW, { width: 1 });
    if (draws.joined) drawLines(axes, draws);
  });
  drawMarks(axes, draws);
  drawNames(axes, draws);
}

/**
 * The height of N(0, 1)'s curve at a distance from its middle, where the middle is 1 high.
 * @param {number} distance
 */
export function bell(distance) {
  return Math.exp(-0.5 * distance * distance);
}

/**
 * q's density, to 4 sigma on each side, its peak 1 high.
 * @param {Axes} axes
 * @param {Gaussian} q
 */
function drawCurve(axes, { mu, sigma }) {
  const zs = Array.from({ length: 161 }, (_, i) => mu + sigma * (i / 20 - 4));
  /** @type {[number, number][]} */
  const curve = zs.map((z) => [z, bell((z - mu) / sigma)]);
  axes.fill(curve, { alpha: 0.08 });
  axes.line(curve, { width: 1.5 });
}

/**
 * The row of the eps, and from each to its z a line.
 * @param {Axes} axes
 * @param {Draws} draws
 */
function drawLines(axes, { eps, z, chosen }) {
  axes.across(EPS_ROW, { width: 1 });
  const join = (/** @type {number} */ i, /** @type {number} */ width) => {
    /** @type {[number, number][]} */
    const ends = [
      [eps[i], EPS_ROW],
      [z[i], Z_ROW],
    ];
    axes.line(ends, { width });
  };
  axes.context.globalAlpha = 0.4;
  for (const i of eps.keys()) if (i !== chosen) join(i, 1);
  axes.context.globalAlpha = 1;
  join(chosen, 2.5);
}

/**
 * The z and the eps, the chosen ones larger, over the others, and with their numbers.
 * @param {Axes} axes
 * @param {Draws} draws
 */
function drawMarks(axes, { eps, z, chosen, joined }) {
  z.forEach((one, i) => {
    if (i !== chosen) square(axes, one, 4);
  });
  square(axes, z[chosen], 6);
  axes.write(`z = ${format(z[chosen])}`, axes.hold([z[chosen], Z_ROW]), { font: SMALL, shift: [0, -16] });
  if (!joined) {
    const [left, right] = axes.extent;
    axes.write("no ε: each z is drawn from q itself", [(left + right) / 2, EPS_ROW], { font: SMALL });
    return;
  }
  eps.forEach((one, i) => {
    if (i !== chosen) circle(axes, one, 4);
  });
  circle(axes, eps[chosen], 6);
  axes.write(`ε = ${format(eps[chosen])}`, axes.hold([eps[chosen], EPS_ROW]), { font: SMALL, shift: [0, 17] });
}

/**
 * @param {Axes} axes
 * @param {Draws} draws
 */
function drawNames(axes, { q: { mu, sigma }, joined }) {
  const [left] = axes.extent;
  axes.write("z", [left, Z_ROW], { font: SYMBOL, align: "right", shift: [-8, 0] });
  if (joined) axes.write("ε", [left, EPS_ROW], { font: SYMBOL, align: "right", shift: [-8, 0] });
  axes.write("μ", [mu, 1], { font: SYMBOL, align: "right", shift: [-18, 0] });
  axes.write("μ + σ", [mu + sigma, bell(1)], { font: SYMBOL, align: "left", shift: [12, -14] });
}

/**
 * A z: a square, or an arrow at the edge beyond which it lies.
 * @param {Axes} axes
 * @param {number} z
 * @param {number} half
 */
function square(axes, z, half) {
  const [left, right] = axes.extent;
  if (z < left) axes.write("◂", [left, Z_ROW], { color: BLUE, align: "left" });
  else if (z > right) axes.write("▸", [right, Z_ROW], { color: BLUE, align: "right" });
  else {
    const [x, y] = axes.place([z, Z_ROW]);
    axes.context.fillStyle = BLUE;
    axes.context.fillRect(x - half, y - half, 2 * half, 2 * half);
  }
}

/**
 * An eps.
 * @param {Axes} axes
 * @param {number} eps
 * @param {number} radius
 */
function circle(axes, eps, radius) {
  const [x, y] = axes.place([eps, EPS_ROW]);
  axes.context.fillStyle = ORANGE;
  axes.context.beginPath();
  axes.context.arc(x, y, radius, 0, 2 * Math.PI);
  axes.context.fill();
}
