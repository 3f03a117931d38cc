// ReparameterizationPlayground: fixed draws eps that mu and sigma carry along, and two estimators of a gradient.

import { Axes } from "../shared/axes.js";
import { button, checkbox, compose, element, listen, slider, whenLookChanges } from "../shared/elements.js";
import { float32 } from "../shared/network.js";
import { clamp, format, round } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { knob } from "../shared/pointer.js";
import { anySeed, normals } from "../shared/random.js";
import { estimates, integrals, tabulated } from "./estimators.js";
import { drawHistogram, Histogram } from "./histogram.js";

const [BLUE, ORANGE] = ["#0072b2", "#d55e00"];

function render({ model, el }) {
  const parts = [movingDraws(model)];
  if (model.get("_f").byteLength) parts.push(gradients(model));
  compose(el, ...parts.map((part) => part.node));
  const moved = () => parts.forEach((part) => part.moved());
  const deaf = listen(model, { "change:mu": moved, "change:sigma": moved });
  const stops = parts.map((part) => whenLookChanges(part.canvas, part.draw));
  return () => {
    deaf();
    stops.forEach((stop) => stop());
    parts.forEach((part) => part.end());
  };
}

// The heights, in the first chart: q's curve stands on the row of the z, the eps lie below.
const [Z_ROW, EPS_ROW, LOW, HIGH] = [0, -1.15, -1.6, 1.25];

/** The draws z, each joined to its eps; knobs on q's curve move mu and sigma. */
function movingDraws(model) {
  const { mu: muRange, sigma: sigmaRange, axis } = model.get("_ranges");
  const axes = new Axes([...axis, LOW, HIGH], { x: "value" });
  const normal = normals(1);
  let eps = model.get("_eps");
  let now; // {mu, sigma, z}
  let move = null; // the last one: {name, by, dz}

  const set = (name, number) => {
    const rounded = round(number, 3);
    if (rounded === model.get(name)) return; // a knob was touched, not moved: the draws stay
    model.set(name, rounded);
    model.save_changes();
  };
  const knobs = [
    knob(axes, {
      name: "Mean \u03bc of q",
      min: muRange[0],
      max: muRange[1],
      step: 0.05,
      get: () => now.mu,
      set: (number) => set("mu", number),
      say: (number) => `\u03bc = ${format(number)}`,
      place: () => [now.mu, 1],
      read: ([right]) => right,
    }),
    knob(axes, {
      name: "Standard deviation \u03c3 of q",
      min: sigmaRange[0],
      max: sigmaRange[1],
      step: 0.02,
      get: () => now.sigma,
      set: (number) => set("sigma", number),
      say: (number) => `\u03c3 = ${format(number)}`,
      place: () => [now.mu + now.sigma, bell(1)],
      read: ([right]) => right - now.mu,
    }),
  ];
  const newEps = button("New \u03b5", () => {
    eps = eps.map(normal);
    restart();
  });
  const anew = checkbox("without the trick: draw z at every move", () => {
    newEps.disabled = anew.input.checked;
    restart();
  });
  const numbers = element("div", { class: "vaelab-terms" });
  const node = element(
    "div",
    { class: "vaelab-row" },
    element("div", { class: "vaelab-chart vaelab-draws" }, axes.canvas, ...knobs.map((one) => one.node)),
    element(
      "div",
      { class: "vaelab-beside" },
      numbers,
      element("div", { class: "vaelab-controls" }, newEps, anew.node),
      element(
        "p",
        { class: "vaelab-hint" },
        "Drag the two knobs on the curve of q, or use the arrow keys: \u03bc at the peak, \u03c3 beside it.",
      ),
    ),
  );

  /** The draw whose numbers are written out: the one with eps nearest to -1.3, where dz/dmu and dz/dsigma differ. */
  const chosen = () => eps.reduce((best, e, i) => (Math.abs(e + 1.3) < Math.abs(eps[best] + 1.3) ? i : best), 0);

  function drawn() {
    const [mu, sigma] = [model.get("mu"), model.get("sigma")];
    return { mu, sigma, z: eps.map((e) => mu + sigma * (anew.input.checked ? normal() : e)) };
  }

  function restart() {
    now = drawn();
    move = null;
    draw();
  }

  function moved() {
    const before = now;
    now = drawn();
    const name = now.mu === before.mu ? "sigma" : "mu";
    const i = chosen();
    if (now[name] !== before[name]) move = { name, by: now[name] - before[name], dz: now.z[i] - before.z[i] };
    draw();
  }

  function draw() {
    tell();
    if (!axes.clear()) return;
    axes.axes({ up: false });
    const { mu, sigma, z } = now;
    const curve = Array.from({ length: 161 }, (_, i) => mu + sigma * (i / 20 - 4)).map((at) => [
      at,
      bell((at - mu) / sigma),
    ]);
    const i = chosen();
    const joined = !anew.input.checked;
    axes.within(() => {
      axes.fill(curve, { alpha: 0.08 });
      axes.line(curve, { width: 1.5 });
      axes.line(
        [
          [axis[0], Z_ROW],
          [axis[1], Z_ROW],
        ],
        { width: 1 },
      );
      if (!joined) return;
      axes.line(
        [
          [axis[0], EPS_ROW],
          [axis[1], EPS_ROW],
        ],
        { width: 1 },
      );
      axes.context.globalAlpha = 0.4;
      z.forEach(
        (one, k) =>
          k === i ||
          axes.line(
            [
              [eps[k], EPS_ROW],
              [one, Z_ROW],
            ],
            { width: 1 },
          ),
      );
      axes.context.globalAlpha = 1;
      axes.line(
        [
          [eps[i], EPS_ROW],
          [z[i], Z_ROW],
        ],
        { width: 2.5 },
      );
    });
    z.forEach((one, k) => k === i || square(one, 4));
    square(z[i], 6);
    const small = { font: "13px system-ui, sans-serif" };
    axes.write(`z = ${format(z[i])}`, axes.hold([z[i], Z_ROW]), { ...small, shift: [0, -16] });
    if (joined) {
      eps.forEach((one, k) => k === i || circle(one, 4));
      circle(eps[i], 6);
      axes.write(`\u03b5 = ${format(eps[i])}`, axes.hold([eps[i], EPS_ROW]), { ...small, shift: [0, 17] });
    } else {
      axes.write("no \u03b5: each z is drawn from q itself", [(axis[0] + axis[1]) / 2, EPS_ROW], small);
    }
    const name = { font: "italic 15px Georgia, serif", align: "right", shift: [-8, 0] };
    axes.write("z", [axis[0], Z_ROW], name);
    if (joined) axes.write("\u03b5", [axis[0], EPS_ROW], name);
    axes.write("\u03bc", [mu, 1], { ...name, shift: [-18, 0] });
    axes.write("\u03bc + \u03c3", [mu + sigma, bell(1)], { ...name, align: "left", shift: [12, -14] });
    knobs.forEach((one) => one.draw());
  }

  /** A z: a square, or an arrow at the edge beyond which it lies. */
  function square(z, half) {
    if (z < axis[0] || z > axis[1]) {
      const right = z > axis[1];
      axes.write(right ? "\u25b8" : "\u25c2", [right ? axis[1] : axis[0], Z_ROW], {
        color: BLUE,
        align: right ? "right" : "left",
      });
      return;
    }
    const [x, y] = axes.place([z, Z_ROW]);
    axes.context.fillStyle = BLUE;
    axes.context.fillRect(x - half, y - half, 2 * half, 2 * half);
  }

  function circle(e, radius) {
    const [x, y] = axes.place([e, EPS_ROW]);
    axes.context.fillStyle = ORANGE;
    axes.context.beginPath();
    axes.context.arc(x, y, radius, 0, 2 * Math.PI);
    axes.context.fill();
  }

  /** The chosen draw in numbers, and how z answered to the last move. */
  function tell() {
    const { mu, sigma, z } = now;
    const i = chosen();
    const symbol = { mu: "\u03bc", sigma: "\u03c3" }[move?.name];
    const quotient =
      move &&
      `\u0394z / \u0394${symbol} = ${format(move.dz, 3)} / ${format(move.by, 3)} = ${format(move.dz / move.by)}`;
    const [e, m, s] = [format(eps[i]), format(mu), format(sigma)];
    const terms = anew.input.checked
      ? { "z ~ N(\u03bc, \u03c3\u00b2)": format(z[i]), "\u2202z/\u2202\u03bc": "none", "\u2202z/\u2202\u03c3": "none" }
      : {
          "\u03b5, thick line": e,
          "z = \u03bc + \u03c3\u03b5": `${m} + ${s} \u00d7 ${eps[i] < 0 ? `(${e})` : e} = ${format(z[i])}`,
          "\u2202z/\u2202\u03bc": "1",
          "\u2202z/\u2202\u03c3 = \u03b5": e,
        };
    show(numbers, { ...terms, "last move": quotient ?? "none yet" });
  }

  now = drawn();
  tell();
  return { node, canvas: axes.canvas, moved, draw, end: () => {} };
}

const BINS = 61; // odd: one of them lies around the exact gradient
const LIMIT = 20000; // draws at which playing stops

/** The two estimators of dF/dmu or dF/dsigma: a histogram each, filled draw by draw. */
function gradients(model) {
  const numbers = float32(model.get("_f"));
  const count = numbers.length / 2;
  const { z: reach } = model.get("_ranges");
  const [values, slopes] = [numbers.subarray(0, count), numbers.subarray(count)];
  const objective = { f: tabulated(values, reach), slope: tabulated(slopes, reach), grid: [...reach, count] };
  const normal = normals(2);
  const setting = { parameter: "mu", b: 0 }; // and mu, sigma
  let drawn = []; // the eps so far
  let exact;
  let histograms;
  let waited = 0; // milliseconds since the last draws while it plays

  const rows = ["pathwise", "score function"].map((name, i) => {
    const axes = new Axes([0, 1, 0, 1], { y: "draws" });
    const formula = element("span", { class: "vaelab-formula" });
    const outside = element("span", { class: "vaelab-outside" });
    const swatch = element("span", { class: `vaelab-square vaelab-swatch-${i}`, "aria-hidden": "true" });
    const title = element(
      "div",
      { class: "vaelab-estimator" },
      swatch,
      element("strong", {}, name),
      " ",
      formula,
      outside,
    );
    const chart = element("div", { class: "vaelab-chart vaelab-histogram" }, axes.canvas);
    return { axes, formula, outside, node: element("div", {}, title, chart) };
  });
  const table = element("table", { class: "vaelab-table" });
  const average = element("p", { class: "vaelab-hint" });
  const summary = element("p", { class: "vaelab-summary", role: "status" });

  const group = `vaelab-parameter-${anySeed()}`; // two widgets on a page must not share their switch
  const choices = [
    ["mu", "\u03bc"],
    ["sigma", "\u03c3"],
  ].map(([parameter, symbol]) => {
    const input = element("input", { type: "radio", name: group, onchange: () => adjust({ parameter }) });
    input.checked = parameter === setting.parameter;
    return element("label", { class: "vaelab-check" }, input, ` \u2202F/\u2202${symbol}`);
  });
  const play = player({
    start: () => drawn.length >= LIMIT && restart(),
    tick: (milliseconds) => {
      waited += milliseconds;
      if (lessMotion() && waited < 500) return true;
      add(Math.ceil(waited * (0.1 + drawn.length / 2000))); // ever faster: the first ones are seen to fall
      waited = 0;
      return drawn.length < LIMIT;
    },
  });
  const bRange = baselines(values, reach);
  const baseline = slider("baseline b", {
    ...bRange,
    say: (b) => format(b, bRange.digits),
    oninput: (b) => adjust({ b }),
  });
  baseline.show(0);

  const node = element(
    "section",
    { class: "vaelab-gradients", "aria-label": "Two estimators of the gradient of F = E[f(z)]" },
    element(
      "div",
      { class: "vaelab-controls" },
      play.node,
      button("100 draws", () => add(100)),
      button("Start again", () => restart()),
      element("fieldset", { class: "vaelab-choice" }, element("legend", {}, "Gradient of F = E[f(z)]:"), ...choices),
    ),
    element(
      "div",
      { class: "vaelab-row" },
      element("div", { class: "vaelab-histograms" }, ...rows.map((row) => row.node)),
      element(
        "div",
        { class: "vaelab-beside" },
        table,
        summary,
        element("div", { class: "vaelab-controls" }, baseline.node),
        average,
        element(
          "p",
          { class: "vaelab-hint" },
          "Upright line: the exact gradient. Diamond and bar: the mean \u00b1 its standard error (s.e.). Variance: of one draw's estimate. The few outside the axis are in every number.",
        ),
      ),
    ),
  );

  /** Other draws of the same q, or of another. */
  function restart() {
    drawn = [];
    adjust({});
  }

  /** The same draws under another setting. */
  function adjust(change) {
    compute(change);
    draw();
  }

  function compute(change) {
    Object.assign(setting, change, { mu: model.get("mu"), sigma: model.get("sigma") });
    exact = integrals(objective, setting);
    // The middle is the gradient: the score function's mean, which needs no slope. The width is that of b = 0, so that one sees what a baseline does.
    const plain = setting.b === 0 ? exact : integrals(objective, { ...setting, b: 0 });
    const spread = Math.sqrt(Math.max(...plain.variances));
    const half = 2.5 * spread || 1;
    histograms = rows.map(() => new Histogram([exact.means[1] - half, exact.means[1] + half], BINS));
    drawn.forEach(tally);
  }

  function tally(eps) {
    estimates(objective, setting, eps).forEach((one, i) => histograms[i].add(one));
  }

  function add(more) {
    for (let i = 0; i < more; i++) {
      drawn.push(normal());
      tally(drawn.at(-1));
    }
    draw();
  }

  function draw() {
    tell();
    rows.forEach(({ axes }, i) => {
      const histogram = histograms[i];
      if (!drawHistogram(axes, histogram, i ? ORANGE : BLUE, { striped: i === 1 })) return;
      axes.line(
        [
          [exact.means[1], 0],
          [exact.means[1], axes.extent[3]],
        ],
        { width: 1.5 },
      );
    });
  }

  function tell() {
    const { parameter, b } = setting;
    const factor = parameter === "mu" ? "\u03b5 / \u03c3" : "(\u03b5\u00b2 \u2212 1) / \u03c3";
    const shifted = b === 0 ? "f(z)" : `(f(z) ${b < 0 ? "+" : "\u2212"} ${format(Math.abs(b), bRange.digits)})`;
    rows[0].formula.textContent = parameter === "mu" ? "f\u2032(z)" : "f\u2032(z) \u03b5";
    rows[1].formula.textContent = `${shifted} ${factor}`;
    histograms.forEach(
      ({ below, above }, i) => (rows[i].outside.textContent = `outside: \u25c2 ${below}, ${above} \u25b8`),
    );
    const cells = (what) => histograms.map((one, i) => (one.count > 1 ? what(one, i) : "\u2013"));
    const lines = [
      [`${drawn.length.toLocaleString("en")} draws`, "pathwise", "score"],
      ["mean \u00b1 s.e.", ...cells(({ mean, standardError }) => withError(mean, standardError))],
      ["exactly", ...exact.means.map(figures)],
      ["variance", ...cells(({ variance }) => figures(variance))],
      ["exactly", ...exact.variances.map(figures)],
    ];
    const cell = (text, line, column) => {
      if (Boolean(line) === Boolean(column)) return element("td", {}, text); // a number, or the corner
      return element("th", { scope: line ? "row" : "col" }, text);
    };
    table.replaceChildren(
      ...lines.map((row, line) => element("tr", {}, ...row.map((text, column) => cell(text, line, column)))),
    );
    const ratio = ([path, score]) => figures(score / path);
    const measured = drawn.length > 1 ? ratio(histograms.map((one) => one.variance)) : "\u2013";
    summary.setAttribute("aria-live", play.node.textContent === "Play" ? "polite" : "off"); // not sixty times a second
    summary.textContent = `Ratio of the variances: ${measured}, exactly ${ratio(exact.variances)}.`;
    average.textContent = `The mean of f under q is ${figures(exact.average)}: a natural baseline.`;
  }

  compute({});
  tell();
  return { node, canvas: rows[0].axes.canvas, moved: restart, draw, end: play.pause };
}

/** The height of N(0, 1)'s curve at a distance from its middle, where the middle is 1 high. */
function bell(distance) {
  return Math.exp(-0.5 * distance * distance);
}

/** Shows {name: text} as rows of two. */
function show(node, terms) {
  node.replaceChildren(...Object.entries(terms).flatMap((row) => row.map((text) => element("span", {}, text))));
}

/** Where a slider for the baseline may go: over the values that f has around 0, and 0 itself. */
function baselines(values, [low, high]) {
  const inside = Array.from(values).filter((_, i) => Math.abs(low + (i * (high - low)) / (values.length - 1)) <= 3);
  const [least, most] = [Math.min(0, ...inside), Math.max(0, ...inside)];
  const step = 10 ** Math.round(Math.log10(most - least || 1) - 2);
  const round = (number) => Number((Math.round(number / step) * step).toPrecision(12));
  return { min: round(least), max: round(most), step, digits: Math.max(0, Math.round(-Math.log10(step))) };
}

/** A number to three figures. */
function figures(number) {
  if (!Number.isFinite(number)) return "\u2013";
  const digits = 2 - Math.floor(Math.log10(Math.abs(number) || 1));
  return format(number, clamp(digits, 0, 4));
}

/** mean ± error, both to the error's second figure. */
function withError(mean, error) {
  const digits = error > 0 ? clamp(1 - Math.floor(Math.log10(error)), 0, 4) : 2;
  return `${format(mean, digits)} \u00b1 ${format(error, digits)}`;
}

export default { render };
