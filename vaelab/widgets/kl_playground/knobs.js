// The knobs that move the two Gaussians.

import { density } from "../shared/gaussian.js";
import { format, round } from "../shared/numbers.js";
import { knob } from "../shared/pointer.js";

/**
 * @import { Axes, Point } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Pair, Role } from "./pair.js"
 */

/**
 * The knobs of a Gaussian: for the mean at its peak, for sigma at the height that its density has there.
 * say(): what a screen reader hears after the number.
 * @param {Role} role
 * @param {Pair} pair
 * @param {Axes} axes
 * @param {{ mu: [number, number], sigma: [number, number] }} ranges
 * @param {() => string} say
 */
export function knobsOf(role, pair, axes, ranges, say) {
  const { letter, side, color } = role;
  const gaussian = () => pair.of(role);
  const common = { step: 0.1, say: (/** @type {number} */ number) => `${format(number)}. ${say()}`, color };
  // Two digits, so that the numbers shown are those that count.
  const put = (/** @type {string} */ name, /** @type {number} */ number) => pair.put({ [name]: round(number) });
  const [mu, sigma] = [ranges.mu, ranges.sigma].map(([min, max]) => ({ min, max }));
  const knobs = [
    knob(axes, {
      ...common,
      ...mu,
      name: `Mean of ${letter}`,
      get: () => gaussian().mu,
      set: (number) => put(role.mu, number),
      place: () => peak(gaussian()),
      read: ([z]) => z,
    }),
    knob(axes, {
      ...common,
      ...sigma,
      name: `Standard deviation of ${letter}`,
      get: () => gaussian().sigma,
      set: (number) => put(role.sigma, number),
      place: () => flank(gaussian(), side),
      read: ([z]) => side * (z - gaussian().mu),
    }),
  ];
  for (const { node } of knobs) node.classList.add(`vaelab-knob-${letter}`);
  return knobs;
}

/**
 * @param {Gaussian} gaussian
 * @returns {Point}
 */
function peak(gaussian) {
  return [gaussian.mu, density(gaussian)(gaussian.mu)];
}

/**
 * The point of a Gaussian's density at one sigma from its mean: those of q and p are on different sides.
 * @param {Gaussian} gaussian
 * @param {1 | -1} side
 * @returns {Point}
 */
export function flank(gaussian, side) {
  const z = gaussian.mu + side * gaussian.sigma;
  return [z, density(gaussian)(z)];
}
