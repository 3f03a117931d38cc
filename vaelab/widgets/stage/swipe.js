// A finger that wipes over the page goes on or back, unless it began on something that is dragged.

const DRAGGED = ".vaelab, input, canvas, [role=slider], .cm-editor, pre";

/**
 * Gives a function that ends this.
 * @param {HTMLElement} node
 * @param {(way: "next" | "back") => void} go
 */
export function onSwipe(node, go) {
  /** @type {Touch | null} */
  let from = null;
  const start = (/** @type {TouchEvent} */ { touches, target }) => {
    const dragged = target instanceof Element && target.closest(DRAGGED);
    from = touches.length === 1 && !dragged ? touches[0] : null;
  };
  const end = (/** @type {TouchEvent} */ { changedTouches }) => {
    if (!from) return;
    const [right, down] = [changedTouches[0].clientX - from.clientX, changedTouches[0].clientY - from.clientY];
    from = null;
    if (Math.abs(right) > 60 && Math.abs(right) > 2 * Math.abs(down)) go(right < 0 ? "next" : "back");
  };
  node.addEventListener("touchstart", start, { passive: true });
  node.addEventListener("touchend", end);
  return () => {
    node.removeEventListener("touchstart", start);
    node.removeEventListener("touchend", end);
  };
}
