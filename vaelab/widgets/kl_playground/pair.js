// The two Gaussians q and p as the widget's model has them: to read, to set, to follow.

import { BLUE, ORANGE } from "../../palette.js";
import { listen, oncePerFrame } from "../shared/elements.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 */

/**
 * One of the two: the names of its traits, and how it is drawn; its knob for sigma lies on this side of its mean.
 * @typedef {{ letter: string, mu: string, sigma: string, side: 1 | -1, color: string, dash: number[] }} Role
 */

/** @type {Role} */
export const Q = { letter: "q", mu: "mu", sigma: "sigma", side: 1, color: BLUE, dash: [] };
/** @type {Role} */
export const P = { letter: "p", mu: "mu_p", sigma: "sigma_p", side: -1, color: ORANGE, dash: [7, 4] };

/** Who follows the pair is called once for all the numbers that are put at once. */
export class Pair {
  /** @param {WidgetModel} model */
  constructor(model) {
    this.model = model;
    this.changed = () => {};
    this.busy = false; // putting several numbers
    this.tell = oncePerFrame(() => model.save_changes());
  }

  /**
   * @param {Role} role
   * @returns {Gaussian}
   */
  of({ mu, sigma }) {
    return { mu: this.model.get(mu), sigma: this.model.get(sigma) };
  }

  /** Whether p is N(0, 1), as in a VAE. */
  get isStandard() {
    const { mu, sigma } = this.of(P);
    return mu === 0 && sigma === 1;
  }

  /**
   * Sets traits by their names. The pictures follow at once, when all is set; Python is told once a frame at most.
   * @param {Record<string, number>} numbers
   */
  put(numbers) {
    this.busy = true;
    for (const [name, number] of Object.entries(numbers)) this.model.set(name, number);
    this.busy = false;
    this.changed();
    this.tell();
  }

  /** q becomes what p is. */
  meet() {
    this.put(this.of(P));
  }

  swap() {
    const [q, p] = [this.of(Q), this.of(P)];
    this.put({ mu: p.mu, sigma: p.sigma, mu_p: q.mu, sigma_p: q.sigma });
  }

  /**
   * Calls changed() when the page or Python has set numbers. Gives a function that ends this.
   * @param {() => void} changed
   */
  follow(changed) {
    this.changed = changed;
    const one = () => {
      if (!this.busy) changed();
    };
    const names = [Q, P].flatMap(({ mu, sigma }) => [mu, sigma]);
    const deaf = listen(this.model, Object.fromEntries(names.map((name) => [`change:${name}`, one])));
    return () => {
      deaf();
      this.tell.cancel();
    };
  }
}
