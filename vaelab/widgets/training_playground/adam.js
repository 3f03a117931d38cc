// Adam, and the one-cycle schedule of its rate: as `fit` of the package has them.

const [BETA1, BETA2, EPSILON] = [0.9, 0.95, 1e-8];

/**
 * w <- w - lr m_hat / (sqrt(v_hat) + eps), where m and v follow the gradient g and its square.
 *
 * m <- beta1 m + (1 - beta1) g,    m_hat = m / (1 - beta1^t)
 * v <- beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)
 *
 * Source: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
 */
export class Adam {
  /** @param {Float32Array} weights */
  constructor(weights) {
    this.weights = weights;
    this.m = new Float32Array(weights.length);
    this.v = new Float32Array(weights.length);
    this.t = 0;
  }

  /**
   * One step down the gradient.
   * @param {Float32Array} gradient
   * @param {number} lr
   */
  step(gradient, lr) {
    const { m, v, weights } = this;
    this.t++;
    const size = lr / (1 - BETA1 ** this.t);
    const root = 1 / Math.sqrt(1 - BETA2 ** this.t);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i];
      if (g === 0 && m[i] === 0) continue; // no image has asked for anything of this weight yet
      m[i] += (1 - BETA1) * (g - m[i]);
      v[i] += (1 - BETA2) * (g * g - v[i]);
      weights[i] -= (size * m[i]) / (Math.sqrt(v[i]) * root + EPSILON);
    }
  }
}

/**
 * The factor on the learning rate at each of so many steps: from 1/25 up to 1 and down to almost 0, along cosines.
 * Source: Smith and Topin, Super-Convergence, 2018.
 * @param {number} steps
 */
export function oneCycle(steps, warmUp = 0.3, start = 1 / 25) {
  const top = warmUp * steps;
  return (/** @type {number} */ step) =>
    step < top
      ? start + ((1 - start) * (1 - Math.cos((Math.PI * step) / top))) / 2
      : (1 + Math.cos(Math.PI * Math.min(1, (step - top) / (steps - top)))) / 2;
}
