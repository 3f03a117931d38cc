// The draws z of q, each from its eps: those stay while mu and sigma move, or, without the trick, there are none.

/** @import { Gaussian } from "../shared/gaussian.js" */

/**
 * The last move: of which number, by how much, and by how much the chosen z moved.
 * @typedef {{ name: "mu" | "sigma", by: number, dz: number }} Move
 */

export class Draws {
  /**
   * @param {number[]} eps
   * @param {Gaussian} q
   * @param {() => number} normal gives one standard normal number after the other
   */
  constructor(eps, q, normal) {
    this.eps = eps;
    this.q = q;
    this.normal = normal;
    this.joined = true; // each z to its eps: the trick
    this.z = this.carried();
    /** @type {Move | null} */
    this.move = null;
  }

  /** mu + sigma eps. */
  carried() {
    const { mu, sigma } = this.q;
    return this.eps.map((eps) => mu + sigma * (this.joined ? eps : this.normal()));
  }

  /** The draw whose numbers are written out: the one with eps nearest to -1.3, where dz/dmu and dz/dsigma differ. */
  get chosen() {
    const { eps } = this;
    return eps.reduce((best, e, i) => (Math.abs(e + 1.3) < Math.abs(eps[best] + 1.3) ? i : best), 0);
  }

  /** Other eps. */
  renew() {
    this.eps = this.eps.map(() => this.normal());
    this.restart();
  }

  /**
   * With the trick, or without.
   * @param {boolean} joined
   */
  join(joined) {
    this.joined = joined;
    this.restart();
  }

  restart() {
    this.z = this.carried();
    this.move = null;
  }

  /**
   * Under another q.
   * @param {Gaussian} q
   */
  moveTo(q) {
    const [before, z] = [this.q, this.z];
    this.q = q;
    this.z = this.carried();
    const name = q.mu === before.mu ? "sigma" : "mu";
    const i = this.chosen;
    if (q[name] !== before[name]) this.move = { name, by: q[name] - before[name], dz: this.z[i] - z[i] };
  }
}
