"""A training that a comparison follows: what is sent while it goes on, and what stays. Without a page."""

import pytest
import torch

import vaelab as vl
from vaelab.widgets.loss_comparison.follower import LOOKED_AT
from vaelab.widgets.shared import live


@pytest.fixture(scope="module")
def small():
    """What a short training needs: images to train on, to hold out, and their labels."""
    images = torch.rand(520, 64, generator=torch.Generator().manual_seed(0))
    return images[:320], images[320:], torch.arange(200) % 10


def small_vae(**kwargs) -> vl.VAE:
    return vl.VAE(**{"hidden": (16,), "data_dim": 64, **kwargs})


def short_fit(loss, images, **kwargs) -> vl.History:
    return vl.fit(small_vae(), loss, images, **{"batch_size": 32, **kwargs})


class Recorder:
    """A comparison's callback that has a look at every batch, and what was sent to the page meanwhile."""

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
        self.follower.pace.next = 0
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
    assert repr(comparison) == "LossComparison: KL only, both; 200 codes, not trained yet."
    assert comparison._repr_mimebundle_()
    histories, looks = {}, []
    for title, loss in (("KL only", vl.VAELoss(reconstruction=0)), ("both", vl.VAELoss())):
        recorder = Recorder(comparison, title, lambda *_: looks.append(dict(comparison._live)))
        snapshot = vl.latent_snapshot(images)
        histories[title] = short_fit(loss, train, epochs=3, validation=images, snapshot=snapshot, callback=recorder)
        assert comparison.epoch == 3
    assert visible_state(comparison) == visible_state(vl.LossComparison(histories, labels))
    assert repr(comparison) == "LossComparison: KL only, both; 200 codes over 3 epochs."
    assert {(one["run"], one["epoch"]) for one in looks} == {(run, epoch) for run in (0, 1) for epoch in (1, 2, 3)}


def test_without_snapshots_the_follower_takes_them_itself(small):
    train, images, labels = small
    settings = {"epochs": 2, "seed": 3, "validation": images}
    comparison = vl.LossComparison(["both"], labels, images=images)
    follower = comparison.follow("both")
    history = short_fit(vl.VAELoss(), train, callback=follower, **settings)
    recorded = short_fit(vl.VAELoss(), train, snapshot=vl.latent_snapshot(images), **settings)
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


def test_the_terms_of_another_loss_are_known_after_the_first_epoch(small):
    _, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)
    vae, history, follower = small_vae(), vl.History(), comparison.follow("a")
    follower.before_training(vae, history)
    assert comparison._runs[0]["numbers"][0]["total"] == "–", "mostly these"
    for epoch in (1, 2):
        history.add({"error": 4.0 - epoch}, {}, 1.0)
        follower(vae, history)
        numbers = comparison._runs[0]["numbers"]
        assert [one.get("error") for one in numbers] == ["–", "3.0", "2.0"][: epoch + 1]
        assert not any("total" in one for one in numbers)


def test_only_what_changed_travels(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a", "b"], labels, images=images)
    short_fit(vl.VAELoss(), train, epochs=2, callback=comparison.follow("a"))
    recorder = Recorder(comparison, "b")
    short_fit(vl.VAELoss(), train, epochs=4, callback=recorder)
    sent = recorder.sent
    assert not any(name.startswith(("_gaussians_0", "_samples_0")) for names in sent for name in names)
    looks = [names for names in sent if "_live_gaussians" in names]
    assert len(looks) > 30 and all(names <= {"_live", "_live_gaussians", "_live_samples"} for names in looks)
    values = [name for names in sent if len(names) > 1 for name in names if name.startswith("_gaussians_1")]
    assert sorted(values) == [f"_gaussians_1_{epoch}" for epoch in range(5)], "each epoch once"


def test_a_look_is_at_the_first_codes_only():
    images = torch.rand(LOOKED_AT + 100, 64, generator=torch.Generator().manual_seed(0))
    comparison = vl.LossComparison(["a"], images=images)
    looks = []
    recorder = Recorder(comparison, "a", lambda *_: looks.append(len(comparison._live_gaussians)))
    short_fit(vl.VAELoss(), images, epochs=1, callback=recorder)
    assert set(looks[1:]) == {LOOKED_AT * 4 * 4}, "four float32 a code; the first batch begins the training"
    assert len(comparison._gaussians_0_1) == len(images) * 4 * 4


def test_training_again_replaces_the_run(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)
    short_fit(vl.VAELoss(), train, epochs=3, callback=comparison.follow("a"))
    short_fit(vl.VAELoss(), train, epochs=1, callback=comparison.follow("a"))
    assert comparison.epoch == 1 and len(comparison._runs[0]["numbers"]) == 2 and comparison._live == {}


def test_histories_may_be_trained_again_live(small):
    train, images, labels = small
    snapshot = vl.latent_snapshot(images)
    histories = {title: short_fit(vl.VAELoss(), train, epochs=3, snapshot=snapshot) for title in ("a", "b")}
    comparison = vl.LossComparison(histories, labels, images=images)
    short_fit(vl.VAELoss(), train, epochs=4, callback=comparison.follow("b"))
    assert comparison.epoch == 4 and repr(comparison).endswith("over 4 epochs.")


def test_who_has_moved_back_stays_there_while_the_training_goes_on(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)

    class MovesBack(Recorder):
        def __call__(self, model, history):
            super().__call__(model, history)
            if history.epochs == 2:
                comparison.epoch = 1  # as when the page's message arrives meanwhile

    short_fit(vl.VAELoss(), train, epochs=4, callback=MovesBack(comparison, "a"))
    assert comparison.epoch == 1
    comparison.epoch = 4
    short_fit(vl.VAELoss(), train, epochs=2, callback=comparison.follow("a"))
    assert comparison.epoch == 2


def test_an_interrupted_or_broken_training_leaves_what_was_finished(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a"], labels, images=images)

    def interrupt(model, history):
        if history.epochs == 1:
            raise KeyboardInterrupt

    history = short_fit(vl.VAELoss(), train, epochs=3, callback=Recorder(comparison, "a", interrupt))
    assert history.epochs == 1 and comparison.epoch == 1 and comparison._live == {}
    for lr in (1e9, 1e30):
        with pytest.raises(vl.TrainingDiverged):
            short_fit(vl.VAELoss(), train, epochs=3, lr=lr, callback=comparison.follow("a"))
        assert comparison._live == {} and comparison._live_gaussians == b"", "nothing is live any more"


def test_what_can_not_be_followed(small):
    train, images, labels = small
    comparison = vl.LossComparison(["a", "b"], labels, images=images)
    with pytest.raises(ValueError, match="no training 'c' in this comparison; it has a, b"):
        comparison.follow("c")
    history = vl.History(snapshots=[vl.gaussians(small_vae(), images)])
    with pytest.raises(ValueError, match=r"needs the images.*images=images"):
        vl.LossComparison({"a": history}).follow("a")
    with pytest.raises(ValueError, match=r"2 dimensions; the model for 'a' has 3.*latent_dim=2"):
        vl.fit(small_vae(latent_dim=3), vl.VAELoss(), train, epochs=1, callback=comparison.follow("a"))
    with pytest.raises(TypeError, match=r"encode gives mu and logvar.*Autoencoder.encode gives one tensor"):
        model = vl.Autoencoder(data_dim=64)
        vl.fit(model, vl.ReconstructionLoss(), train, epochs=1, callback=comparison.follow("a"))
    assert comparison._live == {} and comparison._runs[0]["numbers"] == []


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.mark.parametrize("cost, often", [(0.002, 6), (0.05, 1), (0.2, 0.25)])
def test_looks_come_often_and_cost_little(small, monkeypatch, cost, often):
    """Six looks a second, and fewer where one is dear: a training that is followed takes a twentieth longer at most."""
    _, images, labels = small
    clock = Clock()
    monkeypatch.setattr(live, "time", clock)

    class Model(vl.VAE):
        def encode(self, x):
            assert not self.training, "a look is without dropout"
            clock.now += cost
            return super().encode(x)

    comparison = vl.LossComparison(["a"], labels, images=images)
    follower, vae, history = comparison.follow("a"), Model(hidden=(16,), data_dim=64), vl.History()
    follower.before_training(vae, history)
    begun, spent, looks = clock.now, 0.0, 0
    for _ in range(2):
        for _ in range(3000):
            clock.now += 0.01  # a batch
            before = clock.now
            follower.after_batch(vae, history)
            spent += clock.now - before
            looks += clock.now > before
        history.add({"total": 1.0}, {}, 30.0)
        before = clock.now
        follower(vae, history)
        spent += clock.now - before
    passed = clock.now - begun
    assert looks / passed == pytest.approx(often, rel=0.1)
    assert spent / passed < 0.06
