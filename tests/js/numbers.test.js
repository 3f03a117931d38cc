// Numbers: held within bounds, rounded, and as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp, format, round, roundUp } from "../../vaelab/widgets/shared/numbers.js";

test("a number is held within bounds", () => {
  assert.deepEqual(
    [-2, -1, 0.5, 3, 4].map((number) => clamp(number, -1, 3)),
    [-1, -1, 0.5, 3, 3],
  );
  assert.equal(clamp(5, 2, 1), 2, "bounds that leave no room: the lower one");
});

test("a number has a real minus sign, and none before a zero", () => {
  assert.deepEqual(
    [-1.5, 1.234, -0.004, 0].map((number) => format(number)),
    ["\u22121.50", "1.23", "0.00", "0.00"],
  );
  assert.equal(format(-0.0004, 3), "0.000");
  assert.equal(format(-0.0006, 3), "\u22120.001");
  assert.equal(format(12.5, 0), "13");
});

test("what is rounded is what is written", () => {
  for (let i = -3000; i <= 3000; i++) {
    const number = i / 997;
    for (const digits of [0, 1, 2, 3]) {
      assert.equal(format(round(number, digits), digits), format(number, digits));
      assert.ok(Math.abs(round(number, digits) - number) <= (0.5 + 1e-9) / 10 ** digits);
    }
  }
  assert.equal(round(0.126), 0.13, "to two digits, where nothing else is said");
});

test("an axis ends at 1, 2 or 5 times a power of ten, and not below its number", () => {
  const ends = {
    0.013: 0.02,
    0.2: 0.2,
    0.21: 0.5,
    0.6: 1,
    1: 1,
    1.01: 2,
    4.99: 5,
    5.1: 10,
    99: 100,
    120: 200,
    1000: 1000,
  };
  for (const [number, end] of Object.entries(ends))
    assert.ok(Math.abs(roundUp(Number(number)) - end) < 1e-12 * end, number);
  for (let number = 0.01; number < 1e4; number *= 1.037) {
    assert.ok(roundUp(number) >= number && roundUp(number) < 2.5 * number + 1e-9, String(number));
  }
});
