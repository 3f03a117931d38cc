// One zoom for several maps: its arithmetic.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Zoom } from "../../vaelab/widgets/shared/zoom.js";

const HOME = [-4, 4, 10, 20];
const near = (found, wanted) =>
  found.forEach((number, i) => {
    assert.ok(Math.abs(number - wanted[i]) < 1e-9, `${found} is not ${wanted}`);
  });
/** The point of the map that lies at a place [right, up], in shares of what is shown. */
const pointAt = ([lowX, highX, lowY, highY], [right, up]) => [
  lowX + right * (highX - lowX),
  lowY + up * (highY - lowY),
];

test("at home it shows the home extent of each map", () => {
  const zoom = new Zoom(() => {});
  assert.ok(zoom.isHome);
  assert.deepEqual(zoom.extent(HOME), HOME);
});

test("twice as large, half of it is seen, around the middle", () => {
  const zoom = new Zoom(() => {});
  zoom.by(2);
  near(zoom.extent(HOME), [-2, 2, 12.5, 17.5]);
  assert.ok(!zoom.isHome);
});

test("what lies under the pointer stays there", () => {
  const zoom = new Zoom(() => {});
  for (const [factor, at] of [
    [1.7, [0.2, 0.9]],
    [3, [0.6, 0.1]],
    [0.5, [0.3, 0.4]],
  ]) {
    const before = pointAt(zoom.extent(HOME), at);
    zoom.by(factor, at);
    near(pointAt(zoom.extent(HOME), at), before);
  }
});

test("larger and as much smaller again is home", () => {
  const zoom = new Zoom(() => {});
  zoom.by(2, [0.25, 0.75]);
  zoom.by(0.5, [0.25, 0.75]);
  assert.ok(zoom.isHome);
});

test("it moves by shares of what is seen", () => {
  const zoom = new Zoom(() => {});
  zoom.by(4);
  zoom.pan(0.5, -1);
  near(zoom.extent(HOME), [0, 2, 11.25, 13.75]);
});

test("it goes neither too near nor too far, nor away from the map", () => {
  const zoom = new Zoom(() => {});
  const width = () => zoom.extent(HOME)[1] - zoom.extent(HOME)[0];
  zoom.by(1e9);
  near([width()], [8 / 200]);
  zoom.by(1e-9);
  near([width()], [8 * 4]);
  zoom.pan(100, -100);
  near(zoom.centre, [1, 0]);
  zoom.reset();
  assert.ok(zoom.isHome);
});

test("it tells of each change", () => {
  let told = 0;
  const zoom = new Zoom(() => {
    told++;
  });
  zoom.by(2);
  zoom.pan(0.1, 0);
  zoom.reset();
  assert.equal(told, 3);
});
