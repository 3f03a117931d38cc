"""LatentExplorer in Python: what it refuses, what it tells its page, how it follows a training, its picture."""

import math
import time

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from torch import nn

import vaelab as vl
from vaelab.widgets.latent_explorer import picture
from vaelab.widgets.latent_explorer import widget as latent_explorer


@pytest.fixture
def pair(vae, mnist):
    models = {"autoencoder": vl.Autoencoder(hidden=(32,)), "VAE": vae}
    return vl.LatentExplorer(models, mnist.test.images[:300], mnist.test.labels[:300])


def test_value_is_checked_in_python(explorer):
    explorer.value = [0.5, -1]
    assert explorer.value == [0.5, -1.0]
    for wrong in ([1.0], [1.0, 2.0, 3.0], [math.nan, 0.0], "ab"):
        with pytest.raises(Exception, match="value"):
            explorer.value = wrong
    assert explorer.value == [0.5, -1.0]


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


def test_a_picture_can_be_made_in_the_middle_of_a_training(vae, mnist):
    explorer = vl.LatentExplorer(vl.VAE(hidden=(16,)), mnist.test.images[:1000], mnist.test.labels[:1000])
    pictures = []

    def middle(model, history):
        explorer.after_batch(model, history)
        pictures.append(explorer._repr_mimebundle_()[0]["image/png"])

    vl.fit(explorer._shown[0].model, vl.VAELoss(), mnist.train.images[:256], epochs=2, callback=middle)
    assert len(pictures) == 2 and all(picture.startswith(b"\x89PNG") for picture in pictures)


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
    explorer.observe(lambda change: seen.append((explorer._models[0]["extent"], explorer._status)), "_models")
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:3000], epochs=3, callback=explorer)
    during = np.array([extents for extents, status in seen if status])
    assert (np.diff(during[:, [0, 2]], axis=0) <= 0).all() and (np.diff(during[:, [1, 3]], axis=0) >= 0).all()


def test_a_saved_page_is_small_enough_to_send(mnist, tmp_path):
    path = vl.LatentExplorer(vl.VAE(), mnist.test.images, mnist.test.labels).save(tmp_path / "page.html")
    assert path.stat().st_size < 2_500_000


def test_what_the_explorer_refuses(vae, mnist):
    images, labels = mnist.test.images[:20], mnist.test.labels[:20]
    with pytest.raises(ValueError, match=r"2 dimensions; this model's has 3.*latent_dim=2"):
        vl.LatentExplorer(vl.VAE(latent_dim=3), images, labels)
    with pytest.raises(ValueError, match=r"20 codes, labels of shape \(19,\)"):
        vl.LatentExplorer(vae, images, labels[:19])
    with pytest.raises(
        TypeError, match=r"images must be a tensor \(N, ...\).*got a NumPy array \(20, 784\).*from_numpy"
    ):
        vl.LatentExplorer(vae, images.numpy(), labels)
    with pytest.raises(ValueError, match=r"a row per image; got \(784,\). One image is images\[:1\]"):
        vl.LatentExplorer(vae, images[0])
    with pytest.raises(ValueError, match=r"x must be images of shape \(B, 784\), a row each; got \(20, 100\)"):
        vl.LatentExplorer(vae, images[:, :100], labels)
    with pytest.raises(ValueError, match=r"square and grey.*got \(20, 16, 49\)"):
        vl.LatentExplorer(vae, images.reshape(20, 16, 49), labels)
    with pytest.raises(ValueError, match=r"in \[0, 1\], such as images / 255; these go to 255"):
        vl.LatentExplorer(vae, 255 * images, labels)
    with pytest.raises(ValueError, match=r"10,000 codes at most; got 100,000.*images\[:10_000\], labels\[:10_000\]"):
        vl.LatentExplorer(vae, torch.zeros(1, 784).expand(100_000, 784))
    for models in ({}, {"a": vae, "b": vae, "c": vae}, {1: vae}):
        with pytest.raises(ValueError, match=r'one model or two, as in LatentExplorer\(\{"autoencoder"'):
            vl.LatentExplorer(models, images, labels)
    for thing in ("vae", vl.VAE, None, {"a": vae, "b": 3}):
        with pytest.raises(
            TypeError, match=r"takes a model, a torch.nn.Module such as vl.VAE\(\), and it comes first; got"
        ):
            vl.LatentExplorer(thing, images, labels)
    with pytest.raises(ValueError, match=r"both models must be of the same images; got data_dim = .*784.*100"):
        vl.LatentExplorer({"a": vae, "b": vl.VAE(data_dim=100)})
    with pytest.raises(ValueError, match="images holds NaN"):
        vl.LatentExplorer(vae, images * math.nan, labels)
    with pytest.raises(ValueError, match="labels were given without images"):
        vl.LatentExplorer(vae, labels=labels)
    with pytest.raises(ValueError, match=r"80 different"):
        vl.LatentExplorer(vae, mnist.test.images[:80], range(80))
    with pytest.raises(ValueError, match="not a square number"):
        vl.LatentExplorer(vl.VAE(hidden=(4,), data_dim=10))
    for wrong in (vl.VAE(hidden=(4,)).to("meta"), images.to("meta")):
        with pytest.raises(ValueError, match="on the device meta, which holds no numbers"):
            vl.LatentExplorer(*((vae, wrong) if torch.is_tensor(wrong) else (wrong, images)))
    broken = vl.VAE(hidden=(4,))
    nn.init.constant_(broken.decoder[0].weight, math.nan)
    with pytest.raises(ValueError, match=r"NaN or infinite.*lower lr"):
        vl.LatentExplorer(broken, images)


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
        (lambda x: x[:, :2] / 0 * 0, r"codes of these images are not all finite"),
    ):
        model = Half()
        model.encode = encode
        with pytest.raises((TypeError, ValueError), match=problem):
            vl.LatentExplorer(model, images)
    for decode, problem in (
        (lambda z: z[0], r"^Half.decode must give an image for each code, a tensor \(3, ...\)"),
        (
            lambda z: z @ torch.zeros(3, 784),
            r"calls Half.decode with a tensor \(3, 2\) of torch.float32, and that fails",
        ),
        (lambda z: z[:, :1] / 0 * torch.zeros(1, 784), r"images that Half decodes to are not all finite numbers"),
    ):
        model = Half()
        model.encode, model.decode = lambda x: x[:, :2], decode
        with pytest.raises((TypeError, ValueError), match=problem):
            vl.LatentExplorer(model, images)

    model = Half()
    model.encode = lambda x: x[:, :2]  # of images of any size
    with pytest.raises(ValueError, match=r"images of 784 pixels; these have 100: \(20, 100\)"):
        vl.LatentExplorer(model, images[:, :100])

    class Neither(nn.Module):
        encode = staticmethod(lambda x: x[:, :2])

    with pytest.raises(TypeError, match=r"Neither has no decode\(z\).*Write it, as vl.VAE has it"):
        vl.LatentExplorer(Neither(), images)


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
