// The curves of a loss against the epoch, with a cursor to drag.

import { Axes } from "../shared/axes.js";
import { element } from "../shared/elements.js";
import { onDrag } from "../shared/pointer.js";

const STYLES = { reconstruction: { color: "#0072b2" }, KL: { color: "#d55e00", dash: [7, 3] } }; // the rest in ink

/** scrub(epoch, a real number): the cursor is moved; settle(): it was let go. */
export class Curves {
  constructor(title, scrub, settle) {
    this.title = title;
    this.axes = new Axes([0, 1, 0, 1], { x: "epoch", whole: true });
    this.cursor = element("div", { class: "vaelab-run-cursor" });
    this.node = element("div", { class: "vaelab-chart vaelab-run-curves" }, this.axes.canvas, this.cursor);
    this.axes.canvas.removeAttribute("aria-hidden");
    this.axes.canvas.setAttribute("role", "img");
    onDrag(this.node, this.axes, ([epoch]) => scrub(epoch), { end: settle });
  }

  /** curves: {"held out" or "training": {term: [number after epoch 1, ...]}}; over `last` epochs, up to `top`. */
  draw(curves, last, top) {
    const { axes } = this;
    axes.extent = [0, Math.max(1, last), 0, top];
    axes.canvas.setAttribute("aria-label", this.describe(curves));
    this.node.style.visibility = Object.keys(curves).length ? "visible" : "hidden";
    if (!axes.clear()) return;
    axes.axes();
    axes.within(() => {
      const main = curves["held out"] ?? curves.training ?? {};
      if (curves["held out"]) this.lines(curves.training ?? {}, { width: 1, alpha: 0.55 });
      this.lines(main, { width: 2, alpha: 1 });
      this.write(main);
    });
  }

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

  /** Each line's name at its end: above it, or below it where another line is close above. */
  write(terms) {
    const ends = Object.entries(terms)
      .reverse()
      .flatMap(([name, values]) => {
        const end = pointsOf(values).at(-1);
        return end ? [{ name, end, y: this.axes.place(end)[1] }] : [];
      });
    ends.sort((a, b) => Math.round(a.y) - Math.round(b.y)); // the total, reported last, first among equals
    let lowest = -Infinity; // how far down there is something
    for (const { name, end, y } of ends) {
      const down = Math.max(y - lowest < 24 ? y + 10 : y - 9, lowest + 13, this.axes.area.top + 7);
      lowest = Math.max(y, down);
      this.axes.write(name, end, { align: "right", shift: [-8, down - y], font: "12px system-ui, sans-serif" });
    }
  }

  /** Puts the cursor at an epoch, a real number. */
  point(epoch) {
    const { axes } = this;
    if (!axes.width) return;
    const { top, height } = axes.area;
    const [x] = axes.place([Math.min(epoch, axes.extent[1]), 0]);
    this.cursor.style.cssText = `transform: translate(${x}px, ${top}px); height: ${height}px`;
  }

  describe(curves) {
    const kinds = Object.entries(curves).map(([kind, terms]) => {
      const told = Object.entries(terms).map(([name, values]) => {
        const shown = pointsOf(values).map(([, y]) => y.toFixed(1));
        return `${name} from ${shown[0] ?? "nothing"} to ${shown.at(-1) ?? "nothing"}`;
      });
      return `${kind}: ${told.join(", ")}`;
    });
    const said = kinds.length ? `from the first epoch to the last, in nats. ${kinds.join(". ")}` : "nothing yet";
    return `The loss of ${this.title}, ${said}.`;
  }
}

/** [[epoch, value], ...]; a value that was not finite is left out. */
function pointsOf(values) {
  return values.flatMap((value, i) => (value === null ? [] : [[i + 1, value]]));
}
