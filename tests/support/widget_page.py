"""A page with one live widget and no kernel: its ES module, its state, and the part of a widget model that it calls.

And what several tests ask of such a page.
"""

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
    settle(page)


def settle(page) -> None:
    """Lets the page catch up: what it is asked for it draws in the next frame, and a new size in that after it."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")


def pixels(page) -> list[int]:
    """The decoded image, as red, green, blue and opacity of one pixel after the other."""
    settle(page)
    return page.locator(".vaelab-image").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


def pictures(page, selector: str) -> list[str]:
    """What the canvases show, as the PNG that the browser makes of each: equal when the pictures are."""
    settle(page)
    return [canvas.evaluate("c => c.toDataURL()") for canvas in page.locator(selector).all()]


def ink(page, selector: str) -> list[int]:
    """How many pixels of each canvas something was drawn on."""
    settle(page)
    return [
        canvas.evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height)"
            ".data.filter((value, i) => i % 4 == 3 && value).length"
        )
        for canvas in page.locator(selector).all()
    ]


def drag(page, start: tuple[float, float], end: tuple[float, float], pad: str = ".vaelab-pad") -> None:
    """Drags the mouse over the pad, from and to shares of its width and height."""
    box = page.locator(pad).bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=8)
    page.mouse.up()
    settle(page)
