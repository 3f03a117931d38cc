// ELBOPlayground: a Gaussian q(z) to lay over an exact posterior, while ELBO and KL share log p(x).

import { Axes } from "../shared/axes.js";
import { compose, element, listen, oncePerFrame, whenLookChanges } from "../shared/elements.js";
import { float32 } from "../shared/network.js";
import { clamp, format, round } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { knob } from "../shared/pointer.js";
import { anySeed } from "../shared/random.js";

const BLUE = "#0072b2";
const ORANGE = "#d55e00";
const GREY = "#888888";
const [ABOVE, BELOW] = [1, 4.4]; // nats that are shown above 0 and below log p(x)

function render({ model, el }) {
  const z = float32(model.get("_z"));
  const logPrior = float32(model.get("_log_prior"));
  const logLikelihoods = float32(model.get("_log_likelihoods")); // (observations, grid)
  const limits = model.get("_limits");
  const places = Array.from(z.keys()).filter((i) => z[i] >= limits.shown[0] && z[i] <= limits.shown[1]);
  const curve = (height) => places.map((i) => [z[i], height(i)]);
  const prior = curve((i) => Math.exp(logPrior[i]));
  const observations = model.get("_observations").map(({ name, x, logEvidence }, row) => {
    const logLikelihood = logLikelihoods.subarray(row * z.length, (row + 1) * z.length);
    const posterior = curve((i) => Math.exp(logPrior[i] + logLikelihood[i] - logEvidence));
    return { name, x, logEvidence, logLikelihood, posterior, best: { elbo: -Infinity } };
  });
  const shown = () => observations.find(({ name }) => name === model.get("observation"));
  const q = () => ({ mu: model.get("mu"), sigma: model.get("sigma") });

  // ---- what is computed: integrals over the grid

  const dz = (z.at(-1) - z[0]) / (z.length - 1);

  /** The ELBO of N(mu, sigma^2), its two terms, and its slopes: by mu in units of sigma, and by log sigma. */
  function evaluate({ mu, sigma }) {
    const { logLikelihood } = shown();
    const found = { rebuilt: 0, price: 0, byMu: 0, byLogSigma: 0 };
    for (let i = 0; i < z.length; i++) {
      const u = (z[i] - mu) / sigma;
      const logQ = logNormal(z[i], mu, sigma);
      const mass = Math.exp(logQ) * dz;
      found.rebuilt += mass * logLikelihood[i];
      found.price += mass * (logQ - logPrior[i]);
      const log = logLikelihood[i] + logPrior[i] - logQ; // of p(x, z) / q(z)
      found.byMu += mass * log * u;
      found.byLogSigma += mass * log * (u * u - 1);
    }
    return { ...found, elbo: found.rebuilt - found.price };
  }

  /** A q a little farther up the ELBO, or null where there is none. */
  function uphill({ mu, sigma }) {
    const here = evaluate({ mu, sigma });
    if (Math.hypot(here.byMu, here.byLogSigma) < 1e-3) return null;
    // The natural gradient, in steps that the eye can follow, and in shorter ones where these would lead down.
    const [toMu, toLogSigma] = [sigma * here.byMu, here.byLogSigma / 2];
    for (let rate = Math.min(1, 0.08 / Math.hypot(toMu, toLogSigma)); rate > 1e-6; rate /= 2) {
      const next = {
        mu: clamp(mu + rate * toMu, ...limits.mu),
        sigma: clamp(sigma * Math.exp(rate * toLogSigma), ...limits.sigma),
      };
      if (evaluate(next).elbo > here.elbo) return next;
    }
    return null;
  }

  // ---- what is on the page

  const curves = new Axes([...limits.shown, 0, 1], { x: "z" });
  const knobs = [
    knob(curves, {
      name: "μ, the centre of q",
      min: limits.mu[0],
      max: limits.mu[1],
      step: 0.1,
      color: BLUE,
      get: () => q().mu,
      set: (mu) => act({ mu: round(mu) }),
      say: (mu) => `${format(mu)}. ${spoken()}`,
      place: () => [q().mu, density(q().mu, q())],
      read: ([x]) => x,
    }),
    knob(curves, {
      name: "σ, the width of q",
      min: limits.sigma[0],
      max: limits.sigma[1],
      step: 0.05,
      color: BLUE,
      get: () => q().sigma,
      set: (sigma) => act({ sigma: round(sigma) }),
      say: (sigma) => `${format(sigma)}. ${spoken()}`,
      // Below the other knob even where q is higher than the chart.
      place: () => [q().mu + q().sigma, Math.min(density(q().mu + q().sigma, q()), 0.6 * curves.extent[3])],
      read: ([x]) => x - q().mu,
    }),
  ];
  const levels = new Axes([0, 4, -1, 0], { y: "nats" });
  const rebuilding = () => ["E", element("sub", {}, "q"), "[log p(x|z)]"];
  const names = [["log p(x)"], ["−KL(q‖p(z|x))"], rebuilding(), ["−KL(q‖p(z))"]];
  const group = `vaelab-${anySeed()}`;
  const choices = observations.map(({ name, x }) => {
    const input = element("input", {
      type: "radio",
      name: group,
      value: name,
      onchange: () => act({ observation: name }),
    });
    return { input, node: element("label", { class: "vaelab-check" }, input, `${name}, ${x}`) };
  });
  const climber = player({ name: "Climb to the best q", tick: climb });
  const width = element("span", { class: "vaelab-numbers" });
  const reached = element("p", { class: "vaelab-hint", role: "status" });
  const sums = element("div", { class: "vaelab-sums vaelab-numbers" });
  compose(
    el,
    element(
      "fieldset",
      { class: "vaelab-choices" },
      element("legend", {}, "Observation x"),
      ...choices.map(({ node }) => node),
    ),
    element(
      "div",
      { class: "vaelab-row" },
      element(
        "div",
        { class: "vaelab-curves" },
        element("div", { class: "vaelab-chart" }, curves.canvas, ...knobs.map(({ node }) => node)),
        element("div", { class: "vaelab-legend" }, ...key()),
        element("div", { class: "vaelab-controls" }, climber.node, width),
        reached,
        element("p", { class: "vaelab-hint" }, "Drag the two dots, or focus one and use the arrow keys (Shift: fine)."),
      ),
      element(
        "div",
        { class: "vaelab-levels" },
        element(
          "div",
          { class: "vaelab-chart" },
          levels.canvas,
          element(
            "div",
            { class: "vaelab-columns", "aria-hidden": "true" },
            ...names.map((name) => element("span", {}, ...name)),
          ),
        ),
        sums,
      ),
    ),
  );

  /** How each curve is drawn. */
  function key() {
    const sample = (style, text) =>
      element(
        "span",
        { class: "vaelab-class" },
        element("span", { class: `vaelab-sample vaelab-sample-${style}` }),
        text,
      );
    return [
      sample("area", "posterior p(z|x)"),
      sample("solid", "q(z) = N(μ, σ²)"),
      sample("dashed", "prior p(z)"),
      sample("dotted", "best q so far"),
    ];
  }

  // ---- drawing

  let now; // the numbers of the q that is shown

  function draw() {
    const observation = shown();
    now = evaluate(q());
    if (now.elbo > observation.best.elbo) observation.best = { ...q(), elbo: now.elbo };
    for (const { input } of choices) input.checked = input.value === observation.name;
    if (curves.clear() && levels.clear()) {
      drawCurves(observation);
      drawLevels(observation);
    }
    width.textContent = `μ = ${format(q().mu)}, σ = ${format(q().sigma)}`;
    writeSums();
  }

  function drawCurves({ posterior, best }) {
    curves.extent[3] = 1.6 * Math.max(...posterior.map(([, height]) => height));
    curves.axes();
    curves.within(() => {
      curves.fill(posterior, { alpha: 0.2 });
      curves.line(posterior, { width: 1 });
      curves.line(prior, { width: 1, dash: [6, 4] });
      if (now.elbo < best.elbo - 5e-4)
        curves.line(
          curve((i) => density(z[i], best)),
          { color: BLUE, width: 1.5, dash: [1.5, 4] },
        );
      const { mu, sigma } = q();
      curves.line(
        curve((i) => density(z[i], { mu, sigma })),
        { color: BLUE, width: 2.5 },
      );
    });
    knobs.forEach((one) => one.draw());
  }

  /** Two ways down from 0 to the ELBO: by log p(x) and the KL to the posterior, and by the ELBO's own two terms. */
  function drawLevels({ logEvidence, best }) {
    const [low, high] = [Math.min(0, logEvidence) - BELOW, Math.max(0, logEvidence) + ABOVE];
    levels.extent = [0, 4, low, high];
    levels.axes({ across: false });
    const across = (level, style) =>
      levels.line(
        [
          [0, level],
          [4, level],
        ],
        style,
      );
    levels.within(() => {
      box(levels, 0, 0, logEvidence, GREY, 0.5);
      box(levels, 1, logEvidence, now.elbo, ORANGE, 0.9);
      box(levels, 2, 0, now.rebuilt, BLUE, 0.5);
      box(levels, 3, now.rebuilt, now.elbo, BLUE, 0.5);
      across(0, { width: 1 });
      across(logEvidence, { width: 1.5, dash: [6, 4] });
      if (now.elbo < best.elbo - 5e-4) across(best.elbo, { color: BLUE, width: 1.5, dash: [1.5, 4] });
      across(now.elbo, { color: BLUE, width: 2.5 });
    });
    levels.write("log p(x) stays", [1.5, logEvidence], { shift: [0, -9] });
    const out = now.elbo < low + 0.6;
    levels.write(out ? "ELBO ↓" : "ELBO", [0.5, out ? low : now.elbo], { shift: [0, out ? -10 : 11] });
  }

  /** Both equations with their numbers, rounded so that what stands there adds up. */
  function writeSums() {
    const { logEvidence, elbo, gap, rebuilt, price } = rounded();
    const symbol = (color, ...parts) =>
      element("span", { class: "vaelab-symbol", style: `border-color: ${color}` }, ...parts);
    const number = (value) => element("strong", {}, format(value, 3));
    const row = (...cells) => cells.map((cell) => (typeof cell === "string" ? element("span", {}, cell) : cell));
    sums.replaceChildren(
      ...row(symbol(GREY, "log p(x)"), "=", symbol(BLUE, "ELBO"), "+", symbol(ORANGE, "KL(q‖p(z|x))")),
      ...row(number(logEvidence), "=", number(elbo), "+", number(gap)),
      ...row(symbol(BLUE, "ELBO"), "=", symbol(BLUE, ...rebuilding()), "−", symbol(BLUE, "KL(q‖p(z))")),
      ...row(number(elbo), "=", number(rebuilt), "−", number(price)),
    );
  }

  function rounded() {
    const [logEvidence, elbo, price] = [shown().logEvidence, now.elbo, now.price].map((value) => round(value, 3));
    return { logEvidence, elbo, gap: logEvidence - elbo, rebuilt: elbo + price, price };
  }

  function spoken() {
    const { elbo, gap } = rounded();
    return `ELBO ${format(elbo, 3)}, KL to the posterior ${format(gap, 3)} nats`;
  }

  // ---- what one does

  const tell = oncePerFrame(() => model.save_changes());
  /** The picture follows at once; Python is told once a frame at most. */
  function move(values) {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    tell();
  }

  /** Somebody moves something: that ends a climb. */
  function act(values) {
    climber.pause();
    move(values);
  }

  function climb() {
    let next = uphill(q());
    if (lessMotion()) for (let higher = next; higher; higher = uphill(next)) next = higher;
    if (next) move(next);
    if (next && !lessMotion()) return true;
    reached.textContent = "At the top: no Gaussian nearby, within the reach of the dots, has a higher ELBO.";
    return false;
  }

  function changed() {
    reached.textContent = "";
    draw();
  }

  const deaf = listen(model, { "change:mu": changed, "change:sigma": changed, "change:observation": changed });
  const stop = whenLookChanges(curves.canvas, draw);
  return () => {
    deaf();
    tell.cancel();
    climber.pause();
    stop();
  };
}

/** The step from one level to another, in one of the columns. */
function box(levels, column, from, to, color, alpha) {
  const { context } = levels;
  const [[left, start], [right, end]] = [levels.place([column + 0.12, from]), levels.place([column + 0.88, to])];
  context.fillStyle = color;
  context.globalAlpha = alpha;
  context.fillRect(left, start, right - left, end - start);
  context.globalAlpha = 1;
  context.strokeStyle = levels.ink;
  context.strokeRect(left, start, right - left, end - start);
}

/** log N(z; mu, sigma^2). */
function logNormal(z, mu, sigma) {
  return -(((z - mu) / sigma) ** 2) / 2 - Math.log(sigma * Math.sqrt(2 * Math.PI));
}

function density(z, { mu, sigma }) {
  return Math.exp(logNormal(z, mu, sigma));
}

export default { render };
