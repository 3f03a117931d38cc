"""LatentExplorer of models that are not the package's: what their pages get, and that the models stay as they were."""

import copy

import pytest
import torch
from support import node
from support.models import ConvolutionalVAE, like_mnist
from torch import nn

import vaelab as vl
from vaelab.exercises.n08_vae import MyVAE
from vaelab.widgets.latent_explorer import grid
from vaelab.widgets.latent_explorer import widget as latent_explorer
from vaelab.widgets.latent_explorer.picture import sheet_of


@pytest.fixture
def convolutional(mnist):
    """A convolutional VAE in training mode, but for one frozen layer, with statistics of its own."""
    torch.manual_seed(0)
    model = ConvolutionalVAE()
    with torch.no_grad():
        model.outward(torch.randn(100, 2))
        model.inward(like_mnist(mnist.train.images[:100]))
    model.inward[1].eval()
    return model


def greys(explorer) -> torch.Tensor:
    """The images (43 * 43, 784) of the first model's grid, from 0 to 255."""
    return torch.frombuffer(bytearray(explorer._grid_0), dtype=torch.uint8).reshape(784, -1).T.float()


def decoded(model, z) -> torch.Tensor:
    with torch.no_grad():
        return 255 * copy.deepcopy(model).eval().decode(z).flatten(1)


def test_the_grid_is_what_the_model_decodes_in_eval_mode(convolutional, mnist):
    explorer = vl.LatentExplorer(convolutional, like_mnist(mnist.test.images[:50]), mnist.test.labels[:50])
    (shown,) = explorer._models
    assert shown["decoder"] is None and shown["encoder"] is None and shown["has_prior"]
    assert shown["grid"] == {"rows": 43, "extent": shown["extent"]}
    low1, high1, low2, high2 = shown["extent"]
    z = torch.tensor([[low1, high2], [high1, high2], [low1, low2], [high1, low2]])
    corners = greys(explorer).reshape(43, 43, 784)[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners - decoded(convolutional, z)).abs().max() < 0.51
    mu = copy.deepcopy(convolutional).eval().encode(like_mnist(mnist.test.images[:50]))[0]
    assert torch.allclose(torch.frombuffer(bytearray(explorer._codes), dtype=torch.float32), mu.flatten(), atol=1e-5)


def test_the_picture_shows_of_the_grid_every_third_image(convolutional, mnist):
    explorer = vl.LatentExplorer(convolutional, like_mnist(mnist.test.images[:50]))
    extent = explorer._models[0]["extent"]
    images = sheet_of(explorer._models[0], explorer._weights, explorer._grid_0)
    assert (255 * images - decoded(convolutional, grid.points(extent, grid.PICTURE))).abs().max() < 0.51
    assert explorer._repr_mimebundle_()[0]["image/png"]


def test_the_model_is_left_as_it_was(convolutional, mnist):
    before, modes = copy.deepcopy(convolutional.state_dict()), [one.training for one in convolutional.modules()]
    assert len(set(modes)) == 2
    random = torch.get_rng_state()
    explorer = vl.LatentExplorer(convolutional, like_mnist(mnist.test.images[:50]))
    explorer.after_batch(convolutional, vl.History())
    assert [one.training for one in convolutional.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in convolutional.state_dict().items())
    assert all(weight.requires_grad and weight.grad is None for weight in convolutional.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_between_its_points_the_page_interpolates_as_pytorch_does(generator):
    images = torch.randint(0, 256, (5, 5, 9), generator=generator)
    extent = [-1.0, 3.0, -2.0, 2.0]
    z = torch.tensor([1.0, 0.0]) + 3 * torch.randn(40, 2, generator=generator)  # a third of them lies outside
    places = torch.stack([(z[:, 0] + 1) / 2 - 1, -z[:, 1] / 2], -1)  # across and down, from -1 to 1
    expected = nn.functional.grid_sample(
        images.permute(2, 0, 1)[None] / 255.0, places[None, None], padding_mode="border", align_corners=True
    )[0, :, 0].T
    found = node.run(
        "latent_explorer/grid.js",
        "points.map((z) => [...interpolated(greys, { rows: 5, extent })(z)])",
        greys=images.permute(2, 0, 1).flatten().tolist(),
        points=z.tolist(),
        extent=extent,
    )
    torch.testing.assert_close(torch.tensor(found), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("pixels, rows", [(784, 43), (32 * 32, 43), (64 * 64, 29), (128 * 128, 15), (1, 43)])
def test_large_images_have_a_coarser_grid(pixels, rows):
    assert grid.rows_of(pixels) == rows


def test_a_grid_follows_the_training_coarser_and_is_fine_at_the_end(mnist):
    model, images = ConvolutionalVAE(), like_mnist(mnist.test.images[:100])
    explorer = vl.LatentExplorer(model, images)
    explorer._pace = latent_explorer.Pace(often=1000, share=1)
    untrained, seen = explorer._grid_0, []
    explorer.observe(lambda change: seen.append((explorer._status, len(change.new))), "_grid_0")
    vl.fit(model, vl.VAELoss(), images, epochs=2, batch_size=50, callback=explorer)
    *during, (status, size) = seen
    assert len(during) > 2 and {size for _, size in during} == {15 * 15 * 784}
    assert status == "" and size == 43 * 43 * 784 and explorer._grid_0 != untrained
    assert explorer._grid_0 == vl.LatentExplorer(model, images)._grid_0


class Behind(nn.Module):
    """A decoder behind a module of its own."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, z):
        return self.layers(z)


def own(**parts) -> vl.VAE:
    model = vl.VAE(hidden=(8,))
    for name, part in parts.items():
        setattr(model, name, part)
    return model


CLAMPED = own()
CLAMPED.decode = lambda z: CLAMPED.decoder(z).clamp(0, 1)


@pytest.mark.parametrize(
    "model, computed",
    [
        (MyVAE(latent_dim=2), True),
        (own(likelihood="gaussian"), True),
        (own().double(), True),
        (own(decoder=Behind(vl.VAE(hidden=(8,)).decoder)), False),
        (own(decoder=nn.Sequential(nn.Linear(2, 9), nn.Tanh(), nn.Linear(9, 784))), False),
        (own(decoder=nn.Linear(2, 784)), False),
        (CLAMPED, False),
    ],
    ids=["MyVAE", "gaussian", "float64", "behind", "tanh", "linear", "clamped"],
)
def test_the_page_computes_what_it_can_and_gets_a_grid_of_the_rest(model, computed, mnist):
    explorer = vl.LatentExplorer(model, mnist.test.images[:50], mnist.test.labels[:50])
    (shown,) = explorer._models
    assert (shown["grid"] is None, shown["decoder"] is not None) == (computed, computed)
    assert bool(explorer._grid_0) == (not computed) and shown["has_prior"]
    images = sheet_of(shown, explorer._weights, explorer._grid_0)
    z = grid.points(shown["extent"], grid.PICTURE).to(next(model.parameters()).dtype)
    truth = model.decoder(z).sigmoid() if isinstance(model, MyVAE) else model.decode(z)
    assert (images - truth.detach().flatten(1)).abs().max() < 0.6 / 255


def test_a_continuous_bernoulli_is_shown_by_its_means(mnist):
    class Continuous(vl.VAE):
        def decode(self, z):
            return torch.distributions.ContinuousBernoulli(logits=self.decoder(z)).mean

        def log_px_z(self, x, z):
            return torch.distributions.ContinuousBernoulli(logits=self.decoder(z)).log_prob(x).sum(-1)

    model = Continuous(hidden=(8,))
    explorer = vl.LatentExplorer(model, mnist.test.images[:20])
    points = grid.points(explorer._models[0]["extent"], 43)
    assert (greys(explorer) - decoded(model, points)).abs().max() < 0.51


def test_two_models_of_different_kinds_stand_side_by_side(vae, convolutional, mnist):
    class Flat(ConvolutionalVAE):
        def encode(self, x):
            return super().encode(like_mnist(x))

    torch.manual_seed(0)
    flat = Flat()
    explorer = vl.LatentExplorer({"perceptron": vae, "convolutional": flat}, mnist.test.images[:30])
    assert [one["grid"] is None for one in explorer._models] == [True, False]
    assert explorer._grid_0 == b"" and len(explorer._grid_1) == 43 * 43 * 784
    other = vl.LatentExplorer({"convolutional": flat, "perceptron": vae}, mnist.test.images[:30])
    assert other._grid_0 == explorer._grid_1 and other._weights == explorer._weights
    assert explorer._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize("shape", [(784,), (28, 28), (1, 28, 28)])
def test_images_of_any_square_shape_are_given_to_the_model_as_they_are(shape, mnist):
    class Flattening(vl.VAE):
        def encode(self, x):
            assert x.shape[1:] == shape
            return super().encode(x.flatten(1))

    explorer = vl.LatentExplorer(Flattening(hidden=(8,)), mnist.test.images[:20].reshape(20, *shape))
    assert explorer._side == 28 and len(explorer._images) == 20 * 784 and explorer._models[0]["encoder"] == [784, 8, 4]
    assert explorer._images == vl.LatentExplorer(vl.VAE(hidden=(8,)), mnist.test.images[:20])._images


def test_a_model_alone_needs_no_images():
    explorer = vl.LatentExplorer(ConvolutionalVAE())
    assert explorer._models[0]["grid"]["rows"] == 43 and explorer._models[0]["has_prior"]


def test_the_same_images_are_in_memory_once(mnist):
    first, second = (vl.LatentExplorer(vl.VAE(hidden=(8,)), mnist.test.images[:100]) for _ in range(2))
    assert first._images is second._images


class Embedding(nn.Module):
    """A decoder that the page could compute, if it were not for what comes before it."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.Sequential(nn.Linear(5, 784))
        self.encoder = nn.Sequential(nn.Linear(784, 2))

    def encode(self, x):
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(torch.cat([z, z.sin(), z.prod(1, keepdim=True)], 1)).sigmoid()


def test_a_decoder_that_takes_more_than_z_comes_as_a_grid(mnist):
    explorer = vl.LatentExplorer(Embedding(), like_mnist(mnist.test.images[:20]))
    (shown,) = explorer._models
    assert (shown["decoder"], shown["encoder"], shown["has_prior"]) == (None, [784, 2], False)
    with pytest.raises(ValueError, match=r"latent space of 2 dimensions.*MyVAE.encode gives \(20, 10\)"):
        vl.LatentExplorer(MyVAE(), mnist.test.images[:20])


def test_a_part_that_was_0_at_first_is_noticed_in_the_training(mnist):
    """Until it is not, the page's layers are all of the model."""

    class Shifted(vl.VAE):
        def __init__(self):
            super().__init__(hidden=(8,))
            self.shift = torch.nn.Parameter(torch.zeros(784))

        def decode(self, z):
            return (self.decoder(z) + self.shift).sigmoid()

        def log_px_z(self, x, z):
            return vl.bernoulli_log_likelihood(x, self.decoder(z) + self.shift)

    model, images = Shifted(), mnist.test.images[:200]
    explorer = vl.LatentExplorer(model, images)
    assert explorer._models[0]["grid"] is None
    vl.fit(model, vl.VAELoss(), images, epochs=2, callback=explorer)
    assert explorer._models[0]["decoder"] is None and explorer._models[0]["grid"]["rows"] == 43
