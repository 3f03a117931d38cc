// Check boxes: what the maps show, and over which axes.

import { checkbox } from "../shared/elements.js";
import { squareAround } from "../shared/plane.js";

/**
 * @import { Extent } from "../shared/axes.js"
 * @import { Shows } from "./latent_map.js"
 * @import { State } from "./state.js"
 */

/** Those that make sense: without codes there are none to hide, and one map has no axes to share. */
export class Switches {
  /**
   * @param {State} state
   * @param {() => void} changed
   */
  constructor(state, changed) {
    this.state = state;
    this.codes = checkbox("codes", changed);
    this.backdrop = checkbox("decoded backdrop", changed);
    this.sameAxes = checkbox("same axes", changed);
    this.codes.input.checked = true;
    const boxes = [
      ...(state.classes.length ? [this.codes] : []),
      this.backdrop,
      ...(state.spaces.length > 1 ? [this.sameAxes] : []),
    ];
    this.nodes = boxes.map(({ node }) => node);
  }

  /**
   * What the maps are to show.
   * @returns {Shows}
   */
  get shows() {
    return { codes: this.codes.input.checked, backdrop: this.backdrop.input.checked };
  }

  /**
   * The extent of each model's map.
   * @returns {Extent[]}
   */
  get extents() {
    const own = this.state.spaces.map(({ extent }) => extent);
    return this.sameAxes.input.checked ? own.map(() => squareAround(own)) : own;
  }
}
