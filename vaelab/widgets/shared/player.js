// Play and pause.

import { button } from "./elements.js";

/**
 * A button that plays: {node, pause}. While it plays, tick(milliseconds since the last call) is called once a frame
 * until it gives false. start() is called before the first. Nothing plays by itself, and one press stops it.
 * @param {object} options
 * @param {() => void} [options.start]
 * @param {(milliseconds: number) => boolean} options.tick
 * @param {string} [options.name]
 */
export function player({ start = () => {}, tick, name = "Play" }) {
  let frame = 0;
  let before = Number.NaN; // when the last frame was; of the first, nobody knows
  const node = button(name, () => (frame ? pause() : play()));

  function play() {
    start();
    node.textContent = "Pause";
    before = Number.NaN;
    frame = requestAnimationFrame(next);
  }

  /**
   * @param {number} now
   */
  function next(now) {
    frame = requestAnimationFrame(next);
    if (!tick(now - before || 0)) pause();
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
