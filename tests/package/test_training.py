import contextlib
import copy
import math
import os
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

import vaelab as vl
from vaelab import progress_bar, training
from vaelab.training_arguments import checked_device


@pytest.fixture
def images():
    return torch.rand(300, 16, generator=torch.Generator().manual_seed(0))


def small_vae(**kwargs):
    return vl.VAE(latent_dim=2, hidden=(8,), data_dim=16, **kwargs)


def fit(model, images, **kwargs):
    # On the CPU, so that the numbers can be compared where there is an accelerator too.
    return vl.fit(model, vl.VAELoss(), images, **{"epochs": 3, "batch_size": 64, "seed": 0, "device": "cpu", **kwargs})


class Location(nn.Module):
    """One number: enough to see what `fit` does with data, and it knows nothing of codes."""

    def __init__(self):
        super().__init__()
        self.at = nn.Parameter(torch.zeros(()))


def squared_distance(model, x, generator):
    return ((x - model.at) ** 2).mean()


def test_fits_any_model_with_any_loss():
    model = Location()
    data = torch.full((100, 1), 3.0)
    history = vl.fit(model, squared_distance, data, epochs=40, batch_size=10, lr=0.1, validation=data)
    assert model.at.item() == pytest.approx(3, abs=1e-3)
    assert list(history.train) == list(history.validation) == ["loss"]
    assert history.validation["loss"][-1] < 1e-5 < history.validation["loss"][0]


def test_learns_and_reports_terms_that_add_up(images):
    history = fit(small_vae(), images, epochs=5, validation=images[:100])
    for terms in (history.train, history.validation):
        assert list(terms) == ["objective", "total", "reconstruction", "kl"] and terms["objective"] == terms["total"]
        assert {len(values) for values in terms.values()} == {5}
        for total, reconstruction, kl in zip(terms["total"], terms["reconstruction"], terms["kl"], strict=True):
            assert total == pytest.approx(reconstruction + kl, abs=1e-4)
    assert history.validation["total"][-1] < history.validation["total"][0]


def test_the_validation_terms_are_those_of_the_model_as_it_is(images):
    vae, held_out = small_vae(), images[:100]
    history = fit(vae, images, validation=held_out, seed=7)
    generator = torch.Generator().manual_seed(7)
    terms = {name: term.item() for name, term in vl.VAELoss()(vae, held_out, generator).items()}
    assert {name: values[-1] for name, values in history.validation.items()} == pytest.approx(terms)


def test_every_epoch_sees_every_image_once_in_a_new_order():
    seen = []

    def spy(model, x, generator):
        seen.append(x.flatten().cpu())
        return squared_distance(model, x, generator)

    data = torch.arange(10.0)[:, None]
    vl.fit(Location(), spy, data, epochs=2, batch_size=4, seed=1)
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert torch.equal(first.sort().values, data.flatten()) and torch.equal(second.sort().values, data.flatten())
    assert not torch.equal(first, second)
    one = seen.copy()
    seen.clear()
    vl.fit(Location(), spy, data, epochs=2, batch_size=4, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(one, seen, strict=True)), "the same seed, the same order"
    seen.clear()
    vl.fit(Location(), spy, data, epochs=2, batch_size=4, seed=2)
    assert not torch.equal(torch.cat(seen[:3]), first), "the seed sets the order"


@pytest.fixture
def rates(monkeypatch):
    """The learning rate of each step that `fit` takes."""
    seen = []

    step = training.Adam.step

    def noted(self):
        seen.append(self.param_groups[0]["lr"])
        step(self)

    monkeypatch.setattr(training.Adam, "step", noted)
    return seen


def test_the_rate_goes_through_one_cycle_a_step_at_a_time(rates):
    vl.fit(Location(), squared_distance, torch.rand(10, 1), epochs=4, batch_size=4, lr=0.5)
    factor = training.one_cycle(12)  # four epochs of three batches, the last of each with two images
    assert rates == [0.5 * factor(step) for step in range(12)]


def test_what_fit_does_if_nothing_is_said(rates):
    """Ten epochs, batches of 256, up to a rate of 0.012, seed 0; no validation, no snapshots."""
    sizes, models = [], [small_vae() for _ in range(3)]

    def spy(model, x, generator):
        sizes.append(len(x))
        return vl.VAELoss()(model, x, generator)

    data = torch.rand(300, 16, generator=torch.Generator().manual_seed(0))
    history = vl.fit(models[0], spy, data, device="cpu")
    assert sizes == 10 * [256, 44]
    assert max(rates) == rates[6] == 1.2e-2
    assert history.validation == {} and history.snapshots == [] and not history.interrupted
    said = {"epochs": 10, "batch_size": 256, "lr": 1.2e-2, "device": "cpu"}
    vl.fit(models[1], vl.VAELoss(), data, seed=0, **said)
    vl.fit(models[2], vl.VAELoss(), data, seed=1, **said)
    same, other = (
        [torch.equal(a, b) for a, b in zip(models[0].parameters(), model.parameters(), strict=True)]
        for model in models[1:]
    )
    assert all(same) and not any(other)


def test_the_gradients_of_one_batch_do_not_add_to_the_next():
    slopes = []

    def spy(model, x, generator):
        slopes.append(model.at.grad)
        return squared_distance(model, x, generator)

    vl.fit(Location(), spy, torch.rand(6, 1), epochs=1, batch_size=2)
    # What the step before left is dropped after the loss is computed, before its own gradient.
    assert slopes[0] is None

    class Gradients:
        def __init__(self):
            self.seen = []

        def after_batch(self, model, history):
            self.seen.append(model.at.grad.item())

        def __call__(self, model, history):
            pass

    gradients, model = Gradients(), Location()
    vl.fit(model, lambda model, x, generator: model.at, torch.rand(6, 1), epochs=1, batch_size=2, callback=gradients)
    assert gradients.seen == [1, 1, 1]
    assert model.at.grad is None, "what is left of a training is given back"


def test_evaluate_is_the_mean_over_images_without_gradients_or_training():
    data, seen = torch.tensor([[1.0], [1.0], [4.0]]), []

    def spy(model, x, generator):
        seen.append((len(x), torch.is_grad_enabled(), model.training, generator.initial_seed()))
        return squared_distance(model, x, generator)

    for mode in (True, False):
        model = Location().train(mode)
        assert vl.evaluate(model, spy, data, batch_size=2) == pytest.approx({"loss": 6})
        assert model.training == mode
    assert seen == 2 * [(2, False, False, 0), (1, False, False, 0)]
    seen.clear()
    vl.evaluate(Location(), spy, torch.rand(1001, 1), seed=3)
    assert seen == [(1000, False, False, 3), (1, False, False, 3)]
    with pytest.raises(ValueError, match="images holds no images"):
        vl.evaluate(Location(), spy, torch.rand(0, 1))


def test_evaluate_leaves_the_model_as_it_was_where_the_loss_fails():
    def fails(model, x, generator):
        raise RuntimeError

    model = Location().train()
    with pytest.raises(RuntimeError):
        vl.evaluate(model, fails, torch.rand(3, 1))
    assert model.training


def test_the_accelerator_is_taken_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("meta"))
    for there, device in ((True, "meta"), (False, "cpu")):
        monkeypatch.setattr(torch.accelerator, "is_available", lambda there=there: there)
        assert checked_device(None) == torch.device(device)


def test_the_device_that_is_asked_for_is_the_one_that_is_used(images, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: pytest.fail("a device was named"))
    where = []

    def spy(model, x, generator):
        where.append((x.device.type, generator.device.type, model.at.device.type))
        return squared_distance(model, x, generator)

    vl.fit(Location(), spy, images, epochs=1, device=torch.device("cpu"), validation=images)
    assert set(where) == {("cpu", "cpu", "cpu")}


def test_what_is_trained_on_goes_to_the_device_and_the_model_comes_back(monkeypatch):
    """On the meta device, which every machine has. A model and generators that only note where they are sent."""
    moves, asked, seen = [], [], []

    class Model(Location):
        where = torch.device("cpu")

        def to(self, where):
            moves.append(where)
            self.where = torch.device(where)
            return self

    class Order(torch.Tensor):
        def to(self, *where):
            moves.append(*where)
            return super().to(*where)

    def loss(model, x, generator):
        seen.append((x.device.type, generator.initial_seed(), model.training))
        return model.at * 1

    def noted(device="cpu"):
        asked.append(torch.device(device).type)
        return torch.Generator()

    randperm = torch.randperm
    monkeypatch.setattr(training, "Generator", noted)
    monkeypatch.setattr(training, "device_of", lambda model: model.where)
    monkeypatch.setattr(training, "checked_device", torch.device)
    monkeypatch.setattr(
        torch, "randperm", lambda n, generator, device: randperm(n, generator=generator).as_subclass(Order)
    )
    vl.fit(Model(), loss, torch.rand(3, 1), epochs=1, seed=5, validation=torch.rand(2, 1), device="meta")
    assert [torch.device(where).type for where in moves] == ["meta", "meta", "cpu"]  # model, order, model
    assert asked == ["meta", "cpu", "meta"]  # the noise, the shuffle, the noise of the held-out images
    assert seen == [("meta", 5, True), ("meta", 5, False)]


def test_what_may_be_said_by_name_and_what_has_to_be(images):
    history = vl.fit(model=Location(), loss=squared_distance, images=images, epochs=1)
    assert vl.evaluate(model=Location(), loss=squared_distance, images=images)
    assert history.epochs == 1 and training.one_cycle(steps=10)(3) == 1
    for call in (
        lambda: vl.fit(Location(), squared_distance, images, 1),
        lambda: vl.evaluate(Location(), squared_distance, images, 0),
        lambda: training.one_cycle(10, 0.3),
    ):
        with pytest.raises(TypeError, match="positional"):
            call()


def test_the_mean_over_an_epoch_weighs_batches_by_their_size():
    data = torch.tensor([[1.0], [1.0], [4.0]])
    history = vl.fit(Location(), squared_distance, data, epochs=1, batch_size=2, lr=1e-12)
    assert history.train["loss"] == pytest.approx([(1 + 1 + 16) / 3])


def test_a_tensor_that_holds_one_number_is_a_number():
    model, like = Location(), Location()
    one = vl.fit(model, lambda *given, generator: squared_distance(*given, generator)[None], torch.ones(3, 1), epochs=2)
    assert one.train == vl.fit(like, squared_distance, torch.ones(3, 1), epochs=2).train


def test_same_seed_same_result_whatever_the_global_state(images):
    models = [small_vae() for _ in range(3)]
    histories = []
    for model, seed in zip(models, (0, 0, 1), strict=True):
        torch.manual_seed(len(histories))
        state = torch.get_rng_state()
        histories.append(fit(model, images, validation=images[:50], seed=seed))
        assert torch.equal(state, torch.get_rng_state())
    assert histories[0].train == histories[1].train and histories[0].validation == histories[1].validation
    assert all(torch.equal(a, b) for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert histories[0].train != histories[2].train


def test_snapshots_are_taken_before_and_after_each_epoch(images):
    vae = small_vae()
    before = vl.gaussians(vae, images[:5])
    history = fit(vae, images, snapshot=vl.latent_snapshot(images[:5]))
    assert len(history.snapshots) == 4
    assert torch.equal(history.snapshots[0].mu, before.mu)
    assert torch.equal(history.snapshots[-1].mu, vl.gaussians(vae, images[:5]).mu)
    assert not torch.equal(history.snapshots[0].mu, history.snapshots[1].mu)


def test_the_callback_sees_each_epoch(images):
    epochs = []
    fit(small_vae(), images, callback=lambda model, history: epochs.append((history.epochs, len(history.train["kl"]))))
    assert epochs == [(1, 1), (2, 2), (3, 3)]


def test_interrupting_keeps_the_model_and_the_history(images, capsys):
    vae, start = small_vae(), small_vae()
    calls = iter(range(100))

    def interrupted_in_the_second_epoch(model, x, generator):
        if next(calls) == 8:
            raise KeyboardInterrupt
        return vl.VAELoss()(model, x, generator)

    history = vl.fit(vae, interrupted_in_the_second_epoch, images, epochs=10, batch_size=64)
    assert history.interrupted and history.epochs == 1
    assert "Interrupted in epoch 2 of 10" in capsys.readouterr().out
    assert not torch.equal(vae.encoder[0].weight, start.encoder[0].weight)
    assert not vae.training
    assert fit(vae, images).epochs == 3, "training can go on"


def test_interrupting_after_the_last_epoch_names_the_last_epoch(images, capsys):
    def interrupt(model, history):
        if history.epochs == 2:
            raise KeyboardInterrupt

    assert fit(small_vae(), images, epochs=2, callback=interrupt).epochs == 2
    assert "Interrupted in epoch 2 of 2" in capsys.readouterr().out


@pytest.mark.parametrize("moment", ["validation", "snapshot", "callback"])
def test_an_interrupt_between_epochs_leaves_a_history_that_fits_together(images, moment):
    calls = iter(range(100))

    def interrupt_at(call):
        if next(calls) == call:
            raise KeyboardInterrupt

    def loss(model, x, generator):
        if moment == "validation" and not model.training:
            interrupt_at(1)
        return vl.VAELoss()(model, x, generator)

    def snapshot(model):
        if moment == "snapshot":
            interrupt_at(2)
        return vl.gaussians(model, images[:5])

    def callback(model, history):
        if moment == "callback":
            interrupt_at(1)

    validation = images[:50]
    history = vl.fit(small_vae(), loss, images, epochs=4, validation=validation, snapshot=snapshot, callback=callback)
    finished = 2 if moment == "callback" else 1
    assert history.interrupted and history.epochs == finished
    lengths = {len(values) for terms in (history.train, history.validation) for values in terms.values()}
    assert lengths == {finished} and len(history.snapshots) == finished + 1
    history.plot()
    plt.close("all")


def test_a_callback_that_follows_is_asked_before_after_each_batch_and_at_the_end(images):
    class Follower:
        def __init__(self):
            self.seen = []

        def __call__(self, model, history):
            self.seen.append(("epoch", history.epochs, model.training))

        def before_training(self, model, history):
            self.seen.append(("begin", history.epochs, model.training))

        def after_batch(self, model, history):
            self.seen.append(("batch", history.epochs, model.training))

        def after_training(self, model, history):
            self.seen.append(("end", history.epochs, model.training))

    follower = Follower()
    vl.fit(Location(), squared_distance, images, epochs=2, batch_size=len(images) // 2, callback=follower)
    first = [("batch", 0, True), ("batch", 0, True), ("epoch", 1, False)]
    second = [("batch", 1, True), ("batch", 1, True), ("epoch", 2, False)]
    assert follower.seen == [("begin", 0, False), *first, *second, ("end", 2, False)]


def test_a_callback_that_cannot_be_called_is_refused_before_the_training(images):
    vae = small_vae()
    before = copy.deepcopy(vae.state_dict())
    with pytest.raises(TypeError, match=r"function of \(model, history\).*follow\(title\).*got LossComparison"):
        fit(vae, images, callback=vl.LossComparison(["a"], images=images))
    assert all(torch.equal(weight, before[name]) for name, weight in vae.state_dict().items())


@pytest.mark.parametrize("problem", [KeyboardInterrupt, math.nan])
def test_a_callback_is_told_of_the_end_of_a_training_that_was_cut_short(images, problem):
    class Follower:
        ends = 0

        def __call__(self, model, history): ...

        def after_training(self, model, history):
            self.ends += 1
            assert all(weight.isfinite().all() for weight in model.state_dict().values())

    def loss(model, x, generator):
        if problem is KeyboardInterrupt:
            raise problem
        return squared_distance(model, x, generator) * problem

    follower = Follower()
    with contextlib.suppress(vl.TrainingDiverged):
        vl.fit(Location(), loss, images, epochs=2, callback=follower)
    assert follower.ends == 1


def test_training_mode_while_training_and_only_then(images):
    modes = []

    def loss(model, x, generator):
        modes.append(("loss", model.training))
        return squared_distance(model, x, generator)

    model = Location()
    note = lambda name: lambda model, *_: modes.append((name, model.training))  # noqa: E731
    vl.fit(
        model, loss, images, epochs=2, batch_size=300, validation=images, snapshot=note("snap"), callback=note("call")
    )
    epoch = [("loss", True), ("loss", False), ("snap", False), ("call", False)]
    assert modes == [("snap", False), *epoch, *epoch]


def test_a_loss_that_turns_nan_stops_and_gives_back_the_last_good_model(images):
    vae, good = small_vae(), []

    def breaks_in_the_third_epoch(model, x, generator):
        terms = vl.VAELoss()(model, x, generator)
        if len(good) == 2:
            terms["objective"] = terms["objective"] * math.nan
        return terms

    def remember(model, history):
        good.append({name: weight.clone().cpu() for name, weight in model.state_dict().items()})

    with pytest.raises(
        vl.TrainingDiverged, match=r"in epoch 3 .*objective = nan.*lr=0\.0012.*before epoch 3"
    ) as caught:
        vl.fit(vae, breaks_in_the_third_epoch, images, epochs=5, callback=remember)
    assert caught.value.history.epochs == 2
    assert str(caught.value).startswith("the training left the finite numbers"), "and no history in the message"
    assert all(torch.equal(weight, good[-1][name]) for name, weight in vae.state_dict().items())


def test_weights_that_turn_nan_in_the_last_step_are_noticed():
    """The loss of every batch is finite, the gradient of the last one is not."""

    def infinite_slope_at_zero(model, x, generator):
        return (model.at * 0 + x.mean()).sqrt()

    model = Location()
    model.later = nn.Parameter(torch.zeros(()))
    loss = lambda model, x, generator: infinite_slope_at_zero(model, x, generator) + (model.later * 0).sqrt()  # noqa: E731
    with pytest.raises(vl.TrainingDiverged, match="the weights at"):  # the first of those that are
        vl.fit(model, loss, torch.zeros(4, 1), epochs=1)
    assert model.at == 0


def test_a_rate_that_is_far_too_high_says_so(images):
    def explosive(model, x, generator):
        return torch.exp(100 * model.at).mean() + x.mean()

    model = Location()
    nn.init.constant_(model.at, 1.0)
    with pytest.raises(vl.TrainingDiverged, match=r"it was 5, so try lr=0\.5"):
        vl.fit(model, explosive, images, lr=5.0, epochs=2)


@pytest.mark.parametrize(
    "images, problem, error",
    [
        ([[0.0]], r"must be a tensor.*got a list of 1, \[\[0.0\]\]. torch.tensor", TypeError),
        (
            torch.zeros(3, 16, dtype=torch.uint8),
            r"floating-point.*float\(\) / 255.*got a tensor .* of uint8",
            TypeError,
        ),
        (torch.zeros(0, 16), r"holds no images.*\(0, 16\)", ValueError),
        (torch.full((3, 16), math.nan), "NaN or infinite", ValueError),
        (torch.full((3, 16), math.inf), "NaN or infinite", ValueError),
    ],
)
def test_bad_images(images, problem, error):
    with pytest.raises(error, match="images.*" + problem):
        fit(small_vae(), images)
    with pytest.raises(error, match="validation.*" + problem):
        fit(small_vae(), torch.rand(3, 16), validation=images)


def test_bad_arguments(images):
    for name, value in (
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", 0),
        ("batch_size", True),
        ("batch_size", 2.0),
        ("epochs", True),
        ("epochs", -1),
        ("lr", 0),
        ("lr", -1e-2),
        ("lr", math.inf),
        ("lr", math.nan),
    ):
        with pytest.raises((TypeError, ValueError), match=rf"{name} must be a .*number.*; got {value}"):
            fit(small_vae(), images, **{name: value})
    for a, b in ((16, 9), (9, 16)):
        with pytest.raises(ValueError, match=rf"same size; got \(300, {b}\) and \(300, {a}\)"):
            fit(small_vae(), images[:, :a], validation=images[:, :b])
    for bad in (images, torch.zeros(0), 1.0, {}, {"total": images.sum(), "kl": 1.0}):
        wrong = lambda model, x, generator, bad=bad: bad  # noqa: E731
        with pytest.raises(TypeError, match="one number as a tensor"):
            vl.fit(small_vae(), wrong, images)


@pytest.mark.parametrize("count, epochs", [(1, 1), (2, 1), (3, 1), (1, 3)])
def test_the_smallest_trainings_work(count, epochs):
    assert fit(small_vae(), torch.rand(count, 16), epochs=epochs, batch_size=1).epochs == epochs


def test_the_model_ends_where_it_was_and_ready_to_use(images):
    vae = small_vae()
    fit(vae, images, device="cpu")
    assert not vae.training
    assert {parameter.device.type for parameter in vae.parameters()} == {"cpu"}


def test_progress_in_a_log_is_a_line_an_epoch(images, capsys):
    fit(small_vae(), images, validation=images)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("epoch 1/3: total ") and lines[-1].endswith("; 0 s left")
    assert "reconstruction" in lines[1] and "kl" in lines[1] and "\r" not in "".join(lines)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_in_a_terminal_is_one_bar(images, monkeypatch):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # 24 rows, 100 columns
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        fit(small_vae(), images)
        terminal.flush()
        os.set_blocking(ours, False)
        parts = []
        with contextlib.suppress(BlockingIOError):
            while True:
                parts.append(os.read(ours, 100_000))
    os.close(ours)
    shown = b"".join(parts).decode()
    assert "0/3 epochs" in shown and "left" in shown
    last = shown.rstrip().split("\r")[-1]
    assert last.startswith("3/3 epochs") and "left" not in last and "total" in last and "kl" in last
    assert 90 <= len(last) <= 100, "as wide as the terminal"
    assert shown.count("\n") == 1, "one line, drawn again in place"


def test_progress_in_a_notebook_is_one_bar_with_a_sentence_for_who_cannot_see_it(images, monkeypatch):
    shown, bars = [], []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append((bundle, raw)))
    monkeypatch.setattr(progress_bar, "_in_a_notebook", lambda: True)

    class Kept(training.Progress):
        def close(self):
            bars.append(self.bar)
            super().close()

    monkeypatch.setattr(training, "Progress", Kept)
    fit(small_vae(), images, validation=images)
    [(bundle, raw)] = shown
    assert raw and bundle["text/plain"] == "Training for 3 epochs."
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bars[0].n == bars[0].total == 15 and bars[0].desc == "3/3 epochs"
    assert "total" in bars[0].postfix


def test_history_plots_a_panel_a_term_and_says_what_it_holds(images):
    history = fit(small_vae(), images, validation=images)
    axes = history.plot()
    assert [ax.get_title() for ax in axes] == ["total", "reconstruction", "kl"]
    training_line, held_out_line = axes[2].get_lines()
    assert list(training_line.get_xdata()) == list(held_out_line.get_xdata()) == [1, 2, 3]
    assert list(training_line.get_ydata()) == history.train["kl"]
    assert list(held_out_line.get_ydata()) == history.validation["kl"]
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["training", "held out"]
    assert all(ax.get_xlabel() == "epoch" for ax in axes) and axes[0].get_ylabel() == "mean over images"
    own = plt.figure().subplots(1, 3)
    assert history.plot(own) is own and own[2].get_title() == "kl"
    with pytest.raises(ValueError, match="axes must be one for each of 3 terms"):
        history.plot(own[:2])
    plt.close("all")
    assert repr(history).startswith("History(3 epochs in 0 s; held-out total ")
    three = vl.History(train={"total": [4.0, 3.0, 2.126], "kl": [2.0, 1.0, 0.5]}, seconds=[0.5, 0.7, 1.4])
    assert repr(three) == "History(3 epochs in 3 s; total 2.13, kl 0.50)"
    assert repr(vl.History()) == "History(0 epochs in 0 s)"
    with pytest.raises(ValueError, match="no epoch was finished"):
        vl.History().plot()


def test_one_cycle_goes_up_then_down_to_nearly_nothing():
    factors = [training.one_cycle(1000)(step) for step in range(1000)]
    assert factors[0] == pytest.approx(1 / 25)
    assert max(factors) == pytest.approx(1) and factors.index(max(factors)) == 300
    assert factors[-1] < 1e-5
    assert all(a <= b for a, b in pairwise(factors[:301]))
    assert all(a >= b for a, b in pairwise(factors[300:]))


def test_one_cycle_is_two_halves_of_a_cosine():
    factor = training.one_cycle(80, warm_up=0.25, start=0.2)
    expected = {0: 0.2, 10: 0.6, 20: 1.0, 50: 0.5, 80: 0.0, 100: 0.0}
    expected[5] = 0.2 + 0.8 * (1 - math.cos(math.pi / 4)) / 2
    expected[35] = (1 + math.cos(math.pi / 4)) / 2
    assert {step: factor(step) for step in expected} == pytest.approx(expected, abs=1e-12)


class Told:
    """A callback that writes down what it is told."""

    def __init__(self, name, notes):
        self.name, self.notes = name, notes

    def before_training(self, model, history):
        self.notes.append(f"{self.name} begins")

    def __call__(self, model, history):
        self.notes.append(f"{self.name} {history.epochs}")

    def after_training(self, model, history):
        self.notes.append(f"{self.name} ends")
        if self.name == "breaks":
            raise RuntimeError("at the end")


def test_several_callbacks_are_told_in_their_order_and_all_of_the_end(images):
    notes = []
    fit(small_vae(), images, epochs=2, callback=[Told("a", notes), lambda model, history: notes.append("plain")])
    assert notes == ["a begins", "a 1", "plain", "a 2", "plain", "a ends"]
    notes.clear()
    with pytest.raises(RuntimeError, match="at the end"):
        fit(small_vae(), images, epochs=1, callback=(Told("breaks", notes), Told("b", notes)))
    assert notes == ["breaks begins", "b begins", "breaks 1", "b 1", "breaks ends", "b ends"]
    assert fit(small_vae(), images, callback=[]).epochs == 3


@pytest.mark.parametrize(
    "optimizer",
    [torch.optim.Adam, torch.optim.RMSprop, lambda weights: torch.optim.SGD(weights, lr=1, momentum=0.9)],
)
def test_another_optimizer_goes_through_the_same_cycle(optimizer):
    rates = []

    def noted(weights):
        made = optimizer(weights)
        step = made.step
        made.step = lambda: (rates.append(made.param_groups[0]["lr"]), step())
        return made

    model, data = Location(), torch.full((100, 1), 3.0)
    vl.fit(model, squared_distance, data, epochs=40, batch_size=10, lr=0.05, optimizer=noted)
    assert rates == [0.05 * training.one_cycle(400)(step) for step in range(400)]
    assert model.at.item() == pytest.approx(3, abs=0.02)


def test_a_loss_that_changes_is_asked_for_each_moment():
    moments = []

    class Loss:
        def at(self, t):
            moments.append(t)
            return squared_distance

        def __call__(self, model, x, generator):
            raise AssertionError("the one of the moment is asked for")

    vl.fit(Location(), Loss(), torch.rand(5, 1), epochs=2, batch_size=2, validation=torch.rand(2, 1))
    assert moments == [0, 0.25, 0.5, 0.5, 0.75, 1]  # two steps, as the lone image joins, and the held-out ones


def test_warm_up_reports_the_same_terms_in_every_epoch(images):
    warm_up = vl.VAELoss(kl=lambda t: min(1, 2 * t))
    history = vl.fit(small_vae(), warm_up, images, epochs=4, batch_size=64, validation=images)
    for terms in (history.train, history.validation):
        assert list(terms) == ["objective", "total", "reconstruction", "kl"]
        assert {len(values) for values in terms.values()} == {4}
    weights = [
        (o - r) / k
        for o, r, k in zip(*(history.validation[name] for name in ("objective", "reconstruction", "kl")), strict=True)
    ]
    assert weights == pytest.approx([0.5, 1, 1, 1], rel=1e-3)
    assert len(history.plot()) == 4
    plt.close("all")


def test_a_term_that_another_repeats_is_shown_once(images):
    history = fit(small_vae(), images, validation=images)
    assert "objective" not in repr(history) and "total" in repr(history)
    assert [ax.get_title() for ax in history.plot()] == ["total", "reconstruction", "kl"]
    plt.close("all")


@pytest.mark.parametrize("changes", [1, 5], ids=["within an epoch", "from one to the next"])
def test_terms_that_change_are_refused(changes, images):
    calls = []

    def loss(model, x, generator):
        calls.append(len(x))
        terms = {"loss": squared_distance(model, x, generator)}
        return terms | ({"late": model.at} if len(calls) > changes else {})

    with pytest.raises((TypeError, ValueError), match="same terms"):
        vl.fit(Location(), loss, images, epochs=3, batch_size=60)


@pytest.mark.parametrize("state", [torch.no_grad, torch.inference_mode])
def test_it_learns_whatever_autograd_was_told(state, images):
    model, like = small_vae(), small_vae()
    with state():
        given = images.clone()
        fit(model, given, validation=given)
        assert not torch.is_grad_enabled()
    fit(like, images)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), like.parameters(), strict=True))


def test_images_with_a_graph_of_their_own_are_images(images):
    assert fit(small_vae(), small_vae(seed=1).decode(torch.randn(50, 2))).epochs == 3


def test_a_default_device_is_not_asked(images):
    model = small_vae()
    with torch.device("meta"):
        history = fit(model, images, validation=images, snapshot=vl.latent_snapshot(images))
        assert vl.prior_grid(3).device.type == "cpu"
        vl.log_evidence(model, images, 3)
    assert history.snapshots[-1].samples.device.type == "cpu"


def test_what_has_nothing_to_learn_or_no_way_to(images):
    frozen = small_vae().requires_grad_(False)
    with pytest.raises(ValueError, match="this VAE has only frozen ones"):
        fit(frozen, images)
    with pytest.raises(ValueError, match="this Sequential has none"):
        vl.fit(nn.Sequential(), squared_distance, images)
    with torch.inference_mode():
        made = small_vae()
    with pytest.raises(ValueError, match=r"made under torch.inference_mode\(\)"):
        fit(made, images)
    for loss in (lambda model, x, generator: model.at.detach() * 1, lambda model, x, generator: x.mean()):
        with pytest.raises(TypeError, match="loss, which the training is to minimise, does not depend on the model"):
            vl.fit(Location(), loss, images)
    some = small_vae()
    some.encoder.requires_grad_(False)
    before = some.encoder[0].weight.clone()
    fit(some, images)
    assert torch.equal(some.encoder[0].weight, before), "what is frozen stays"


class Weighing(nn.Module):
    """A loss with a weight of its own."""

    def __init__(self):
        super().__init__()
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def forward(self, model, x, generator):
        return self.log_sigma


@pytest.mark.parametrize(
    "named, problem",
    [
        ({"model": vl.VAELoss()}, r"model must be a torch.nn.Module.* comes first"),
        ({"model": vl.VAE}, "model must be a torch.nn.Module.*got the class VAE"),
        ({"loss": vl.VAELoss}, r"loss must be a function.*got the class VAELoss: is VAELoss\(...\) meant"),
        ({"loss": nn.MSELoss()}, r"loss is called as loss\(model, x, generator=g\).*got MSELoss\(input.*target"),
        ({"loss": lambda model, x: 1}, r"loss is called as loss\(model, x, generator=g\).*got <lambda>\(model, x\)"),
        ({"loss": "kl"}, "loss must be a function.*got 'kl'"),
        ({"images": torch.rand(16)}, r"images must be of shape \(N, ...\).*got \(16,\). One image is images\[:1\]"),
        (
            {"images": torch.rand(3, 16).double()},
            r"images must be as precise .* float32, such as images.to\(torch.float32\)",
        ),
        ({"images": torch.rand(3, 16).to_sparse()}, r"images must be a dense tensor"),
        (
            {"images": torch.rand(3, 16).numpy()},
            r"images must be a tensor.*a NumPy array \(3, 16\).*torch.from_numpy\(images\)",
        ),
        ({"validation": torch.rand(3, 16).double()}, "validation must be as precise"),
        ({"optimizer": "adam"}, "optimizer must be what makes one.*got 'adam'"),
        ({"optimizer": torch.optim.LBFGS}, r"optimizer must make one that has.*it made LBFGS"),
        ({"optimizer": lambda weights: 3}, "optimizer must make one that has.*it made 3"),
        (
            {"optimizer": torch.optim.SGD([torch.zeros(1, requires_grad=True)])},
            "optimizer must be what makes one.*got SGD",
        ),
        ({"optimizer": lambda: 3}, "optimizer must be what makes one from the model's weights"),
        ({"loss": Weighing()}, "loss has weights of its own"),
        (
            {"callback": type("Own", (), {"__call__": print, "after_batch": lambda self, model: 1})()},
            "callback.after_batch is called with",
        ),
        ({"model": nn.LazyLinear(3)}, "lazy layers.*call it once on some images first"),
        ({"images": [torch.rand(16)] * 3}, r"torch.stack\(images\) makes one"),
        ({"device": "meta"}, r"device must be one.*got 'meta' \(it holds no numbers\)"),
        ({"snapshot": torch.rand(3, 16)}, "snapshot must be a function of the model"),
        ({"snapshot": lambda: 1}, r"snapshot is called as snapshot\(model\); got <lambda>\(\)"),
        (
            {"callback": vl.LatentExplorer},
            r"callback must be.*got the class LatentExplorer: is LatentExplorer\(...\) meant",
        ),
        ({"callback": [print, 3]}, "callback must be a function.*got 3"),
        ({"callback": lambda model: 1}, r"callback is called as callback\(model, history\)"),
        ({"device": "cuda:77"}, "device must be one that this PyTorch can use.*got 'cuda:77'"),
        ({"device": "gpu"}, "device must be one that this PyTorch can use"),
        ({"device": 1.5}, "device must be one that this PyTorch can use"),
        *(
            ({name: value}, f"{name} must be a.*number")
            for name in ("lr", "epochs", "batch_size", "seed")
            for value in ("1", [1], 1j)
        ),
        ({"seed": None}, "seed must be a whole number"),
        ({"epochs": None}, "epochs must be a whole number"),
    ],
)
def test_what_fit_refuses_before_it_begins(named, problem, images):
    def loss(model, x, generator):
        raise AssertionError("nothing should have been computed")

    given = {"model": small_vae(), "loss": loss, "images": images, **named}
    with pytest.raises((TypeError, ValueError), match=problem):
        vl.fit(**given)


def test_a_subclass_of_the_loss_stays_what_it_is_while_its_weights_change(images):
    called = []

    class Counted(vl.VAELoss):
        def __call__(self, model, x, generator=None):
            called.append(self.kl)
            return super().__call__(model, x, generator)

    vl.fit(small_vae(), Counted(kl=lambda t: t), images, epochs=2, batch_size=150)
    assert called == [0, 0.25, 0.5, 0.75]


def test_groups_of_weights_keep_the_proportion_of_their_rates(images):
    vae, still = small_vae(), None
    still = vae.encoder[0].weight.clone()

    def groups(weights):
        first, *others = weights
        return torch.optim.Adam([{"params": [first], "lr": 0.0}, {"params": others, "lr": 1e-2}])

    fit(vae, images, optimizer=groups)
    assert torch.equal(vae.encoder[0].weight, still) and not torch.equal(
        vae.decoder[0].weight, small_vae().decoder[0].weight
    )


def test_what_is_frozen_may_be_infinite(images):
    vae = small_vae()
    vae.mask = nn.Parameter(torch.full((3,), -math.inf), requires_grad=False)
    assert fit(vae, images).epochs == 3


def test_numpys_numbers_are_numbers(images):
    history = fit(
        small_vae(), images, epochs=np.int64(2), batch_size=np.uint8(64), lr=np.float32(0.01), seed=np.int32(1)
    )
    assert history.epochs == 2
    assert fit(small_vae(), images, epochs=torch.tensor(1), lr=torch.tensor(0.01)).epochs == 1


def test_the_lectures_three_experiments_on_real_digits(mnist):
    """KL only: every code the same. Reconstruction only: sigma next to nothing. Both: in between."""
    sigma = {}
    for name, loss in (("kl", vl.VAELoss(reconstruction=0)), ("rec", vl.VAELoss(kl=0)), ("both", vl.VAELoss())):
        vae = vl.VAE(latent_dim=2, hidden=(64,))
        vl.fit(vae, loss, mnist.train.images[:3000], epochs=6, batch_size=128, seed=0)
        summary = vl.summarize(vl.gaussians(vae, mnist.test.images[:1000]))
        sigma[name] = summary.mean_sigma
        assert summary.active_units == (0 if name == "kl" else 2)
        if name == "kl":
            assert summary.mean_abs_mu < 0.01
    assert round(sigma["kl"], 2) == 1.00
    assert sigma["rec"] < sigma["both"] / 10
