// A perceptron that learns: Linear layers with a ReLU between each two, forward and backward.

import { portions, size } from "../shared/network.js";
import { Linear } from "./linear.js";
import { Rows } from "./rows.js";

export class Perceptron {
  /**
   * @param {number[]} widths [inputs, ..., outputs]
   * @param {Float32Array} weights of all layers, as network.js has them
   * @param {Float32Array} gradient room for their derivatives, in the same order
   * @param {number} most rows in a batch
   */
  constructor(widths, weights, gradient, most) {
    const [ofWeights, ofGradient] = [portions(weights), portions(gradient)];
    this.layers = widths.slice(1).map((outputs, i) => {
      const count = size([widths[i], outputs]);
      return new Linear(widths[i], outputs, ofWeights(count), ofGradient(count), most);
    });
    this.inputs = this.layers.map(({ inputs }) => new Rows(most, most * inputs)); // of each layer; the first is given
  }

  /**
   * What comes out of a batch x: (B, outputs), row after row.
   * @param {Rows} x
   */
  forward(x) {
    const { inputs, layers } = this;
    inputs[0] = x;
    let h = layers[0].forward(x);
    for (let i = 1; i < layers.length; i++) {
      inputs[i].clear();
      for (let row = 0; row < x.count; row++) inputs[i].addRectified(h, row * layers[i].inputs, layers[i].inputs);
      h = layers[i].forward(inputs[i]);
    }
    return h;
  }

  /**
   * The chain rule, from the last layer to the first: of dL/dh, of what came out, the derivatives of all weights.
   * @param {Float32Array} dh
   */
  backward(dh) {
    const { inputs, layers } = this;
    for (let i = layers.length - 1; i > 0; i--) {
      layers[i].backward(inputs[i], dh);
      dh = layers[i].backwardToInput(inputs[i], dh);
    }
    layers[0].backward(inputs[0], dh);
    return dh; // of what came out of the first layer
  }

  /**
   * And of what went in: dL/dx of the batch of the last `backward`, which gave dh.
   * @param {Float32Array} dh
   */
  backwardToInput(dh) {
    return this.layers[0].backwardToInput(this.inputs[0], dh);
  }
}
