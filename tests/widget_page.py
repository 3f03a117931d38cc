"""A page with one live widget and no kernel: its ES module, its state, and the part of a widget model that it calls."""

import base64

from playwright.sync_api import Page

SHIM = """
async ([module, css, state]) => {
  const decode = (value) =>
    value && value.base64 !== undefined
      ? new DataView(Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0)).buffer)
      : value;
  const values = Object.fromEntries(Object.entries(state).map(([name, value]) => [name, decode(value)]));
  let listeners = [];
  window.saved = []; // what the widget would have told Python
  const model = {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      listeners.filter(([event]) => event === `change:${name}`).forEach(([, call]) => call());
    },
    on: (event, call) => listeners.push([event, call]),
    off: (event, call) => (listeners = listeners.filter((one) => one[0] !== event || one[1] !== call)),
    save_changes: () => window.saved.push(structuredClone({ value: values.value, epoch: values.epoch })),
  };
  document.head.appendChild(document.createElement("style")).textContent = css;
  const el = document.body.appendChild(document.createElement("div"));
  const { default: widget } = await import("data:text/javascript;base64," + module);
  window.cleanup = await widget.render({ model, el });
  window.model = model;
}
"""


def show(page: Page, widget) -> None:
    """Puts the widget on the page, alive."""
    state = {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in widget.get_state().items()
        if name not in ("_esm", "_css", "layout", "tabbable", "tooltip")
    }
    module = base64.b64encode(widget._esm.encode()).decode()
    page.evaluate(SHIM, [module, widget._css, state])
