// The explorer's parts and how they work together: what moves z, and what is drawn anew when.

import { anySeed, normals } from "../shared/random.js";
import { ChosenImage } from "./chosen_image.js";
import { DigitTool } from "./digit_tool.js";
import { moveByHand } from "./drag.js";
import { LatentMap } from "./latent_map.js";
import { PathTool } from "./path_tool.js";
import { Readout } from "./readout.js";
import { Switches } from "./switches.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { State } from "./state.js"
 */

/** For each model a map; beside them the readout, the switches and the tools. */
export class Explorer {
  /**
   * @param {State} state
   */
  constructor(state) {
    this.state = state;
    const changed = () => this.drawMarks();
    const go = (/** @type {Point} */ z) => this.go(z);
    this.readout = new Readout(state);
    this.switches = new Switches(state, () => this.draw());
    this.chosen = new ChosenImage(state, changed);
    this.path = new PathTool(state, changed);
    this.digit = new DigitTool(state, changed, go);
    this.tools = [this.chosen, this.path, this.digit];
    this.maps = state.spaces.map((space, m) => {
      const map = new LatentMap(space, state);
      moveByHand(map, { at: () => state.z, go, choose: (index) => this.choose(m, index) });
      return map;
    });
    this.normal = normals(anySeed());
  }

  /**
   * Moves z from anywhere but the path, which then plays no further.
   * @param {Point} z
   */
  go(z) {
    this.path.stop();
    this.state.move(z);
  }

  /** Moves z to a sample of N(0, I). */
  sample() {
    this.go([this.normal(), this.normal()]);
  }

  /**
   * Selects an image by its code on one of the maps, and goes there.
   * @param {number} m
   * @param {number} index
   */
  choose(m, index) {
    this.chosen.set(index);
    const { codes } = this.state.spaces[m];
    this.go([codes[2 * index], codes[2 * index + 1]]);
  }

  /** Lets go of the path and of the image; says whether there was one. */
  letGo() {
    this.path.stop();
    const { isSet } = this.chosen;
    if (isSet) this.chosen.set(-1);
    return isSet;
  }

  /** z has moved. */
  drawPoint() {
    const told = this.readout.draw();
    this.maps.forEach((map, m) => {
      map.place(this.state.z, told[m]);
    });
  }

  /** A tool marks something else. */
  drawMarks() {
    this.maps.forEach((map, m) => {
      map.drawMarks(this.marks(m));
    });
  }

  /**
   * One of the maps has another size or other colours.
   * @param {number} m
   */
  drawMap(m) {
    this.maps[m].draw(this.marks(m));
    this.drawPoint();
  }

  /** Everything, as the switches want it. */
  draw() {
    const { shows, extents } = this.switches;
    this.maps.forEach((map, m) => {
      map.show(shows);
      map.follow(this.state.spaces[m], extents[m], { live: this.state.status !== "" });
      map.draw(this.marks(m));
    });
    this.drawPoint();
  }

  /** A training has changed the weights or the codes. */
  refresh() {
    this.state.refresh();
    for (const tool of this.tools) tool.refresh();
    this.draw();
  }

  /**
   * @param {number} m
   */
  marks(m) {
    return this.tools.flatMap((tool) => tool.marks(m));
  }

  stop() {
    this.path.stop();
    this.state.tell.cancel();
    for (const map of this.maps) map.stop();
  }
}
