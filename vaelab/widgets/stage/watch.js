// What changes on a page while it is presented: outputs come, answers open, images arrive, the window gets another size.

import { oncePerFrame } from "../shared/elements.js";

/**
 * @import { Page, PieceOfPage } from "./pieces.js"
 */

export class Watch {
  /**
   * @param {Page} page
   * @param {object} call
   * @param {() => void} call.changed something has another height than it was measured with
   * @param {() => void} call.resized nothing has the height that it was measured with
   */
  constructor(page, { changed, resized }) {
    this.page = page;
    /** @type {WeakMap<Element, number>} of each piece, at the type's full size */
    this.heights = new WeakMap();
    /** @type {WeakMap<Element, number>} of those that have been shown, as they were shown last */
    this.shown = new WeakMap();
    this.soon = oncePerFrame(changed);
    this.changes = new MutationObserver((all) => this.look(all.map(({ target }) => target)));
    this.sizes = new ResizeObserver((all) => this.look(all.map(({ target }) => target)));
    this.loaded = (/** @type {Event} */ { target }) => {
      if (target instanceof Node) this.look([target]);
    };
    this.resized = () => {
      this.heights = new WeakMap();
      resized();
    };
  }

  start() {
    const { root } = this.page;
    this.changes.observe(root, { childList: true, subtree: true, characterData: true });
    for (const event of ["load", "toggle"]) root.addEventListener(event, this.loaded, true);
    window.addEventListener("resize", this.resized);
    document.fonts.ready.then(this.resized);
  }

  stop() {
    this.changes.disconnect();
    this.sizes.disconnect();
    this.soon.cancel();
    for (const event of ["load", "toggle"]) this.page.root.removeEventListener(event, this.loaded, true);
    window.removeEventListener("resize", this.resized);
  }

  /**
   * Minds the sizes of what is shown now.
   * @param {PieceOfPage[]} pieces
   */
  follow(pieces) {
    this.sizes.disconnect();
    for (const { node } of pieces) this.sizes.observe(node);
  }

  /**
   * Forgets what was measured of pieces that have changed. What goes on inside a widget is its own affair.
   * @param {Node[]} nodes
   */
  look(nodes) {
    let heard = false;
    for (const node of nodes) {
      const element = node instanceof Element ? node : node.parentElement;
      const piece = element?.closest("[data-stage-piece]");
      if (!element || (piece !== element && element.closest(this.page.widgets))) continue;
      if (piece && piece === node && this.isAsShown(piece)) continue;
      if (piece) this.heights.delete(piece);
      heard = true;
    }
    if (heard) this.soon();
  }

  /**
   * Whether a piece has the size that it had when it was shown last: the first that one hears of a size is no news.
   * @param {Element} piece
   */
  isAsShown(piece) {
    const { height } = piece.getBoundingClientRect();
    const known = this.shown.get(piece);
    this.shown.set(piece, height);
    return known === undefined || Math.abs(known - height) < 1;
  }
}
