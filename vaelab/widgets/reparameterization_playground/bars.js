// A histogram's picture: bars in a colour, plain or striped, and above them the mean with its standard error.

import { roundUp } from "../shared/numbers.js";

/**
 * @import { Axes } from "../shared/axes.js"
 * @import { Histogram } from "./histogram.js"
 */

/**
 * Draws a histogram on axes that take its range. False where there is no room.
 * @param {Axes} axes
 * @param {Histogram} histogram
 * @param {string} color
 * @param {{ striped?: boolean }} [style]
 */
export function drawHistogram(axes, histogram, color, { striped = false } = {}) {
  const top = roundUp(1.25 * Math.max(8, ...histogram.bins));
  axes.extent = [histogram.low, histogram.high, 0, top];
  if (!axes.clear()) return false;
  axes.axes();
  axes.within(() => {
    drawBars(axes, histogram, color, striped);
    if (histogram.count) drawMean(axes, histogram, 0.9 * top);
  });
  return true;
}

/**
 * @param {Axes} axes
 * @param {Histogram} histogram
 * @param {string} color
 * @param {boolean} striped
 */
function drawBars(axes, { low, high, bins }, color, striped) {
  const { context } = axes;
  const width = (high - low) / bins.length;
  context.beginPath();
  bins.forEach((count, i) => {
    if (!count) return;
    const [left, top] = axes.place([low + i * width, count]);
    const [right, bottom] = axes.place([low + (i + 1) * width, 0]);
    context.rect(left, top, right - left, bottom - top);
  });
  context.strokeStyle = context.fillStyle = color;
  context.globalAlpha = striped ? 0.25 : 0.75;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
  if (!striped) return;
  context.save();
  context.clip();
  context.beginPath();
  for (let x = -axes.height; x < axes.width; x += 6) {
    context.moveTo(x, axes.height);
    context.lineTo(x + axes.height, 0);
  }
  context.stroke();
  context.restore();
}

/**
 * The mean as a diamond, with its standard error to both sides.
 * @param {Axes} axes
 * @param {Histogram} histogram
 * @param {number} height
 */
function drawMean(axes, { mean, standardError }, height) {
  const { context, ink, paper } = axes;
  /** @type {[number, number][]} */
  const ends = [mean - standardError, mean + standardError].map((end) => [end, height]);
  if (standardError) axes.line(ends, { width: 3 });
  const [x, y] = axes.place([mean, height]);
  context.save();
  context.translate(x, y);
  context.rotate(Math.PI / 4);
  context.fillStyle = paper;
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.fillRect(-4, -4, 8, 8);
  context.strokeRect(-4, -4, 8, 8);
  context.restore();
}
