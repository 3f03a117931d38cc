"""A page with one live widget and no kernel: its ES module, its state, and the model that saved pages have, too.

And what several tests ask of such a page.
"""

import base64
import zlib

from playwright.sync_api import Page

from vaelab.widgets.shared import esm
from vaelab.widgets.shared.style import MARGIN

SHOW = """
async ([page, module, css, state]) => {
  const { PageModel, unpack } = await import(page);
  const unpacked = async (traits) => {
    const one = async ([name, value]) => [name, value?.packed ? await unpack(value) : value];
    return Object.fromEntries(await Promise.all(Object.entries(traits).map(one)));
  };
  const told = () => Object.fromEntries(Object.entries(model.state).filter(([name]) => !name.startsWith("_")));
  window.saved = []; // what the widget would have told Python: the public traits as they are then
  const model = new PageModel(await unpacked(state), () => window.saved.push(structuredClone(told())));
  window.receive = async (traits) => model.update(await unpacked(traits));
  document.head.appendChild(document.createElement("style")).textContent = css;
  const el = document.body.appendChild(document.createElement("div"));
  const { default: widget } = await import(module);
  window.cleanup = await widget.render({ model, el });
  window.model = model;
}
"""


def show(page: Page, widget) -> None:
    """Puts the widget on the page, alive."""
    hidden = ("_esm", "_css", "layout", "tabbable", "tooltip")
    state = {name: _packed(value) for name, value in widget.get_state().items() if name not in hidden}
    page.evaluate(SHOW, [imported(esm.module("shared/page.js")), imported(widget._esm), widget._css, state])
    settle(page)


def send(page, **traits) -> None:
    """Brings traits to the widget on the page in one message, as the kernel does."""
    page.evaluate("traits => window.receive(traits)", {name: _packed(value) for name, value in traits.items()})


def _packed(value):
    """The value of a trait as JSON; bytes as `unpack` in page.js reads them."""
    if not isinstance(value, bytes):
        return value
    return {"packed": base64.b64encode(zlib.compress(value, 1)).decode(), "planes": 1}


def imported(module: str) -> str:
    """A module's text as a page can import it."""
    return "data:text/javascript;base64," + base64.b64encode(module.encode()).decode()


def inside(page, selector: str) -> tuple[float, float, float, float]:
    """The inside of the axes of a chart or a map: left, top, width and height, in CSS pixels of the page."""
    box = page.locator(selector).bounding_box()
    width, height = box["width"] - MARGIN["left"] - MARGIN["right"], box["height"] - MARGIN["top"] - MARGIN["bottom"]
    return box["x"] + MARGIN["left"], box["y"] + MARGIN["top"], width, height


def place(page, selector: str, share: tuple[float, float]) -> tuple[float, float]:
    """Where on the page a place inside the axes lies, given in shares of what they show: (right, up)."""
    left, top, width, height = inside(page, selector)
    return left + share[0] * width, top + (1 - share[1]) * height


def settle(page) -> None:
    """Lets the page catch up: what it is asked for it draws in the next frame, and a new size in that after it.

    A page that is held has no next frame.
    """
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    page.evaluate(f"window.held || {frames}")


def hold(page) -> None:
    """Stops the page's clock: what plays there goes on only while the test lets time pass, `page.clock.run_for(ms)`.

    However slow the machine is, nothing happens between two lines of a test.
    """
    page.clock.install()
    page.evaluate("window.held = true")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)


def pixels(page) -> list[int]:
    """The decoded image, as red, green, blue and opacity of one pixel after the other."""
    settle(page)
    return page.locator(".vaelab-image").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


# A canvas's picture as a text, equal when all its pixels are. A PNG would take ten times as long.
PICTURE = """(canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let [a, b] = [canvas.width, canvas.height];
  for (const pixel of new Uint32Array(data.buffer)) {
    a = Math.imul(a ^ pixel, 0x9e3779b1) ^ (a >>> 15);
    b = Math.imul(b ^ pixel, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${a} ${b}`;
}"""


def pictures(page, selector: str) -> list[str]:
    """What the canvases show, as a text for each: see PICTURE."""
    settle(page)
    return page.locator(selector).evaluate_all(f"(canvases) => canvases.map({PICTURE})")


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
