// What stands in for the kernel in a saved page, and in the tests: a widget's state, and a model that tells of changes.

import { handOn } from "../stage/inside.js";

/**
 * @import { WidgetModel } from "./elements.js"
 */

/**
 * The part of a widget's model that a front end gives it, as Backbone's, of which Jupyter's are.
 * @implements {WidgetModel}
 */
export class PageModel {
  /**
   * tell(): what is called to tell Python of changes. In a saved page there is nobody to tell.
   * @param {Record<string, any>} state
   * @param {() => void} [tell]
   */
  constructor(state, tell = () => {}) {
    this.state = state;
    this.tell = tell;
    /** @type {[event: string, call: () => void][]} */
    this.listeners = [];
  }

  /**
   * @param {string} name
   */
  get(name) {
    return this.state[name];
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    this.update({ [name]: value });
  }

  /**
   * Sets several traits, as a message from Python does: all are there before the first change is told. What is as it
   * was is no change, of which nobody is told.
   * @param {Record<string, unknown>} values
   */
  update(values) {
    const changed = Object.keys(values).filter((name) => !same(values[name], this.state[name]));
    for (const name of changed) this.state[name] = values[name];
    for (const name of changed) for (const [event, call] of [...this.listeners]) if (event === `change:${name}`) call();
  }

  /**
   * @param {string} event
   * @param {() => void} call
   */
  on(event, call) {
    this.listeners.push([event, call]);
  }

  /**
   * @param {string} event
   * @param {() => void} call
   */
  off(event, call) {
    this.listeners = this.listeners.filter((one) => one[0] !== event || one[1] !== call);
  }

  save_changes() {
    this.tell();
  }
}

/**
 * Whether two values of a trait are equal, part by part: as all of JSON, they have no undefined parts.
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
function same(a, b) {
  if (a instanceof DataView && b instanceof DataView) return sameBytes(a, b);
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b;
  const names = Object.keys(a);
  if (a.constructor !== b.constructor || names.length !== Object.keys(b).length) return false;
  return names.every((name) => same(a[name], b[name]));
}

/**
 * @param {DataView} a
 * @param {DataView} b
 */
function sameBytes(a, b) {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a.getUint8(i) !== b.getUint8(i)) return false;
  return true;
}

/**
 * Bytes as page.py packed them: in base64, deflated, of float32 numbers all first bytes, then all second ones, ...
 * @param {{ packed: string, planes: number }} bytes
 */
export async function unpack({ packed, planes }) {
  const bytes = await inflated(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)));
  const numbers = new Uint8Array(bytes.length);
  const count = bytes.length / planes;
  for (let plane = 0, from = 0; plane < planes; plane++)
    for (let to = plane; from < (plane + 1) * count; to += planes) numbers[to] = bytes[from++];
  return new DataView(numbers.buffer);
}

/**
 * What zlib has deflated.
 * @param {BufferSource} deflated
 */
export async function inflated(deflated) {
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Makes the page alive: its widget, in the state that lies in it.
 * @param {(widget: { model: WidgetModel, el: HTMLElement }) => void} render
 */
export async function start(render) {
  const [written, el] = ["state", "widget"].map((id) => document.getElementById(id));
  if (!written || !el) throw new Error("this page holds no widget");
  const state = JSON.parse(written.textContent ?? "");
  for (const [name, value] of Object.entries(state)) if (value?.packed !== undefined) state[name] = await unpack(value);
  render({ model: new PageModel(state), el });
  if (window.parent !== window) framed();
}

/**
 * In the frame of another page: without title and footer, as high as the widget is, and looking as that page looks.
 *
 * It tells its height as {vaelab: "height", height}, in pixels, and obeys {vaelab: "look", scheme, stage}: scheme is
 * "light" or "dark", stage whether that page is being presented. Keys that nothing here needs are handed on.
 */
function framed() {
  const root = document.documentElement;
  root.dataset.framed = "";
  let told = false;
  const tell = () => {
    // On the stage a widget is as high as its frame, and not the other way round. But the first word says: it is alive.
    if (told && root.hasAttribute("data-stage")) return;
    told = true;
    window.parent.postMessage({ vaelab: "height", height: document.body.offsetHeight }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  handOn();
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.vaelab !== "look") return;
    root.style.colorScheme = data.scheme;
    root.toggleAttribute("data-stage", Boolean(data.stage));
    document.body.dataset.scheme = data.scheme; // the widgets look for changes here, and draw again
  });
}
