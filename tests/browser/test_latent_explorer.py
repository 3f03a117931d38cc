"""LatentExplorer, driven in a browser: what a user would see change, and that it is what PyTorch computes."""

import math
import re
import time

import numpy as np
import pytest
import torch
from support import widget_page
from support.widget_page import MARGIN, drag, ink, pictures, pixels, send, settle
from torch import nn

import vaelab as vl

PAD = ".vaelab-pad"
CODES, MARKS = ".vaelab-pad canvas:nth-last-of-type(2)", ".vaelab-pad canvas:last-of-type"
GREY = """c => {
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""
# The mean brightness of each of count x count cells of a map inside its axes, top row first.
BRIGHTNESS = """(canvas, [count, margin]) => {
  const width = canvas.width - margin.left - margin.right;
  const height = canvas.height - margin.top - margin.bottom;
  const { data } = canvas.getContext("2d").getImageData(margin.left, margin.top, width, height);
  const [sums, counts] = [new Array(count ** 2).fill(0), new Array(count ** 2).fill(0)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * count) / height) * count + Math.floor((x * count) / width);
      sums[cell] += data[4 * (y * width + x)];
      counts[cell] += 1;
    }
  }
  return sums.map((sum, i) => sum / counts[i]);
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
    """Where on the page the point z lies on a map."""
    low1, high1, low2, high2 = extent(explorer, m)
    share = (z[0] - low1) / (high1 - low1), (z[1] - low2) / (high2 - low2)
    return widget_page.place(page, f"{PAD} >> nth={m}", share)


def marker(page, m: int = 0) -> tuple[float, float]:
    """Where on the page the point is shown."""
    box = page.locator(".vaelab-marker").nth(m).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def value(page) -> list[float]:
    return page.evaluate("window.model.get('value')")


def until(page, true) -> None:
    """Waits until true() holds."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "this didn't come to pass in a minute"
        page.wait_for_timeout(50)


@pytest.fixture
def shown(page, explorer):
    widget_page.show(page, explorer)
    return page


def test_a_drag_moves_the_point_under_the_mouse_and_decodes_it(shown, vae, mnist):
    shown.locator(CODES).evaluate("c => c.getContext('2d').fillRect(0, 0, 5, 5)")
    before, map_before = pixels(shown), pictures(shown, CODES)
    drag(shown, (0.5, 0.5), (0.3, 0.7))
    assert pixels(shown) != before
    box = shown.locator(PAD).bounding_box()
    assert marker(shown) == pytest.approx((box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"]), abs=1)
    z = shown.evaluate("window.saved.at(-1).value")
    grey = torch.tensor(pixels(shown)).reshape(-1, 4)
    assert (grey[:, 0] - decoded(vae, [z])).abs().max() < 0.51 and (grey[:, 3] == 255).all()
    assert side_text(shown).startswith(f"z = ({z[0]:.2f}, {z[1]:.2f})".replace("-", "−"))
    codes = vl.gaussians(vae, mnist.test.images[:500]).mu
    nearest = torch.cdist(torch.tensor([z]), codes)[0].min(0)
    label = mnist.test.labels[nearest.indices]
    assert f"nearest code {nearest.values:.2f} away: {label}" in side_text(shown)
    assert pictures(shown, CODES) == map_before, "a drag does not draw the codes again"


def test_a_drag_ends_at_the_edge_of_the_map_and_with_the_button(shown, explorer):
    drag(shown, (0.5, 0.5), (1.4, -0.4))
    _, high1, _, high2 = extent(explorer)
    assert shown.evaluate("window.saved.at(-1).value") == pytest.approx([high1, high2])
    before = pixels(shown)
    box = shown.locator(PAD).bounding_box()
    shown.mouse.move(box["x"] + 50, box["y"] + 50, steps=4)
    assert pixels(shown) == before, "a mouse without a button held moves nothing"


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
    assert marker(page)[1] == pytest.approx(box["y"] + 0.8 * box["height"], abs=2)
    context.close()


def test_the_keys_move_the_point(shown, explorer, vae):
    shown.locator(PAD).focus()
    low, high, *_ = extent(explorer)
    step = (high - low) / 100
    values = []
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "ArrowDown", "Home"):
        shown.keyboard.press(key)
        values.append(value(shown))
        assert (grey(shown.locator(".vaelab-image")) - decoded(vae, [values[-1]])).abs().max() < 0.51, key
    expected = [[step, 0], [step, step], [0.9 * step, step], [0.9 * step, 0], [0, 0]]
    assert np.allclose(values, expected, atol=1e-6)
    shown.wait_for_function("window.saved.length > 0")
    until(shown, lambda: shown.evaluate("window.saved.at(-1).value") == [0, 0])


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
    button = shown.get_by_role("button", name="Sample from the prior")
    before = pixels(shown)
    button.click()
    assert pixels(shown) != before
    drawn = np.array(
        button.evaluate(
            """button => Array.from({ length: 60 }, () => {
                 button.click();
                 return window.model.get("value");
               })"""
        )
    )
    assert len(np.unique(drawn)) == 120
    assert abs(drawn.mean()) < 5 / 120**0.5 and abs(drawn.std() - 1) < 5 / 240**0.5


def test_a_screen_reader_is_told_the_point_and_what_is_near(shown, explorer):
    pad = shown.get_by_role("slider", name="Point z in the latent space")
    pad.focus()
    shown.keyboard.press("ArrowRight")
    told = pad.get_attribute("aria-valuetext")
    assert told.startswith("z = (0.") and "nearest code" in told
    assert shown.get_by_role("img", name="The image decoded at z = (0.").is_visible()


def test_python_moves_the_point(shown, explorer, vae):
    shown.evaluate("window.model.set('value', [1.5, -0.5])")  # what arrives when Python sets explorer.value
    assert (grey(shown.locator(".vaelab-image")) - decoded(vae, [[1.5, -0.5]])).abs().max() < 0.51
    log_p = torch.distributions.Normal(0, 1).log_prob(torch.tensor([1.5, -0.5])).sum().item()
    density = f"log p(z) = −{-log_p:.2f} nats, p(z) = {math.exp(log_p):.4f}"
    assert "z = (1.50, −0.50)" in side_text(shown) and density in side_text(shown)
    shown.evaluate("window.model.set('value', [50, 0])")
    box = shown.locator(PAD).bounding_box()
    assert marker(shown)[0] <= box["x"] + box["width"], "a value outside the map shows at its edge"
    assert float(shown.locator(PAD).get_attribute("aria-valuenow")) <= extent(explorer)[1]
    assert "z = (50.00, 0.00)" in side_text(shown)


def test_the_map_is_drawn_and_follows_the_size_of_the_page(shown):
    assert ink(shown, ".vaelab-pad canvas")[0] > 1000
    wide = shown.locator(PAD).bounding_box()["width"]
    shown.set_viewport_size({"width": 380, "height": 900})
    narrow = shown.locator(PAD).bounding_box()["width"]
    assert narrow < wide and narrow <= 380
    assert shown.evaluate("document.documentElement.scrollWidth") <= 380


def cells(explorer, model, count: int = 20) -> torch.Tensor:
    """The mean brightness of the images of count x count places of the map, by PyTorch, top row first."""
    low1, high1, low2, high2 = extent(explorer)
    middle = (torch.arange(count) + 0.5) / count
    z = torch.cartesian_prod(high2 - middle * (high2 - low2), low1 + middle * (high1 - low1)).flip(1)
    return model.decode(z).detach().mean(1) * 255


def likeness(page, explorer, model) -> float:
    """How the map's backdrop goes with what PyTorch decodes: the correlation of their cells' brightness."""
    settle(page)
    shown = page.locator(".vaelab-pad canvas").first.evaluate(BRIGHTNESS, [20, MARGIN])
    return np.corrcoef(shown, cells(explorer, model))[0, 1]


def test_the_backdrop_is_what_the_map_decodes_to(shown, explorer, vae):
    box = shown.get_by_label("decoded backdrop")
    coarse = box.evaluate(
        f"""(box, given) => {{
              box.click();
              return ({BRIGHTNESS})(document.querySelector(".vaelab-pad canvas"), given);
            }}""",
        [5, MARGIN],
    )
    assert np.corrcoef(coarse, cells(explorer, vae, 5))[0, 1] > 0.9, "a coarse picture is there at once"
    until(shown, lambda: likeness(shown, explorer, vae) > 0.98)
    fine = shown.locator(".vaelab-pad canvas").first.evaluate(BRIGHTNESS, [20, MARGIN])
    assert (torch.tensor(fine) - cells(explorer, vae)).abs().mean() < 3
    shown.set_viewport_size({"width": 380, "height": 900})
    assert likeness(shown, explorer, vae) > 0.98, "after a resize it is drawn again"
    shown.set_viewport_size({"width": 1000, "height": 700})
    other = vl.VAE(hidden=(64,), seed=5)
    with torch.no_grad():
        for parameter in other.decoder.parameters():
            parameter *= 3  # more contrast than an untrained decoder gives
    assert likeness(shown, explorer, other) < 0.5
    send(shown, _weights=vl.LatentExplorer(other)._weights)
    until(shown, lambda: likeness(shown, explorer, other) > 0.9)
    box.uncheck()
    assert shown.locator(".vaelab-pad canvas").count() == 2


def test_the_codes_stay_over_the_backdrop_until_they_are_hidden(shown, vae):
    with_codes = ink(shown, CODES)[0]
    shown.get_by_label("decoded backdrop").check()
    drag(shown, (0.5, 0.5), (0.3, 0.7))
    dragged = decoded(vae, [value(shown)])
    assert (grey(shown.locator(".vaelab-image")) - dragged).abs().max() < 0.51, "also while the backdrop is computed"
    assert ink(shown, CODES)[0] == with_codes
    stacked = shown.locator(PAD).evaluate(
        "p => [...p.querySelectorAll('canvas')].map((c) => getComputedStyle(c).position)"
    )
    assert stacked == ["absolute"] * 3, "then the later one lies above"
    shown.get_by_label("codes", exact=True).uncheck()
    assert ink(shown, CODES)[0] < with_codes - 2000


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


def test_a_path_is_played_and_paused(timed_page, explorer):
    page = timed_page
    widget_page.show(page, explorer)
    set_path(page, [-1, 1], [2, -0.5])
    widget_page.hold(page)
    play = page.get_by_role("button", name="Play")
    play.click()
    page.clock.run_for(1000)  # of the four seconds from A to B
    page.get_by_role("button", name="Pause").click()
    stopped = value(page)
    assert stopped[0] == pytest.approx(-0.25, abs=0.05), "a quarter of the way"
    assert stopped[1] == pytest.approx(1 - 0.5 * (stopped[0] + 1)), "on the straight line"
    page.clock.run_for(500)
    assert value(page) == stopped
    for stop, why in (
        (lambda: drag(page, (0.5, 0.5), (0.4, 0.4)), "who takes the point"),
        (lambda: page.keyboard.press("Escape"), "Escape"),
        (lambda: open_tool(page, "Path"), "who folds the tool away"),
    ):
        play.click()
        page.clock.run_for(100)
        stop()
        page.clock.run_for(50)  # what was asked for is drawn
        stopped = value(page)
        page.clock.run_for(500)
        assert value(page) == stopped, f"{why} stops the playing"
    open_tool(page, "Path")
    play.click()
    page.clock.run_for(4200)
    play.wait_for()
    assert value(page) == pytest.approx([2, -0.5])


def test_with_less_motion_a_path_has_eight_steps(timed_page, explorer):
    page = timed_page
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    widget_page.show(page, explorer)
    set_path(page, [0, 0], [1.6, 0.8])
    page.evaluate(
        """() => {
             window.seen = new Set();
             window.model.on("change:value", () => window.seen.add(window.model.get("value")[0].toFixed(4)));
           }"""
    )
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(4200)
    page.get_by_role("button", name="Play").wait_for()
    assert {float(z1) for z1 in page.evaluate("[...window.seen]")} == {round(0.2 * i, 4) for i in range(9)}
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
    drawn = go.evaluate(
        """button => Array.from({ length: 40 }, () => {
             button.click();
             return window.model.get("value");
           })"""
    )
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


def test_the_picture_morphs_under_a_drag_that_is_held(shown, explorer, mnist):
    other = vl.VAE(hidden=(64,), seed=7)
    with torch.no_grad():
        other.decoder[0].weight *= 4
    after = vl.LatentExplorer(other, mnist.test.images[:100])
    x, y = place(shown, explorer, [0.5, 0.5])
    shown.mouse.move(x, y)
    shown.mouse.down()
    map_before = pictures(shown, CODES)
    send(shown, _weights=after._weights, _codes=after._codes, _encoders=after._encoders)
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
    send(shown, _weights=after._weights, _codes=after._codes[:800], _encoders=after._encoders)
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


def test_a_saved_page_of_two_models_is_alive(chromium, pair, tmp_path):
    path = tmp_path / "page.html"
    pair._status = "live: epoch 3"
    context, page, problems, asked = saved_page(chromium, pair, path)
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


def test_no_images_no_labels_and_untrained_models_are_fine(page, mnist):
    images, labels = mnist.test.images, mnist.test.labels
    for model, given in (
        ({"one": vl.VAE(hidden=(4,))}, (images[:0], labels[:0])),
        (vl.VAE(hidden=(4,)), ()),
        ({"one": vl.VAE(hidden=(4,))}, (images[:1], ["a"])),
        (vl.Autoencoder(hidden=(16,)), (images[:50],)),
    ):
        explorer = vl.LatentExplorer(model, *given)
        assert explorer._repr_mimebundle_()[0]["image/png"]
        page.evaluate("document.body.replaceChildren()")
        widget_page.show(page, explorer)
        page.locator(PAD).focus()
        before = pixels(page)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        after = pixels(page)
        drag(page, (0.5, 0.5), (0.2, 0.2))
        assert pixels(page) != after != before
        assert ("nearest code" in side_text(page)) == (len(explorer._codes) > 0)
        assert ("p(z)" in side_text(page)) == (not isinstance(model, vl.Autoencoder))


def test_everything_open_fits_a_narrow_page(page, pair):
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


def test_after_the_clean_up_nothing_listens(timed_page, explorer):
    page = timed_page
    page.clock.install()
    widget_page.show(page, explorer)
    set_path(page, [-1, 0], [1, 1])
    page.get_by_role("button", name="Play").click()
    seen = '() => [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL())'
    before = page.get_by_label("decoded backdrop").evaluate(
        f"""box => {{
             box.click();
             window.cleanup();
             return ({seen})();
           }}"""
    )
    z = value(page)
    send(page, _weights=vl.LatentExplorer(vl.VAE(hidden=(64,), seed=3))._weights)
    page.set_viewport_size({"width": 500, "height": 900})
    page.clock.run_for(1000)
    settle(page)
    assert value(page) == z and page.evaluate(seen) == before
