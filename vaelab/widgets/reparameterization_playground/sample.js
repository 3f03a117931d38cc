// Draws, what both estimators make of each of them, and what they should come to.

import { estimates, integrals } from "./estimators.js";
import { Histogram } from "./histogram.js";

/**
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Objective, Setting } from "./estimators.js"
 */

const BINS = 61; // odd: one of them lies around the exact gradient

export class Sample {
  /**
   * @param {Objective} objective
   * @param {Gaussian} q
   * @param {() => number} normal gives one standard normal number after the other
   */
  constructor(objective, q, normal) {
    this.objective = objective;
    this.normal = normal;
    /** @type {Setting} */
    this.setting = { ...q, parameter: "mu", b: 0 };
    /** @type {number[]} */
    this.eps = [];
    this.exact = integrals(objective, this.setting);
    this.histograms = this.empty();
  }

  /** The gradient: the score function's mean, which needs no slope. */
  get gradient() {
    return this.exact.means[1];
  }

  /**
   * A histogram for each estimator, pathwise and score function. The middle is the gradient. The width is that of b = 0,
   * so that one sees what a baseline does.
   */
  empty() {
    const { objective, setting, exact, gradient } = this;
    const plain = setting.b === 0 ? exact : integrals(objective, { ...setting, b: 0 });
    const half = 2.5 * Math.sqrt(Math.max(...plain.variances)) || 1;
    return [0, 1].map(() => new Histogram([gradient - half, gradient + half], BINS));
  }

  /**
   * The same draws under another setting.
   * @param {Partial<Setting>} change
   */
  adjust(change) {
    Object.assign(this.setting, change);
    this.exact = integrals(this.objective, this.setting);
    this.histograms = this.empty();
    for (const eps of this.eps) this.tally(eps);
  }

  /**
   * No draws yet, of this q.
   * @param {Gaussian} q
   */
  restart(q) {
    this.eps = [];
    this.adjust(q);
  }

  /** @param {number} more */
  add(more) {
    for (let i = 0; i < more; i++) {
      const eps = this.normal();
      this.eps.push(eps);
      this.tally(eps);
    }
  }

  /** @param {number} eps */
  tally(eps) {
    estimates(this.objective, this.setting, eps).forEach((one, i) => {
      this.histograms[i].add(one);
    });
  }
}
