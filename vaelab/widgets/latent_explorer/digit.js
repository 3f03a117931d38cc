// A digit drawn by hand: where the encoder puts it, and what the decoder makes of that.

import { drawingPad } from "./drawing_pad.js";
import { button, element } from "../shared/elements.js";
import { anySeed, normals } from "../shared/random.js";
import { codeTexts, picture } from "./pictures.js";

/** A tool {node, marks(m), refresh()}. spaces(): the models. move(z): goes there. changed(): draw the marks. */
export function digitTool({ spaces, side, move, changed }) {
  const normal = normals(anySeed());
  const pad = drawingPad({ side, onchange: update });
  const seen = picture(side, "what the encoder sees");
  const rows = spaces().map(({ title, encode, hasPrior }, m) => {
    const reconstruction = picture(side, title || "reconstruction");
    const numbers = element("div", { class: "vaelab-numbers" });
    const go = button(hasPrior ? "Draw z from q(z|x)" : "Go to its code z", () => move(draw(posteriors[m])));
    const words = encode ? [reconstruction.node, numbers, go] : [element("p", { class: "vaelab-hint" }, NO_ENCODER)];
    return { reconstruction, numbers, go, node: element("div", { class: "vaelab-drawn-in" }, ...words) };
  });
  const any = spaces().some(({ encode }) => encode);
  const node = element(
    "details",
    { class: "vaelab-tool", ontoggle: changed },
    element("summary", {}, "Draw a digit"),
    any
      ? element("div", { class: "vaelab-row" }, pad.node, seen.node, ...rows.map((row) => row.node))
      : element("p", {}, NO_ENCODER),
  );
  let posteriors = [];

  function update() {
    refresh();
    changed();
  }

  function refresh() {
    const pixels = pad.empty() ? null : pad.pixels();
    posteriors = spaces().map(({ encode }) => (pixels && encode ? encode(pixels) : null));
    seen.show(pixels ?? new Float32Array(side ** 2));
    spaces().forEach(({ decode }, m) => {
      const { reconstruction, numbers, go } = rows[m];
      const q = posteriors[m];
      reconstruction.show(q ? decode(q.mu) : new Float32Array(side ** 2));
      numbers.replaceChildren(...(q ? codeTexts(q) : []));
      go.disabled = !q;
    });
  }

  /** z = mu + sigma * eps; of an encoder that gives a point, that point. */
  function draw({ mu, sigma }) {
    return Array.from(mu, (value, axis) => value + (sigma ? sigma[axis] * normal() : 0));
  }

  refresh();
  const marks = (m) => (node.open && posteriors[m] ? [{ name: "drawn", dash: [6, 4], ...posteriors[m] }] : []);
  return { node, refresh: () => pad.empty() || refresh(), marks };
}

const NO_ENCODER =
  "Not available: the page can compute an encoder only if it is an nn.Sequential of Linear layers with a ReLU between each two.";
