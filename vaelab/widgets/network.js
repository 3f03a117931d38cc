// A multilayer perceptron as PyTorch computes it, Linear layers with a ReLU between each two, in plain arrays.

/** The float32 numbers in the bytes that a Bytes trait delivers. */
export function float32(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/**
 * z -> the pixels in [0, 1] that it decodes to, as a new Float32Array.
 * numbers: for each layer its weight (outputs x inputs, row by row), then its bias. widths: [inputs, ..., outputs].
 */
export function decoder(numbers, widths) {
  const layers = [];
  let offset = 0;
  for (let i = 0; i + 1 < widths.length; i++) {
    const [inputs, outputs] = [widths[i], widths[i + 1]];
    const weight = numbers.subarray(offset, (offset += inputs * outputs));
    const bias = numbers.subarray(offset, (offset += outputs));
    layers.push({ weight, bias });
  }
  return (z) => {
    let h = Float32Array.from(z);
    layers.forEach((layer, i) => {
      h = linear(layer, h);
      if (i + 1 < layers.length) relu(h);
    });
    return h.map(sigmoid);
  };
}

function linear({ weight, bias }, input) {
  const output = new Float32Array(bias.length);
  for (let row = 0, w = 0; row < output.length; row++) {
    let sum = bias[row];
    for (let i = 0; i < input.length; i++) sum += weight[w++] * input[i];
    output[row] = sum;
  }
  return output;
}

function relu(h) {
  for (let i = 0; i < h.length; i++) if (h[i] < 0) h[i] = 0;
}

function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}

/** A function that gives the same sequence of standard normal numbers for the same seed. */
export function normals(seed) {
  const uniform = () => {
    // mulberry32, a public-domain generator by Tommy Ettinger
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
