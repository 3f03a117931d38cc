// The course's site: a page made of a notebook, to present. This file begins by itself, once the page is read.

import { button } from "../shared/elements.js";
import { Presenter } from "./presenter.js";

/**
 * @import { Stop } from "./layout.js"
 * @import { Stageable } from "./presenter.js"
 */

/**
 * @param {HTMLElement} article
 * @returns {Stageable}
 */
export function sitePage(article) {
  return {
    root: article,
    parts: "section, div.cell, .cell_output, section > ul, section > ol",
    skipped: "script, style, template, .vaelab-links, .vaelab-reading, .vaelab-used",
    code: ".cell_input",
    outputs: ".output, .cell_output > *",
    widgets: ".vaelab-widget, .vaelab",
  };
}

/**
 * Which stops a talk of so many minutes has, by the page's own table of minutes: all where it has none.
 * @param {string | null} minutes such as "50"
 * @returns {(stop: Stop) => boolean}
 */
export function talkOf(minutes) {
  const written = document.getElementById("vaelab-minutes")?.textContent;
  if (!minutes || !written) return () => true;
  /** @type {[title: string, minutes: Record<string, number>][]} */
  const table = Object.entries(JSON.parse(written));
  const told = new Set(table.filter(([, talks]) => talks[`cut ${minutes}`] > 0).map(([title]) => nameOf(title)));
  return ({ section }) => told.has(nameOf(section));
}

/**
 * A section's number, or where it has none its words: quotation marks and formulas are written in several ways.
 * @param {string} title
 */
function nameOf(title) {
  return /^\d+(?=\.)/.exec(title)?.[0] ?? title.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** Makes the page one that can be presented: by Alt + P, a button, or `?present` or `#stage` in the address. */
function presentSite() {
  const article = /** @type {(HTMLElement & { vaelabPresenter?: Presenter }) | null} */ (
    document.querySelector("article")
  );
  if (!article) return;
  const asked = new URLSearchParams(window.location.search);
  const presenter = new Presenter(sitePage(article), { only: talkOf(asked.get("cut")) });
  article.vaelabPresenter = presenter; // where a test finds it
  const begin = button("Present", () => presenter.open(), { class: "vaelab-stage-begin", title: "Present (Alt + P)" });
  article.querySelector(".vaelab-links")?.append(begin); // a page without that line has the key alone
  const ask = () => {
    if (window.location.hash === "#stage") presenter.open();
  };
  window.addEventListener("hashchange", ask);
  if (asked.has("present")) presenter.open();
  else ask();
}

presentSite();
