// ReparameterizationPlayground: fixed draws eps that mu and sigma carry along, and two estimators of a gradient.

import { compose, listen, whenLookChanges } from "../shared/elements.js";
import { gradients } from "./gradients.js";
import { movingDraws } from "./moving.js";

/** @import { WidgetModel } from "../shared/elements.js" */

/**
 * A part of the page. moved(): mu or sigma has been set. end(): the page is taken away.
 * @typedef {{ node: HTMLElement, canvas: HTMLCanvasElement, moved: () => void, draw: () => void, end: () => void }} Part
 */

/** @param {{ model: WidgetModel, el: HTMLElement }} place */
function render({ model, el }) {
  /** @type {Part[]} */
  const parts = [movingDraws(model)];
  if (model.get("_f").byteLength) parts.push(gradients(model));
  compose(el, ...parts.map((part) => part.node));
  const moved = () => {
    for (const part of parts) part.moved();
  };
  const deaf = listen(model, { "change:mu": moved, "change:sigma": moved });
  const stops = parts.map((part) => whenLookChanges(part.canvas, part.draw));
  return () => {
    deaf();
    for (const stop of stops) stop();
    for (const part of parts) part.end();
  };
}

export default { render };
