// The evidence lower bound of a Gaussian q, by sums over a grid of z, and the way up to the q that has the highest.

import { logDensity } from "../shared/gaussian.js";
import { clamp } from "../shared/numbers.js";

/** @import { Gaussian } from "../shared/gaussian.js" */

/**
 * One observation x on an even grid of z.
 * @typedef {object} Observation
 * @property {ArrayLike<number>} z
 * @property {ArrayLike<number>} logPrior log p(z)
 * @property {ArrayLike<number>} logLikelihood log p(x|z)
 */

/**
 * How far q can be moved.
 * @typedef {{ mu: [number, number], sigma: [number, number] }} Limits
 */

/**
 * The ELBO of q in nats, its terms E_q[log p(x|z)] (rebuilt) and KL(q || p(z)) (price), and its slopes: by mu in units of
 * sigma, and by log sigma.
 * @param {Observation} observation
 * @param {Gaussian} q
 */
export function evaluate({ z, logPrior, logLikelihood }, q) {
  const { mu, sigma } = q;
  const dz = (z[z.length - 1] - z[0]) / (z.length - 1);
  const log = logDensity(q);
  const found = { rebuilt: 0, price: 0, byMu: 0, byLogSigma: 0 };
  for (let i = 0; i < z.length; i++) {
    const u = (z[i] - mu) / sigma;
    const logQ = log(z[i]);
    const mass = Math.exp(logQ) * dz;
    const ratio = logLikelihood[i] + logPrior[i] - logQ; // log of p(x, z) / q(z)
    found.rebuilt += mass * logLikelihood[i];
    found.price += mass * (logQ - logPrior[i]);
    found.byMu += mass * ratio * u;
    found.byLogSigma += mass * ratio * (u * u - 1);
  }
  return { ...found, elbo: found.rebuilt - found.price };
}

/**
 * A q a little farther up the ELBO, or null where there is none.
 * @param {Observation} observation
 * @param {Gaussian} q
 * @param {Limits} limits
 */
export function uphill(observation, { mu, sigma }, limits) {
  const here = evaluate(observation, { mu, sigma });
  if (Math.hypot(here.byMu, here.byLogSigma) < 1e-3) return null;
  // The natural gradient, in steps that the eye can follow, and in shorter ones where these would lead down.
  const [toMu, toLogSigma] = [sigma * here.byMu, here.byLogSigma / 2];
  for (let rate = Math.min(1, 0.08 / Math.hypot(toMu, toLogSigma)); rate > 1e-6; rate /= 2) {
    const next = {
      mu: clamp(mu + rate * toMu, ...limits.mu),
      sigma: clamp(sigma * Math.exp(rate * toLogSigma), ...limits.sigma),
    };
    if (evaluate(observation, next).elbo > here.elbo) return next;
  }
  return null;
}
