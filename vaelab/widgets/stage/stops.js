// Where a page is cut into stops: what is shown at a time fits the screen, and is one idea if that can be had.

/**
 * A piece of the page that is not cut.
 * @typedef {object} Piece
 * @property {"heading" | "text" | "item" | "display" | "code" | "output" | "figure" | "widget"} kind
 * @property {number} height with the space below it
 * @property {number} [level] of a heading
 * @property {boolean} [begins] an idea: it has a name of its own in bold type
 * @property {boolean} [asks] what is to be thought about before the answer is seen
 * @property {boolean} [answers] what was asked, and is folded
 * @property {unknown} [lines] where it is a part of something longer
 * @property {boolean} [leads] to what follows: it ends in a colon
 */

const NEVER = 1e6;
/** So much taller than the screen several pieces may be together: the type gets that much smaller, which costs. A figure doesn't. */
const SQUEEZE = 1.25;

/**
 * What it costs to turn the page between two pieces. Below 0 it is better to.
 * @param {Piece} one
 * @param {Piece} next
 */
export function costOfBreak(one, next) {
  const [after, before] = [one.kind, next.kind];
  if (after === "heading") return 6;
  if (one.asks) return -3;
  if (before === "output") return after === "code" || after === "output" ? 1.2 : 0;
  if (before === "figure" && after === "code") return 0.4;
  if (next.answers && after === "text") return 2;
  if (one.answers) return -1.6;
  if (next.begins || next.asks) return one.leads ? 0 : -1.3;
  if (["output", "figure", "code"].includes(after)) return -1.1;
  if (before === "code") return one.begins || one.leads ? 0.5 : -1.1;
  if (one.leads) return 2;
  if (before === "display") return 1.5;
  if (before === "item") return after === "item" ? 0.8 : 1.5;
  return 0.4;
}

/**
 * Whether no stop may hold both: a section begins, another cell has been run, or a widget or a part of long code stands
 * alone.
 * @param {Piece} one
 * @param {Piece} next
 */
function part(one, next) {
  if (one.lines || next.lines) return true;
  if (next.kind === "code" && ["output", "figure"].includes(one.kind)) return true;
  return one.kind === "widget" || next.kind === "widget" || (next.kind === "heading" && (next.level ?? 1) <= 2);
}

/**
 * What it costs to have pieces of this height on one screen.
 * @param {number} fill as a share of the screen's height
 * @param {number} count
 * @param {number} most that it may be
 */
function costOfStop(fill, count, most) {
  if (count > 1 && fill > most) return NEVER;
  return 1 + 3 * Math.max(0, 0.3 - fill) + (count > 1 ? 4 * Math.max(0, fill - 1) : 0);
}

/**
 * The stops, each as the indices of its first piece and of the one after its last: those that cost least together.
 * @param {Piece[]} pieces
 * @param {number} screen the height that there is
 * @returns {[number, number][]}
 */
export function cut(pieces, screen) {
  /** @type {{ cost: number, from: number }[]} */
  const best = [{ cost: 0, from: 0 }]; // of the pieces before the i-th
  for (let end = 1; end <= pieces.length; end++) {
    best[end] = { cost: Number.POSITIVE_INFINITY, from: end - 1 };
    let [height, cells, rigid] = [0, 0, false];
    for (let from = end - 1; from >= 0; from--) {
      const piece = pieces[from];
      height += piece.height;
      if (piece.kind === "code") cells++;
      if (piece.kind === "figure") rigid = true;
      if (cells > 1) break; // one cell to run
      const before = from ? pieces[from - 1] : undefined;
      const forced = !before || part(before, piece);
      const cost =
        best[from].cost +
        (forced ? 0 : costOfBreak(before, piece)) +
        costOfStop(height / screen, end - from, rigid ? 1 : SQUEEZE);
      if (cost < best[end].cost) best[end] = { cost, from };
      if (forced || height > SQUEEZE * screen) break;
    }
  }
  /** @type {[number, number][]} */
  const stops = [];
  for (let end = pieces.length; end > 0; end = best[end].from) stops.unshift([best[end].from, end]);
  return stops;
}
