// A VAE that learns: its loss and all its derivatives. (n.k) is an equation of the course.

import { size } from "../shared/network.js";
import { Perceptron } from "./perceptron.js";
import { Rows } from "./rows.js";

/**
 * What the two terms count for in the loss.
 * @typedef {{reconstruction: number, kl: number}} Weights
 */

export class VAE {
  /**
   * @param {number[]} hidden the widths of the encoder's hidden layers; the decoder has the same in reverse
   * @param {number} pixels
   * @param {number} most images in a batch
   */
  constructor(hidden, pixels, most, latent = 2) {
    this.latent = latent;
    this.pixels = pixels;
    this.encoderWidths = [pixels, ...hidden, 2 * latent]; // mu, then logvar
    this.decoderWidths = [latent, ...[...hidden].reverse(), pixels];
    const ofEncoder = size(this.encoderWidths);
    this.weights = new Float32Array(ofEncoder + size(this.decoderWidths));
    this.gradient = new Float32Array(this.weights.length);
    const halves = (/** @type {Float32Array} */ all) => [all.subarray(0, ofEncoder), all.subarray(ofEncoder)];
    const [[encoder, decoder], [gradientOfEncoder, gradientOfDecoder]] = [this.weights, this.gradient].map(halves);
    this.encoder = new Perceptron(this.encoderWidths, encoder, gradientOfEncoder, most);
    this.decoder = new Perceptron(this.decoderWidths, decoder, gradientOfDecoder, most);
    this.gradientOfDecoder = gradientOfDecoder;
    this.codes = new Rows(most, most * latent);
    this.z = new Float32Array(most * latent);
    this.dz = new Float32Array(most * latent);
    this.dGaussian = new Float32Array(2 * most * latent);
  }

  /**
   * Weights from U(-1 / sqrt(inputs), 1 / sqrt(inputs)), as PyTorch begins.
   * @param {() => number} uniform gives one number in [0, 1) after the other
   */
  begin(uniform) {
    for (const { inputs, W, b } of [...this.encoder.layers, ...this.decoder.layers])
      for (const part of [W, b])
        for (let i = 0; i < part.length; i++) part[i] = (2 * uniform() - 1) / Math.sqrt(inputs);
  }

  /**
   * x -> q(z|x) = N(mu, diag(sigma^2)), (4.1): of each image mu, then logvar = log sigma^2.
   * @param {Rows} x
   */
  encode(x) {
    return this.encoder.forward(x);
  }

  /**
   * z = mu + sigma * eps, (7.2), where sigma = exp(logvar / 2), (4.2).
   * @param {Float32Array} gaussian of each image mu, then logvar
   * @param {Float32Array} eps (B, latent)
   */
  reparameterize(gaussian, eps) {
    const { latent, z } = this;
    eachLatent(eps.length / latent, latent, (j, mu, logvar) => {
      z[j] = gaussian[mu] + Math.exp(gaussian[logvar] / 2) * eps[j];
    });
    return z;
  }

  /**
   * z -> the logits of the pixels under p(x|z), of so many codes.
   * @param {Float32Array} z
   * @param {number} count
   */
  decode(z, count) {
    const { codes, latent } = this;
    codes.clear();
    for (let row = 0; row < count; row++) codes.addAll(z, row * latent, latent);
    return this.decoder.forward(codes);
  }

  /**
   * KL(q(z|x) || N(0, I)) = 1/2 sum (mu^2 + sigma^2 - log sigma^2 - 1), (5.10), the mean over so many images.
   * @param {Float32Array} gaussian
   * @param {number} count
   */
  kl(gaussian, count) {
    let sum = 0;
    eachLatent(count, this.latent, (_, mu, logvar) => {
      // expm1 is e^logvar - 1 without the rounding that makes the sum negative near logvar = 0.
      sum += (gaussian[mu] ** 2 + Math.expm1(gaussian[logvar]) - gaussian[logvar]) / 2;
    });
    return sum / count;
  }

  /**
   * -log p(x|z) = -sum (x log p + (1 - x) log(1 - p)), (6.14), which is sum (log(1 + e^l) - x l) of the logits l of p; the
   * mean over the batch. The logits become p = 1 / (1 + e^-l).
   * @param {Rows} x
   * @param {Float32Array} logits
   */
  reconstruction(x, logits) {
    const { pixels } = this;
    let sum = 0;
    x.each((row, pixel, value) => {
      sum -= value * logits[row * pixels + pixel];
    });
    let product = 1; // its logarithm stands for the sum of its factors': one instead of hundreds
    for (let i = 0; i < x.count * pixels; i++) {
      const l = logits[i];
      const e = Math.exp(-Math.abs(l)); // log(1 + e^l) = max(l, 0) + log(1 + e), in which nothing overflows
      sum += Math.max(l, 0);
      product *= 1 + e;
      if (product > 1e300) [sum, product] = [sum + Math.log(product), 1];
      logits[i] = (l > 0 ? 1 : e) / (1 + e);
    }
    return (sum + Math.log(product)) / x.count;
  }

  /**
   * The two terms of the loss L = weights.reconstruction * reconstruction + weights.kl * KL, with weights of 1 (9.1), and the
   * derivatives of L into `gradient`. A term of weight 0 costs nothing: without the reconstruction nobody decodes, and it is NaN.
   * @param {Rows} x (B, pixels) in [0, 1]
   * @param {Float32Array} eps (B, latent) draws from N(0, I)
   * @param {Weights} weights
   */
  learn(x, eps, weights) {
    const { dGaussian, dz, latent } = this;
    const gaussian = this.encode(x);
    const kl = this.kl(gaussian, x.count);
    const reconstruction = this.learnToDecode(x, this.reparameterize(gaussian, eps), weights.reconstruction);
    const share = weights.kl / x.count; // of each image's KL in L
    eachLatent(x.count, latent, (j, mu, logvar) => {
      const sigma = Math.exp(gaussian[logvar] / 2);
      // By way of z: dz/dmu = 1 and dz/dlogvar = sigma eps / 2, (7.10). And of the KL: mu, and (sigma^2 - 1) / 2.
      dGaussian[mu] = dz[j] + share * gaussian[mu];
      dGaussian[logvar] = (dz[j] * sigma * eps[j]) / 2 + (share * Math.expm1(gaussian[logvar])) / 2;
    });
    this.encoder.backward(dGaussian);
    return { reconstruction, kl };
  }

  /**
   * The reconstruction; its derivatives, times its weight in L, into the decoder's gradient and, by z, into dz.
   * @param {Rows} x
   * @param {Float32Array} z
   * @param {number} weight
   */
  learnToDecode(x, z, weight) {
    const { decoder, dz, pixels } = this;
    if (weight === 0) {
      this.gradientOfDecoder.fill(0);
      dz.fill(0);
      return Number.NaN;
    }
    const p = this.decode(z, x.count);
    const reconstruction = this.reconstruction(x, p);
    const share = weight / x.count;
    const dl = p; // dL/dl = share (p - x), in its place
    for (let i = 0; i < x.count * pixels; i++) dl[i] *= share;
    x.each((row, pixel, value) => {
      dl[row * pixels + pixel] -= share * value;
    });
    dz.set(decoder.backwardToInput(decoder.backward(dl)).subarray(0, dz.length));
    return reconstruction;
  }
}

/**
 * For each of so many images and each latent dimension: use(j, mu, logvar), the places of the dimension in z, and of its
 * mu and its logvar in a Gaussian.
 * @param {number} count
 * @param {number} latent
 * @param {(j: number, mu: number, logvar: number) => void} use
 */
function eachLatent(count, latent, use) {
  for (let j = 0; j < count * latent; j++) {
    const mu = j + latent * Math.floor(j / latent);
    use(j, mu, mu + latent);
  }
}
