// The density of a normal distribution.

/** @typedef {{ mu: number, sigma: number }} Gaussian its mean and its standard deviation */

/**
 * z -> log N(z; mu, sigma^2). All is computed from it, so that a density too small for a number is never divided by.
 *
 * @param {Gaussian} gaussian
 * @returns {(z: number) => number}
 */
export function logDensity({ mu, sigma }) {
  const atMean = -Math.log(sigma) - Math.log(2 * Math.PI) / 2;
  return (z) => atMean - ((z - mu) / sigma) ** 2 / 2;
}

/**
 * z -> N(z; mu, sigma^2).
 *
 * @param {Gaussian} gaussian
 * @returns {(z: number) => number}
 */
export function density(gaussian) {
  const log = logDensity(gaussian);
  return (z) => Math.exp(log(z));
}
