// Which moment of the trainings is shown: by Play, by the hand, by Python.

import { clamp } from "../shared/numbers.js";
import { lessMotion } from "../shared/player.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Recording } from "./recording.js"
 */

const EPOCH = 700; // milliseconds that Play takes for one

/** The moment that is shown, a real number of epochs: between two while it plays or is dragged. */
export class Timeline {
  /**
   * changed(): another moment is shown.
   * @param {WidgetModel} model which is told of whole epochs
   * @param {Recording} recording
   * @param {() => void} changed
   */
  constructor(model, recording, changed) {
    this.model = model;
    this.recording = recording;
    this.changed = changed;
    /** @type {number} */
    this.moment = model.get("epoch");
    this.followed = this.moment; // the newest epoch that Python has shown: whoever is there goes along
    this.telling = false; // whether a change of the epoch is this page's
    this.elapsed = 0; // milliseconds of playing since the last whole step
  }

  get epoch() {
    return Math.round(this.moment);
  }

  get last() {
    return this.recording.last;
  }

  /**
   * Shows a moment, and tells Python of a whole epoch.
   * @param {number} moment
   */
  show(moment) {
    this.moment = moment;
    if (this.epoch === this.last) this.followed = this.epoch; // who has come back goes along again
    if (this.epoch !== this.model.get("epoch")) {
      this.telling = true;
      this.model.set("epoch", this.epoch);
      this.telling = false;
      this.model.save_changes();
    }
    this.changed();
  }

  /** @param {number} epoch the nearest whole one is shown */
  go(epoch) {
    this.show(Math.round(epoch));
  }

  /** @param {number} at where a hand is, which may be beyond the ends */
  scrub(at) {
    const held = clamp(at, 0, this.last);
    if (lessMotion()) this.go(held);
    else this.show(held);
  }

  /** The hand lets go: the nearest whole epoch is shown. */
  settle() {
    this.go(this.moment);
  }

  /** Play begins: at the end, from the start again. */
  start() {
    if (this.moment >= this.last) this.go(0);
  }

  /**
   * Play goes on; false at the end. Where less motion is wanted, it goes on in whole epochs.
   * @param {number} milliseconds
   */
  tick(milliseconds) {
    this.elapsed += milliseconds;
    if (!lessMotion()) this.show(Math.min(this.last, this.moment + milliseconds / EPOCH));
    else if (this.elapsed > EPOCH) this.show(Math.min(this.last, this.moment + 1));
    if (this.elapsed > EPOCH) this.elapsed = 0;
    return this.moment < this.last;
  }

  /**
   * Python has set the epoch: as someone has asked for, or because a training has got there. Who has moved back while
   * one goes on stays there. Gives whether anything came, and not this page's own change.
   * @param {boolean} live whether a training goes on
   */
  epochCame(live) {
    if (this.telling) return false;
    const epoch = this.model.get("epoch");
    const movedBack = live && this.epoch !== this.followed;
    this.followed = epoch;
    if (movedBack) this.show(Math.min(this.moment, this.last));
    else this.moment = epoch;
    return true;
  }
}
