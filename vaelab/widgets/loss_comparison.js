// LossComparison: the latent spaces of several trainings side by side, at the same epoch.

import { button, checkbox, compose, element, legend, listen, whenLookChanges } from "./shared/elements.js";
import { float32, uint8 } from "./shared/network.js";
import { Plane } from "./shared/plane.js";
import { normals } from "./shared/random.js";

function render({ model, el }) {
  const runs = model.get("_runs"); // [{title, extent, numbers: [{name: text}, one for each epoch]}]
  const gaussians = float32(model.get("_gaussians")); // (runs, epochs + 1, codes, 4): mu1, mu2, sigma1, sigma2
  const classes = uint8(model.get("_classes"));
  const names = model.get("_names");
  const last = model.get("_last");
  const count = classes.length;
  const normal = normals(0);
  const eps = Float32Array.from({ length: 2 * count }, normal); // the same noise in every picture

  const shared = union(runs.map((run) => run.extent));
  const panels = runs.map((run) => {
    const plane = new Plane(run.extent);
    const numbers = element("div", { class: "vaelab-terms" });
    const figure = element(
      "figure",
      { class: "vaelab-panel" },
      element("figcaption", {}, run.title),
      element("div", { class: "vaelab-pad vaelab-still" }, plane.canvas),
      numbers,
    );
    return { run, plane, numbers, figure };
  });

  const scrubber = element("input", {
    type: "range", min: 0, max: last, step: 1, "aria-label": "Epoch", oninput: () => go(Number(scrubber.value)),
  });
  const epochText = element("span", { class: "vaelab-epoch" });
  const playButton = button("Play", togglePlay);
  const samples = checkbox("show draws z from q(z|x), not the means \u03bc", draw);
  const sameAxes = checkbox("same axes for all", draw);

  compose(
    el,
    element("div", { class: "vaelab-controls" }, playButton, scrubber, epochText),
    element("div", { class: "vaelab-row" }, ...panels.map((panel) => panel.figure)),
    legend(names, model.get("_colors")),
    element("div", { class: "vaelab-controls" }, samples.node, sameAxes.node),
    element("p", { class: "vaelab-hint" }, "Dashed: the circles of radius 1 and 2 around the prior's centre. Each dot is one image."),
  );

  /** The points of one run at one epoch: the means mu, or mu + sigma * eps. */
  function points(run, epoch) {
    const start = (run * (last + 1) + epoch) * count * 4;
    const codes = new Float32Array(2 * count);
    const noise = samples.input.checked ? 1 : 0;
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < 2; axis++) {
        const at = start + 4 * i + axis;
        codes[2 * i + axis] = gaussians[at] + noise * gaussians[at + 2] * eps[2 * i + axis];
      }
    }
    return codes;
  }

  function draw() {
    const epoch = model.get("epoch");
    scrubber.value = epoch;
    epochText.textContent = epoch === 0 ? "before training" : `after epoch ${epoch} of ${last}`;
    scrubber.setAttribute("aria-valuetext", epochText.textContent);
    panels.forEach(({ run, plane, numbers }, index) => {
      const terms = Object.entries(run.numbers[epoch]);
      numbers.replaceChildren(...terms.flatMap(([name, text]) => [element("span", {}, name), element("span", {}, text)]));
      const codes = points(index, epoch);
      plane.extent = sameAxes.input.checked ? shared : run.extent;
      if (!plane.clear()) return;
      plane.axes();
      plane.within(() => {
        plane.dots(codes, classes, model.get("_colors"));
        plane.prior();
        plane.names(codes, classes, names);
      });
    });
  }

  function go(epoch) {
    model.set("epoch", epoch);
    model.save_changes();
  }

  let timer = null;
  function togglePlay() {
    if (timer) return pause();
    if (model.get("epoch") >= last) go(0);
    playButton.textContent = "Pause";
    timer = setInterval(() => {
      if (model.get("epoch") < last) go(model.get("epoch") + 1);
      if (model.get("epoch") >= last) pause();
    }, 700);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    playButton.textContent = "Play";
  }

  const deaf = listen(model, { "change:epoch": draw });
  const stop = whenLookChanges(panels[0].plane.canvas, draw);
  return () => {
    deaf();
    pause();
    stop();
  };
}

/** The smallest square that holds squares [low1, high1, low2, high2]. */
function union(extents) {
  const low = (i) => Math.min(...extents.map((extent) => extent[i]));
  const high = (i) => Math.max(...extents.map((extent) => extent[i]));
  const centre = [(low(0) + high(1)) / 2, (low(2) + high(3)) / 2];
  const half = Math.max(high(1) - low(0), high(3) - low(2)) / 2;
  return [centre[0] - half, centre[0] + half, centre[1] - half, centre[1] + half];
}

export default { render };
