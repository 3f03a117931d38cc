// One zoom for several maps: each has a home extent of its own, and all show the same part of it.

import { button, element } from "./elements.js";
import { clamp } from "./numbers.js";
import { onKeys } from "./pointer.js";

/**
 * @import { Axes, Extent, Point } from "./axes.js"
 */

const NEAREST = 1 / 200; // of the home's width
const FARTHEST = 4;

/** The part of each map that is shown: its centre, (0.5, 0.5) at home, and its size, both as shares of the home's. */
export class Zoom {
  /**
   * changed(): the part is another now.
   * @param {() => void} changed
   */
  constructor(changed) {
    this.changed = changed;
    /** @type {Point} */
    this.centre = [0.5, 0.5];
    this.size = 1;
  }

  get isHome() {
    return this.size === 1 && this.centre.every((share) => share === 0.5);
  }

  /**
   * What a map with this home extent shows.
   * @param {Extent} home
   * @returns {Extent}
   */
  extent([lowX, highX, lowY, highY]) {
    const half = this.size / 2;
    const x = (/** @type {number} */ share) => lowX + (highX - lowX) * share;
    const y = (/** @type {number} */ share) => lowY + (highY - lowY) * share;
    const [right, up] = this.centre;
    return [x(right - half), x(right + half), y(up - half), y(up + half)];
  }

  /**
   * Makes things larger by a factor; the place `at`, [right, up] in shares of what is shown, stays where it is.
   * @param {number} factor
   * @param {Point} [at]
   */
  by(factor, at = [0.5, 0.5]) {
    const size = clamp(this.size / factor, NEAREST, FARTHEST);
    const [right, up] = this.centre;
    const less = this.size - size;
    this.show([right + (at[0] - 0.5) * less, up + (at[1] - 0.5) * less], size);
  }

  /**
   * Moves the part that is shown, by shares of itself.
   * @param {number} right
   * @param {number} up
   */
  pan(right, up) {
    this.show([this.centre[0] + right * this.size, this.centre[1] + up * this.size], this.size);
  }

  reset() {
    this.show([0.5, 0.5], 1);
  }

  /**
   * @param {Point} centre
   * @param {number} size
   */
  show([right, up], size) {
    this.centre = [clamp(right, 0, 1), clamp(up, 0, 1)]; // not so far that nothing is left
    this.size = size;
    this.changed();
  }
}

/**
 * The buttons of a zoom, and how large things are: {node, draw}.
 * @param {Zoom} zoom
 */
export function zoomButtons(zoom) {
  const text = element("span", { class: "vaelab-numbers", "aria-live": "polite" });
  const node = element(
    "div",
    { class: "vaelab-zoom", role: "group", "aria-label": "Zoom" },
    button("\u2212", () => zoom.by(1 / 1.5), { "aria-label": "Zoom out" }),
    text,
    button("+", () => zoom.by(1.5), { "aria-label": "Zoom in" }),
    button("Reset", () => zoom.reset(), { "aria-label": "Reset the zoom" }),
  );
  const draw = () => {
    text.textContent = `${Math.round(100 / zoom.size)} %`;
  };
  draw();
  return { node, draw };
}

/**
 * Lets a pad with these axes zoom and pan: mouse, wheel, fingers, keys.
 *
 * The page's scrolling stays the page's: a wheel zooms with Ctrl or Cmd held (as the pinch of a trackpad comes) or over
 * a pad that has the focus, and one finger pans only across, until the map is no longer at home (style `vaelab-zoomed`).
 * @param {HTMLElement} pad
 * @param {Axes} axes
 * @param {Zoom} zoom
 */
export function onZoom(pad, axes, zoom) {
  /**
   * The pointers that are down: id -> [x, y] on the page.
   * @type {Map<number, Point>}
   */
  const fingers = new Map();

  /**
   * A place on the page in shares of what the axes show: [right, up].
   * @param {Point} place
   * @returns {Point}
   */
  const share = ([x, y]) => {
    const box = axes.canvas.getBoundingClientRect();
    const { left, top, width, height } = axes.area;
    return [(x - box.left - left) / width, 1 - (y - box.top - top) / height];
  };
  /**
   * @returns {Point}
   */
  const middle = () => {
    const mean = (/** @type {0 | 1} */ axis) =>
      [...fingers.values()].reduce((sum, at) => sum + at[axis], 0) / fingers.size;
    return [mean(0), mean(1)];
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };

  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return; // not the main one
    pad.setPointerCapture(event.pointerId);
    pad.focus({ preventScroll: true });
    if (event.pointerType === "mouse") event.preventDefault();
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const [before, apart] = [share(middle()), spread()];
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const after = share(middle());
    if (before.some((value, axis) => value !== after[axis])) zoom.pan(before[0] - after[0], before[1] - after[1]);
    if (apart && spread()) zoom.by(spread() / apart, after);
  });
  const lifted = (/** @type {PointerEvent} */ event) => fingers.delete(event.pointerId);
  pad.addEventListener("pointerup", lifted);
  pad.addEventListener("pointercancel", lifted);
  pad.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== pad) return;
      event.preventDefault();
      const lines = event.deltaMode ? 16 : 1; // a wheel may count lines
      const step = clamp(event.deltaY * lines, -120, 120); // one notch at most
      zoom.by(
        Math.exp(-step * (event.ctrlKey && Math.abs(step) < 50 ? 0.01 : 0.002)),
        share([event.clientX, event.clientY]),
      );
    },
    { passive: false },
  );
  const [nearer, farther] = [() => zoom.by(1.25), () => zoom.by(1 / 1.25)];
  onKeys(pad, ([right, up]) => zoom.pan(right / 10, up / 10), {
    "+": nearer,
    "=": nearer,
    "-": farther,
    "\u2212": farther,
    0: () => zoom.reset(),
    Home: () => zoom.reset(),
  });
}
