// Writes what the trainings tell into the traits that a comparison is drawn from: what Python does for LossComparison.

import { lastOf } from "../loss_comparison/moments.js";
import { viewOf } from "../shared/network.js";
import { format } from "../shared/numbers.js";
import { PageModel } from "../shared/page.js";
import { extentOf } from "./extent.js";

/**
 * @import { Losses } from "../loss_comparison/losses.js"
 * @import { Run } from "../loss_comparison/moments.js"
 * @import { Summary } from "./summary.js"
 * @import { News } from "./turns.js"
 */

export class Recorder {
  /**
   * @param {string[]} titles of the trainings
   * @param {Record<string, unknown>} data the traits of the codes' classes
   */
  constructor(titles, data) {
    this.model = new PageModel({
      ...data,
      _runs: titles.map(untrained),
      _columns: titles.length,
      _live: {},
      epoch: 0,
    });
    this.newest = 0; // the newest epoch that was shown: whoever is there goes along
  }

  /** @returns {Run[]} */
  get runs() {
    return this.model.get("_runs");
  }

  /**
   * This training begins anew.
   * @param {number} run
   */
  forget(run) {
    this.show(run, untrained(this.runs[run].title), {});
  }

  /**
   * @param {News} news a look at a training that goes on
   * @param {boolean} [rests] whether it rests now
   */
  look({ run, epoch, gaussians = new Float32Array(), samples = new Uint8Array() }, rests = false) {
    this.model.update({
      _live: { run, epoch, extent: extentOf(gaussians), rests },
      _live_samples: viewOf(samples),
      _live_gaussians: viewOf(gaussians),
    });
  }

  /**
   * @param {News} news an epoch that is over; of epoch 0, nothing has been learned
   * @param {string} loss in words
   */
  epoch({ run, epoch, gaussians = new Float32Array(), samples = new Uint8Array(), summary, learned }, loss) {
    if (!summary || !learned) return;
    const { title, curves, numbers } = this.runs[run];
    const heldOut = termsOf(summary);
    const told = {
      title,
      extent: extentOf(gaussians),
      curves: epoch === 0 ? {} : longer(curves, { "held out": heldOut, training: termsOf(learned) }),
      numbers: [...numbers, { "trained on": loss, ...inWords(heldOut, summary) }],
    };
    this.show(run, told, {
      [`_gaussians_${run}_${epoch}`]: viewOf(gaussians),
      [`_samples_${run}_${epoch}`]: viewOf(samples),
    });
  }

  /** Whoever looks is at the newest epoch, and goes along. */
  follow() {
    this.model.set("epoch", this.newest);
  }

  /** No training goes on. */
  silence() {
    this.model.update({ _live: {} });
  }

  /** @param {number} run which goes on no more */
  end(run) {
    this.model.update({ _live: { run } });
  }

  /**
   * Puts a training in the place of what was there, with these traits; whoever was at the newest epoch stays there.
   * @param {number} run
   * @param {Run} told
   * @param {Record<string, DataView>} traits
   */
  show(run, told, traits) {
    const runs = this.runs.map((one, i) => (i === run ? told : one));
    const followed = this.model.get("epoch") === this.newest;
    this.newest = Math.max(...runs.map(lastOf));
    const epoch = followed ? this.newest : Math.min(this.model.get("epoch"), this.newest);
    this.model.update({ ...traits, _runs: runs, epoch });
  }
}

/**
 * @param {string} title
 * @returns {Run}
 */
function untrained(title) {
  return { title, extent: extentOf(new Float32Array()), curves: {}, numbers: [] };
}

/**
 * The terms in words, and their sum without weights.
 * @param {{reconstruction: number, kl: number}} terms
 */
function termsOf({ reconstruction, kl }) {
  return { reconstruction, KL: kl, total: reconstruction + kl };
}

/**
 * The curves with one more epoch; null where nobody knows a number.
 * @param {Losses} curves
 * @param {Record<string, Record<string, number>>} epoch
 * @returns {Losses}
 */
function longer(curves, epoch) {
  const more = Object.entries(epoch).map(([kind, terms]) => {
    const known = curves[kind] ?? {};
    const own = Object.entries(terms).map(([name, value]) => [
      name,
      [...(known[name] ?? []), Number.isFinite(value) ? value : null],
    ]);
    return [kind, Object.fromEntries(own)];
  });
  return Object.fromEntries(more);
}

/**
 * What stands beside a latent space, in words and figures, as in numbers.py.
 * @param {Record<string, number>} terms
 * @param {Summary} summary
 */
function inWords(terms, { meanAbsMu, meanSigma, activeUnits, covered }) {
  const inNats = Object.entries(terms).map(([name, value]) => [name, `${format(value, 1)} nats`]);
  return {
    ...Object.fromEntries(inNats),
    "mean |\u03bc|": rounded(meanAbsMu),
    "mean \u03c3": rounded(meanSigma),
    "active units": `${activeUnits} of 2`,
    "prior covered": `${format(100 * covered, 0)} %`,
  };
}

/** @param {number} number not below 0 */
function rounded(number) {
  return number < 1e-4 ? "< 0.0001" : format(number, number < 0.1 ? 4 : 2);
}
