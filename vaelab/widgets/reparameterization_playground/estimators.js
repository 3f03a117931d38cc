// Two estimators of the gradient of F(mu, sigma) = E[f(z)], z ~ N(mu, sigma^2): one draw's, many draws', and exactly.

import { density } from "../shared/gaussian.js";
import { clamp } from "../shared/numbers.js";

/**
 * f and its derivative, and the even grid on which E[f(z)] is integrated: low, high, count.
 * @typedef {{ f: (z: number) => number, slope: (z: number) => number, grid: [number, number, number] }} Objective
 */

/**
 * q, which derivative of F is estimated, and the baseline.
 * @typedef {{ mu: number, sigma: number, parameter: "mu" | "sigma", b: number }} Setting
 */

/**
 * The function of z that has these values on an even grid from low to high, and straight lines between them.
 * @param {ArrayLike<number>} values
 * @param {[number, number]} reach
 * @returns {(z: number) => number}
 */
export function tabulated(values, [low, high]) {
  const perUnit = (values.length - 1) / (high - low);
  return (z) => {
    const at = (z - low) * perUnit;
    const left = clamp(Math.floor(at), 0, values.length - 2);
    return values[left] + (at - left) * (values[left + 1] - values[left]);
  };
}

/**
 * What one draw eps says of dF/dmu or dF/dsigma: [pathwise, score function].
 * @param {Objective} objective
 * @param {Setting} setting
 * @param {number} eps
 */
export function estimates({ f, slope }, { mu, sigma, parameter, b }, eps) {
  const z = mu + sigma * eps;
  if (parameter === "mu") return [slope(z), ((f(z) - b) * eps) / sigma];
  return [slope(z) * eps, ((f(z) - b) * (eps * eps - 1)) / sigma];
}

/**
 * By integration: {average: E[f(z)], and of one draw's estimates, [pathwise, score function], means and variances}.
 * @param {Objective} objective
 * @param {Setting} setting
 */
export function integrals(objective, setting) {
  const { mu, sigma } = setting;
  const [low, high, count] = objective.grid;
  const step = (high - low) / (count - 1);
  const q = density(setting);
  let average = 0;
  const means = [0, 0];
  const squares = [0, 0];
  const at = (/** @type {number} */ z) => clamp(Math.round((z - low) / step), 0, count - 1);
  // Beyond 9 sigma, q is below e^-40 of its peak.
  for (let i = at(mu - 9 * sigma); i <= at(mu + 9 * sigma); i++) {
    const z = low + i * step;
    const weight = q(z) * step;
    average += weight * objective.f(z);
    const found = estimates(objective, setting, (z - mu) / sigma);
    for (const which of [0, 1]) {
      means[which] += weight * found[which];
      squares[which] += weight * found[which] ** 2;
    }
  }
  return { average, means, variances: squares.map((square, i) => Math.max(0, square - means[i] ** 2)) };
}

/**
 * Where a slider for the baseline may go: over the values that f has around 0, and 0 itself.
 * @param {ArrayLike<number>} values of f, on an even grid from low to high
 * @param {[number, number]} reach
 */
export function baselines(values, [low, high]) {
  const inside = Array.from(values).filter((_, i) => Math.abs(low + (i * (high - low)) / (values.length - 1)) <= 3);
  const [least, most] = [Math.min(0, ...inside), Math.max(0, ...inside)];
  const step = 10 ** Math.round(Math.log10(most - least || 1) - 2);
  const onStep = (/** @type {number} */ number) => Number((Math.round(number / step) * step).toPrecision(12));
  return { min: onStep(least), max: onStep(most), step, digits: Math.max(0, Math.round(-Math.log10(step))) };
}
