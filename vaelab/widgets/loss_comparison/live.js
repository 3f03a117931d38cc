// What comes from trainings that go on: a few looks a second, and of each a glide from one to the next.

import { between } from "./moments.js";

/**
 * @import { Extent } from "../shared/axes.js"
 * @import { State } from "./moments.js"
 */

/**
 * Of a training that goes on now, or rests. Without epoch and extent it has just ended; without the run there is none.
 * @typedef {{run?: number, epoch?: number, extent?: Extent, rests?: boolean}} Told
 */

const GLIDE = 130; // milliseconds from one look at a running training to the next

/** A training as it goes on. In a saved page of LossComparison none does. */
export class Live {
  constructor() {
    this.epoch = 0; // which goes on now; 0 while none does
    this.rests = false;
    /** @type {Uint8Array} */
    this.samples = new Uint8Array(); // of the last look
    /** @type {{from: State, to: State, began: number} | null} */
    this.glide = null; // from the last look to this one
  }

  get goesOn() {
    return this.epoch > 0;
  }

  /**
   * Gives whether that is another epoch than before, or it rests now and did not, or the other way round.
   * @param {number} epoch which goes on now, or 0: the training has ended
   * @param {boolean} rests
   */
  tell(epoch, rests) {
    const other = epoch !== this.epoch || rests !== this.rests;
    this.epoch = epoch;
    this.rests = rests;
    if (!this.goesOn) this.glide = null;
    return other;
  }

  /**
   * Another look: from now on it glides there from a state of equally many codes; from any other it is there at once.
   * @param {State} to
   * @param {Uint8Array} samples
   * @param {State | null} from
   * @param {number} now in milliseconds
   */
  look(to, samples, from, now) {
    this.samples = samples;
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
}

/**
 * Tells all trainings what Python says of them; gives whether there is something else to say of one than before.
 * @param {Live[]} lives
 * @param {Told} told
 */
export function tellAll(lives, { run, epoch, rests }) {
  if (run !== undefined) return lives[run].tell(epoch ?? 0, rests ?? false);
  return lives.map((live) => live.tell(0, false)).includes(true);
}

/**
 * Which trainings go on, in words.
 * @param {Live[]} lives
 * @param {{title: string}[]} runs
 */
export function sayLives(lives, runs) {
  const going = lives.flatMap((live, run) => (live.goesOn ? [{ live, title: runs[run].title }] : []));
  if (!going.length) return "";
  const how = going.every(({ live }) => live.rests) ? "paused" : "live";
  const titled = going.length === 1 ? `${going[0].title}, ` : "";
  return `${how}: ${titled}epoch ${Math.min(...going.map(({ live }) => live.epoch))}`;
}
