// Several trainings that take turns: a step of each, so that all are in the same epoch. They tell what becomes of them.

import { summarize } from "./summary.js";

/**
 * @import { Summary } from "./summary.js"
 * @import { Training } from "./training.js"
 */

/**
 * What a training tells: a look at it as it goes on, of its first few codes; an epoch that is over, of all; its weights
 * and all codes, once it is over or rests; that it has left the finite numbers.
 * @typedef {object} News
 * @property {number} run
 * @property {"look" | "epoch" | "weights" | "diverged"} kind
 * @property {number} epoch in which it is, from 1; of an epoch that is over: which
 * @property {Float32Array} [gaussians]
 * @property {Uint8Array} [samples]
 * @property {Summary} [summary]
 * @property {{reconstruction: number, kl: number}} [learned] the terms in training, in that epoch
 * @property {Float32Array} [weights]
 * @property {boolean} [over] whether it has come to its end
 */

const LOOK = 75; // milliseconds from one look to the next
const LOOKS = 0.15; // of the time, at most, for each training
const LOOKED_AT = 150; // codes

export class Turns {
  /**
   * @param {Map<number, Training>} trainings
   * @param {(news: News) => void} tell
   */
  constructor(trainings, tell) {
    this.tell = tell;
    this.running = [...trainings].map(([run, training]) => ({
      run,
      training,
      next: 0,
      weights: training.vae.weights.slice(),
    }));
    for (const one of this.running) this.tellEpoch(one);
  }

  /**
   * Takes steps for so long; false where there are no more.
   * @param {number} milliseconds
   */
  take(milliseconds) {
    const until = performance.now() + milliseconds;
    while (this.running.length && performance.now() < until) {
      for (const one of this.running) {
        one.training.learn();
        if (one.training.step % one.training.perEpoch === 0) this.endEpoch(one);
        else if (performance.now() > one.next) this.look(one);
      }
      this.running = this.running.filter(({ training }) => !training.isOver);
    }
    return this.running.length > 0;
  }

  /** Tells the weights of all that are not over. */
  rest() {
    for (const { run, training } of this.running) this.tellWeights(run, training, training.epoch);
  }

  /** @param {Turns["running"][number]} one */
  look(one) {
    const { run, training } = one;
    const began = performance.now();
    const gaussians = training.gaussians(Math.min(LOOKED_AT, training.images.heldOut.count));
    if (gaussians.every(Number.isFinite))
      this.tell({ run, kind: "look", epoch: training.epoch + 1, gaussians, samples: training.samples() });
    one.next = began + Math.max(LOOK, (performance.now() - began) / LOOKS);
  }

  /** @param {Turns["running"][number]} one */
  endEpoch(one) {
    const { run, training } = one;
    if (!this.tellEpoch(one)) {
      training.vae.weights.set(one.weights); // those of the last epoch that was well
      this.tell({ run, kind: "diverged", epoch: training.epoch });
      const good = training.epoch - 1;
      training.step = training.steps;
      this.tellWeights(run, training, good);
      return;
    }
    one.weights = training.vae.weights.slice();
    if (training.isOver) this.tellWeights(run, training, training.epoch);
  }

  /**
   * Whether all is finite; else nothing is told.
   * @param {Turns["running"][number]} one
   */
  tellEpoch({ run, training }) {
    const { gaussians, ...terms } = training.judge();
    if (![terms.reconstruction, terms.kl, ...gaussians].every(Number.isFinite)) return false;
    const summary = summarize(terms, gaussians);
    const [samples, learned] = [training.samples(), training.learned()];
    this.tell({ run, kind: "epoch", epoch: training.epoch, gaussians, samples, summary, learned });
    return true;
  }

  /**
   * Where a training is about to diverge, nothing is told.
   * @param {number} run
   * @param {Training} training
   * @param {number} epoch the last that is in them as a whole
   */
  tellWeights(run, training, epoch) {
    const { images, isOver: over, vae } = training;
    const [gaussians, samples] = [training.gaussians(images.heldOut.count), training.samples()];
    if (!gaussians.every(Number.isFinite)) return;
    this.tell({ run, kind: "weights", epoch, weights: vae.weights.slice(), gaussians, samples, over });
  }
}
