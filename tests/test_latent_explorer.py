"""LatentExplorer, driven in a browser: what a user would see change, and that it is what PyTorch computes."""

import math

import numpy as np
import pytest
import torch
import widget_page
from torch import nn
from widget_page import drag, ink, pixels

import vaelab as vl

PAD = ".vaelab-pad"


@pytest.fixture
def shown(page, explorer):
    widget_page.show(page, explorer)
    return page


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
