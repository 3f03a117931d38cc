// A sum as a table: a row for each term, the total in the last one.

import { element } from "../shared/elements.js";
import { format } from "../shared/numbers.js";

/**
 * A table of so many rows: {node, show}. show({name: number, ...}) writes numbers of nats, to three digits.
 * @param {string} title
 * @param {number} rows
 */
export function ledger(title, rows) {
  const cells = Array.from({ length: rows }, () => [element("th", { scope: "row" }), element("td")]);
  const body = element("tbody", {}, ...cells.map((row) => element("tr", {}, ...row)));
  const node = element("table", { class: "vaelab-ledger" }, element("caption", {}, title), body);
  const show = (/** @type {Record<string, number>} */ sum) =>
    Object.entries(sum).forEach(([name, number], i) => {
      write(cells[i], [name, format(number, 3)]);
    });
  return { node, show };
}

/**
 * Puts texts into nodes. The page is laid out anew only for those that change.
 * @param {Node[]} nodes
 * @param {string[]} texts
 */
export function write(nodes, texts) {
  nodes.forEach((node, i) => {
    if (node.textContent !== texts[i]) node.textContent = texts[i];
  });
}
