// What Python has sent of the trainings by now.

import { float32, uint8 } from "../shared/network.js";
import { lastOf } from "./moments.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Told } from "./live.js"
 * @import { Run } from "./moments.js"
 */

const NOTHING = new DataView(new ArrayBuffer(0));

/** The traits of the comparison; those of bytes are empty while nothing of that name has come. */
export class Recording {
  /** @param {WidgetModel} model */
  constructor(model) {
    this.model = model;
    this.floats = once(float32);
    this.greys = once(uint8);
  }

  /** @returns {Run[]} */
  get runs() {
    return this.model.get("_runs");
  }

  /** The last epoch of the longest training. */
  get last() {
    return Math.max(...this.runs.map(lastOf));
  }

  /**
   * @param {number} run
   * @param {number} epoch
   */
  gaussians(run, epoch) {
    return this.floats(this.model.get(`_gaussians_${run}_${epoch}`) ?? NOTHING);
  }

  /**
   * @param {number} run
   * @param {number} epoch
   */
  samples(run, epoch) {
    return this.greys(this.model.get(`_samples_${run}_${epoch}`) ?? NOTHING);
  }

  /**
   * Of which training the last news is.
   * @returns {Told}
   */
  get told() {
    return this.model.get("_live");
  }

  /** Of the training that goes on, at the last look. */
  liveGaussians() {
    return this.floats(this.model.get("_live_gaussians") ?? NOTHING);
  }

  liveSamples() {
    return this.greys(this.model.get("_live_samples") ?? NOTHING);
  }
}

/**
 * A function that reads bytes, the same ones only once.
 * @template {object} Numbers
 * @param {(view: DataView) => Numbers} read
 * @returns {(view: DataView) => Numbers}
 */
function once(read) {
  /** @type {WeakMap<DataView, Numbers>} */
  const known = new WeakMap();
  return (view) => {
    const numbers = known.get(view) ?? read(view);
    known.set(view, numbers);
    return numbers;
  };
}
