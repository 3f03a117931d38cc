// How a reader moves the point z on a map: by a drag, a tap on a code, the arrow keys.
// From pixels to z and back it goes by `point` and `place` of shared/axes.js.

import { onDrag, onKeys } from "../shared/pointer.js";
import { nearestCode } from "./spaces.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { LatentMap } from "./latent_map.js"
 */

const NEAR = 12; // CSS pixels within which a tap means a code
const STEP = 1 / 100; // of the map's width: that far an arrow key moves

/**
 * @param {LatentMap} map
 * @param {object} point
 * @param {() => Point} point.at z
 * @param {(z: Point) => void} point.go z is to be there
 * @param {(index: number) => void} point.choose the code with this index was meant
 */
export function moveByHand(map, { at, go, choose }) {
  const plane = map.codes;
  const nearest = (/** @type {Point} */ z) => nearestCode(map.shows.codes ? map.space.codes : [], z);
  const width = () => plane.extent[1] - plane.extent[0];
  onDrag(map.pad, plane, go, {
    tap: (z) => {
      const { index, distance } = nearest(z);
      if ((distance * plane.area.width) / width() < NEAR) choose(index);
    },
  });
  onKeys(
    map.pad,
    ([right, up]) => {
      const [z1, z2] = at();
      const step = STEP * width();
      go(plane.hold([z1 + right * step, z2 + up * step]));
    },
    {
      Home: () => go([0, 0]),
      Enter: () => {
        const { index } = nearest(at());
        if (index >= 0) choose(index);
      },
    },
  );
}
