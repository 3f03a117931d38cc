// LatentExplorer: a point to move over the codes of a data set, and the image that it decodes to.

import { button, compose, element, format, legend, listen, oncePerFrame, paint, whenLookChanges } from "./shared/elements.js";
import { decoder, float32, uint8 } from "./shared/network.js";
import { Plane } from "./shared/plane.js";
import { onDrag, onKeys } from "./shared/pointer.js";
import { anySeed, normals } from "./shared/random.js";

function render({ model, el }) {
  const decode = decoder(float32(model.get("_weights")), model.get("_widths"));
  const codes = float32(model.get("_codes"));
  const classes = uint8(model.get("_classes"));
  const names = model.get("_names");
  const side = model.get("_side");
  const extent = model.get("_extent");

  const plane = new Plane(extent);
  const marker = element("div", { class: "vaelab-marker" });
  const pad = element(
    "div",
    {
      class: "vaelab-pad",
      tabindex: "0",
      role: "slider",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": "Point z in the latent space. Arrow keys move it, with Shift in fine steps; Home goes to the origin.",
      "aria-valuemin": extent[0],
      "aria-valuemax": extent[1],
    },
    plane.canvas,
    marker,
  );
  const image = element("canvas", { class: "vaelab-image", width: side, height: side, role: "img" });
  const where = element("div", { class: "vaelab-numbers" });
  const near = element("div", { class: "vaelab-numbers" });
  compose(
    el,
    element(
      "div",
      { class: "vaelab-row" },
      element("div", { class: "vaelab-map" }, pad, legend(names, model.get("_colors"))),
      element(
        "div",
        { class: "vaelab-side" },
        image,
        where,
        near,
        button(model.get("_has_prior") ? "Sample from the prior" : "Draw z from N(0, I)", sample),
        element("p", { class: "vaelab-hint" }, "Drag the point, or focus the map and use the arrow keys (Shift: fine, Home: origin)."),
      ),
    ),
  );

  function drawMap() {
    if (!plane.clear()) return;
    plane.axes();
    plane.within(() => {
      plane.dots(codes, classes, model.get("_colors"));
      if (model.get("_has_prior")) plane.prior();
      plane.names(codes, classes, names);
    });
    drawPoint();
  }

  function drawPoint() {
    const z = model.get("value");
    paint(image, decode(z));
    const held = plane.hold(z); // Python may set a point that lies outside the map
    const [x, y] = plane.place(held);
    marker.style.transform = `translate(${x}px, ${y}px)`;
    const at = `z = (${format(z[0])}, ${format(z[1])})`;
    where.textContent = at;
    near.textContent = nearest(z);
    image.setAttribute("aria-label", `The image decoded at ${at}. ${near.textContent}`);
    pad.setAttribute("aria-valuenow", held[0]);
    pad.setAttribute("aria-valuetext", `${at}. ${near.textContent}`);
  }

  /** What the nearest code is, and how far. */
  function nearest([z1, z2]) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < classes.length; i++) {
      const square = (codes[2 * i] - z1) ** 2 + (codes[2 * i + 1] - z2) ** 2;
      if (square < least) [least, best] = [square, i];
    }
    if (best < 0) return "";
    const name = names.length ? `: ${names[classes[best]]}` : "";
    return `nearest code ${format(Math.sqrt(least))} away${name}`;
  }

  const tell = oncePerFrame(() => model.save_changes());
  /** The picture follows at once; Python is told once a frame at most. */
  function move(z) {
    model.set("value", z);
    tell();
  }

  function sample() {
    const normal = normals(anySeed());
    move([normal(), normal()]);
  }

  onDrag(pad, plane, move);
  const step = (extent[1] - extent[0]) / 100;
  onKeys(pad, (arrow) => move(plane.hold(model.get("value").map((value, axis) => value + step * arrow[axis]))), {
    Home: () => move([0, 0]),
  });

  const deaf = listen(model, { "change:value": drawPoint });
  const stop = whenLookChanges(plane.canvas, drawMap);
  return () => {
    deaf();
    tell.cancel();
    stop();
  };
}

export default { render };
