// LatentExplorer: a point to move over the codes of a data set, and the image that it decodes to.

import {
  button,
  checkbox,
  compose,
  element,
  legend,
  listen,
  oncePerFrame,
  paint,
  whenLookChanges,
} from "../shared/elements.js";
import { uint8 } from "../shared/network.js";
import { format } from "../shared/numbers.js";
import { squareAround } from "../shared/plane.js";
import { anySeed, normals } from "../shared/random.js";
import { chosenImage } from "./chosen.js";
import { digitTool } from "./digit.js";
import { LatentMap } from "./map.js";
import { pathTool } from "./path.js";
import { pointText } from "./pictures.js";
import { logPrior, nearestCode, spacesOf } from "./spaces.js";

function render({ model, el }) {
  const side = model.get("_side");
  const look = { classes: uint8(model.get("_classes")), names: model.get("_names"), colors: model.get("_colors") };
  let spaces = spacesOf(model);

  const at = () => model.get("value");
  const tell = oncePerFrame(() => model.save_changes());
  /** The picture follows at once; Python is told once a frame at most. */
  function move(z) {
    model.set("value", z);
    tell();
  }

  /** The same from anywhere but the path, which then plays no further. */
  function go(z) {
    path.stop();
    move(z);
  }

  const views = spaces.map((space, m) => {
    const map = new LatentMap(space, { side, look, at, move: go, choose: (index) => choose(m, index) });
    const image = element("canvas", { class: "vaelab-image", width: side, height: side, role: "img" });
    const near = element("div", { class: "vaelab-numbers" });
    return { map, image, near };
  });
  const titled = (m, ...children) =>
    spaces[m].title
      ? element("figure", {}, element("figcaption", {}, spaces[m].title), ...children)
      : element("div", {}, ...children);

  const drawMarks = () => views.forEach(({ map }, m) => map.drawMarks(marks(m)));
  const shared = { spaces: () => spaces, side, changed: drawMarks };
  const label = (index) => look.names[look.classes[index]] ?? "";
  const chosen = chosenImage({ ...shared, images: uint8(model.get("_images")), label });
  const path = pathTool({ ...shared, at, move });
  const digit = digitTool({ ...shared, move: go });
  const tools = [chosen, path, digit];
  const marks = (m) => tools.flatMap((tool) => tool.marks(m));

  const showCodes = checkbox("codes", redraw);
  const showBackdrop = checkbox("decoded backdrop", redraw);
  const sameAxes = checkbox("same axes", redraw);
  showCodes.input.checked = true;
  const boxes = [...(look.classes.length ? [showCodes] : []), showBackdrop, ...(spaces.length > 1 ? [sameAxes] : [])];

  const where = element("div", { class: "vaelab-numbers" });
  const density = element("div", { class: "vaelab-numbers" });
  const status = element("div", { class: "vaelab-live", role: "status" });
  const anyPrior = spaces.some(({ hasPrior }) => hasPrior);
  compose(
    el,
    element(
      "div",
      { class: "vaelab-row" },
      element(
        "div",
        { class: `vaelab-maps ${spaces.length > 1 ? "vaelab-two" : ""}` },
        element("div", { class: "vaelab-row" }, ...views.map(({ map }, m) => titled(m, map.pad))),
        legend(look.names, look.colors),
      ),
      element(
        "div",
        { class: "vaelab-side" },
        element("div", { class: "vaelab-images" }, ...views.map(({ image }, m) => titled(m, image))),
        where,
        density,
        ...views.map(({ near }) => near),
        button(anyPrior ? "Sample from the prior" : "Draw z from N(0, I)", sample),
        status,
        chosen.node,
      ),
    ),
    element("div", { class: "vaelab-tools" }, ...boxes.map((box) => box.node), path.node, digit.node),
    element(
      "p",
      { class: "vaelab-hint" },
      "Drag the point, or focus the map and use the arrow keys (Shift: fine, Home: origin). Click a dot, or press Enter, for the image behind it; Escape lets it go.",
    ),
  );

  /** Selects an image by its code on one of the maps, and goes there. */
  function choose(m, index) {
    chosen.set(index);
    go(Array.from(spaces[m].codes.subarray(2 * index, 2 * index + 2)));
  }

  function sample() {
    const normal = normals(anySeed());
    go([normal(), normal()]);
  }

  /** What z is and decodes to: all that changes in a drag. */
  function drawPoint() {
    const z = at();
    const here = pointText("z", z);
    where.textContent = here;
    density.textContent = anyPrior ? priorText(z) : "";
    views.forEach(({ map, image, near }, m) => {
      const { title, codes, decode } = spaces[m];
      paint(image, decode(z));
      const distance = nearText(nearestCode(codes, z));
      near.textContent = title && distance ? `${title}: ${distance}` : distance;
      const told = `${here}. ${distance}`;
      image.setAttribute("aria-label", `The image decoded at ${told}${title && ` (${title})`}`);
      map.place(z, told);
    });
  }

  function priorText(z) {
    const whose = spaces.every(({ hasPrior }) => hasPrior) ? "" : `${spaces.find(({ hasPrior }) => hasPrior).title}: `;
    const p = Math.exp(logPrior(z));
    return `${whose}log p(z) = ${format(logPrior(z))} nats, p(z) ${p < 1e-4 ? "< 0.0001" : `= ${format(p, 4)}`}`;
  }

  function nearText({ index, distance }) {
    if (index < 0) return "";
    return `nearest code ${format(distance)} away${look.names.length ? `: ${label(index)}` : ""}`;
  }

  function drawMap(m) {
    views[m].map.draw(marks(m));
    drawPoint();
  }

  /** Everything, as the check boxes want it. */
  function redraw() {
    const union = sameAxes.input.checked && squareAround(spaces.map(({ extent }) => extent));
    views.forEach(({ map }, m) => {
      map.show({ codes: showCodes.input.checked, backdrop: showBackdrop.input.checked });
      map.follow(spaces[m], union || spaces[m].extent, { live: model.get("_status") !== "" });
      map.draw(marks(m));
    });
    drawPoint();
  }

  function tellStatus() {
    if (status.textContent !== model.get("_status")) status.textContent = model.get("_status");
  }

  /** A training has changed the weights or the codes. */
  const refresh = afterAll(() => {
    spaces = spacesOf(model);
    for (const tool of tools) tool.refresh();
    redraw();
    tellStatus();
  });
  const changes = ["_models", "_weights", "_encoders", "_codes", "_status"].map((name) => [`change:${name}`, refresh]);

  const unselect = (event) => {
    if (event.key !== "Escape") return;
    path.stop();
    if (!chosen.isSet()) return;
    event.stopPropagation();
    chosen.set(-1);
  };
  el.addEventListener("keydown", unselect);
  const deaf = listen(model, { "change:value": drawPoint, ...Object.fromEntries(changes) });
  const stops = views.map(({ map }, m) => whenLookChanges(map.pad, () => drawMap(m)));
  tellStatus();
  drawPoint();
  return () => {
    deaf();
    el.removeEventListener("keydown", unselect);
    path.stop();
    tell.cancel();
    for (const stop of stops) stop();
    for (const { map } of views) map.stop();
  };
}

/** A function that calls `draw` when the present task is done, however many changes that makes. */
function afterAll(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      draw();
    });
  };
}

export default { render };
