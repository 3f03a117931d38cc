// The KL divergence of two Gaussians: what it integrates, its areas above and below zero, its closed form.

import { logDensity } from "../shared/gaussian.js";

/** @import { Gaussian } from "../shared/gaussian.js" */

/**
 * z -> first(z) log (first(z) / second(z)), whose area is KL(first || second).
 * @param {Gaussian} first
 * @param {Gaussian} second
 * @returns {(z: number) => number}
 */
export function integrand(first, second) {
  const [logFirst, logSecond] = [logDensity(first), logDensity(second)];
  return (z) => {
    const log = logFirst(z);
    return Math.exp(log) * (log - logSecond(z));
  };
}

/**
 * The areas {above, below} zero under the integrand, by 4,000 trapezoids to 8 sigma on each side of the first Gaussian:
 * what lies farther out weighs less than 1e-10. Their sum is exact to rounding, each area to 1e-4 (see the test).
 * @param {Gaussian} first
 * @param {Gaussian} second
 */
export function areas(first, second) {
  const [steps, reach] = [4000, 8];
  const dz = (2 * reach * first.sigma) / steps;
  const f = integrand(first, second);
  let [above, below] = [0, 0];
  for (let i = 0; i <= steps; i++) {
    const area = f(first.mu + (i - steps / 2) * dz) * dz;
    if (area > 0) above += area;
    else below += area;
  }
  return { above, below };
}

/**
 * The terms of the closed form of KL(first || second): it is their sum.
 * @param {Gaussian} first
 * @param {Gaussian} second
 */
export function closedForm(first, second) {
  const distance = (first.mu - second.mu) / second.sigma;
  const ratio = first.sigma / second.sigma;
  return [distance ** 2 / 2, ratio ** 2 / 2, -Math.log(ratio), -1 / 2];
}

/**
 * The indices i for which the two densities cross between zs[i - 1] and zs[i]: at most two.
 * @param {number[]} zs in ascending order
 * @param {Gaussian} q
 * @param {Gaussian} p
 */
export function crossings(zs, q, p) {
  const [logQ, logP] = [logDensity(q), logDensity(p)];
  const larger = zs.map((z) => logQ(z) > logP(z)); // q
  return [...zs.keys()].filter((i) => i && larger[i] !== larger[i - 1]);
}
