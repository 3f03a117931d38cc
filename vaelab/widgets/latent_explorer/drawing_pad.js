// A pad to draw a digit on by mouse, finger, pen or keys, and the image that MNIST's makers would have made of it.

import { button, element } from "../shared/elements.js";
import { onKeys } from "../shared/pointer.js";

// Lengths in 28ths of the side: MNIST's pixels. `pen` and `edge` are fitted to its 10,000 test digits.
const MNIST = {
  field: 28,
  middle: [14, 14],
  box: 20, // a digit is scaled to fit into this square
  centre: 14.5, // and its centre of mass put here, across and down: the middle of pixel 14, as in MNIST
  pen: 2.7, // the width of a stroke, measured where it is half as bright
  edge: 1.2, // the width of the rim over which it fades
};

/**
 * {node, pixels(), clear(), empty()}: a square to draw on, with buttons to undo and to clear.
 * pixels(): what an encoder gets, side x side numbers in [0, 1], row by row. onchange(): the drawing has changed.
 */
export function drawingPad({ side, onchange }) {
  const strokes = []; // each a list of points [x, y]
  let stroke = null; // the one that is being drawn
  let pointer = null; // the mouse, finger or pen that draws it
  let nib = MNIST.middle; // where the keys' pen is

  const canvas = element("canvas", { width: 448, height: 448, "aria-hidden": "true" });
  const mark = element("div", { class: "vaelab-nib" });
  const slate = element(
    "div",
    {
      class: "vaelab-slate",
      tabindex: "0",
      role: "application", // a screen reader then leaves the arrow keys to us
      "aria-roledescription": "drawing pad",
      "aria-label":
        "Draw a digit. Arrow keys move the pen, with Shift in fine steps; Space puts it down and lifts it; Delete undoes.",
    },
    canvas,
    element("div", { class: "vaelab-prompt", "aria-hidden": "true" }, "Draw a digit"),
    element("div", { class: "vaelab-prompt vaelab-keys", "aria-hidden": "true" }, "Arrows move the pen, Space draws"),
    mark,
  );
  const status = element("div", { class: "vaelab-unseen", role: "status" });
  const node = element(
    "div",
    { class: "vaelab-drawing", role: "group", "aria-label": "Drawing" },
    slate,
    element("div", { class: "vaelab-drawing-buttons" }, button("Undo", undo), button("Clear", clear)),
    status,
  );

  function changed(said) {
    status.textContent = said;
    show();
    onchange();
  }

  function show() {
    slate.classList.toggle("vaelab-drawn", strokes.length > 0);
    mark.classList.toggle("vaelab-down", stroke !== null);
    [mark.style.left, mark.style.top] = nib.map((place) => `${(100 * place) / MNIST.field}%`);
  }

  function begin(point) {
    stroke = [point];
    strokes.push(stroke);
    inkLine(canvas, stroke);
    nib = point;
    changed("Pen down.");
  }

  function extend(points) {
    const drawn = stroke.length;
    for (const point of points) if (distanceToLine(...point, stroke.at(-1), stroke.at(-1)) > 0.05) stroke.push(point);
    if (stroke.length === drawn) return;
    inkLine(canvas, stroke.slice(drawn - 1));
    nib = stroke.at(-1);
    show();
    onchange();
  }

  function end() {
    if (!stroke) return;
    stroke = pointer = null;
    changed(`Stroke ${strokes.length} drawn.`);
  }

  function undo() {
    end();
    if (!strokes.pop()) return changed("Nothing to undo.");
    blacken(canvas);
    for (const left of strokes) inkLine(canvas, left);
    changed(`Stroke ${strokes.length + 1} undone.`);
  }

  function clear() {
    end();
    strokes.length = 0;
    nib = MNIST.middle;
    blacken(canvas);
    changed("Drawing cleared.");
  }

  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(onField);
  };
  slate.addEventListener("pointerdown", (event) => {
    if (event.button || slate.hasPointerCapture(pointer)) return; // not the main button, or a second finger
    event.preventDefault();
    slate.setPointerCapture(event.pointerId);
    slate.focus({ preventScroll: true });
    end();
    pointer = event.pointerId;
    begin(pointOf(event));
  });
  slate.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const since = event.getCoalescedEvents?.() ?? []; // the places between two frames
    extend([...since, event].map(pointOf));
  });
  slate.addEventListener("lostpointercapture", (event) => event.pointerId === pointer && end());
  slate.addEventListener("blur", end);

  const toggle = () => (stroke ? end() : begin(nib));
  const step = ([right, up]) => {
    const point = [nib[0] + right, nib[1] - up].map((place) => onField(place / MNIST.field));
    if (stroke) return extend([point]);
    nib = point;
    show();
  };
  slate.addEventListener("keydown", (event) => {
    if (!event.repeat || event.key.startsWith("Arrow")) return;
    event.preventDefault(); // a key held down must not lift the pen again
    event.stopImmediatePropagation();
  });
  onKeys(slate, step, { " ": toggle, Enter: toggle, Escape: end, Delete: undo, Backspace: undo });

  blacken(canvas);
  show();
  return { node, pixels: () => digitPixels(strokes, side), clear, empty: () => strokes.length === 0 };
}

/** A share of the pad's side as a length on it, held within it. */
function onField(share) {
  return MNIST.field * Math.min(1, Math.max(0, share));
}

function blacken(canvas) {
  canvas.getContext("2d").fillRect(0, 0, canvas.width, canvas.height); // black
}

/** Draws a stroke, or what has been added to one, on the pad that people see. */
function inkLine(canvas, points) {
  const context = canvas.getContext("2d");
  context.save();
  context.scale(canvas.width / MNIST.field, canvas.height / MNIST.field);
  Object.assign(context, { strokeStyle: "white", lineWidth: MNIST.pen, lineCap: "round", lineJoin: "round" });
  context.beginPath();
  context.moveTo(points[0][0] - 0.01, points[0][1]); // a line of no length at all would leave no dot
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  context.restore();
}

/**
 * Strokes -> pixels in [0, 1] as MNIST's were made (LeCun et al., 1998): the drawing is scaled to fit a square of 20/28
 * of the side, and its centre of mass put in the middle. The lines are scaled, not the pixels: every stroke is as wide
 * as MNIST's, however large the drawing.
 */
export function digitPixels(strokes, side) {
  const { field, box, centre } = MNIST;
  const fitted = fitToBox(strokes, side);
  const room = (field - box) / 2; // nothing may leave the field
  const mass = massCentre(rasterise(fitted, side), side);
  const shift = mass.map((place) => Math.min(room, Math.max(-room, centre - place)));
  return rasterise(
    mapPoints(fitted, (place, axis) => place + shift[axis]),
    side,
  );
}

function mapPoints(strokes, move) {
  return strokes.map((stroke) => stroke.map((point) => point.map(move)));
}

/** The strokes, so scaled that their ink fits the box in the middle of the field. */
function fitToBox(strokes, side) {
  const { field, box, pen } = MNIST;
  const points = strokes.flat();
  const low = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const high = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const extent = Math.max(high[0] - low[0], high[1] - low[1], pen); // a dot has none: it must not be blown up
  const scale = (box - 2 * brush(side).reach) / extent;
  return mapPoints(strokes, (place, axis) => field / 2 + scale * (place - (low[axis] + high[axis]) / 2));
}

/** The pen in an image of this side: how far from its middle there is ink, and over which length that fades. */
function brush(side) {
  const pixel = MNIST.field / side;
  const edge = Math.max(MNIST.edge, pixel); // in a coarse image as wide as a pixel, at least
  return { edge, reach: (Math.max(MNIST.pen, pixel) + edge) / 2 };
}

/** How bright each pixel is: that of the nearest line, by its distance from the pixel's middle. */
function rasterise(strokes, side) {
  const pixel = MNIST.field / side;
  const { edge, reach } = brush(side);
  const pixels = new Float32Array(side * side);
  const first = (a, b) => Math.max(0, Math.floor((Math.min(a, b) - reach) / pixel));
  const last = (a, b) => Math.min(side - 1, Math.floor((Math.max(a, b) + reach) / pixel));
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[Math.max(0, i - 1)];
      for (let row = first(from[1], to[1]); row <= last(from[1], to[1]); row++) {
        for (let column = first(from[0], to[0]); column <= last(from[0], to[0]); column++) {
          const away = distanceToLine((column + 0.5) * pixel, (row + 0.5) * pixel, from, to);
          const brightness = Math.min(1, (reach - away) / edge);
          const at = row * side + column;
          pixels[at] = Math.max(pixels[at], brightness);
        }
      }
    });
  }
  return pixels;
}

/** The distance of the point (x, y) from the line between two others. */
function distanceToLine(x, y, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const along = Math.min(1, Math.max(0, ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1)));
  return Math.sqrt((x - from[0] - along * dx) ** 2 + (y - from[1] - along * dy) ** 2); // faster than Math.hypot
}

/** The mean place of the ink, across and down. */
function massCentre(pixels, side) {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * ((i % side) + 0.5);
    y += value * (Math.floor(i / side) + 0.5);
  });
  return [x, y].map((sum) => (mass ? (sum / mass) * (MNIST.field / side) : MNIST.centre));
}
