"""LossComparison without a page: its numbers, its picture, what it refuses."""

import math

import numpy as np
import pytest
import torch
from support.models import ConvolutionalVAE, like_mnist

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot, SampledSnapshot
from vaelab.exercises.n08_vae import MyVAE


@pytest.fixture(scope="module")
def images():
    return torch.rand(300, 784, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def labels():
    return torch.arange(300) % 10


@pytest.fixture(scope="module")
def trained(images):
    """Two short trainings."""
    return {
        name: vl.fit(
            vl.VAE(hidden=(8,)), loss, images, epochs=3, validation=images[:100], snapshot=vl.latent_snapshot(images)
        )
        for name, loss in (("KL only", vl.VAELoss(reconstruction=0)), ("both", vl.VAELoss()))
    }


def gaussians_of(count: int, **parts) -> LatentSnapshot:
    return LatentSnapshot(torch.zeros(count, 2), torch.ones(count, 2))._replace(**parts)


# What it says


def test_the_numbers_are_those_of_the_package(trained, labels):
    run = vl.LossComparison(trained, labels)._runs[1]
    snapshot, terms = trained["both"].snapshots[-1], trained["both"].validation
    numbers = dict(run["numbers"][-1])
    prior = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(1))
    covered = float(numbers.pop("prior covered").removesuffix(" %"))
    assert covered == pytest.approx(100 * vl.coverage(prior, snapshot), abs=6)
    summary = vl.summarize(snapshot)
    assert numbers == {
        "reconstruction": f"{terms['reconstruction'][-1]:.1f} nats",
        "KL": f"{terms['kl'][-1]:.1f} nats",
        "total": f"{terms['total'][-1]:.1f} nats",
        "mean |μ|": f"{summary.mean_abs_mu:.{2 if summary.mean_abs_mu >= 0.1 else 4}f}",
        "mean σ": f"{summary.mean_sigma:.2f}",
        "active units": f"{summary.active_units} of 2",
    }
    assert [one["reconstruction"] for one in run["numbers"]] == [
        "–",
        *(f"{nats:.1f} nats" for nats in terms["reconstruction"]),
    ]
    assert run["curves"]["held out"]["KL"] == terms["kl"]
    assert run["curves"]["training"]["reconstruction"] == trained["both"].train["reconstruction"]


def test_the_prior_covered_is_that_by_the_first_2000_codes():
    """A thousand far away cover nothing; of the thousand at the origin the truth is known; what follows is left out."""
    far, near, rest = torch.full((1000, 2), 10.0), torch.zeros(1000, 2), torch.zeros(500, 2)
    sigma = torch.tensor([0.1] * 1000 + [0.5] * 1000 + [5.0] * 500)[:, None].expand(-1, 2)
    snapshot = LatentSnapshot(torch.cat([far, near, rest]), sigma)
    (run,) = vl.LossComparison({"one": vl.History(snapshots=[snapshot])})._runs
    covered = float(run["numbers"][0]["prior covered"].removesuffix(" %"))
    assert covered == pytest.approx(100 * (1 - math.exp(-1 / 2)), abs=6), "P(|z| < 2 sigma), within 3 standard errors"


def test_small_numbers_are_not_rounded_to_nothing():
    small = gaussians_of(4, mu=torch.full((4, 2), 0.00004), sigma=torch.full((4, 2), 0.0123))
    (run,) = vl.LossComparison({"small": vl.History(snapshots=[small])})._runs
    assert run["numbers"][0]["mean |μ|"] == "< 0.0001" and run["numbers"][0]["mean σ"] == "0.0123"


def test_a_loss_of_other_terms_is_shown_with_its_own_and_without_a_unit():
    other = vl.History(train={"error": [3.0, math.nan]}, seconds=[1.0, 1.0], snapshots=[gaussians_of(4)] * 3)
    (run,) = vl.LossComparison({"other": other})._runs
    assert run["curves"] == {"training": {"error": [3.0, None]}}
    assert [one["error"] for one in run["numbers"]] == ["–", "3.0", "–"]


@pytest.mark.parametrize("runs, columns", [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3)])
def test_three_stand_side_by_side_but_two_of_four(runs, columns):
    comparison = vl.LossComparison({str(i): vl.History(snapshots=[gaussians_of(4)]) for i in range(runs)})
    assert comparison._columns == columns
    places = [ax.get_position().bounds for ax in comparison.picture().axes]
    assert len({round(left, 6) for left, *_ in places}) == columns
    assert len({round(bottom, 6) for _, bottom, *_ in places}) == math.ceil(runs / columns)


def test_epoch_is_checked_in_python(trained):
    comparison = vl.LossComparison(trained)
    comparison.epoch = 0
    with pytest.raises(Exception, match="from 0 to 3; got 4"):
        comparison.epoch = 4


def test_the_picture_without_a_live_widget(trained, labels):
    comparison = vl.LossComparison(trained, labels)
    assert repr(comparison) == "LossComparison: KL only, both; 300 codes over 3 epochs."
    figure = comparison.picture()
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == ["KL only, epoch 3", "both, epoch 3"]
    told = " ".join(text.get_text() for text in figure.texts)
    assert f"{trained['both'].validation['total'][-1]:.1f} nats" in told
    sheets = [image.get_array() for image in figure.images]
    assert [sheet.shape for sheet in sheets] == [(112, 112)] * 2
    assert np.allclose(sheets[1][28:56, 84:], trained["both"].snapshots[-1].samples[7].reshape(28, 28))
    comparison.epoch = 1
    assert comparison.picture().axes[0].get_title() == "KL only, epoch 1"
    formula = vl.LossComparison({r"$\frac": trained["both"]}, [r"$\frac"] * 300)
    assert formula._repr_mimebundle_(), "a title is no formula"


def test_the_picture_names_its_axes_and_says_what_is_not_trained_yet(trained, labels):
    comparison = vl.LossComparison({"both": trained["both"], "later": None}, labels, images=torch.rand(300, 784))
    figure = comparison.picture()
    figure.canvas.draw()
    done, later = figure.axes
    assert (done.get_xlabel(), done.get_ylabel()) == ("$z_1$", "$z_2$")
    boxes = [done.xaxis.label.get_window_extent(), done.yaxis.label.get_window_extent()]
    written = [text.get_window_extent() for text in (done.title, *figure.texts)]
    ticks = [text.get_window_extent() for axis in (done.xaxis, done.yaxis) for text in axis.get_ticklabels()]
    assert not any(box.overlaps(other) for box in boxes for other in written + ticks)
    assert all(figure.bbox.x0 <= box.x0 for box in boxes)
    (text,) = later.texts
    assert text.get_text() == "not trained yet" and later.bbox.overlaps(text.get_window_extent())


def test_snapshots_without_draws_are_shown_without(trained, labels):
    bare = vl.History(snapshots=[LatentSnapshot(*one) for one in trained["both"].snapshots])
    assert vl.LossComparison({"bare": bare}, labels)._repr_mimebundle_()
    odd = SampledSnapshot(*trained["both"].snapshots[0])
    odd.samples = torch.rand(16, 10)  # not square: nothing to draw
    assert vl.LossComparison({"odd": vl.History(snapshots=[odd])})._samples_0_0 == b""


def test_labels_may_be_strings():
    history = vl.History(snapshots=[gaussians_of(10_000)])
    comparison = vl.LossComparison({"a": history}, ["cat", "dog"] * 5000)
    assert comparison._names == ["cat", "dog"] and comparison._repr_mimebundle_()


# What is refused


def refuses(message: str):
    return pytest.raises(ValueError, match=message)


def test_what_is_nothing_to_compare(trained, labels):
    both = trained["both"]
    for nothing in ({}, [], 3, "both", both, ["a", "a"], [both], {1: both}):
        with refuses("nothing to compare"):
            vl.LossComparison(nothing)
    for history in (vl.History(), 3, vl.History(snapshots=[torch.zeros(300, 2)])):
        with refuses(r"'a' holds no latent snapshots.*snapshot=vl.latent_snapshot\(images\)"):
            vl.LossComparison({"a": history})
    with refuses(r"still to come need the images"):
        vl.LossComparison(["a", "b"], labels)
    with refuses("6 trainings at most; got 7"):
        vl.LossComparison({str(i): both for i in range(7)})


def test_codes_that_do_not_belong_together(trained, labels):
    with refuses(r"300 codes"):
        vl.LossComparison(trained, labels[:10])
    fewer = vl.History(snapshots=[gaussians_of(30)])
    with refuses(r"same images; got .*'fewer': 30"):
        vl.LossComparison({**trained, "fewer": fewer})
    mixed = vl.History(snapshots=[*fewer.snapshots, *trained["both"].snapshots])
    with refuses(r"'mixed' are of 30 and of 300 images"):
        vl.LossComparison({"mixed": mixed})


def test_codes_that_can_not_be_shown(images):
    deep = vl.History(snapshots=[vl.gaussians(vl.VAE(latent_dim=3), images)])
    with refuses("snapshots of 'deep' have 3"):
        vl.LossComparison({"deep": deep})
    nan = torch.full((300, 2), math.nan)
    for part in ("mu", "sigma"):
        with refuses("'nan' hold NaN"):
            vl.LossComparison({"nan": vl.History(snapshots=[gaussians_of(300, **{part: nan})])})
    for count in (0, 1, 100_000):
        with refuses(rf"10,000 at most; got {count:,}\. Take"):
            vl.LossComparison({"many": vl.History(snapshots=[gaussians_of(count)])})
        with refuses(rf"10,000 at most; got {count:,}"):
            vl.LossComparison(["many"], images=torch.zeros(count, 4))


def test_images_that_can_not_be_followed(images):
    for wrong, message in (
        (images[:20].numpy(), r"got a NumPy array \(20, 784\)"),
        (images[0], r"a row per image; got \(784,\)"),
        ((255 * images[:20]).to(torch.uint8), r"of floating-point numbers.*got a tensor \(20, 784\)"),
        (images[:20] * math.nan, "NaN"),
        (images[:20].to("meta"), "on the device meta"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            vl.LossComparison(["a"], images=wrong)
    with refuses(r"mu and sigma in the snapshots of 'a' must have the same shape; got \(4, 2\) and \(3, 2\)"):
        vl.LossComparison({"a": vl.History(snapshots=[gaussians_of(4, sigma=torch.ones(3, 2))])})


# Other models


@pytest.mark.parametrize("shape", [(784,), (28, 28), (1, 28, 28)])
def test_draws_from_the_prior_may_have_any_square_shape(shape, generator):
    samples = torch.rand(16, 784, generator=generator)
    flat, shaped = (SampledSnapshot(*gaussians_of(4)) for _ in range(2))
    flat.samples, shaped.samples = samples, samples.reshape(16, *shape)
    first, second = (vl.LossComparison({"a": vl.History(snapshots=[one])}) for one in (flat, shaped))
    assert first._samples_0_0 == second._samples_0_0 and len(first._samples_0_0) == 16 * 784
    sheets = [one.picture().images[0].get_array() for one in (first, second)]
    assert np.array_equal(*sheets) and sheets[0].shape == (112, 112)


def test_a_convolutional_vae_is_compared_and_followed(images):
    x = like_mnist(images[:60])
    history = vl.History()
    model = ConvolutionalVAE()
    comparison = vl.LossComparison(["a"], images=x.double())
    followed = comparison.follow("a")
    history = vl.fit(model, vl.VAELoss(), x, epochs=2, snapshot=vl.latent_snapshot(x), callback=followed)
    assert history.snapshots[0].samples.shape == (16, 1, 28, 28)
    assert len(comparison._samples_0_2) == 16 * 784 and comparison._repr_mimebundle_()[0]["image/png"]
    assert comparison._samples_0_2 == vl.LossComparison({"a": history})._samples_0_2
    assert followed.snapshots[1].samples.shape == (16, 1, 28, 28)


def test_ones_own_vae_of_notebook_08_is_followed(images):
    comparison = vl.LossComparison(["a"], images=images)
    vl.fit(MyVAE(latent_dim=2, hidden=8), vl.VAELoss(), images, epochs=1, callback=comparison.follow("a"))
    assert len(comparison._samples_0_1) == 16 * 784
    with refuses(r"latent spaces of 2 dimensions; the snapshots of 'a' have 10"):
        vl.fit(MyVAE(), vl.VAELoss(), images, epochs=1, callback=comparison.follow("a"))
