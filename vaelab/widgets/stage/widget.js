// vl.present(): a button in a notebook, and the key that does the same.

import { button, compose, element } from "../shared/elements.js";
import { notebookOf, presenterOf } from "./jupyter.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 */

const HOW = "The notebook, one thing at a time, in large type. Alt + P begins and ends, ? shows the keys.";
const NOT_HERE = "This needs JupyterLab 4 or Notebook 7, or the course as pages: here there is no notebook to present.";

/** @param {{ model: WidgetModel, el: HTMLElement }} where */
function render({ model, el }) {
  let waiting = true; // until the front end has put the element into its page
  function place() {
    if (!waiting) return;
    if (el.isConnected) fill(model, el);
    else requestAnimationFrame(place);
  }
  el.classList.add("vaelab-present");
  place();
  return () => {
    waiting = false;
  };
}

/**
 * @param {WidgetModel} model
 * @param {HTMLElement} el
 */
async function fill(model, el) {
  const node = /** @type {HTMLElement | null} */ (el.closest(".jp-Notebook"));
  if (!node) {
    compose(el, element("p", { class: "vaelab-hint" }, NOT_HERE));
    return;
  }
  const presenter = presenterOf(node, await notebookOf(model, el));
  compose(
    el,
    button("Present", () => presenter.open()),
    element("span", { class: "vaelab-hint" }, ` ${HOW}`),
  );
}

export default { render };
