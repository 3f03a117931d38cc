// Code that is too long for the screen even in small type is shown a part at a time, each a stop of its own.

/**
 * @import { PieceOfPage } from "./pieces.js"
 */

/**
 * Which part of a piece is shown: the lines from one on, so many of them.
 * @typedef {object} Lines
 * @property {number} from
 * @property {number} count
 */

const LINE = 1.3; // its height, as stage.css has it
const EDGE = 10; // padding and border, above and below together
const AGAIN = 2; // lines that the next part repeats

/**
 * The pieces, with those that are too long in parts.
 * @param {PieceOfPage[]} pieces
 * @param {number} screen the height that there is
 * @param {number} size of code's type, in pixels
 * @param {number} smallest that it may be made
 */
export function inParts(pieces, screen, size, smallest) {
  return pieces.flatMap((piece) => {
    const small = (piece.height * smallest) / size;
    if (!["code", "output"].includes(piece.kind) || small <= screen - 2 * EDGE) return [piece];
    return linesOfParts(
      Math.round((piece.height - EDGE) / (LINE * size)),
      Math.floor((screen - 3 * EDGE) / (LINE * smallest * 1.1)),
    ).map((lines) => ({ ...piece, lines, height: lines.count * LINE * size + EDGE }));
  });
}

/**
 * So many lines in parts of about the same length, each beginning with the last lines of the one before.
 * @param {number} lines
 * @param {number} most in one
 * @returns {Lines[]}
 */
export function linesOfParts(lines, most) {
  const parts = Math.max(1, Math.ceil((lines - AGAIN) / (most - AGAIN)));
  const step = Math.ceil((lines - AGAIN) / parts);
  return Array.from({ length: parts }, (_, i) => ({ from: i * step, count: Math.min(step + AGAIN, lines - i * step) }));
}

/**
 * Shows the part, and nothing else of its piece.
 * @param {PieceOfPage} piece
 */
export function showPart({ node, lines }) {
  if (!lines) return;
  node.style.setProperty("--stage-lines", String(lines.count));
  const { fontSize } = getComputedStyle(node);
  node.scrollTop = lines.from && lines.from * LINE * Number.parseFloat(fontSize) + EDGE / 2;
}
