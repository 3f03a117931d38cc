"""On a stage, at 1280 x 720: all of each widget fits, its texts can be read from the last row, it is alive."""

import pytest
from support.strokes import DIGITS
from support.widget_page import pictures, settle, show

import vaelab as vl

ROOM = (1240, 650)  # CSS pixels that the stage leaves a widget
LEAST = 16  # CSS pixels: no text is smaller

# What is drawn on canvases is recorded: each text with its size on the page.
RECORD = """
window.written = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  const scale = this.getTransform().a * this.canvas.getBoundingClientRect().width / this.canvas.width;
  window.written.push([text, parseFloat(this.font.match(/[\\d.]+(?=px)/)[0]) * scale]);
  return fillText.call(this, text, ...place);
};
"""
# What is wrong: elements that lie outside of the widget, small texts, texts that lie on one another.
WRONG = """([width, height, least]) => {
  const widget = document.querySelector(".vaelab");
  const whole = widget.getBoundingClientRect();
  const wrong = whole.width > width || whole.height > height ? [`${whole.width} x ${whole.height}`] : [];
  const texts = [];
  for (const node of widget.querySelectorAll("*")) {
    const style = getComputedStyle(node);
    if (!node.checkVisibility() || node.closest(".vaelab-unseen") || style.clipPath !== "none") continue;
    const box = node.getBoundingClientRect();
    const name = `${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`;
    const over = [whole.left - box.left, whole.top - box.top, box.right - whole.right, box.bottom - whole.bottom];
    if (Math.max(...over) > 1) wrong.push(`outside: ${name} ${over.map(Math.round)}`);
    for (const child of node.childNodes) {
      if (child.nodeType !== Node.TEXT_NODE || !child.textContent.trim()) continue;
      if (parseFloat(style.fontSize) < least) wrong.push(`small: ${name} ${style.fontSize}`);
      const range = document.createRange();
      range.selectNodeContents(child);
      for (const line of range.getClientRects()) texts.push([child.textContent, line]);
    }
  }
  texts.forEach(([text, a], i) => {
    for (const [other, b] of texts.slice(0, i)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 6) wrong.push(`on one another: ${text} and ${other}`);
    }
  });
  for (const [text, size] of window.written) if (size < least - 0.01) wrong.push(`small: ${text} ${size}`);
  if (!window.written.length) wrong.push("nothing is written on a canvas");
  return wrong;
}"""


@pytest.fixture(scope="module")
def projector(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(RECORD)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def stage(projector):
    """A page on the stage."""
    page = projector.new_page()
    page.goto("about:blank")
    page.set_content("<!doctype html><meta name='color-scheme' content='light dark'><style>body{margin:20px}</style>")
    page.evaluate("document.documentElement.dataset.stage = ''")
    yield page
    page.close()


def press(page, *names):
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def tick(page, name):
    page.get_by_role("checkbox", name=name).check()


def select(page):
    page.locator(".vaelab-pad").first.press("Enter")


def path(page):
    page.get_by_text("Path from A to B").click()
    press(page, "Set A", "Sample from the prior", "Set B")


def draw(page):
    page.get_by_text("Draw a digit").first.click()
    box = page.locator(".vaelab-slate").bounding_box()
    for stroke in DIGITS[4]:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def runs(count):
    """So many trainings to compare."""

    def of(_, mnist, histories):
        one, two = histories.values()
        named = dict(zip(("KL only", "both", "reconstruction only", "beta = 0.01"), (one, two, two, one), strict=True))
        return vl.LossComparison(dict(list(named.items())[:count]), mnist.test.labels[:300])

    return of


def explorer(vae, mnist, _):
    return vl.LatentExplorer(vae, mnist.test.images[:500], mnist.test.labels[:500])


def two_models(vae, mnist, _):
    models = {"autoencoder": vl.Autoencoder(hidden=(64,)), "VAE": vae}
    return vl.LatentExplorer(models, mnist.test.images[:500], mnist.test.labels[:500])


# Each widget, what is done to it one thing after the other, and a place to drag, with what that changes.
KNOB, PAD, NUMBERS = ".vaelab-knob:visible", ".vaelab-pad", ".vaelab-numbers"
WIDGETS = {
    "KL": (
        lambda *_: vl.KLPlayground(),
        [lambda page: tick(page, "p = N(0, 1)"), lambda page: press(page, "Wide q", "Swap q and p")],
        (KNOB, ".vaelab-ledger td"),
    ),
    "ELBO": (
        lambda *_: vl.ELBOPlayground(),
        [lambda page: page.get_by_role("radio").last.check(), lambda page: press(page, "Climb to the best q")],
        (KNOB, ".vaelab-sums"),
    ),
    "draws": (
        lambda *_: vl.ReparameterizationPlayground(),
        [lambda page: tick(page, "without the trick")],
        (KNOB, ".vaelab-terms"),
    ),
    "gradients": (
        lambda *_: vl.ReparameterizationPlayground(lambda z: z**2),
        [lambda page: press(page, *["100 draws"] * 10), lambda page: page.get_by_role("radio").last.check()],
        (KNOB, ".vaelab-terms"),
    ),
    "explorer": (explorer, [lambda page: tick(page, "decoded backdrop"), select, path, draw], (PAD, NUMBERS)),
    "two models": (two_models, [select, path, draw], (PAD, NUMBERS)),
    **{
        f"{count} trainings": (
            runs(count),
            [lambda page: page.get_by_role("slider", name="Epoch").press("Home"), lambda page: press(page, "Zoom in")],
            (".vaelab-run-curves", ".vaelab-scrub .vaelab-numbers"),
        )
        for count in (2, 3, 4)
    },
}


@pytest.mark.parametrize("name", WIDGETS)
def test_on_a_stage_a_widget_fits_is_legible_and_alive(stage, vae, mnist, histories, name):
    make, steps, (handle, number) = WIDGETS[name]
    show(stage, make(vae, mnist, histories))
    assert stage.evaluate(WRONG, [*ROOM, LEAST]) == []
    for step in steps:
        step(stage)
        settle(stage)
        assert stage.evaluate(WRONG, [*ROOM, LEAST]) == []
    before = stage.locator(number).first.inner_text()
    box = stage.locator(handle).first.bounding_box()
    x, y = box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"]
    stage.mouse.move(x, y)
    stage.mouse.down()
    stage.mouse.move(x + 40, y, steps=3)
    stage.mouse.up()
    settle(stage)
    assert stage.locator(number).first.inner_text() != before


@pytest.mark.parametrize("name", ["KL", "explorer", "3 trainings"])
def test_whoever_leaves_the_stage_finds_the_widget_as_it_was(page, vae, mnist, histories, name):
    show(page, WIDGETS[name][0](vae, mnist, histories))
    before = page.locator(".vaelab").bounding_box(), pictures(page, ".vaelab canvas")
    page.evaluate("document.documentElement.dataset.stage = ''")
    settle(page)
    assert pictures(page, ".vaelab canvas") != before[1]
    page.evaluate("delete document.documentElement.dataset.stage")
    settle(page)
    assert (page.locator(".vaelab").bounding_box(), pictures(page, ".vaelab canvas")) == before


def test_text_and_charts_take_the_room_that_the_stage_gives(stage):
    show(stage, vl.KLPlayground())
    size = "parseFloat(getComputedStyle(document.querySelector('.vaelab')).fontSize)"
    small = stage.evaluate(size)
    for room, window in ((580, (1280, 720)), (1000, (1920, 1080))):
        stage.set_viewport_size(dict(zip(("width", "height"), window, strict=True)))
        stage.evaluate("room => document.documentElement.style.setProperty('--vaelab-room', `${room}px`)", room)
        settle(stage)
        assert stage.locator(".vaelab").bounding_box()["height"] == room
        assert stage.evaluate(WRONG, [window[0] - 40, room, LEAST]) == []
    stage.evaluate("window.written = []")
    stage.locator(KNOB).first.press("ArrowLeft")
    settle(stage)
    assert stage.evaluate(size) > 1.4 * small
    assert stage.evaluate("Math.min(...window.written.map(([, size]) => size))") > 1.4 * small
