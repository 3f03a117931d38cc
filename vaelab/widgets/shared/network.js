// A multilayer perceptron as PyTorch computes it, Linear layers with a ReLU between each two, in plain arrays.

/** The float32 numbers in the bytes that a Bytes trait delivers: copied only where they don't begin at a whole number. */
export function float32({ buffer, byteOffset: start, byteLength: length }) {
  if (start % 4 === 0) return new Float32Array(buffer, start, length / 4);
  return new Float32Array(buffer.slice(start, start + length));
}

/** The whole numbers from 0 to 255 in the bytes that a Bytes trait delivers. */
export function uint8(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** How many weights and biases a perceptron of these widths has. */
export function size(widths) {
  return widths.slice(1).reduce((sum, outputs, i) => sum + (widths[i] + 1) * outputs, 0);
}

/**
 * input -> output, a new Float64Array.
 * numbers: for each layer its weight, column by column (so outputs numbers for each input), then its bias.
 * widths: [inputs, ..., outputs].
 */
export function perceptron(numbers, widths) {
  const layers = [];
  let offset = 0;
  for (let i = 0; i + 1 < widths.length; i++) {
    const [inputs, outputs] = [widths[i], widths[i + 1]];
    const columns = numbers.subarray(offset, (offset += inputs * outputs));
    const bias = numbers.subarray(offset, (offset += outputs));
    layers.push({ columns, bias });
  }
  return (input) => {
    let h = input;
    layers.forEach((layer, i) => {
      h = linear(layer, h);
      if (i + 1 < layers.length) relu(h);
    });
    return h;
  };
}

/** z -> the pixels in [0, 1] that it decodes to, as a new Float64Array. */
export function decoder(numbers, widths) {
  const logits = perceptron(numbers, widths);
  return (z) => logits(z).map(sigmoid);
}

/** pixels in [0, 1] -> {mu, sigma} of q(z|x) for a VAE's encoder; for an autoencoder's, sigma is null. */
export function encoder(numbers, widths, latent = 2) {
  const forward = perceptron(numbers, widths);
  return (pixels) => {
    const output = forward(pixels);
    const mu = output.subarray(0, latent);
    return { mu, sigma: output.length > latent ? output.subarray(latent).map((logvar) => Math.exp(logvar / 2)) : null };
  };
}

/** weight * input + bias, column by column: the zeros that a ReLU leaves, and the black of an image, cost nothing. */
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

function relu(h) {
  for (let i = 0; i < h.length; i++) if (h[i] < 0) h[i] = 0;
}

function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}
