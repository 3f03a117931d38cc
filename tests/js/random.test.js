// Random numbers that are the same for the same seed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { anySeed, normals } from "../../vaelab/widgets/shared/random.js";

const COUNT = 100_000;
const drawn = Array.from({ length: COUNT }, normals(3));
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

test("the same seed gives the same numbers, another one others", () => {
  const first = (seed) => Array.from({ length: 5 }, normals(seed));
  assert.deepEqual(first(3), drawn.slice(0, 5));
  assert.equal(new Set([0, 1, 2, 3].flatMap(first)).size, 20);
});

test("their moments are those of N(0, 1)", () => {
  const near = (power, moment, variance) =>
    assert.ok(Math.abs(mean(drawn.map((x) => x ** power)) - moment) < 5 * Math.sqrt(variance / COUNT), `x^${power}`);
  near(1, 0, 1);
  near(2, 1, 2);
  near(3, 0, 15);
  near(4, 3, 96);
});

test("as many of them lie near 0, and far from it, as should", () => {
  for (const [within, share] of [
    [0.1, 0.0797],
    [0.5, 0.3829],
    [1, 0.6827],
    [2, 0.9545],
    [3, 0.9973],
  ]) {
    const found = mean(drawn.map((x) => Number(Math.abs(x) < within)));
    assert.ok(Math.abs(found - share) < 5 * Math.sqrt((share * (1 - share)) / COUNT), `|x| < ${within}: ${found}`);
  }
});

test("one says nothing of the next ones", () => {
  for (const lag of [1, 2, 3]) {
    const correlation = mean(drawn.slice(lag).map((x, i) => x * drawn[i]));
    const ofSquares = mean(drawn.slice(lag).map((x, i) => (x ** 2 - 1) * (drawn[i] ** 2 - 1))) / 2;
    for (const found of [correlation, ofSquares])
      assert.ok(Math.abs(found) < 5 / Math.sqrt(COUNT), `lag ${lag}: ${found}`);
  }
});

test("all are finite, as the draws of any seed", () => {
  assert.ok(drawn.every(Number.isFinite));
  assert.ok(Number.isFinite(normals(-0x6d2b79f5)()), "the seed whose first uniform number is 0");
  const seeds = Array.from({ length: 1000 }, anySeed);
  assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31));
  assert.ok(new Set(seeds).size > 990);
});
