// Play and pause.

import { button } from "./elements.js";

/**
 * A button that plays: {node, pause}. While it plays, tick(milliseconds since the last call) is called once a frame
 * until it gives false. start() is called before the first. Nothing plays by itself, and one press stops it.
 */
export function player({ start = () => {}, tick, name = "Play" }) {
  let frame = 0;
  let before = null;
  const node = button(name, () => (frame ? pause() : play()));

  function play() {
    start();
    node.textContent = "Pause";
    before = null;
    frame = requestAnimationFrame(next);
  }

  function next(now) {
    frame = requestAnimationFrame(next);
    if (!tick(before === null ? 0 : now - before)) pause();
    before = now;
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    node.textContent = name;
  }

  return { node, pause };
}

/** Whether the reader has asked the system for less motion: then pictures change in steps, not smoothly. */
export function lessMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
