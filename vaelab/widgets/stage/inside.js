// For a widget's page in a frame: what it has no use for goes to the page around it, which may be on the stage.

import { actionOf, isStageKey, needs } from "./keys.js";

/** Sends the keys that nothing here needs to the page around this one, and on the stage where the mouse is, too. */
export function handOn() {
  const isOnStage = () => document.documentElement.hasAttribute("data-stage");
  const send = (/** @type {object} */ message) => window.parent.postMessage(message, "*");
  window.addEventListener("keydown", (event) => {
    const { key, code, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    const turns = isOnStage() && actionOf(event) && !needs(target, key);
    if (event.defaultPrevented || event.repeat || !(turns || isStageKey(event))) return;
    event.preventDefault();
    send({ vaelab: "key", key, code, altKey, ctrlKey, metaKey, shiftKey });
  });
  window.addEventListener("pointermove", ({ clientX: x, clientY: y }) => {
    if (isOnStage()) send({ vaelab: "pointer", x, y });
  });
}
