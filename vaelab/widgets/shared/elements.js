// What a widget's page is made of: elements, controls, texts, grey images.

/** A page element. Children that are strings become text, never HTML. `on...` attributes are event listeners. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  // JupyterLab and Notebook take the arrow keys and Enter for themselves, unless what has the focus says so.
  if (node.tabIndex >= 0) node.setAttribute("data-lm-suppress-shortcuts", "true");
  node.append(...children);
  return node;
}

/** Makes `el` the widget with these children. */
export function compose(el, ...children) {
  el.classList.add("vaelab");
  el.replaceChildren(...children);
}

export function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", ...attributes, onclick }, text);
}

/** A check box with its text beside it: {input, node}. */
export function checkbox(text, onchange) {
  const input = element("input", { type: "checkbox", onchange });
  return { input, node: element("label", { class: "vaelab-check" }, input, ` ${text}`) };
}

/**
 * A slider with its name before it and its value behind it: {input, node, show}.
 * say(value): the value in words, for eyes and for screen readers. oninput(value): someone has moved it.
 * show(value) puts it at a value, without calling oninput.
 */
export function slider(name, { min, max, step, say = String, oninput }) {
  const input = element("input", { type: "range", min, max, step, "aria-label": name });
  const text = element("span", { class: "vaelab-numbers", "aria-hidden": "true" });
  const show = (value) => {
    input.value = value;
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

/** A number for people, with a real minus sign. */
export function format(number, digits = 2) {
  const text = number.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

const painted = new WeakMap(); // the ImageData of each canvas that `paint` has painted, to be written over

/** Shows pixels in [0, 1], from black to white, on a canvas that has as many. */
export function paint(canvas, pixels) {
  const { width, height } = canvas;
  let image = painted.get(canvas);
  if (image?.width !== width || image.height !== height) painted.set(canvas, (image = new ImageData(width, height)));
  const { data } = image;
  for (let i = 0, k = 0; i < pixels.length; i++) {
    data[k++] = data[k++] = data[k++] = 255 * pixels[i]; // the array rounds
    data[k++] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Which colour is which class: a row of coloured squares, each with its name. */
export function legend(names, colors) {
  const square = (color) =>
    element("span", { class: "vaelab-square", style: `background: ${color}`, "aria-hidden": "true" });
  const entries = names.map((name, i) => element("span", { class: "vaelab-class" }, square(colors[i]), name));
  return element("div", { class: "vaelab-legend" }, ...entries);
}

/** A function that calls `draw` once in the next frame, however often it is called before that; `.cancel()` ends it. */
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

/** Calls draw soon, and when the element's size, the zoom or the theme changes. Gives a function that ends this. */
export function whenLookChanges(node, draw) {
  const sizes = new ResizeObserver(draw);
  sizes.observe(node);
  const themes = new MutationObserver(draw);
  themes.observe(document.body, { attributes: true });
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
 */
export function listen(model, handlers) {
  for (const [event, call] of Object.entries(handlers)) model.on(event, call);
  return () => Object.entries(handlers).forEach(([event, call]) => model.off(event, call));
}
