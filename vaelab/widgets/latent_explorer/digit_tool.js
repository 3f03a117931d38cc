// A digit drawn by hand: where the encoder puts it, and what the decoder makes of that.

import { button, element } from "../shared/elements.js";
import { anySeed, normals } from "../shared/random.js";
import { DrawingPad } from "./drawing_pad.js";
import { picture } from "./picture.js";
import { drawFrom } from "./spaces.js";
import { codeTexts } from "./words.js";

/**
 * @import { Point } from "../shared/axes.js"
 * @import { Mark } from "./marks.js"
 * @import { Posterior, Space } from "./spaces.js"
 * @import { State } from "./state.js"
 */

const NO_ENCODER =
  "Not available: the page can compute an encoder only if it is an nn.Sequential of Linear layers with a ReLU between each two.";

/** A tool: its `node` is folded away at first. */
export class DigitTool {
  /**
   * @param {State} state
   * @param {() => void} changed its marks on the maps are others
   * @param {(z: Point) => void} go moves z
   */
  constructor(state, changed, go) {
    this.state = state;
    this.changed = changed;
    /** @type {(Posterior | null)[]} */
    this.posteriors = []; // of the drawing, by each model
    this.pad = new DrawingPad({ side: state.side, onchange: () => this.update() });
    this.seen = picture(state.side, "what the encoder sees");
    const normal = normals(anySeed());
    this.rows = state.spaces.map((space, m) =>
      rowOf(space, state.side, () => {
        const q = this.posteriors[m];
        if (q) go(drawFrom(q, normal));
      }),
    );
    const any = state.spaces.some(({ encode }) => encode);
    this.node = element(
      "details",
      { class: "vaelab-tool", ontoggle: changed },
      element("summary", {}, "Draw a digit"),
      any
        ? element("div", { class: "vaelab-row" }, this.pad.node, this.seen.node, ...this.rows.map(({ node }) => node))
        : element("p", {}, NO_ENCODER),
    );
    this.encode();
  }

  /** The drawing is another. */
  update() {
    this.encode();
    this.changed();
  }

  /** The weights are others. */
  refresh() {
    if (!this.pad.isEmpty) this.encode();
  }

  /** What the models make of the drawing. */
  encode() {
    const { side, spaces } = this.state;
    const black = new Float32Array(side ** 2);
    const pixels = this.pad.isEmpty ? null : this.pad.pixels();
    this.posteriors = spaces.map(({ encode }) => (pixels && encode ? encode(pixels) : null));
    this.seen.show(pixels ?? black);
    spaces.forEach(({ decode }, m) => {
      const { reconstruction, numbers, go } = this.rows[m];
      const q = this.posteriors[m];
      reconstruction.show(q ? decode(q.mu) : black);
      numbers.replaceChildren(...(q ? codeTexts(q) : []));
      go.disabled = !q;
    });
  }

  /**
   * @param {number} m the model on whose map they are
   * @returns {Mark[]}
   */
  marks(m) {
    const q = this.posteriors[m];
    return this.node.open && q ? [{ name: "drawn", dash: [6, 4], ...q }] : [];
  }
}

/**
 * What one model makes of the drawing.
 * @param {Space} space
 * @param {number} side
 * @param {() => void} onclick moves z there
 */
function rowOf({ title, encode, hasPrior }, side, onclick) {
  const reconstruction = picture(side, title || "reconstruction");
  const numbers = element("div", { class: "vaelab-numbers" });
  const go = button(hasPrior ? "Draw z from q(z|x)" : "Go to its code z", onclick);
  const words = encode ? [reconstruction.node, numbers, go] : [element("p", { class: "vaelab-hint" }, NO_ENCODER)];
  return { reconstruction, numbers, go, node: element("div", { class: "vaelab-drawn-in" }, ...words) };
}
