// Points, codes and densities in words.

import { element } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { logPrior } from "./spaces.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Posterior, Space } from "./spaces.js"
 */

/**
 * "name = (a, b)" of a point with two coordinates.
 * @param {string} name
 * @param {ArrayLike<number>} point
 */
export function pointText(name, point) {
  return `${name} = (${format(point[0])}, ${format(point[1])})`;
}

/**
 * What an encoder gave, in pieces that don't break across lines: of a Gaussian mu and sigma, else the point.
 * @param {Posterior} q
 */
export function codeTexts({ mu, sigma }) {
  const texts = sigma ? [`${pointText("\u03bc", mu)}, `, pointText("\u03c3", sigma)] : [pointText("z", mu)];
  return texts.map((text) => element("span", { class: "vaelab-piece" }, text));
}

/**
 * How dense the prior is at z; of two models that don't both have one, whose it is. Nothing where none has.
 * @param {Space[]} spaces
 * @param {Point} z
 */
export function priorText(spaces, z) {
  const [first, ...others] = spaces.filter(({ hasPrior }) => hasPrior);
  if (!first) return "";
  const whose = others.length + 1 === spaces.length ? "" : `${first.title}: `;
  const p = Math.exp(logPrior(z));
  return `${whose}log p(z) = ${format(logPrior(z))} nats, p(z) ${p < 1e-4 ? "< 0.0001" : `= ${format(p, 4)}`}`;
}

/**
 * That what is shown is interpolated, and of two models that are not both, of which. Nothing where the page computes it.
 * @param {Space[]} spaces
 */
export function gridText(spaces) {
  const some = spaces.filter(({ grid }) => grid);
  if (!some.length) return "";
  const start = some.length === spaces.length ? "Decoded" : `${some[0].title}: decoded`;
  const rows = Math.min(...some.map(({ grid }) => grid?.rows ?? Infinity));
  return `${start} on a grid of ${rows} \u00d7 ${rows} points; between them the image is interpolated.`;
}
