// What all parts of the explorer look at: the latent spaces as they are now, the images, the point z.

import { oncePerFrame } from "../shared/elements.js";
import { uint8 } from "../shared/network.js";
import { spacesOf } from "./spaces.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { WidgetModel } from "../shared/elements.js"
 */

/** The widget's traits as the page needs them. What changes: `z` by `move`, `spaces` by `refresh`. */
export class State {
  /**
   * @param {WidgetModel} model
   */
  constructor(model) {
    this.model = model;
    /** @type {number} */
    this.side = model.get("_side"); // of an image, in pixels
    this.images = uint8(model.get("_images"));
    this.classes = uint8(model.get("_classes")); // of each code
    /** @type {string[]} */
    this.names = model.get("_names"); // of the classes; none without labels
    /** @type {string[]} */
    this.colors = model.get("_colors");
    this.spaces = spacesOf(model);
    this.tell = oncePerFrame(() => model.save_changes());
  }

  /**
   * @returns {Point}
   */
  get z() {
    return this.model.get("value");
  }

  /**
   * The picture follows at once; Python is told once a frame at most.
   * @param {Point} z
   */
  move(z) {
    this.model.set("value", z);
    this.tell();
  }

  /**
   * What a training that runs says of itself; empty while none does.
   * @returns {string}
   */
  get status() {
    return this.model.get("_status");
  }

  /** A training has changed the weights or the codes. */
  refresh() {
    this.spaces = spacesOf(this.model);
  }

  /**
   * The name of an image's class.
   * @param {number} index
   * @returns {string}
   */
  label(index) {
    return this.names[this.classes[index]] ?? "";
  }

  /**
   * The pixels of an image, in [0, 1].
   * @param {number} index
   */
  pixels(index) {
    const size = this.side ** 2;
    return Float32Array.from(this.images.subarray(index * size, (index + 1) * size), (grey) => grey / 255);
  }
}
