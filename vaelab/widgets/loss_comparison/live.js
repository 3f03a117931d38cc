// What comes from a training that goes on: a few looks a second, and a glide from each to the next.

import { between } from "./moments.js";

/**
 * @import { Extent } from "../shared/axes.js"
 * @import { State } from "./moments.js"
 */

/**
 * Of the training that goes on now; nothing where none does.
 * @typedef {{run: number, epoch: number, extent: Extent}} Told
 */

const GLIDE = 130; // milliseconds from one look at a running training to the next

/** The training that goes on now. In a saved page none does. */
export class Live {
  constructor() {
    /** @type {Told | null} */
    this.told = null;
    /** @type {{from: State, to: State, began: number} | null} */
    this.glide = null; // from the last look to this one
  }

  /** The index of the training; undefined where none goes on. */
  get run() {
    return this.told?.run;
  }

  /** @param {Told | {}} told */
  tell(told) {
    this.told = "run" in told ? told : null;
    if (!this.told) this.glide = null;
  }

  /**
   * Another look: from now on it glides there from a state of equally many codes; from any other it is there at once.
   * @param {State} to
   * @param {State | null} from
   * @param {number} now in milliseconds
   */
  look(to, from, now) {
    this.glide = { from: from?.gaussians.length === to.gaussians.length ? from : to, to, began: now };
  }

  /**
   * What is shown of the training now: null before the first look.
   * @param {number} now
   */
  at(now) {
    if (!this.glide) return null;
    const { from, to, began } = this.glide;
    return between(from, to, Math.min(1, (now - began) / GLIDE));
  }

  /** @param {number} now */
  moves(now) {
    return this.glide !== null && now < this.glide.began + GLIDE;
  }

  /** @param {{title: string}[]} runs */
  say(runs) {
    return this.told ? `live: ${runs[this.told.run].title}, epoch ${this.told.epoch}` : "";
  }
}
