// One direction of the divergence, KL(first || second): its chart, and its value as an integral and as a closed form.

import { axesOfZ } from "./charts.js";
import { areas, closedForm } from "./divergence.js";
import { drawIntegrand } from "./integral.js";
import { ledger } from "./ledger.js";

/**
 * @import { Grid } from "./charts.js"
 * @import { Pair, Role } from "./pair.js"
 */

/**
 * The terms of the closed form in words: for any p, and what is left of them where p is N(0, 1).
 * @typedef {{ any: string[], standard: string[] }} Terms
 */

export class Direction {
  /**
   * @param {Pair} pair
   * @param {Role} first
   * @param {Role} second
   * @param {Terms} terms
   * @param {[number, number]} reach of z
   */
  constructor(pair, first, second, terms, reach) {
    this.pair = pair;
    this.first = first;
    this.second = second;
    this.terms = terms;
    this.name = `KL(${first.letter} ‖ ${second.letter})`;
    this.axes = axesOfZ(reach);
    this.area = ledger("Integral, in nats", 3);
    this.formula = ledger("Closed form, in nats", 5);
  }

  get gaussians() {
    return /** @type {const} */ ([this.pair.of(this.first), this.pair.of(this.second)]);
  }

  /** The divergence, in nats. */
  get kl() {
    return closedForm(...this.gaussians).reduce((sum, term) => sum + term, 0);
  }

  /** @param {Grid} grid */
  draw(grid) {
    drawIntegrand(this.axes, ...this.gaussians, [this.first.color, this.second.color], grid);
  }

  /**
   * Both sums with their numbers. locked: p is held at N(0, 1).
   * @param {boolean} locked
   */
  write(locked) {
    const { above, below } = areas(...this.gaussians);
    this.area.show({ "+ above zero": above, "− below zero": below, [this.name]: above + below });
    const names = [...this.terms[locked ? "standard" : "any"], "− ½"];
    const terms = closedForm(...this.gaussians).map((term, i) => [names[i], term]);
    this.formula.show({ ...Object.fromEntries(terms), [this.name]: this.kl });
  }
}
