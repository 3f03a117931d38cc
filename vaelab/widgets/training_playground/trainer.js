// The three trainings from Train to the end: which of them are to be done, whether they go on, what became of them.

import { Crew } from "./crew.js";

/**
 * @import { Packed } from "./images.js"
 * @import { Recorder } from "./recorder.js"
 * @import { Settings } from "./settings.js"
 * @import { News } from "./turns.js"
 * @import { Weights } from "./vae.js"
 * @import { Learned } from "./walk.js"
 */

/**
 * A training on the page: its title, and what its two terms count for.
 * @typedef {{title: string, weights: () => Weights}} Plan
 */

export class Trainer {
  /**
   * @param {Plan[]} plans
   * @param {object} parts
   * @param {string} parts.code of a worker
   * @param {Settings} parts.settings
   * @param {Recorder} parts.recorder
   * @param {() => void} parts.changed something that the page says of the trainings is different
   */
  constructor(plans, { code, settings, recorder, changed }) {
    this.plans = plans;
    this.settings = settings;
    this.recorder = recorder;
    this.changed = changed;
    this.crew = new Crew(
      code,
      (news) => this.hear(news),
      (problem) => this.fail(problem),
    );
    /** @type {Packed | null} */
    this.packed = null; // until the images are there
    this.seen = true;
    this.wanted = false; // whether someone has pressed Train, and not Pause training
    /** @type {Set<number>} */
    this.open = new Set(); // the trainings that have begun and are not over
    /** @type {string[]} */
    this.done = plans.map(() => ""); // with which settings each training was begun, in words
    /** @type {(Learned | null)[]} */
    this.learned = plans.map(() => null);
    this.problem = "";
  }

  /** Whether a training has begun and is not over: it may rest. */
  get isOpen() {
    return this.open.size > 0;
  }

  /** Whether all have been trained, to the end. */
  get isOver() {
    return !this.isOpen && this.learned.every((one) => one?.over);
  }

  /** Train, Pause training, Go on: what is on the button. */
  press() {
    if (!this.isOpen) this.begin();
    this.wanted = this.isOpen && !this.wanted;
    this.go();
  }

  /** Begins the trainings whose settings are others than before; if there is none such, all. */
  begin() {
    if (!this.packed) return;
    this.problem = "";
    const all = this.plans.map(({ weights }) => this.settings.with(weights()));
    const words = all.map((settings) => JSON.stringify(settings));
    const others = words.flatMap((own, run) => (own === this.done[run] ? [] : [run]));
    const runs = others.length ? others : words.map((_, run) => run);
    for (const run of runs) {
      this.recorder.forget(run);
      this.done[run] = words[run];
      this.learned[run] = null;
    }
    this.recorder.follow();
    this.wanted = false;
    this.open = new Set(runs);
    this.crew.begin(
      this.packed,
      runs.map((run) => [run, all[run]]),
    );
  }

  /** @param {boolean} seen whether anybody looks */
  see(seen) {
    this.seen = seen;
    this.go();
  }

  go() {
    this.crew.go(this.wanted && this.seen && this.isOpen);
    this.changed();
  }

  /** As if nothing had been trained. */
  reset() {
    this.crew.end();
    this.wanted = false;
    this.open.clear();
    this.problem = "";
    this.done.fill("");
    this.learned.fill(null);
    for (const run of this.plans.keys()) this.recorder.forget(run);
    this.recorder.silence();
    this.changed();
  }

  /** @param {News} news */
  hear(news) {
    const { run, kind, epoch } = news;
    if (!this.open.has(run)) return;
    if (kind === "look") this.recorder.look(news);
    if (kind === "epoch") this.recorder.epoch(news, this.inWords(run));
    if (kind === "weights") this.keep(news);
    if (kind === "diverged")
      this.problem = `${this.plans[run].title}: in epoch ${epoch} the loss left the finite numbers. Once the others are over, set a lower learning rate, and train again.`;
  }

  /**
   * A model can be walked through: its training rests, or is over.
   * @param {News} news
   */
  keep(news) {
    const { run, epoch, over, weights, gaussians } = news;
    if (weights && gaussians)
      this.learned[run] = { title: this.plans[run].title, epoch, over: over === true, weights, gaussians };
    if (!over)
      this.recorder.look({ ...news, epoch: epoch + 1 }, true); // all codes, where a look has a few
    else {
      this.recorder.end(run);
      this.open.delete(run);
      if (!this.isOpen) {
        this.wanted = false;
        this.crew.end();
      }
    }
    this.changed();
  }

  /** @param {string} problem */
  fail(problem) {
    this.reset();
    this.problem = problem;
    this.changed();
  }

  /**
   * The loss of a training, for the table beside its map.
   * @param {number} run
   */
  inWords(run) {
    const { reconstruction, kl } = JSON.parse(this.done[run]).weights;
    /** @type {[number, string][]} */
    const terms = [
      [reconstruction, "rec."],
      [kl, "KL"],
    ];
    const parts = terms
      .filter(([weight]) => weight > 0)
      .map(([weight, name]) => (weight === 1 ? name : `${weight} ${name}`));
    return parts.join(" + ") || "nothing";
  }

  stop() {
    this.crew.end();
  }
}
