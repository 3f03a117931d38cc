// A linear layer: forward, and beside it backward. All derivatives are those of one number, the loss L.

import { Rows } from "./rows.js";

/**
 * h = W x + b, for a batch of rows x. Of the matrices W and dL/dW the column of input i, its weights to all outputs, is
 * one stretch of memory: what is 0 in x is skipped by the column.
 */
export class Linear {
  /**
   * @param {number} inputs
   * @param {number} outputs
   * @param {Float32Array} weights W column by column, then b; so network.js has them, too
   * @param {Float32Array} gradient room for dL/dW and dL/db, in the same order
   * @param {number} most rows in a batch
   */
  constructor(inputs, outputs, weights, gradient, most) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.W = weights.subarray(0, inputs * outputs);
    this.b = weights.subarray(inputs * outputs);
    this.dW = gradient.subarray(0, inputs * outputs);
    this.db = gradient.subarray(inputs * outputs);
    this.h = new Float32Array(most * outputs);
    this.dx = new Float32Array(most * inputs);
    this.columns = new Rows(inputs, most * inputs); // of x: its transpose
  }

  /**
   * h = W x + b, each row a sum of columns of W.
   * @param {Rows} x
   */
  forward(x) {
    const { W, b, h, outputs } = this;
    for (let row = 0; row < x.count; row++) {
      h.set(b, row * outputs);
      addStretches(h, row * outputs, W, outputs, x, row);
    }
    return h;
  }

  /**
   * dL/dW = (dL/dh) x^T and dL/db = dL/dh, both summed over the batch.
   * @param {Rows} x the same as before
   * @param {Float32Array} dh dL/dh
   */
  backward(x, dh) {
    const { db, dW, columns, inputs, outputs } = this;
    db.fill(0);
    for (let row = 0; row < x.count; row++) for (let j = 0; j < outputs; j++) db[j] += dh[row * outputs + j];
    dW.fill(0);
    columns.transpose(x, inputs);
    for (let i = 0; i < inputs; i++) addStretches(dW, i * outputs, dh, outputs, columns, i);
  }

  /**
   * dL/dx = W^T (dL/dh), where x is kept; 0 elsewhere, which is the derivative by way of a ReLU.
   * @param {Rows} x
   * @param {Float32Array} dh
   */
  backwardToInput(x, dh) {
    const { W, dx, inputs, outputs } = this;
    dx.fill(0, 0, x.count * inputs);
    for (let row = 0; row < x.count; row++) multiplyStretches(dx, row * inputs, W, outputs, x, row, dh, row * outputs);
    return dx;
  }
}

// The two loops in which all the time goes. Four columns at a time: what they share is read and written once for four
// products. (Plain declarations: to take lists apart would cost more than the products.)

/**
 * to[at + j] += sum of v * from[c * width + j] over the numbers v of a row and their columns c, for each j below width.
 * @param {Float32Array} to
 * @param {number} at
 * @param {Float32Array} from stretches of that width
 * @param {number} width
 * @param {Rows} rows
 * @param {number} row
 */
function addStretches(to, at, from, width, { start, columns, values }, row) {
  const end = start[row + 1];
  let k = start[row];
  for (; k + 4 <= end; k += 4) {
    const v0 = values[k];
    const v1 = values[k + 1];
    const v2 = values[k + 2];
    const v3 = values[k + 3];
    const c0 = columns[k] * width;
    const c1 = columns[k + 1] * width;
    const c2 = columns[k + 2] * width;
    const c3 = columns[k + 3] * width;
    for (let j = 0; j < width; j++)
      to[at + j] += v0 * from[c0 + j] + v1 * from[c1 + j] + v2 * from[c2 + j] + v3 * from[c3 + j];
  }
  for (; k < end; k++) {
    const v = values[k];
    const c = columns[k] * width;
    for (let j = 0; j < width; j++) to[at + j] += v * from[c + j];
  }
}

/**
 * to[at + c] = sum of from[c * width + j] * by[byAt + j] over j below width, for each column c that a row keeps.
 * @param {Float32Array} to
 * @param {number} at
 * @param {Float32Array} from stretches of that width
 * @param {number} width
 * @param {Rows} rows
 * @param {number} row
 * @param {Float32Array} by
 * @param {number} byAt
 */
function multiplyStretches(to, at, from, width, { start, columns }, row, by, byAt) {
  const end = start[row + 1];
  let k = start[row];
  for (; k + 4 <= end; k += 4) {
    const c0 = columns[k] * width;
    const c1 = columns[k + 1] * width;
    const c2 = columns[k + 2] * width;
    const c3 = columns[k + 3] * width;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < width; j++) {
      const d = by[byAt + j];
      s0 += from[c0 + j] * d;
      s1 += from[c1 + j] * d;
      s2 += from[c2 + j] * d;
      s3 += from[c3 + j] * d;
    }
    to[at + columns[k]] = s0;
    to[at + columns[k + 1]] = s1;
    to[at + columns[k + 2]] = s2;
    to[at + columns[k + 3]] = s3;
  }
  for (; k < end; k++) {
    const c = columns[k] * width;
    let s = 0;
    for (let j = 0; j < width; j++) s += from[c + j] * by[byAt + j];
    to[at + columns[k]] = s;
  }
}
