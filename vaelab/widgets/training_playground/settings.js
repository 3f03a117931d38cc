// What is set before a training: the weights of the two terms, the learning rate, how many epochs, the seed.

import { element, listen, slider } from "../shared/elements.js";
import { format } from "../shared/numbers.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Settings as OfTraining } from "./training.js"
 * @import { Weights } from "./vae.js"
 */

/** @type {[trait: string, name: string, digits: number][]} */
const SLIDERS = [
  ["reconstruction", "reconstruction \u00d7", 2],
  ["beta", "KL \u00d7 \u03b2", 2],
  ["lr", "learning rate", 4],
  ["epochs", "epochs", 0],
  ["seed", "seed", 0],
];

export class Settings {
  /**
   * @param {WidgetModel} model whose traits they are; `_choices` holds {trait: [value, ...]}
   * @param {() => void} changed
   */
  constructor(model, changed) {
    this.model = model;
    const choices = model.get("_choices");
    this.sliders = SLIDERS.map(([trait, name, digits]) => {
      /** @type {number[]} */
      const values = choices[trait];
      const shown = slider(name, {
        min: 0,
        max: values.length - 1,
        step: 1,
        say: (at) => words(values[at], digits),
        oninput: (at) => {
          model.set(trait, values[at]);
          model.save_changes();
        },
      });
      return { ...shown, draw: () => shown.show(values.indexOf(model.get(trait))) };
    });
    const draw = () => {
      for (const one of this.sliders) one.draw();
      changed();
    };
    this.deaf = listen(model, Object.fromEntries(SLIDERS.map(([trait]) => [`change:${trait}`, draw])));
    for (const one of this.sliders) one.draw();
    this.node = element(
      "fieldset",
      { class: "vaelab-training-settings" },
      element("legend", {}, "Before you train"),
      ...this.sliders.map(({ node }) => node),
    );
  }

  /**
   * For a training with these weights.
   * @param {Weights} weights
   * @returns {OfTraining}
   */
  with(weights) {
    const { model } = this;
    return { weights, lr: model.get("lr"), epochs: model.get("epochs"), seed: model.get("seed") };
  }

  /**
   * The weights that the sliders say.
   * @returns {Weights}
   */
  get weights() {
    return { reconstruction: this.model.get("reconstruction"), kl: this.model.get("beta") };
  }

  /** @param {boolean} fixed while a training goes on */
  fix(fixed) {
    for (const { input } of this.sliders) input.disabled = fixed;
  }
}

/**
 * @param {number} value
 * @param {number} digits after the point, at most
 */
function words(value, digits) {
  return String(Number(format(value, digits)));
}
