// LossComparison: the latent spaces of several trainings side by side, at the same epoch.

import { compose, element, legend, listen, whenLookChanges } from "../shared/elements.js";
import { uint8 } from "../shared/network.js";
import { normals } from "../shared/random.js";
import { Zoom, zoomButtons } from "../shared/zoom.js";
import { Controls } from "./controls.js";
import { Live, tellAll } from "./live.js";
import { Options } from "./options.js";
import { Panel } from "./panel.js";
import { Recording } from "./recording.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

/** @import { WidgetModel } from "../shared/elements.js" */

const HINT =
  "Each dot is one image. Dashed: the circles of radius 1 and 2 around the prior\u2019s centre. Small pictures: decoded from draws of the " +
  "prior, the same for all. Curves, in nats: held out, and thin in training; drag across them to set the epoch. " +
  "All maps zoom together: pinch, or Ctrl and the wheel; on a map that you have clicked the wheel alone, " +
  "the keys +, \u2212 and 0, and the arrows. Drag to move.";

/** @param {{model: WidgetModel, el: HTMLElement}} page */
export function compare({ model, el }) {
  const [classes, names, colors] = [uint8(model.get("_classes")), model.get("_names"), model.get("_colors")];
  const data = { classes, names, colors };
  const eps = Float32Array.from({ length: 2 * classes.length }, normals(0));

  const recording = new Recording(model);
  const timeline = new Timeline(model, recording, () => stage.show());
  const lives = recording.runs.map(() => new Live());
  const zoom = new Zoom(() => {
    zooming.draw();
    stage.redrawSpaces();
  });
  const zooming = zoomButtons(zoom);
  const controls = new Controls(timeline);
  const options = new Options(data, zooming.node, {
    codes: () => stage.drawSpaces(),
    axes: () => stage.drawAll(),
    ellipses: () => stage.redrawSpaces(),
  });
  const panels = recording.runs.map(({ title }) => new Panel(title, data, zoom, timeline));
  const stage = new Stage({ recording, lives, timeline, controls, panels, options, eps });

  const columns = `--columns: ${model.get("_columns")}`;
  compose(
    el,
    controls.node,
    legend(names, colors),
    element("div", { class: "vaelab-compared", style: columns }, ...panels.map(({ node }) => node)),
    options.node,
    element("p", { class: "vaelab-hint vaelab-how" }, HINT),
  );

  const deaf = listen(model, {
    "change:epoch": () => timeline.epochCame(lives.some((live) => live.goesOn)) && stage.redrawAll(),
    "change:_runs": () => stage.redrawAll(),
    "change:_live": () => {
      if (tellAll(lives, recording.told)) stage.redrawAll(); // else only a look follows
    },
    "change:_live_gaussians": () => {
      if (tellAll(lives, recording.told)) stage.redrawAll();
      stage.look();
    },
  });
  const stop = whenLookChanges(panels[0].under.canvas, () => stage.drawAll());
  return () => {
    deaf();
    controls.play.pause();
    stage.cancel();
    stop();
  };
}
