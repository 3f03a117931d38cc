// Moving things by mouse, finger, pen and keys.

import { element } from "./elements.js";
import { clamp } from "./numbers.js";

/**
 * @import { Axes, Point } from "./axes.js"
 */

/**
 * While a pointer that went down on `node` is held: calls move(point), the place on `axes` held within its extent.
 * tap(point): the pointer went up again where it had gone down. end(): it went up.
 * @param {HTMLElement} node
 * @param {Axes} axes
 * @param {(point: Point) => void} move
 * @param {{ tap?: (point: Point) => void, end?: () => void }} [more]
 */
export function onDrag(node, axes, move, { tap = () => {}, end = () => {} } = {}) {
  let start = /** @type {Point | null} */ (null);
  const pointOf = (/** @type {PointerEvent} */ event) => {
    const box = axes.canvas.getBoundingClientRect();
    return axes.hold(axes.point([event.clientX - box.left, event.clientY - box.top]));
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return; // not the main one
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    event.preventDefault();
    start = [event.clientX, event.clientY];
    move(pointOf(event));
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    if (start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 4) start = null;
    move(pointOf(event));
  });
  node.addEventListener("pointerup", (event) => {
    if (start) tap(pointOf(event));
    start = null;
    end();
  });
  node.addEventListener("pointercancel", end);
}

/**
 * Calls step([right, up]) with 1 and -1 for the arrow keys, a tenth of that with Shift; keys: {"Home": call, ...}.
 * @param {HTMLElement} node
 * @param {(arrow: Point) => void} step
 * @param {Record<string, () => void>} [keys]
 */
export function onKeys(node, step, keys = {}) {
  /** @type {Record<string, Point>} */
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  node.addEventListener("keydown", (event) => {
    const [arrow, call] = [arrows[event.key], keys[event.key]];
    if (event.ctrlKey || event.altKey || event.metaKey || !(arrow || call)) return;
    event.preventDefault();
    event.stopPropagation();
    const unit = event.shiftKey ? 1 / 10 : 1;
    if (arrow) step([unit * arrow[0], unit * arrow[1]]);
    else call();
  });
}

/**
 * A knob that lies over axes and sets one number when it is moved: a slider for screen readers and keys.
 *
 * name, min, max, step: of the number. get(): the number. say(number): in words. set(number): it was moved.
 * place(): the point of the axes where the knob lies now. read(point): the number that a pointer at this point means.
 * Gives {node, draw}: put the node into the pad, beside the canvas, and call draw() when something has changed.
 * @param {Axes} axes
 * @param {object} options
 * @param {string} options.name
 * @param {number} options.min
 * @param {number} options.max
 * @param {number} options.step
 * @param {() => number} options.get
 * @param {(number: number) => void} options.set
 * @param {(number: number) => string} [options.say]
 * @param {() => Point} options.place
 * @param {(point: Point) => number} options.read
 * @param {string} [options.color]
 */
export function knob(axes, { name, min, max, step, get, set, say = String, place, read, color = "" }) {
  const node = element("div", {
    class: "vaelab-knob",
    tabindex: "0",
    role: "slider",
    "aria-label": name,
    "aria-valuemin": min,
    "aria-valuemax": max,
    style: color && `--knob: ${color}`,
  });
  const to = (/** @type {number} */ number) => set(clamp(number, min, max));
  let grip = Number.NaN; // from the place that was touched to the knob's own: taking hold of it moves nothing
  const drag = (/** @type {Point} */ point) => {
    if (Number.isNaN(grip)) grip = get() - read(point);
    to(read(point) + grip);
  };
  const letGo = () => {
    grip = Number.NaN;
  };
  onDrag(node, axes, drag, { end: letGo });
  onKeys(node, ([right, up]) => to(get() + step * (right + up)), { Home: () => to(min), End: () => to(max) });
  const draw = () => {
    const [x, y] = axes.place(axes.hold(place()));
    node.style.transform = `translate(${x}px, ${y}px)`;
    node.setAttribute("aria-valuenow", String(get()));
    node.setAttribute("aria-valuetext", say(get()));
  };
  return { node, draw };
}
