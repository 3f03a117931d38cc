// The course's site: a page made of a notebook, to present.

import { button } from "../shared/elements.js";
import { Presenter } from "./presenter.js";

/**
 * @import { Stageable, Stop } from "./presenter.js"
 */

/**
 * @param {HTMLElement} article
 * @returns {Stageable}
 */
export function sitePage(article) {
  return {
    root: article,
    parts: "section, div.cell, .cell_output, section > ul, section > ol, .vaelab-stage-part",
    skipped: "script, style, template, .headerlink, .prev-next-area, .tocsection, .vaelab-not-on-stage",
    code: ".cell_input",
    outputs: ".output, .cell_output > *",
    widgets: ".vaelab-widget, .vaelab",
  };
}

/**
 * The sections that a talk of so many minutes has, by the page's own table of minutes: all where it has none.
 * @param {string | null} minutes such as "50"
 * @returns {(stop: Stop) => boolean}
 */
export function cutOf(minutes) {
  const written = document.getElementById("vaelab-minutes")?.textContent;
  if (!minutes || !written) return () => true;
  /** @type {Record<string, Record<string, number>>} */
  const table = JSON.parse(written);
  return ({ section }) => (table[section]?.[`cut ${minutes}`] ?? 0) > 0;
}

/** Makes the page one that can be presented: by Alt + P, a button, or `?present` or `#stage` in the address. */
export function presentSite() {
  const article = /** @type {HTMLElement | null} */ (document.querySelector("article.bd-article, article, main"));
  if (!article) return;
  const asked = new URLSearchParams(window.location.search);
  const presenter = new Presenter(sitePage(article), { only: cutOf(asked.get("cut")) });
  const begin = button("Present", () => presenter.open(), { class: "vaelab-stage-begin", title: "Present (Alt + P)" });
  const place = document.querySelector(".article-header-buttons, .header-article-items__end");
  if (place) place.prepend(begin);
  else document.body.append(begin);
  const ask = () => {
    if (window.location.hash === "#stage") presenter.open();
  };
  window.addEventListener("hashchange", ask);
  if (asked.has("present")) presenter.open();
  else ask();
  return presenter;
}
