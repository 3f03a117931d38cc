// The numbers behind the curves of a loss: points, how far up they go, in words. Without a page.

/**
 * {term: [value after epoch 1, ...]}, null where a value was not finite.
 * @typedef {Record<string, (number | null)[]>} Terms
 */

/**
 * {"held out" or "training": terms}
 * @typedef {Record<string, Terms>} Losses
 */

/**
 * [[epoch, value], ...]; a value that was not finite is left out.
 * @param {(number | null)[]} values
 * @returns {[number, number][]}
 */
export function pointsOf(values) {
  return values.flatMap((value, i) => (value === null ? [] : [[i + 1, value]]));
}

/**
 * How far up the axis of these losses goes: a quarter above the largest value.
 * @param {Losses} losses
 */
export function topOf(losses) {
  const values = Object.values(losses).flatMap((terms) => Object.values(terms).flat());
  return 1.25 * Math.max(0, ...values.map((value) => value ?? 0)) || 1;
}

/**
 * What the curves show, in words.
 * @param {string} title
 * @param {Losses} losses
 */
export function sayLosses(title, losses) {
  const kinds = Object.entries(losses).map(([kind, terms]) => {
    const told = Object.entries(terms).map(([name, values]) => {
      const shown = pointsOf(values).map(([, y]) => y.toFixed(1));
      return `${name} from ${shown[0] ?? "nothing"} to ${shown.at(-1) ?? "nothing"}`;
    });
    return `${kind}: ${told.join(", ")}`;
  });
  const said = kinds.length ? `from the first epoch to the last, in nats. ${kinds.join(". ")}` : "nothing yet";
  return `The loss of ${title}, ${said}.`;
}

/**
 * The ends of lines, from the top downwards, each with how far down its name stands: above the end, or below it where
 * another line is close above.
 * @template {{y: number}} End
 * @param {End[]} ends in the order of the terms; y: how far down the line ends, in CSS pixels
 * @param {number} top the upper edge
 * @param {number} [size] of the names, in CSS pixels
 * @returns {(End & {down: number})[]}
 */
export function namesDown(ends, top, size = 12) {
  const unit = size / 12;
  const sorted = [...ends].reverse(); // the total, reported last, first among equals
  sorted.sort((a, b) => Math.round(a.y) - Math.round(b.y));
  let lowest = -Infinity; // how far down there is something
  return sorted.map((end) => {
    const beside = end.y + unit * (end.y - lowest < 24 * unit ? 10 : -9);
    const down = Math.max(beside, lowest + 13 * unit, top + 7 * unit);
    lowest = Math.max(end.y, down);
    return { ...end, down };
  });
}
