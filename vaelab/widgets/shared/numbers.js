// Numbers: held within bounds, rounded, and as people read them.

/**
 * The number from low to high that is nearest to a number; low, where that is above high.
 * @param {number} number
 * @param {number} low
 * @param {number} high
 */
export function clamp(number, low, high) {
  return Math.max(low, Math.min(high, number));
}

/**
 * A number of so many digits after the point: the one that `format` writes.
 * @param {number} number
 * @param {number} [digits]
 */
export function round(number, digits = 2) {
  return Number(number.toFixed(digits));
}

/**
 * A number for people, with a real minus sign.
 * @param {number} number
 * @param {number} [digits] after the point
 */
export function format(number, digits = 2) {
  const text = number.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/**
 * The smallest of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... that is not below a number above 0: an axis that ends there
 * mostly rests.
 * @param {number} number
 */
export function roundUp(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return power * ([1, 2, 5].find((n) => n * power >= number) ?? 10);
}
