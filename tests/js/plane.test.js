// Where things lie on axes and maps: the numbers of an axis, places and points, the square around extents.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Axes, MARGIN, ticks } from "../../vaelab/widgets/shared/axes.js";
import { squareAround } from "../../vaelab/widgets/shared/plane.js";

/** Axes of 244 x 136 pixels without a page: what needs none. */
function axesOf(extent) {
  const canvas = { parentElement: null };
  const found = { width: 244, height: 136, clipped: false, least: 0, margin: MARGIN };
  return Object.assign(Object.create(Axes.prototype), { canvas, extent, ...found });
}

const near = (found, wanted) =>
  found.forEach((number, i) => {
    assert.ok(Math.abs(number - wanted[i]) < 1e-9, `${found} is not ${wanted}`);
  });

test("about five round numbers stand at an axis, within its ends", () => {
  near(ticks(0, 1).values, [0, 0.2, 0.4, 0.6, 0.8, 1]);
  near(ticks(-3, 3).values, [-2, 0, 2]);
  assert.equal(ticks(-3, 3).step, 2);
  near(ticks(0.31, 0.39).values, [0.32, 0.34, 0.36, 0.38]);
  for (let width = 0.01; width < 1e4; width *= 1.13) {
    const { step, values } = ticks(-width / 3, width);
    assert.ok(values.length >= 2 && values.length <= 7, `${values.length} over ${width}`);
    assert.ok(values.every((value) => value >= -width / 3 - 1e-9 * step && value <= width + 1e-9 * step));
    assert.ok(values[0] - step < -width / 3 && values[values.length - 1] + step > width, "none is left out");
  }
});

test("what counts something has whole numbers, however short its axis is", () => {
  for (const end of [0.01, 0.3, 1, 2, 3, 4.9, 30])
    assert.ok(ticks(0, end, 1).values.every(Number.isInteger), String(end));
  near(ticks(0, 2, 1).values, [0, 1, 2]);
});

test("the inside of axes leaves the margin free, and its corners are those of the extent", () => {
  const axes = axesOf([-1, 3, 10, 20]);
  const { left, top, width, height } = axes.area;
  assert.deepEqual([left, top], [MARGIN.left, MARGIN.top]);
  assert.deepEqual([left + width, top + height], [244 - MARGIN.right, 136 - MARGIN.bottom]);
  near(axes.place([-1, 10]), [left, top + height]);
  near(axes.place([3, 20]), [left + width, top]);
  near(axes.place([0, 15]), [left + width / 4, top + height / 2]);
});

test("on a stage no text is smaller than wanted, and the margin holds it", () => {
  const axes = axesOf([-1, 3, 10, 20]);
  assert.equal(axes.legible("italic bold 15px Georgia, serif"), "italic bold 15px Georgia, serif");
  assert.deepEqual(axes.grown, 1);
  axes.suit(24);
  assert.equal(axes.legible("italic bold 15px Georgia, serif"), "italic bold 24px Georgia, serif");
  assert.equal(axes.legible("40px system-ui"), "40px system-ui");
  assert.equal(axes.grown, 1.5);
  assert.ok(axes.margin.left >= 3 * 24 && axes.margin.bottom >= 1.5 * 24 && axes.margin.top >= 12);
  near(axes.point(axes.place([0.3, 11])), [0.3, 11]);
  axes.suit(0);
  assert.deepEqual(axes.margin, MARGIN, "and it goes back");
});

test("a place is the point's that lies there", () => {
  const axes = axesOf([-1, 3, 10, 20]);
  for (const point of [
    [0.3, 11],
    [-1, 20],
    [7, -3],
  ])
    near(axes.point(axes.place(point)), point);
});

test("a point is held within the extent", () => {
  const axes = axesOf([-1, 3, 10, 20]);
  assert.deepEqual(axes.hold([0, 12]), [0, 12]);
  assert.deepEqual(axes.hold([-4, 30]), [-1, 20]);
  assert.deepEqual(axes.hold([4, 3]), [3, 10]);
});

test("the square around extents holds them all, around their middle, and no more", () => {
  near(squareAround([[-1, 1, -1, 1]]), [-1, 1, -1, 1]);
  near(squareAround([[0, 4, 0, 2]]), [0, 4, -1, 3]);
  near(
    squareAround([
      [-3, 1, 0, 4],
      [-1, 2, -6, 3],
    ]),
    [-5.5, 4.5, -6, 4],
  );
});
