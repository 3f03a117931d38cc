// Axes on a canvas: from numbers to places and back, a grid with its numbers, lines and areas.

import { contextOf, element } from "./elements.js";
import { clamp, format, roundUp } from "./numbers.js";

/**
 * @typedef {[number, number]} Point (x, y), or a place [right, down] in CSS pixels
 * @typedef {[number, number, number, number]} Extent [x low, x high, y low, y high]
 */

export const MARGIN = { left: 38, bottom: 30, top: 6, right: 6 }; // CSS pixels around the inside of all axes

/**
 * The numbers of an axis: about five round ones between low and high, at least `least` apart.
 * @param {number} low
 * @param {number} high
 * @param {number} [least]
 */
export function ticks(low, high, least = 0) {
  const step = roundUp(Math.max((high - low) / 5, least));
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) values.push(i * step);
  return { step, values };
}

/**
 * A canvas with axes: x runs to the right, y up, over extent = [x low, x high, y low, y high]. The canvas fills its
 * parent's width, and has the height that the style sheet gives it.
 */
export class Axes {
  /**
   * whole: x counts something, so only whole numbers stand below.
   * @param {Extent} extent
   * @param {{ x?: string, y?: string, whole?: boolean }} [titles]
   */
  constructor(extent, { x = "", y = "", whole = false } = {}) {
    this.extent = extent;
    this.whole = whole;
    this.titles = [x, y];
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.context = contextOf(this.canvas);
    this.clipped = false; // to the inside of the axes
    // What `clear` finds out.
    this.width = this.height = Number.NaN;
    this.least = 0; // CSS pixels: no text is smaller
    this.margin = MARGIN;
    this.ink = this.paper = "";
  }

  /** Takes the canvas's size on the page and starts from nothing. False where there is no room, as in a hidden cell. */
  clear() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [width, height];
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.canvas);
    this.ink = style.color;
    this.suit(this.canvas.matches(":root[data-stage] *") ? Number.parseFloat(style.fontSize) : 0);
    this.paper = getComputedStyle(this.canvas.closest(".vaelab") ?? this.canvas).backgroundColor;
    return this.area.width > 0 && this.area.height > 0;
  }

  /**
   * Makes the margin wide enough for text of this size: on a stage it has the widget's own, to be read from the last row.
   * @param {number} least in CSS pixels; 0 where the sizes that stand here will do
   */
  suit(least) {
    if (least === this.least) return;
    this.least = least;
    const { left, bottom, top, right } = MARGIN;
    const wide = (/** @type {number} */ width, /** @type {number} */ letters) => Math.max(width, letters * least);
    this.margin = { left: wide(left, 3.2), bottom: wide(bottom, 1.8), top: wide(top, 0.6), right: wide(right, 0.6) };
    // What lies over the canvas finds the inside by these.
    for (const side of /** @type {const} */ (["left", "right", "bottom"]))
      this.canvas.parentElement?.style.setProperty(`--vaelab-${side}`, `${this.margin[side]}px`);
  }

  /**
   * A font, no smaller than is wanted.
   * @param {string} font with its size in px
   */
  legible(font) {
    return font.replace(/[\d.]+(?=px)/, (size) => String(Math.max(Number(size), this.least)));
  }

  /** How many times as large things are drawn as elsewhere: on a stage with much room, as large as its text. */
  get grown() {
    return Math.max(1, this.least / 16);
  }

  /** The inside of the axes, in CSS pixels of the canvas. */
  get area() {
    const { left, bottom, top, right } = this.margin;
    return { left, top, width: this.width - left - right, height: this.height - top - bottom };
  }

  /**
   * Where the point (x, y) lies on the canvas, in CSS pixels.
   * @param {Point} point
   * @returns {Point}
   */
  place([x, y]) {
    const [lowX, highX, lowY, highY] = this.extent;
    const { left, top, width, height } = this.area;
    return [left + ((x - lowX) / (highX - lowX)) * width, top + ((highY - y) / (highY - lowY)) * height];
  }

  /**
   * The point (x, y) that lies at a place of the canvas.
   * @param {Point} place
   * @returns {Point}
   */
  point([right, down]) {
    const [lowX, highX, lowY, highY] = this.extent;
    const { left, top, width, height } = this.area;
    return [lowX + ((right - left) / width) * (highX - lowX), highY - ((down - top) / height) * (highY - lowY)];
  }

  /**
   * The point of the extent that is nearest to (x, y).
   * @param {Point} point
   * @returns {Point}
   */
  hold([x, y]) {
    const [lowX, highX, lowY, highY] = this.extent;
    return [clamp(x, lowX, highX), clamp(y, lowY, highY)];
  }

  /**
   * Grid lines, numbers and titles; without `across` or `up` not those of x or y, where such numbers mean nothing.
   * @param {{ across?: boolean, up?: boolean }} [numbered]
   */
  axes({ across: widths = true, up: heights = true } = {}) {
    const { context, extent, ink, least } = this;
    const { left, top, width, height } = this.area;
    context.font = this.legible("11px system-ui, sans-serif");
    context.strokeStyle = context.fillStyle = ink;
    context.textBaseline = "middle";
    context.globalAlpha = 0.12;
    const none = { step: 1, values: [] };
    // Large numbers want room: fewer of them.
    const wide = ((extent[1] - extent[0]) / width) * 3.2 * least;
    const high = ((extent[3] - extent[2]) / height) * 1.5 * least;
    const across = widths ? ticks(extent[0], extent[1], Math.max(wide, this.whole ? 1 : 0)) : none;
    const up = heights ? ticks(extent[2], extent[3], high) : none;
    for (const x of across.values) this.segment([x, extent[2]], [x, extent[3]]);
    for (const y of up.values) this.segment([extent[0], y], [extent[1], y]);
    context.globalAlpha = 1;
    // Where an axis has a title, it takes the place of the number in the corner.
    const digits = (/** @type {{ step: number }} */ { step }) => Math.max(0, -Math.floor(Math.log10(step)));
    context.textAlign = "center";
    for (const x of across.values) {
      const [right] = this.place([x, 0]);
      const title = context.measureText(this.titles[0]).width + 20;
      if (!this.titles[0] || right < left + width - title)
        context.fillText(format(x, digits(across)), right, top + height + Math.max(11, 0.8 * least));
    }
    context.textAlign = "right";
    for (const y of up.values) {
      const [, down] = this.place([0, y]);
      if (!this.titles[1] || down > top + Math.max(20, 1.4 * least))
        context.fillText(format(y, digits(up)), left - 5, down);
    }
    context.font = this.legible("italic 13px Georgia, serif");
    context.fillText(this.titles[0], left + width, top + height + Math.max(13, 0.9 * least));
    context.fillText(this.titles[1], left - 5, top + 7);
  }

  /**
   * The axes' inside only: nothing drawn by `draw` shows on the numbers.
   * @param {() => void} draw
   */
  within(draw) {
    const { left, top, width, height } = this.area;
    this.context.save();
    this.context.beginPath();
    this.context.rect(left, top, width, height);
    this.context.clip();
    this.clipped = true;
    draw();
    this.clipped = false;
    this.context.restore();
  }

  /**
   * A line from one point to another, in the colour and width that the context has now.
   * @param {Point} from
   * @param {Point} to
   */
  segment(from, to) {
    this.context.beginPath();
    this.context.moveTo(...this.place(from));
    this.context.lineTo(...this.place(to));
    this.context.stroke();
  }

  /**
   * A line through points [[x, y], ...].
   * @param {Point[]} points
   * @param {{ color?: string, width?: number, dash?: number[] }} [style]
   */
  line(points, { color = this.ink, width = 2, dash = [] } = {}) {
    const { context } = this;
    context.strokeStyle = color;
    context.lineWidth = width * this.grown;
    context.setLineDash(dash);
    context.beginPath();
    points.forEach((point, i) => {
      context[i ? "lineTo" : "moveTo"](...this.place(point));
    });
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1;
  }

  /**
   * A line through all of the axes at this height.
   * @param {number} y
   * @param {{ color?: string, width?: number, dash?: number[] }} [style]
   */
  across(y, style) {
    const [low, high] = this.extent;
    const ends = [low, high].map((x) => /** @type {Point} */ ([x, y]));
    this.line(ends, style);
  }

  /**
   * An upright line through all of the axes at this x.
   * @param {number} x
   * @param {{ color?: string, width?: number, dash?: number[] }} [style]
   */
  upright(x, style) {
    const [, , low, high] = this.extent;
    const ends = [low, high].map((y) => /** @type {Point} */ ([x, y]));
    this.line(ends, style);
  }

  /**
   * The area between y = 0 and a line through points [[x, y], ...].
   * @param {Point[]} points
   * @param {{ color?: string | CanvasPattern, alpha?: number }} [style]
   */
  fill(points, { color = this.ink, alpha = 0.3 } = {}) {
    const { context } = this;
    if (!points.length) return;
    context.fillStyle = color;
    context.globalAlpha = alpha;
    context.beginPath();
    context.moveTo(...this.place([points[0][0], 0]));
    for (const point of points) context.lineTo(...this.place(point));
    context.lineTo(...this.place([points[points.length - 1][0], 0]));
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * A word at a point, legible over whatever lies there; `shift` is in CSS pixels. Where the point is seen, all of it is.
   * @param {string} text
   * @param {Point} point
   * @param {{ color?: string, align?: "left" | "center" | "right", shift?: Point, font?: string }} [style]
   */
  write(text, point, { color = this.ink, align = "center", shift = [0, 0], font = "13px system-ui, sans-serif" } = {}) {
    const { context } = this;
    context.font = this.legible(font);
    const [x, y] = this.keep(this.place(point), shift, context.measureText(text).width, align);
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = this.paper;
    context.strokeText(text, x, y);
    context.fillStyle = color;
    context.fillText(text, x, y);
    context.lineWidth = 1;
  }

  /**
   * Where a word of this width is written: beside its point, but not over the edge of what can be drawn on.
   * @param {Point} place
   * @param {Point} shift
   * @param {number} width
   * @param {"left" | "center" | "right"} align
   * @returns {Point}
   */
  keep([x, y], shift, width, align) {
    const whole = { left: 0, top: 0, width: this.width, height: this.height };
    const room = this.clipped ? this.area : whole;
    const [right, bottom] = [room.left + room.width, room.top + room.height];
    const [besideX, besideY] = [x + shift[0], y + shift[1]];
    if (x < room.left || x > right || y < room.top || y > bottom) return [besideX, besideY];
    const before = { left: 0, center: width / 2, right: width }[align];
    const half = Math.max(8, 0.6 * this.least); // a line
    return [
      clamp(besideX, room.left + before + 2, right - width + before - 2),
      clamp(besideY, room.top + half, bottom - half),
    ];
  }
}
