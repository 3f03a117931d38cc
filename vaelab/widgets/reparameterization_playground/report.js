// What a sample says of the two estimators, in words and rounded numbers.

import { clamp, format } from "../shared/numbers.js";

/**
 * @import { Setting } from "./estimators.js"
 * @import { Sample } from "./sample.js"
 */

/**
 * What each estimator averages, [pathwise, score function]. digits: of the baseline.
 * @param {Setting} setting
 * @param {number} digits
 */
export function formulas({ parameter, b }, digits) {
  const factor = parameter === "mu" ? "ε / σ" : "(ε² − 1) / σ";
  const shifted = b === 0 ? "f(z)" : `(f(z) ${b < 0 ? "+" : "−"} ${format(Math.abs(b), digits)})`;
  return [parameter === "mu" ? "f′(z)" : "f′(z) ε", `${shifted} ${factor}`];
}

/**
 * The rows of the table, the first and the first of each of them a heading.
 * @param {Sample} sample
 */
export function rowsOf({ eps, exact, histograms }) {
  const means = histograms.map(({ mean, standardError }) => withError(mean, standardError));
  const variances = histograms.map(({ variance }) => figures(variance));
  const measured = (/** @type {string[]} */ texts) => (eps.length > 1 ? texts : texts.map(() => "–"));
  return [
    [`${eps.length.toLocaleString("en")} draws`, "pathwise", "score"],
    ["mean ± s.e.", ...measured(means)],
    ["exactly", ...exact.means.map(figures)],
    ["variance", ...measured(variances)],
    ["exactly", ...exact.variances.map(figures)],
  ];
}

/** @param {Sample} sample */
export function ratios({ eps, exact, histograms }) {
  const ratio = (/** @type {number[]} */ [pathwise, score]) => figures(score / pathwise);
  const measured = eps.length > 1 ? ratio(histograms.map((one) => one.variance)) : "–";
  return `Ratio of the variances: ${measured}, exactly ${ratio(exact.variances)}.`;
}

/**
 * A number to three figures.
 * @param {number} number
 */
export function figures(number) {
  if (!Number.isFinite(number)) return "–";
  const digits = 2 - Math.floor(Math.log10(Math.abs(number) || 1));
  return format(number, clamp(digits, 0, 4));
}

/**
 * mean ± error, both to the error's second figure.
 * @param {number} mean
 * @param {number} error
 */
export function withError(mean, error) {
  const digits = error > 0 ? clamp(1 - Math.floor(Math.log10(error)), 0, 4) : 2;
  return `${format(mean, digits)} ± ${format(error, digits)}`;
}
