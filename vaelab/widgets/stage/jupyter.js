// JupyterLab 4 and Notebook 7: a notebook with its kernel, to present.

import { Presenter } from "./presenter.js";

/**
 * @import { WidgetModel } from "../shared/elements.js"
 * @import { Stop } from "./layout.js"
 * @import { Stageable } from "./presenter.js"
 */

/**
 * Of Lumino's widget that shows the notebook, what is used here.
 * @typedef {object} NotebookWidget
 * @property {HTMLElement} node
 * @property {{ windowingMode: string }} notebookConfig
 * @property {NotebookWidget | null} parent
 */

/**
 * The notebook that a view of a widget lies in. Front ends that are made otherwise have none.
 * @param {WidgetModel & { widget_manager?: any }} model
 * @param {HTMLElement} el
 * @returns {Promise<NotebookWidget | null>}
 */
export async function notebookOf(model, el) {
  try {
    const { views } = await model.widget_manager.get_model(model.get("_own_id"));
    for (const view of await Promise.all(Object.values(views)))
      if (view.el.contains(el))
        for (let widget = view.luminoWidget ?? view.pWidget; widget; widget = widget.parent)
          if (widget.notebookConfig) return widget;
  } catch {
    // another front end, or another version of this one
  }
  return null;
}

/**
 * The notebook around an element, as a page to present.
 * @param {HTMLElement} node the notebook's
 * @param {NotebookWidget | null} widget
 * @returns {Stageable}
 */
export function jupyterPage(node, widget) {
  const root = /** @type {HTMLElement} */ (node.querySelector(".jp-WindowedPanel-viewport") ?? node);
  let mode = "";
  return {
    root,
    parts:
      ".jp-Cell, .jp-Cell-inputWrapper, .jp-Cell-outputWrapper, .jp-InputArea, .jp-OutputArea, .jp-OutputArea-child, " +
      ".jp-MarkdownOutput, .jp-MarkdownOutput > ul, .jp-MarkdownOutput > ol, .jp-MarkdownCell.jp-mod-rendered .jp-InputArea",
    skipped:
      ".jp-CellHeader, .jp-CellFooter, .jp-Collapser, .jp-InputPrompt, .jp-OutputPrompt, .jp-Cell:has(.vaelab-present), " +
      ".jp-OutputArea-promptOverlay, .jp-Placeholder, .jp-cell-menu, .jp-RawCell, .jp-InputArea-rendered:empty, " +
      ".jp-MarkdownCell.jp-mod-rendered .jp-InputArea-editor, .jp-MarkdownCell:not(.jp-mod-rendered) .jp-MarkdownOutput",
    code: ".jp-InputArea-editor",
    outputs: ".jp-OutputArea-output",
    widgets: ".vaelab",

    isShown: () => node.getClientRects().length > 0,

    async open() {
      if (!widget || widget.notebookConfig.windowingMode === "none") return;
      mode = widget.notebookConfig.windowingMode; // in some modes cells that are not seen are not in the page
      widget.notebookConfig = { ...widget.notebookConfig, windowingMode: "none" };
      await new Promise((done) => setTimeout(done, 50));
    },

    close() {
      if (widget && mode) widget.notebookConfig = { ...widget.notebookConfig, windowingMode: mode };
      mode = "";
    },

    // Jupyter's own keys go to the cell that has the focus: Enter edits it.
    focus(stop) {
      const cell = cellOf(stop);
      cell?.focus({ preventScroll: true });
      return Boolean(cell?.contains(document.activeElement));
    },

    // By the key that runs a cell and stays there: Shift and Enter would go on to one that isn't seen.
    run(stop) {
      const cell = cellOf(stop);
      if (!cell?.matches(".jp-CodeCell")) return;
      if (!cell.contains(document.activeElement)) cell.focus({ preventScroll: true });
      const mac = /Mac|iP/.test(navigator.platform);
      const keys = { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: !mac, metaKey: mac };
      for (const type of ["keydown", "keyup"])
        document.activeElement?.dispatchEvent(
          new KeyboardEvent(type, { ...keys, bubbles: true, cancelable: true, composed: true }),
        );
    },

    isBusy: (stop) => /\*/.test(cellOf(stop)?.querySelector(".jp-InputPrompt")?.textContent ?? ""),
  };
}

/**
 * The cell of a stop that has one to run, or the one of its first piece.
 * @param {Stop} stop
 * @returns {HTMLElement | null}
 */
function cellOf({ pieces }) {
  const piece = pieces.find(({ kind }) => kind === "code") ?? pieces[0];
  return piece.node.closest(".jp-Cell");
}

/**
 * The presenter of a notebook: one for each, as long as the page is there.
 * @param {HTMLElement & { vaelabPresenter?: Presenter }} node
 * @param {NotebookWidget | null} widget
 * @returns {Presenter}
 */
export function presenterOf(node, widget) {
  node.vaelabPresenter ??= new Presenter(jupyterPage(node, widget));
  return node.vaelabPresenter;
}
