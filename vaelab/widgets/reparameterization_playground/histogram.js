// Histograms that are filled number by number.

/** Numbers as they come: how many fall into each bin from low to high, below and above; their mean and variance. */
export class Histogram {
  /**
   * @param {[number, number]} range
   * @param {number} bins
   */
  constructor([low, high], bins) {
    this.low = low;
    this.high = high;
    this.bins = new Uint32Array(bins);
    this.below = this.above = this.count = 0;
    this.first = NaN;
    // Of the distance from the first, so that little is lost to rounding, and nothing where all are the same.
    this.sum = this.squares = 0;
  }

  /** @param {number} number */
  add(number) {
    if (!this.count) this.first = number;
    const distance = number - this.first;
    this.count += 1;
    this.sum += distance;
    this.squares += distance * distance;
    const bin = Math.floor(((number - this.low) / (this.high - this.low)) * this.bins.length);
    if (bin < 0) this.below += 1;
    else if (bin >= this.bins.length) this.above += 1;
    else this.bins[bin] += 1;
  }

  get mean() {
    return this.first + this.sum / this.count;
  }

  /** The unbiased one: NaN for fewer than two numbers. */
  get variance() {
    return this.count < 2 ? NaN : Math.max(0, this.squares - this.sum ** 2 / this.count) / (this.count - 1);
  }

  get standardError() {
    return Math.sqrt(this.variance / this.count);
  }
}
