// Small images with words below them.

import { element, paint } from "../shared/elements.js";
import { format } from "../shared/numbers.js";

/** A picture of side x side pixels and its caption: {node, show(pixels)}. */
export function picture(side, caption) {
  const canvas = element("canvas", {
    class: "vaelab-thumb",
    width: side,
    height: side,
    role: "img",
    "aria-label": caption,
  });
  const node = element("figure", { class: "vaelab-picture" }, canvas, element("figcaption", {}, caption));
  return { node, show: (pixels) => paint(canvas, pixels) };
}

/** "name = (a, b)" of a point with two coordinates. */
export function pointText(name, point) {
  return `${name} = (${format(point[0])}, ${format(point[1])})`;
}

/** What an encoder gave, in pieces that don't break across lines: of a Gaussian mu and sigma, else the point. */
export function codeTexts({ mu, sigma }) {
  const texts = sigma ? [`${pointText("\u03bc", mu)}, `, pointText("\u03c3", sigma)] : [pointText("z", mu)];
  return texts.map((text) => element("span", { class: "vaelab-piece" }, text));
}
