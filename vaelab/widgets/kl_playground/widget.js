// KLPlayground: two Gaussians to drag, what the KL divergence integrates, and its value in both directions.

import { Axes } from "../shared/axes.js";
import { button, checkbox, compose, element, listen, oncePerFrame, whenLookChanges } from "../shared/elements.js";
import { format, round, roundUp } from "../shared/numbers.js";
import { knob } from "../shared/pointer.js";

const Q = { letter: "q", mu: "mu", sigma: "sigma", side: 1, color: "#0072b2", dash: [] };
const P = { letter: "p", mu: "mu_p", sigma: "sigma_p", side: -1, color: "#d55e00", dash: [7, 4] };

const NAME = "italic bold 15px Georgia, serif";

/** What (mu, sigma) of q shows what, when p is N(0, 1). */
const PRESETS = { "Narrow q": [0, 0.4], "Wide q": [0, 2.5], "Shifted q": [2, 1] };

/** The terms of KL(q || p) and of KL(p || q), and what is left of them when p is N(0, 1). */
const TERMS = [
  { any: ["½ (μ − μₚ)² / σₚ²", "½ σ² / σₚ²", "− ½ log(σ² / σₚ²)"], standard: ["½ μ²", "½ σ²", "− ½ log σ²"] },
  { any: ["½ (μₚ − μ)² / σ²", "½ σₚ² / σ²", "− ½ log(σₚ² / σ²)"], standard: ["½ μ² / σ²", "½ / σ²", "½ log σ²"] },
];

/** z -> log N(z; mu, sigma^2). All is computed from it, so that a density too small for a number is never divided by. */
function logDensity({ mu, sigma }) {
  const atMean = -Math.log(sigma) - Math.log(2 * Math.PI) / 2;
  return (z) => atMean - ((z - mu) / sigma) ** 2 / 2;
}

/** z -> N(z; mu, sigma^2). */
function density(gaussian) {
  const log = logDensity(gaussian);
  return (z) => Math.exp(log(z));
}

/** z -> first(z) log (first(z) / second(z)), whose area is KL(first || second). */
function integrand(first, second) {
  const [logFirst, logSecond] = [logDensity(first), logDensity(second)];
  return (z) => {
    const log = logFirst(z);
    return Math.exp(log) * (log - logSecond(z));
  };
}

/**
 * The areas {above, below} zero under the integrand, by 4,000 trapezoids to 8 sigma on each side of the first Gaussian:
 * what lies farther out weighs less than 1e-10. Their sum is exact to rounding, each area to 1e-4 (see the test).
 */
function areas(first, second) {
  const [steps, reach] = [4000, 8];
  const dz = (2 * reach * first.sigma) / steps;
  const f = integrand(first, second);
  let [above, below] = [0, 0];
  for (let i = 0; i <= steps; i++) {
    const area = f(first.mu + (i - steps / 2) * dz) * dz;
    if (area > 0) above += area;
    else below += area;
  }
  return { above, below };
}

/** The terms of the closed form of KL(first || second): it is their sum. */
function closedForm(first, second) {
  const distance = (first.mu - second.mu) / second.sigma;
  const ratio = first.sigma / second.sigma;
  return [distance ** 2 / 2, ratio ** 2 / 2, -Math.log(ratio), -1 / 2];
}

/** Diagonal stripes to fill an area with. */
function stripes({ context }, color) {
  const ratio = window.devicePixelRatio || 1;
  const tile = element("canvas", { width: Math.round(7 * ratio), height: Math.round(7 * ratio) });
  const brush = tile.getContext("2d");
  const side = tile.width;
  brush.strokeStyle = color;
  brush.lineWidth = 2 * ratio;
  for (const shift of [-side, 0, side]) {
    brush.beginPath();
    brush.moveTo(shift - side / 2, side * 1.5);
    brush.lineTo(shift + side * 1.5, -side / 2);
    brush.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

/** A sum as a table of so many rows, the total in the last one: {node, show}. show({name: number, ...}). */
function ledger(title, rows) {
  const cells = Array.from({ length: rows }, () => [element("th", { scope: "row" }), element("td")]);
  const body = element("tbody", {}, ...cells.map((row) => element("tr", {}, ...row)));
  const node = element("table", { class: "vaelab-ledger" }, element("caption", {}, title), body);
  const show = (sum) => Object.entries(sum).forEach(([name, number], i) => write(cells[i], [name, format(number, 3)]));
  return { node, show };
}

/** Puts texts into nodes. The page is laid out anew only for those that change. */
function write(nodes, texts) {
  nodes.forEach((node, i) => {
    if (node.textContent !== texts[i]) node.textContent = texts[i];
  });
}

/** A chart under its title, and beside it what belongs to it. */
function section(title, axes, knobs, ...beside) {
  const chart = element("div", { class: "vaelab-chart" }, axes.canvas, ...knobs.map(({ node }) => node));
  const figure = element("figure", { class: "vaelab-kl-figure" }, element("figcaption", {}, title), chart);
  return element(
    "div",
    { class: "vaelab-row vaelab-kl" },
    figure,
    element("div", { class: "vaelab-kl-side" }, ...beside),
  );
}

function render({ model, el }) {
  const [muLow, muHigh] = model.get("_mu_range");
  const [sigmaLow, sigmaHigh] = model.get("_sigma_range");
  const [low, high] = [muLow - sigmaHigh, muHigh + sigmaHigh]; // of z: every knob has its place
  const axesOfZ = () => new Axes([low, high, 0, 1], { x: "z" });

  const densities = axesOfZ();
  const ways = [
    [Q, P],
    [P, Q],
  ].map(([first, second], i) => ({
    first,
    second,
    name: `KL(${first.letter} ‖ ${second.letter})`,
    terms: TERMS[i],
    axes: axesOfZ(),
    area: ledger("Integral, in nats", 3),
    formula: ledger("Closed form, in nats", 5),
    kl: 0,
  }));
  const [knobsOfP, knobsOfQ] = [P, Q].map(knobsOf); // where they meet, those of q lie on top
  const lock = checkbox("p = N(0, 1), as in a VAE", () => (lock.input.checked ? put({ mu_p: 0, sigma_p: 1 }) : draw()));
  const texts = [Q, P].map(() => element("span", { class: "vaelab-numbers" }));
  const lines = [Q, P].map(({ color, dash }) =>
    element("span", {
      class: "vaelab-line",
      style: `border-top-style: ${dash.length ? "dashed" : "solid"}; color: ${color}`,
    }),
  );
  const presets = Object.entries(PRESETS).map(([name, [mu, sigma]]) =>
    button(name, () => put({ mu, sigma, mu_p: 0, sigma_p: 1 })),
  );

  compose(
    el,
    section(
      "The two densities",
      densities,
      [...knobsOfP, ...knobsOfQ],
      ...lines.map((line, i) => element("div", {}, line, texts[i])),
      lock.node,
      element("div", { class: "vaelab-kl-buttons" }, ...presets, button("q = p", meet), button("Swap q and p", swap)),
      element(
        "p",
        { class: "vaelab-hint" },
        "Drag a knob: the one at a peak for the mean, the one on a flank for σ. Or focus it and use the arrow keys " +
          "(Shift: fine, Home and End: as far as it goes).",
      ),
    ),
    ...ways.map(({ first: { letter: a }, second: { letter: b }, name, axes, area, formula }) =>
      section(`${name}: the area under ${a} log (${a} / ${b})`, axes, [], area.node, formula.node),
    ),
    element(
      "p",
      { class: "vaelab-hint" },
      "Solid areas count +, hatched ones −. Their colour is that of the density that is larger there, and the dotted lines " +
        "are where the densities cross. The integrals are sums of 4,000 trapezoids, exact to the digits shown.",
    ),
  );
  lock.input.checked = isStandard();

  function gaussian({ mu, sigma }) {
    return { mu: model.get(mu), sigma: model.get(sigma) };
  }

  function isStandard() {
    return model.get("mu_p") === 0 && model.get("sigma_p") === 1;
  }

  /** The knobs of a Gaussian: for the mean at its peak, for sigma at the height that its density has there. */
  function knobsOf(which) {
    const { letter, side, color } = which;
    const say = (number) =>
      `${format(number)}. KL of q to p: ${format(ways[0].kl, 3)} nats, of p to q: ${format(ways[1].kl, 3)} nats`;
    const own = (name, more) =>
      knob(densities, {
        get: () => model.get(name),
        set: (number) => put({ [name]: round(number) }), // so that the numbers shown are those that count
        say,
        color,
        ...more,
      });
    const knobs = [
      own(which.mu, {
        name: `Mean of ${letter}`,
        min: muLow,
        max: muHigh,
        step: 0.1,
        place: () => [gaussian(which).mu, density(gaussian(which))(gaussian(which).mu)],
        read: ([z]) => z,
      }),
      own(which.sigma, {
        name: `Standard deviation of ${letter}`,
        min: sigmaLow,
        max: sigmaHigh,
        step: 0.1,
        place: () => flank(which),
        read: ([z]) => side * (z - gaussian(which).mu),
      }),
    ];
    for (const { node } of knobs) node.classList.add(`vaelab-knob-${letter}`);
    return knobs;
  }

  /** The point of a Gaussian's density at one sigma from its mean: those of q and p are on different sides. */
  function flank(which) {
    const { mu, sigma } = gaussian(which);
    const z = mu + which.side * sigma;
    return [z, density({ mu, sigma })(z)];
  }

  const tell = oncePerFrame(() => model.save_changes());
  let busy = false;
  /** The pictures follow at once, when all is set; Python is told once a frame at most. */
  function put(values) {
    busy = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    busy = false;
    draw();
    tell();
  }

  function meet() {
    const { mu, sigma } = gaussian(P);
    put({ mu, sigma });
  }

  function swap() {
    const [q, p] = [gaussian(Q), gaussian(P)];
    put({ mu: p.mu, sigma: p.sigma, mu_p: q.mu, sigma_p: q.sigma });
  }

  function draw() {
    if (!isStandard()) lock.input.checked = false;
    const all = [densities, ...ways.map(({ axes }) => axes)];
    if (all.map((axes) => axes.clear()).every(Boolean)) {
      const steps = Math.round(densities.area.width); // one to a pixel
      const zs = Array.from({ length: steps + 1 }, (_, i) => low + (i / steps) * (high - low));
      const edges = [0, ...crossings(zs), steps];
      drawDensities(zs, edges);
      for (const way of ways) drawIntegrand(way, zs, edges);
    }
    for (const way of ways) showSums(way);
    const name = ({ letter, mu, sigma }) => `${letter} = N(${format(model.get(mu))}, ${format(model.get(sigma))}²)`;
    write(texts, [Q, P].map(name));
    for (const { node } of knobsOfP) node.hidden = lock.input.checked;
    for (const one of [...knobsOfP, ...knobsOfQ]) one.draw();
  }

  /** Where in zs the two densities cross: at most twice. */
  function crossings(zs) {
    const [logQ, logP] = [Q, P].map((which) => logDensity(gaussian(which)));
    const larger = zs.map((z) => logQ(z) > logP(z)); // q
    return [...zs.keys()].filter((i) => i && larger[i] !== larger[i - 1]);
  }

  /** Thin lines through all charts, where the densities cross. */
  function drawCrossings(axes, zs, edges) {
    const [, , bottom, top] = axes.extent;
    for (const i of edges.slice(1, -1))
      axes.line(
        [
          [zs[i], bottom],
          [zs[i], top],
        ],
        { width: 1, dash: [1, 3] },
      );
  }

  function drawDensities(zs, edges) {
    const [q, p] = [Q, P].map(gaussian);
    densities.extent[3] = roundUp(1.15 * Math.max(0.4, density(q)(q.mu), density(p)(p.mu)));
    densities.axes();
    densities.within(() => {
      drawCrossings(densities, zs, edges);
      for (const which of [Q, P]) {
        const { color, dash } = which;
        const curve = density(gaussian(which));
        densities.line(
          zs.map((z) => [z, curve(z)]),
          { color, dash, width: 2.5 },
        );
        const [z, height] = flank(which);
        if (which === Q || !lock.input.checked)
          densities.line(
            [
              [gaussian(which).mu, height],
              [z, height],
            ],
            { color, width: 1 },
          );
      }
    });
    const side = q.mu < p.mu ? -1 : 1; // each name stands on the flank where the other Gaussian isn't
    drawName("q", q, side);
    drawName("p", p, -side);
  }

  function drawName(name, { mu, sigma }, side) {
    const z = Math.min(high - 0.5, Math.max(low + 0.5, mu + side * sigma));
    densities.write(name, [z, density({ mu, sigma })(z)], { font: NAME, shift: [20 * side, -16] });
  }

  /** The integrand, solid where it is above zero, striped where it is below, in the colour of the larger density. */
  function drawIntegrand({ first, second, axes }, zs, edges) {
    const f = integrand(gaussian(first), gaussian(second));
    const points = zs.map((z) => [z, f(z)]);
    const values = points.map(([, f]) => f);
    const top = roundUp(1.1 * Math.max(0.15, ...values));
    axes.extent[3] = top;
    axes.extent[2] = -Math.max(0.15 * top, roundUp(1.1 * Math.max(0.01, -Math.min(...values))));
    axes.axes();
    axes.within(() => {
      drawCrossings(axes, zs, edges);
      axes.fill(
        points.map(([z, f]) => [z, Math.max(0, f)]),
        { color: first.color, alpha: 0.45 },
      );
      axes.fill(
        points.map(([z, f]) => [z, Math.min(0, f)]),
        { color: stripes(axes, second.color), alpha: 1 },
      );
      axes.line(
        [
          [low, 0],
          [high, 0],
        ],
        { width: 1 },
      );
      axes.line(points, { width: 1.5 });
    });
    for (let i = 1; i < edges.length; i++) drawSign(axes, points.slice(edges[i - 1], edges[i]));
  }

  /** + or − in an area between two crossings, where there is room for it. */
  function drawSign(axes, points) {
    const [z, f] = points.reduce((most, point) => (Math.abs(point[1]) > Math.abs(most[1]) ? point : most));
    const wide = points.filter((point) => Math.abs(point[1]) > Math.abs(f) / 2).length; // pixels
    const high = Math.abs(axes.place([z, f])[1] - axes.place([z, 0])[1]);
    if (wide > 14 && high > 20) axes.write(f > 0 ? "+" : "−", [z, f / 2], { font: NAME });
  }

  function showSums(way) {
    const [first, second] = [gaussian(way.first), gaussian(way.second)];
    const { above, below } = areas(first, second);
    const terms = closedForm(first, second);
    way.kl = terms.reduce((sum, term) => sum + term, 0);
    const names = [...way.terms[lock.input.checked ? "standard" : "any"], "− ½"];
    way.area.show({ "+ above zero": above, "− below zero": below, [way.name]: above + below });
    way.formula.show({ ...Object.fromEntries(terms.map((term, i) => [names[i], term])), [way.name]: way.kl });
  }

  const follow = () => busy || draw();
  const deaf = listen(
    model,
    Object.fromEntries(["mu", "sigma", "mu_p", "sigma_p"].map((name) => [`change:${name}`, follow])),
  );
  const stop = whenLookChanges(densities.canvas, draw);
  return () => {
    deaf();
    tell.cancel();
    stop();
  };
}

export default { render };
