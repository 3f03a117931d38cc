// From A to B on a straight line in the latent space, to step along or to play.

import { button, element, paint, slider } from "../shared/elements.js";
import { format } from "../shared/numbers.js";
import { lessMotion, player } from "../shared/player.js";
import { pointText } from "./pictures.js";

const STEPS = 8; // of the strip of images, which has one more
const SECONDS = 4;

/**
 * A tool {node, marks(), refresh(), stop()}. spaces(): the models. at(): z. move(z): goes there. changed(): draw the marks.
 */
export function pathTool({ spaces, side, at, move, changed }) {
  let [A, B] = [null, null];
  let t = 0;
  const zAt = (share) => A.map((a, axis) => (1 - share) * a + share * B[axis]);

  const ends = element("span", { class: "vaelab-numbers" });
  const scrubber = slider("t", {
    min: 0,
    max: 1,
    step: 0.01,
    say: (value) => format(value),
    oninput: (value) => {
      play.pause();
      go(value);
    },
  });
  let played = 0; // milliseconds since A
  const play = player({
    start: () => (played = t < 1 ? t * 1000 * SECONDS : 0),
    tick: (passed) => {
      played += passed;
      const share = Math.min(1, played / (1000 * SECONDS));
      go(lessMotion() ? Math.floor(STEPS * share) / STEPS : share);
      return share < 1;
    },
  });
  const strips = spaces().map(({ title }) => {
    const images = Array.from({ length: STEPS + 1 }, () =>
      element("canvas", { class: "vaelab-thumb", width: side, height: side }),
    );
    const label = `${STEPS + 1} images decoded along the path from A to B${title && `, ${title}`}`;
    const strip = element("div", { class: "vaelab-strip", role: "img", "aria-label": label }, ...images);
    return { images, node: element("figure", {}, ...(title ? [element("figcaption", {}, title)] : []), strip) };
  });
  const node = element(
    "details",
    { class: "vaelab-tool", ontoggle: () => (node.open || play.pause(), changed()) }, // what can't be seen can't be stopped
    element("summary", {}, "Path from A to B"),
    element(
      "div",
      { class: "vaelab-controls" },
      button("Set A", () => set([...at()], B)),
      button("Set B", () => set(A, [...at()])),
      play.node,
      scrubber.node,
    ),
    ends,
    ...strips.map((strip) => strip.node),
  );

  function set(a, b) {
    play.pause();
    [A, B] = [a, b];
    t = b === null || a === null || b.every((value, axis) => value === at()[axis]) ? 1 : 0;
    refresh();
    changed();
  }

  /** Goes to the share t of the path, 0 at A and 1 at B. */
  function go(share) {
    t = share;
    move(zAt(t));
    follow();
  }

  function follow() {
    scrubber.show(t);
    for (const { images } of strips)
      images.forEach((image, i) => image.classList.toggle("vaelab-now", i === Math.round(STEPS * t)));
  }

  /** Decodes the strip: A or B is another, or the weights are. */
  function refresh() {
    const ready = A !== null && B !== null;
    play.node.disabled = scrubber.input.disabled = !ready;
    for (const strip of strips) strip.node.hidden = !ready;
    const text = (name, z) => (z ? pointText(name, z) : `${name} is not set`);
    ends.textContent = A || B ? `${text("A", A)}, ${text("B", B)}` : "Move z and set A there; move it on and set B.";
    if (!ready) return;
    spaces().forEach(({ decode }, m) => strips[m].images.forEach((image, i) => paint(image, decode(zAt(i / STEPS)))));
    follow();
  }

  refresh();
  return {
    node,
    refresh: () => A && B && refresh(),
    stop: play.pause,
    marks: () => (node.open && (A || B) ? [{ from: A, to: B }] : []),
  };
}
