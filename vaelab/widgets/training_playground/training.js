// One training: a VAE that learns from images, step by step, and is judged by others.

import { normals, uniforms } from "../shared/random.js";
import { Adam, oneCycle } from "./adam.js";
import { Rows } from "./rows.js";
import { VAE } from "./vae.js";

/**
 * @import { Weights } from "./vae.js"
 */

/**
 * @typedef {object} Settings
 * @property {Weights} weights of the two terms
 * @property {number} lr the highest of the cycle
 * @property {number} epochs
 * @property {number} seed of the first weights, of the order of the images, of the noise
 */

/**
 * @typedef {object} Images
 * @property {Rows} training (N, pixels) in [0, 1]
 * @property {Rows} heldOut
 * @property {number} pixels
 * @property {number[]} hidden the widths of the hidden layers
 */

/**
 * @typedef {object} Judgement
 * @property {number} reconstruction of the held-out images, in nats, the mean over images
 * @property {number} kl the same
 * @property {Float32Array} gaussians mu1, mu2, sigma1, sigma2 of each held-out image
 */

const BATCH = 32; // so few that four epochs are enough
const LATENT = 2;
const SAMPLES = 16;

export class Training {
  /**
   * @param {Images} images
   * @param {Settings} settings
   */
  constructor({ training, heldOut, hidden, pixels }, { weights, lr, epochs, seed }) {
    this.images = { training, heldOut };
    this.weights = weights;
    this.lr = lr;
    this.vae = new VAE(hidden, pixels, BATCH, LATENT);
    this.vae.begin(uniforms(3 * seed));
    this.uniform = uniforms(3 * seed + 1);
    this.normal = normals(3 * seed + 2);
    this.adam = new Adam(this.vae.weights);
    this.order = Uint32Array.from({ length: training.count }, (_, i) => i);
    this.perEpoch = Math.ceil(training.count / BATCH);
    this.steps = epochs * this.perEpoch;
    this.rate = oneCycle(this.steps);
    this.step = 0; // how many have been taken
    this.sums = { reconstruction: 0, kl: 0 }; // of the terms, over the images of this epoch so far
    this.batch = new Rows(BATCH, BATCH * pixels);
    this.eps = new Float32Array(BATCH * LATENT);
    this.draws = Float32Array.from({ length: SAMPLES * LATENT }, normals(0)); // of the prior, the same for all trainings
  }

  /** How many epochs are over. */
  get epoch() {
    return Math.floor(this.step / this.perEpoch);
  }

  get isOver() {
    return this.step === this.steps;
  }

  /** Learns from one batch: a stretch of a fresh permutation of the images. */
  learn() {
    const { batch, eps, images, normal, order, vae } = this;
    const from = BATCH * (this.step % this.perEpoch);
    if (from === 0) shuffle(order, this.uniform);
    batch.clear();
    for (const image of order.subarray(from, from + BATCH)) batch.addRow(images.training, image);
    const noise = eps.subarray(0, LATENT * batch.count).map(normal);
    const terms = vae.learn(batch, noise, this.weights);
    if (from === 0) this.sums = { reconstruction: 0, kl: 0 };
    this.sums.reconstruction += batch.count * terms.reconstruction;
    this.sums.kl += batch.count * terms.kl;
    this.adam.step(vae.gradient, this.lr * this.rate(this.step++));
  }

  /** The terms of the images of the epoch that is just over, each as it was learned from: the means over images. */
  learned() {
    const { count } = this.images.training;
    return { reconstruction: this.sums.reconstruction / count, kl: this.sums.kl / count };
  }

  /**
   * The Gaussians q(z|x) of the first few held-out images: mu1, mu2, sigma1, sigma2 of each.
   * @param {number} count
   */
  gaussians(count) {
    const all = new Float32Array(2 * LATENT * count);
    this.inParts(count, (x, from) => all.set(spread(this.vae.encode(x), x.count), 2 * LATENT * from));
    return all;
  }

  /**
   * The held-out images' terms, with the same noise each time, and their Gaussians.
   * @returns {Judgement}
   */
  judge() {
    const { images, vae } = this;
    const { count } = images.heldOut;
    const gaussians = new Float32Array(2 * LATENT * count);
    const normal = normals(0);
    let [reconstruction, kl] = [0, 0];
    this.inParts(count, (x, from) => {
      const gaussian = vae.encode(x);
      kl += (x.count / count) * vae.kl(gaussian, x.count);
      gaussians.set(spread(gaussian, x.count), 2 * LATENT * from);
      const z = vae.reparameterize(gaussian, new Float32Array(LATENT * x.count).map(normal));
      reconstruction += (x.count / count) * vae.reconstruction(x, vae.decode(z, x.count));
    });
    return { reconstruction, kl, gaussians };
  }

  /** What the model decodes from sixteen draws of the prior: pixels from 0 to 255, image after image. */
  samples() {
    const logits = this.vae.decode(this.draws, SAMPLES).subarray(0, SAMPLES * this.vae.pixels);
    return Uint8Array.from(logits, (l) => Math.round(255 / (1 + Math.exp(-l))));
  }

  /**
   * Calls use(x, from) with one batch after the other of the first few held-out images.
   * @param {number} count
   * @param {(x: Rows, from: number) => void} use
   */
  inParts(count, use) {
    for (let from = 0; from < count; from += BATCH) {
      this.batch.clear();
      for (let i = from; i < Math.min(count, from + BATCH); i++) this.batch.addRow(this.images.heldOut, i);
      use(this.batch, from);
    }
  }
}

/**
 * mu and sigma of so many Gaussians, of mu and logvar.
 * @param {Float32Array} gaussian
 * @param {number} count
 */
function spread(gaussian, count) {
  return gaussian
    .subarray(0, 2 * LATENT * count)
    .map((value, i) => (i % (2 * LATENT) < LATENT ? value : Math.exp(value / 2)));
}

/**
 * A random permutation, in its place: Fisher and Yates's.
 * @param {Uint32Array} order
 * @param {() => number} uniform
 */
function shuffle(order, uniform) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * uniform());
    [order[i], order[j]] = [order[j], order[i]];
  }
}
