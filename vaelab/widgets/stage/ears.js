// What the stage hears: keys, those that a widget's page in a frame hands on, and where the mouse is in it.

import { actionOf, isNative, isStageKey, isTyping, needs } from "./keys.js";

/**
 * @import { Presenter } from "./presenter.js"
 */

const REPEATED = new Set(["next", "back", "point"]); // by a key that is held; the rest would flicker
const DIALOGS = "dialog, [role=dialog], .jp-Dialog, .lm-Menu";

export class Ears {
  /** @param {Presenter} presenter */
  constructor(presenter) {
    this.presenter = presenter;
    this.press = this.press.bind(this);
    this.hear = this.hear.bind(this);
    window.addEventListener("keydown", this.press, true); // before JupyterLab
    window.addEventListener("message", this.hear);
  }

  /** Hears nothing any more. */
  close() {
    window.removeEventListener("keydown", this.press, true);
    window.removeEventListener("message", this.hear);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { presenter } = this;
    if (event.isComposing) return;
    if (isStageKey(event) && (presenter.on || (presenter.page.isShown?.() ?? true))) {
      swallow(event);
      if (!event.repeat) presenter.toggle(); // a key that is held is one wish
    } else if (presenter.on) this.onStage(event);
  }

  /**
   * What has the focus comes first; what it has no use for is the stage's, and nothing that is typed beside it gets
   * through: in a notebook a letter may cut a cell.
   * @param {KeyboardEvent} event
   */
  onStage(event) {
    const { presenter } = this;
    const { target, key, ctrlKey, metaKey, altKey } = event;
    if (!(target instanceof Element)) return;
    const list = target.closest("dialog");
    if (list && key.startsWith("Page"))
      list.close(); // a clicker has no other key
    else if (target.closest(DIALOGS)) return;
    const action = actionOf(event);
    const held = isUsed(target);
    const takes = needs(target, key) && !(action === "run" && isTyping(target)); // a cell is run from its editor
    if (action === "leave" && held && !presenter.curtain.isDrawn) setTimeout(() => presenter.letGo());
    else if (takes || (held && action === "point")) {
      if (isNative(target)) event.stopImmediatePropagation(); // the browser moves it, JupyterLab would move on
    } else if (action) {
      swallow(event);
      if (!event.repeat || REPEATED.has(action)) presenter.act(action, event);
    } else if (ctrlKey || metaKey || altKey) return;
    else if (key.length === 1 || (key === "Enter" && !presenter.code)) swallow(event);
  }

  /** @param {MessageEvent} event see inside.js */
  hear({ data, source }) {
    const { presenter } = this;
    if (typeof data !== "object" || !data) return;
    const frames = [...presenter.page.root.querySelectorAll("iframe")];
    const frame = frames.find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    if (data.vaelab === "key" && isStageKey(data)) presenter.toggle();
    else if (!presenter.on) return;
    else if (data.vaelab === "key" && data.key === "Escape") presenter.letGo();
    else if (data.vaelab === "key") presenter.act(actionOf(data), data);
    else if (data.vaelab === "pointer") {
      const { left, top } = frame.getBoundingClientRect();
      presenter.spot.move(left + frame.clientLeft + data.x, top + frame.clientTop + data.y);
    }
  }
}

/**
 * Whether an element is used, rather than read.
 * @param {Element} target
 */
function isUsed(target) {
  return isTyping(target) || target instanceof HTMLIFrameElement || needs(target, "Enter") || needs(target, " ");
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
