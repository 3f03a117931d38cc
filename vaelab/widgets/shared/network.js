// A multilayer perceptron as PyTorch computes it, Linear layers with a ReLU between each two, in plain arrays.

/**
 * The float32 numbers in the bytes that a Bytes trait delivers: copied only where they don't begin at a whole number.
 * @param {DataView} view
 */
export function float32({ buffer, byteOffset: start, byteLength: length }) {
  if (start % 4 === 0) return new Float32Array(buffer, start, length / 4);
  return new Float32Array(buffer.slice(start, start + length));
}

/**
 * The bytes of numbers, as a Bytes trait delivers them.
 * @param {Float32Array | Uint8Array} numbers
 */
export function viewOf({ buffer, byteOffset, byteLength }) {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * So many weights in the bytes that a Bytes trait delivers: float32 or, half as long, bfloat16, which is the upper
 * half of each float32's bytes.
 * @param {DataView} view
 * @param {number} count
 */
export function weights(view, count) {
  if (view.byteLength !== 2 * count) return float32(view);
  const whole = new Uint32Array(count);
  for (let i = 0; i < count; i++) whole[i] = view.getUint16(2 * i, true) << 16;
  return new Float32Array(whole.buffer);
}

/**
 * The whole numbers from 0 to 255 in the bytes that a Bytes trait delivers.
 * @param {DataView} view
 */
export function uint8(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * A function that cuts off the next so many numbers: several things lie in them, one after the other.
 * @param {Float32Array} numbers
 */
export function portions(numbers) {
  let end = 0;
  return (/** @type {number} */ count) => {
    end += count;
    return numbers.subarray(end - count, end);
  };
}

/**
 * How many weights and biases a perceptron of these widths has.
 * @param {number[]} widths
 */
export function size(widths) {
  return widths.slice(1).reduce((sum, outputs, i) => sum + (widths[i] + 1) * outputs, 0);
}

/**
 * input -> output, a new Float64Array.
 * numbers: for each layer its weight, column by column (so outputs numbers for each input), then its bias.
 * widths: [inputs, ..., outputs].
 * @param {Float32Array} numbers
 * @param {number[]} widths
 */
export function perceptron(numbers, widths) {
  const next = portions(numbers);
  const layers = widths.slice(1).map((outputs, i) => ({ columns: next(widths[i] * outputs), bias: next(outputs) }));
  const [first, ...others] = layers;
  return (/** @type {ArrayLike<number>} */ input) => {
    let h = linear(first, input);
    for (const layer of others) {
      relu(h);
      h = linear(layer, h);
    }
    return h;
  };
}

/**
 * z -> the pixels in [0, 1] that it decodes to, as a new Float64Array.
 * @param {Float32Array} numbers
 * @param {number[]} widths
 */
export function decoder(numbers, widths) {
  const logits = perceptron(numbers, widths);
  return (/** @type {ArrayLike<number>} */ z) => logits(z).map(sigmoid);
}

/**
 * pixels in [0, 1] -> {mu, sigma} of q(z|x) for a VAE's encoder; for an autoencoder's, sigma is null.
 * @param {Float32Array} numbers
 * @param {number[]} widths
 */
export function encoder(numbers, widths, latent = 2) {
  const forward = perceptron(numbers, widths);
  return (/** @type {ArrayLike<number>} */ pixels) => {
    const output = forward(pixels);
    const mu = output.subarray(0, latent);
    return { mu, sigma: output.length > latent ? output.subarray(latent).map((logvar) => Math.exp(logvar / 2)) : null };
  };
}

/**
 * weight * input + bias, column by column: the zeros that a ReLU leaves, and the black of an image, cost nothing.
 * @param {{ columns: Float32Array, bias: Float32Array }} layer
 * @param {ArrayLike<number>} input
 */
function linear({ columns, bias }, input) {
  const output = Float64Array.from(bias);
  const rows = output.length;
  for (let i = 0; i < input.length; i++) {
    const x = input[i];
    if (x === 0) continue;
    for (let row = 0, at = i * rows; row < rows; row++) output[row] += columns[at++] * x;
  }
  return output;
}

/**
 * max(h, 0), in the place of h.
 * @param {Float64Array} h
 */
function relu(h) {
  for (let i = 0; i < h.length; i++) if (h[i] < 0) h[i] = 0;
}

/**
 * @param {number} logit
 */
function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}
