// What stands below the maps: what they show of the Gaussians, on which axes, and the buttons of the zoom.

import { checkbox, element, slider } from "../shared/elements.js";
import { firstOfEach } from "./moments.js";

export class Options {
  /**
   * @param {{classes: Uint8Array, names: string[]}} data of the codes; without names they are of one class
   * @param {Element} zooming the buttons of the zoom
   * @param {{codes: () => void, axes: () => void, ellipses: () => void}} changed what to call after each change
   */
  constructor({ classes, names }, zooming, changed) {
    const each = names.length ? 1 : 4; // ellipses a step
    this.draws = checkbox("show draws z from q(z|x), not the means \u03bc", changed.codes);
    this.axes = checkbox("same axes for all", changed.axes);
    this.ellipses = slider("2\u03c3 ellipses", {
      min: 0,
      max: 5,
      step: 1,
      say: (n) => (names.length ? `${n} a class` : `${each * n}`),
      oninput: (n) => {
        this.chosen = firstOfEach(classes, each * n);
        changed.ellipses();
      },
    });
    this.ellipses.show(1);
    this.chosen = firstOfEach(classes, each); // the images whose ellipses are drawn
    this.node = element(
      "div",
      { class: "vaelab-controls vaelab-options" },
      this.draws.node,
      this.axes.node,
      this.ellipses.node,
      zooming,
    );
  }

  /** Whether draws stand for the means. */
  get showsDraws() {
    return this.draws.input.checked;
  }

  get sameAxes() {
    return this.axes.input.checked;
  }
}
