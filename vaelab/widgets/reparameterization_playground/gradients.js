// The second part of the playground: two estimators of dF/dmu or dF/dsigma, a histogram each, filled draw by draw.

import { button, element, slider } from "../shared/elements.js";
import { float32 } from "../shared/network.js";
import { format } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { anySeed, normals } from "../shared/random.js";
import { EstimatorChart } from "./estimator_chart.js";
import { baselines, tabulated } from "./estimators.js";
import { figures, formulas, ratios, rowsOf } from "./report.js";
import { Sample } from "./sample.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Objective, Setting } from "./estimators.js"
 */

const LIMIT = 20000; // draws at which playing stops
const HINT =
  "Upright line: the exact gradient. Diamond and bar: the mean ± its standard error (s.e.). Variance: of one draw's " +
  "estimate. The few outside the axis are in every number.";

/** @param {WidgetModel} model */
export function gradients(model) {
  const q = () => ({ mu: model.get("mu"), sigma: model.get("sigma") });
  const { objective, values, reach } = objectiveOf(model);
  const sample = new Sample(objective, q(), normals(2));
  const charts = [new EstimatorChart(0), new EstimatorChart(1)];
  const table = element("table", { class: "vaelab-table" });
  const summary = element("p", { class: "vaelab-summary", role: "status" });
  const average = element("p", { class: "vaelab-hint" });
  const { digits, ...range } = baselines(values, reach);
  const say = (/** @type {number} */ b) => format(b, digits);
  const baseline = slider("baseline b", { ...range, say, oninput: (b) => adjust({ b }) });
  baseline.show(sample.setting.b);
  const play = player({
    start: () => {
      if (sample.eps.length >= LIMIT) restart();
    },
    tick: quickening(sample, add),
  });
  const hundred = button("100 draws", () => add(100));
  const again = button("Start again", restart);
  const parameters = parametersOf(sample.setting, (parameter) => adjust({ parameter }));

  function restart() {
    sample.restart(q());
    draw();
  }

  /** @param {Partial<Setting>} change */
  function adjust(change) {
    sample.adjust(change);
    draw();
  }

  /** @param {number} more */
  function add(more) {
    sample.add(more);
    draw();
  }

  function draw() {
    charts.forEach((chart, i) => {
      chart.show(sample, formulas(sample.setting, digits)[i]);
    });
    table.replaceChildren(...rowsOf(sample).map(row));
    summary.setAttribute("aria-live", play.node.textContent === "Play" ? "polite" : "off"); // not sixty times a second
    summary.textContent = ratios(sample);
    average.textContent = `The mean of f under q is ${figures(sample.exact.average)}: a natural baseline.`;
  }

  draw();
  const node = element(
    "section",
    { class: "vaelab-gradients", "aria-label": "Two estimators of the gradient of F = E[f(z)]" },
    controls(play.node, hundred, again, parameters),
    element(
      "div",
      { class: "vaelab-row" },
      element("div", { class: "vaelab-histograms" }, ...charts.map((chart) => chart.node)),
      element(
        "div",
        { class: "vaelab-beside" },
        ...[table, summary, controls(baseline.node), average, element("p", { class: "vaelab-hint vaelab-how" }, HINT)],
      ),
    ),
  );
  return { node, canvas: charts[0].axes.canvas, moved: restart, draw, end: play.pause };
}

/**
 * f and its slope as they come from Python: the numbers of f, then those of its slope, on an even grid.
 * @param {WidgetModel} model
 */
function objectiveOf(model) {
  const numbers = float32(model.get("_f"));
  const count = numbers.length / 2;
  const values = numbers.subarray(0, count);
  /** @type {[number, number]} */
  const reach = model.get("_ranges").z;
  /** @type {Objective} */
  const objective = {
    f: tabulated(values, reach),
    slope: tabulated(numbers.subarray(count), reach),
    grid: [...reach, count],
  };
  return { objective, values, reach };
}

/**
 * What adds draws while it plays, ever faster: the first ones are seen to fall.
 * @param {Sample} sample
 * @param {(more: number) => void} add
 */
function quickening(sample, add) {
  let waited = 0; // milliseconds since the last draws
  return (/** @type {number} */ milliseconds) => {
    waited += milliseconds;
    if (lessMotion() && waited < 500) return true;
    add(Math.ceil(waited * (0.1 + sample.eps.length / 2000)));
    waited = 0;
    return sample.eps.length < LIMIT;
  };
}

/**
 * Radio buttons for the parameter by which F is differentiated.
 * @param {Setting} setting
 * @param {(parameter: "mu" | "sigma") => void} choose
 */
function parametersOf(setting, choose) {
  const group = `vaelab-parameter-${anySeed()}`; // two widgets on a page must not share their switch
  const one = (/** @type {"mu" | "sigma"} */ parameter, /** @type {string} */ symbol) => {
    const input = element("input", { type: "radio", name: group, onchange: () => choose(parameter) });
    input.checked = parameter === setting.parameter;
    return element("label", { class: "vaelab-check" }, input, ` ∂F/∂${symbol}`);
  };
  const legend = element("legend", {}, "Gradient of F = E[f(z)]:");
  return element("fieldset", { class: "vaelab-choice" }, legend, one("mu", "μ"), one("sigma", "σ"));
}

/** @param {HTMLElement[]} nodes */
function controls(...nodes) {
  return element("div", { class: "vaelab-controls" }, ...nodes);
}

/**
 * A row of the table: headings in the first line and the first column, but for the corner.
 * @param {string[]} texts
 * @param {number} line
 */
function row(texts, line) {
  const cells = texts.map((text, column) => {
    if (Boolean(line) === Boolean(column)) return element("td", {}, text); // a number, or the corner
    return element("th", { scope: line ? "row" : "col" }, text);
  });
  return element("tr", {}, ...cells);
}
