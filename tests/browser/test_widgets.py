"""What all widgets share: words on a chart, hidden cells, the picture, the look, labels."""

import numpy as np
import pytest
import torch
from support import widget_page
from support.widget_page import MARGIN, ink

import vaelab as vl
from vaelab.widgets.shared import base, esm

PANELS = ".vaelab-panel canvas"


def test_words_do_not_run_out_of_what_can_be_seen(page):
    """A word at each corner and in the middle of axes of 200 x 100 pixels, and at a point that is not on the map."""
    written = page.evaluate(
        """async (module) => {
             const { Axes } = await import(module);
             const axes = new Axes([0, 1, 0, 1]);
             const el = document.body.appendChild(document.createElement("div"));
             el.className = "vaelab";
             el.append(axes.canvas);
             axes.canvas.style.cssText = "width: 200px; height: 100px";
             axes.clear();
             const found = [];
             axes.context.fillText = (text, x, y) => {
               const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right } = axes.context.measureText(text);
               found.push([x - left, x + right, y]);
             };
             const points = [[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5]];
             const write = () => {
               for (const align of ["left", "center", "right"])
                 for (const point of points) axes.write("a long word", point, { align });
               axes.write("a long word", [1.5, 0.5], { shift: [5, 0] });
             };
             write();
             axes.within(write);
             return found;
           }""",
        widget_page.imported(esm.module("shared/axes.js")),
    )
    left, right = MARGIN["left"], 200 - MARGIN["right"]
    inside = (left, right, MARGIN["top"], 100 - MARGIN["bottom"])
    free, clipped = written[:16], written[16:]
    for words, (west, east, north, south) in ((free, (0, 200, 0, 100)), (clipped, inside)):
        assert all(west <= a and b <= east and north <= y - 6 and y + 6 <= south for a, b, y in words[:-1])
        x = (words[-1][0] + words[-1][1]) / 2
        outside = left + 1.5 * (right - left) + 5
        assert x == pytest.approx(outside, abs=1.5), "what lies outside is not drawn at the edge"
        middle = (words[9][0] + words[9][1]) / 2
        assert middle == pytest.approx((left + right) / 2, abs=1.5), "what has room stays where it is"


def test_long_names_of_classes_are_not_joined_to_one_that_covers_the_map(page, vae, mnist):
    """Two classes in one place: with short names both are written there, with long ones the legend has to do."""
    page.evaluate(
        """() => {
             const { fillText } = CanvasRenderingContext2D.prototype;
             CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
               window.written.push(text);
               fillText.call(this, text, ...at);
             };
           }"""
    )
    digits = mnist.test.labels[:300].tolist()
    for name in ("a", "quite a long name for a class"):
        page.evaluate("window.written = []")
        labels = ["ones" if digit == 1 else f"{name} {i % 2}" for i, digit in enumerate(digits)]
        widget_page.show(page, vl.LatentExplorer(vae, mnist.test.images[:300], labels))
        written = page.evaluate("window.written")
        assert "ones" in written and (f"{name} 0 {name} 1" in written) == (name == "a")


def test_a_widget_in_a_hidden_cell_is_drawn_when_it_appears(page, explorer, comparison):
    for widget, canvas in ((explorer, ".vaelab-pad canvas"), (comparison, PANELS)):
        page.set_content("<!doctype html><body style='display: none'></body>")
        widget_page.show(page, widget)
        page.evaluate("document.body.style.display = 'block'")
        assert min(ink(page, canvas)) > 500


def test_the_notebook_file_gets_a_picture_and_a_sentence(explorer, comparison):
    for widget in (explorer, comparison):
        data, metadata = widget._repr_mimebundle_()
        assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) > 10_000
        assert data["text/plain"] == repr(widget) and "0x" not in repr(widget)
        assert "application/vnd.jupyter.widget-view+json" in data
        assert repr(widget) in metadata["image/png"]["alt"]


@pytest.mark.parametrize("classes, told", [(10, False), (12, True)])
def test_classes_that_share_a_colour_are_told_of(page, vae, mnist, classes, told):
    labels = [f"class {i % classes}" for i in range(60)]
    widget_page.show(page, vl.LatentExplorer(vae, mnist.test.images[:60], labels))
    assert ("12 classes share 10 colours." in page.locator(".vaelab-legend").inner_text()) == told


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page_in_light_and_dark(page, explorer, scheme):
    page.emulate_media(color_scheme=scheme)
    widget_page.show(page, explorer)
    luminance = page.locator(".vaelab").evaluate(
        """node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor].map((css) => {
             const [r, g, b] = css.match(/[0-9.]+/g).slice(0, 3).map((n) => (n / 255) ** 2.2);
             return 0.2126 * r + 0.7152 * g + 0.0722 * b;
           })"""
    )
    assert (max(luminance) + 0.05) / (min(luminance) + 0.05) > 7  # the contrast that WCAG calls enhanced
    assert (luminance[1] < 0.5) == (scheme == "dark")


@pytest.mark.parametrize("labels", [[None] + [1] * 29, [0.5] * 30, [[1], [1, 2]], [{}] * 30, torch.rand(30)])
def test_labels_that_name_no_classes_are_refused(labels):
    with pytest.raises(ValueError, match=r"labels must be whole numbers or strings"):
        base.classes_of(labels, 30)


def test_labels_that_name_classes():
    for labels in (["b", "a"], torch.tensor([3, 1]), np.array([True, False]), [7, 5]):
        traits = base.classes_of(labels, 2)
        assert traits["_classes"] == bytes([1, 0]) and len(traits["_names"]) == 2
