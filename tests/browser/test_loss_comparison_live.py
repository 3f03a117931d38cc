"""LossComparison's page while a model is trained: what comes is shown, and who has moved back is left in peace."""

import pytest
import torch
from support import widget_page
from support.comparison_page import DOTS, PADS, SAMPLES, blue_dots, epoch_text, scrub_to
from support.widget_page import pictures, place, send, settle

import vaelab as vl

# From one look to the next the codes glide for 130 milliseconds, by the page's clock.
GLIDDEN = """new Promise((done) => {
  const end = performance.now() + 130;
  const wait = () => (performance.now() > end ? done() : requestAnimationFrame(wait));
  wait();
})"""


@pytest.fixture(scope="module")
def images():
    """Dark ones, so that the codes stay where every map begins: from -3 to 3."""
    return 0.3 * torch.rand(200, 784, generator=torch.Generator().manual_seed(0))


def small_vae() -> vl.VAE:
    return vl.VAE(hidden=(64,))


class Shown:
    """A comparison on a page, and a training that goes on step by step."""

    def __init__(self, page, comparison, title):
        self.page, self.comparison = page, comparison
        self.vae, self.follower, self.history = small_vae(), comparison.follow(title), vl.History()
        self.epoch = comparison.epoch

    def begin(self):
        self.follower.before_training(self.vae, self.history)
        self.sync()
        settle(self.page)

    def sync(self):
        names = [n for n in self.comparison.keys if n.startswith(("_live", "_runs", "_gaussians", "_samples"))]
        names += ["epoch"] if self.comparison.epoch != self.epoch else []
        names.sort(key=lambda name: (name == "_runs", name))  # the worst order
        send(self.page, **{name: getattr(self.comparison, name) for name in names})
        self.epoch = self.comparison.epoch

    def look(self):
        with torch.no_grad():
            for parameter in self.vae.parameters():
                parameter *= 1.05
        self.follower.pace.next = 0
        self.vae.train()
        self.follower.after_batch(self.vae, self.history)
        self.sync()
        self.page.evaluate(GLIDDEN)

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


def test_the_page_shows_a_training_while_it_runs(page, images):
    comparison = vl.LossComparison(["a", "b"], torch.arange(200) % 10, images=images)
    widget_page.show(page, comparison)
    assert page.get_by_text("not trained yet").count() == 2 and page.get_by_role("button", name="Play").is_disabled()
    live = page.locator(".vaelab-live")
    assert live.inner_text() == ""
    empty = pictures(page, DOTS)
    training = Shown(page, comparison, "b")
    training.begin()
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


def test_the_look_shows_the_codes_of_that_moment(page, images):
    """The lump of a model whose encoder gives each image the same code, moved by hand."""
    comparison = vl.LossComparison(["a"], images=images)
    widget_page.show(page, comparison)
    training = Shown(page, comparison, "a")
    bias = training.vae.encoder[-1].bias
    with torch.no_grad():
        training.vae.encoder[-1].weight *= 0
        bias[:] = torch.tensor([1.0, 0.5, -8.0, -8.0])
    training.begin()
    for mu in ([1.0, 0.5], [-1.5, 0.5], [0.0, -2.0]):
        with torch.no_grad():
            bias[:] = torch.tensor([*mu, -8.0, -8.0]) / 1.05  # `look` makes all weights larger
        training.look()
        (dots,) = blue_dots(page)
        x, y = place(page, PADS, ((mu[0] + 3) / 6, (mu[1] + 3) / 6))
        assert (dots["x"], dots["y"]) == pytest.approx((x, y), abs=2)
