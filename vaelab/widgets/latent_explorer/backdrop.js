// The decoded manifold behind a map: images at the places that they are decoded from.

import { contextOf, element, oncePerFrame } from "../shared/elements.js";
import { Plane } from "../shared/plane.js";

/**
 * @import { Extent, Point } from "../shared/axes.js"
 */

/**
 * @typedef {(z: Point) => ArrayLike<number>} Decode
 */

const CELLS = 20; // across and down
const COARSE = 5; // the same of the first picture
const SLICE = 8; // milliseconds of work, after which the page may answer

/** A canvas of CELLS x CELLS decoded images, filled bit by bit. start(...) begins, stop() ends the work. */
export class Backdrop {
  /**
   * @param {Extent} extent
   * @param {number} side of an image, in pixels
   */
  constructor(extent, side) {
    this.plane = new Plane(extent);
    this.side = side;
    this.image = new ImageData(CELLS * side, CELLS * side); // pixel for pixel
    this.raster = element("canvas", { width: CELLS * side, height: CELLS * side }); // the same, for drawImage
    /** @type {Decode | null} */
    this.decode = null; // nothing has been asked for
    this.calm = false;
    this.timer = 0;
    this.next = 0; // which cell is decoded next
    this.left = 0; // how many are still to be decoded
    this.show = oncePerFrame(() => this.draw());
  }

  /**
   * Decodes what is not there yet. Of another extent a coarse picture comes first; with other weights alone, as after
   * a step of a training, the cells change one by one. calm: leaves the processor to others most of the time.
   * @param {Decode} decode
   * @param {Extent} extent
   * @param {{ calm?: boolean }} [pace]
   */
  start(decode, extent, { calm = false } = {}) {
    const moved = !this.decode || this.plane.extent.some((edge, i) => edge !== extent[i]);
    if (moved || this.decode !== decode) this.left = CELLS ** 2;
    this.decode = decode;
    this.plane.extent = extent;
    this.calm = calm;
    if (moved) {
      for (let i = 0; i < COARSE ** 2; i++) this.cell(decode, i % COARSE, Math.floor(i / COARSE), COARSE);
      this.draw();
    }
    if (this.left && !this.timer) this.timer = setTimeout(() => this.work(), 0);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.show.cancel();
  }

  work() {
    const { decode } = this;
    if (!decode) return;
    const end = performance.now() + SLICE;
    while (this.left && performance.now() < end) {
      const i = (149 * this.next) % CELLS ** 2; // 149 and 400 have no common divisor: all cells, spread over the map
      this.cell(decode, i % CELLS, Math.floor(i / CELLS), CELLS);
      this.next = (this.next + 1) % CELLS ** 2;
      this.left--;
    }
    this.show();
    this.timer = this.left ? setTimeout(() => this.work(), this.calm ? 20 * SLICE : 0) : 0;
  }

  /**
   * Decodes the middle of one cell of a grid of so many across and down.
   * @param {Decode} decode
   * @param {number} column
   * @param {number} row
   * @param {number} cells
   */
  cell(decode, column, row, cells) {
    const [low1, high1, low2, high2] = this.plane.extent;
    const z1 = low1 + ((column + 0.5) / cells) * (high1 - low1);
    const z2 = high2 - ((row + 0.5) / cells) * (high2 - low2);
    const pixels = decode([z1, z2]);
    const { data, width } = this.image;
    const size = width / cells;
    const shrink = this.side / size;
    for (let y = 0; y < size; y++) {
      let at = 4 * ((row * size + y) * width + column * size);
      for (let x = 0; x < size; x++) {
        const grey = 255 * pixels[Math.floor(y * shrink) * this.side + Math.floor(x * shrink)];
        data[at++] = grey;
        data[at++] = grey;
        data[at++] = grey;
        data[at++] = 255;
      }
    }
  }

  /** Puts what there is onto the page, as sharp as the screen is. */
  draw() {
    const { plane, raster } = this;
    if (!plane.canvas.isConnected || !plane.clear()) return;
    contextOf(raster).putImageData(this.image, 0, 0);
    const { left, top, width, height } = plane.area;
    plane.context.imageSmoothingEnabled = width * window.devicePixelRatio < raster.width; // larger ones keep their edges
    plane.context.drawImage(raster, left, top, width, height);
  }
}
