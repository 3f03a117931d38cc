"""LatentExplorer, driven in a browser: what a user would see change, and that it is what PyTorch computes."""

import base64
import math
import re
import time

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from support import widget_page
from support.widget_page import drag, ink, pictures, pixels, settle
from torch import nn

import vaelab as vl
from vaelab.widgets.latent_explorer import picture
from vaelab.widgets.latent_explorer import widget as latent_explorer
from vaelab.widgets.shared import base, esm

PAD = ".vaelab-pad"
CODES, MARKS = ".vaelab-pad canvas:nth-last-of-type(2)", ".vaelab-pad canvas:last-of-type"
GREY = """c => {
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


def extent(explorer, m: int = 0) -> list[float]:
    return explorer._models[m]["extent"]


def side_text(page) -> str:
    return page.locator(".vaelab-side").first.inner_text()


def grey(canvas) -> torch.Tensor:
    """What a canvas shows, from 0 to 255."""
    settle(canvas.page)
    return torch.tensor(canvas.evaluate(GREY))


def decoded(model, z) -> torch.Tensor:
    """The same, by PyTorch."""
    return model.decode(torch.as_tensor(z, dtype=torch.float32)).detach().flatten() * 255


def place(page, explorer, z, m: int = 0) -> tuple[float, float]:
    """Where on the page the point z lies on a map: the axes leave 38, 6, 6 and 30 pixels at the map's edges."""
    box = page.locator(PAD).nth(m).bounding_box()
    low1, high1, low2, high2 = extent(explorer, m)
    right, up = (z[0] - low1) / (high1 - low1), (z[1] - low2) / (high2 - low2)
    return box["x"] + 38 + right * (box["width"] - 44), box["y"] + 6 + (1 - up) * (box["height"] - 36)


def marker(page, m: int = 0) -> tuple[float, float]:
    """Where on the page the point is shown."""
    box = page.locator(".vaelab-marker").nth(m).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def value(page) -> list[float]:
    return page.evaluate("window.model.get('value')")


def set_bytes(page, **traits) -> None:
    """New bytes, as Python sends them, all in one message."""
    page.evaluate(
        """traits => {
             for (const [name, text] of Object.entries(traits)) {
               const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
               window.model.set(name, new DataView(bytes.buffer));
             }
           }""",
        {name: base64.b64encode(value).decode() for name, value in traits.items()},
    )


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
    _, high1, _, high2 = extent(explorer)
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
    low, high, *_ = extent(explorer)
    step = (high - low) / 100
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
    assert float(shown.locator(PAD).get_attribute("aria-valuenow")) <= extent(explorer)[1]
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


def test_the_density_of_the_prior_is_told_for_a_vae_alone(page, explorer):
    widget_page.show(page, explorer)
    page.evaluate("window.model.set('value', [1.5, -0.5])")
    standard = torch.distributions.Normal(0, 1)
    log_p = standard.log_prob(torch.tensor([1.5, -0.5])).sum().item()
    assert f"log p(z) = −{-log_p:.2f} nats, p(z) = {math.exp(log_p):.4f}" in side_text(page)
    page.evaluate("window.model.set('value', [6, -5])")
    assert "p(z) < 0.0001" in side_text(page)
    widget_page.show(page, vl.LatentExplorer(vl.Autoencoder(hidden=(16,))))
    assert "p(z)" not in page.locator(".vaelab-side").last.inner_text()


def test_a_drag_does_not_draw_the_codes_again(shown):
    shown.locator(CODES).evaluate("c => c.getContext('2d').fillRect(0, 0, 5, 5)")
    before = pictures(shown, CODES)
    drag(shown, (0.5, 0.5), (0.3, 0.7))
    assert pictures(shown, CODES) == before


def manifold(page, count: int = 20) -> torch.Tensor:
    """The mean brightness of each of count x count cells of the backdrop, top row first."""
    canvas = page.locator(".vaelab-pad canvas").first
    return averaged(grey(canvas), canvas.evaluate("c => [c.height, c.width]"), count)


def averaged(pixels: torch.Tensor, shape: list[int], count: int) -> torch.Tensor:
    """The mean of each of count x count cells of a map, inside its axes."""
    height, width = shape
    picture = pixels.reshape(shape)[6 : height - 30, 38 : width - 6].float()
    return nn.functional.adaptive_avg_pool2d(picture[None], count)[0].flatten()


def cells(explorer, model, count: int = 20) -> torch.Tensor:
    """The same, by PyTorch."""
    low1, high1, low2, high2 = extent(explorer)
    middle = (torch.arange(count) + 0.5) / count
    z = torch.cartesian_prod(high2 - middle * (high2 - low2), low1 + middle * (high1 - low1)).flip(1)
    return model.decode(z).detach().mean(1) * 255


def wait_for_backdrop(page) -> None:
    """Until the backdrop changes no more."""
    before = None
    while before != (before := pictures(page, ".vaelab-pad canvas")):
        page.wait_for_timeout(300)


def test_the_backdrop_is_what_the_map_decodes_to(shown, explorer, vae):
    at_once, shape = shown.get_by_label("decoded backdrop").evaluate(
        f"""box => {{
              box.click();
              const canvas = document.querySelector(".vaelab-pad canvas");
              return [({GREY})(canvas), [canvas.height, canvas.width]];
            }}"""
    )
    coarse = averaged(torch.tensor(at_once), shape, 5)
    assert np.corrcoef(coarse, cells(explorer, vae, 5))[0, 1] > 0.9, "a coarse picture is there at once"
    wait_for_backdrop(shown)
    fine = manifold(shown)
    assert np.corrcoef(fine, cells(explorer, vae))[0, 1] > 0.98 and (fine - cells(explorer, vae)).abs().mean() < 3
    shown.set_viewport_size({"width": 380, "height": 900})
    assert np.corrcoef(manifold(shown), cells(explorer, vae))[0, 1] > 0.98, "after a resize it is drawn again"
    shown.set_viewport_size({"width": 1000, "height": 700})
    other = vl.VAE(hidden=(64,), seed=5)
    with torch.no_grad():
        for parameter in other.decoder.parameters():
            parameter *= 3  # more contrast than an untrained decoder gives
    set_bytes(shown, _weights=vl.LatentExplorer(other)._weights)
    wait_for_backdrop(shown)
    assert np.corrcoef(manifold(shown), cells(explorer, other))[0, 1] > 0.9
    shown.get_by_label("decoded backdrop").uncheck()
    assert shown.locator(".vaelab-pad canvas").count() == 2


def test_the_codes_stay_over_the_backdrop_until_they_are_hidden(shown):
    with_codes = ink(shown, CODES)[0]
    shown.get_by_label("decoded backdrop").check()
    assert ink(shown, CODES)[0] == with_codes
    stacked = shown.locator(PAD).evaluate(
        "p => [...p.querySelectorAll('canvas')].map((c) => getComputedStyle(c).position)"
    )
    assert stacked == ["absolute"] * 3, "then the later one lies above"
    shown.get_by_label("codes", exact=True).uncheck()
    assert ink(shown, CODES)[0] < with_codes - 2000


def test_dragging_works_while_the_backdrop_is_computed(shown, explorer, vae):
    shown.get_by_label("decoded backdrop").check()
    drag(shown, (0.5, 0.5), (0.3, 0.7))
    assert (grey(shown.locator(".vaelab-image")) - decoded(vae, [value(shown)])).abs().max() < 0.51


def open_tool(page, name: str):
    page.locator("summary", has_text=name).click()


def set_path(page, start, end) -> None:
    open_tool(page, "Path")
    for z, name in ((start, "Set A"), (end, "Set B")):
        page.evaluate("z => window.model.set('value', z)", z)
        page.get_by_role("button", name=name).click()


def test_a_path_is_decoded_from_a_to_b(shown, vae):
    open_tool(shown, "Path")
    assert shown.get_by_role("button", name="Play").is_disabled()
    assert "Move z and set A" in shown.locator(".vaelab-tools").inner_text()
    open_tool(shown, "Path")
    without = pictures(shown, MARKS)
    set_path(shown, [-1, 1], [2, -0.5])
    assert pictures(shown, MARKS) != without
    strip = shown.get_by_role("img", name="9 images decoded along the path").locator("canvas").all()
    for i, canvas in enumerate(strip):
        assert (grey(canvas) - decoded(vae, [[-1 + 3 * i / 8, 1 - 1.5 * i / 8]])).abs().max() < 0.51
    shown.get_by_role("slider", name="t", exact=True).fill("0.25")
    assert value(shown) == pytest.approx([-0.25, 0.625])
    assert (grey(shown.locator(".vaelab-image")) - grey(strip[2])).abs().max() <= 1
    open_tool(shown, "Path")
    assert pictures(shown, MARKS) == without, "what is folded away marks nothing on the map"


def test_a_path_is_played_and_paused(shown):
    set_path(shown, [-1, 1], [2, -0.5])
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("() => window.model.get('value')[0] > -0.5 && window.model.get('value')[0] < 1.5")
    shown.get_by_role("button", name="Pause").click()
    stopped = value(shown)
    assert stopped[1] == pytest.approx(1 - 0.5 * (stopped[0] + 1)), "on the straight line"
    shown.wait_for_timeout(150)
    assert value(shown) == stopped
    shown.get_by_role("button", name="Play").click()
    drag(shown, (0.5, 0.5), (0.4, 0.4))
    dragged = value(shown)
    shown.wait_for_timeout(150)
    assert value(shown) == dragged, "who takes the point stops the playing"
    shown.get_by_role("button", name="Play").click()
    shown.get_by_role("button", name="Play").wait_for(timeout=9000)
    assert value(shown) == pytest.approx([2, -0.5])


def test_with_less_motion_a_path_has_eight_steps(page, explorer):
    page.emulate_media(reduced_motion="reduce")
    widget_page.show(page, explorer)
    set_path(page, [0, 0], [1.6, 0.8])
    page.evaluate(
        """() => {
             window.seen = new Set();
             window.model.on("change:value", () => window.seen.add(window.model.get("value")[0].toFixed(4)));
           }"""
    )
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for(timeout=9000)
    assert {float(z1) for z1 in page.evaluate("[...window.seen]")} <= {round(0.2 * i, 4) for i in range(9)}
    assert value(page) == pytest.approx([1.6, 0.8])


def test_a_click_on_a_code_shows_the_image_beside_its_reconstruction(shown, explorer, vae, mnist):
    codes = vl.gaussians(vae, mnist.test.images[:500])
    apart = torch.cdist(codes.mu, codes.mu).fill_diagonal_(9).amin(1)
    index = int((apart - 9.0 * (codes.mu.abs().amax(1) > 2)).argmax())  # one that stands alone, but on the map
    without = pictures(shown, MARKS)
    x, y = place(shown, explorer, codes.mu[index].tolist())
    shown.mouse.click(x + 3, y)
    assert value(shown) == pytest.approx(codes.mu[index].tolist())
    group = shown.get_by_role("group", name="Selected image")
    text = group.inner_text()
    assert f"Image {index}: {mnist.test.labels[index]}" in text
    sigma = codes.sigma[index]
    assert f"σ = ({sigma[0]:.2f}, {sigma[1]:.2f})" in text
    original, reconstruction = group.locator("canvas").all()
    assert (grey(original) - 255 * mnist.test.images[index]).abs().max() < 0.51
    assert (grey(reconstruction) - decoded(vae, codes.mu[index])).abs().max() < 0.51
    assert pictures(shown, MARKS) != without
    right = place(shown, explorer, (codes.mu[index] + 2 * sigma * torch.tensor([1, 0])).tolist())
    assert is_ink(shown, *right), "the ellipse passes two sigmas to the right of mu"
    shown.keyboard.press("Escape")
    assert not group.is_visible() and pictures(shown, MARKS) == without


def is_ink(page, x: float, y: float) -> bool:
    """Whether the marks have something dark at a place of the page."""
    return page.locator(MARKS).first.evaluate(
        """(c, [x, y]) => {
             const box = c.getBoundingClientRect();
             const [left, top] = [Math.round(x - box.x) - 1, Math.round(y - box.y) - 1];
             const data = c.getContext('2d').getImageData(left, top, 3, 3).data;
             return Array.from({ length: 9 }, (_, i) => data[4 * i + 3] > 150 && data[4 * i] < 100).some(Boolean);
           }""",
        [x, y],
    )


def test_enter_selects_the_nearest_code_and_a_click_beside_all_codes_none(shown, explorer, vae, mnist):
    codes = vl.gaussians(vae, mnist.test.images[:500]).mu
    shown.locator(PAD).focus()
    shown.keyboard.press("ArrowRight")
    nearest = torch.cdist(torch.tensor([value(shown)]), codes).argmin()
    shown.keyboard.press("Enter")
    group = shown.get_by_role("group", name="Selected image")
    assert f"Image {nearest}: " in group.inner_text()
    group.get_by_role("button", name="Unselect").click()
    assert not group.is_visible()
    low1, _, low2, _ = extent(explorer)
    x, y = place(shown, explorer, [low1, low2])
    shown.mouse.click(x + 15, y - 15)
    assert torch.cdist(torch.tensor([value(shown)]), codes).min() > 0.5 and not group.is_visible()


def draw_a_seven(page) -> None:
    slate = page.locator(".vaelab-slate")
    slate.scroll_into_view_if_needed()
    box = slate.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 40, steps=5)
    page.mouse.move(box["x"] + 90, box["y"] + 160, steps=5)
    page.mouse.up()


def test_a_drawn_digit_is_encoded_as_pytorch_does(shown, vae):
    open_tool(shown, "Draw a digit")
    without = pictures(shown, MARKS)
    go = shown.get_by_role("button", name="Draw z from q(z|x)")
    assert go.is_disabled()
    draw_a_seven(shown)
    tool = shown.locator(".vaelab-tool", has_text="what the encoder sees")
    seen = grey(tool.get_by_role("img", name="what the encoder sees"))
    assert seen.max() > 200
    mu, sigma = vl.gaussians(vae, seen[None] / 255)
    numbers = [
        float(text.replace("−", "-"))
        for text in re.findall(r"−?\d+\.\d\d", tool.locator(".vaelab-numbers").inner_text())
    ]
    assert numbers == pytest.approx([*mu[0].tolist(), *sigma[0].tolist()], abs=0.03)
    reconstruction = grey(tool.get_by_role("img", name="reconstruction", exact=True))
    assert (reconstruction - decoded(vae, mu)).abs().max() < 6, "the image that is shown has whole greys"
    assert pictures(shown, MARKS) != without
    drawn = []
    for _ in range(40):
        go.click()
        drawn.append(value(shown))
    away = (torch.tensor(drawn) - mu) / sigma
    assert away.mean(0).abs().max() < 5 / 40**0.5 and 0.6 < away.std() < 1.5
    tool.get_by_role("button", name="Clear").click()
    assert go.is_disabled() and pictures(shown, MARKS) == without


def test_without_an_encoder_that_the_page_can_compute_the_rest_works(page, mnist):
    model = vl.VAE(hidden=(16,))
    model.encoder = nn.Sequential(nn.Linear(784, 8), nn.Tanh(), nn.Linear(8, 4))
    explorer = vl.LatentExplorer(model, mnist.test.images[:30], mnist.test.labels[:30])
    widget_page.show(page, explorer)
    open_tool(page, "Draw a digit")
    assert "Not available: the page can compute an encoder only if" in page.locator(".vaelab-tools").inner_text()
    assert page.locator(".vaelab-slate").count() == 0
    page.locator(PAD).focus()
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name="Selected image")
    assert group.is_visible() and "σ" not in group.inner_text()
    z = value(page)
    assert (grey(group.locator("canvas").last) - decoded(model, [z])).abs().max() < 0.51


@pytest.mark.parametrize("model", [vl.VAE(seed=1), vl.VAE(likelihood="gaussian", hidden=(64,)), vl.Autoencoder(seed=1)])
def test_the_page_encodes_what_pytorch_encodes(page, model, mnist):
    explorer, x = vl.LatentExplorer(model), mnist.test.images[:200]
    output = page.evaluate(
        """async ([module, numbers, widths, images]) => {
             const { encoder, float32 } = await import("data:text/javascript;base64," + module);
             const view = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
             const encode = encoder(float32(view(numbers)), widths);
             const pixels = float32(view(images));
             return Array.from({ length: pixels.length / 784 }, (_, i) => {
               const { mu, sigma } = encode(pixels.subarray(784 * i, 784 * (i + 1)));
               return [...mu, ...(sigma ?? [])];
             });
           }""",
        [
            base64.b64encode(esm.module("shared/network.js").encode()).decode(),
            base64.b64encode(explorer._encoders).decode(),
            explorer._models[0]["encoder"],
            base64.b64encode(base.as_bytes(x)).decode(),
        ],
    )
    truth = model.encode(x) if isinstance(model, vl.Autoencoder) else torch.cat(vl.gaussians(model, x), dim=1)
    assert (torch.tensor(output) - truth.detach()).abs().max() < 1e-5


@pytest.fixture(scope="session")
def autoencoder(mnist):
    model = vl.Autoencoder(hidden=(32,))
    vl.fit(model, vl.ReconstructionLoss(), mnist.train.images[:3000], epochs=2)
    return model


@pytest.fixture
def pair(autoencoder, vae, mnist):
    return vl.LatentExplorer({"autoencoder": autoencoder, "VAE": vae}, mnist.test.images[:300], mnist.test.labels[:300])


def test_two_models_are_shown_under_one_point(page, pair, autoencoder, vae, mnist):
    widget_page.show(page, pair)
    for m in (0, 1):
        x, y = place(page, pair, [0.8, -0.6], m)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 20, y + 10, steps=3)
        page.mouse.up()
        z = value(page)
        for k, model in enumerate((autoencoder, vae)):
            assert (grey(page.locator(".vaelab-image").nth(k)) - decoded(model, [z])).abs().max() < 0.51
            assert marker(page, k) == pytest.approx(place(page, pair, z, k), abs=1)
        assert marker(page, m) == pytest.approx((x + 20, y + 10), abs=1)
    told = side_text(page)
    codes = {"autoencoder": autoencoder.encode(mnist.test.images[:300]), "VAE": vae.encode(mnist.test.images[:300])[0]}
    for title, points in codes.items():
        away = torch.cdist(torch.tensor([z]), points.detach()).min()
        assert f"{title}: nearest code {away:.2f} away" in told
    assert "VAE: log p(z)" in told
    assert page.get_by_role("slider", name="Point z in the latent space of VAE").is_visible()


def test_two_maps_can_have_the_same_axes(page, pair):
    widget_page.show(page, pair)
    page.evaluate("window.model.set('value', [1, 1])")
    shares = []
    for _ in range(2):
        boxes = [page.locator(PAD).nth(m).bounding_box() for m in (0, 1)]
        shares.append([(marker(page, m)[0] - boxes[m]["x"]) / boxes[m]["width"] for m in (0, 1)])
        page.get_by_label("same axes").check()
    apart, same = shares
    assert abs(apart[0] - apart[1]) > 0.01 and same[0] == pytest.approx(same[1], abs=2e-3)


def test_the_tools_serve_both_models(page, pair, autoencoder, vae, mnist):
    widget_page.show(page, pair)
    set_path(page, [-1, 0], [1, 1])
    strips = page.get_by_role("img", name="9 images decoded along the path").all()
    for strip, model in zip(strips, (autoencoder, vae), strict=True):
        assert (grey(strip.locator("canvas").first) - decoded(model, [[-1.0, 0.0]])).abs().max() < 0.51
    page.locator(PAD).first.focus()
    page.keyboard.press("Enter")
    canvases = page.get_by_role("group", name="Selected image").locator("canvas").all()
    index = int(re.search(r"Image (\d+)", page.get_by_role("group", name="Selected image").inner_text())[1])
    x = mnist.test.images[index : index + 1]
    assert len(canvases) == 3
    assert (grey(canvases[1]) - decoded(autoencoder, autoencoder.encode(x))).abs().max() < 0.51
    assert (grey(canvases[2]) - decoded(vae, vae.encode(x)[0])).abs().max() < 0.51
    open_tool(page, "Draw a digit")
    draw_a_seven(page)
    page.get_by_role("button", name="Go to its code z").click()
    seen = grey(page.get_by_role("img", name="what the encoder sees"))[None] / 255
    assert value(page) == pytest.approx(autoencoder.encode(seen)[0].tolist(), abs=0.05)
    page.get_by_label("decoded backdrop").check()
    assert page.locator(".vaelab-pad canvas").count() == 6


def test_a_model_is_followed_while_it_learns(mnist):
    vae = vl.VAE(hidden=(64,))
    explorer = vl.LatentExplorer(vae, mnist.test.images[:2000], mnist.test.labels[:2000])
    untrained, seen = explorer._codes, []
    explorer.observe(lambda change: seen.append((time.perf_counter(), len(change.new), explorer._status)), "_codes")
    explorer._pace = latent_explorer.Pace(often=50, share=0.5)
    history = vl.fit(vae, vl.VAELoss(), mnist.train.images[:5000], epochs=2, callback=explorer)
    assert history.epochs == 2 and len(seen) >= 5
    *during, (_, count, status) = seen
    assert {n for _, n, _ in during} == {2 * 4 * latent_explorer.LIVE}, "a part of the codes"
    assert during[0][2].startswith("live: epoch 1") and any("epoch 2" in told for _, _, told in during)
    assert count == len(untrained) and status == ""
    truth = vl.gaussians(vae, mnist.test.images[:2000]).mu
    assert torch.equal(torch.frombuffer(bytearray(explorer._codes), dtype=torch.float32).reshape(-1, 2), truth)
    fresh = vl.LatentExplorer(vae, mnist.test.images[:2000])
    assert (explorer._weights, explorer._encoders, explorer._models) == (fresh._weights, fresh._encoders, fresh._models)


def test_following_a_model_costs_little(mnist):
    vae = vl.VAE(hidden=(64,))
    explorer = vl.LatentExplorer(vae, mnist.test.images)
    taken = []
    update = explorer._update

    def timed(*args):
        began = time.perf_counter()
        update(*args)
        taken.append(time.perf_counter() - began)

    explorer._update = timed
    began = time.perf_counter()
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:20_000], epochs=2, callback=explorer)
    whole = time.perf_counter() - began
    during = taken[:-1]  # the last comes after the training
    assert during and sum(during[:-1]) < 0.05 * whole


def test_a_training_leaves_the_model_as_it_would_be_alone(mnist):
    alone, followed = vl.VAE(hidden=(16,)), vl.VAE(hidden=(16,))
    explorer = vl.LatentExplorer(followed, mnist.test.images[:100])
    explorer._pace = latent_explorer.Pace(often=1000, share=1)
    for vae, callback in ((alone, None), (followed, explorer)):
        vl.fit(vae, vl.VAELoss(), mnist.train.images[:1000], epochs=2, callback=callback)
    assert all(torch.equal(a, b) for a, b in zip(alone.parameters(), followed.parameters(), strict=True))
    followed.train()
    explorer.after_batch(followed, vl.History())
    assert followed.training


def test_another_model_than_the_one_in_training_is_refused_at_once(mnist, explorer):
    with pytest.raises(ValueError, match=r"shows another model than the one in training.*callback=vl.LatentExplorer"):
        vl.fit(vl.VAE(hidden=(4,)), vl.VAELoss(), mnist.train.images[:500], epochs=1, callback=explorer)


def test_a_diverged_training_leaves_the_last_good_picture(mnist):
    vae = vl.VAE(hidden=(16,))
    explorer = vl.LatentExplorer(vae, mnist.test.images[:100])
    explorer._pace = latent_explorer.Pace(often=1000, share=1)
    with pytest.raises(vl.TrainingDiverged):
        vl.fit(
            vae,
            lambda model, x, generator: model.decoder[0].weight.sum() * math.nan,
            mnist.train.images[:500],
            callback=explorer,
        )
    assert explorer._status == "" and np.isfinite(np.frombuffer(explorer._codes, "f4")).all()


def test_the_map_of_a_model_in_training_only_grows(mnist):
    vae = vl.VAE(hidden=(16,))
    explorer = vl.LatentExplorer(vae, mnist.test.images[:100])
    explorer._pace = latent_explorer.Pace(often=1000, share=1)
    seen = []
    explorer.observe(lambda change: seen.append((extent(explorer), explorer._status)), "_models")
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:3000], epochs=3, callback=explorer)
    during = np.array([extents for extents, status in seen if status])
    assert (np.diff(during[:, [0, 2]], axis=0) <= 0).all() and (np.diff(during[:, [1, 3]], axis=0) >= 0).all()


def test_the_picture_morphs_under_a_drag_that_is_held(shown, explorer, mnist):
    other = vl.VAE(hidden=(64,), seed=7)
    with torch.no_grad():
        other.decoder[0].weight *= 4
    after = vl.LatentExplorer(other, mnist.test.images[:100])
    x, y = place(shown, explorer, [0.5, 0.5])
    shown.mouse.move(x, y)
    shown.mouse.down()
    map_before = pictures(shown, CODES)
    set_bytes(shown, _weights=after._weights, _codes=after._codes, _encoders=after._encoders)
    shown.evaluate("window.model.set('_status', 'live: epoch 3')")
    assert (grey(shown.locator(".vaelab-image")) - decoded(other, [value(shown)])).abs().max() < 0.51
    assert pictures(shown, CODES) != map_before
    assert "live: epoch 3" in side_text(shown)
    shown.mouse.move(x + 40, y, steps=3)
    assert marker(shown) == pytest.approx((x + 40, y), abs=1), "the drag goes on"
    assert (grey(shown.locator(".vaelab-image")) - decoded(other, [value(shown)])).abs().max() < 0.51
    shown.mouse.up()
    shown.evaluate("window.model.set('_status', '')")
    assert "live" not in side_text(shown)


def test_a_selected_image_follows_the_training(shown, vae, mnist):
    shown.locator(PAD).focus()
    shown.keyboard.press("Enter")
    group = shown.get_by_role("group", name="Selected image")
    index = int(re.search(r"Image (\d+)", group.inner_text())[1])
    other = vl.VAE(hidden=(64,), seed=7)
    after = vl.LatentExplorer(other, mnist.test.images[:500])
    set_bytes(shown, _weights=after._weights, _codes=after._codes[:800], _encoders=after._encoders)
    mu, sigma = vl.gaussians(other, mnist.test.images[index : index + 1])
    assert (grey(group.locator("canvas").last) - decoded(other, mu)).abs().max() < 0.51
    assert f"σ = ({sigma[0, 0]:.2f}, {sigma[0, 1]:.2f})" in group.inner_text()


def saved_page(chromium, explorer, path):
    """The saved page, opened from disk with the network cut."""
    explorer.save(path)
    context = chromium.new_context(viewport={"width": 1000, "height": 800}, offline=True)
    page = context.new_page()
    problems, asked = [], []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.locator(".vaelab-image").first.wait_for()
    return context, page, problems, asked


@pytest.mark.parametrize("two", [False, True])
def test_a_saved_page_is_alive(chromium, explorer, pair, tmp_path, two):
    path = tmp_path / "page.html"
    (pair if two else explorer)._status = "live: epoch 3"
    context, page, problems, asked = saved_page(chromium, pair if two else explorer, path)
    before = pictures(page, ".vaelab-image")
    box = page.locator(PAD).first.bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 220, steps=4)
    page.mouse.up()
    assert all(now != then for now, then in zip(pictures(page, ".vaelab-image"), before, strict=True))
    page.keyboard.press("Enter")
    assert page.get_by_role("group", name="Selected image").is_visible()
    open_tool(page, "Draw a digit")
    draw_a_seven(page)
    assert "μ" in page.locator(".vaelab-tool").last.inner_text()
    assert "live" not in page.locator("#widget").inner_text()
    context.close()
    assert not problems and asked == [path.as_uri()]


def test_a_saved_page_is_small_enough_to_send(mnist, tmp_path):
    vae = vl.VAE()
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:5000], epochs=1)
    path = vl.LatentExplorer(vae, mnist.test.images, mnist.test.labels).save(tmp_path / "page.html")
    assert path.stat().st_size < 2_500_000


def test_value_links_to_other_widgets(explorer, pair):
    moved = []
    explorer.observe(lambda change: moved.append(change.new), "value")
    slider = ipywidgets.FloatSlider(min=-5, max=5)
    traitlets.link((explorer, "value"), (pair, "value"))
    traitlets.link(
        (explorer, "value"), (slider, "value"), transform=(lambda z: z[0], lambda z1: [z1, explorer.value[1]])
    )
    pair.value = [0.5, -1]
    assert explorer.value == [0.5, -1.0] and slider.value == 0.5
    slider.value = 2
    assert pair.value == [2.0, -1.0] and moved[-1] == [2.0, -1.0]
    assert ipywidgets.HBox([explorer, slider]).children[0] is explorer


def test_what_the_explorer_shows_of_itself(explorer, pair, vae, mnist):
    assert repr(explorer) == "LatentExplorer: a point to drag over 500 codes in a two-dimensional latent space."
    assert repr(pair) == "LatentExplorer: a point to drag over 300 codes in two latent spaces of two dimensions."
    assert len(pair.picture().axes) == 2
    assert {ax.get_title() for ax in pair.picture().axes} == {"autoencoder", "VAE"}
    widget, z = vl.LatentExplorer(vae), torch.tensor([[0.0, 0.0], [1.5, -2.0]])
    images = picture.decoded(widget._weights, widget._models[0]["decoder"], z)
    assert torch.allclose(images, vae.decode(z), atol=1e-6)


def test_no_images_at_all_and_untrained_models_are_fine(page, mnist):
    for images, labels in (
        (mnist.test.images[:0], mnist.test.labels[:0]),
        (None, None),
        (mnist.test.images[:1], ["a"]),
    ):
        explorer = vl.LatentExplorer({"one": vl.VAE(hidden=(4,))}, images, labels)
        assert explorer._repr_mimebundle_()[0]["image/png"]
        widget_page.show(page, explorer)
        page.locator(PAD).last.focus()
        before = page.locator(".vaelab-image").last.evaluate("c => c.toDataURL()")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert page.locator(".vaelab-image").last.evaluate("c => c.toDataURL()") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_open_fits_a_narrow_page(page, pair, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 380, "height": 900})
    widget_page.show(page, pair)
    set_path(page, [-1, 0], [1, 1])
    open_tool(page, "Draw a digit")
    page.locator(PAD).first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    small = page.locator(".vaelab button, .vaelab summary, .vaelab input[type=range]").evaluate_all(
        """all => all.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 24)
                     .map((node) => node.textContent)"""
    )
    assert small == []


def test_after_the_clean_up_nothing_listens(shown, explorer):
    set_path(shown, [-1, 0], [1, 1])
    shown.get_by_role("button", name="Play").click()
    before = shown.get_by_label("decoded backdrop").evaluate(
        """box => {
             box.click();
             window.cleanup();
             return [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
           }"""
    )
    z = value(shown)
    set_bytes(shown, _weights=vl.LatentExplorer(vl.VAE(hidden=(64,), seed=3))._weights)
    shown.set_viewport_size({"width": 500, "height": 900})
    shown.wait_for_timeout(200)
    assert value(shown) == z and pictures(shown, "canvas") == before


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
    with pytest.raises(ValueError, match=r"images of 784 pixels; these have 100"):
        vl.LatentExplorer(vae, images[:, :100], labels)
    with pytest.raises(ValueError, match=r"10,000 codes at most; got 100,000.*images\[:10_000\], labels\[:10_000\]"):
        vl.LatentExplorer(vae, torch.zeros(1, 784).expand(100_000, 784))
    for models in ({}, {"a": vae, "b": vae, "c": vae}, {1: vae}):
        with pytest.raises(ValueError, match=r'one model or two, as in LatentExplorer\(\{"autoencoder"'):
            vl.LatentExplorer(models, images, labels)
    for thing in ("vae", vl.VAE, None, {"a": vae, "b": 3}):
        with pytest.raises(TypeError, match=r"takes a model, a vl.VAE or a vl.Autoencoder; got"):
            vl.LatentExplorer(thing, images, labels)
    with pytest.raises(ValueError, match=r"both models must be of the same images; got data_dim = .*784.*100"):
        vl.LatentExplorer({"a": vae, "b": vl.VAE(data_dim=100)})
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


def test_a_picture_can_be_made_in_the_middle_of_a_training(vae, mnist):
    explorer = vl.LatentExplorer(vl.VAE(hidden=(16,)), mnist.test.images[:1000], mnist.test.labels[:1000])
    pictures = []

    def middle(model, history):
        explorer.after_batch(model, history)
        pictures.append(explorer._repr_mimebundle_()[0]["image/png"])

    vl.fit(explorer._shown[0].model, vl.VAELoss(), mnist.train.images[:256], epochs=2, callback=middle)
    assert len(pictures) == 2 and all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_models_of_ones_own_are_told_what_they_lack(mnist):
    images = mnist.test.images[:20]

    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.decoder = nn.Sequential(nn.Linear(2, 784))

        def decode(self, z):
            return self.decoder(z).sigmoid()

    with pytest.raises(TypeError, match=r"calls Half.encode .*has no attribute 'encode'.*as vl.VAE has"):
        vl.LatentExplorer(Half(), images)
    for encode, problem in (
        (lambda x: x[:, 0], r"codes must be of two numbers; Half.encode gives \(20,\)"),
        (lambda x: x[:, :3], r"codes must be of two numbers; Half.encode gives \(20, 3\)"),
        (lambda x: {"mu": x}, r"Half.encode must give a tensor, or mu and logvar; got dict"),
    ):
        model = Half()
        model.encode = encode
        with pytest.raises((TypeError, ValueError), match=problem):
            vl.LatentExplorer(model, images)


def test_weights_are_finite_or_not_as_float32_has_them(mnist):
    large = vl.VAE(hidden=(16,))
    with torch.no_grad():
        large.decoder[0].weight[:2, 0] = 2e38  # finite, though their sum is not
    vl.LatentExplorer(large)
    with torch.no_grad():
        larger = vl.VAE(hidden=(16,)).double()
        larger.decoder[-1].weight *= 1e60
    with pytest.raises(ValueError, match="NaN or infinite"):
        vl.LatentExplorer(larger)


def test_a_path_that_is_folded_away_stops(shown):
    details = shown.locator("details", has_text="Path from A to B")
    details.locator("summary").click()
    shown.get_by_role("button", name="Set A").click()
    drag(shown, (0.5, 0.5), (0.2, 0.2))
    shown.get_by_role("button", name="Set B").click()
    for stop in (lambda: details.locator("summary").click(), lambda: shown.keyboard.press("Escape")):
        details.evaluate("node => { node.open = true; }")
        shown.get_by_role("button", name="Play").click()
        shown.wait_for_timeout(200)
        stop()
        settle(shown)
        before = pixels(shown)
        shown.wait_for_timeout(400)
        assert pixels(shown) == before
