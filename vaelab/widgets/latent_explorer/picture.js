// A small image with words below it.

import { element, paint } from "../shared/elements.js";

/**
 * A picture of side x side pixels and its caption: {node, show(pixels)}.
 * @param {number} side
 * @param {string} caption
 */
export function picture(side, caption) {
  const canvas = element("canvas", {
    class: "vaelab-thumb",
    width: side,
    height: side,
    role: "img",
    "aria-label": caption,
  });
  const node = element("figure", { class: "vaelab-picture" }, canvas, element("figcaption", {}, caption));
  return { node, show: (/** @type {ArrayLike<number>} */ pixels) => paint(canvas, pixels) };
}
