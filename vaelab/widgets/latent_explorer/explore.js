// LatentExplorer: a point to move over the codes of a data set, and the image that it decodes to.

import { button, compose, element, legend, listen, whenLookChanges } from "../shared/elements.js";
import { Explorer } from "./explorer.js";
import { State } from "./state.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 */

const LEARNED = ["_models", "_weights", "_grid_0", "_grid_1", "_encoders", "_codes", "_status"]; // in a training

/**
 * @param {{ model: WidgetModel, el: HTMLElement }} widget
 * @returns {() => void} what ends it
 */
export function explore({ model, el }) {
  const state = new State(model);
  const explorer = new Explorer(state);
  const status = element("div", { class: "vaelab-live", role: "status" });
  const tellStatus = () => {
    if (status.textContent !== state.status) status.textContent = state.status; // told once, not at each look
  };
  compose(el, ...layout(explorer, status));

  const refresh = afterAll(() => {
    explorer.refresh();
    tellStatus();
  });
  const learned = LEARNED.map((name) => [`change:${name}`, refresh]);
  const deaf = listen(model, { "change:value": () => explorer.drawPoint(), ...Object.fromEntries(learned) });
  const onEscape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && explorer.letGo()) event.stopPropagation();
  };
  el.addEventListener("keydown", onEscape);
  const stops = explorer.maps.map(({ pad }, m) => whenLookChanges(pad, () => explorer.drawMap(m)));
  tellStatus();
  explorer.drawPoint();
  return () => {
    deaf();
    el.removeEventListener("keydown", onEscape);
    for (const stop of stops) stop();
    explorer.stop();
  };
}

/**
 * The maps with what they decode to beside them, the tools below.
 * @param {Explorer} explorer
 * @param {HTMLElement} status
 */
function layout(explorer, status) {
  const { state, maps, readout, switches, chosen, path, digit } = explorer;
  const { spaces } = state;
  const titled = (/** @type {HTMLElement} */ node, /** @type {number} */ m) =>
    spaces[m].title
      ? element("figure", {}, element("figcaption", {}, spaces[m].title), node)
      : element("div", {}, node);
  const anyPrior = spaces.some(({ hasPrior }) => hasPrior);
  return [
    element(
      "div",
      { class: "vaelab-row" },
      element(
        "div",
        { class: `vaelab-maps ${spaces.length > 1 ? "vaelab-two" : ""}` },
        element("div", { class: "vaelab-row" }, ...maps.map(({ pad }, m) => titled(pad, m))),
        legend(state.names, state.colors),
      ),
      element(
        "div",
        { class: "vaelab-side" },
        element("div", { class: "vaelab-images" }, ...readout.images.map(titled)),
        ...readout.lines,
        button(anyPrior ? "Sample from the prior" : "Draw z from N(0, I)", () => explorer.sample()),
        status,
        chosen.node,
      ),
    ),
    element("div", { class: "vaelab-tools" }, ...switches.nodes, path.node, digit.node),
    element(
      "p",
      { class: "vaelab-hint vaelab-how" },
      "Drag the point, or focus the map and use the arrow keys (Shift: fine, Home: origin). Click a dot, or press Enter, for the image behind it; Escape lets it go.",
    ),
  ];
}

/**
 * A function that calls `draw` when the present task is done, however many changes that makes.
 * @param {() => void} draw
 */
function afterAll(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      draw();
    });
  };
}
