"""Everything that takes a model takes anybody's."""

import pytest
import torch
from support.models import Continuous, Convolutional, LearnedSigma
from torch import nn
from torch.distributions import Normal

import vaelab as vl
from vaelab import any_model
from vaelab.exercises.n08_vae import MyVAE


@pytest.fixture
def images():
    """Squares of different greys, in the shape (N, 784)."""
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(64, 28, 28)
    images[:, 8:20, 8:20] = torch.rand(64, 1, 1, generator=generator)
    return images.flatten(1)


def small():
    return {
        "the package's": vl.VAE(hidden=(16,)),
        "notebook 08's": MyVAE(latent_dim=2, hidden=16),
        "convolutional": Convolutional(width=2),
        "continuous Bernoulli": Continuous(hidden=(16,)),
        "a learned sigma": LearnedSigma(hidden=(16,)),
    }


@pytest.fixture(params=list(small()))
def model(request):
    return small()[request.param]


def like(model, images):
    """The images in the shape that the model takes."""
    return images.view(-1, 1, 28, 28) if isinstance(model, Convolutional) else images


def test_it_is_trained_judged_and_looked_at(model, images):
    images = like(model, images)
    loss = vl.VAELoss()
    before = vl.evaluate(model, loss, images)
    history = vl.fit(
        model, loss, images, epochs=3, batch_size=16, lr=5e-3, validation=images, snapshot=vl.latent_snapshot(images)
    )
    after = vl.evaluate(model, loss, images)
    assert after == pytest.approx({name: values[-1] for name, values in history.validation.items()})
    assert after["total"] < before["total"] and after["total"] == pytest.approx(after["reconstruction"] + after["kl"])
    terms = vl.elbo(model, images, torch.Generator().manual_seed(0))
    assert all(term.shape == (64,) for term in terms)
    evidence = vl.log_evidence(model, images, 100, torch.Generator().manual_seed(0))
    assert evidence.shape == (64,) and evidence.mean() > terms.elbo.mean()
    for snapshot in history.snapshots:
        mu, sigma = snapshot
        assert mu.shape == sigma.shape == (64, 2) and snapshot.samples.flatten(1).shape == (16, 784)
        assert snapshot.samples.min() >= 0 and snapshot.samples.max() <= 1
    assert vl.summarize(history.snapshots[-1]).active_units in (0, 1, 2)


def test_the_elbo_is_the_one_that_the_model_itself_would_give(images):
    mine = MyVAE(latent_dim=3, hidden=16)
    theirs, ours = (
        terms(torch.Generator().manual_seed(0))
        for terms in (lambda g: mine.terms(images, g), lambda g: vl.elbo(mine, images, g))
    )
    for a, b in zip(theirs, ours, strict=True):
        torch.testing.assert_close(a, b)


def test_the_bound_is_the_same_in_whatever_shape_the_images_are(images):
    class Rows(vl.VAE):
        def encode(self, x):
            return super().encode(x.flatten(1))

        def decode(self, z):
            return super().decode(z).view(-1, 1, 28, 28)

        def log_px_z(self, x, z):
            return vl.bernoulli_log_likelihood(x, self.decoder(z).view_as(x))

    flat, square = vl.VAE(hidden=(16,)), Rows(hidden=(16,))
    for function in (
        lambda *given: vl.elbo(*given, torch.Generator().manual_seed(0)).elbo,
        lambda *given: vl.log_evidence(*given, 70, torch.Generator().manual_seed(0)),
    ):
        torch.testing.assert_close(function(flat, images), function(square, images.view(-1, 1, 28, 28)))


def test_an_autoencoder_of_images_is_summed_over_all_of_an_image(images):
    flat, square, pictures = vl.Autoencoder(), vl.Autoencoder(), images.view(-1, 1, 28, 28)
    square.encoder.insert(0, nn.Flatten())
    square.decoder.append(nn.Unflatten(1, (1, 28, 28)))
    for measure in ("cross-entropy", "squared error"):
        loss = vl.ReconstructionLoss(measure)
        torch.testing.assert_close(loss(square, pictures), loss(flat, images))


def test_a_model_is_left_as_it_was(images):
    """Modes of each part, and what BatchNorm remembers: a part that is frozen by hand stays so."""
    model, pictures = Convolutional(width=2).train(), images.view(-1, 1, 28, 28)
    model.encoder[1].eval()
    modes, state = [m.training for m in model.modules()], {k: v.clone() for k, v in model.state_dict().items()}
    vl.gaussians(model, pictures)
    vl.sampled_snapshot(model, pictures) if hasattr(vl, "sampled_snapshot") else vl.latent_snapshot(pictures)(model)
    vl.log_evidence(model, pictures, 3)
    vl.evaluate(model, vl.VAELoss(), pictures)
    assert [m.training for m in model.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_a_last_batch_of_one_is_no_trouble_for_batchnorm(images):
    class Normalised(vl.VAE):
        def __init__(self):
            super().__init__(hidden=(16,))
            self.encoder.insert(1, nn.BatchNorm1d(16))

    sizes = []

    def loss(model, x, generator):
        sizes.append(len(x))
        return vl.VAELoss()(model, x, generator)

    vl.fit(Normalised(), loss, images[:33], epochs=1, batch_size=16)
    assert sizes == [16, 17]


def test_a_likelihood_of_ones_own_is_what_is_minimised():
    noisy = 0.5 + 0.1 * torch.randn(200, 49, generator=torch.Generator().manual_seed(0)).clamp(-5, 5)
    vae = LearnedSigma(hidden=(8,), data_dim=49)
    vl.fit(vae, vl.VAELoss(), noisy, epochs=60, batch_size=20)
    assert vae.log_sigma.exp().item() == pytest.approx(0.1, rel=0.1)


def test_pixels_of_a_model_without_decode_are_the_sigmoid_of_its_logits(images):
    mine, z = MyVAE(latent_dim=2, hidden=16), torch.randn(5, 2)
    with any_model.evaluating(mine):
        torch.testing.assert_close(any_model.decoded(mine, z), mine.decoder(z).sigmoid())

    class Gaussian(MyVAE):
        def log_px_z(self, x, z):
            return vl.gaussian_log_likelihood(x, self.decoder(z), 0.5)

    with pytest.raises(TypeError, match=r"Gaussian has no decode\(z\).*Write it"):
        any_model.decoded(Gaussian(latent_dim=2, hidden=16), z)
    history = vl.fit(Gaussian(2, 16), vl.VAELoss(), images, epochs=1, snapshot=vl.latent_snapshot(images))
    assert history.snapshots[0].samples is None


class Wrong(vl.VAE):
    """A VAE of which one method gives something else."""

    def __init__(self, **methods):
        super().__init__(hidden=(8,), data_dim=9)
        for name, method in methods.items():
            setattr(self, name, method)


@pytest.mark.parametrize(
    "methods, problem",
    [
        ({"encode": lambda x: x[:, :2]}, "Wrong.encode gives one tensor. A plain autoencoder"),
        ({"encode": lambda x: (x, x, x)}, "Wrong.encode must give two tensors, mu and logvar; it gives 3 things"),
        ({"encode": lambda x: {"mu": x, "logvar": x}}, "must give two tensors, mu and logvar; it gives dict"),
        ({"encode": lambda x: (x, 1.0)}, "must give two tensors, mu and logvar; it gives 2 things"),
        ({"encode": lambda x: (x, x[:, :2])}, r"for 4 images it gives \(4, 9\) and \(4, 2\)"),
        ({"encode": lambda x: (x[0], x[0])}, r"for 4 images it gives \(9,\) and \(9,\)"),
        ({"log_px_z": lambda x, z: x}, r"Wrong.log_px_z must give one number per image, a tensor .*\(\d+, 9\)"),
        ({"log_px_z": lambda x, z: x.sum()}, r"one number per image, a tensor .*it gives a tensor \(\)"),
        ({"log_px_z": lambda x, z: 1.0}, "one number per image.*it gives 1.0"),
        ({"log_px_z": lambda x, z: x.sum(1) * 1j}, "one number per image.*it gives a tensor .* of complex64"),
        (
            {"encode": lambda x: Normal(x, x + 1)},
            r"mu and logvar: q.loc and 2 \* q.scale.log\(\) of a Normal q; it gives",
        ),
        ({"encode": lambda x: (x.view(-1, 1, 3, 3),) * 2}, r"it gives \(4, 1, 3, 3\).*mu.flatten\(1\)"),
        ({"log_px_z": None}, r"needs a model with log_px_z\(x, z\).*got Wrong"),
        ({"encode": None}, r"needs a model with encode\(x\), which gives mu and logvar.*got Wrong"),
        ({"decoder": nn.Sequential(nn.Linear(2, 9), nn.Sigmoid())}, "Wrong.decoder ends in a Sigmoid"),
        ({"decoder": nn.Sequential(nn.Linear(2, 9), nn.Sequential(nn.Softmax(1)))}, "Wrong.decoder ends in a Softmax"),
    ],
)
def test_what_a_model_gives_wrongly_is_said(methods, problem):
    model, x = Wrong(**methods), torch.rand(4, 9)
    for call in (
        lambda: vl.elbo(model, x),
        lambda: vl.VAELoss()(model, x),
        lambda: vl.log_evidence(model, x, 3),
        lambda: vl.evaluate(model, vl.VAELoss(), x),
        lambda: vl.fit(model, vl.VAELoss(), x),
    ):
        with pytest.raises((TypeError, ValueError), match=problem):
            call()


def test_a_subclass_may_have_other_layers(images):
    """Weight normalisation, whose first parameter is no matrix; layers that take images as they are."""
    normed = vl.VAE(hidden=(8,))
    nn.utils.parametrizations.weight_norm(normed.encoder[0])
    square = vl.VAE(hidden=(8,))
    square.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 4))
    for model, x in ((normed, images), (square, images.view(-1, 28, 28))):
        assert vl.gaussians(model, x).mu.shape == (64, 2)
    with pytest.raises(ValueError, match=r"x must be images of shape \(B, 784\)"):
        normed.encode(images[:, :100])


def test_a_model_that_writes_into_its_images_leaves_ours_alone(images):
    class Standardising(vl.VAE):
        def encode(self, x):
            return super().encode(x.mul_(2).sub_(1))

    model, before = Standardising(hidden=(8,)), images.clone()
    first, second = (vl.evaluate(model, lambda m, x, generator: m.encode(x)[0].sum(), images) for _ in range(2))
    vl.gaussians(model, images)
    assert first == second and torch.equal(images, before)


@pytest.mark.parametrize(
    "decoder",
    [lambda z: (z, z), lambda z: z @ torch.ones(2, 3), lambda z: torch.zeros(len(z), 2, 7), lambda z: None],
)
def test_a_decoder_that_gives_no_logits_is_no_reason_to_stop(decoder, images):
    class Own(MyVAE):
        def log_px_z(self, x, z):
            return vl.gaussian_log_likelihood(x, MyVAE.log_px_z(self, x, z)[:, None].expand_as(x), 1.0)

    model = Own(2, 8)
    object.__setattr__(model, "decoder", decoder)
    model.log_px_z = lambda x, z: -((x.view(len(x), 784) - z.sum(1, keepdim=True)) ** 2).sum(1)
    assert vl.latent_snapshot(images)(model).samples is None
    with pytest.raises(any_model.CannotDecode, match=r"has no decode\(z\)"):
        any_model.decoded(model, torch.zeros(3, 2))


def test_the_precision_of_another_models_images_is_said(images):
    for call in (vl.gaussians, vl.elbo, lambda *given: vl.log_evidence(*given, 2)):
        with pytest.raises(TypeError, match="images must be as precise as the model's weights, float32"):
            call(MyVAE(2, 8), images.double())


def test_weights_of_several_precisions_are_the_models_affair(images):
    class Mixed(MyVAE):
        def __init__(self):
            super().__init__(2, 8)
            self.count = nn.Parameter(torch.zeros((), dtype=torch.long), requires_grad=False)
            self.other = nn.Parameter(torch.zeros(3, dtype=torch.float16))

    assert vl.fit(Mixed(), vl.VAELoss(), images, epochs=1).epochs == 1


def test_a_class_is_no_model():
    for call in (lambda: vl.elbo(vl.VAE, torch.rand(4, 784)), lambda: vl.gaussians(vl.VAE, torch.rand(4, 784))):
        with pytest.raises(TypeError, match="got the class VAE"):
            call()


def test_a_decoder_that_squashes_by_itself_is_found_by_what_autograd_saw():
    class Squashed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 9)

        def forward(self, z):
            return torch.sigmoid(self.layer(z))

    with pytest.raises(ValueError, match="come out of a sigmoid: they are probabilities"):
        vl.fit(Wrong(decoder=Squashed()), vl.VAELoss(), torch.rand(4, 9))
