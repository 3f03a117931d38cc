// What stands above the maps: Play, the epoch, and what goes on now.

import { element, slider } from "../shared/elements.js";
import { player } from "../shared/player.js";
import { sayEpoch } from "./moments.js";

/** @import { Timeline } from "./timeline.js" */

export class Controls {
  /** @param {Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.play = player({ start: () => timeline.start(), tick: (milliseconds) => timeline.tick(milliseconds) });
    this.scrubber = slider("Epoch", {
      min: 0,
      max: 1,
      step: 1,
      say: (epoch) => sayEpoch(epoch, timeline.last),
      oninput: (epoch) => timeline.go(epoch),
    });
    this.live = element("p", { class: "vaelab-live", role: "status" });
    this.node = element(
      "div",
      { class: "vaelab-controls vaelab-scrub" },
      this.play.node,
      this.scrubber.node,
      this.live,
    );
  }

  /** @param {string} live what goes on now */
  draw(live) {
    const { timeline, scrubber, play } = this;
    scrubber.input.max = String(timeline.last);
    scrubber.input.disabled = play.node.disabled = timeline.last === 0;
    scrubber.show(timeline.epoch);
    if (this.live.textContent !== live) this.live.textContent = live; // a change is read out
  }
}
