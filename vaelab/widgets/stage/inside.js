// For a widget's page in a frame: it hears of the stage from the page around it, and hands on what it has no use for.

import { actionOf, isStageKey, needs } from "./keys.js";

/** Sets data-stage while the page around presents, and sends it the keys that nothing here needs. */
export function followStage() {
  if (window.parent === window) return;
  const { dataset } = document.documentElement;
  window.addEventListener("message", ({ data, source }) => {
    if (source !== window.parent || data?.type !== "vaelab-stage") return;
    if (data.on) dataset.stage = "";
    else delete dataset.stage;
  });
  window.addEventListener("keydown", (event) => {
    const { key, code, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    const begins = isStageKey(event);
    const pages = dataset.stage !== undefined && actionOf(event) && !needs(target, key);
    if (event.defaultPrevented || !(begins || pages)) return;
    event.preventDefault();
    window.parent.postMessage({ type: "vaelab-key", key, code, altKey, ctrlKey, metaKey, shiftKey }, "*");
  });
  window.addEventListener("pointermove", ({ clientX: x, clientY: y }) => {
    if (dataset.stage !== undefined) window.parent.postMessage({ type: "vaelab-pointer", x, y }, "*");
  });
}
