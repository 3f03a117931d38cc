// The models that have learned, to be walked through: the explorer's page, one model at a time.

import { explore } from "../latent_explorer/explore.js";
import { button, element } from "../shared/elements.js";
import { size, viewOf } from "../shared/network.js";
import { PageModel } from "../shared/page.js";
import { extentOf } from "./extent.js";

/**
 * @typedef {object} Learned
 * @property {string} title
 * @property {number} epoch the last that was finished
 * @property {boolean} over whether that was the last of all
 * @property {Float32Array} weights the encoder's, then the decoder's
 * @property {Float32Array} gaussians of the held-out images
 */

/**
 * @typedef {object} HeldOut
 * @property {Uint8Array} greys the images' pixels, from 0 to 255
 * @property {number} side of an image
 * @property {DataView} classes
 * @property {string[]} names
 * @property {string[]} colors
 */

export class Walk {
  /**
   * @param {HeldOut} heldOut
   * @param {[encoder: number[], decoder: number[]]} widths
   */
  constructor(heldOut, widths) {
    this.heldOut = heldOut;
    this.widths = widths;
    this.buttons = element("div", { class: "vaelab-controls", role: "group", "aria-label": "Walk through" });
    this.place = element("div");
    this.node = element(
      "section",
      { class: "vaelab-training-walk", hidden: "" },
      element("h3", {}, "Walk through what was learned"),
      this.buttons,
      this.place,
    );
    /** @type {Learned[]} */
    this.models = [];
    /** @type {(() => void) | null} */
    this.leave = null; // the explorer
  }

  /** @param {Learned[]} models which may be walked through; none hides it all */
  offer(models) {
    if (models.length === this.models.length && models.every((one, i) => one === this.models[i])) return;
    this.models = models;
    this.close();
    this.node.hidden = models.length === 0;
    const choices = models.map((one) => {
      const choice = button(`${one.title}, ${one.over ? "after" : "since"} epoch ${one.epoch}`, () => {
        for (const other of choices) other.setAttribute("aria-pressed", String(other === choice));
        this.open(one);
      });
      return choice;
    });
    for (const choice of choices) choice.setAttribute("aria-pressed", "false");
    this.buttons.replaceChildren(...choices);
  }

  /** @param {Learned} learned */
  open({ title, weights, gaussians }) {
    this.close();
    const { greys, side, classes, names, colors } = this.heldOut;
    const [encoder, decoder] = this.widths;
    const ofEncoder = size(encoder);
    const codes = gaussians.filter((_, i) => i % 4 < 2);
    const none = new DataView(new ArrayBuffer(0));
    const model = new PageModel({
      _models: [{ title, encoder, decoder, grid: null, extent: extentOf(gaussians), has_prior: true }],
      _encoders: viewOf(weights.subarray(0, ofEncoder)),
      _weights: viewOf(weights.subarray(ofEncoder)),
      _grid_0: none,
      _grid_1: none,
      _codes: viewOf(codes),
      _images: viewOf(greys),
      _side: side,
      _classes: classes,
      _names: names,
      _colors: colors,
      _status: "",
      value: [0, 0],
    });
    const el = element("div");
    this.place.replaceChildren(el);
    this.leave = explore({ model, el });
  }

  close() {
    this.leave?.();
    this.leave = null;
    this.place.replaceChildren();
  }
}
