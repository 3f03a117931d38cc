// One of the two estimators on the page: its name, what it averages, and the histogram of its estimates.

import { BLUE, ORANGE } from "../../palette.js";
import { Axes } from "../shared/axes.js";
import { element } from "../shared/elements.js";
import { drawHistogram } from "./bars.js";

/** @import { Sample } from "./sample.js" */

export class EstimatorChart {
  /**
   * which: 0, pathwise, or 1, the score function.
   * @param {0 | 1} which
   */
  constructor(which) {
    this.which = which;
    this.axes = new Axes([0, 1, 0, 1], { y: "draws" });
    this.formula = element("span", { class: "vaelab-formula" });
    this.outside = element("span", { class: "vaelab-outside" });
    const swatch = element("span", { class: `vaelab-square vaelab-swatch-${which}`, "aria-hidden": "true" });
    const name = element("strong", {}, ["pathwise", "score function"][which]);
    const title = element("div", { class: "vaelab-estimator" }, swatch, name, " ", this.formula, this.outside);
    const chart = element("div", { class: "vaelab-chart vaelab-histogram" }, this.axes.canvas);
    this.node = element("div", {}, title, chart);
  }

  /**
   * @param {Sample} sample
   * @param {string} formula
   */
  show(sample, formula) {
    const histogram = sample.histograms[this.which];
    this.formula.textContent = formula;
    this.outside.textContent = `outside: ◂ ${histogram.below}, ${histogram.above} ▸`;
    if (drawHistogram(this.axes, histogram, [BLUE, ORANGE][this.which], { striped: this.which === 1 }))
      this.axes.upright(sample.gradient, { width: 1.5 });
  }
}
