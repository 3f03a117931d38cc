"""LossComparison, driven in a browser: what a user would see change, also while models are trained."""

import math
import time

import numpy as np
import pytest
import torch
from support import widget_page
from support.widget_page import ink, pictures, settle

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot, SampledSnapshot

DOTS = ".vaelab-panel .vaelab-pad canvas:not(.vaelab-over)"
OVER = ".vaelab-panel .vaelab-over"
SAMPLES = ".vaelab-run-samples"
CURVES = ".vaelab-run-curves"
PADS = ".vaelab-panel .vaelab-pad"
EPOCH_TEXT = ".vaelab-scrub .vaelab-numbers"
BLUE = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 100 || data[i + 2] - data[i] < 60) continue;
    [count, x, y] = [count + 1, x + ((i / 4) % width), y + Math.floor(i / 4 / width)];
  }
  const box = canvas.getBoundingClientRect();
  return { count, x: (x / count + 0.5) * box.width / width, y: (y / count + 0.5) * box.height / height };
}"""


def epoch_text(page) -> str:
    return page.locator(EPOCH_TEXT).inner_text()


def blue_dots(page) -> list[dict]:
    """How many pixels of each map have the first class's colour, and where their middle lies, in CSS pixels."""
    settle(page)
    return [canvas.evaluate(BLUE) for canvas in page.locator(DOTS).all()]


def inside(page, panel: int = 0) -> tuple[float, float, float, float]:
    """The inside of a map's axes: left, top, width, height, in CSS pixels of its pad."""
    box = page.locator(PADS).nth(panel).bounding_box()
    return 38, 6, box["width"] - 44, box["height"] - 36


def lumps(**centres) -> dict:
    """Trainings whose codes are one small lump each, around these centres."""
    noise = torch.rand(300, 2, generator=torch.Generator().manual_seed(0)) - 0.5
    sigma = torch.full((300, 2), 0.01)
    return {
        title: vl.History(snapshots=[LatentSnapshot(torch.tensor(centre) + spread * noise, sigma)])
        for title, (centre, spread) in centres.items()
    }


def scrub_to(page, key: str) -> None:
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press(key)


def small_vae(**kwargs) -> vl.VAE:
    return vl.VAE(hidden=(64,), **kwargs)


# The epochs


def test_the_scrubber_moves_all_panels_through_the_epochs(page, comparison, histories):
    widget_page.show(page, comparison)
    last = pictures(page, DOTS)
    scrub_to(page, "Home")
    first = pictures(page, DOTS)
    assert len(first) == 2 and all(a != b for a, b in zip(first, last, strict=True))
    assert epoch_text(page) == "before training"
    page.keyboard.press("ArrowRight")
    assert epoch_text(page) == "after epoch 1 of 3"
    text = page.locator(".vaelab-panel").nth(1).inner_text()
    assert f"{histories['both'].validation['reconstruction'][0]:.1f} nats" in text
    assert page.evaluate("window.saved.at(-1).epoch") == 1
    assert page.get_by_role("slider", name="Epoch").get_attribute("aria-valuetext") == "after epoch 1 of 3"


def test_play_runs_to_the_last_epoch_and_stops(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    assert epoch_text(page) == "before training"
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for(timeout=10_000)
    assert epoch_text(page) == "after epoch 3 of 3"
    assert [one["epoch"] for one in page.evaluate("window.saved")] == [0, 1, 2, 3], "each is told to Python once"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_glides_from_epoch_to_epoch_unless_less_motion_is_wanted(page, comparison, motion):
    page.emulate_media(reduced_motion=motion)
    widget_page.show(page, comparison)
    steps = []
    for _ in range(4):
        steps.append(pictures(page, DOTS)[1])
        page.keyboard.press("Tab")
        scrub_to(page, "ArrowLeft")
    page.get_by_role("button", name="Play").click()
    seen = page.evaluate(
        """async (selector) => {
             const seen = new Set();
             const begin = performance.now();
             while (performance.now() - begin < 1000) {
               await new Promise(requestAnimationFrame);
               seen.add(document.querySelectorAll(selector)[1].toDataURL());
             }
             return [...seen];
           }""",
        DOTS,
    )
    assert (set(seen) <= set(steps)) == (motion == "reduce")


def test_play_ends_when_someone_scrubs_to_the_end_meanwhile(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    scrub_to(page, "End")
    page.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert epoch_text(page) == "after epoch 3 of 3"


def test_a_widget_that_is_taken_away_stops(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    page.evaluate("window.cleanup()")
    epoch = page.evaluate("window.model.get('epoch')")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.model.get('epoch')") == epoch
    text = epoch_text(page)
    page.evaluate("window.model.set('epoch', 2)")
    settle(page)
    assert epoch_text(page) == text, "it listens no more"


def test_python_sets_the_epoch(page, comparison):
    widget_page.show(page, comparison)
    before = pictures(page, DOTS)
    page.evaluate("window.model.set('epoch', 1)")
    settle(page)
    assert epoch_text(page) == "after epoch 1 of 3" and pictures(page, DOTS) != before


def test_epoch_is_checked_in_python(comparison):
    comparison.epoch = 0
    with pytest.raises(Exception, match="from 0 to 3; got 4"):
        comparison.epoch = 4


def test_a_run_that_ended_early_keeps_its_last_picture_and_says_so(page, histories, mnist):
    short = vl.History(**{**vars(histories["both"]), "snapshots": histories["both"].snapshots[:2]})
    short.seconds = short.seconds[:1]
    comparison = vl.LossComparison({"all": histories["both"], "short": short}, mnist.test.labels[:300])
    assert comparison.epoch == 3
    widget_page.show(page, comparison)
    last, text = pictures(page, DOTS), page.locator(".vaelab-panel").nth(1).inner_text()
    assert "short, ended after epoch 1" in text
    assert f"{histories['both'].validation['total'][0]:.1f} nats" in text
    page.evaluate("window.model.set('epoch', 1)")
    first = pictures(page, DOTS)
    assert first[1] == last[1] and first[0] != last[0]
    assert "ended" not in page.locator(".vaelab-panel").nth(1).inner_text()


# What is shown


def test_draws_instead_of_means_fill_the_collapsed_panel(page, comparison):
    widget_page.show(page, comparison)
    collapsed = ink(page, DOTS)[0]
    page.get_by_label("show draws z from q(z|x)").check()
    assert ink(page, DOTS)[0] > 1.05 * collapsed


def test_the_ellipses_have_half_axes_of_two_sigma(page):
    mu, sigma = torch.tensor([[1.0, -0.5]] * 4), torch.tensor([[0.8, 0.3]] * 4)
    widget_page.show(page, vl.LossComparison({"one": vl.History(snapshots=[LatentSnapshot(mu, sigma)])}))
    left, top, width, height = inside(page)

    def colored(z1, z2):
        """Whether the first class's colour was drawn at this point of the map, which shows -3 to 3."""
        x, y = left + (z1 + 3) / 6 * width, top + (3 - z2) / 6 * height
        settle(page)
        data = page.locator(OVER).evaluate(
            "(c, [x, y]) => Array.from(c.getContext('2d').getImageData(x - 2, y - 2, 5, 5).data)", [x, y]
        )
        return any(a > 100 and b - r > 60 for r, _, b, a in zip(*[iter(data)] * 4, strict=True))

    for z in ((2.6, -0.5), (-0.6, -0.5), (1.0, 0.1), (1.0, -1.1)):
        assert colored(*z), z
    for z in ((1.8, -0.5), (1.0, -0.2), (2.6, 0.1), (1.0, -0.5)):
        assert not colored(*z), z
    page.get_by_role("slider", name="2σ ellipses").press("Home")
    assert not colored(2.6, -0.5)


def test_more_ellipses_do_not_redraw_the_dots(page, comparison):
    widget_page.show(page, comparison)
    dots, over = pictures(page, DOTS), ink(page, OVER)
    page.get_by_role("slider", name="2σ ellipses").press("End")
    assert ink(page, OVER)[1] > 1.3 * over[1] and pictures(page, DOTS) == dots


def test_the_small_pictures_are_what_the_model_drew_at_that_epoch(page, comparison, histories):
    widget_page.show(page, comparison)
    for key, epoch in (("End", 3), ("Home", 0)):
        scrub_to(page, key)
        for panel, history in enumerate(histories.values()):
            grey = (
                page.locator(SAMPLES)
                .nth(panel)
                .evaluate(
                    "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
                    ".filter((_, i) => i % 4 === 0)"
                )
            )
            sheet = torch.tensor(grey).reshape(4, 28, 4, 28).swapaxes(1, 2).reshape(16, 784)
            assert (sheet - 255 * history.snapshots[epoch].samples).abs().max() < 0.51


def test_snapshots_without_draws_are_shown_without(page, histories, mnist):
    bare = vl.History(snapshots=[LatentSnapshot(*one) for one in histories["both"].snapshots])
    widget_page.show(page, vl.LossComparison({"bare": bare, **histories}))
    assert [one.is_visible() for one in page.locator(SAMPLES).all()] == [False, True, True]
    assert vl.LossComparison({"bare": bare}, mnist.test.labels[:300])._repr_mimebundle_()
    odd = SampledSnapshot(*histories["both"].snapshots[0])
    odd.samples = torch.rand(16, 10)  # not square: nothing to draw
    assert vl.LossComparison({"odd": vl.History(snapshots=[odd])})._samples_0_0 == b""


def test_the_numbers_are_those_of_the_package(page, comparison, histories):
    widget_page.show(page, comparison)
    snapshot, terms = histories["both"].snapshots[-1], histories["both"].validation
    table = page.get_by_role("table", name="both, after epoch 3 of 3")
    numbers = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in table.get_by_role("row").all()}
    summary = vl.summarize(snapshot)
    prior = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(1))
    covered = float(numbers.pop("prior covered").removesuffix(" %"))
    assert covered == pytest.approx(100 * vl.coverage(prior, snapshot), abs=6)
    assert numbers == {
        "reconstruction": f"{terms['reconstruction'][-1]:.1f} nats",
        "KL": f"{terms['kl'][-1]:.1f} nats",
        "total": f"{terms['total'][-1]:.1f} nats",
        "mean |μ|": f"{summary.mean_abs_mu:.2f}",
        "mean σ": f"{summary.mean_sigma:.2f}",
        "active units": f"{summary.active_units} of 2",
    }


def test_the_curves_are_told_in_words_and_drawn(page, comparison, histories):
    widget_page.show(page, comparison)
    total = histories["both"].validation["total"]
    label = f"total from {total[0]:.1f} to {total[-1]:.1f}"
    assert page.get_by_role("img", name=label).is_visible()
    assert page.get_by_role("img", name=f"total from {histories['both'].train['total'][0]:.1f}").is_visible()
    assert min(ink(page, f"{CURVES} canvas")) > 1000


def test_the_cursor_on_the_curves_sets_the_epoch(page, comparison):
    widget_page.show(page, comparison)
    chart, cursor = page.locator(CURVES).nth(1), page.locator(".vaelab-run-cursor")

    def at(epoch):
        box = chart.bounding_box()
        return box["x"] + 38 + epoch / 3 * (box["width"] - 44), box["y"] + 40

    chart.scroll_into_view_if_needed()
    page.mouse.click(*at(1.2))
    assert epoch_text(page) == "after epoch 1 of 3" and page.evaluate("window.saved.at(-1).epoch") == 1
    assert cursor.nth(1).bounding_box()["x"] + 1 == pytest.approx(at(1)[0], abs=1.5)
    still = pictures(page, DOTS)
    page.mouse.move(*at(1))
    page.mouse.down()
    page.mouse.move(*at(1.6), steps=3)
    between = pictures(page, DOTS)
    page.mouse.move(*at(2.1), steps=3)
    page.mouse.up()
    assert epoch_text(page) == "after epoch 2 of 3"
    after = pictures(page, DOTS)
    assert len({still[1], between[1], after[1]}) == 3, "the codes move with the cursor"


def test_every_picture_has_a_text(page, comparison):
    widget_page.show(page, comparison)
    for name in ("The latent space of KL only, after epoch 3", "Sixteen images that both decodes", "The loss of both"):
        assert page.get_by_role("img", name=name).count() == 1
    told = page.get_by_role("img", name="The latent space of both").get_attribute("aria-label")
    assert "KL" in told and "mean σ" in told


# The axes and the zoom


def test_the_same_axes_for_all(page, comparison):
    widget_page.show(page, comparison)
    before = pictures(page, DOTS)
    page.get_by_label("same axes for all").check()
    after = pictures(page, DOTS)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1, "all but the widest change"


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
        left, top, width, height = inside(page, panel)
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
    dots, box = blue_dots(zoomable)[0], pad.bounding_box()
    zoomable.mouse.move(box["x"] + dots["x"], box["y"] + dots["y"])
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
    box = page.locator(PADS).first.bounding_box()
    finger = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]):
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(places)
        ]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    left, top, width, height = inside(page)
    middle = (left + width / 2) / box["width"], (top + height / 2) / box["height"]
    touch("touchStart", (middle[0] - 0.1, middle[1]))
    touch("touchStart", (middle[0] - 0.1, middle[1]), (middle[0] + 0.1, middle[1]))
    for step in range(1, 6):
        touch("touchMove", (middle[0] - 0.1 - 0.02 * step, middle[1]), (middle[0] + 0.1 + 0.02 * step, middle[1]))
    touch("touchEnd")
    assert offsets(page) == pytest.approx(2 * before, abs=0.04)
    page.get_by_role("button", name="Reset the zoom").tap()
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(100)
    touch("touchStart", (0.5, 0.8))
    for step in range(1, 8):
        touch("touchMove", (0.5, 0.8 - 0.08 * step))
        page.wait_for_timeout(20)
    touch("touchEnd")
    page.wait_for_function("window.scrollY > 20")  # at home one finger scrolls the page
    context.close()


# The page around it


@pytest.mark.parametrize("runs, columns", [(1, 1), (2, 2), (3, 3), (4, 2), (6, 3)])
def test_the_panels_stand_side_by_side(page, histories, mnist, runs, columns):
    several = {f"run {i}": histories["both"] for i in range(runs)}
    widget_page.show(page, vl.LossComparison(several, mnist.test.labels[:300]))
    boxes = [panel.bounding_box() for panel in page.locator(".vaelab-panel").all()]
    assert len({round(box["x"]) for box in boxes}) == columns
    assert len({round(box["y"]) for box in boxes}) == math.ceil(runs / columns)
    page.set_viewport_size({"width": 380, "height": 900})
    settle(page)
    boxes = [panel.bounding_box() for panel in page.locator(".vaelab-panel").all()]
    assert len({round(box["x"]) for box in boxes}) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_titles_and_labels_are_never_run_as_html(page, histories):
    evil = "<img src=x onerror='window.hacked = true'>"
    comparison = vl.LossComparison({evil: histories["both"]}, [evil] * 300)
    widget_page.show(page, comparison)
    scrub_to(page, "Home")
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator("figcaption").inner_text() and evil in page.locator(".vaelab-legend").inner_text()


def test_the_saved_page_is_alive_from_disk_without_a_network(chromium, comparison, tmp_path):
    path = comparison.save(tmp_path / "page.html")
    context = chromium.new_context(offline=True, viewport={"width": 1000, "height": 900})
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: request.url == path.as_uri() or problems.append(request.url))
    page.goto(path.as_uri())
    page.locator(DOTS).first.wait_for()
    page.wait_for_timeout(200)
    last = [*pictures(page, DOTS), *pictures(page, SAMPLES)]
    scrub_to(page, "ArrowLeft")
    assert epoch_text(page) == "after epoch 2 of 3"
    before = [*pictures(page, DOTS), *pictures(page, SAMPLES)]
    assert sum(a != b for a, b in zip(last, before, strict=True)) >= 3, "the KL only model may stand still"
    page.get_by_role("button", name="Zoom in").click()
    assert pictures(page, DOTS)[1] != before[1]
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for(timeout=10_000)
    assert epoch_text(page) == "after epoch 3 of 3"
    assert problems == []
    context.close()


def test_the_picture_without_a_live_widget(comparison, histories):
    assert repr(comparison) == "LossComparison: KL only, both; 300 codes over 3 epochs."
    figure = comparison.picture()
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == ["KL only, epoch 3", "both, epoch 3"]
    told = " ".join(text.get_text() for text in figure.texts)
    assert f"{histories['both'].validation['total'][-1]:.1f} nats" in told
    sheets = [image.get_array() for image in figure.images]
    assert [sheet.shape for sheet in sheets] == [(112, 112)] * 2
    assert np.allclose(sheets[1][28:56, 84:], histories["both"].snapshots[-1].samples[7].reshape(28, 28))
    comparison.epoch = 1
    assert comparison.picture().axes[0].get_title() == "KL only, epoch 1"
    formula = vl.LossComparison({r"$\frac": histories["both"]}, [r"$\frac"] * 300)
    assert formula._repr_mimebundle_(), "a title is no formula"


# What is refused


def test_what_the_comparison_refuses(histories, mnist):
    images, labels = mnist.test.images, mnist.test.labels
    for nothing in ({}, [], 3, "both", histories["both"], ["a", "a"], [histories["both"]], {1: histories["both"]}):
        with pytest.raises(ValueError, match="nothing to compare"):
            vl.LossComparison(nothing)
    for history in (vl.History(), 3, None, vl.History(snapshots=[torch.zeros(300, 2)])):
        if history is not None:
            with pytest.raises(
                ValueError, match=r"'a' holds no latent snapshots.*snapshot=vl.latent_snapshot\(images\)"
            ):
                vl.LossComparison({"a": history})
    with pytest.raises(ValueError, match=r"still to come need the images"):
        vl.LossComparison(["a", "b"], labels[:300])
    with pytest.raises(ValueError, match=r"300 codes"):
        vl.LossComparison(histories, labels[:10])
    deep = vl.History(snapshots=[vl.gaussians(vl.VAE(latent_dim=3), images[:300])])
    with pytest.raises(ValueError, match="snapshots of 'deep' have 3"):
        vl.LossComparison({"deep": deep})
    fewer = vl.History(snapshots=[vl.gaussians(vl.VAE(), images[:30])])
    with pytest.raises(ValueError, match=r"same images; got .*'fewer': 30"):
        vl.LossComparison({**histories, "fewer": fewer})
    mixed = vl.History(snapshots=[*fewer.snapshots, *histories["both"].snapshots])
    with pytest.raises(ValueError, match=r"'mixed' are of 30 and of 300 images"):
        vl.LossComparison({"mixed": mixed})
    nan = histories["both"].snapshots[0]._replace(mu=torch.full((300, 2), math.nan))
    with pytest.raises(ValueError, match="'nan' hold NaN"):
        vl.LossComparison({"nan": vl.History(snapshots=[nan])})
    for count in (0, 1, 100_000):
        many = vl.History(snapshots=[LatentSnapshot(torch.zeros(count, 2), torch.ones(count, 2))])
        with pytest.raises(ValueError, match=rf"10,000 at most; got {count:,}\. Take"):
            vl.LossComparison({"many": many})
        with pytest.raises(ValueError, match=rf"10,000 at most; got {count:,}"):
            vl.LossComparison(["many"], images=torch.zeros(count, 4))
    with pytest.raises(ValueError, match="6 trainings at most; got 7"):
        vl.LossComparison({str(i): histories["both"] for i in range(7)})
    for wrong, message in (
        (images[:20].numpy(), "got ndarray"),
        (images[0], r"got a tensor \(784,\)"),
        (images[:20].reshape(20, 28, 28), r"got a tensor \(20, 28, 28\)"),
        (images[:20] * math.nan, "NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            vl.LossComparison(["a"], images=wrong)


def test_ten_thousand_codes_and_missing_labels_and_strings_are_shown(page):
    generator = torch.Generator().manual_seed(0)
    snapshot = LatentSnapshot(torch.randn(10_000, 2, generator=generator), torch.full((10_000, 2), 0.1))
    history = vl.History(snapshots=[snapshot])
    widget_page.show(page, vl.LossComparison({"a": history}))
    assert blue_dots(page)[0]["count"] > 5000 and page.locator(".vaelab-class").count() == 0
    names = ["cat", "dog"] * 5000
    comparison = vl.LossComparison({"a": history}, names)
    assert comparison._names == ["cat", "dog"] and comparison._repr_mimebundle_()


# Live


@pytest.fixture(scope="module")
def small(mnist):
    """What a short training needs: images to train on, to hold out, and their labels."""
    return mnist.train.images[:3000], mnist.test.images[:400], mnist.test.labels[:400]


class Recorder:
    """A comparison's callback, and what was sent to the page meanwhile."""

    def __init__(self, comparison, title, each=lambda model, history: None):
        self.follower, self.each, self.sent = comparison.follow(title), each, []
        send = comparison.send_state
        comparison.send_state = lambda key=None: (
            self.sent.append({key} if isinstance(key, str) else set(key)),
            send(key),
        )[1]

    def after_batch(self, model, history):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        assert model.training
        self.follower.after_batch(model, history)
        assert model.training and all(torch.equal(before[name], value) for name, value in model.state_dict().items())
        self.each(model, history)

    def __call__(self, model, history):
        assert not model.training
        self.follower(model, history)
        assert not model.training

    def after_training(self, model, history):
        self.follower.after_training(model, history)


def visible_state(comparison) -> dict:
    return {name: value for name, value in comparison.get_state().items() if not name.startswith("layout")}


def test_a_followed_training_ends_as_the_recorded_one(small):
    train, images, labels = small
    comparison = vl.LossComparison(["KL only", "both"], labels, images=images)
    assert repr(comparison) == "LossComparison: KL only, both; 400 codes, not trained yet."
    assert comparison._repr_mimebundle_()
    histories, looks = {}, []
    for title, loss in (("KL only", vl.VAELoss(reconstruction=0)), ("both", vl.VAELoss())):
        recorder = Recorder(comparison, title, lambda *_: looks.append(dict(comparison._live)))
        histories[title] = vl.fit(
            small_vae(),
            loss,
            train,
            epochs=3,
            batch_size=32,
            validation=images,
            snapshot=vl.latent_snapshot(images),
            callback=recorder,
        )
        assert comparison.epoch == 3
    assert visible_state(comparison) == visible_state(vl.LossComparison(histories, labels))
    assert repr(comparison) == "LossComparison: KL only, both; 400 codes over 3 epochs."
    assert {(one["run"], one["epoch"]) for one in looks} >= {(0, 2), (1, 2)}


def test_without_snapshots_the_follower_takes_them_itself(small):
    train, images, labels = small
    settings = {"epochs": 2, "seed": 3, "validation": images}
    comparison = vl.LossComparison(["both"], labels, images=images)
    follower = comparison.follow("both")
    vae = small_vae()
    history = vl.fit(vae, vl.VAELoss(), train, callback=follower, **settings)
    recorded = vl.fit(small_vae(), vl.VAELoss(), train, snapshot=vl.latent_snapshot(images), **settings)
    assert history.snapshots == [] and len(follower.snapshots) == 3
    for ours, theirs in list(zip(follower.snapshots, recorded.snapshots, strict=True))[1:]:
        assert torch.equal(ours.mu, theirs.mu) and torch.equal(ours.samples, theirs.samples)
    assert history.validation == recorded.validation, "it changes nothing of the training"
    assert (follower.snapshots[0].mu - recorded.snapshots[0].mu).abs().max() < 0.1
    twin = vl.LossComparison({"both": recorded}, labels)
    assert comparison._runs[0]["numbers"][1:] == twin._runs[0]["numbers"][1:]


def test_what_fit_says_before_training_is_shown_as_epoch_0(small):
    _, images, labels = small
    comparison = vl.LossComparison(["both"], labels, images=images)
    vae, history = small_vae(), vl.History()
    follower = comparison.follow("both")
    follower.before_training(vae, history)
    assert torch.equal(follower.snapshots[0].mu, vl.gaussians(vae, images).mu)
    assert comparison._live["epoch"] == 1 and len(comparison._runs[0]["numbers"]) == 1


def test_only_what_changed_travels(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a", "b"], labels, images=images)
    vl.fit(small_vae(), vl.VAELoss(), train, epochs=2, callback=comparison.follow("a"))
    recorder = Recorder(comparison, "b")
    vl.fit(small_vae(), vl.VAELoss(), train, epochs=4, batch_size=16, callback=recorder)
    sent = recorder.sent
    assert not any(name.startswith(("_gaussians_0", "_samples_0")) for names in sent for name in names)
    assert all(names <= {"_live", "_live_gaussians", "_live_samples"} for names in sent if "_live_gaussians" in names)
    values = [name for names in sent if len(names) > 1 for name in names if name.startswith("_gaussians_1")]
    assert sorted(values) == [f"_gaussians_1_{epoch}" for epoch in range(5)], "each epoch once"


def test_training_again_replaces_the_run(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)
    vl.fit(small_vae(), vl.VAELoss(), train, epochs=3, callback=comparison.follow("a"))
    vl.fit(small_vae(), vl.VAELoss(), train, epochs=1, callback=comparison.follow("a"))
    assert comparison.epoch == 1 and len(comparison._runs[0]["numbers"]) == 2 and comparison._live == {}


def test_who_has_moved_back_stays_there_while_the_training_goes_on(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)

    class MovesBack(Recorder):
        def __call__(self, model, history):
            super().__call__(model, history)
            if history.epochs == 2:
                comparison.epoch = 1  # as when the page's message arrives meanwhile

    vl.fit(small_vae(), vl.VAELoss(), train, epochs=4, callback=MovesBack(comparison, "a"))
    assert comparison.epoch == 1
    comparison.epoch = 4
    vl.fit(small_vae(), vl.VAELoss(), train, epochs=2, callback=comparison.follow("a"))
    assert comparison.epoch == 2


def test_an_interrupted_or_broken_training_leaves_what_was_finished(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)

    def interrupt(model, history):
        if history.epochs == 1:
            raise KeyboardInterrupt

    history = vl.fit(small_vae(), vl.VAELoss(), train, epochs=3, callback=Recorder(comparison, "a", interrupt))
    assert history.epochs == 1 and comparison.epoch == 1 and comparison._live == {}
    with pytest.raises(vl.TrainingDiverged):
        vl.fit(small_vae(), vl.VAELoss(), train, epochs=3, lr=1e9, callback=comparison.follow("a"))
    assert comparison._live == {} and comparison._live_gaussians == b""


def test_what_can_not_be_followed(histories, small):
    train, images, labels = small
    comparison = vl.LossComparison(["a", "b"], labels, images=images)
    with pytest.raises(ValueError, match="no training 'c' in this comparison; it has a, b"):
        comparison.follow("c")
    with pytest.raises(ValueError, match=r"needs the images.*images=images"):
        vl.LossComparison(histories).follow("both")
    with pytest.raises(ValueError, match=r"2 dimensions; the model for 'a' has 3.*latent_dim=2"):
        vl.fit(vl.VAE(latent_dim=3), vl.VAELoss(), train, epochs=1, callback=comparison.follow("a"))
    with pytest.raises(TypeError, match="Autoencoder gives each image a point"):
        vl.fit(vl.Autoencoder(), vl.ReconstructionLoss(), train, epochs=1, callback=comparison.follow("a"))
    assert comparison._live == {} and comparison._runs[0]["numbers"] == []


def test_histories_may_be_trained_again_live(histories, mnist):
    comparison = vl.LossComparison(histories, mnist.test.labels[:300], images=mnist.test.images[:300])
    vl.fit(small_vae(), vl.VAELoss(), mnist.train.images[:500], epochs=4, callback=comparison.follow("both"))
    assert comparison.epoch == 4 and repr(comparison).endswith("over 4 epochs.")


def send(page, comparison, names) -> None:
    """Brings traits of the comparison to the page, as the kernel does."""
    widget_page.send(page, **{name: getattr(comparison, name) for name in names})


class Shown:
    """A comparison on a page, and a training that goes on step by step."""

    def __init__(self, page, comparison, train, title):
        self.page, self.comparison, self.train = page, comparison, train
        self.vae, self.follower, self.history = small_vae(), comparison.follow(title), vl.History()
        self.epoch = comparison.epoch

    def sync(self):
        names = [n for n in self.comparison.keys if n.startswith(("_live", "_runs", "_gaussians", "_samples"))]
        names += ["epoch"] if self.comparison.epoch != self.epoch else []
        send(self.page, self.comparison, sorted(names, key=lambda name: (name == "_runs", name)))  # the worst order
        self.epoch = self.comparison.epoch

    def look(self):
        with torch.no_grad():
            for parameter in self.vae.parameters():
                parameter *= 1.05
        self.follower.pace.next = 0
        self.vae.train()
        self.follower.after_batch(self.vae, self.history)
        self.sync()
        self.page.wait_for_timeout(250)

    def end_epoch(self):
        self.vae.eval()
        terms = {"total": 100.0 - self.history.epochs, "reconstruction": 90.0, "kl": 10.0}
        self.history.add(terms, terms, 1.0)
        self.follower(self.vae, self.history)
        self.sync()
        settle(self.page)

    def end(self):
        self.follower.after_training(self.vae, self.history)
        self.sync()
        settle(self.page)


def test_the_page_shows_a_training_while_it_runs(page, small):
    train, images, labels = small
    comparison = vl.LossComparison(["a", "b"], labels, images=images)
    widget_page.show(page, comparison)
    assert page.get_by_text("not trained yet").count() == 2 and page.get_by_role("button", name="Play").is_disabled()
    live = page.locator(".vaelab-live")
    assert live.inner_text() == ""
    empty = pictures(page, DOTS)
    training = Shown(page, comparison, train, "b")
    training.follower.before_training(training.vae, training.history)
    training.sync()
    settle(page)
    assert live.inner_text() == "live: b, epoch 1"
    assert [one.is_visible() for one in page.get_by_text("not trained yet").all()] == [True, False]
    seen = [(pictures(page, DOTS)[1], pictures(page, SAMPLES)[1])]
    for _ in range(3):
        training.look()
        seen.append((pictures(page, DOTS)[1], pictures(page, SAMPLES)[1]))
    assert len({dots for dots, _ in seen}) == 4 and len({samples for _, samples in seen}) == 4
    assert pictures(page, DOTS)[0] == empty[0]

    training.end_epoch()
    assert live.inner_text() == "live: b, epoch 2" and epoch_text(page) == "after epoch 1 of 1"
    assert "100.0 nats" in page.locator(".vaelab-panel").nth(1).inner_text()

    # Who moves back is left in peace, though the training goes on.
    scrub_to(page, "Home")
    before = pictures(page, DOTS)[1]
    training.look()
    training.end_epoch()
    assert epoch_text(page) == "before training" and pictures(page, DOTS)[1] == before
    assert page.evaluate("window.model.get('epoch')") == 0
    scrub_to(page, "End")
    assert epoch_text(page) == "after epoch 2 of 2"
    training.look()
    assert pictures(page, DOTS)[1] != before
    training.end_epoch()
    assert epoch_text(page) == "after epoch 3 of 3", "and at the newest epoch they go along again"
    training.end()
    assert live.inner_text() == ""
    scrub_to(page, "Home")
    assert pictures(page, DOTS)[1] == before, "afterwards all of it can be scrubbed"


def test_the_look_shows_the_codes_of_that_moment(page, small):
    """The lump of a model whose encoder gives each image the same code, moved by hand."""
    _, images, _ = small
    comparison = vl.LossComparison(["a"], images=images)
    widget_page.show(page, comparison)
    training = Shown(page, comparison, None, "a")
    bias = training.vae.encoder[-1].bias
    with torch.no_grad():
        training.vae.encoder[-1].weight *= 0
        bias[:] = torch.tensor([1.0, 0.5, -8.0, -8.0])
    training.follower.before_training(training.vae, training.history)
    training.sync()
    left, top, width, height = inside(page)
    for mu in ([1.0, 0.5], [-1.5, 0.5], [0.0, -2.0]):
        with torch.no_grad():
            bias[:] = torch.tensor([*mu, -8.0, -8.0]) / 1.05  # `look` makes all weights larger
        training.look()
        page.wait_for_timeout(150)
        (dots,) = blue_dots(page)
        assert dots["x"] == pytest.approx(left + (mu[0] + 3) / 6 * width, abs=2)
        assert dots["y"] == pytest.approx(top + (3 - mu[1]) / 6 * height, abs=2)


def test_looks_come_often_and_cost_little(small):
    """Not a benchmark: a pace that would let the training wait, or forget to look, shows.

    Epochs are looked at too, so only in one that is longer than the time between two looks is there any to count. On a
    machine that is slow just now a look costs more, and there are fewer: as many as may cost a twentieth of the time.
    """
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)
    looks, spent = [], []
    follower = comparison.follow("a")

    class Timed:
        def after_batch(self, model, history):
            before, began = follower.pace.next, time.perf_counter()
            follower.after_batch(model, history)
            if follower.pace.next != before:
                looks.append(began)
                spent.append(time.perf_counter() - began)

        def __call__(self, model, history):
            follower(model, history)

    began = time.perf_counter()
    vl.fit(vl.VAE(), vl.VAELoss(), train.repeat(5, 1), epochs=2, batch_size=64, callback=Timed())
    passed = time.perf_counter() - began
    cost = sum(spent) / passed
    assert len(looks) >= 3 and cost < 0.15
    assert len(looks) >= 2 * passed or cost > 0.03


def test_a_training_that_diverges_says_so_though_it_is_followed(mnist):
    comparison = vl.LossComparison(["a"], images=mnist.test.images[:30])
    with pytest.raises(vl.TrainingDiverged):
        images = mnist.train.images[:64]
        vl.fit(vl.VAE(hidden=(16,)), vl.VAELoss(), images, epochs=3, lr=1e30, callback=comparison.follow("a"))
    assert not comparison._live, "nothing is live any more"
