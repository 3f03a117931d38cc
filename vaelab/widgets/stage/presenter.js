// Present mode: the page itself, one stop at a time, in large type. Nothing is copied or moved: what lives goes on living.

import { oncePerFrame } from "../shared/elements.js";
import { Bar } from "./bar.js";
import { Curtain } from "./curtain.js";
import { fit, measure } from "./fit.js";
import { actionOf, isNative, isStageKey, isTyping, needs } from "./keys.js";
import { contents, help } from "./lists.js";
import { inParts, showPart } from "./parts.js";
import { piecesOf } from "./pieces.js";
import { Screen } from "./screen.js";
import { Spot } from "./spot.js";
import { cut } from "./stops.js";
import { onSwipe } from "./swipe.js";

/**
 * @import { Press } from "./keys.js"
 * @import { Page, PieceOfPage } from "./pieces.js"
 */

/**
 * A page to present: what its pieces are, and what is done around it. All but the pieces may be left out.
 * @typedef {Page & {
 *   isShown?: () => boolean,
 *   open?: () => void | Promise<void>,
 *   close?: () => void,
 *   focus?: (stop: Stop) => boolean,
 *   run?: (stop: Stop) => void,
 *   isBusy?: (stop: Stop) => boolean,
 * }} Stageable
 * isShown(): whether it is what one sees, where several pages share a window. open(), close(): around the presenting.
 * focus(stop): puts the focus where the page has it, if it says true. run(stop): runs its cell.
 */

/**
 * @typedef {object} Stop
 * @property {string} section the heading above it
 * @property {PieceOfPage[]} pieces
 */

export class Presenter {
  /**
   * @param {Stageable} page
   * @param {{ only?: (stop: Stop) => boolean }} [options] only: which stops are shown, such as those of a shorter talk
   */
  constructor(page, { only = () => true } = {}) {
    this.page = page;
    this.only = only;
    this.on = false;
    this.withCode = true;
    this.index = 0;
    /** @type {Stop[]} */
    this.stops = [];
    /** @type {WeakMap<Element, number>} */
    this.heights = new WeakMap();
    /** @type {WeakMap<Element, number>} */
    this.shownHeights = new WeakMap();
    this.screen = new Screen(page.root);
    this.spot = new Spot();
    this.curtain = new Curtain(() => this.focus());
    this.bar = new Bar((action) => this.act(action));
    this.lateAgain = oncePerFrame(() => this.again());
    this.changes = new MutationObserver((all) => this.changed(all.map(({ target }) => target)));
    this.sizes = new ResizeObserver((all) => this.changed(all.map(({ target }) => target)));
    this.press = this.press.bind(this);
    this.hear = this.hear.bind(this);
    this.resized = this.resized.bind(this);
    this.loaded = this.loaded.bind(this);
    window.addEventListener("keydown", this.press, true);
    window.addEventListener("message", this.hear);
  }

  /** Takes the key away again. */
  uninstall() {
    this.close();
    window.removeEventListener("keydown", this.press, true);
    window.removeEventListener("message", this.hear);
  }

  toggle() {
    if (this.on) this.close();
    else this.open();
  }

  /** Begins at what is on the screen. */
  async open() {
    if (this.on) return;
    this.on = true;
    const { page } = this;
    await page.open?.();
    const near = this.nearest();
    document.body.append(this.bar.node, this.spot.node, this.curtain.node);
    this.screen.open();
    this.layOut(near);
    this.changes.observe(page.root, { childList: true, subtree: true, characterData: true });
    window.addEventListener("resize", this.resized);
    page.root.addEventListener("load", this.loaded, true);
    page.root.addEventListener("toggle", this.loaded, true);
    this.endSwipe = onSwipe(page.root, (way) => this.act(way));
    this.spot.follow();
    document.fonts.ready.then(() => this.forget());
  }

  /** Leaves the page as it was, at what was shown last. */
  close() {
    if (!this.on) return;
    this.on = false;
    this.changes.disconnect();
    this.sizes.disconnect();
    this.lateAgain.cancel();
    window.removeEventListener("resize", this.resized);
    this.page.root.removeEventListener("load", this.loaded, true);
    this.page.root.removeEventListener("toggle", this.loaded, true);
    this.endSwipe?.();
    this.spot.leave();
    this.curtain.open();
    for (const { node } of [this.bar, this.spot, this.curtain]) node.remove();
    const shown = this.stop?.pieces[0]?.node;
    this.screen.close();
    this.page.close?.();
    shown?.scrollIntoView({ block: "start" });
    if (document.fullscreenElement && this.filled) document.exitFullscreen();
    this.filled = false;
  }

  /** @returns {Stop | undefined} the one that is shown */
  get stop() {
    return this.stops[this.index];
  }

  /** The first piece of which something is seen in the upper part of the window. */
  nearest() {
    const { pieces } = piecesOf(this.page);
    const line = 0.25 * window.innerHeight;
    return pieces.find(({ node }) => node.getClientRects().length && node.getBoundingClientRect().bottom > line);
  }

  /**
   * Cuts the page into stops, and shows the one that holds `here`.
   * @param {PieceOfPage} [here]
   */
  layOut(here) {
    const found = piecesOf(this.page);
    this.screen.tell(found);
    measure(this.screen, found.pieces, this.heights);
    const seen = found.pieces.filter(({ kind, height }) => height > 0 && (this.withCode || kind !== "code"));
    const there = inParts(seen, this.screen.height, 0.78 * this.screen.size, 16);
    const all = cut(there, this.screen.height).map(([from, end]) => {
      const pieces = there.slice(from, end);
      return { section: pieces[0].section, pieces };
    });
    const stops = all.filter((stop) => this.only(stop));
    this.stops = stops.length ? stops : all;
    this.show(here ? this.placeOf(here, found.pieces) : this.index);
  }

  /**
   * The stop that holds a piece, or the next one after it.
   * @param {PieceOfPage} here
   * @param {PieceOfPage[]} pieces all of the page
   */
  placeOf({ node, lines }, pieces) {
    const holds = (/** @type {(piece: PieceOfPage) => boolean} */ is) =>
      this.stops.findIndex((stop) => stop.pieces.some(is));
    const same = holds((piece) => piece.node === node && piece.lines?.from === lines?.from);
    if (same >= 0) return same;
    const whole = holds((piece) => piece.node === node);
    if (whole >= 0) return whole;
    const order = new Map(pieces.map((piece, i) => [piece.node, i]));
    const at = order.get(node);
    const next = holds((piece) => at !== undefined && (order.get(piece.node) ?? 0) > at);
    return at === undefined ? this.index : next >= 0 ? next : this.stops.length - 1;
  }

  /**
   * Shows a stop.
   * @param {number} index
   */
  show(index) {
    this.index = Math.max(0, Math.min(index, this.stops.length - 1));
    const { stop } = this;
    if (!stop) return;
    this.put(stop);
    this.sizes.disconnect();
    for (const { node } of stop.pieces) this.sizes.observe(node);
    this.bar.tell(this.index + 1, this.stops.length, stop.section, this.page.isBusy?.(stop) ?? false);
    this.focus();
  }

  /**
   * Goes to a stop.
   * @param {number} index
   */
  go(index) {
    this.ran = undefined;
    this.show(index);
  }

  /**
   * Puts a stop on the screen. Whether it fits.
   * @param {Stop} stop
   */
  put({ pieces }) {
    this.screen.show(pieces);
    for (const piece of pieces) showPart(piece);
    const fits = fit(this.screen, pieces);
    for (const piece of pieces) showPart(piece); // in the type that it has now
    this.page.root.scrollTop = 0;
    return fits;
  }

  /** Puts the focus on what is shown, unless it is there already. */
  focus() {
    const { stop } = this;
    const active = document.activeElement;
    if (!stop || !this.on || this.bar.node.contains(active)) return;
    if (active && stop.pieces.some(({ node }) => node.contains(active))) return;
    if (this.page.focus?.(stop)) return;
    const { root } = this.page;
    if (!root.hasAttribute("tabindex")) this.screen.mark(root, "tabindex", "-1");
    root.focus({ preventScroll: true });
  }

  /**
   * Something on the page is another, or has another size: what it was measured for no longer holds.
   * @param {Node[]} nodes
   */
  changed(nodes) {
    let heard = false;
    for (const node of nodes) {
      const element = node instanceof Element ? node : node.parentElement;
      if (!element || (element.closest(this.page.widgets) && !this.screen.isPiece(element))) continue;
      const piece = element.closest("[data-stage-piece]");
      if (piece && node === piece && this.isAsMeasured(piece)) continue;
      if (piece) this.heights.delete(piece);
      heard = true;
    }
    if (heard) this.lateAgain();
  }

  /**
   * Whether a piece has the size that it had when it was last shown: the first that one hears of a size is no news.
   * @param {Element} piece
   */
  isAsMeasured(piece) {
    const height = piece.getBoundingClientRect().height;
    const known = this.shownHeights.get(piece);
    this.shownHeights.set(piece, height);
    return known === undefined || Math.abs(known - height) < 1;
  }

  /** Cuts again, where one is. If a cell is run whose output is another stop, that is shown when it comes. */
  again() {
    if (!this.on) return;
    const { activeElement } = document;
    const used = this.stop?.pieces.find(({ node }) => node.contains(activeElement)); // such as an answer that was opened
    this.layOut(used ?? this.stop?.pieces[0]);
    const code = this.stop?.pieces.find(({ kind }) => kind === "code")?.node;
    const next = this.stops[this.index + 1]?.pieces[0].kind ?? "text";
    if (!code || code !== this.ran || !["output", "figure", "widget"].includes(next)) return;
    if (!this.stop?.pieces.some(({ kind }) => kind === "output" || kind === "figure")) this.go(this.index + 1);
  }

  /** Nothing that was measured holds. */
  forget() {
    this.heights = new WeakMap();
    if (this.on) this.layOut(this.stop?.pieces[0]);
  }

  resized() {
    this.screen.resize();
    this.forget();
  }

  /** @param {Event} event an image has come, or an answer was opened */
  loaded(event) {
    if (event.target instanceof Node) this.changed([event.target]);
  }

  /** The stops that don't fit the screen, for tests: their numbers, from 1, and how they begin. */
  tooTall() {
    const { index } = this;
    const found = this.stops.flatMap((stop, i) => {
      const text = stop.pieces[0].node.textContent?.trim().slice(0, 60);
      return this.put(stop) ? [] : [`${i + 1}: ${stop.section}: ${text}`];
    });
    this.show(index);
    return found;
  }

  /**
   * @param {string | undefined} action see keys.js
   * @param {Press} [event]
   */
  act(action, event) {
    if (action === "black") this.curtain.toggle();
    else if (action !== "leave") this.curtain.open();
    if (action === "next") this.go(this.index + 1);
    if (action === "back") this.go(this.index - 1);
    if (action === "first") this.go(0);
    if (action === "last") this.go(this.stops.length - 1);
    if (action === "pointer") this.spot.toggle();
    if (action === "point" && event) this.spot.step(event.key);
    if (action === "fullscreen") this.fill();
    if (action === "overview") contents(this.stops, this.index, (index) => this.go(index));
    if (action === "help") help();
    if (action === "run") this.run();
    if (action === "leave") this.leave();
    if (action === "code") {
      this.withCode = !this.withCode;
      this.layOut(this.stop?.pieces[0]);
    }
  }

  run() {
    if (!this.stop) return;
    this.ran = this.stop.pieces.find(({ kind }) => kind === "code")?.node;
    this.page.run?.(this.stop);
  }

  /** Out of the black screen, or of the stage. */
  leave() {
    if (this.curtain.isDrawn) this.curtain.open();
    else this.close();
  }

  fill() {
    this.filled = !document.fullscreenElement;
    if (this.filled)
      document.documentElement.requestFullscreen?.().catch(() => {}); // where it isn't allowed
    else document.exitFullscreen();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.isComposing) return;
    if (isStageKey(event) && (this.on || (this.page.isShown?.() ?? true))) {
      swallow(event);
      this.toggle();
    } else if (this.on) this.onStage(event);
  }

  /** @param {KeyboardEvent} event */
  onStage(event) {
    const { target, key } = event;
    if (target instanceof Element && target.closest("dialog, [role=dialog], .jp-Dialog, .lm-Menu")) return;
    const action = actionOf(event);
    const held = target instanceof Element && this.holds(target);
    if (action === "run" && (!held || isTyping(target) || !needs(target, key))) {
      swallow(event);
      this.act(action);
    } else if (action === "leave" && held)
      setTimeout(() => this.letGo()); // who has the focus hears it first
    else if (needs(target, key)) {
      if (isNative(target)) event.stopImmediatePropagation(); // the browser moves it; JupyterLab would move on
    } else if (held && action === "point") return;
    else if (action) {
      swallow(event);
      this.act(action, event);
    } else if (key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) swallow(event);
    else if (key === "Enter" && !this.stop?.pieces.some(({ kind }) => kind === "code")) swallow(event);
  }

  /**
   * Whether something that is used, rather than read, has the focus.
   * @param {Element} target
   */
  holds(target) {
    return isTyping(target) || target instanceof HTMLIFrameElement || needs(target, "Enter") || needs(target, " ");
  }

  letGo() {
    const active = document.activeElement;
    if (active instanceof HTMLElement) active.blur();
    this.focus();
  }

  /**
   * What a widget's page in a frame has no use for: keys, and where the mouse is. See inside.js.
   * @param {MessageEvent} event
   */
  hear({ data, source }) {
    if (typeof data !== "object" || !data) return;
    const frame = [...this.page.root.querySelectorAll("iframe")].find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    if (data.vaelab === "key" && isStageKey(data)) this.toggle();
    else if (!this.on) return;
    else if (data.vaelab === "key" && data.key === "Escape") this.letGo();
    else if (data.vaelab === "key") this.act(actionOf(data), data);
    else if (data.vaelab === "pointer") {
      const { left, top } = frame.getBoundingClientRect();
      this.spot.move(left + frame.clientLeft + data.x, top + frame.clientTop + data.y);
    }
  }
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
