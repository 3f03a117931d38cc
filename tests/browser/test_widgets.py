"""What all widgets share: the page computes as PyTorch does, the module, the picture, the look."""

import base64

import numpy as np
import pytest
import torch
from support import widget_page
from support.widget_page import ink

import vaelab as vl
from vaelab.widgets.shared import base

PANELS = ".vaelab-panel canvas"


@pytest.mark.parametrize(
    "model",
    [
        vl.VAE(seed=1),
        vl.VAE(likelihood="gaussian", hidden=(64,), seed=1),
        vl.Autoencoder(hidden=(), seed=1),
        vl.Autoencoder(hidden=(64, 32, 16), data_dim=25, seed=1),
    ],
)
def test_the_page_decodes_what_pytorch_decodes(page, model, generator):
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter *= 3  # further from the middle grey of an untrained model
    z = 3 * torch.randn(1000, 2, generator=generator)
    explorer = vl.LatentExplorer(model)
    module = base64.b64encode(base.module("shared/network.js").encode()).decode()
    decoded = page.evaluate(
        """async ([module, weights, widths, points]) => {
             const { decoder, float32 } = await import("data:text/javascript;base64," + module);
             const bytes = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
             const decode = decoder(float32(new DataView(bytes.buffer)), widths);
             const all = new Uint8Array(new Float32Array(points.flatMap((z) => Array.from(decode(z)))).buffer);
             let text = "";
             for (const byte of all) text += String.fromCharCode(byte);
             return btoa(text);
           }""",
        [module, base64.b64encode(explorer._weights).decode(), explorer._models[0]["decoder"], z.tolist()],
    )
    truth = model.decode(z).detach()
    assert truth.std() > 0.05
    decoded = torch.frombuffer(bytearray(base64.b64decode(decoded)), dtype=torch.float32).reshape(truth.shape)
    assert (decoded - truth).abs().max() < 1 / 255


def test_the_pages_normal_numbers_are_normal(page):
    module = base64.b64encode(base.module("shared/random.js").encode()).decode()
    drawn = page.evaluate(
        """async (module) => {
             const { normals } = await import("data:text/javascript;base64," + module);
             return Array.from({ length: 20000 }, normals(3));
           }""",
        module,
    )
    drawn = np.array(drawn)
    assert abs(drawn.mean()) < 5 / 20000**0.5 and abs(drawn.std() - 1) < 5 / 40000**0.5
    assert np.mean(np.abs(drawn) < 1) == pytest.approx(0.683, abs=0.02)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.03


def test_words_do_not_run_out_of_what_can_be_seen(page):
    """A word at each corner and in the middle of axes of 200 x 100 pixels, and at a point that is not on the map."""
    module = base64.b64encode(base.module("shared/axes.js").encode()).decode()
    written = page.evaluate(
        """async (module) => {
             const { Axes } = await import("data:text/javascript;base64," + module);
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
        module,
    )
    free, clipped = written[:16], written[16:]
    for words, (left, right, top, bottom) in ((free, (0, 200, 0, 100)), (clipped, (38, 194, 6, 70))):
        assert all(left <= a and b <= right and top <= y - 6 and y + 6 <= bottom for a, b, y in words[:-1])
        x = (words[-1][0] + words[-1][1]) / 2
        assert x == pytest.approx(38 + 1.5 * 156 + 5, abs=1.5), "what lies outside is not drawn at the edge"
        middle = (words[9][0] + words[9][1]) / 2
        assert middle == pytest.approx(38 + 156 / 2, abs=1.5), "what has room stays where it is"


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
