// A two-dimensional latent space on a canvas: codes in the colours of their classes, Gaussians, the prior.

import { Axes } from "./axes.js";

/** Square axes on which z1 runs to the right and z2 up, over extent = [z1 low, z1 high, z2 low, z2 high]. */
export class Plane extends Axes {
  constructor(extent) {
    super(extent, { x: "z\u2081", y: "z\u2082" });
  }

  /** A dot for each code: codes [z1, z2, z1, z2, ...], the class of each, a colour for each class. */
  dots(codes, classes, colors, { radius = 1.5, alpha = 0.65 } = {}) {
    const { context } = this;
    context.globalAlpha = alpha;
    colors.forEach((color, wanted) => {
      context.fillStyle = color;
      context.beginPath();
      for (let i = 0; i < classes.length; i++) {
        if (classes[i] !== wanted) continue;
        const [x, y] = this.place([codes[2 * i], codes[2 * i + 1]]);
        context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      }
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /**
   * As `dots`, but pixel by pixel, which takes a tenth of the time: for dots that move. It replaces what is on the canvas,
   * so it comes first. colors: "#rrggbb". Where dots overlap, the later one is seen.
   */
  scatter(codes, classes, colors, { size = 3, alpha = 0.65 } = {}) {
    const { canvas, context, extent, area } = this;
    const ratio = canvas.width / this.width;
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new DataView(image.data.buffer);
    const values = colors.map((color) => Number(`0x${color.slice(1)}`) * 256 + Math.round(255 * alpha)); // red first
    const side = Math.max(1, Math.round(size * ratio));
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

  /** The outline of the ellipse with half-axes radius * sigma around mu. */
  ellipse(mu, sigma, { radius = 2, color = this.ink, width = 1, alpha = 1, dash = [] } = {}) {
    const { context, extent, area } = this;
    const [x, y] = this.place(mu);
    const scale = [area.width / (extent[1] - extent[0]), area.height / (extent[3] - extent[2])];
    context.strokeStyle = color;
    context.lineWidth = width;
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
   */
  names(codes, classes, names) {
    const font = "bold 13px system-ui, sans-serif";
    this.context.font = font;
    const overlap = (a, b) =>
      Math.abs(a.y - b.y) < 16 &&
      Math.abs(a.x - b.x) < (this.context.measureText(a.text).width + this.context.measureText(b.text).width) / 2;
    const members = names.map(() => []);
    classes.forEach((own, i) => members[own]?.push(i));
    const places = [];
    names.forEach((text, wanted) => {
      const own = members[wanted];
      if (!own.length) return;
      const middle = (axis) => Float32Array.from(own, (i) => codes[2 * i + axis]).sort()[own.length >> 1];
      const [x, y] = this.place([middle(0), middle(1)]);
      let label = { x, y, text, count: 1 };
      for (let other; (other = places.find((placed) => overlap(placed, label))); ) {
        places.splice(places.indexOf(other), 1);
        const count = other.count + label.count;
        const mean = (axis) => (other.count * other[axis] + label.count * label[axis]) / count;
        label = { x: mean("x"), y: mean("y"), text: `${other.text} ${label.text}`, count };
      }
      places.push(label);
    });
    for (const { x, y, text, count } of places) {
      const long = count > 1 && this.context.measureText(text).width > this.area.width / 3;
      if ((count > 3 || long) && count < names.length) continue;
      const [shown, above] = count > 3 ? ["all", -14] : [text, 0];
      this.write(shown, this.point([x, y]), { font, shift: [0, above] });
    }
  }
}

/** The smallest square that holds the extents [z1 low, z1 high, z2 low, z2 high]. */
export function squareAround(extents) {
  const low = (i) => Math.min(...extents.map((extent) => extent[i]));
  const high = (i) => Math.max(...extents.map((extent) => extent[i]));
  const half = Math.max(high(1) - low(0), high(3) - low(2)) / 2;
  return [low(0) + high(1), low(2) + high(3)].flatMap((sum) => [sum / 2 - half, sum / 2 + half]);
}
