// The pieces that a page is made of: what is shown or hidden as a whole.

/**
 * @import { Lines } from "./parts.js"
 * @import { Piece } from "./stops.js"
 */

/**
 * What a page's makers know of it.
 * @typedef {object} Page
 * @property {HTMLElement} root in which all pieces lie
 * @property {string} parts what is made of pieces, or of parts
 * @property {string} [skipped] what is neither shown nor a part: buttons, prompts
 * @property {string} code
 * @property {string} outputs
 * @property {string} widgets what is in an output or a figure that is a widget
 */

/** @typedef {Piece & { node: HTMLElement, section: string, lines?: Lines }} PieceOfPage */

const HEADING = /^H([1-6])$/;
const FIGURE = "img, svg, canvas";

/**
 * The pieces in their order, the parts that they lie in, and the rest, which is not shown.
 * @param {Page} page
 */
export function piecesOf(page) {
  /** @type {{ pieces: PieceOfPage[], parts: HTMLElement[], rest: HTMLElement[] }} */
  const found = { pieces: [], parts: [], rest: [] };
  let section = "";

  function look(/** @type {HTMLElement} */ node) {
    for (const child of /** @type {Iterable<HTMLElement>} */ (node.children)) {
      if (page.skipped && child.matches(page.skipped)) found.rest.push(child);
      else if (child.matches(page.parts)) {
        found.parts.push(child);
        look(child);
      } else if (isEmpty(child)) found.rest.push(child);
      else {
        const level = Number(HEADING.exec(child.tagName)?.[1] ?? 0);
        if (level === 1 || level === 2) section = textOf(child);
        found.pieces.push({ node: child, section, height: 0, ...kindOf(page, child, level) });
      }
    }
  }
  look(page.root);
  return found;
}

/**
 * A heading's text without the sign that links to it; formulas once, though KaTeX has each twice.
 * @param {Element} node
 */
function textOf(node) {
  const copy = /** @type {Element} */ (node.cloneNode(true));
  for (const twice of copy.querySelectorAll(".katex-mathml, .headerlink, .jp-InternalAnchorLink")) twice.remove();
  return (copy.textContent ?? "").replace(/[¶#]\s*$/, "").trim();
}

/**
 * @param {Page} page
 * @param {HTMLElement} node
 * @param {number} level
 * @returns {Pick<Piece, "kind" | "level" | "begins" | "asks" | "answers" | "leads">}
 */
function kindOf(page, node, level) {
  if (level) return { kind: "heading", level };
  if (node.matches(page.code)) return { kind: "code" };
  if (node.matches(page.widgets) || node.querySelector(page.widgets)) return { kind: "widget" };
  if (node.matches(page.outputs)) return { kind: node.querySelector(FIGURE) && !words(node) ? "figure" : "output" };
  if (node.tagName === "FIGURE" || (node.querySelector("img") && !words(node))) return { kind: "figure" };
  if (node.tagName === "LI") return { kind: "item" };
  if (isDisplay(node)) return { kind: "display" };
  const first = firstWord(node);
  const begins = ["STRONG", "B"].includes(first?.parentElement?.tagName ?? "");
  const leads = /:\s*$/.test(node.textContent ?? "");
  return {
    kind: "text",
    begins,
    leads,
    asks: node.matches("blockquote, .vaelab-prediction"),
    answers: node.matches("details"),
  };
}

/**
 * A displayed formula and nothing beside it.
 * @param {Element} node
 */
function isDisplay(node) {
  if (node.matches("div.math, .vaelab-display")) return true;
  const formula = node.querySelector("mjx-container[display=true], .MathJax_Display, .katex-display");
  return Boolean(formula) && ownWords(node).trim() === "";
}

/**
 * The text that is not in a formula.
 * @param {Element} node
 */
function ownWords(node) {
  return [...node.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.textContent : "")).join("");
}

/**
 * What stands there in words, beside a figure's caption.
 * @param {Element} node
 */
function words(node) {
  const caption = node.querySelector("figure > figcaption")?.textContent ?? "";
  return (node.textContent ?? "").replace(caption, "").trim();
}

/**
 * @param {Element} node
 */
function firstWord(node) {
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.textContent?.trim()) return texts.currentNode;
  return null;
}

/** @param {HTMLElement} node */
function isEmpty(node) {
  return !node.childNodes.length && !node.matches("img, iframe, canvas, hr, input, svg");
}
