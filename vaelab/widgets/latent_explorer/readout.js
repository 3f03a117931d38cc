// What z is and decodes to, in images and words: all that changes in a drag, but for the maps.

import { element, paint } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { nearestCode } from "./spaces.js";
import { gridText, pointText, priorText } from "./words.js";

/**
 * @import { State } from "./state.js"
 */

/** For each model an image; the point, its density under the prior, and how far the nearest code is. */
export class Readout {
  /**
   * @param {State} state
   */
  constructor(state) {
    this.state = state;
    const { side, spaces } = state;
    this.images = spaces.map(() =>
      element("canvas", { class: "vaelab-image", width: side, height: side, role: "img" }),
    );
    this.grid = element("div", { class: "vaelab-hint" });
    this.where = element("div", { class: "vaelab-numbers" });
    this.density = element("div", { class: "vaelab-numbers" });
    this.near = spaces.map(() => element("div", { class: "vaelab-numbers" }));
  }

  /** The lines below the images. */
  get lines() {
    return [this.grid, this.where, this.density, ...this.near];
  }

  /** Gives for each model what a screen reader is told of z. */
  draw() {
    const { z, spaces } = this.state;
    const here = pointText("z", z);
    if (this.grid.textContent !== gridText(spaces)) this.grid.textContent = gridText(spaces); // not at each move
    this.where.textContent = here;
    this.density.textContent = priorText(spaces, z);
    return spaces.map(({ title, codes, decode }, m) => {
      paint(this.images[m], decode(z));
      const near = this.nearText(nearestCode(codes, z));
      this.near[m].textContent = title && near ? `${title}: ${near}` : near;
      const told = `${here}. ${near}`;
      this.images[m].setAttribute("aria-label", `The image decoded at ${told}${title && ` (${title})`}`);
      return told;
    });
  }

  /**
   * @param {{ index: number, distance: number }} nearest
   */
  nearText({ index, distance }) {
    if (index < 0) return "";
    return `nearest code ${format(distance)} away${this.state.names.length ? `: ${this.state.label(index)}` : ""}`;
  }
}
