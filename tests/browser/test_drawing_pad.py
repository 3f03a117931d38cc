"""The drawing pad, driven in a browser: what is drawn becomes an image like MNIST's, however it was drawn."""

import base64
import io

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from matplotlib.image import imread

from vaelab.widgets.shared import base

SLATE = ".vaelab-slate"
START = """
async ([module, css, side]) => {
  const { DrawingPad } = await import("data:text/javascript;base64," + module);
  document.head.appendChild(document.createElement("style")).textContent = css;
  const host = document.body.appendChild(document.createElement("div"));
  host.className = "vaelab";
  window.changes = 0;
  window.pad = new DrawingPad({ side, onchange: () => (window.changes += 1) });
  host.append(window.pad.node);
}
"""


def arc(x, y, a, b, start, end):
    """Part of an ellipse around (x, y); degrees run clockwise from the right, as y points down."""
    t = np.radians(np.linspace(start, end, 25))
    return list(zip(x + a * np.cos(t), y + b * np.sin(t), strict=True))


DIGITS = [  # each a list of strokes, in shares of the pad
    [arc(0.5, 0.5, 0.25, 0.38, -90, 270)],
    [[(0.56, 0.12), (0.46, 0.88)]],
    [[*arc(0.48, 0.32, 0.22, 0.2, -170, 50), (0.26, 0.86), (0.76, 0.84)]],
    [arc(0.46, 0.31, 0.22, 0.19, -150, 80) + arc(0.46, 0.68, 0.25, 0.2, -80, 150)],
    [[(0.34, 0.14), (0.28, 0.5), (0.72, 0.5)], [(0.7, 0.16), (0.66, 0.88)]],
    [[(0.72, 0.14), (0.38, 0.14), (0.34, 0.46), *arc(0.46, 0.64, 0.24, 0.22, -110, 150)]],
    [[(0.62, 0.12), *arc(0.5, 0.5, 0.2, 0.36, -110, -200), *arc(0.48, 0.68, 0.18, 0.19, 150, 510)]],
    [[(0.26, 0.16), (0.74, 0.16), (0.46, 0.88)]],
    [arc(0.5, 0.31, 0.17, 0.18, 60, -240) + arc(0.5, 0.68, 0.21, 0.2, -110, 250)],
    [[*arc(0.48, 0.34, 0.19, 0.2, -20, -360), (0.66, 0.5), (0.58, 0.88)]],
]


def start(page, side=28):
    module = base64.b64encode(base.module("latent_explorer/drawing_pad.js").encode()).decode()
    page.evaluate(START, [module, base.Widget._css, side])


@pytest.fixture
def shown(page):
    start(page)
    return page


def draw(page, strokes, scale=1.0, corner=(0.0, 0.0)):
    """Draws with the mouse."""
    box = page.locator(f"{SLATE} canvas").bounding_box()
    for stroke in strokes:
        places = [
            [box[axis] + box["width"] * (corner[i] + scale * point[i]) for i, axis in enumerate("xy")]
            for point in stroke
        ]
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


def centre(image) -> tuple[float, float]:
    """The centre of mass, across and down, where pixel (0, 0) has its middle at (0.5, 0.5)."""
    places = np.arange(len(image)) + 0.5
    return (image.sum(0) @ places / image.sum(), image.sum(1) @ places / image.sum())


def extent(image) -> tuple[int, int]:
    """The width and the height of what is not black."""
    return tuple(int(np.ptp(np.flatnonzero(image.any(axis)))) + 1 for axis in (0, 1))


def stroke_width(images) -> np.ndarray:
    """Ink over half the length of the outline, which is the sum of the gradient's size: a line's width."""
    padded = np.pad(np.atleast_3d(images.T).T, ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]
    return 2 * padded.sum((1, 2)) / np.hypot(down, right).sum((1, 2))


@pytest.fixture(scope="module")
def drawn(chromium):
    """The digits 0 to 9, drawn with the mouse: ten images (10, 28, 28)."""
    page = chromium.new_page()
    start(page)
    images = []
    for strokes in DIGITS:
        draw(page, strokes)
        images.append(pixels(page))
        page.get_by_role("button", name="Clear").click()
    page.close()
    return np.stack(images)


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


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_fits_mnists_box_and_lies_where_mnists_lie(drawn, digit):
    image = drawn[digit]
    assert image.min() == 0 and image.max() == 1
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)  # MNIST's test digits: 14.51 and 14.49 on average
    assert 19 <= max(extent(image)) <= 21  # MNIST's: 20


def test_mnists_digits_lie_there_and_have_such_strokes(drawn, mnist):
    real = mnist.test.images.reshape(-1, 28, 28).numpy()
    centres = np.array([centre(image) for image in real[:1000]])
    assert np.abs(centres - 14.5).max() < 0.51 and np.abs(centres.mean(0) - 14.5).max() < 0.05
    assert {max(extent(image)) for image in real[:1000]} <= {19, 20}
    labels = mnist.test.labels.numpy()
    for measure, within in (
        (stroke_width, 0.2),
        (lambda images: (images > 0.98).sum((1, 2)) / (images > 0).sum((1, 2)), 0.05),  # how much of the ink is white
        (lambda images: images.mean((1, 2)), 0.02),
    ):
        theirs = measure(real)
        theirs = np.array([theirs[labels == digit].mean() for digit in range(10)])
        assert measure(drawn).mean() == pytest.approx(theirs.mean(), abs=within)


def test_the_nearest_of_ten_thousand_mnist_digits_is_the_one_that_was_drawn(drawn, mnist):
    images = torch.tensor(drawn, dtype=torch.float32).reshape(10, -1)
    nearest = torch.cdist(images, mnist.test.images).topk(5, largest=False).indices
    found = mnist.test.labels[nearest].mode(dim=1).values
    assert (found == torch.arange(10)).sum() >= 9, found


@pytest.mark.parametrize("digit", [1, 2, 8])
@pytest.mark.parametrize(("scale", "corner"), [(0.25, (0.72, 0.74)), (0.5, (0.02, 0.3))])
def test_size_and_place_make_no_difference(shown, drawn, digit, scale, corner):
    draw(shown, DIGITS[digit], scale, corner)
    assert np.abs(pixels(shown) - drawn[digit]).max() < 0.2
    assert np.abs(pixels(shown) - drawn[digit]).mean() < 0.01


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.03, 0.98)])
def test_a_dot_stays_a_dot(shown, place):
    draw(shown, [[place]])
    assert screen(shown).sum() > 100
    image = pixels(shown)
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)
    assert max(extent(image)) <= 5 and image.sum() == pytest.approx(np.pi * 1.35**2, rel=0.1)


def test_a_shaky_dot_is_not_blown_up(shown):
    draw(shown, [[(0.5, 0.5), (0.51, 0.5), (0.51, 0.51)]])
    assert max(extent(pixels(shown))) <= 7


@pytest.mark.parametrize("end", [(0.5, 0.9), (0.9, 0.5)])
def test_an_upright_and_a_level_line(shown, end):
    draw(shown, [[(0.5, 0.5), end]])
    image = pixels(shown)
    assert sorted(extent(image))[1] in (20, 21) and sorted(extent(image))[0] <= 5
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)
    assert stroke_width(image[None])[0] == pytest.approx(2.5, abs=0.3)


def test_nothing_leaves_the_image_when_the_mass_lies_far_to_one_side(shown):
    draw(shown, [[(0.5, 0.1)], [(0.1, 0.82), (0.9, 0.82), (0.9, 0.9), (0.1, 0.9)]])  # a dot high over a bar
    image = pixels(shown)
    assert extent(image)[1] == 20 and image[0].max() > 0 and centre(image)[1] > 14.6


def test_a_line_out_of_the_pad_ends_at_its_edge(shown):
    draw(shown, [[(0.5, 0.5), (1.5, 0.5)], [(0.5, 0.5), (0.5, 0.2)]])
    image = pixels(shown)
    assert extent(image)[0] in (20, 21)
    assert extent(image)[1] == pytest.approx(3.9 + 16.1 * 0.3 / 0.5, abs=1.1), "half a pad across, 0.3 upwards"


@pytest.mark.parametrize("side", [8, 20, 64])
def test_other_sides(page, drawn, side):
    start(page, side)
    draw(page, DIGITS[3])
    image = pixels(page)
    assert image.shape == (side, side) and image.max() > 0.9
    assert centre(image) == pytest.approx((14.5 * side / 28,) * 2, abs=0.1)
    assert max(extent(image)) == pytest.approx(20 * side / 28, abs=2)
    assert image.mean() == pytest.approx(drawn[3].mean(), rel=0.1 if side > 8 else 0.5)


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [140, 380, 1000])
def test_the_pad_fits_and_stands_out(page, scheme, width):
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
