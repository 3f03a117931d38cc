// What the explorer's page computes of points in a latent space, without a page. Against PyTorch it is held in
// tests/package/test_latent_explorer_spaces.py, and a drawn digit against MNIST in
// tests/package/test_latent_explorer_digit_pixels.py.

import assert from "node:assert/strict";
import test from "node:test";
import { digitPixels, distanceToLine } from "../../vaelab/widgets/latent_explorer/digit_pixels.js";
import { interpolated } from "../../vaelab/widgets/latent_explorer/grid.js";
import { drawFrom, logPrior, nearestCode, onLine, spacesOf } from "../../vaelab/widgets/latent_explorer/spaces.js";
import { State } from "../../vaelab/widgets/latent_explorer/state.js";
import { gridText, pointText, priorText } from "../../vaelab/widgets/latent_explorer/words.js";

const bytes = (...numbers) => new DataView(Float32Array.from(numbers).buffer);
const grey = (...numbers) => new DataView(Uint8Array.from(numbers).buffer);

/** Two models of images of one pixel: the first decodes to sigmoid(z1), the second to sigmoid(z2). */
const traits = {
  _models: [
    { title: "one", extent: [-1, 1, -1, 1], has_prior: false, decoder: [2, 1], encoder: null },
    { title: "two", extent: [-2, 2, -2, 2], has_prior: true, decoder: [2, 1], encoder: [1, 4] },
  ],
  _weights: bytes(1, 0, 0, 0, 1, 0),
  _encoders: bytes(1, 2, 0, 0, 10, 20, 0, 2 * Math.log(3)),
  _codes: bytes(1, 2, 3, 4, 5, 6, 7, 8),
  _images: grey(0, 255),
  _classes: grey(1, 0),
  _names: ["a", "b"],
  _colors: ["#000000", "#ffffff"],
  _side: 1,
  _status: "",
  value: [0, 0],
};
const model = () => {
  const values = { ...traits };
  return {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
    },
    on: () => {},
    off: () => {},
    save_changes: () => {},
  };
};

test("each model gets its own weights and codes", () => {
  const [one, two] = spacesOf(model());
  assert.deepEqual([...one.codes, ...two.codes], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(Math.abs(one.decode([Math.log(3), 9])[0] - 0.75) < 1e-12);
  assert.ok(Math.abs(two.decode([9, -Math.log(3)])[0] - 0.25) < 1e-12);
  assert.deepEqual([one.extent, two.extent], [traits._models[0].extent, traits._models[1].extent]);
  assert.deepEqual([one.hasPrior, two.hasPrior], [false, true]);
});

test("an encoder takes what is its own, and is null where the page can't compute it", () => {
  const [one, two] = spacesOf(model());
  assert.equal(one.encode, null);
  const { mu, sigma } = two.encode([0.5]);
  assert.deepEqual([...mu], [10.5, 21]);
  assert.ok(Math.abs(sigma[0] - 1) + Math.abs(sigma[1] - 3) < 1e-6, "sigma = exp(logvar / 2)");
});

test("the nearest code; of none, none", () => {
  assert.deepEqual(nearestCode([0, 0, 3, 4, 3, 5], [3, 4.4]), { index: 1, distance: Math.abs(4 - 4.4) });
  assert.deepEqual(nearestCode([], [0, 0]), { index: -1, distance: Infinity });
});

test("the prior falls by half a nat one sigma away", () => {
  assert.ok(Math.abs(logPrior([0, 0]) + Math.log(2 * Math.PI)) < 1e-12);
  assert.ok(Math.abs(logPrior([0, 0]) - logPrior([0.6, -0.8]) - 0.5) < 1e-12);
});

test("a path starts at A and ends at B, exactly", () => {
  const a = [0.1, 0.7];
  const b = [0.3, -1.1];
  assert.deepEqual([onLine(a, b, 0), onLine(a, b, 1)], [a, b]);
  assert.deepEqual(onLine([0, 4], [1, 0], 0.25), [0.25, 3]);
});

test("z = mu + sigma * eps, an eps for each coordinate; a point is itself", () => {
  const eps = [1, -2];
  assert.deepEqual(
    drawFrom({ mu: [10, 20], sigma: [0.5, 3] }, () => eps.shift() ?? Number.NaN),
    [10.5, 14],
  );
  assert.deepEqual(
    drawFrom({ mu: Float32Array.of(1, 2), sigma: null }, () => assert.fail()),
    [1, 2],
  );
});

test("points and densities in words", () => {
  assert.equal(pointText("z", [-1, -0.001]), "z = (\u22121.00, 0.00)");
  const spaces = spacesOf(model());
  assert.equal(priorText(spaces, [0, 0]), "two: log p(z) = \u22121.84 nats, p(z) = 0.1592");
  assert.equal(priorText(spaces.slice(1), [6, -5]), "log p(z) = \u221232.34 nats, p(z) < 0.0001");
  assert.equal(priorText(spaces.slice(0, 1), [0, 0]), "");
});

test("what all parts look at: an image's pixels, its label, the status", () => {
  globalThis.requestAnimationFrame = () => 0;
  const state = new State(model());
  assert.deepEqual([...state.pixels(0), ...state.pixels(1)], [0, 1]);
  assert.deepEqual([state.label(0), state.label(1), state.label(2)], ["b", "a", ""]);
  state.move([1, 2]);
  assert.deepEqual(state.z, [1, 2]);
});

test("the distance from a line ends where the line does", () => {
  const from = [0, 0];
  const to = [4, 0];
  assert.equal(distanceToLine(1, 3, from, to), 3);
  assert.equal(distanceToLine(7, 4, from, to), 5);
  assert.equal(distanceToLine(-3, -4, from, to), 5);
  assert.equal(distanceToLine(3, 4, from, from), 5, "of a dot");
});

test("a drawing of nothing is black", () => {
  assert.deepEqual(digitPixels([], 3), new Float32Array(9));
});

test("a grid gives its own images at its points, their mean in the middle, the edge outside", () => {
  const decode = interpolated(Uint8Array.of(0, 51, 102, 255), { rows: 2, extent: [-1, 1, 0, 4] }); // of one pixel each
  const close = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`);
  close(decode([-1, 4])[0], 0);
  close(decode([1, 4])[0], 0.2);
  close(decode([-1, 0])[0], 0.4);
  close(decode([1, 0])[0], 1);
  close(decode([0, 2])[0], 0.4);
  close(decode([9, -9])[0], 1);
  close(decode([-9, 2])[0], 0.2);
});

test("a model with a grid takes none of the weights", () => {
  const values = { ...traits, _grid_0: grey(255, 255, 255, 255) };
  values._models = [
    { ...traits._models[0], decoder: null, grid: { rows: 2, extent: [-1, 1, -1, 1] } },
    traits._models[1],
  ];
  values._weights = bytes(0, 1, 0);
  const [one, two] = spacesOf({ get: (name) => values[name] });
  assert.equal(one.decode([0, 0])[0], 1);
  assert.ok(Math.abs(two.decode([9, Math.log(3)])[0] - 0.75) < 1e-12);
});

test("what is interpolated is told, of two models of which", () => {
  const grid = { rows: 43, extent: [-1, 1, -1, 1] };
  const [one, two] = [
    { title: "one", grid },
    { title: "two", grid: null },
  ];
  const told = "Decoded on a grid of 43 \u00d7 43 points; between them the image is interpolated.";
  assert.equal(gridText([{ title: "", grid }]), told);
  assert.equal(gridText([two, one]), `one: ${told.replace("D", "d")}`);
  assert.equal(gridText([one, one]), told);
  assert.equal(gridText([two, two]), "");
});
