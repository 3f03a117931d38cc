// Histograms that are filled number by number, and their picture.

import { roundUp } from "../shared/numbers.js";

/** Numbers as they come: how many fall into each bin from low to high, below and above; their mean and variance. */
export class Histogram {
  constructor([low, high], bins) {
    Object.assign(this, { low, high, bins: new Uint32Array(bins), below: 0, above: 0, count: 0 });
    this.sum = this.squares = 0; // of the distance from the middle, so that little is lost to rounding
  }

  add(number) {
    const distance = number - (this.low + this.high) / 2;
    this.count += 1;
    this.sum += distance;
    this.squares += distance * distance;
    const bin = Math.floor(((number - this.low) / (this.high - this.low)) * this.bins.length);
    if (bin < 0) this.below += 1;
    else if (bin >= this.bins.length) this.above += 1;
    else this.bins[bin] += 1;
  }

  get mean() {
    return (this.low + this.high) / 2 + this.sum / this.count;
  }

  /** The unbiased one: NaN for fewer than two numbers. */
  get variance() {
    return this.count < 2 ? NaN : Math.max(0, this.squares - this.sum ** 2 / this.count) / (this.count - 1);
  }

  get standardError() {
    return Math.sqrt(this.variance / this.count);
  }
}

/** Draws a histogram on axes that show its range: bars in a colour, plain or striped, and above them the mean. */
export function drawHistogram(axes, histogram, color, { striped = false } = {}) {
  const top = roundUp(1.25 * Math.max(8, ...histogram.bins));
  axes.extent = [histogram.low, histogram.high, 0, top];
  if (!axes.clear()) return false;
  axes.axes();
  axes.within(() => {
    bars(axes, histogram, color, striped);
    if (histogram.count) whisker(axes, histogram, 0.9 * top);
  });
  return true;
}

/** A histogram's bars, plain or striped. */
function bars(axes, { low, high, bins }, color, striped) {
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

/** A mean as a diamond, with its standard error to both sides. */
function whisker(axes, { mean, standardError }, height) {
  const { context, ink, paper } = axes;
  if (standardError)
    axes.line(
      [
        [mean - standardError, height],
        [mean + standardError, height],
      ],
      { width: 3 },
    );
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
