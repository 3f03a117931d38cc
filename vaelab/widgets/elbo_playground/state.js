// What a playground shows: the observation and the q that its model holds, and what follows from them.

import { oncePerFrame } from "../shared/elements.js";
import { float32 } from "../shared/network.js";
import { evaluate } from "./bound.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Limits, Observation } from "./bound.js"
 */

/**
 * An observation under its name, with x as a text and log p(x).
 * @typedef {Observation & { name: string, x: string, logEvidence: number }} Named
 */

export class State {
  /** @param {WidgetModel} model */
  constructor(model) {
    this.model = model;
    /** @type {Limits & { shown: [number, number] }} */
    this.limits = model.get("_limits");
    this.observations = observationsOf(model);
    /** @type {Map<Named, Gaussian & { elbo: number }>} */
    this.best = new Map(); // of each observation, the best q so far
    this.tell = oncePerFrame(() => model.save_changes());
    this.now = evaluate(this.observation, this.q);
  }

  get observation() {
    const chosen = this.model.get("observation");
    return this.observations.find(({ name }) => name === chosen) ?? this.observations[0];
  }

  /** @returns {Gaussian} */
  get q() {
    return { mu: this.model.get("mu"), sigma: this.model.get("sigma") };
  }

  /** Takes q and the observation as they are now, and gives the ELBO with its terms. */
  look() {
    const { observation, q } = this;
    this.now = evaluate(observation, q);
    const { elbo } = this.now;
    const best = this.best.get(observation);
    if (!best || elbo > best.elbo) this.best.set(observation, { ...q, elbo });
    return this.now;
  }

  /** The best q so far, where it is better than the one that is shown. */
  get ahead() {
    const best = this.best.get(this.observation);
    return best && this.now.elbo < best.elbo - 5e-4 ? best : null;
  }

  /**
   * The picture follows at once; Python is told once a frame at most.
   * @param {Partial<Gaussian & { observation: string }>} traits
   */
  move(traits) {
    for (const [name, value] of Object.entries(traits)) this.model.set(name, value);
    this.tell();
  }
}

/**
 * @param {WidgetModel} model
 * @returns {Named[]}
 */
function observationsOf(model) {
  const [z, logPrior] = [float32(model.get("_z")), float32(model.get("_log_prior"))];
  const all = float32(model.get("_log_likelihoods")); // (observations, grid)
  return model.get("_observations").map((/** @type {Named} */ one, /** @type {number} */ row) => {
    const logLikelihood = all.subarray(row * z.length, (row + 1) * z.length);
    return { ...one, z, logPrior, logLikelihood };
  });
}
