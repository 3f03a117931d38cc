// The page's pieces, and the stops that they make on this screen.

import { measure } from "./fit.js";
import { inParts } from "./parts.js";
import { piecesOf } from "./pieces.js";
import { cut } from "./stops.js";

/**
 * @import { Page, PieceOfPage } from "./pieces.js"
 * @import { Screen } from "./screen.js"
 */

/**
 * What is shown at a time.
 * @typedef {object} Stop
 * @property {string} section the heading above it
 * @property {PieceOfPage[]} pieces
 */

const CODE = 0.78; // the size of code's type in that of the text, as stage.css has it
const SMALLEST = 16; // pixels

/**
 * Finds what the page is made of, measures what is not measured yet, and cuts it into stops.
 * @param {Page} page
 * @param {Screen} screen
 * @param {WeakMap<Element, number>} heights that are known
 * @param {boolean} withCode
 */
export function layOut(page, screen, heights, withCode) {
  const found = piecesOf(page);
  screen.tell(found);
  measure(screen, found.pieces, heights);
  const seen = found.pieces.filter(({ kind, height }) => height > 0 && (withCode || kind !== "code"));
  const pieces = inParts(seen, screen.height, CODE * screen.size, SMALLEST);
  /** @type {Stop[]} */
  const stops = cut(pieces, screen.height).map(([from, end]) => ({
    section: pieces[from].section,
    pieces: pieces.slice(from, end),
  }));
  return { pieces: found.pieces, stops };
}

/**
 * The number of the stop that holds a piece, or of the next one after it; -1 where the piece is no longer there.
 * @param {PieceOfPage} here
 * @param {Stop[]} stops
 * @param {PieceOfPage[]} pieces all of the page
 */
export function placeOf({ node, lines }, stops, pieces) {
  const holds = (/** @type {(piece: PieceOfPage) => boolean} */ is) => stops.findIndex((stop) => stop.pieces.some(is));
  const same = holds((piece) => piece.node === node && piece.lines?.from === lines?.from);
  if (same >= 0) return same;
  const whole = holds((piece) => piece.node === node);
  if (whole >= 0) return whole;
  const order = new Map(pieces.map((piece, i) => [piece.node, i]));
  const at = order.get(node);
  if (at === undefined) return -1;
  const next = holds((piece) => (order.get(piece.node) ?? 0) > at);
  return next >= 0 ? next : stops.length - 1;
}
