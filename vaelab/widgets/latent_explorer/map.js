// The map of one latent space: the codes, what tools mark on it, and the point z to move.

import { element } from "../shared/elements.js";
import { Plane } from "../shared/plane.js";
import { onDrag, onKeys } from "../shared/pointer.js";
import { Backdrop } from "./backdrop.js";
import { nearestCode } from "./spaces.js";

const NEAR = 12; // CSS pixels within which a tap means a code

/**
 * Layers, so that what moves often redraws little: the backdrop, the codes with the axes, the marks, the point.
 * look: {classes, names, colors}. at(): z. move(z), choose(index of a code): what a reader does.
 */
export class LatentMap {
  constructor(space, { side, look, at, move, choose }) {
    this.look = look;
    this.codes = new Plane(space.extent);
    this.over = new Plane(space.extent);
    this.backdrop = new Backdrop(space.extent, side);
    for (const plane of [this.backdrop.plane, this.codes, this.over]) plane.canvas.classList.add("vaelab-layer");
    this.marker = element("div", { class: "vaelab-marker" });
    this.shows = { codes: true, backdrop: false };
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
    const nearest = (z) => this.shows.codes && nearestCode(this.space.codes, z);
    onDrag(this.pad, this.codes, move, {
      tap: (z) => {
        const { index, distance } = nearest(z);
        if (distance * this.scale < NEAR) choose(index);
      },
    });
    const step = (arrow) => at().map((value, axis) => value + (arrow[axis] * this.width) / 100);
    onKeys(this.pad, (arrow) => move(this.codes.hold(step(arrow))), {
      Home: () => move([0, 0]),
      Enter: () => nearest(at()).index >= 0 && choose(nearest(at()).index),
    });
    this.follow(space, space.extent);
  }

  /** The width of the map in the latent space. */
  get width() {
    return this.codes.extent[1] - this.codes.extent[0];
  }

  /** CSS pixels per unit of z. */
  get scale() {
    return this.codes.area.width / this.width;
  }

  /** Another space, such as the same after more training, or other axes. live: a training is running. */
  follow(space, extent, { live = false } = {}) {
    this.space = space;
    this.codes.extent = this.over.extent = extent;
    this.pad.setAttribute("aria-valuemin", extent[0]);
    this.pad.setAttribute("aria-valuemax", extent[1]);
    if (this.shows.backdrop) this.backdrop.start(space.decode, extent, { calm: live });
  }

  /** {codes, backdrop}: whether each is to be seen. */
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

  /** Everything but the point. marks: see drawMarks. */
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

  /** The prior, and marks over the codes: {name, mu, sigma, dash} is a Gaussian or a point, {from, to} a path. */
  drawMarks(marks) {
    const { over } = this;
    if (!over.clear()) return;
    over.within(() => {
      if (this.space.hasPrior) {
        if (this.shows.backdrop) for (const radius of [1, 2]) this.halo([0, 0], [1, 1], { radius, width: 3 });
        over.prior();
      }
      for (const mark of marks) if (mark.mu) this.gaussian(mark);
      for (const mark of marks) if (mark.from) this.path(mark);
    });
  }

  gaussian({ name, mu, sigma, dash }) {
    const { over } = this;
    const [width, height] = sigma ? [sigma[0], sigma[1]] : [4 / this.scale, 4 / this.scale]; // a point is a small ring
    this.halo(mu, [width, height], { width: 5 });
    over.ellipse(mu, [width, height], { width: 2, dash });
    const [top, bottom] = [1, -1].map((side) => [mu[0], mu[1] + 2 * side * height]);
    const below = over.place(top)[1] < over.area.top + 20; // no room above it
    over.write(name, below ? bottom : top, { shift: [0, below ? 12 : -10] });
  }

  path({ from, to }) {
    const { over } = this;
    if (from && to) {
      over.line([from, to], { color: over.paper, width: 5 });
      over.line([from, to], { width: 2 });
    }
    const font = "bold 15px system-ui, sans-serif";
    if (from) over.write("A", from, { font, shift: [0, 16] });
    if (to) over.write("B", to, { font, shift: [0, 16] });
  }

  /** What keeps an ellipse legible on any ground. */
  halo(mu, sigma, { radius = 2, width }) {
    this.over.ellipse(mu, sigma, { radius, width, color: this.over.paper, alpha: 0.8 });
  }

  /** Puts the point at z, at the edge where z lies outside; `told`: what a screen reader is told of it. */
  place(z, told) {
    const held = this.codes.hold(z);
    const [x, y] = this.codes.place(held);
    this.marker.style.transform = `translate(${x}px, ${y}px)`;
    this.pad.setAttribute("aria-valuenow", held[0]);
    this.pad.setAttribute("aria-valuetext", told);
  }
}
