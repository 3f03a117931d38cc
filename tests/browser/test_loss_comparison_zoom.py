"""The axes of LossComparison's maps: the same for all, and one zoom by buttons, wheel, keys, mouse and fingers."""

import numpy as np
import pytest
import torch
from support import widget_page
from support.comparison_page import CURVES, DOTS, PADS, blue_dots, lumps
from support.widget_page import inside, pictures

import vaelab as vl


def test_the_same_axes_for_all(page, comparison):
    widget_page.show(page, comparison)
    before = pictures(page, DOTS), pictures(page, f"{CURVES} canvas")
    page.get_by_label("same axes for all").check()
    after = pictures(page, DOTS), pictures(page, f"{CURVES} canvas")
    for maps in zip(before, after, strict=True):
        assert sum(a != b for a, b in zip(*maps, strict=True)) == 1, "all but the widest, and the highest, change"


def test_the_same_axes_hold_every_run_entirely(page):
    """Two runs whose codes lie far apart, neither around the origin."""
    widget_page.show(page, vl.LossComparison(lumps(left=([-20.0, 0.0], 1), right=([12.0, 5.0], 1))))
    page.get_by_label("same axes for all").check()
    assert min(one["count"] for one in blue_dots(page)) > 20, "the blue dots of both are on their maps"


@pytest.fixture
def zoomable(page):
    """Two maps, one of -3 to 3 and one of a larger area, and a lump on each, at the same place of the picture."""
    histories = lumps(small=([1.0, 1.0], 0.3), large=([0.0, 0.0], 0.3))
    far = torch.tensor([[-12.0, -12.0]] * 5 + [[12.0, 12.0]] * 5)
    for snapshot in histories["large"].snapshots:
        snapshot.mu[:] = torch.tensor([4.2, 4.2]) + 4.2 * (histories["small"].snapshots[0].mu - 1)
        snapshot.mu[:10] = far
    widget_page.show(page, vl.LossComparison(histories, ["far"] * 10 + ["a lump"] * 290))
    return page


def offsets(page) -> np.ndarray:
    """Where each lump's middle lies, from the middle of its map, as shares of the map's width."""
    found = []
    for panel, dots in enumerate(blue_dots(page)):
        left, top, width, height = inside(page, f"{PADS} >> nth={panel}")
        found.append([(dots["x"] - left) / width - 0.5, 0.5 - (dots["y"] - top) / height])
    return np.array(found)


def test_the_buttons_zoom_all_maps_by_the_same_factor(zoomable):
    before = offsets(zoomable)
    assert before == pytest.approx(np.full((2, 2), 1 / 6), abs=0.03)
    zoomable.get_by_role("button", name="Zoom in").click()
    assert offsets(zoomable) == pytest.approx(1.5 * before, abs=0.02)
    assert zoomable.locator(".vaelab-zoom").inner_text().split("\n")[1] == "150 %"
    zoomable.get_by_role("button", name="Zoom out").click()
    zoomable.get_by_role("button", name="Zoom out").click()
    assert offsets(zoomable) == pytest.approx(before / 1.5, abs=0.02)
    zoomable.get_by_role("button", name="Reset the zoom").click()
    assert offsets(zoomable) == pytest.approx(before, abs=0.005)


def test_the_wheel_zooms_with_ctrl_or_on_a_focused_map_about_the_pointer(zoomable):
    zoomable.add_style_tag(content="body { height: 3000px }")
    before = offsets(zoomable)
    pad = zoomable.locator(PADS).first
    pad.scroll_into_view_if_needed()
    dots = blue_dots(zoomable)[0]
    zoomable.mouse.move(dots["x"], dots["y"])
    zoomable.mouse.wheel(0, 100)
    zoomable.wait_for_function("window.scrollY > 0")  # the page scrolls, as elsewhere
    assert offsets(zoomable) == pytest.approx(before, abs=0.005)
    zoomable.mouse.wheel(0, -1000)
    zoomable.wait_for_function("window.scrollY === 0")

    zoomable.keyboard.down("Control")
    zoomable.mouse.wheel(0, -120)
    zoomable.keyboard.up("Control")
    assert zoomable.locator(".vaelab-zoom").inner_text().split("\n")[1] == "127 %"
    assert offsets(zoomable) == pytest.approx(before, abs=0.02), "what is under the pointer stays there, on all maps"
    counts = [one["count"] for one in blue_dots(zoomable)]

    pad.focus()
    zoomable.mouse.wheel(0, -120)
    assert min(a["count"] / b for a, b in zip(blue_dots(zoomable), counts, strict=True)) > 1.05
    assert zoomable.evaluate("window.scrollY") == 0


def test_keys_zoom_and_pan_a_focused_map(zoomable):
    before = offsets(zoomable)
    zoomable.locator(PADS).nth(1).focus()
    for key, expected in (
        ("+", 1.25 * before),
        ("-", before),
        ("ArrowRight", before - [0.1, 0]),
        ("ArrowUp", before - [0.1, 0.1]),
        ("Shift+ArrowLeft", before - [0.09, 0.1]),
        ("0", before),
    ):
        zoomable.keyboard.press(key)
        assert offsets(zoomable) == pytest.approx(expected, abs=0.02), key


def test_dragging_pans_all_maps(zoomable):
    before = blue_dots(zoomable)
    widget_page.drag(zoomable, (0.5, 0.5), (0.3, 0.6), pad=f"{PADS} >> nth=0")
    after = blue_dots(zoomable)
    box = zoomable.locator(PADS).first.bounding_box()
    for a, b in zip(after, before, strict=True):
        assert a["x"] - b["x"] == pytest.approx(-0.2 * box["width"], abs=2)
        assert a["y"] - b["y"] == pytest.approx(0.1 * box["height"], abs=2)


def test_two_fingers_zoom_and_one_scrolls_the_page(chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 900})
    page = context.new_page()
    page.set_content("<!doctype html><meta name='viewport' content='width=device-width'><body></body>")
    widget_page.show(page, vl.LossComparison(lumps(small=([1.0, 1.0], 0.3), other=([1.0, 1.0], 0.3))))
    before = offsets(page)
    finger = context.new_cdp_session(page)
    left, top, width, height = inside(page, f"{PADS} >> nth=0")  # later the page scrolls away under the finger

    def touch(kind: str, *shares: tuple[float, float]):
        """Fingers at these places, in shares of what the first map shows: (right, up)."""
        places = [(left + right * width, top + (1 - up) * height) for right, up in shares]
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.4, 0.5))
    touch("touchStart", (0.4, 0.5), (0.6, 0.5))
    for step in range(1, 6):
        touch("touchMove", (0.4 - 0.02 * step, 0.5), (0.6 + 0.02 * step, 0.5))
    touch("touchEnd")
    assert offsets(page) == pytest.approx(2 * before, abs=0.04)
    page.get_by_role("button", name="Reset the zoom").tap()
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(100)
    touch("touchStart", (0.5, 0.2))
    for step in range(1, 8):
        touch("touchMove", (0.5, 0.2 + 0.08 * step))
        page.wait_for_timeout(20)
    touch("touchEnd")
    page.wait_for_function("window.scrollY > 20")  # at home one finger scrolls the page
    context.close()
