// From A to B on a straight line in the latent space, to step along or to play.

import { button, element, paint, slider } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { onLine } from "./spaces.js";
import { pointText } from "./words.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Mark } from "./marks.js"
 * @import { State } from "./state.js"
 */

const STEPS = 8; // of the strip of images, which has one more
const SECONDS = 4; // from A to B

/** A tool: its `node` is folded away at first. */
export class PathTool {
  /**
   * @param {State} state
   * @param {() => void} changed its marks on the maps are others
   */
  constructor(state, changed) {
    this.state = state;
    this.changed = changed;
    /** @type {Point | null} */
    this.A = null;
    /** @type {Point | null} */
    this.B = null;
    this.t = 0; // where z is: 0 at A, 1 at B
    this.played = 0; // milliseconds since A
    this.player = player({ start: () => this.start(), tick: (passed) => this.tick(passed) });
    this.scrubber = slider("t", {
      min: 0,
      max: 1,
      step: 0.01,
      say: (value) => format(value),
      oninput: (value) => {
        this.stop();
        this.go(value);
      },
    });
    this.ends = element("span", { class: "vaelab-numbers" });
    this.strips = state.spaces.map(({ title }) => stripOf(title, state.side));
    this.node = element(
      "details",
      { class: "vaelab-tool", ontoggle: () => this.fold() },
      element("summary", {}, "Path from A to B"),
      element(
        "div",
        { class: "vaelab-controls" },
        button("Set A", () => this.set([...state.z], this.B)),
        button("Set B", () => this.set(this.A, [...state.z])),
        this.player.node,
        this.scrubber.node,
      ),
      this.ends,
      ...this.strips.map((strip) => strip.node),
    );
    this.draw();
  }

  stop() {
    this.player.pause();
  }

  start() {
    this.played = this.t < 1 ? this.t * 1000 * SECONDS : 0;
  }

  /**
   * @param {number} passed milliseconds
   * @returns {boolean} whether it goes on
   */
  tick(passed) {
    this.played += passed;
    const share = Math.min(1, this.played / (1000 * SECONDS));
    this.go(lessMotion() ? Math.floor(STEPS * share) / STEPS : share);
    return share < 1;
  }

  fold() {
    if (!this.node.open) this.stop(); // what can't be seen can't be stopped
    this.changed();
  }

  /**
   * @param {Point | null} a
   * @param {Point | null} b
   */
  set(a, b) {
    this.stop();
    [this.A, this.B] = [a, b];
    const { z } = this.state;
    this.t = !a || !b || (b[0] === z[0] && b[1] === z[1]) ? 1 : 0;
    this.draw();
    this.changed();
  }

  /**
   * Goes to the share t of the path, 0 at A and 1 at B.
   * @param {number} t
   */
  go(t) {
    if (!this.A || !this.B) return;
    this.t = t;
    this.state.move(onLine(this.A, this.B, t));
    this.showShare();
  }

  /** Where on the path z is. */
  showShare() {
    this.scrubber.show(this.t);
    for (const { images } of this.strips)
      images.forEach((image, i) => {
        image.classList.toggle("vaelab-now", i === Math.round(STEPS * this.t));
      });
  }

  /** Everything: A or B is another. */
  draw() {
    const { A, B } = this;
    const ready = A !== null && B !== null;
    this.player.node.disabled = this.scrubber.input.disabled = !ready;
    for (const strip of this.strips) strip.node.hidden = !ready;
    const text = (/** @type {string} */ name, /** @type {Point | null} */ z) =>
      z ? pointText(name, z) : `${name} is not set`;
    this.ends.textContent =
      A || B ? `${text("A", A)}, ${text("B", B)}` : "Move z and set A there; move it on and set B.";
    this.refresh();
  }

  /** Decodes the strips, by the weights as they are now. */
  refresh() {
    const { A, B } = this;
    if (!A || !B) return;
    this.state.spaces.forEach(({ decode }, m) => {
      this.strips[m].images.forEach((image, i) => {
        paint(image, decode(onLine(A, B, i / STEPS)));
      });
    });
    this.showShare();
  }

  /**
   * @returns {Mark[]}
   */
  marks() {
    return this.node.open && (this.A || this.B) ? [{ from: this.A, to: this.B }] : [];
  }
}

/**
 * A row of images along the path, with the title of its model.
 * @param {string} title
 * @param {number} side
 */
function stripOf(title, side) {
  const images = Array.from({ length: STEPS + 1 }, () =>
    element("canvas", { class: "vaelab-thumb", width: side, height: side }),
  );
  const label = `${STEPS + 1} images decoded along the path from A to B${title && `, ${title}`}`;
  const strip = element("div", { class: "vaelab-strip", role: "img", "aria-label": label }, ...images);
  return { images, node: element("figure", {}, ...(title ? [element("figcaption", {}, title)] : []), strip) };
}
