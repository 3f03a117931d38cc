// The latent spaces of one or two models, as Python last told them, and what can be computed of a point in one.

import { decoder, encoder, float32, portions, size, uint8, weights } from "../shared/network.js";
import { interpolated } from "./grid.js";

/**
 * @import { Extent, Point } from "../shared/axes.js"
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Grid } from "./grid.js"
 */

/**
 * @typedef {object} Posterior what an encoder gives of an image
 * @property {ArrayLike<number>} mu
 * @property {ArrayLike<number> | null} sigma none of an autoencoder, whose code is a point
 */

/**
 * @typedef {object} Space
 * @property {string} title
 * @property {Extent} extent of its map, [z1 low, z1 high, z2 low, z2 high]
 * @property {boolean} hasPrior
 * @property {Float32Array} codes [z1, z2, z1, z2, ...]
 * @property {(z: ArrayLike<number>) => ArrayLike<number>} decode to pixels
 * @property {Grid | null} grid between whose points what is decoded is interpolated; null where the page computes it
 * @property {((pixels: ArrayLike<number>) => Posterior) | null} encode null where the page can't compute it
 */

/**
 * The spaces in a widget's traits.
 * @param {Pick<WidgetModel, "get">} model
 * @returns {Space[]}
 */
export function spacesOf(model) {
  const models = model.get("_models");
  const all = (/** @type {string} */ trait, /** @type {string} */ half) =>
    portions(
      weights(
        model.get(trait),
        models.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + size(one[half] ?? []), 0),
      ),
    );
  const decoders = all("_weights", "decoder");
  const encoders = all("_encoders", "encoder");
  const codes = portions(float32(model.get("_codes")));
  const length = model.get("_codes").byteLength / 4 / models.length;
  return models.map(
    (
      /** @type {any} */ { title, extent, has_prior: hasPrior, decoder: outward, grid, encoder: inward },
      /** @type {number} */ m,
    ) => ({
      title,
      extent,
      hasPrior,
      codes: codes(length),
      decode: outward ? decoder(decoders(size(outward)), outward) : interpolated(uint8(model.get(`_grid_${m}`)), grid),
      grid,
      encode: inward && encoder(encoders(size(inward)), inward),
    }),
  );
}

/**
 * Which of the codes is nearest to z, and how far: {index, distance}; index is -1 where there are none.
 * @param {ArrayLike<number>} codes [z1, z2, z1, z2, ...]
 * @param {Point} z
 */
export function nearestCode(codes, [z1, z2]) {
  let index = -1;
  let least = Infinity;
  for (let i = 0; 2 * i < codes.length; i++) {
    const square = (codes[2 * i] - z1) ** 2 + (codes[2 * i + 1] - z2) ** 2;
    if (square < least) [least, index] = [square, i];
  }
  return { index, distance: Math.sqrt(least) };
}

/**
 * log N(z; 0, I), in nats.
 * @param {Point} z
 */
export function logPrior([z1, z2]) {
  return -Math.log(2 * Math.PI) - (z1 ** 2 + z2 ** 2) / 2;
}

/**
 * The point on the straight line from a, where t = 0, to b, where t = 1.
 * @param {Point} a
 * @param {Point} b
 * @param {number} t
 * @returns {Point}
 */
export function onLine(a, b, t) {
  return [(1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]];
}

/**
 * z = mu + sigma * eps of a Gaussian; of an encoder that gives a point, that point.
 * @param {Posterior} q
 * @param {() => number} normal gives one eps after the other
 * @returns {Point}
 */
export function drawFrom({ mu, sigma }, normal) {
  return sigma ? [mu[0] + sigma[0] * normal(), mu[1] + sigma[1] * normal()] : [mu[0], mu[1]];
}
