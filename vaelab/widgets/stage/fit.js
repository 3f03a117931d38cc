// How high the pieces are, and how small the type has to be for a stop to fit.

/**
 * @import { PieceOfPage } from "./pieces.js"
 * @import { Screen } from "./screen.js"
 */

/** What may be wider than its place, and what would then be cut off or scrolled sideways. */
const WIDE = "pre, .cm-scroller, mjx-container[display=true], table, .math, .katex-display > .katex > .katex-html";
const LEAST = 0.5; // of the type; stage.css holds every text at 16 px
const ROOM = 1.003; // a pixel or so is rounding

/**
 * Measures what hasn't been, with all of it shown and the type at its full size.
 * @param {Screen} screen
 * @param {PieceOfPage[]} pieces
 * @param {WeakMap<Element, number>} known the heights, each with the space below it
 */
export function measure(screen, pieces, known) {
  const unknown = pieces.filter(({ node }) => !known.has(node));
  if (unknown.length) {
    screen.scale(1);
    screen.show(pieces.filter(({ node }) => !known.has(node) || !screen.isHidden(node))); // what has the focus keeps it
    for (const { node } of unknown) narrow(node);
    const heights = unknown.map(({ node }) => {
      const { height } = node.getBoundingClientRect();
      const { marginTop, marginBottom } = getComputedStyle(node);
      return height && height + Number.parseFloat(marginTop) + Number.parseFloat(marginBottom); // 0: there is nothing
    });
    unknown.forEach(({ node }, i) => {
      known.set(node, heights[i]);
    });
  }
  for (const piece of pieces) piece.height = known.get(piece.node) ?? 0;
}

/**
 * Makes the type of one piece smaller if it has something that is wider than the screen, such as a formula. Lines that
 * are too long even then are broken. Whether it is as wide as the screen at most, then.
 * @param {HTMLElement} node
 */
function narrow(node) {
  for (const name of ["--stage-narrow", "--stage-wrap"]) node.style.removeProperty(name);
  let size = 1;
  for (let tries = 0; tries < 4; tries++) {
    const wide = widest(node);
    if (wide <= ROOM) return true;
    size /= wide * 1.005;
    node.style.setProperty("--stage-narrow", size.toFixed(3));
  }
  node.style.removeProperty("--stage-narrow");
  node.style.setProperty("--stage-wrap", "pre-wrap");
  return widest(node) <= ROOM;
}

/** @param {HTMLElement} node */
function widest(node) {
  return Math.max(...[node, ...node.querySelectorAll(WIDE)].map(widthOf));
}

/**
 * How wide something is, as a share of its place. Room for a formula's number is left by KaTeX's padding.
 * @param {Element} node
 */
function widthOf(node) {
  if (!node.clientWidth) return 1;
  const formula = [...node.querySelectorAll(":scope > .katex-base, :scope > .base")];
  if (!formula.length) return node.scrollWidth / node.clientWidth;
  const { paddingLeft, paddingRight } = getComputedStyle(node);
  const place = node.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  const [first, last] = [formula[0], formula[formula.length - 1]].map((part) => part.getBoundingClientRect());
  return Math.max(1, (last.right - first.left) / place);
}

/**
 * Makes the type of what is shown as much smaller as it must be. Whether it fits then.
 * @param {Screen} screen
 * @param {PieceOfPage[]} pieces
 */
export function fit(screen, pieces) {
  const { root } = screen;
  let scale = 1;
  for (let tries = 0; tries < 8; tries++) {
    screen.scale(scale);
    const narrowed = pieces.map(({ node, kind }) => kind === "widget" || narrow(node)).every(Boolean);
    const high = root.scrollHeight / root.clientHeight;
    if (high <= ROOM) return narrowed;
    if (scale <= LEAST) break;
    // Smaller type makes longer lines, too: the height falls faster than the type.
    scale = Math.max(LEAST, scale / high ** 0.7);
  }
  return false;
}
