// LossComparison: the latent spaces of several trainings side by side, at the same epoch.

import {
  checkbox,
  compose,
  element,
  legend,
  listen,
  oncePerFrame,
  slider,
  whenLookChanges,
} from "../shared/elements.js";
import { float32, uint8 } from "../shared/network.js";
import { squareAround } from "../shared/plane.js";
import { lessMotion, player } from "../shared/player.js";
import { normals } from "../shared/random.js";
import { Zoom, zoomButtons } from "../shared/zoom.js";
import { Panel } from "./panel.js";

const EPOCH = 700; // milliseconds that Play takes for one
const GLIDE = 130; // milliseconds from one look at a running training to the next

function render({ model, el }) {
  const [classes, names, colors] = [uint8(model.get("_classes")), model.get("_names"), model.get("_colors")];
  const normal = normals(0);
  const eps = Float32Array.from({ length: 2 * classes.length }, normal); // the same noise in every picture
  const read = reader(model);

  let runs = model.get("_runs"); // [{title, extent, curves, numbers: [{name: text}, one for each epoch]}]
  let moment = model.get("epoch"); // what is shown; between two epochs while it plays or is dragged
  let followed = moment; // the newest epoch that Python has shown: whoever is there goes along
  let live = {}; // the training that goes on now: {run, epoch, extent}; in a saved page none does
  let glide = null; // from the last look at it to this one: {from, to: {gaussians, home}, began}

  const lastOf = (run) => Math.max(0, run.numbers.length - 1);
  const last = () => Math.max(...runs.map(lastOf));
  const isLive = (index) => index === live.run && moment >= lastOf(runs[index]) && glide !== null;

  const redraw = oncePerFrame(drawSpaces);
  const redrawAll = oncePerFrame(drawAll); // what Python sends comes as several changes at once
  const zoom = new Zoom(() => {
    zooming.draw();
    redraw();
  });
  const zooming = zoomButtons(zoom);
  const panels = runs.map((run) => new Panel(run.title, { classes, names, colors }, zoom, scrub, () => go(moment)));
  const columns = runs.length === 4 ? 2 : Math.min(runs.length, 3);

  const scrubber = slider("Epoch", { min: 0, max: 1, step: 1, say: sayEpoch, oninput: go });
  const play = player({
    start: () => moment >= last() && go(0),
    tick: (milliseconds) => {
      elapsed += milliseconds;
      if (!lessMotion()) show(Math.min(last(), moment + milliseconds / EPOCH));
      else if (elapsed > EPOCH) show(Math.min(last(), moment + 1));
      if (elapsed > EPOCH) elapsed = 0;
      return moment < last();
    },
  });
  let elapsed = 0; // since the last whole step
  const liveText = element("p", { class: "vaelab-live", role: "status" });
  const draws = checkbox("show draws z from q(z|x), not the means \u03bc", drawSpaces);
  const sameAxes = checkbox("same axes for all", drawAll);
  const ellipses = slider("2\u03c3 ellipses", {
    min: 0,
    max: 5,
    step: 1,
    say: (n) => (names.length ? `${n} a class` : `${4 * n}`),
    oninput: choose,
  });
  let chosen = []; // the images whose ellipses are drawn

  compose(
    el,
    element("div", { class: "vaelab-controls vaelab-scrub" }, play.node, scrubber.node, liveText),
    legend(names, colors),
    element("div", { class: "vaelab-compared", style: `--columns: ${columns}` }, ...panels.map((panel) => panel.node)),
    element("div", { class: "vaelab-controls vaelab-options" }, draws.node, sameAxes.node, ellipses.node, zooming.node),
    element(
      "p",
      { class: "vaelab-hint" },
      "Each dot is one image. Dashed: the circles of radius 1 and 2 around the prior\u2019s centre. Small pictures: decoded from draws of the " +
        "prior, the same for all. Curves, in nats: held out, and thin in training; drag across them to set the epoch. " +
        "All maps zoom together: pinch, or Ctrl and the wheel; on a map that you have clicked the wheel alone, " +
        "the keys +, \u2212 and 0, and the arrows. Drag to move.",
    ),
  );

  function sayEpoch(epoch) {
    return epoch === 0 ? "before training" : `after epoch ${epoch} of ${last()}`;
  }

  /** The first few images of each class. */
  function choose(each) {
    const left = new Map();
    chosen = [];
    classes.forEach((own, i) => {
      const count = left.get(own) ?? 0;
      if (count < (names.length ? each : 4 * each)) chosen.push(i);
      left.set(own, count + 1);
    });
    redraw();
  }

  /** What a run is at the shown moment: {gaussians (codes, 4): mu1, mu2, sigma1, sigma2; home: its extent}. */
  function stateOf(run, index) {
    if (isLive(index)) return between(glide.from, glide.to, Math.min(1, (performance.now() - glide.began) / GLIDE));
    const at = Math.min(moment, lastOf(run));
    const [before, after] = [Math.floor(at), Math.ceil(at)].map((epoch) => ({
      gaussians: run.numbers.length ? read(`_gaussians_${index}_${epoch}`, float32) : new Float32Array(),
      home: run.extent,
    }));
    return before.gaussians.length ? between(before, after, at % 1) : before;
  }

  /** The means mu, or the draws mu + sigma * eps. */
  function codesOf(gaussians) {
    const noise = draws.input.checked ? 1 : 0;
    const codes = new Float32Array(gaussians.length / 2);
    for (let i = 0; i < codes.length; i++) {
      const at = 4 * (i >> 1) + (i & 1);
      codes[i] = gaussians[at] + noise * gaussians[at + 2] * eps[i];
    }
    return codes;
  }

  function drawSpaces() {
    const states = runs.map(stateOf);
    const shared = squareAround(states.map((state) => state.home));
    states.forEach(({ gaussians, home }, index) => {
      const codes = codesOf(gaussians);
      panels[index].drawSpace({ codes, gaussians, chosen, home: sameAxes.input.checked ? shared : home });
      const newest = isLive(index)
        ? "_live_samples"
        : `_samples_${index}_${Math.round(Math.min(moment, lastOf(runs[index])))}`;
      panels[index].drawSamples(read(newest, uint8), sayEpoch(Math.round(moment)));
    });
    if (glide && performance.now() < glide.began + GLIDE) redraw();
  }

  function drawTexts() {
    const epoch = Math.round(moment);
    scrubber.input.max = last();
    scrubber.input.disabled = play.node.disabled = last() === 0;
    scrubber.show(epoch);
    runs.forEach((run, index) => {
      const remark =
        !run.numbers.length || lastOf(run) >= epoch
          ? ""
          : index === live.run
            ? ""
            : `, ended after epoch ${lastOf(run)}`;
      panels[index].drawNumbers(run.numbers[Math.min(epoch, lastOf(run))], sayEpoch(epoch), remark);
    });
    const told = live.run === undefined ? "" : `live: ${runs[live.run].title}, epoch ${live.epoch}`;
    if (liveText.textContent !== told) liveText.textContent = told;
  }

  function drawCurves() {
    const tops = runs.map((run) => {
      const values = Object.values(run.curves).flatMap((terms) => Object.values(terms).flat());
      return 1.25 * Math.max(0, ...values) || 1;
    });
    runs.forEach((run, index) => {
      panels[index].curves.draw(run.curves, last(), sameAxes.input.checked ? Math.max(...tops) : tops[index]);
      panels[index].curves.point(moment);
    });
  }

  function drawAll() {
    drawSpaces();
    drawTexts();
    drawCurves();
  }

  /** Shows a moment, a real number of epochs; Python is told of whole ones. */
  function show(next) {
    const before = Math.round(moment);
    moment = next;
    const epoch = Math.round(moment);
    if (epoch !== model.get("epoch")) {
      own = true;
      model.set("epoch", epoch);
      own = false;
      model.save_changes();
    }
    drawSpaces();
    panels.forEach((panel) => panel.curves.point(moment));
    if (epoch !== before || Number(scrubber.input.value) !== epoch) drawTexts();
  }
  let own = false; // whether a change of the epoch is this page's

  function go(epoch) {
    show(Math.round(epoch));
  }

  function scrub(at) {
    const held = Math.min(last(), Math.max(0, at));
    show(lessMotion() ? Math.round(held) : held);
  }

  /** Python has set the epoch: as someone has asked for, or because a training has got there. */
  function epochCame() {
    if (own) return;
    runs = model.get("_runs"); // which may be new too
    const epoch = model.get("epoch");
    const movedBack = live.run !== undefined && Math.round(moment) !== followed;
    followed = epoch;
    if (movedBack) show(Math.min(moment, last()));
    else moment = epoch;
    redrawAll();
  }

  function runsCame() {
    runs = model.get("_runs");
    redrawAll();
  }

  function liveCame() {
    [live, runs] = [model.get("_live"), model.get("_runs")];
    if (live.run === undefined) glide = null;
    redrawAll();
  }

  /** Another look at the training that goes on. */
  function lookCame() {
    const gaussians = read("_live_gaussians", float32);
    live = model.get("_live");
    if (!gaussians.length || live.run === undefined) return;
    const to = { gaussians, home: live.extent };
    const from = isLive(live.run) && !lessMotion() && stateOf(runs[live.run], live.run);
    glide = { from: from && from.gaussians.length === gaussians.length ? from : to, to, began: performance.now() };
    redrawAll();
  }

  ellipses.show(1);
  choose(1);
  const deaf = listen(model, {
    "change:epoch": epochCame,
    "change:_runs": runsCame,
    "change:_live": liveCame,
    "change:_live_gaussians": lookCame,
  });
  const stop = whenLookChanges(panels[0].under.canvas, drawAll);
  return () => {
    deaf();
    play.pause();
    redraw.cancel();
    redrawAll.cancel();
    stop();
  };
}

/** Reads Bytes traits, each once: a function of the trait's name and of what to make of it. Nothing where there is none. */
function reader(model) {
  const known = new Map();
  return (name, make) => {
    const view = model.get(name);
    if (known.get(name)?.view !== view) known.set(name, { view, numbers: make(view) });
    return known.get(name)?.numbers ?? new Float32Array();
  };
}

/** The state a share of the way from one to another of equally many codes. */
function between(from, to, share) {
  if (share === 0 || from === to || from.gaussians.length !== to.gaussians.length) return share === 0 ? from : to;
  const mix = (a, b) => a.map((value, i) => value + share * (b[i] - value));
  return { gaussians: mix(from.gaussians, to.gaussians), home: mix(from.home, to.home) };
}

export default { render };
