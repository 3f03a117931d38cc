// Whether anybody looks: nothing is computed for a page that is hidden, or a widget that was scrolled away.

/**
 * Calls changed(seen) at first, and whenever that changes. Gives a function that ends this.
 * @param {Element} node
 * @param {(seen: boolean) => void} changed
 */
export function whenSeen(node, changed) {
  let inView = false;
  const tell = () => changed(inView && !document.hidden);
  const observer = new IntersectionObserver((entries) => {
    inView = entries[entries.length - 1].isIntersecting;
    tell();
  });
  observer.observe(node);
  document.addEventListener("visibilitychange", tell);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", tell);
  };
}
