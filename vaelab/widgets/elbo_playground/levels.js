// The chart of levels: two ways down from 0 to the ELBO, by log p(x) and the KL to the posterior, and by its own two terms.

import { BLUE, GREY, ORANGE } from "../../palette.js";
import { element } from "../shared/elements.js";

/** @import { Axes } from "../shared/axes.js" */

const [ABOVE, BELOW] = [1, 4.4]; // nats that are shown above 0 and below log p(x)

/**
 * best: the ELBO of the best q so far, where that is another.
 * @param {Axes} axes
 * @param {{ logEvidence: number, elbo: number, rebuilt: number }} levels
 * @param {number | null} best
 */
export function drawLevels(axes, { logEvidence, elbo, rebuilt }, best) {
  const [low, high] = [Math.min(0, logEvidence) - BELOW, Math.max(0, logEvidence) + ABOVE];
  axes.extent = [0, 4, low, high];
  axes.axes({ across: false });
  axes.within(() => {
    box(axes, 0, 0, logEvidence, GREY, 0.5);
    box(axes, 1, logEvidence, elbo, ORANGE, 0.9);
    box(axes, 2, 0, rebuilt, BLUE, 0.5);
    box(axes, 3, rebuilt, elbo, BLUE, 0.5);
    axes.across(0, { width: 1 });
    axes.across(logEvidence, { width: 1.5, dash: [6, 4] });
    if (best !== null) axes.across(best, { color: BLUE, width: 1.5, dash: [1.5, 4] });
    axes.across(elbo, { color: BLUE, width: 2.5 });
  });
  axes.write("log p(x) stays", [1.5, logEvidence], { shift: [0, -9] });
  const out = elbo < low + 0.6;
  axes.write(out ? "ELBO ↓" : "ELBO", [0.5, out ? low : elbo], { shift: [0, out ? -10 : 11] });
}

/**
 * The step from one level to another, in one of the columns.
 * @param {Axes} axes
 * @param {number} column
 * @param {number} from
 * @param {number} to
 * @param {string} color
 * @param {number} alpha
 */
function box(axes, column, from, to, color, alpha) {
  const { context } = axes;
  const [[left, start], [right, end]] = [axes.place([column + 0.12, from]), axes.place([column + 0.88, to])];
  context.fillStyle = color;
  context.globalAlpha = alpha;
  context.fillRect(left, start, right - left, end - start);
  context.globalAlpha = 1;
  context.strokeStyle = axes.ink;
  context.strokeRect(left, start, right - left, end - start);
}

/** What each column stands for, below it. */
export function columns() {
  const names = [["log p(x)"], ["−KL(q‖p(z|x))"], rebuilding(), ["−KL(q‖p(z))"]];
  const spans = names.map((name) => element("span", {}, ...name));
  return element("div", { class: "vaelab-columns", "aria-hidden": "true" }, ...spans);
}

/** The name E_q[log p(x|z)], in parts. */
export function rebuilding() {
  return ["E", element("sub", {}, "q"), "[log p(x|z)]"];
}
