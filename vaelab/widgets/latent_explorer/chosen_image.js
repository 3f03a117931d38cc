// The image behind a code: the original beside what the decoder makes of its code, and its q(z|x) on the map.

import { button, element } from "../shared/elements.js";
import { picture } from "./picture.js";
import { codeTexts } from "./words.js";

/**
 * @import { Mark } from "./marks.js"
 * @import { Posterior, Space } from "./spaces.js"
 * @import { State } from "./state.js"
 */

/** A tool: its `node` is seen while an image is selected. */
export class ChosenImage {
  /**
   * @param {State} state
   * @param {() => void} changed its marks on the maps are others
   */
  constructor(state, changed) {
    this.state = state;
    this.changed = changed;
    this.index = -1; // of the image; -1 while none is selected
    /** @type {(Posterior | null)[]} */
    this.posteriors = []; // by each model
    this.original = picture(state.side, "original");
    this.reconstructions = state.spaces.map(({ title }) => picture(state.side, title || "reconstruction"));
    this.title = element("span", {});
    this.numbers = element("div", { class: "vaelab-numbers" });
    const close = { "aria-label": "Unselect", title: "Unselect (Escape)" };
    this.node = element(
      "div",
      { class: "vaelab-chosen", role: "group", "aria-label": "Selected image", hidden: "" },
      element(
        "div",
        { class: "vaelab-heading" },
        this.title,
        button("\u00d7", () => this.set(-1), close),
      ),
      element("div", { class: "vaelab-pictures" }, this.original.node, ...this.reconstructions.map(({ node }) => node)),
      this.numbers,
    );
  }

  get isSet() {
    return this.index >= 0;
  }

  /**
   * Selects the image with this index; -1 selects none.
   * @param {number} index
   */
  set(index) {
    this.index = index;
    this.refresh();
    this.changed();
  }

  refresh() {
    const { index, state } = this;
    this.node.hidden = !this.isSet;
    this.posteriors = [];
    if (!this.isSet) return;
    const pixels = state.pixels(index);
    this.posteriors = state.spaces.map((space) => posteriorOf(space, index, pixels));
    this.original.show(pixels);
    const label = state.label(index);
    this.title.textContent = `Image ${index}${label && `: ${label}`}`;
    this.numbers.replaceChildren();
    this.posteriors.forEach((q, m) => {
      const { title, decode } = state.spaces[m];
      if (q) this.reconstructions[m].show(decode(q.mu));
      this.numbers.append(element("div", {}, ...(title ? [`${title}: `] : []), ...(q ? codeTexts(q) : [])));
    });
  }

  /**
   * @param {number} m the model on whose map they are
   * @returns {Mark[]}
   */
  marks(m) {
    const q = this.posteriors[m];
    return q ? [{ name: q.sigma ? "q(z|x)" : "z", ...q }] : [];
  }
}

/**
 * What a model's encoder gives of an image. Of an encoder that the page can't compute its code alone; nothing while a
 * training runs, where of most images not even that is known.
 * @param {Space} space
 * @param {number} index
 * @param {Float32Array} pixels
 * @returns {Posterior | null}
 */
function posteriorOf({ codes, encode }, index, pixels) {
  const code = codes.subarray(2 * index, 2 * index + 2); // while a training runs, of the first images only
  const encoded = encode?.(pixels);
  const mu = code.length ? code : encoded?.mu;
  return mu ? { mu, sigma: encoded?.sigma ?? null } : null;
}
