// The line below the stage: where one is, and its buttons.

import { button, element } from "../shared/elements.js";

export class Bar {
  /** @param {(action: string) => void} act */
  constructor(act) {
    const control = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {string} */ action) =>
      button(sign, () => act(action), { "aria-label": name, title: name });
    this.place = button("", () => act("overview"), { class: "vaelab-stage-place", title: "The sections (O)" });
    this.busy = element("span", { class: "vaelab-stage-busy" }, "running");
    this.said = element("span", { class: "vaelab-unseen", role: "status" });
    this.node = element(
      "div",
      { class: "vaelab-stage vaelab-stage-bar", role: "toolbar", "aria-label": "The stage" },
      control("←", "Back (←)", "back"),
      control("→", "On (→)", "next"),
      this.place,
      this.busy,
      element("span", { class: "vaelab-stage-space" }),
      control("●", "A spot that points (L)", "pointer"),
      control("■", "Black screen (B)", "black"),
      control("?", "Keys (?)", "help"),
      control("×", "Leave the stage (Esc)", "leave"),
      this.said,
    );
  }

  /**
   * @param {number} number of the stop, from 1
   * @param {number} count
   * @param {string} section
   * @param {boolean} busy whether its cell runs
   */
  tell(number, count, section, busy) {
    const text = `${number} / ${count}${section ? ` · ${section}` : ""}`;
    this.place.textContent = text;
    this.busy.hidden = !busy;
    const said = `${number} of ${count}${section ? `: ${section}` : ""}`;
    if (this.said.textContent !== said) this.said.textContent = said;
  }
}
