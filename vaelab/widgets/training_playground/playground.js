// TrainingPlayground: three VAEs that learn in the page, by the KL, by the reconstruction, and by both.

import { compare } from "../loss_comparison/compare.js";
import { button, compose, element } from "../shared/elements.js";
import { inflated } from "../shared/page.js";
import { Recorder } from "./recorder.js";
import { Settings } from "./settings.js";
import { Trainer } from "./trainer.js";
import { Walk } from "./walk.js";
import { whenSeen } from "./watch.js";

/** @import { WidgetModel } from "../shared/elements.js" */

/**
 * @param {{model: WidgetModel, el: HTMLElement}} page
 * @returns {() => void} what ends it
 */
export function train({ model, el }) {
  const of = (/** @type {string} */ name) => model.get(name);
  const data = { _classes: of("_classes"), _names: of("_names"), _colors: of("_colors") };
  /** @type {string[]} */
  const titles = of("_titles");
  const weights = [
    () => ({ reconstruction: 0, kl: 1 }), // the KL only
    () => ({ reconstruction: 1, kl: 0 }), // the reconstruction only
    () => settings.weights,
  ];
  const plans = titles.map((title, run) => ({ title, weights: weights[run] }));
  const recorder = new Recorder(titles, data);
  const settings = new Settings(model, () => draw());
  const trainer = new Trainer(plans, { code: of("_worker"), settings, recorder, changed: () => draw() });
  const go = button("Train", () => trainer.press(), { class: "vaelab-training-go" });
  const reset = button("Reset", () => trainer.reset(), { "aria-label": "Reset the trainings" });
  const status = element("p", { class: "vaelab-live", role: "status" });
  const compared = element("div");
  /** @type {Walk | null} */
  let walk = null;

  function draw() {
    const { isOpen, packed, problem, wanted } = trainer;
    go.textContent = wanted ? "Pause training" : isOpen ? "Go on" : "Train";
    go.disabled = reset.disabled = packed === null; // so that what was wrong stays to be read
    settings.fix(isOpen);
    const said = problem || (trainer.isOver ? "All three are trained: walk through them below." : "");
    if (status.textContent !== said) status.textContent = said; // a change is read out
    walk?.offer(wanted ? [] : trainer.learned.filter((one) => one !== null));
  }

  compose(
    el,
    element(
      "div",
      { class: "vaelab-training" },
      element("div", { class: "vaelab-controls" }, go, reset, status),
      settings.node,
    ),
    compared,
  );
  const away = compare({ model: recorder.model, el: compared });
  const blind = whenSeen(el, (seen) => trainer.see(seen));
  draw();

  const { white, training, pixels, hidden, side } = of("_network");
  inflated(of("_images")).then(
    (levels) => {
      /** @type {[number[], number[]]} */
      const widths = [
        [pixels, ...hidden, 4],
        [2, ...[...hidden].reverse(), pixels],
      ];
      const greys = levels.subarray(training * pixels).map((level) => Math.round((255 * level) / white));
      walk = new Walk({ greys, side, classes: data._classes, names: data._names, colors: data._colors }, widths);
      el.append(walk.node);
      trainer.packed = { levels, white, training, pixels, hidden };
      draw();
    },
    () =>
      trainer.fail(
        "This browser can't unpack the images (it has no DecompressionStream), so nothing is trained: open the page in a newer one.",
      ),
  );
  return () => {
    blind();
    settings.deaf();
    trainer.stop();
    walk?.close();
    away();
  };
}
