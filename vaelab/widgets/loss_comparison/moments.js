// What a training is at a moment, which is a real number of epochs: arithmetic, without a page.

/**
 * @import { Extent } from "../shared/axes.js"
 * @import { Losses } from "./losses.js"
 */

/**
 * What Python tells of a training, but for its codes and images: `run_of` in numbers.py.
 * @typedef {object} Run
 * @property {string} title
 * @property {Extent} extent of its map
 * @property {Losses} curves
 * @property {Record<string, string>[]} numbers one {name: text} for each epoch, the first before the training; or none
 */

/**
 * What a map shows.
 * @typedef {object} State
 * @property {Float32Array} gaussians (codes, 4): mu1, mu2, sigma1, sigma2
 * @property {Extent} home the extent before any zoom
 */

/**
 * The last epoch of a run: 0 before it is trained.
 * @param {Run} run
 */
export function lastOf(run) {
  return Math.max(0, run.numbers.length - 1);
}

/**
 * The state of a run at a moment; after its last epoch it stays as it is. gaussiansAfter(epoch): what was recorded.
 * @param {Run} run
 * @param {number} moment
 * @param {(epoch: number) => Float32Array} gaussiansAfter
 * @returns {State}
 */
export function stateAt(run, moment, gaussiansAfter) {
  const home = run.extent;
  if (!run.numbers.length) return { gaussians: new Float32Array(), home };
  const at = Math.min(moment, lastOf(run));
  const before = { gaussians: gaussiansAfter(Math.floor(at)), home };
  if (!before.gaussians.length) return before;
  return between(before, { gaussians: gaussiansAfter(Math.ceil(at)), home }, at % 1);
}

/**
 * The state a share of the way from one to another of equally many codes.
 * @param {State} from
 * @param {State} to
 * @param {number} share
 * @returns {State}
 */
export function between(from, to, share) {
  if (share === 0) return from;
  if (from === to || from.gaussians.length !== to.gaussians.length) return to;
  const gaussians = from.gaussians.map((value, i) => value + share * (to.gaussians[i] - value));
  const [left, right, bottom, top] = from.home.map((value, i) => value + share * (to.home[i] - value));
  return { gaussians, home: [left, right, bottom, top] };
}

/**
 * The codes [z1, z2, z1, z2, ...] of Gaussians: their draws mu + sigma * eps, or without eps their means mu.
 * @param {Float32Array} gaussians
 * @param {Float32Array} [eps]
 */
export function codesOf(gaussians, eps) {
  const codes = new Float32Array(gaussians.length / 2);
  for (let i = 0; i < codes.length; i++) {
    const at = 4 * (i >> 1) + (i & 1);
    codes[i] = gaussians[at] + (eps ? gaussians[at + 2] * eps[i] : 0);
  }
  return codes;
}

/**
 * The indices of the first few images of each class.
 * @param {Uint8Array} classes of each image
 * @param {number} each how many of a class
 */
export function firstOfEach(classes, each) {
  const seen = new Map();
  /** @type {number[]} */
  const chosen = [];
  classes.forEach((own, i) => {
    const count = seen.get(own) ?? 0;
    if (count < each) chosen.push(i);
    seen.set(own, count + 1);
  });
  return chosen;
}

/**
 * @param {number} epoch
 * @param {number} last
 */
export function sayEpoch(epoch, last) {
  return epoch === 0 ? "before training" : `after epoch ${epoch} of ${last}`;
}

/**
 * What stands behind the title of a run that has ended before this epoch.
 * @param {Run} run
 * @param {number} epoch
 */
export function remarkOf(run, epoch) {
  return run.numbers.length && lastOf(run) < epoch ? `, ended after epoch ${lastOf(run)}` : "";
}
