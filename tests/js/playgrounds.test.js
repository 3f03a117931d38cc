// What the three playgrounds keep and write, without a page. Their numbers are held against torch and quadrature in
// tests/package/: test_kl_playground_divergence.py and its like.

import assert from "node:assert/strict";
import test from "node:test";
import { rounded, spoken } from "../../vaelab/widgets/elbo_playground/sums.js";
import { P, Pair, Q } from "../../vaelab/widgets/kl_playground/pair.js";
import { Draws } from "../../vaelab/widgets/reparameterization_playground/draws.js";
import { baselines, tabulated } from "../../vaelab/widgets/reparameterization_playground/estimators.js";
import { Histogram } from "../../vaelab/widgets/reparameterization_playground/histogram.js";
import { terms } from "../../vaelab/widgets/reparameterization_playground/moving.js";
import { figures, formulas, withError } from "../../vaelab/widgets/reparameterization_playground/report.js";
import { PageModel } from "../../vaelab/widgets/shared/page.js";

globalThis.requestAnimationFrame ??= () => 0;
globalThis.cancelAnimationFrame ??= () => {};

/** A pair over a model that tells of changes, and how often who follows it was called. */
function pairOf(values) {
  const pair = new Pair(new PageModel(values));
  const calls = [];
  const end = pair.follow(() => calls.push({ q: pair.of(Q), p: pair.of(P) }));
  return { pair, calls, end };
}

test("the pair is followed once for all that is put at once", () => {
  const { pair, calls, end } = pairOf({ mu: 1, sigma: 0.5, mu_p: 0, sigma_p: 2 });
  pair.swap();
  assert.deepEqual(calls, [{ q: { mu: 0, sigma: 2 }, p: { mu: 1, sigma: 0.5 } }]);
  pair.meet();
  assert.deepEqual(calls.at(-1), { q: { mu: 1, sigma: 0.5 }, p: { mu: 1, sigma: 0.5 } });
  pair.model.set("sigma", 0.4); // by Python
  assert.equal(calls.length, 3);
  end();
  pair.model.set("sigma", 0.3);
  assert.equal(calls.length, 3);
});

test("p is standard at N(0, 1) alone", () => {
  assert.ok(pairOf({ mu: 1, sigma: 0.5, mu_p: 0, sigma_p: 1 }).pair.isStandard);
  assert.ok(!pairOf({ mu: 0, sigma: 1, mu_p: 0.01, sigma_p: 1 }).pair.isStandard);
  assert.ok(!pairOf({ mu: 0, sigma: 1, mu_p: 0, sigma_p: 0.99 }).pair.isStandard);
});

test("both sums of the ELBO add up as they are written", () => {
  const numbers = rounded({ logEvidence: -4.5526, elbo: -5.0104, price: 0.9346 });
  const { logEvidence, elbo, gap, rebuilt, price } = numbers;
  assert.deepEqual([logEvidence, elbo, price], [-4.553, -5.01, 0.935]);
  assert.equal((elbo + gap).toFixed(3), "-4.553");
  assert.equal((rebuilt - price).toFixed(3), "-5.010");
  assert.equal(spoken(numbers), "ELBO −5.010, KL to the posterior 0.457 nats");
});

test("a histogram counts, and knows mean and variance", () => {
  const histogram = new Histogram([0, 4], 4);
  for (const number of [-1, 0, 0.5, 1, 3.999, 4, 9]) histogram.add(number);
  assert.deepEqual([...histogram.bins], [2, 1, 0, 1]);
  assert.deepEqual([histogram.below, histogram.above, histogram.count], [1, 2, 7]);
  const numbers = [-1, 0, 0.5, 1, 3.999, 4, 9];
  const mean = numbers.reduce((sum, one) => sum + one, 0) / 7;
  const variance = numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 6;
  assert.ok(Math.abs(histogram.mean - mean) < 1e-12);
  assert.ok(Math.abs(histogram.variance - variance) < 1e-12);
  assert.ok(Math.abs(histogram.standardError - Math.sqrt(variance / 7)) < 1e-12);
});

test("of one number there is no variance, of equal ones it is nothing, of large ones it is exact", () => {
  const fill = (...numbers) => {
    const histogram = new Histogram([0, 1], 2);
    for (const number of numbers) histogram.add(number);
    return histogram;
  };
  assert.ok(Number.isNaN(fill(3).variance) && fill(3).mean === 3);
  assert.equal(fill(0.1, 0.1, 0.1, 0.1).variance, 0);
  assert.equal(fill(1e9, 1e9 + 1, 1e9 + 2).variance, 1);
});

test("a table is read with straight lines between its values, and goes on beyond them", () => {
  const f = tabulated([0, 10, 40], [-1, 1]);
  assert.deepEqual([-1, -0.5, 0, 0.5, 1, 2, -2].map(f), [0, 5, 10, 25, 40, 70, -10]);
});

test("the baseline goes over the values that f has around 0, and 0", () => {
  const values = Array.from({ length: 25 }, (_, i) => -(((i - 12) / 1) ** 2)); // -z², z from -12 to 12
  assert.deepEqual(baselines(values, [-12, 12]), { min: -9, max: 0, step: 0.1, digits: 1 });
  assert.deepEqual(baselines([0, 0, 0], [-1, 1]), { min: 0, max: 0, step: 0.01, digits: 2 });
});

test("the formulas name the parameter and the baseline", () => {
  assert.deepEqual(formulas({ mu: 0, sigma: 1, parameter: "mu", b: 0 }, 1), ["f′(z)", "f(z) ε / σ"]);
  const sigma = { mu: 0, sigma: 1, parameter: "sigma", b: -4.3 };
  assert.deepEqual(formulas(sigma, 1), ["f′(z) ε", "(f(z) + 4.3) (ε² − 1) / σ"]);
  assert.equal(formulas({ ...sigma, b: 2 }, 1)[1], "(f(z) − 2.0) (ε² − 1) / σ");
});

test("numbers have three figures, and a mean as many digits as its error tells", () => {
  assert.deepEqual([86.72, 255.8, 2.734, -0.01234, 0, 12345, NaN, Infinity].map(figures), [
    ...["86.7", "256", "2.73", "−0.0123", "0.00", "12345", "–", "–"],
  ]);
  assert.equal(withError(-1.23456, 0.0371), "−1.235 ± 0.037");
  assert.equal(withError(123.4, 11), "123 ± 11");
  assert.equal(withError(0, 0), "0.00 ± 0.00");
});

test("a move is told as a quotient, and without the trick there is no derivative", () => {
  const draws = new Draws([0.5, -1.25, 2], { mu: 1, sigma: 0.5 }, () => 0);
  assert.equal(draws.chosen, 1);
  assert.deepEqual(terms(draws), {
    "ε, thick line": "−1.25",
    "z = μ + σε": "1.00 + 0.50 × (−1.25) = 0.38",
    "∂z/∂μ": "1",
    "∂z/∂σ = ε": "−1.25",
    "last move": "none yet",
  });
  draws.moveTo({ mu: 1.25, sigma: 0.5 });
  assert.equal(terms(draws)["last move"], "Δz / Δμ = 0.250 / 0.250 = 1.00");
  draws.moveTo({ mu: 1.25, sigma: 0.75 });
  assert.equal(terms(draws)["last move"], "Δz / Δσ = −0.313 / 0.250 = −1.25");
  draws.join(false);
  assert.deepEqual(draws.z, [1.25, 1.25, 1.25]);
  assert.equal(terms(draws)["∂z/∂μ"], "none");
  assert.equal(terms(draws)["last move"], "none yet");
});
