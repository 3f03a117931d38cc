// The image behind a code: the original beside what the decoder makes of its code, and its q(z|x) on the map.

import { button, element } from "../shared/elements.js";
import { codeTexts, picture } from "./pictures.js";

/** A tool {node, marks(m), refresh(), set(index)}. images: uint8, one after the other. label(index): in words. */
export function chosenImage({ spaces, side, images, label, changed }) {
  let index = -1;
  const original = picture(side, "original");
  const reconstructions = spaces().map(({ title }) => picture(side, title || "reconstruction"));
  const title = element("span", {});
  const numbers = element("div", { class: "vaelab-numbers" });
  const node = element(
    "div",
    { class: "vaelab-chosen", role: "group", "aria-label": "Selected image", hidden: "" },
    element(
      "div",
      { class: "vaelab-heading" },
      title,
      button("\u00d7", () => set(-1), { "aria-label": "Unselect", title: "Unselect (Escape)" }),
    ),
    element("div", { class: "vaelab-pictures" }, original.node, ...reconstructions.map((one) => one.node)),
    numbers,
  );
  let posteriors = [];

  /** Selects the image with this index; -1 selects none. */
  function set(wanted) {
    index = wanted;
    refresh();
    changed();
  }

  function refresh() {
    node.hidden = index < 0;
    if (index < 0) return (posteriors = []);
    const pixels = Float32Array.from(images.subarray(index * side ** 2, (index + 1) * side ** 2), (grey) => grey / 255);
    posteriors = spaces().map(({ codes, encode }) => {
      const code = codes.subarray(2 * index, 2 * index + 2); // while a training runs, of the first images only
      const encoded = encode?.(pixels);
      return { mu: code.length ? code : encoded?.mu, sigma: encoded?.sigma ?? null };
    });
    original.show(pixels);
    title.textContent = `Image ${index}${label(index) && `: ${label(index)}`}`;
    spaces().forEach(({ decode }, m) => posteriors[m].mu && reconstructions[m].show(decode(posteriors[m].mu)));
    const named = (m) => (spaces()[m].title ? [`${spaces()[m].title}: `] : []);
    numbers.replaceChildren(
      ...posteriors.map((q, m) => element("div", {}, ...named(m), ...(q.mu ? codeTexts(q) : []))),
    );
  }

  const marks = (m) => (posteriors[m]?.mu ? [{ name: posteriors[m].sigma ? "q(z|x)" : "z", ...posteriors[m] }] : []);
  return { node, refresh, set, marks, isSet: () => index >= 0 };
}
