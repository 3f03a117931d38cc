// A two-dimensional latent space on a canvas: codes in the colours of their classes, Gaussians, the prior.

import { Axes } from "./axes.js";

/**
 * @import { Extent } from "./axes.js"
 */

/** Square axes on which z1 runs to the right and z2 up, over extent = [z1 low, z1 high, z2 low, z2 high]. */
export class Plane extends Axes {
  /**
   * @param {Extent} extent
   */
  constructor(extent) {
    super(extent, { x: "z\u2081", y: "z\u2082" });
  }

  /**
   * A dot for each code: codes [z1, z2, z1, z2, ...], the class of each, a colour for each class.
   * @param {ArrayLike<number>} codes
   * @param {ArrayLike<number>} classes
   * @param {string[]} colors
   * @param {{ radius?: number, alpha?: number }} [style]
   */
  dots(codes, classes, colors, { radius = 1.5, alpha = 0.65 } = {}) {
    const { context } = this;
    const half = radius * this.grown;
    context.globalAlpha = alpha;
    colors.forEach((color, wanted) => {
      context.fillStyle = color;
      context.beginPath();
      for (let i = 0; i < classes.length; i++) {
        if (classes[i] !== wanted) continue;
        const [x, y] = this.place([codes[2 * i], codes[2 * i + 1]]);
        context.rect(x - half, y - half, 2 * half, 2 * half);
      }
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /**
   * As `dots`, but pixel by pixel, which takes a tenth of the time: for dots that move. It replaces what is on the canvas,
   * so it comes first. colors: "#rrggbb". Where dots overlap, the later one is seen.
   * @param {ArrayLike<number>} codes
   * @param {ArrayLike<number>} classes
   * @param {string[]} colors
   * @param {{ size?: number, alpha?: number }} [style]
   */
  scatter(codes, classes, colors, { size = 3, alpha = 0.65 } = {}) {
    const { canvas, context, extent, area } = this;
    const ratio = canvas.width / this.width;
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new DataView(image.data.buffer);
    const values = colors.map((color) => Number(`0x${color.slice(1)}`) * 256 + Math.round(255 * alpha)); // red first
    const side = Math.max(1, Math.round(size * this.grown * ratio));
    const edges = [area.left, area.left + area.width, area.top, area.top + area.height].map((x) =>
      Math.round(x * ratio),
    );
    const [scaleX, scaleY] = [area.width / (extent[1] - extent[0]), area.height / (extent[3] - extent[2])];
    for (let i = 0; i < classes.length; i++) {
      const left = Math.round((area.left + (codes[2 * i] - extent[0]) * scaleX) * ratio - side / 2);
      const top = Math.round((area.top + (extent[3] - codes[2 * i + 1]) * scaleY) * ratio - side / 2);
      for (let y = Math.max(top, edges[2]); y < Math.min(top + side, edges[3]); y++) {
        for (let x = Math.max(left, edges[0]); x < Math.min(left + side, edges[1]); x++) {
          pixels.setUint32(4 * (y * canvas.width + x), values[classes[i]]);
        }
      }
    }
    context.putImageData(image, 0, 0);
  }

  /**
   * The outline of the ellipse with half-axes radius * sigma around mu.
   * @param {ArrayLike<number>} mu
   * @param {ArrayLike<number>} sigma
   * @param {{ radius?: number, color?: string, width?: number, alpha?: number, dash?: number[] }} [style]
   */
  ellipse(mu, sigma, { radius = 2, color = this.ink, width = 1, alpha = 1, dash = [] } = {}) {
    const { context, extent, area } = this;
    const [x, y] = this.place([mu[0], mu[1]]);
    const scale = [area.width / (extent[1] - extent[0]), area.height / (extent[3] - extent[2])];
    context.strokeStyle = color;
    context.lineWidth = width * this.grown;
    context.globalAlpha = alpha;
    context.setLineDash(dash);
    context.beginPath();
    context.ellipse(x, y, radius * sigma[0] * scale[0], radius * sigma[1] * scale[1], 0, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = context.lineWidth = 1;
  }

  /** Dashed circles around the origin: where N(0, I) has radius 1 and 2. */
  prior() {
    for (const radius of [1, 2]) this.ellipse([0, 0], [1, 1], { radius, dash: [4, 4] });
  }

  /**
   * Each class's name at the median of its codes. Two or three that would cover one another stand together between them,
   * if they are short; else only the legend tells them apart, and "all" stands over the place that all share.
   * @param {ArrayLike<number>} codes
   * @param {Uint8Array} classes
   * @param {string[]} names
   */
  names(codes, classes, names) {
    const font = this.legible("bold 13px system-ui, sans-serif");
    const line = Math.max(16, 1.1 * this.least);
    this.context.font = font;
    const wide = (/** @type {string} */ text) => this.context.measureText(text).width;
    const members = names.map(() => /** @type {number[]} */ ([]));
    classes.forEach((own, i) => {
      members[own]?.push(i);
    });
    const places = /** @type {Label[]} */ ([]);
    names.forEach((text, wanted) => {
      const own = members[wanted];
      if (!own.length) return;
      const middle = (/** @type {number} */ axis) =>
        Float32Array.from(own, (i) => codes[2 * i + axis]).sort()[own.length >> 1];
      const [x, y] = this.place([middle(0), middle(1)]);
      let label = { x, y, text, count: 1 };
      const covers = (/** @type {Label} */ other) =>
        Math.abs(other.y - label.y) < line && Math.abs(other.x - label.x) < (wide(other.text) + wide(label.text)) / 2;
      for (let other = places.find(covers); other; other = places.find(covers)) {
        places.splice(places.indexOf(other), 1);
        label = joined(other, label);
      }
      places.push(label);
    });
    for (const { x, y, text, count } of places) {
      const long = count > 1 && wide(text) > this.area.width / 3;
      if ((count > 3 || long) && count < names.length) continue;
      const all = count > 3;
      this.write(all ? "all" : text, this.point([x, y]), { font, shift: [0, all ? -14 : 0] });
    }
  }
}

/**
 * The smallest square that holds the extents [z1 low, z1 high, z2 low, z2 high].
 * @param {Extent[]} extents
 * @returns {Extent}
 */
export function squareAround(extents) {
  const [left, bottom] = [0, 2].map((i) => Math.min(...extents.map((extent) => extent[i])));
  const [right, top] = [1, 3].map((i) => Math.max(...extents.map((extent) => extent[i])));
  const half = Math.max(right - left, top - bottom) / 2;
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  return [x - half, x + half, y - half, y + half];
}

/**
 * @typedef {{ x: number, y: number, text: string, count: number }} Label a text in the middle of a place on the canvas,
 * and how many names it holds
 */

/**
 * Two names between their places.
 * @param {Label} a
 * @param {Label} b
 * @returns {Label}
 */
function joined(a, b) {
  const count = a.count + b.count;
  const [x, y] = [(a.count * a.x + b.count * b.x) / count, (a.count * a.y + b.count * b.y) / count];
  return { x, y, text: `${a.text} ${b.text}`, count };
}
