// Draws the trainings side by side: at the moment that is shown, or as the one that goes on is now.

import { oncePerFrame } from "../shared/elements.js";
import { squareAround } from "../shared/plane.js";
import { lessMotion } from "../shared/player.js";
import { sayLives } from "./live.js";
import { topOf } from "./losses.js";
import { codesOf, lastOf, remarkOf, sayEpoch, stateAt } from "./moments.js";

/**
 * @import { Controls } from "./controls.js"
 * @import { Live } from "./live.js"
 * @import { Options } from "./options.js"
 * @import { Panel } from "./panel.js"
 * @import { Recording } from "./recording.js"
 * @import { Timeline } from "./timeline.js"
 */

/**
 * @typedef {object} Parts
 * @property {Recording} recording
 * @property {Live[]} lives one a run
 * @property {Timeline} timeline
 * @property {Controls} controls
 * @property {Panel[]} panels one a run
 * @property {Options} options
 * @property {Float32Array} eps the noise of the draws, the same in every picture
 */

export class Stage {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.redrawSpaces = oncePerFrame(() => this.drawSpaces());
    this.redrawAll = oncePerFrame(() => this.drawAll()); // what Python sends comes as several changes at once
    this.told = -1; // the epoch of the texts
  }

  /**
   * Whether a run is shown as its training goes on, which it is at its newest epoch.
   * @param {number} index
   */
  isLive(index) {
    const { lives, recording, timeline } = this.parts;
    return lives[index].glide !== null && timeline.moment >= lastOf(recording.runs[index]);
  }

  /**
   * What a run is at the shown moment; one that goes on, at this time.
   * @param {number} index
   * @param {number} now in milliseconds
   */
  stateOf(index, now) {
    const { lives, recording, timeline } = this.parts;
    const state = this.isLive(index) ? lives[index].at(now) : null;
    return state ?? stateAt(recording.runs[index], timeline.moment, (epoch) => recording.gaussians(index, epoch));
  }

  /** Another look at a training that goes on has come. */
  look() {
    const { lives, recording } = this.parts;
    const gaussians = recording.liveGaussians();
    const { run, extent } = recording.told;
    if (!gaussians.length || run === undefined || !extent) return;
    const now = performance.now();
    const from = this.isLive(run) && !lessMotion() ? this.stateOf(run, now) : null;
    lives[run].look({ gaussians, home: extent }, recording.liveSamples(), from, now);
    this.redrawSpaces();
  }

  /** Another moment is shown. */
  show() {
    const { panels, timeline } = this.parts;
    this.drawSpaces();
    for (const panel of panels) panel.curves.point(timeline.moment);
    if (timeline.epoch !== this.told) this.drawTexts();
  }

  drawAll() {
    this.drawSpaces();
    this.drawTexts();
    this.drawCurves();
  }

  drawSpaces() {
    const { lives, options, panels, recording, timeline } = this.parts;
    const now = performance.now();
    const states = panels.map((_, index) => this.stateOf(index, now));
    const shared = squareAround(states.map(({ home }) => home));
    const eps = options.showsDraws ? this.parts.eps : undefined;
    panels.forEach((panel, index) => {
      const { gaussians, home } = states[index];
      const codes = codesOf(gaussians, eps);
      panel.drawSpace({ codes, gaussians, chosen: options.chosen, home: options.sameAxes ? shared : home });
      const epoch = Math.round(Math.min(timeline.moment, lastOf(recording.runs[index])));
      const samples = this.isLive(index) ? lives[index].samples : recording.samples(index, epoch);
      panel.drawSamples(samples, sayEpoch(epoch, timeline.last));
    });
    if (lives.some((live) => live.moves(now))) this.redrawSpaces(); // asked of the time that is drawn: the end of a glide is drawn, too
  }

  drawTexts() {
    const { controls, lives, panels, recording, timeline } = this.parts;
    const { epoch, last } = timeline;
    const { runs } = recording;
    controls.draw(sayLives(lives, runs));
    panels.forEach((panel, index) => {
      const run = runs[index];
      const remark = lives[index].goesOn ? "" : remarkOf(run, epoch);
      const reached = Math.min(epoch, lastOf(run)); // it may have ended earlier, or be trained again
      panel.drawNumbers(run.numbers[reached], sayEpoch(reached, last), remark);
    });
    this.told = epoch;
  }

  drawCurves() {
    const { options, panels, recording, timeline } = this.parts;
    const tops = recording.runs.map(({ curves }) => topOf(curves));
    panels.forEach((panel, index) => {
      const top = options.sameAxes ? Math.max(...tops) : tops[index];
      panel.curves.draw(recording.runs[index].curves, timeline.last, top);
      panel.curves.point(timeline.moment);
    });
  }

  /** Ends what waits for the next frame. */
  cancel() {
    this.redrawSpaces.cancel();
    this.redrawAll.cancel();
  }
}
