// What opens over the stage: the sections to jump to, and the keys.

import { button, element } from "../shared/elements.js";
import { KEYS } from "./keys.js";

/**
 * @import { Stop } from "./layout.js"
 */

/**
 * The sections, of which one is chosen.
 * @param {Stop[]} stops
 * @param {number} index of the stop that is shown
 * @param {(index: number) => void} go
 */
export function contents(stops, index, go) {
  const firsts = stops.map((_, i) => i).filter((i) => !i || stops[i].section !== stops[i - 1].section);
  const entries = firsts.map((first, i) =>
    button(
      stops[first].section || "Beginning",
      () => {
        dialog.close();
        go(first);
      },
      index >= first && index < (firsts[i + 1] ?? stops.length) ? { "aria-current": "true", autofocus: "" } : {},
    ),
  );
  const list = element("ol", {}, ...entries.map((entry) => element("li", {}, entry)));
  const dialog = open("The sections", list);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = entries.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!step) return;
    event.preventDefault();
    entries[(at + step + entries.length) % entries.length].focus();
  });
}

/** The keys. */
export function help() {
  const rows = KEYS.map(([keys, what]) =>
    element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)),
  );
  open("Keys on the stage", element("table", {}, ...rows));
}

/**
 * @param {string} name
 * @param {HTMLElement} content
 */
function open(name, content) {
  const close = button("Close", () => dialog.close());
  const heading = element("h2", {}, name);
  const dialog = element(
    "dialog",
    { class: "vaelab-stage vaelab-stage-list", "aria-label": name },
    heading,
    content,
    close,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => {
    if (["o", "g", "?"].includes(event.key)) dialog.close();
    if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
