// The pen of a drawing pad, held by mouse, finger or stylus, or led by the keys.

import { clamp } from "../shared/numbers.js";
import { onKeys } from "../shared/pointer.js";
import { MNIST } from "./digit_pixels.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { DrawingPad } from "./drawing_pad.js"
 */

const BY_KEYS = -1; // no pointer has this id

/**
 * One pointer draws at a time: a second finger, or the hand that rests on the pad, does not.
 * @param {DrawingPad} pad
 */
export function penByPointer(pad) {
  const { slate, canvas } = pad;
  const pointOf = (/** @type {PointerEvent} */ event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return onField((event.clientX - left) / width, (event.clientY - top) / height);
  };
  slate.addEventListener("pointerdown", (event) => {
    const busy = pad.holder !== null && slate.hasPointerCapture(pad.holder);
    if (event.button || busy) return; // not the main button, or a second finger
    event.preventDefault();
    slate.setPointerCapture(event.pointerId);
    slate.focus({ preventScroll: true });
    pad.end();
    pad.begin(pointOf(event), event.pointerId);
  });
  slate.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pad.holder) return;
    const since = event.getCoalescedEvents?.() ?? []; // the places between two frames
    pad.extend([...since, event].map(pointOf));
  });
  slate.addEventListener("lostpointercapture", (event) => {
    if (event.pointerId === pad.holder) pad.end();
  });
}

/**
 * The arrows move the pen, Space and Enter put it down and lift it.
 * @param {DrawingPad} pad
 */
export function penByKeys(pad) {
  const toggle = () => (pad.isDown ? pad.end() : pad.begin(pad.nib, BY_KEYS));
  const step = (/** @type {Point} */ [right, up]) => {
    const point = onField((pad.nib[0] + right) / MNIST.field, (pad.nib[1] - up) / MNIST.field);
    if (pad.isDown) pad.extend([point]);
    else pad.hover(point);
  };
  pad.slate.addEventListener("keydown", (event) => {
    if (!event.repeat || event.key.startsWith("Arrow")) return;
    event.preventDefault(); // a key held down must not lift the pen again
    event.stopImmediatePropagation();
  });
  const [end, undo] = [() => pad.end(), () => pad.undo()];
  onKeys(pad.slate, step, { " ": toggle, Enter: toggle, Escape: end, Delete: undo, Backspace: undo });
  pad.slate.addEventListener("blur", end);
}

/**
 * Shares of the pad's side, across and down, as a point on it; what lies outside is held at its edge.
 * @param {number} right
 * @param {number} down
 * @returns {Point}
 */
function onField(right, down) {
  return [MNIST.field * clamp(right, 0, 1), MNIST.field * clamp(down, 0, 1)];
}
