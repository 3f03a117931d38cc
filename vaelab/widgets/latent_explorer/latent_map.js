// The map of one latent space: the codes, what is marked on it, and the point z.

import { element } from "../shared/elements.js";
import { Plane } from "../shared/plane.js";
import { Backdrop } from "./backdrop.js";
import { drawMarks, markPrior } from "./marks.js";

/**
 * @import { Extent, Point } from "../shared/axes.js"
 * @import { Mark } from "./marks.js"
 * @import { Space } from "./spaces.js"
 * @import { State } from "./state.js"
 */

/**
 * @typedef {{ codes: boolean, backdrop: boolean }} Shows whether each is to be seen
 */

/** Layers, so that what moves often redraws little: the backdrop, the codes with the axes, the marks, the point. */
export class LatentMap {
  /**
   * @param {Space} space
   * @param {State} state
   */
  constructor(space, { classes, names, colors, side }) {
    this.space = space;
    this.look = { classes, names, colors };
    /** @type {Shows} */
    this.shows = { codes: true, backdrop: false };
    this.codes = new Plane(space.extent);
    this.over = new Plane(space.extent);
    this.backdrop = new Backdrop(space.extent, side);
    for (const plane of [this.backdrop.plane, this.codes, this.over]) plane.canvas.classList.add("vaelab-layer");
    this.marker = element("div", { class: "vaelab-marker" });
    const of = space.title && ` of ${space.title}`;
    this.pad = element(
      "div",
      {
        class: "vaelab-pad",
        tabindex: "0",
        role: "slider",
        "aria-roledescription": "two-dimensional slider",
        "aria-label": `Point z in the latent space${of}. Arrow keys move it, with Shift in fine steps; Home goes to the origin; Enter selects the nearest code.`,
      },
      this.codes.canvas,
      this.over.canvas,
      this.marker,
    );
    this.follow(space, space.extent);
  }

  /**
   * Another space, such as the same after more training, or other axes. live: a training is running.
   * @param {Space} space
   * @param {Extent} extent
   * @param {{ live?: boolean }} [training]
   */
  follow(space, extent, { live = false } = {}) {
    this.space = space;
    this.codes.extent = this.over.extent = extent;
    this.pad.setAttribute("aria-valuemin", String(extent[0]));
    this.pad.setAttribute("aria-valuemax", String(extent[1]));
    if (this.shows.backdrop) this.backdrop.start(space.decode, extent, { calm: live });
  }

  /**
   * @param {Shows} shows
   */
  show(shows) {
    const started = shows.backdrop && !this.shows.backdrop;
    this.shows = shows;
    const { canvas } = this.backdrop.plane;
    if (!shows.backdrop) {
      this.backdrop.stop();
      canvas.remove();
    } else if (started) {
      this.pad.prepend(canvas);
      this.backdrop.start(this.space.decode, this.codes.extent);
    }
  }

  stop() {
    this.backdrop.stop();
  }

  /**
   * Everything but the point.
   * @param {Mark[]} marks
   */
  draw(marks) {
    const { codes, look, space } = this;
    if (!codes.clear()) return;
    codes.axes();
    codes.within(() => {
      if (!this.shows.codes) return;
      const classes = look.classes.subarray(0, space.codes.length / 2); // while a training runs, of the first codes only
      codes.dots(space.codes, classes, look.colors);
      codes.names(space.codes, classes, look.names);
    });
    this.drawMarks(marks);
    if (this.shows.backdrop) this.backdrop.draw();
  }

  /**
   * The prior, and what tools mark on the map.
   * @param {Mark[]} marks
   */
  drawMarks(marks) {
    const { over } = this;
    if (!over.clear()) return;
    over.within(() => {
      if (this.space.hasPrior) markPrior(over, { onImage: this.shows.backdrop });
      drawMarks(over, marks);
    });
  }

  /**
   * Puts the point at z, at the edge where z lies outside; `told`: what a screen reader is told of it.
   * @param {Point} z
   * @param {string} told
   */
  place(z, told) {
    const held = this.codes.hold(z);
    const [x, y] = this.codes.place(held);
    this.marker.style.transform = `translate(${x}px, ${y}px)`;
    this.pad.setAttribute("aria-valuenow", String(held[0]));
    this.pad.setAttribute("aria-valuetext", told);
  }
}
