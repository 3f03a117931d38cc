// LatentExplorer: a point to move over the codes of a data set, and the image that it decodes to.

function render({ model, el }) {
  const decode = decoder(float32(model.get("_weights")), model.get("_widths"));
  const codes = float32(model.get("_codes"));
  const classes = new Uint8Array(float32(model.get("_classes")));
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
  el.classList.add("vaelab");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab would take the arrow keys for itself
  el.replaceChildren(
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
        element("button", { type: "button", onclick: sample }, model.get("_has_prior") ? "Sample from the prior" : "Draw z from N(0, I)"),
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
    const held = within(z); // Python may set a point that lies outside the map
    const [x, y] = plane.place(held);
    marker.style.transform = `translate(${x}px, ${y}px)`;
    const at = `z = (${format(z[0])}, ${format(z[1])})`;
    where.textContent = at;
    near.textContent = nearest(z);
    image.setAttribute("aria-label", `The image decoded at ${at}. ${near.textContent}`);
    pad.setAttribute("aria-valuenow", held[0]);
    pad.setAttribute("aria-valuetext", `${at}. ${near.textContent}`);
  }

  /** The point of the map that is nearest to z. */
  function within(z) {
    return z.map((value, axis) => Math.min(extent[2 * axis + 1], Math.max(extent[2 * axis], value)));
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

  let pending = 0;
  /** The picture follows at once; Python is told once a frame at most. */
  function move(z) {
    model.set("value", z);
    pending ||= requestAnimationFrame(() => {
      pending = 0;
      model.save_changes();
    });
  }

  function sample() {
    const normal = normals(Math.floor(Math.random() * 2 ** 31));
    move([normal(), normal()]);
  }

  function follow(event) {
    const box = pad.getBoundingClientRect();
    move(plane.point([event.clientX - box.left, event.clientY - box.top]));
  }

  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return; // not the main one
    pad.setPointerCapture(event.pointerId);
    pad.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (pad.hasPointerCapture(event.pointerId)) follow(event);
  });
  pad.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || (!direction && event.key !== "Home")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!direction) return move([0, 0]);
    const step = (extent[1] - extent[0]) / (event.shiftKey ? 1000 : 100);
    move(within(model.get("value").map((value, axis) => value + step * direction[axis])));
  });

  model.on("change:value", drawPoint);
  const stop = whenLookChanges(plane.canvas, drawMap);
  return () => {
    model.off("change:value", drawPoint);
    cancelAnimationFrame(pending);
    stop();
  };
}

export default { render };
