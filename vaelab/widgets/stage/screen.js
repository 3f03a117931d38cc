// What is on the screen: the page without what is around it, and of the page the pieces of one stop.

/**
 * @import { PieceOfPage } from "./pieces.js"
 */

export const STAGE = "data-stage";
const [WAY, OFF, ROOT, PART, PIECE, HIDDEN] = ["way", "off", "root", "part", "piece", "hidden"].map(
  (name) => `${STAGE}-${name}`,
);
/** What lies over a page at times, and is to be seen on the stage too. */
const OVER = "dialog, [role=dialog], .jp-Dialog, .jp-Completer, .jp-Tooltip, .lm-Menu, script, style, .vaelab-stage";

export class Screen {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<Element, Set<string>>} the attributes that it has set */
    this.marked = new Map();
    this.size = 28; // of the type, in pixels
  }

  /** Fills the window with the root; what is beside the way to it is not seen. */
  open() {
    const page = document.documentElement;
    this.mark(page, STAGE);
    this.mark(this.root, ROOT);
    for (let node = this.root; node !== document.body && node.parentElement; node = node.parentElement) {
      if (node !== this.root) this.mark(node, WAY);
      for (const other of node.parentElement.children)
        if (other !== node && !other.matches(OVER)) this.mark(other, OFF);
    }
    this.resize();
  }

  /** The type's size follows the window: at 1280 x 720 it is 28 px. */
  resize() {
    const [width, height] = [window.innerWidth / 1280, window.innerHeight / 720];
    this.size = Math.max(18, Math.round(28 * Math.min(width, height)));
    this.root.style.setProperty("--stage-size", `${this.size}px`);
    this.scale(1);
  }

  /** @param {number} scale of the type */
  scale(scale) {
    this.root.style.setProperty("--stage-scale", String(scale));
    this.root.style.setProperty("--stage-height", `${this.height}px`);
  }

  /** The height that pieces may fill. */
  get height() {
    const { paddingTop, paddingBottom } = getComputedStyle(this.root);
    return this.root.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom);
  }

  /**
   * Says what is what. `rest` is not shown at all.
   * @param {{ pieces: PieceOfPage[], parts: HTMLElement[], rest: HTMLElement[] }} found
   */
  tell({ pieces, parts, rest }) {
    for (const { node, kind } of pieces) {
      this.mark(node, PIECE, kind);
      if (node.parentElement instanceof HTMLOListElement) this.number(node, node.parentElement);
    }
    for (const node of parts) this.mark(node, PART);
    for (const node of rest) this.mark(node, HIDDEN);
    this.all = { pieces, parts };
    for (const { node } of pieces) for (const image of node.querySelectorAll("img")) this.measureImage(image);
  }

  /**
   * An item keeps its number, though those before it are not shown.
   * @param {HTMLElement} item
   * @param {HTMLOListElement} list
   */
  number(item, list) {
    if (!item.hasAttribute("value")) this.mark(item, "value", String(list.start + [...list.children].indexOf(item)));
  }

  /**
   * An image is as large as the screen lets it be, for which its shape has to be known.
   * @param {HTMLImageElement} image
   */
  measureImage(image) {
    const [width, height] = [image.naturalWidth || image.width, image.naturalHeight || image.height];
    if (!width || !height) return; // it is not here yet, and nothing says how large it will be
    const ratio = width / height;
    image.style.setProperty("--stage-ratio", ratio.toFixed(4));
    this.mark(image, `${STAGE}-image`);
  }

  /**
   * Shows these pieces alone.
   * @param {Iterable<PieceOfPage>} pieces
   */
  show(pieces) {
    if (!this.all) return;
    for (const { node } of this.all.pieces) node.style.removeProperty("--stage-lines");
    const shown = new Set([...pieces].map(({ node }) => node));
    const parts = new Set();
    for (const node of shown)
      for (let part = node.parentElement; part && part !== this.root; part = part.parentElement) parts.add(part);
    for (const { node } of this.all.pieces) this.toggle(node, !shown.has(node));
    for (const node of this.all.parts) this.toggle(node, !parts.has(node));
  }

  /** @param {Element} node */
  isHidden(node) {
    return node.hasAttribute(HIDDEN);
  }

  /**
   * @param {Element} node
   * @param {boolean} hidden
   */
  toggle(node, hidden) {
    if (hidden) this.mark(node, HIDDEN);
    else if (node.hasAttribute(HIDDEN)) node.removeAttribute(HIDDEN);
  }

  /**
   * @param {Element} node
   * @param {string} name
   */
  mark(node, name, value = "") {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    this.marked.set(node, (this.marked.get(node) ?? new Set()).add(name));
  }

  /** Leaves the page as it was. */
  close() {
    for (const [node, names] of this.marked) {
      for (const name of names) node.removeAttribute(name);
      const { style } = /** @type {HTMLElement} */ (node);
      for (const name of ["size", "scale", "height", "ratio", "narrow", "wrap", "lines"])
        style.removeProperty(`--stage-${name}`);
      if (node.getAttribute("style") === "") node.removeAttribute("style");
    }
    this.marked.clear();
    this.all = undefined;
  }
}
