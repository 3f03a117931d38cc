"""The drawing pad, driven in a browser: what is drawn, by whatever hand, is seen and encoded."""

import base64
import io

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from matplotlib.image import imread
from support import node, widget_page
from support.strokes import DIGITS, scaled

import vaelab as vl
from vaelab.widgets.shared import esm

SLATE = ".vaelab-slate"
START = """
async ([module, css, side]) => {
  const { DrawingPad } = await import(module);
  document.head.appendChild(document.createElement("style")).textContent = css;
  const host = document.body.appendChild(document.createElement("div"));
  host.className = "vaelab";
  window.changes = 0;
  window.pad = new DrawingPad({ side, onchange: () => (window.changes += 1) });
  host.append(window.pad.node);
}
"""


def start(page, side=28):
    module = esm.module("latent_explorer/drawing_pad.js")
    page.evaluate(START, [widget_page.imported(module), vl.LatentExplorer._css, side])


@pytest.fixture
def shown(page):
    start(page)
    return page


def draw(page, strokes):
    """Draws with the mouse."""
    box = page.locator(f"{SLATE} canvas").bounding_box()
    for stroke in strokes:
        places = [[box[axis] + box["width"] * point[i] for i, axis in enumerate("xy")] for point in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def pixels(page) -> np.ndarray:
    """The image (side, side) that an encoder would get."""
    flat = np.array(page.evaluate("Array.from(window.pad.pixels())"))
    return flat.reshape(int(len(flat) ** 0.5), -1)


def screen(page) -> np.ndarray:
    """The pad as people see it, how bright each point of it is."""
    png = page.locator(f"{SLATE} canvas").evaluate("c => c.toDataURL().split(',')[1]")
    return imread(io.BytesIO(base64.b64decode(png)))[:, :, 0]


def told(page) -> str:
    return page.get_by_role("status").inner_text()


def extent(image) -> tuple[int, int]:
    """The width and the height of what is not black."""
    return tuple(int(np.ptp(np.flatnonzero(image.any(axis)))) + 1 for axis in (0, 1))


def test_a_digit_is_drawn_where_the_mouse_goes_and_each_change_is_told(shown):
    draw(shown, [[(0.2, 0.3), (0.4, 0.3), (0.6, 0.3), (0.8, 0.3)]])
    seen = screen(shown)
    line = np.flatnonzero(seen[:, len(seen) // 2] > 0.5)
    assert line.mean() / len(seen) == pytest.approx(0.3, abs=0.01)
    assert len(line) / len(seen) == pytest.approx(2.7 / 28, abs=0.01), "on the pad too the pen is as wide as MNIST's"
    across = np.flatnonzero(seen.max(0) > 0.5)
    assert (across[0] / len(seen), across[-1] / len(seen)) == pytest.approx(
        (0.2 - 1.35 / 28, 0.8 + 1.35 / 28), abs=0.01
    )
    assert told(shown) == "Stroke 1 drawn." and not shown.evaluate("window.pad.isEmpty")
    assert (
        3 <= shown.evaluate("window.changes") <= 6
    )  # pen down, three moves, pen up; a frame may take several together


def test_a_new_pad_is_empty_and_so_is_a_cleared_one(shown):
    empty = screen(shown)
    assert not empty.any() and not pixels(shown).any() and shown.evaluate("window.pad.isEmpty")
    assert shown.get_by_text("Draw a digit").is_visible()
    draw(shown, DIGITS[4])
    assert pixels(shown).max() == 1 and not shown.get_by_text("Draw a digit").is_visible()
    changes = shown.evaluate("window.changes")
    shown.get_by_role("button", name="Clear").click()
    assert not screen(shown).any() and not pixels(shown).any() and shown.evaluate("window.pad.isEmpty")
    assert told(shown) == "Drawing cleared." and shown.evaluate("window.changes") > changes
    draw(shown, DIGITS[1])
    shown.evaluate("window.pad.clear()")
    assert not pixels(shown).any()
    nib = shown.locator(".vaelab-nib")
    assert nib.evaluate("node => [node.style.left, node.style.top]") == ["50%", "50%"]


def test_undo_takes_one_stroke_after_the_other(shown):
    stages = [(screen(shown), pixels(shown))]
    for stroke in [*DIGITS[4], [(0.2, 0.2), (0.3, 0.9)]]:
        draw(shown, [stroke])
        stages.append((screen(shown), pixels(shown)))
    for left in (2, 1, 0):
        assert not np.allclose(screen(shown), stages[left][0], atol=0.1)
        shown.get_by_role("button", name="Undo").click()
        assert np.abs(screen(shown) - stages[left][0]).max() < 0.6  # a rim drawn piece by piece is a little bolder
        assert np.abs(screen(shown) - stages[left][0]).mean() < 0.002
        assert np.array_equal(pixels(shown), stages[left][1])
        assert told(shown) == f"Stroke {left + 1} undone."
    shown.get_by_role("button", name="Undo").click()
    assert told(shown) == "Nothing to undo." and shown.evaluate("window.pad.isEmpty")


@pytest.mark.parametrize("side", [28, 20])
def test_an_encoder_gets_the_image_of_what_was_drawn(page, side):
    """That these images are as MNIST's is asked in tests/package/test_latent_explorer_digit_pixels.py."""
    start(page, side)
    for strokes in (DIGITS[4], scaled(DIGITS[8], 0.5, (0.02, 0.3))):
        draw(page, strokes)
        made = "Array.from(digitPixels(strokes, side))"
        made = node.run("latent_explorer/digit_pixels.js", made, strokes=scaled(strokes, 28), side=side)
        assert np.abs(pixels(page) - np.reshape(made, (side, side))).max() < 0.1
        page.evaluate("window.pad.clear()")


def test_a_dot_is_seen(shown):
    draw(shown, [[(0.5, 0.5)]])
    assert screen(shown).sum() > 100


def test_a_line_out_of_the_pad_ends_at_its_edge(shown):
    draw(shown, [[(0.5, 0.5), (1.5, 0.5)], [(0.5, 0.5), (0.5, 0.2)]])
    image = pixels(shown)
    assert extent(image)[0] in (20, 21)
    assert extent(image)[1] == pytest.approx(3.9 + 16.1 * 0.3 / 0.5, abs=1.1), "half a pad across, 0.3 upwards"


def test_the_keys_draw_too(shown, mnist):
    shown.keyboard.press("Tab")
    slate = shown.get_by_role("application", name="Draw a digit")
    assert slate.evaluate("node => node === document.activeElement")
    nib = shown.locator(".vaelab-nib")
    assert nib.is_visible() and shown.get_by_text("Arrows move the pen").is_visible()

    def press(key, times=1):
        for _ in range(times):
            shown.keyboard.press(key)

    def place():
        box, pen = slate.bounding_box(), nib.bounding_box()
        return [(pen[axis] + 7 - box[axis] - 1) * 28 / (box["width"] - 2) for axis in "xy"]

    assert place() == pytest.approx([14, 14], abs=0.1)
    press("ArrowLeft", 6)
    press("ArrowUp", 8)
    press("Shift+ArrowUp", 5)
    assert place() == pytest.approx([8, 5.5], abs=0.1)
    assert shown.evaluate("window.pad.isEmpty") and told(shown) == "", "with the pen up nothing is drawn, nor said"
    up = nib.screenshot()
    press("Space")
    assert told(shown) == "Pen down." and nib.screenshot() != up
    press("ArrowRight", 12)
    assert told(shown) == "Pen down.", "a step is not worth a word"
    for _ in range(6):
        press("ArrowDown", 3)
        press("ArrowLeft")
    press("Enter")
    assert told(shown) == "Stroke 1 drawn."
    seven = torch.tensor(pixels(shown), dtype=torch.float32).reshape(1, -1)
    nearest = torch.cdist(seven, mnist.test.images)[0].topk(5, largest=False).indices
    assert (mnist.test.labels[nearest] == 7).all()

    before = pixels(shown)
    press("ArrowLeft", 3)
    assert np.array_equal(pixels(shown), before), "the pen is up"
    press("Enter")
    press("ArrowUp", 4)
    press("Escape")
    assert told(shown) == "Stroke 2 drawn." and not np.array_equal(pixels(shown), before)
    press("Escape")
    press("Delete")
    assert told(shown) == "Stroke 2 undone." and np.array_equal(pixels(shown), before)
    press("Backspace")
    assert shown.evaluate("window.pad.isEmpty")


def test_a_key_held_down_puts_the_pen_down_once(shown):
    shown.locator(SLATE).focus()
    for _ in range(4):
        shown.keyboard.down("Space")  # after the first these are repeats
    assert told(shown) == "Pen down."
    shown.keyboard.up("Space")
    shown.keyboard.press("Tab")
    assert told(shown) == "Stroke 1 drawn.", "who leaves the pad lifts the pen"


def test_the_keys_pen_stays_on_the_pad(shown):
    shown.locator(SLATE).focus()
    for _ in range(40):
        shown.keyboard.press("ArrowLeft")
    for _ in range(3):
        shown.keyboard.press("ArrowRight")
    left = shown.locator(".vaelab-nib").evaluate("node => parseFloat(node.style.left)")
    assert left == pytest.approx(300 / 28, abs=0.01)


def test_what_is_not_for_the_pad_is_left_to_the_page(shown):
    box = shown.locator(SLATE).bounding_box()
    shown.mouse.click(box["x"] + 50, box["y"] + 50, button="right")
    shown.mouse.move(box["x"] + 90, box["y"] + 50, steps=3)
    shown.locator(SLATE).focus()
    shown.keyboard.press("Control+Enter")
    assert shown.evaluate("window.pad.isEmpty") and shown.evaluate("window.changes") == 0
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Undo"


def test_fingers_draw_and_the_page_stays_where_it_is(chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 600})
    page = context.new_page()
    page.set_content("<!doctype html><body style='height: 3000px'></body>")
    start(page)
    box = page.locator(SLATE).bounding_box()
    fingers = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]):
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(places)
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.3, 0.2))
    for step in range(1, 11):
        touch("touchMove", (0.3, 0.2 + 0.06 * step))
    before = pixels(page)
    touch("touchStart", (0.3, 0.8), (0.9, 0.1))  # a second finger
    touch("touchMove", (0.3, 0.8), (0.9, 0.9))
    assert np.array_equal(pixels(page), before), "the hand that rests on the pad does not draw"
    touch("touchEnd")
    assert told(page) == "Stroke 1 drawn." and page.evaluate("window.scrollY") == 0
    seen = screen(page)
    down, across = (np.flatnonzero(seen.max(axis) > 0.5) / len(seen) for axis in (1, 0))
    assert (down[0], down[-1]) == pytest.approx((0.2 - 0.05, 0.8 + 0.05), abs=0.02)
    assert across.mean() == pytest.approx(0.3, abs=0.01)
    context.close()


def test_every_point_between_two_frames_counts(shown):
    """A fast hand moves far within a frame; the browser then hands over the places in between."""
    shown.evaluate(
        """() => {
             const slate = document.querySelector(".vaelab-slate");
             const box = slate.querySelector("canvas").getBoundingClientRect();
             const at = (type, x, y) => new PointerEvent(type, { pointerId: 1,
               clientX: box.left + x * box.width, clientY: box.top + y * box.height });
             slate.setPointerCapture = () => {}; // this pointer is made up
             slate.dispatchEvent(at("pointerdown", 0.1, 0.1));
             const move = at("pointermove", 0.9, 0.1);
             move.getCoalescedEvents = () => [at("pointermove", 0.5, 0.9), move];
             slate.dispatchEvent(move);
           }"""
    )
    seen = screen(shown)
    assert seen[int(0.88 * len(seen)), len(seen) // 2] == 1, "the V reaches down between its two ends"
    assert shown.evaluate("window.changes") == 2


@pytest.mark.parametrize(("width", "scheme"), [(140, "dark"), (380, "light"), (1000, "dark")])
def test_the_pad_fits_and_stands_out(page, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width + 26, "height": 500})
    start(page)
    box = page.locator(SLATE).bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=0.5)
    assert box["width"] >= (180 if width >= 380 else 140)
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 26
    for name in ("Undo", "Clear"):
        assert page.get_by_role("button", name=name).bounding_box()["height"] >= 32
    draw(page, DIGITS[7])
    assert screen(page)[0, 0] == 0 and screen(page).max() == 1


def test_axe_finds_nothing(shown):
    for key in ("Tab", "Space", "ArrowDown", "Space"):
        assert not Axe().run(shown, ".vaelab").response["violations"]
        shown.keyboard.press(key)
    assert not Axe().run(shown, ".vaelab").response["violations"]
