// The curves of a loss against the epoch, with a cursor to drag.

import { BLUE, ORANGE } from "../../palette.js";
import { Axes } from "../shared/axes.js";
import { element } from "../shared/elements.js";
import { onDrag } from "../shared/pointer.js";
import { namesDown, pointsOf, sayLosses } from "./losses.js";

/**
 * @import { Losses, Terms } from "./losses.js"
 * @import { Timeline } from "./timeline.js"
 */

/** @type {Record<string, {color: string, dash?: number[]}>} */
const STYLES = { reconstruction: { color: BLUE }, KL: { color: ORANGE, dash: [7, 3] } }; // the rest in ink

export class Curves {
  /**
   * @param {string} title
   * @param {Timeline} timeline which the cursor moves along
   */
  constructor(title, timeline) {
    this.title = title;
    this.axes = new Axes([0, 1, 0, 1], { x: "epoch", whole: true });
    this.cursor = element("div", { class: "vaelab-run-cursor" });
    this.node = element("div", { class: "vaelab-chart vaelab-run-curves" }, this.axes.canvas, this.cursor);
    this.axes.canvas.removeAttribute("aria-hidden");
    this.axes.canvas.setAttribute("role", "img");
    onDrag(this.node, this.axes, ([epoch]) => timeline.scrub(epoch), { end: () => timeline.settle() });
  }

  /**
   * Draws the losses over `last` epochs, up to `top`.
   * @param {Losses} losses
   * @param {number} last
   * @param {number} top
   */
  draw(losses, last, top) {
    const { axes } = this;
    axes.extent = [0, Math.max(1, last), 0, top];
    axes.canvas.setAttribute("aria-label", sayLosses(this.title, losses));
    this.node.style.visibility = Object.keys(losses).length ? "visible" : "hidden";
    if (!axes.clear()) return;
    axes.axes();
    axes.within(() => {
      const main = losses["held out"] ?? losses.training ?? {};
      if (losses["held out"]) this.lines(losses.training ?? {}, { width: 1, alpha: 0.55 });
      this.lines(main, { width: 2, alpha: 1 });
      this.write(main);
    });
  }

  /**
   * @param {Terms} terms
   * @param {{width: number, alpha: number}} style
   */
  lines(terms, { width, alpha }) {
    this.axes.context.globalAlpha = alpha;
    for (const [name, values] of Object.entries(terms)) {
      const points = pointsOf(values);
      this.axes.line(points, { width, ...STYLES[name] });
      if (points.length === 1)
        this.axes.line([[points[0][0] - 0.1, points[0][1]], points[0]], { width, ...STYLES[name] });
    }
    this.axes.context.globalAlpha = 1;
  }

  /**
   * Each line's name at its end.
   * @param {Terms} terms
   */
  write(terms) {
    const { axes } = this;
    const ends = Object.entries(terms).flatMap(([name, values]) => {
      const end = pointsOf(values).at(-1);
      return end ? [{ name, end, y: axes.place(end)[1] }] : [];
    });
    for (const { name, end, y, down } of namesDown(ends, axes.area.top, Math.max(12, axes.least))) {
      axes.write(name, end, { align: "right", shift: [-8, down - y], font: "12px system-ui, sans-serif" });
    }
  }

  /**
   * Puts the cursor at an epoch.
   * @param {number} epoch a real number
   */
  point(epoch) {
    const { axes } = this;
    if (!axes.width) return;
    const { top, height } = axes.area;
    const [x] = axes.place([Math.min(epoch, axes.extent[1]), 0]);
    this.cursor.style.cssText = `transform: translate(${x}px, ${top}px); height: ${height}px`;
  }
}
