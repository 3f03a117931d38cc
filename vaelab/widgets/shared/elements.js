// What a widget's page is made of: elements, controls, texts, grey images.

/**
 * What a front end gives a widget of its traits. Bytes traits come as a DataView.
 * @template {Record<string, any>} [Traits=Record<string, any>]
 * @typedef {object} WidgetModel
 * @property {<Name extends keyof Traits & string>(name: Name) => Traits[Name]} get
 * @property {<Name extends keyof Traits & string>(name: Name, value: Traits[Name]) => void} set
 * @property {(event: string, call: () => void) => void} on
 * @property {(event: string, call: () => void) => void} off
 * @property {() => void} save_changes tells Python what was set
 */

/**
 * A page element. Children that are strings become text, never HTML. `on...` attributes are event listeners.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | EventListener>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice("on".length), value);
    else node.setAttribute(name, String(value));
  }
  // JupyterLab and Notebook take the arrow keys and Enter for themselves, unless what has the focus says so.
  if (node.tabIndex >= 0) node.setAttribute("data-lm-suppress-shortcuts", "true");
  node.append(...children);
  return node;
}

/**
 * Makes `el` the widget with these children; within another widget, a part of that.
 * @param {HTMLElement} el
 * @param {(Node | string)[]} children
 */
export function compose(el, ...children) {
  if (!el.closest(".vaelab")) el.classList.add("vaelab");
  el.replaceChildren(...children);
}

/**
 * @param {string} text
 * @param {() => void} onclick
 * @param {Record<string, string | number | EventListener>} [attributes]
 */
export function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", ...attributes, onclick }, text);
}

/**
 * A check box with its text beside it: {input, node}.
 * @param {string} text
 * @param {() => void} onchange
 */
export function checkbox(text, onchange) {
  const input = element("input", { type: "checkbox", onchange });
  return { input, node: element("label", { class: "vaelab-check" }, input, ` ${text}`) };
}

/**
 * A slider with its name before it and its value behind it: {input, node, show}.
 * say(value): the value in words, for eyes and for screen readers. oninput(value): someone has moved it.
 * show(value) puts it at a value, without calling oninput.
 * @param {string} name
 * @param {object} options
 * @param {number} options.min
 * @param {number} options.max
 * @param {number} options.step
 * @param {(value: number) => string} [options.say]
 * @param {(value: number) => void} options.oninput
 */
export function slider(name, { min, max, step, say = String, oninput }) {
  const input = element("input", { type: "range", min, max, step, "aria-label": name });
  const text = element("span", { class: "vaelab-numbers", "aria-hidden": "true" });
  const show = (/** @type {number} */ value) => {
    input.value = String(value);
    text.textContent = say(value);
    input.setAttribute("aria-valuetext", say(value));
  };
  input.addEventListener("input", () => {
    show(Number(input.value));
    oninput(Number(input.value));
  });
  const node = element(
    "div",
    { class: "vaelab-slider" },
    element("span", { "aria-hidden": "true" }, name),
    input,
    text,
  );
  return { input, node, show };
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser can't draw on a canvas");
  return context;
}

/**
 * The ImageData of each canvas that `paint` has painted, to be written over.
 * @type {WeakMap<HTMLCanvasElement, ImageData>}
 */
const painted = new WeakMap();

/**
 * Shows pixels in [0, 1], from black to white, on a canvas that has as many.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} pixels
 */
export function paint(canvas, pixels) {
  const { width, height } = canvas;
  let image = painted.get(canvas);
  if (image?.width !== width || image.height !== height) {
    image = new ImageData(width, height);
    painted.set(canvas, image);
  }
  const { data } = image;
  for (let i = 0, k = 0; i < pixels.length; i++) {
    data[k++] = data[k++] = data[k++] = 255 * pixels[i]; // the array rounds
    data[k++] = 255;
  }
  contextOf(canvas).putImageData(image, 0, 0);
}

/**
 * Which colour is which class: a row of coloured squares, each with its name.
 * @param {string[]} names
 * @param {string[]} colors
 */
export function legend(names, colors) {
  const entries = names.map((name, i) => {
    const square = { class: "vaelab-square", style: `background: ${colors[i]}`, "aria-hidden": "true" };
    return element("span", { class: "vaelab-class" }, element("span", square), name);
  });
  const colours = new Set(colors).size;
  const shared = names.length > colours ? [`${names.length} classes share ${colours} colours.`] : [];
  return element("div", { class: "vaelab-legend" }, ...entries, ...shared);
}

/**
 * A function that calls `draw` once in the next frame, however often it is called before that; `.cancel()` ends it.
 * @param {() => void} draw
 */
export function oncePerFrame(draw) {
  let frame = 0;
  const ask = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  ask.cancel = () => cancelAnimationFrame(frame);
  return ask;
}

/**
 * Calls draw soon, and when the element's size, the zoom or the theme changes, or a stage is entered or left. Gives a function that ends this.
 * @param {Element} node
 * @param {() => void} draw
 */
export function whenLookChanges(node, draw) {
  const sizes = new ResizeObserver(draw);
  sizes.observe(node);
  const themes = new MutationObserver(draw);
  themes.observe(document.body, { attributes: true });
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-stage"] });
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", draw);
  window.addEventListener("resize", draw);
  return () => {
    sizes.disconnect();
    themes.disconnect();
    dark.removeEventListener("change", draw);
    window.removeEventListener("resize", draw);
  };
}

/**
 * Calls each handler when the trait of its name changes, as in {"change:value": draw}. Gives a function that ends this.
 * @param {Pick<WidgetModel, "on" | "off">} model
 * @param {Record<string, () => void>} handlers
 */
export function listen(model, handlers) {
  for (const [event, call] of Object.entries(handlers)) model.on(event, call);
  return () => {
    for (const [event, call] of Object.entries(handlers)) model.off(event, call);
  };
}
