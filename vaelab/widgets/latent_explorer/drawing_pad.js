// A pad to draw a digit on: its strokes, what people see of them, and buttons to undo and to clear.

import { button, contextOf, element } from "../shared/elements.js";
import { digitPixels, distanceToLine, MNIST } from "./digit_pixels.js";
import { penByKeys, penByPointer } from "./pen.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Stroke } from "./digit_pixels.js"
 */

const MIDDLE = /** @type {Point} */ ([MNIST.field / 2, MNIST.field / 2]);

/** A square to draw on, `node`. Points are [x, y] in 28ths of its side, across and down. */
export class DrawingPad {
  /**
   * @param {object} options
   * @param {number} options.side of the image that is made of the drawing, in pixels
   * @param {() => void} options.onchange the drawing has changed
   */
  constructor({ side, onchange }) {
    this.side = side;
    this.onchange = onchange;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {number | null} */
    this.holder = null; // of the pen while it is down and the last stroke goes on: a pointer's id, or BY_KEYS
    this.nib = MIDDLE; // where the keys' pen is
    this.canvas = element("canvas", { width: 448, height: 448, "aria-hidden": "true" });
    this.mark = element("div", { class: "vaelab-nib" });
    this.slate = slateWith(this.canvas, this.mark);
    this.status = element("div", { class: "vaelab-unseen", role: "status" });
    const buttons = [button("Undo", () => this.undo()), button("Clear", () => this.clear())];
    this.node = element(
      "div",
      { class: "vaelab-drawing", role: "group", "aria-label": "Drawing" },
      this.slate,
      element("div", { class: "vaelab-drawing-buttons" }, ...buttons),
      this.status,
    );
    penByPointer(this);
    penByKeys(this);
    blacken(this.canvas);
    this.showPen();
  }

  get isDown() {
    return this.holder !== null;
  }

  get isEmpty() {
    return this.strokes.length === 0;
  }

  /** What an encoder gets: side x side numbers in [0, 1], row by row. */
  pixels() {
    return digitPixels(this.strokes, this.side);
  }

  /**
   * Puts the pen down.
   * @param {Point} point
   * @param {number} holder
   */
  begin(point, holder) {
    this.strokes.push([point]);
    this.holder = holder;
    this.nib = point;
    inkLine(this.canvas, [point]);
    this.changed("Pen down.");
  }

  /**
   * Moves the pen that is down through these points.
   * @param {Point[]} points
   */
  extend(points) {
    const stroke = this.strokes[this.strokes.length - 1];
    const drawn = stroke.length;
    for (const point of points) {
      const end = stroke[stroke.length - 1];
      if (distanceToLine(point[0], point[1], end, end) > 0.05) stroke.push(point);
    }
    if (stroke.length === drawn) return;
    inkLine(this.canvas, stroke.slice(drawn - 1));
    this.nib = stroke[stroke.length - 1];
    this.showPen();
    this.onchange();
  }

  /** Lifts the pen. */
  end() {
    if (!this.isDown) return;
    this.holder = null;
    this.changed(`Stroke ${this.strokes.length} drawn.`);
  }

  undo() {
    this.end();
    if (!this.strokes.pop()) return this.changed("Nothing to undo.");
    blacken(this.canvas);
    for (const left of this.strokes) inkLine(this.canvas, left);
    this.changed(`Stroke ${this.strokes.length + 1} undone.`);
  }

  clear() {
    this.end();
    this.strokes = [];
    this.nib = MIDDLE;
    blacken(this.canvas);
    this.changed("Drawing cleared.");
  }

  /**
   * Moves the pen that is up.
   * @param {Point} point
   */
  hover(point) {
    this.nib = point;
    this.showPen();
  }

  /**
   * @param {string} said to a screen reader
   */
  changed(said) {
    this.status.textContent = said;
    this.showPen();
    this.onchange();
  }

  /** Where the keys' pen is, and whether it is down. */
  showPen() {
    this.slate.classList.toggle("vaelab-drawn", !this.isEmpty);
    this.mark.classList.toggle("vaelab-down", this.isDown);
    [this.mark.style.left, this.mark.style.top] = this.nib.map((place) => `${(100 * place) / MNIST.field}%`);
  }
}

/**
 * What has the focus and takes the pointers and the keys.
 * @param {HTMLElement} canvas
 * @param {HTMLElement} mark
 */
function slateWith(canvas, mark) {
  return element(
    "div",
    {
      class: "vaelab-slate",
      tabindex: "0",
      role: "application", // a screen reader then leaves the arrow keys to us
      "aria-roledescription": "drawing pad",
      "aria-label":
        "Draw a digit. Arrow keys move the pen, with Shift in fine steps; Space puts it down and lifts it; Delete undoes.",
    },
    canvas,
    element("div", { class: "vaelab-prompt", "aria-hidden": "true" }, "Draw a digit"),
    element("div", { class: "vaelab-prompt vaelab-keys", "aria-hidden": "true" }, "Arrows move the pen, Space draws"),
    mark,
  );
}

/**
 * @param {HTMLCanvasElement} canvas
 */
function blacken(canvas) {
  contextOf(canvas).fillRect(0, 0, canvas.width, canvas.height); // black
}

/**
 * Draws a stroke, or what has been added to one, on the pad that people see.
 * @param {HTMLCanvasElement} canvas
 * @param {Stroke} points
 */
function inkLine(canvas, points) {
  const context = contextOf(canvas);
  context.save();
  context.scale(canvas.width / MNIST.field, canvas.height / MNIST.field);
  Object.assign(context, { strokeStyle: "white", lineWidth: MNIST.pen, lineCap: "round", lineJoin: "round" });
  context.beginPath();
  context.moveTo(points[0][0] - 0.01, points[0][1]); // a line of no length at all would leave no dot
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  context.restore();
}
