"""LossComparison, driven in a browser: the epochs, by hand, by Play and by Python, and what is shown."""

import math

import pytest
import torch
from support import widget_page
from support.comparison_page import CURVES, DOTS, OVER, PADS, SAMPLES, blue_dots, epoch_text, lumps, scrub_to
from support.widget_page import ink, pictures, place, settle

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot

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


def test_play_runs_to_the_last_epoch_and_stops(timed_page, comparison):
    page = timed_page
    widget_page.show(page, comparison)
    widget_page.hold(page)
    page.get_by_role("button", name="Play").click()
    assert epoch_text(page) == "before training"
    page.clock.run_for(2000)  # of the 0.7 seconds an epoch
    assert epoch_text(page) == "after epoch 3 of 3" and page.get_by_role("button", name="Pause").is_visible()
    page.clock.run_for(200)
    assert page.get_by_role("button", name="Play").is_visible(), "it stops"
    assert [one["epoch"] for one in page.evaluate("window.saved")] == [0, 1, 2, 3], "each is told to Python once"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_glides_from_epoch_to_epoch_unless_less_motion_is_wanted(timed_page, comparison, motion):
    page = timed_page
    page.emulate_media(reduced_motion=motion)
    widget_page.show(page, comparison)
    steps = []
    for _ in range(4):
        steps.append(pictures(page, DOTS)[1])
        scrub_to(page, "ArrowLeft")
    widget_page.hold(page)
    page.get_by_role("button", name="Play").click()
    seen = set()
    for _ in range(15):
        page.clock.run_for(100)
        seen.add(page.locator(DOTS).nth(1).evaluate(widget_page.PICTURE))
    assert len(seen) > 2 and (seen <= set(steps)) == (motion == "reduce")


def test_play_ends_when_someone_scrubs_to_the_end_meanwhile(page, comparison):
    widget_page.show(page, comparison)
    page.get_by_role("button", name="Play").click()
    scrub_to(page, "End")
    page.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert epoch_text(page) == "after epoch 3 of 3"


def test_a_widget_that_is_taken_away_stops(timed_page, comparison):
    page = timed_page
    widget_page.show(page, comparison)
    widget_page.hold(page)
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(100)
    page.evaluate("window.cleanup()")
    page.clock.run_for(1000)
    assert page.evaluate("window.model.get('epoch')") == 0
    text = epoch_text(page)
    page.evaluate("window.model.set('epoch', 2)")
    page.clock.run_for(100)
    assert epoch_text(page) == text, "it listens no more"


def test_python_sets_the_epoch(page, comparison):
    widget_page.show(page, comparison)
    before = pictures(page, DOTS)
    page.evaluate("window.model.set('epoch', 1)")
    settle(page)
    assert epoch_text(page) == "after epoch 1 of 3" and pictures(page, DOTS) != before


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

    def colored(z1, z2):
        """Whether the first class's colour was drawn at this point of the map, which shows -3 to 3."""
        settle(page)
        data = page.locator(OVER).evaluate(
            """(canvas, [x, y]) => {
              const box = canvas.getBoundingClientRect();
              return Array.from(canvas.getContext('2d').getImageData(x - box.x - 2, y - box.y - 2, 5, 5).data);
            }""",
            place(page, PADS, ((z1 + 3) / 6, (z2 + 3) / 6)),
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


def test_snapshots_without_draws_are_shown_without(page, histories):
    bare = vl.History(snapshots=[LatentSnapshot(*one) for one in histories["both"].snapshots])
    widget_page.show(page, vl.LossComparison({"bare": bare, **histories}))
    assert [one.is_visible() for one in page.locator(SAMPLES).all()] == [False, True, True]


def test_the_table_holds_the_numbers_of_the_epoch(page, comparison):
    widget_page.show(page, comparison)
    for key, moment, epoch in (("End", "after epoch 3 of 3", 3), ("Home", "before training", 0)):
        scrub_to(page, key)
        for run in comparison._runs:
            table = page.get_by_role("table", name=f"{run['title']}, {moment}")
            rows = table.get_by_role("row").all()
            shown = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in rows}
            assert shown == run["numbers"][epoch]


def test_the_curves_are_told_in_words_and_drawn(page, comparison, histories):
    widget_page.show(page, comparison)
    total = histories["both"].validation["total"]
    label = f"total from {total[0]:.1f} to {total[-1]:.1f}"
    assert page.get_by_role("img", name=label).is_visible()
    assert page.get_by_role("img", name=f"total from {histories['both'].train['total'][0]:.1f}").is_visible()
    assert min(ink(page, f"{CURVES} canvas")) > 1000


def test_the_cursor_on_the_curves_sets_the_epoch(page, comparison):
    widget_page.show(page, comparison)
    chart, cursor = f"{CURVES} >> nth=1", page.locator(".vaelab-run-cursor").nth(1)

    def at(epoch):
        return place(page, chart, (epoch / 3, 0.7))

    page.locator(chart).scroll_into_view_if_needed()
    page.mouse.click(*at(1.2))
    assert epoch_text(page) == "after epoch 1 of 3" and page.evaluate("window.saved.at(-1).epoch") == 1
    assert cursor.bounding_box()["x"] + 1 == pytest.approx(at(1)[0], abs=1.5)
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


# The page around it


@pytest.mark.parametrize("runs, columns", [(4, 2), (6, 3)])
def test_the_panels_stand_side_by_side(page, runs, columns):
    widget_page.show(page, vl.LossComparison(lumps(**{f"run{i}": ([1.0, 1.0], 0.3) for i in range(runs)})))
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


def test_ten_thousand_codes_without_labels_are_shown(page):
    generator = torch.Generator().manual_seed(0)
    snapshot = LatentSnapshot(torch.randn(10_000, 2, generator=generator), torch.full((10_000, 2), 0.1))
    widget_page.show(page, vl.LossComparison({"a": vl.History(snapshots=[snapshot])}))
    assert blue_dots(page)[0]["count"] > 5000 and page.locator(".vaelab-class").count() == 0


@pytest.mark.parametrize("width", [1280, 1100, 980, 700, 380])
def test_words_among_the_tools_run_into_nothing(page, comparison, width):
    page.set_viewport_size({"width": width, "height": 900})
    widget_page.show(page, comparison)
    parts = page.locator(".vaelab-options :is(label, span, input[type=range], button)").all()
    boxes = [part.bounding_box() for part in parts]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
            down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
            assert min(across, down) < 1
    spans = page.locator(".vaelab-options span").evaluate_all("all => all.map((s) => s.scrollWidth - s.clientWidth)")
    assert max(spans) <= 0, "no text is wider than its place"
