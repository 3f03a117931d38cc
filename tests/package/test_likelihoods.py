"""The likelihoods and the Gaussian density against torch.distributions, and what they refuse."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal

import vaelab as vl


def test_bernoulli_likelihood_is_the_one_of_torch_distributions(generator):
    logits = 5 * torch.randn(50, 20, generator=generator, dtype=torch.float64)
    x = torch.bernoulli(torch.full((50, 20), 0.5, dtype=torch.float64), generator=generator)
    truth = Independent(Bernoulli(logits=logits), 1).log_prob(x)
    torch.testing.assert_close(vl.bernoulli_log_likelihood(x, logits), truth)


def test_likelihoods_are_summed_over_all_of_an_image(generator):
    x, logits = torch.rand(5, 1, 4, 6, generator=generator), torch.randn(5, 1, 4, 6, generator=generator)
    rows = vl.bernoulli_log_likelihood(x.flatten(1), logits.flatten(1))
    torch.testing.assert_close(vl.bernoulli_log_likelihood(x, logits), rows)
    sigma = 0.1 + torch.rand(1, 4, 6, generator=generator)  # of each pixel
    for images, one in (
        (vl.gaussian_log_likelihood(x, logits, 0.3), 0.3),
        (vl.gaussian_log_likelihood(x, logits, sigma), sigma),
    ):
        torch.testing.assert_close(images, Normal(logits, one).log_prob(x).sum((1, 2, 3)))


@pytest.mark.parametrize(
    "likelihood", [vl.bernoulli_log_likelihood, lambda x, mean: vl.gaussian_log_likelihood(x, mean, 1)]
)
@pytest.mark.parametrize(
    "x, other",
    [((1, 4), (1, 1)), ((3, 4), (1, 4)), ((3, 4), (4,)), ((4,), (4,)), ((3, 4), (3, 1, 4)), ((2, 3, 4), (3, 4))],
)
def test_shapes_that_would_broadcast_are_refused(likelihood, x, other):
    with pytest.raises(ValueError, match=r"same shape \(B, ...\)"):
        likelihood(torch.zeros(x), torch.zeros(other))


def test_probabilities_are_no_logits():
    x, z = torch.rand(3, 4), torch.randn(3, 4, requires_grad=True)
    for probabilities in (
        z.sigmoid(),
        z.softmax(1),
        z.sigmoid().view(3, 2, 2).flatten(1),
        z.sigmoid()[None].squeeze(0),
    ):
        with pytest.raises(ValueError, match="come out of a sigmoid"):
            vl.bernoulli_log_likelihood(x, probabilities)
    for logits in (z.sigmoid().logit(), 8 * z.sigmoid() - 4, z.sigmoid() * 8):
        assert vl.bernoulli_log_likelihood(x, logits).isfinite().all()


def test_a_sigmoid_cannot_be_the_mean_of_pixels_beyond_it():
    x, z = 2 * torch.ones(3, 4), torch.randn(3, 4, requires_grad=True)
    with pytest.raises(ValueError, match=r"in \[0, 1\], such as x / 255; got 2"):
        vl.gaussian_log_likelihood(x, z.sigmoid(), 0.1)
    assert vl.gaussian_log_likelihood(x, z, 0.1).isfinite().all()
    noisy = torch.tensor([[-0.4, 0.5, 1.3, 1.8]] * 3)  # noise may bring a pixel where its mean can't be
    assert vl.gaussian_log_likelihood(noisy, z.sigmoid(), 0.2).isfinite().all()
    assert vl.VAE(2, (8,), 4, likelihood="gaussian").log_px_z(noisy, torch.zeros(3, 2)).isfinite().all()


@pytest.mark.parametrize("sigma", [0, -1, math.nan, math.inf, torch.tensor(0.0), torch.tensor([[1.0], [0.0], [1.0]])])
def test_a_standard_deviation_is_above_0(sigma):
    with pytest.raises(ValueError, match=r"sigma.* above 0"):
        vl.gaussian_log_likelihood(torch.zeros(3, 4), torch.zeros(3, 4), sigma)


def test_bernoulli_likelihood_survives_a_certain_decoder():
    x, logits = torch.tensor([[1.0, 0.0]]), torch.tensor([[200.0, 200.0]])
    assert vl.bernoulli_log_likelihood(x, logits).item() == pytest.approx(-200)


@pytest.mark.parametrize("worst", [-0.01, 1.01, 2.0, 255.0])
def test_pixels_outside_0_to_1_are_no_pixels(worst):
    with pytest.raises(ValueError, match=r"\[0, 1\], such as x / 255; got"):
        vl.bernoulli_log_likelihood(torch.tensor([[0.5, worst]]), torch.zeros(1, 2))


def test_black_white_and_no_pixels_are_pixels():
    x = torch.tensor([[0.0, 1.0]])
    assert vl.bernoulli_log_likelihood(x, torch.tensor([[-1.0, 1.0]])).item() == pytest.approx(
        -2 * math.log1p(1 / math.e)
    )
    assert vl.bernoulli_log_likelihood(torch.zeros(0, 4), torch.zeros(0, 4)).shape == (0,)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_gaussian_likelihood_is_the_one_of_torch_distributions(generator, sigma):
    x, mean = torch.randn(2, 50, 20, generator=generator, dtype=torch.float64)
    truth = Normal(mean, sigma).log_prob(x).sum(-1)
    torch.testing.assert_close(vl.gaussian_log_likelihood(x, mean, sigma), truth, rtol=1e-12, atol=0)


def test_normal_log_density_is_the_one_of_torch_distributions(gaussian, generator):
    mu, logvar = gaussian
    z = torch.randn(4, *mu.shape, generator=generator, dtype=torch.float64)
    truth = Normal(mu, (logvar / 2).exp()).log_prob(z).sum(-1)
    torch.testing.assert_close(vl.normal_log_density(z, mu, logvar), truth)


def test_a_density_at_its_own_mean_is_finite_however_narrow():
    z, logvar = torch.ones(1, 2), torch.full((1, 2), -150.0)
    assert vl.normal_log_density(z, z, logvar).item() == pytest.approx(150 - math.log(2 * math.pi), rel=1e-6)


def test_pixels_and_sigmas_may_be_whole_numbers():
    mean = torch.rand(3, 4)
    x = torch.tensor([[0, 1, 1, 0]] * 3)
    expected = vl.gaussian_log_likelihood(x.float(), mean, 1.0)
    for pixels, sigma in ((x, 1), (x.bool(), torch.tensor(1)), (x.to(torch.uint8), np.int64(1))):
        torch.testing.assert_close(vl.gaussian_log_likelihood(pixels, mean, sigma), expected)
