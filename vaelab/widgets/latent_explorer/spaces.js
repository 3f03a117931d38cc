// The latent spaces of one or two models, as Python last told them.

import { decoder, encoder, float32, portions, size } from "../shared/network.js";

/**
 * For each model {title, extent, hasPrior, codes, decode, encode}.
 * codes: [z1, z2, z1, z2, ...]. decode(z): pixels. encode(pixels): {mu, sigma}; null where the page can't compute it.
 */
export function spacesOf(model) {
  const models = model.get("_models");
  const weights = portions(float32(model.get("_weights")));
  const encoders = portions(float32(model.get("_encoders")));
  const codes = portions(float32(model.get("_codes")));
  const length = model.get("_codes").byteLength / 4 / models.length;
  return models.map(({ title, extent, has_prior: hasPrior, decoder: outward, encoder: inward }) => ({
    title,
    extent,
    hasPrior,
    codes: codes(length),
    decode: decoder(weights(size(outward)), outward),
    encode: inward && encoder(encoders(size(inward)), inward),
  }));
}

/** Which of the codes is nearest to z, and how far: {index, distance}; index is -1 where there are none. */
export function nearestCode(codes, [z1, z2]) {
  let index = -1;
  let least = Infinity;
  for (let i = 0; 2 * i < codes.length; i++) {
    const square = (codes[2 * i] - z1) ** 2 + (codes[2 * i + 1] - z2) ** 2;
    if (square < least) [least, index] = [square, i];
  }
  return { index, distance: Math.sqrt(least) };
}

/** log N(z; 0, I), in nats. */
export function logPrior([z1, z2]) {
  return -Math.log(2 * Math.PI) - (z1 ** 2 + z2 ** 2) / 2;
}
