"""The formulas against independent truths: torch.distributions, and a linear-Gaussian model whose evidence is exact."""

import math
from dataclasses import FrozenInstanceError

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

import vaelab as vl


class LinearGaussian(nn.Module):
    """z ~ N(0, I), x|z ~ N(W z + b, sigma^2 I) with orthogonal columns in W, so that the posterior is diagonal.

    Exactly: x ~ N(b, W W^T + sigma^2 I), and z|x ~ N(S W^T (x - b) / sigma^2, S), S = (I + W^T W / sigma^2)^-1.
    `off` shifts and widens q(z|x) away from that posterior.
    """

    def __init__(self, off: float = 0.0):
        super().__init__()
        weight = torch.linalg.qr(torch.randn(5, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
        self.w = weight * torch.tensor([1.5, 0.7], dtype=torch.float64)
        self.b = torch.linspace(-1, 1, 5, dtype=torch.float64)
        self.sigma, self.off = 0.6, off
        self.evidence = MultivariateNormal(
            self.b, self.w @ self.w.T + self.sigma**2 * torch.eye(5, dtype=torch.float64)
        )

    def posterior(self, x):
        variance = 1 / (1 + (self.w**2).sum(0) / self.sigma**2)
        return variance * ((x - self.b) @ self.w) / self.sigma**2, variance.log().expand(len(x), 2)

    def encode(self, x):
        mu, logvar = self.posterior(x)
        return mu + self.off, logvar + self.off

    def decode(self, z):
        return z @ self.w.T + self.b

    def log_px_z(self, x, z):
        return vl.gaussian_log_likelihood(x, self.decode(z), self.sigma)


@pytest.fixture
def x(generator):
    """Draws from the linear-Gaussian model itself, and one far-off point."""
    model = LinearGaussian()
    z = torch.randn(19, 2, generator=generator, dtype=torch.float64)
    noise = torch.randn(19, 5, generator=generator, dtype=torch.float64)
    return torch.cat([model.decode(z) + model.sigma * noise, torch.full((1, 5), 4.0, dtype=torch.float64)])


def test_kl_is_the_one_of_torch_distributions(gaussian):
    mu, logvar = gaussian
    q, p = Normal(mu, (logvar / 2).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    truth = kl_divergence(q, p).sum(-1)
    torch.testing.assert_close(vl.kl_to_standard_normal(mu, logvar), truth)
    several = (numbers.reshape(5, 100, 3) for numbers in gaussian)
    torch.testing.assert_close(vl.kl_to_standard_normal(*several), truth.reshape(5, 100))


@pytest.mark.parametrize(
    "mu, sigma, nats", [(0, 1, 0.0), (2, 1, 2.0), (0, math.e, 2.194528), (0, 1 / math.e, 0.567668)]
)
def test_kl_at_points_one_can_check_by_hand(mu, sigma, nats):
    kl = vl.kl_to_standard_normal(torch.tensor([[float(mu)]]), torch.tensor([[2 * math.log(sigma)]]))
    assert kl.item() == pytest.approx(nats, abs=1e-6)


def test_kl_is_never_negative_not_even_by_rounding(generator):
    logvar = torch.cat([torch.logspace(-9, 1, 2000), -torch.logspace(-9, 2, 2000)])[:, None]
    assert (vl.kl_to_standard_normal(torch.zeros_like(logvar), logvar) >= 0).all()


def test_what_is_on_another_device_stays_there():
    """The meta device computes shapes only, and takes nothing that lies on the CPU."""
    x, mu, logvar = (torch.zeros(5, 3, device="meta") for _ in range(3))
    for numbers, shape in (
        (vl.bernoulli_log_likelihood(x, mu), (5,)),  # no look at the pixels: there, it would be a wait
        (vl.gaussian_log_likelihood(x, mu, 0.5), (5,)),
        (vl.reparameterize(mu, logvar), (5, 3)),
        (vl.kl_to_standard_normal(mu, logvar), (5,)),
    ):
        assert numbers.device.type == "meta" and numbers.shape == shape


def test_reparameterized_draws_have_the_mean_and_spread_they_should(generator):
    mu, logvar = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 0.01]).log() * 2
    draws = vl.reparameterize(mu.expand(100_000, 2), logvar.expand(100_000, 2), generator)
    sigma = torch.tensor([0.5, 0.01])
    assert ((draws.mean(0) - mu).abs() < 5 * sigma / 100_000**0.5).all()
    assert ((draws.std(0) / sigma - 1).abs() < 5 / 200_000**0.5).all()


def test_reparameterize_passes_the_pathwise_gradient():
    mu = torch.tensor([[1.0, -2.0]], requires_grad=True)
    logvar = torch.tensor([[0.3, -1.0]], requires_grad=True)
    z = vl.reparameterize(mu, logvar, torch.Generator().manual_seed(3))
    eps = ((z - mu) / (logvar / 2).exp()).detach()
    z.sum().backward()
    torch.testing.assert_close(mu.grad, torch.ones(1, 2))  # dz/dmu = 1
    torch.testing.assert_close(logvar.grad, 0.5 * (logvar.detach() / 2).exp() * eps)  # dz/dlogvar = sigma eps / 2


def test_reparameterize_takes_its_noise_from_the_generator_it_is_given():
    mu = logvar = torch.zeros(4, 2)
    state = torch.get_rng_state()
    first, again, other = (vl.reparameterize(mu, logvar, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(first, torch.randn(4, 2, generator=torch.Generator().manual_seed(1))), "mu plus sigma eps"
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_noise_is_as_precise_as_mu(dtype):
    mu = torch.zeros(100, 2, dtype=dtype)
    z = vl.reparameterize(mu, mu, torch.Generator().manual_seed(0))
    assert z.dtype == dtype
    assert torch.equal(z, z.float().to(dtype)) == (dtype == torch.float32), "float32 noise has only 24 bits"


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_log_px_z_is_the_likelihood_of_the_decoded_pixels(likelihood, generator):
    vae = vl.VAE(2, (8,), 9, likelihood=likelihood, sigma=0.3)
    z = torch.randn(5, 2, generator=generator)
    x = torch.rand(5, 9, generator=generator).round()
    pixels = Bernoulli(vae.decode(z)) if likelihood == "bernoulli" else Normal(vae.decode(z), 0.3)
    torch.testing.assert_close(vae.log_px_z(x, z), pixels.log_prob(x).sum(-1))


def test_mu_and_logvar_of_different_shapes_are_refused():
    one, other = torch.zeros(4, 2), torch.zeros(4)
    for function in (vl.reparameterize, vl.kl_to_standard_normal):
        with pytest.raises(ValueError, match=r"same shape; got \(4, 2\) and \(4,\)"):
            function(one, other)
        with pytest.raises(ValueError, match=r"same shape; got \(4,\) and \(4, 2\)"):
            function(other, one)


def test_elbo_is_its_two_terms_and_keeps_the_batch(generator):
    vae, images = vl.VAE(hidden=(20,)), torch.rand(7, 784)
    terms = vl.elbo(vae, images, generator)
    assert all(term.shape == (7,) for term in terms)
    assert torch.equal(terms.elbo, terms.log_px_z - terms.kl)
    torch.testing.assert_close(terms.kl, vl.kl_to_standard_normal(*vae.encode(images)))


@pytest.mark.parametrize("off", [0.0, 0.2, -0.5])
def test_elbo_falls_short_of_the_evidence_by_the_kl_to_the_posterior(x, off):
    """log p(x) = E[elbo] + KL(q || posterior), each side computed by itself."""
    model, draws = LinearGaussian(off), 4000
    generator = torch.Generator().manual_seed(2)
    elbos = vl.elbo(model, x.repeat(draws, 1), generator).elbo.reshape(draws, -1)  # (draws, B)
    mean, standard_error = elbos.mean(0), elbos.std(0) / draws**0.5
    q, posterior = (Normal(mu, (logvar / 2).exp()) for mu, logvar in (model.encode(x), model.posterior(x)))
    truth = model.evidence.log_prob(x) - kl_divergence(q, posterior).sum(-1)
    assert ((mean - truth).abs() < 5 * standard_error).all()
    assert (truth <= model.evidence.log_prob(x) + 1e-12).all()


def test_log_evidence_is_exact_when_q_is_the_posterior(x, generator):
    model = LinearGaussian()
    for samples in (1, 3):
        estimate = vl.log_evidence(model, x, samples=samples, generator=generator)
        torch.testing.assert_close(estimate, model.evidence.log_prob(x))


def test_log_evidence_is_a_bound_that_rises_with_k_to_the_evidence(x):
    model, truth = LinearGaussian(off=0.4), LinearGaussian().evidence.log_prob(x)
    copies = x.repeat(2000, 1)  # many independent estimates of each
    gaps = []
    for samples in (1, 5, 50):
        estimate = vl.log_evidence(model, copies, samples, torch.Generator().manual_seed(0)).reshape(2000, -1)
        standard_error = estimate.std(0) / 2000**0.5
        assert (estimate.mean(0) < truth + 5 * standard_error).all()
        gaps.append((truth - estimate.mean(0)).mean().item())
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]
    many = vl.log_evidence(model, x, 20_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(many, truth, atol=0.04, rtol=0)


def test_log_evidence_of_one_draw_is_the_elbo_on_average(x):
    model = LinearGaussian(off=0.3)
    copies = x.repeat(4000, 1)
    estimates = [
        vl.log_evidence(model, copies, 1, torch.Generator().manual_seed(0)).reshape(4000, -1),
        vl.elbo(model, copies, torch.Generator().manual_seed(1)).elbo.reshape(4000, -1),
    ]
    (one, two), (v1, v2) = [e.mean(0) for e in estimates], [e.var(0) / 4000 for e in estimates]
    assert ((one - two).abs() < 5 * (v1 + v2).sqrt()).all()


def test_log_evidence_draws_from_the_generator_and_needs_no_gradient():
    vae, x = vl.VAE(hidden=(4,), data_dim=9), torch.rand(3, 9)
    state = torch.get_rng_state()
    first, again, other = (vl.log_evidence(vae, x, 7, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(state, torch.get_rng_state()) and not first.requires_grad


def test_log_evidence_draws_five_hundred_codes_an_image_if_nothing_is_said():
    vae, decoded = vl.VAE(hidden=(4,), data_dim=9), []
    vae.decoder.register_forward_hook(lambda module, inputs, output: decoded.append(output.numel() // 9))
    vl.log_evidence(vae, torch.rand(3, 9))
    assert sum(decoded) == 3 * 500


@pytest.mark.parametrize("images, samples", [(1, 30_000), (1000, 100), (5000, 2)])
def test_log_evidence_decodes_a_bounded_number_at_a_time(images, samples):
    vae = vl.VAE(hidden=(4,), data_dim=9)
    decoded = []
    vae.decoder.register_forward_hook(lambda module, inputs, output: decoded.append(output.numel() // 9))
    assert vl.log_evidence(vae, torch.rand(images, 9), samples).shape == (images,)
    assert sum(decoded) == images * samples and max(decoded) <= 8192


def test_log_evidence_needs_a_draw():
    with pytest.raises(ValueError, match="at least 1; got 0"):
        vl.log_evidence(vl.VAE(), torch.rand(2, 784), samples=0)
    assert vl.log_evidence(vl.VAE(), torch.rand(0, 784), samples=2).shape == (0,)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_loss_is_minus_the_mean_elbo_and_its_terms_add_up(likelihood):
    vae, x = vl.VAE(hidden=(20,), likelihood=likelihood), torch.rand(7, 784)
    elbo = vl.elbo(vae, x, torch.Generator().manual_seed(0))
    terms = vl.VAELoss()(vae, x, torch.Generator().manual_seed(0))
    assert list(terms) == ["objective", "total", "reconstruction", "kl"]
    torch.testing.assert_close(terms["total"], -elbo.elbo.mean())
    assert terms["objective"] == terms["total"]
    torch.testing.assert_close(terms["reconstruction"] + terms["kl"], terms["total"])


def test_a_weighted_loss_minimises_the_weighted_sum_and_reports_the_plain_terms():
    vae, x = vl.VAE(hidden=(20,)), torch.rand(7, 784)
    plain = vl.VAELoss()(vae, x, torch.Generator().manual_seed(0))
    weighted = vl.VAELoss(reconstruction=0.5, kl=4)(vae, x, torch.Generator().manual_seed(0))
    assert list(weighted) == list(plain), "the same terms, whatever the weights"
    assert next(iter(weighted)) == "objective"
    torch.testing.assert_close(weighted["objective"], 0.5 * plain["reconstruction"] + 4 * plain["kl"])
    assert all(torch.equal(weighted[name], plain[name]) for name in ("total", "reconstruction", "kl"))


@pytest.mark.parametrize(
    "weights",
    [
        *({"kl": -1}, {"kl": -0.01}, {"reconstruction": -1}, {"kl": math.inf}, {"kl": math.nan}),
        {"kl": 0, "reconstruction": 0},
    ],
)
def test_weights_that_make_no_loss_are_refused(weights):
    with pytest.raises(ValueError, match=r"at least 0|must be above 0"):
        vl.VAELoss(**weights)


def test_a_weight_may_change_in_the_course_of_a_training():
    warm_up = vl.VAELoss(kl=lambda t: min(1, 2 * t))
    assert warm_up.at(0.0) == vl.VAELoss(kl=0) and warm_up.at(0.25) == vl.VAELoss(kl=0.5)
    assert warm_up.at(1.0) == vl.VAELoss() == vl.VAELoss().at(0.3)
    vae, x = vl.VAE(hidden=(20,)), torch.rand(7, 784)
    by_itself, at_its_end = (loss(vae, x, torch.Generator().manual_seed(0)) for loss in (warm_up, vl.VAELoss()))
    assert by_itself == at_its_end
    with pytest.raises(ValueError, match="kl, a weight, must be a number of at least 0; got -1"):
        vl.VAELoss(kl=lambda t: -t)


def test_a_loss_is_a_value_that_stays_as_it_is():
    assert vl.VAELoss(1, 0.5) == vl.VAELoss(kl=0.5) != vl.VAELoss()
    assert vl.VAELoss() == vl.VAELoss(reconstruction=1, kl=1)
    for loss, name in ((vl.VAELoss(), "kl"), (vl.ReconstructionLoss(), "measure")):
        with pytest.raises(FrozenInstanceError):
            setattr(loss, name, 2.0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_gradients_reach_every_parameter(likelihood, generator):
    vae = vl.VAE(hidden=(20, 10), likelihood=likelihood)
    vl.VAELoss()(vae, torch.rand(50, 784), generator)["total"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in vae.parameters())


def test_the_kl_alone_leaves_the_decoder_without_a_gradient(generator):
    vae = vl.VAE(hidden=(20,))
    vl.VAELoss(reconstruction=0)(vae, torch.rand(50, 784), generator)["objective"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in vae.encoder.parameters())
    assert all(parameter.grad.abs().sum() == 0 for parameter in vae.decoder.parameters())


def test_the_autoencoders_losses():
    autoencoder, x = vl.Autoencoder(hidden=(20,)), torch.rand(7, 784)
    x_hat = autoencoder(x)
    cross_entropy = vl.ReconstructionLoss()(autoencoder, x)["reconstruction"]
    truth = -(x * x_hat.log() + (1 - x) * (1 - x_hat).log()).sum(1).mean()
    torch.testing.assert_close(cross_entropy, truth)
    squared = vl.ReconstructionLoss("squared error")(autoencoder, x)["reconstruction"]
    torch.testing.assert_close(squared, ((x - x_hat) ** 2).sum(1).mean())
    with pytest.raises(ValueError, match="\"squared error\"; got 'mse'"):
        vl.ReconstructionLoss("mse")


def test_each_loss_names_the_other_for_the_wrong_model():
    with pytest.raises(TypeError, match="a VAE is trained with VAELoss"):
        vl.ReconstructionLoss()(vl.VAE(), torch.rand(2, 784))
    with pytest.raises(TypeError, match=r"ReconstructionLoss\(\)"):
        vl.VAELoss()(vl.Autoencoder(), torch.rand(2, 784))


def test_an_autoencoder_has_no_elbo():
    for function in (vl.elbo, vl.log_evidence):
        with pytest.raises(TypeError, match=r"Autoencoder.encode gives one tensor.*ReconstructionLoss"):
            function(vl.Autoencoder(), torch.rand(2, 784))
