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
    // And what is alive further down.
    skipped:
      "script, style, template, .vaelab-links, .vaelab-reading, .vaelab-used, .output:has(> .vaelab-figure > figcaption)",
    code: ".cell_input",
    outputs: ".output, .cell_output > *",
    widgets: ".vaelab-widget, .vaelab",
  };
}

/**
 * The sections that a talk of so many minutes has, by the page's own table of minutes; of any length: undefined.
 * @param {string | null} minutes such as "50"
 */
export function talkOf(minutes) {
  const written = document.getElementById("vaelab-minutes")?.textContent;
  if (!minutes || !written) return undefined;
  /** @type {[title: string, minutes: Record<string, number>][]} */
  const table = Object.entries(JSON.parse(written));
  return new Set(table.filter(([, talks]) => talks[`cut ${minutes}`] > 0).map(([title]) => nameOf(title)));
}

/**
 * Whether there is something on a stop but an exercise, for which a shorter talk has no time.
 * @param {Stop} stop
 */
function isTold({ pieces }) {
  const isExercise = (/** @type {Element} */ node) =>
    node.matches(".vaelab-exercise") ||
    node.querySelector(".vaelab-exercise") !== null ||
    /^Exercise \d+\.\d+\./.test(node.textContent?.trim() ?? "");
  return !pieces.every(({ node }) => isExercise(node));
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
  const minutes = asked.get("cut");
  const talk = talkOf(minutes);
  const place = `vaelab stage ${window.location.pathname}`;
  const page = {
    ...sitePage(article),
    moved: (/** @type {number} */ index) => keep(place, index),
    close: () => keep(place),
  };
  const only = talk && ((/** @type {Stop} */ stop) => talk.has(nameOf(stop.section)) && isTold(stop));
  const presenter = new Presenter(page, { only });
  presenter.withCode = !talk; // C brings it back
  article.vaelabPresenter = presenter; // where a test finds it
  const links = article.querySelector(".vaelab-links"); // a page without that line has the key alone
  const begin = button("Present", () => presenter.open(), { class: "vaelab-stage-begin", title: "Present (Alt + P)" });
  if (talk && !talk.size) {
    links?.append(`The talk of ${minutes} minutes has nothing of this notebook.`);
    return;
  }
  links?.append(begin);
  const ask = async () => {
    const left = kept(place);
    await presenter.open();
    if (left) presenter.go(left); // where one was before the page was loaded again
  };
  const isAsked = () => window.location.hash === "#stage";
  window.addEventListener("hashchange", () => {
    if (isAsked()) ask();
  });
  if (asked.has("present") || isAsked()) ask();
}

/**
 * Keeps the stop until the window is closed, where the browser lets us.
 * @param {string} place
 * @param {number} [index] without it, nothing is kept
 */
function keep(place, index) {
  try {
    if (index === undefined) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, String(index));
  } catch {
    // then one begins at the top
  }
}

/** @param {string} place */
function kept(place) {
  try {
    return Number(sessionStorage.getItem(place));
  } catch {
    return 0;
  }
}

presentSite();
