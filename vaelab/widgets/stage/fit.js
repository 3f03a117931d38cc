// How high the pieces are, and how small the type has to be for a stop to fit.

/**
 * @import { PieceOfPage } from "./pieces.js"
 * @import { Screen } from "./screen.js"
 */

/** What may be wider than its place, and what would then be cut off or scrolled sideways. */
const WIDE = "pre, .cm-scroller, mjx-container[display=true], table, .math, .katex-display";
const SMALLEST = 0.5; // of the type; stage.css holds every text at 16 px

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
    screen.show(unknown);
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
 * By how much what is shown is too large: 1 where it fits.
 * @param {Screen} screen
 * @param {PieceOfPage[]} pieces
 */
export function excess(screen, pieces) {
  const { root } = screen;
  const { paddingTop, paddingBottom } = getComputedStyle(root);
  const high = (root.scrollHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom)) / screen.height;
  const wide = pieces.flatMap(({ node }) => [node, ...node.querySelectorAll(WIDE)].map(widthOf));
  return { high, wide: Math.max(1, ...wide) };
}

/** @param {Element} node */
function widthOf(node) {
  return node.clientWidth ? node.scrollWidth / node.clientWidth : 1;
}

/** A pixel or so is rounding. */
export const ROOM = 1.003;

/**
 * Makes the type of what is shown as much smaller as it must be. Whether it fits then.
 * @param {Screen} screen
 * @param {PieceOfPage[]} pieces
 */
export function fit(screen, pieces) {
  let scale = 1;
  screen.scale(scale);
  for (let tries = 0; tries < 8; tries++) {
    const { high, wide } = excess(screen, pieces);
    if (high <= ROOM && wide <= ROOM) return true;
    if (scale <= SMALLEST) break;
    // Smaller type also makes longer lines, so the height goes by the root of what is too much, or a little more.
    scale = Math.max(SMALLEST, scale / Math.max(high > ROOM ? high ** 0.6 : 1, wide > ROOM ? wide * 1.005 : 1));
    screen.scale(scale);
  }
  return false;
}
