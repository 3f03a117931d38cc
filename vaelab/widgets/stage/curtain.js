// The black screen.

import { element } from "../shared/elements.js";

export class Curtain {
  /** @param {() => void} opened what is done when it has been opened */
  constructor(opened) {
    this.opened = opened;
    const name = "The screen is black. B or a click brings it back.";
    this.node = element("button", { class: "vaelab-stage vaelab-stage-curtain", "aria-label": name, type: "button" });
    this.node.hidden = true;
    this.node.addEventListener("click", () => this.open());
  }

  get isDrawn() {
    return !this.node.hidden;
  }

  toggle() {
    if (this.isDrawn) this.open();
    else {
      this.node.hidden = false;
      this.node.focus();
    }
  }

  open() {
    if (!this.isDrawn) return;
    this.node.hidden = true;
    this.opened();
  }
}
