// What the widgets draw with: page elements, a plane with axes, points in colours, grey images.

/** A page element. Children that are strings become text, never HTML. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A number for people, with a real minus sign. */
export function format(number, digits = 2) {
  const text = number.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/** Shows pixels in [0, 1], from black to white, on a canvas that has as many. */
export function paint(canvas, pixels) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < pixels.length; i++) {
    image.data.fill(255 * pixels[i], 4 * i, 4 * i + 3); // the array rounds
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** The numbers of a plane's axes: about five round ones between low and high. */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return { step, values: found };
}

const MARGIN = { left: 34, bottom: 30, top: 6, right: 6 }; // CSS pixels

/** A square canvas on which z1 runs to the right and z2 up, over extent = [z1 low, z1 high, z2 low, z2 high]. */
export class Plane {
  constructor(extent) {
    this.extent = extent;
    this.canvas = element("canvas", { "aria-hidden": "true" });
  }

  /** Takes the canvas's size on the page and starts from nothing. False where there is no room, as in a hidden cell. */
  clear() {
    const { width } = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.size = width;
    this.canvas.width = this.canvas.height = Math.max(1, Math.round(width * ratio));
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ink = getComputedStyle(this.canvas).color;
    this.paper = getComputedStyle(this.canvas.closest(".vaelab")).backgroundColor;
    return this.area.width > 0;
  }

  get area() {
    const { left, bottom, top, right } = MARGIN;
    return { left, top, width: this.size - left - right, height: this.size - top - bottom };
  }

  /** Where the point z lies on the canvas, in CSS pixels. */
  place([z1, z2]) {
    const [low1, high1, low2, high2] = this.extent;
    const { left, top, width, height } = this.area;
    return [left + ((z1 - low1) / (high1 - low1)) * width, top + ((high2 - z2) / (high2 - low2)) * height];
  }

  /** The point z that lies there, or the nearest one within the extent. */
  point([x, y]) {
    const [low1, high1, low2, high2] = this.extent;
    const { left, top, width, height } = this.area;
    const clamp = (share) => Math.min(1, Math.max(0, share));
    return [low1 + clamp((x - left) / width) * (high1 - low1), high2 - clamp((y - top) / height) * (high2 - low2)];
  }

  axes() {
    const { context, extent, ink } = this;
    const { left, top, width, height } = this.area;
    context.font = "11px system-ui, sans-serif";
    context.strokeStyle = context.fillStyle = ink;
    context.textBaseline = "middle";
    const line = (alpha, from, to) => {
      context.globalAlpha = alpha;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
      context.globalAlpha = 1;
    };
    for (const { step, values, axis } of [
      { ...ticks(extent[0], extent[1]), axis: 0 },
      { ...ticks(extent[2], extent[3]), axis: 1 },
    ]) {
      const digits = Math.max(0, -Math.floor(Math.log10(step)));
      for (const value of values) {
        const [x, y] = this.place([value, value]);
        const text = format(value, digits);
        if (axis === 0) {
          line(0.12, [x, top], [x, top + height]);
          context.textAlign = "center";
          if (x < left + width - 20) context.fillText(text, x, top + height + 11); // the corner is the axis's name
        } else {
          line(0.12, [left, y], [left + width, y]);
          context.textAlign = "right";
          if (y > top + 20) context.fillText(text, left - 5, y);
        }
      }
    }
    context.textAlign = "right";
    context.font = "italic 13px Georgia, serif";
    context.fillText("z\u2081", left + width, top + height + 13);
    context.fillText("z\u2082", left - 5, top + 7);
  }

  /** The axes's inside only: nothing drawn by `draw` shows on the numbers. */
  within(draw) {
    const { left, top, width, height } = this.area;
    this.context.save();
    this.context.beginPath();
    this.context.rect(left, top, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  /** A dot for each code: codes [z1, z2, z1, z2, ...], the class of each, a colour for each class. */
  dots(codes, classes, colors, radius = 1.5) {
    const { context } = this;
    context.globalAlpha = 0.65;
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

  /** Dashed circles around the origin: where N(0, I) has radius 1 and 2. */
  prior() {
    const { context } = this;
    const [x0, y0] = this.place([0, 0]);
    context.strokeStyle = this.ink;
    context.setLineDash([4, 4]);
    for (const radius of [1, 2]) {
      const [x] = this.place([radius, 0]);
      context.beginPath();
      context.arc(x0, y0, x - x0, 0, 2 * Math.PI);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /**
   * Each class's name at the median of its codes. Two or three that would cover one another stand together between them;
   * where more do, only the legend tells them apart, and "all" stands over the place that all share.
   */
  names(codes, classes, names) {
    const { context } = this;
    context.font = "bold 13px system-ui, sans-serif";
    const overlap = (a, b) =>
      Math.abs(a.y - b.y) < 16 &&
      Math.abs(a.x - b.x) < (context.measureText(a.text).width + context.measureText(b.text).width) / 2;
    const members = names.map(() => []);
    classes.forEach((own, i) => members[own]?.push(i));
    const places = [];
    names.forEach((text, wanted) => {
      const own = members[wanted];
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
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    for (const { x, y, text, count } of places) {
      if (count > 3 && count < names.length) continue;
      const [shown, above] = count > 3 ? ["all", y - 14] : [text, y];
      context.strokeStyle = this.paper;
      context.strokeText(shown, x, above);
      context.fillStyle = this.ink;
      context.fillText(shown, x, above);
    }
    context.lineWidth = 1;
  }
}

/** Which colour is which class: a row of coloured squares, each with its name. */
export function legend(names, colors) {
  const square = (color) => element("span", { class: "vaelab-square", style: `background: ${color}`, "aria-hidden": "true" });
  const entries = names.map((name, i) => element("span", { class: "vaelab-class" }, square(colors[i]), name));
  return element("div", { class: "vaelab-legend" }, ...entries);
}

/** Calls draw soon, and when the element's size, the zoom or the theme changes. Gives a function that ends this. */
export function whenLookChanges(node, draw) {
  const sizes = new ResizeObserver(draw);
  sizes.observe(node);
  const themes = new MutationObserver(draw);
  themes.observe(document.body, { attributes: true });
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", draw);
  window.addEventListener("resize", draw);
  return () => {
    sizes.disconnect();
    themes.disconnect();
    dark.removeEventListener("change", draw);
    window.removeEventListener("resize", draw);
  };
}
