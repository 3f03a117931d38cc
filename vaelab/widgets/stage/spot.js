// A large spot that points: it follows the mouse, or Shift and the arrow keys.

import { element } from "../shared/elements.js";

const STEP = 24;

export class Spot {
  constructor() {
    this.node = element("div", { class: "vaelab-stage vaelab-stage-spot", "aria-hidden": "true" });
    this.node.hidden = true;
    this.moved = (/** @type {MouseEvent} */ { clientX, clientY }) => this.move(clientX, clientY);
  }

  follow() {
    this.move(window.innerWidth / 2, window.innerHeight / 2);
    window.addEventListener("pointermove", this.moved, true);
  }

  leave() {
    window.removeEventListener("pointermove", this.moved, true);
    this.node.hidden = true;
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  move(x, y) {
    this.x = Math.max(0, Math.min(x, window.innerWidth));
    this.y = Math.max(0, Math.min(y, window.innerHeight));
    this.node.style.transform = `translate(${this.x}px, ${this.y}px)`;
  }

  /** @param {string} arrow the name of its key */
  step(arrow) {
    this.node.hidden = false;
    const [right, down] = [
      Number(arrow === "ArrowRight") - Number(arrow === "ArrowLeft"),
      Number(arrow === "ArrowDown") - Number(arrow === "ArrowUp"),
    ];
    this.move((this.x ?? 0) + STEP * right, (this.y ?? 0) + STEP * down);
  }
}
