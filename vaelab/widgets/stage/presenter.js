// Present mode: the page itself, one stop at a time, in large type. Nothing is copied or moved: what lives goes on living.

import { Bar } from "./bar.js";
import { Curtain } from "./curtain.js";
import { Ears } from "./ears.js";
import { fit } from "./fit.js";
import { layOut, placeOf } from "./layout.js";
import { contents, help } from "./lists.js";
import { showPart } from "./parts.js";
import { piecesOf } from "./pieces.js";
import { Screen } from "./screen.js";
import { Spot } from "./spot.js";
import { onSwipe } from "./swipe.js";
import { Watch } from "./watch.js";

/**
 * @import { Press } from "./keys.js"
 * @import { Stop } from "./layout.js"
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
 *   moved?: (index: number) => void,
 * }} Stageable
 * moved(index): which stop is shown. isShown(): whether it is what one sees, where several pages share a window. open(), close(): around the presenting.
 * focus(stop): puts the focus where the page has it, if it says true. run(stop): runs its cell.
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
    this.screen = new Screen(page.root);
    this.spot = new Spot();
    this.curtain = new Curtain(() => this.focus());
    this.bar = new Bar((action) => this.act(action));
    this.watch = new Watch(page, { changed: () => this.again(), resized: () => this.resized() });
    this.ears = new Ears(this);
    this.followLink = this.followLink.bind(this);
  }

  /** Takes the key away again. */
  uninstall() {
    this.close();
    this.ears.close();
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
    if (!this.on) {
      page.close?.(); // somebody has left before it began
      return;
    }
    const near = this.nearest();
    document.body.append(this.bar.node, this.spot.node, this.curtain.node);
    this.screen.open();
    this.layOut(near);
    this.watch.start();
    page.root.addEventListener("click", this.followLink, true);
    this.endSwipe = onSwipe(page.root, (way) => this.act(way));
    this.spot.follow();
  }

  /** Leaves the page as it was, at what was shown last. */
  close() {
    if (!this.on) return;
    this.on = false;
    this.watch.stop();
    this.page.root.removeEventListener("click", this.followLink, true);
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

  /** The code of the cell that is shown, if there is one. */
  get code() {
    return this.stop?.pieces.find(({ kind }) => kind === "code")?.node;
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
    const { pieces, stops } = layOut(this.page, this.screen, this.watch.heights, this.withCode);
    const some = stops.filter((stop) => this.only(stop));
    this.stops = some.length ? some : stops;
    const place = here ? placeOf(here, this.stops, pieces) : -1;
    this.show(place >= 0 ? place : this.index);
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
    this.page.moved?.(this.index);
    this.watch.follow(stop.pieces);
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
   * A link to a place of this page, such as an equation's number, goes to its stop.
   * @param {MouseEvent} event
   */
  followLink(event) {
    const link = event.target instanceof Element && event.target.closest("a[href^='#']");
    const place = link && document.getElementById(decodeURIComponent(link.getAttribute("href")?.slice(1) ?? ""));
    if (!place) return;
    const leads = (/** @type {PieceOfPage} */ { node }) => node.contains(place) || place.contains(node);
    const index = this.stops.findIndex(({ pieces }) => pieces.some(leads));
    if (index < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(index);
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

  /** Cuts again, where one is. If a cell is run whose output is another stop, that is shown when it comes. */
  again() {
    if (!this.on) return;
    const { activeElement } = document;
    const used = this.stop?.pieces.find(({ node }) => node.contains(activeElement)); // such as an answer that was opened
    const ran = this.stop?.pieces.find(({ node }) => node === this.ran);
    this.layOut(used ?? ran ?? this.stop?.pieces[0]);
    if (!this.code || this.code !== this.ran) return;
    const next = this.stops.findIndex(({ pieces }, i) => i > this.index && pieces[0].node !== this.ran);
    if (!["output", "figure", "widget"].includes(this.stops[next]?.pieces[0].kind ?? "text")) return;
    if (!this.stop?.pieces.some(({ kind }) => kind === "output" || kind === "figure")) this.go(next);
  }

  resized() {
    if (!this.on) return;
    this.screen.resize();
    this.layOut(this.stop?.pieces[0]);
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
    this.ran = this.code;
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

  /** Out of a slider, an editor or a widget. */
  letGo() {
    const active = document.activeElement;
    if (active instanceof HTMLElement) active.blur();
    this.focus();
  }
}
