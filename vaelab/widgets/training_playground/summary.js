// What a latent space comes to in a few numbers, as diagnostics.py has them.

import { normals } from "../shared/random.js";

/**
 * @typedef {object} Summary
 * @property {number} reconstruction in nats
 * @property {number} kl in nats
 * @property {number} meanAbsMu the mean of |mu_j| over images and dimensions
 * @property {number} meanSigma the same of sigma_j
 * @property {number} activeUnits the dimensions whose mu varies between images by more than 0.01
 * @property {number} covered the share of draws from the prior within two sigmas of an image's code
 */

const ACTIVE = 0.01;
const DRAWS = 500;

/**
 * @param {{reconstruction: number, kl: number}} terms
 * @param {Float32Array} gaussians mu1, mu2, sigma1, sigma2 of each image
 * @returns {Summary}
 */
export function summarize(terms, gaussians) {
  const column = (/** @type {number} */ j) => gaussians.filter((_, i) => i % 4 === j);
  const [mu, sigma] = [[0, 1].map(column), [2, 3].map(column)];
  return {
    ...terms,
    meanAbsMu: mean(mu.map((one) => mean(one.map(Math.abs)))),
    meanSigma: mean(sigma.map(mean)),
    activeUnits: mu.filter((one) => variance(one) > ACTIVE).length,
    covered: coverage(gaussians),
  };
}

/**
 * The share of draws from N(0, I) that lie within two sigmas of the centre of some Gaussian.
 * @param {Float32Array} gaussians
 */
function coverage(gaussians) {
  const normal = normals(1);
  let inside = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const [z1, z2] = [normal(), normal()];
    for (let i = 0; i < gaussians.length; i += 4) {
      if (((z1 - gaussians[i]) / gaussians[i + 2]) ** 2 + ((z2 - gaussians[i + 1]) / gaussians[i + 3]) ** 2 <= 4) {
        inside++;
        break;
      }
    }
  }
  return inside / DRAWS;
}

/** @param {ArrayLike<number>} numbers */
function mean(numbers) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i];
  return sum / numbers.length;
}

/** @param {Float32Array} numbers */
function variance(numbers) {
  const middle = mean(numbers);
  return (mean(numbers.map((one) => (one - middle) ** 2)) * numbers.length) / (numbers.length - 1);
}
