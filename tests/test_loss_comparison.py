"""LossComparison, driven in a browser: what a user would see change."""

import math

import pytest
import torch
import widget_page
from widget_page import ink, pictures

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot

PANELS = ".vaelab-panel canvas"


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
