"""The widgets, driven in a browser: what a user would see change, and that it is what PyTorch computes."""

import base64
import math

import numpy as np
import pytest
import torch
import widget_page
from torch import nn

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot
from vaelab.widgets import base

IMAGE = ".vaelab-image"
PAD = ".vaelab-pad"
PANELS = ".vaelab-panel canvas"


def pixels(page) -> list[int]:
    """The decoded image, as red, green, blue and opacity of one pixel after the other."""
    return page.locator(IMAGE).evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


def pictures(page, selector: str) -> list[str]:
    """What the canvases show, as the PNG that the browser makes of each: equal when the pictures are."""
    return [canvas.evaluate("c => c.toDataURL()") for canvas in page.locator(selector).all()]


def ink(page, selector: str) -> list[int]:
    """How many pixels of each canvas something was drawn on."""
    return [
        canvas.evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height)"
            ".data.filter((value, i) => i % 4 == 3 && value).length"
        )
        for canvas in page.locator(selector).all()
    ]


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drags the mouse over the pad, from and to shares of its width and height."""
    box = page.locator(PAD).bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=8)
    page.mouse.up()


@pytest.fixture
def explorer(vae, mnist):
    return vl.LatentExplorer(vae, mnist.test.images[:500], mnist.test.labels[:500])


@pytest.fixture
def shown(page, explorer):
    widget_page.show(page, explorer)
    return page


@pytest.fixture(scope="module")
def histories(mnist):
    found = {}
    for name, loss in (("KL only", vl.VAELoss(reconstruction=0)), ("both", vl.VAELoss())):
        found[name] = vl.fit(
            vl.VAE(hidden=(64,)),
            loss,
            mnist.train.images[:2000],
            epochs=3,
            validation=mnist.test.images[:500],
            snapshot=vl.latent_snapshot(mnist.test.images[:300]),
        )
    return found


# ------------------------------------------------------------------------------------------ the page decodes as PyTorch


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
    module = base64.b64encode(base.read("network.js").encode()).decode()
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
        [module, base64.b64encode(explorer._weights).decode(), explorer._widths, z.tolist()],
    )
    truth = model.decode(z).detach()
    assert truth.std() > 0.05
    decoded = torch.frombuffer(bytearray(base64.b64decode(decoded)), dtype=torch.float32).reshape(truth.shape)
    assert (decoded - truth).abs().max() < 1 / 255


def test_the_pages_normal_numbers_are_normal(page):
    module = base64.b64encode(base.read("network.js").encode()).decode()
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


# ---------------------------------------------------------------------------------------------------- LatentExplorer


def test_the_image_is_the_decoded_point(shown, explorer, vae):
    drag(shown, (0.5, 0.5), (0.3, 0.7))
    z = shown.evaluate("window.saved.at(-1).value")
    truth = vae.decode(torch.tensor([z])).detach().flatten() * 255
    grey = torch.tensor(pixels(shown)).reshape(-1, 4)
    assert (grey[:, 0] - truth).abs().max() < 0.51 and (grey[:, 3] == 255).all()
    assert shown.locator(".vaelab-side").inner_text().startswith(f"z = ({z[0]:.2f}, {z[1]:.2f})".replace("-", "−"))


def test_dragging_moves_the_point_under_the_mouse_and_the_image_with_it(shown, explorer):
    before = pixels(shown)
    drag(shown, (0.5, 0.5), (0.25, 0.3))
    assert pixels(shown) != before
    pad, marker = shown.locator(PAD).bounding_box(), shown.locator(".vaelab-marker").bounding_box()
    assert marker["x"] + marker["width"] / 2 == pytest.approx(pad["x"] + 0.25 * pad["width"], abs=1)
    assert marker["y"] + marker["height"] / 2 == pytest.approx(pad["y"] + 0.3 * pad["height"], abs=1)


def test_dragging_out_of_the_map_stops_at_its_edge(shown, explorer):
    drag(shown, (0.5, 0.5), (1.4, -0.4))
    _, high1, _, high2 = explorer._extent
    assert shown.evaluate("window.saved.at(-1).value") == pytest.approx([high1, high2])


def test_moving_the_mouse_without_a_button_does_nothing(shown):
    drag(shown, (0.5, 0.5), (0.4, 0.4))
    before = pixels(shown)
    box = shown.locator(PAD).bounding_box()
    shown.mouse.move(box["x"] + 50, box["y"] + 50, steps=4)
    assert pixels(shown) == before


def test_touch_drags_too(chromium, explorer):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 900})
    page = context.new_page()
    page.set_content("<!doctype html><body style='height: 3000px'></body>")
    widget_page.show(page, explorer)
    before = pixels(page)
    box = page.locator(PAD).bounding_box()
    finger = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.5, 0.2))
    for step in range(1, 11):
        touch("touchMove", (0.5, 0.2 + 0.06 * step))
    touch("touchEnd")
    assert pixels(page) != before
    assert page.evaluate("window.scrollY") == 0, "the drag must not scroll the page away"
    marker = page.locator(".vaelab-marker").bounding_box()
    assert marker["y"] + marker["height"] / 2 == pytest.approx(box["y"] + 0.8 * box["height"], abs=2)
    context.close()


def test_the_keys_move_the_point(shown, explorer):
    shown.locator(PAD).focus()
    step = (explorer._extent[1] - explorer._extent[0]) / 100
    values = []
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "ArrowDown", "Home"):
        before = pixels(shown)
        shown.keyboard.press(key)
        shown.wait_for_function("count => window.saved.length > count", arg=len(values))
        values.append(shown.evaluate("window.saved.at(-1).value"))
        assert pixels(shown) != before, key
    expected = [[step, 0], [step, step], [0.9 * step, step], [0.9 * step, 0], [0, 0]]
    assert np.allclose(values, expected, atol=1e-6)


def test_a_value_outside_the_map_shows_at_its_edge(shown, explorer):
    shown.evaluate("window.model.set('value', [50, 0])")
    pad, marker = shown.locator(PAD).bounding_box(), shown.locator(".vaelab-marker").bounding_box()
    assert marker["x"] <= pad["x"] + pad["width"]
    assert float(shown.locator(PAD).get_attribute("aria-valuenow")) <= explorer._extent[1]
    assert "z = (50.00, 0.00)" in shown.locator(".vaelab-side").inner_text()


def test_what_is_not_for_the_map_is_left_to_the_page(shown):
    before = pixels(shown)
    box = shown.locator(PAD).bounding_box()
    shown.mouse.click(box["x"] + 100, box["y"] + 100, button="right")
    shown.locator(PAD).focus()
    shown.keyboard.press("Control+ArrowRight")
    assert pixels(shown) == before
    shown.keyboard.press("Escape")
    shown.locator(PAD).focus()
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Sample from the prior"


def test_sampling_draws_from_the_prior(shown):
    drawn = []
    for _ in range(60):
        shown.get_by_role("button", name="Sample from the prior").click()
        drawn.append(shown.evaluate("window.model.get('value')"))
    drawn = np.array(drawn)
    assert len(np.unique(drawn)) == 120
    assert abs(drawn.mean()) < 5 / 120**0.5 and abs(drawn.std() - 1) < 5 / 240**0.5


def test_a_screen_reader_is_told_the_point_and_what_is_near(shown, explorer):
    pad = shown.get_by_role("slider", name="Point z in the latent space")
    pad.focus()
    shown.keyboard.press("ArrowRight")
    told = pad.get_attribute("aria-valuetext")
    assert told.startswith("z = (0.") and "nearest code" in told
    assert shown.get_by_role("img", name="The image decoded at z = (0.").is_visible()


def test_the_nearest_code_is_the_nearest(shown, explorer, vae, mnist):
    drag(shown, (0.5, 0.5), (0.62, 0.41))
    z = torch.tensor([shown.evaluate("window.saved.at(-1).value")])
    codes = vl.gaussians(vae, mnist.test.images[:500]).mu
    nearest = torch.cdist(z, codes).argmin()
    told = shown.locator(".vaelab-side").inner_text()
    assert f"nearest code {vl.nearest_distance(z, codes).item():.2f} away: {mnist.test.labels[nearest]}" in told


def test_python_moves_the_point(shown):
    before = pixels(shown)
    shown.evaluate("window.model.set('value', [1.5, -0.5])")  # what arrives when Python sets explorer.value
    assert pixels(shown) != before
    assert "z = (1.50, −0.50)" in shown.locator(".vaelab-side").inner_text()


def test_value_is_checked_in_python(explorer):
    explorer.value = [0.5, -1]
    assert explorer.value == [0.5, -1.0]
    for wrong in ([1.0], [1.0, 2.0, 3.0], [math.nan, 0.0], "ab"):
        with pytest.raises(Exception, match="value"):
            explorer.value = wrong
    assert explorer.value == [0.5, -1.0]


def test_the_map_is_drawn_and_follows_the_size_of_the_page(shown):
    assert ink(shown, ".vaelab-pad canvas")[0] > 1000
    wide = shown.locator(PAD).bounding_box()["width"]
    shown.set_viewport_size({"width": 380, "height": 900})
    narrow = shown.locator(PAD).bounding_box()["width"]
    assert narrow < wide and narrow <= 380
    assert shown.evaluate("document.documentElement.scrollWidth") <= 380


def test_a_widget_in_a_hidden_cell_is_drawn_when_it_appears(page, explorer, comparison):
    for widget, canvas in ((explorer, ".vaelab-pad canvas"), (comparison, PANELS)):
        page.set_content("<!doctype html><body style='display: none'></body>")
        widget_page.show(page, widget)
        page.wait_for_timeout(100)
        page.evaluate("document.body.style.display = 'block'")
        page.wait_for_timeout(100)
        assert min(ink(page, canvas)) > 500


def test_a_label_is_never_run_as_html(page, vae, mnist):
    evil = "<img src=x onerror='window.hacked = true'>"
    widget_page.show(page, vl.LatentExplorer(vae, mnist.test.images[:20], [evil] * 20))
    drag(page, (0.5, 0.5), (0.3, 0.3))
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".vaelab-side").inner_text()


@pytest.mark.parametrize("with_labels", [True, False])
def test_an_autoencoder_and_no_labels_work_too(page, mnist, with_labels):
    autoencoder = vl.Autoencoder(hidden=(16,))
    labels = mnist.test.labels[:50] if with_labels else None
    widget_page.show(page, vl.LatentExplorer(autoencoder, mnist.test.images[:50], labels))
    before = pixels(page)
    drag(page, (0.5, 0.5), (0.2, 0.2))
    assert pixels(page) != before


def test_a_model_alone_can_be_explored(page, vae):
    widget_page.show(page, vl.LatentExplorer(vae))
    before = pixels(page)
    drag(page, (0.5, 0.5), (0.2, 0.2))
    assert pixels(page) != before
    assert "nearest" not in page.locator(".vaelab-side").inner_text()


def test_what_the_explorer_refuses(vae, mnist):
    images, labels = mnist.test.images[:20], mnist.test.labels[:20]
    with pytest.raises(ValueError, match=r"2 dimensions; this model's has 3.*latent_dim=2"):
        vl.LatentExplorer(vl.VAE(latent_dim=3), images, labels)
    with pytest.raises(ValueError, match=r"20 codes, labels of shape \(19,\)"):
        vl.LatentExplorer(vae, images, labels[:19])
    with pytest.raises(ValueError, match=r"shape \(N, D\), a row an image; got a tensor \(20, 28, 28\)"):
        vl.LatentExplorer(vae, images.reshape(20, 28, 28), labels)
    with pytest.raises(ValueError, match=r"shape \(N, D\), a row an image; got ndarray"):
        vl.LatentExplorer(vae, images.numpy(), labels)
    with pytest.raises(ValueError, match=r"a row an image; got a tensor \(784,\)"):
        vl.LatentExplorer(vae, images[0])
    with pytest.raises(ValueError, match="NaN among the images"):
        vl.LatentExplorer(vae, images * math.nan, labels)
    with pytest.raises(ValueError, match="labels were given without images"):
        vl.LatentExplorer(vae, labels=labels)
    with pytest.raises(ValueError, match=r"80 different"):
        vl.LatentExplorer(vae, mnist.test.images[:80], range(80))
    with pytest.raises(ValueError, match="not a square number"):
        vl.LatentExplorer(vl.VAE(hidden=(4,), data_dim=10))
    clamped = vl.VAE(hidden=(4,))
    clamped.decode = lambda z: clamped.decoder(z).clamp(0, 1)
    with pytest.raises(TypeError, match="the page takes the sigmoid"):
        vl.LatentExplorer(clamped, images)
    broken = vl.VAE(hidden=(4,))
    nn.init.constant_(broken.decoder[0].weight, math.nan)
    with pytest.raises(ValueError, match=r"NaN or infinite.*lower lr"):
        vl.LatentExplorer(broken, images)
    for decoder in (nn.Sequential(nn.Linear(2, 9), nn.Tanh(), nn.Linear(9, 784)), nn.Linear(2, 784)):
        other = vl.VAE(hidden=(9,))
        other.decoder = decoder
        with pytest.raises(TypeError, match=r"nn.Sequential of Linear layers with a ReLU"):
            vl.LatentExplorer(other, images)


# ---------------------------------------------------------------------------------------------------- LossComparison


@pytest.fixture
def comparison(histories, mnist):
    return vl.LossComparison(histories, mnist.test.labels[:300])


def test_the_scrubber_moves_all_panels_through_the_epochs(page, comparison, histories):
    widget_page.show(page, comparison)
    last = pictures(page, PANELS)
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    page.keyboard.press("Home")
    first = pictures(page, PANELS)
    assert len(first) == 2 and all(a != b for a, b in zip(first, last, strict=True))
    assert page.locator(".vaelab-epoch").inner_text() == "before training"
    page.keyboard.press("ArrowRight")
    assert page.locator(".vaelab-epoch").inner_text() == "after epoch 1 of 3"
    text = page.locator(".vaelab-panel").nth(1).inner_text()
    assert f"{histories['both'].validation['reconstruction'][0]:.1f} nats" in text
    assert page.evaluate("window.saved.at(-1).epoch") == 1


def test_play_runs_to_the_last_epoch_and_stops(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    assert page.locator(".vaelab-epoch").inner_text() == "before training"
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert page.locator(".vaelab-epoch").inner_text() == "after epoch 3 of 3"


def test_play_ends_when_someone_scrubs_to_the_end_meanwhile(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert page.locator(".vaelab-epoch").inner_text() == "after epoch 3 of 3"


def test_a_widget_that_is_taken_away_stops(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    page.evaluate("window.cleanup()")
    epoch = page.evaluate("window.model.get('epoch')")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.model.get('epoch')") == epoch
    text = page.locator(".vaelab-epoch").inner_text()
    page.evaluate("window.model.set('epoch', 2)")
    assert page.locator(".vaelab-epoch").inner_text() == text, "it listens no more"


def test_draws_instead_of_means_fill_the_collapsed_panel(page, comparison):
    widget_page.show(page, comparison)
    collapsed = ink(page, PANELS)[0]
    page.get_by_label("show draws z from q(z|x)").check()
    assert ink(page, PANELS)[0] > 1.05 * collapsed


def test_the_same_axes_for_all(page, comparison):
    widget_page.show(page, comparison)
    before = pictures(page, PANELS)
    page.get_by_label("same axes for all").check()
    after = pictures(page, PANELS)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1, "all but the widest change"


def test_the_same_axes_hold_every_run_entirely(page, mnist):
    """Two runs whose codes lie far apart, neither around the origin."""
    apart = {}
    for title, centre in (("left", [-20.0, 0.0]), ("right", [12.0, 5.0])):
        mu = torch.tensor(centre) + torch.rand(300, 2, generator=torch.Generator().manual_seed(0))
        apart[title] = vl.History(snapshots=[LatentSnapshot(mu, torch.full((300, 2), 0.1))])
    widget_page.show(page, vl.LossComparison(apart))
    page.get_by_label("same axes for all").check()
    dots = [
        canvas.evaluate(
            """c => {
              const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
              let count = 0;
              for (let i = 0; i < data.length; i += 4) count += data[i + 3] > 100 && data[i + 2] - data[i] > 60;
              return count;
            }"""
        )
        for canvas in page.locator(PANELS).all()
    ]
    assert min(dots) > 20, "the blue dots of both are on their maps"


def test_a_run_that_ended_early_keeps_its_last_picture(histories, mnist):
    short = vl.History(**{**vars(histories["both"]), "snapshots": histories["both"].snapshots[:2]})
    short.seconds = short.seconds[:1]
    comparison = vl.LossComparison({"all": histories["both"], "short": short}, mnist.test.labels[:300])
    assert comparison.epoch == 3
    assert comparison._runs[1]["numbers"][3] == comparison._runs[1]["numbers"][1]


def test_epoch_is_checked_in_python(comparison):
    comparison.epoch = 0
    with pytest.raises(Exception, match="from 0 to 3; got 4"):
        comparison.epoch = 4


def test_what_the_comparison_refuses(histories, mnist):
    images, labels = mnist.test.images, mnist.test.labels
    with pytest.raises(ValueError, match="nothing to compare"):
        vl.LossComparison({})
    with pytest.raises(ValueError, match=r"'a' holds no latent snapshots.*snapshot=vl.latent_snapshot\(images\)"):
        vl.LossComparison({"a": vl.History()})
    with pytest.raises(ValueError, match=r"300 codes"):
        vl.LossComparison(histories, labels[:10])
    deep = vl.History(snapshots=[vl.gaussians(vl.VAE(latent_dim=3), images[:300])])
    with pytest.raises(ValueError, match="snapshots of 'deep' have 3"):
        vl.LossComparison({"deep": deep})
    fewer = vl.History(snapshots=[vl.gaussians(vl.VAE(), images[:30])])
    with pytest.raises(ValueError, match=r"same images; got .*'fewer': 30"):
        vl.LossComparison({**histories, "fewer": fewer})
    nan = histories["both"].snapshots[0]._replace(mu=torch.full((300, 2), math.nan))
    with pytest.raises(ValueError, match="'nan' hold NaN"):
        vl.LossComparison({"nan": vl.History(snapshots=[nan])})


# ------------------------------------------------------------------------------------------------------------- both


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
