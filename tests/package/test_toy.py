"""The small model, held against arithmetic that shares nothing with it: mpmath's quadrature, and simulation."""

import math
from dataclasses import FrozenInstanceError

import mpmath
import pytest
import torch

from vaelab.toy import Toy, integrate

PIECES = [-12, *(i / 4 for i in range(-20, 21)), 12]  # short ones where the posterior may be narrow
OBSERVED = ([1.6, 0.1, 0.05], [0.2, -0.7, -0.4], [4.0, 0.5, 1.0])


def observation(values):
    return torch.tensor(values, dtype=torch.float64)


def joint(z, x, sigma):
    """p(x, z), in arbitrary precision, written out from the module's first lines."""
    mean = (z**2 / 2, mpmath.sin(z), mpmath.mpf("0.3") * z)
    square = sum((xi - mi) ** 2 for xi, mi in zip(x, mean, strict=True))
    likelihood = mpmath.exp(-square / (2 * sigma**2)) / (mpmath.sqrt(2 * mpmath.pi) * sigma) ** 3
    return likelihood * mpmath.exp(-(z**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def test_samples_have_the_moments_of_the_model():
    """z ~ N(0, 1), and x - f(z) ~ N(0, sigma^2 I), each within its standard error; f written out again."""
    n, sigma = 200_000, 0.25  # a power of 2: times it, float32 noise would stay as it is
    z, x = Toy(sigma).sample(n, torch.Generator().manual_seed(0))
    assert z.shape == (n,) and x.shape == (n, 3) and z.dtype == x.dtype == torch.float64
    noise = (x - torch.stack([z**2 / 2, torch.sin(z), 0.3 * z], 1)) / sigma
    standard = torch.cat([z[:, None], noise], 1)  # four columns that should be N(0, I)
    assert ((standard - standard.float()).abs().amax(0) > 1e-9).all(), "float32 noise has only 24 bits"
    assert (standard.mean(0).abs() < 4 / n**0.5).all()
    error = math.sqrt(2 / n)  # of a variance; of a covariance it is smaller
    torch.testing.assert_close(standard.T @ standard / n, torch.eye(4, dtype=torch.float64), atol=4 * error, rtol=0)
    assert abs((z**4).mean().item() - 3) < 4 * math.sqrt(96 / n)  # normal, not only of that variance


def test_an_observation_is_its_mean_plus_sigma_times_the_noise_drawn_after_z():
    z, x = Toy(0.5).sample(5, torch.Generator().manual_seed(3))
    g = torch.Generator().manual_seed(3)
    first, eps = (torch.randn(shape, generator=g, dtype=torch.float64) for shape in ((5,), (5, 3)))
    assert torch.equal(z, first)
    torch.testing.assert_close(x, Toy().decode(z) + 0.5 * eps, rtol=0, atol=1e-14)


def test_likelihoods_are_summed_over_what_is_observed_whatever_the_shape_of_z():
    toy, x = Toy(), torch.tensor([1.0, 0.2, 0.1], dtype=torch.float64)
    z = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    one_by_one = torch.stack([torch.stack([toy.log_likelihood(x, one) for one in row]) for row in z])
    torch.testing.assert_close(toy.log_likelihood(x, z), one_by_one)


def test_samples_come_from_the_generator_alone():
    state = torch.get_rng_state()
    first, again, other = (Toy().sample(5, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0]) and not torch.equal(first[1], other[1])
    assert torch.equal(state, torch.get_rng_state())


def test_gradients_pass_through_an_integral():
    mu = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    second_moment = integrate(lambda z: torch.exp(-0.5 * (z - mu) ** 2) / math.sqrt(2 * math.pi) * z**2)
    second_moment.backward()
    assert second_moment.item() == pytest.approx(1 + 0.7**2, rel=1e-12)
    assert mu.grad.item() == pytest.approx(2 * 0.7, rel=1e-12)


@pytest.mark.parametrize(
    "x", [torch.zeros(3), torch.zeros(2, dtype=torch.float64), torch.zeros(4, 3, dtype=torch.float64), [0.0, 0.0, 0.0]]
)
def test_an_observation_that_is_none_is_refused(x):
    with pytest.raises(ValueError, match="three numbers in float64"):
        Toy().log_evidence(x)


@pytest.mark.parametrize("sigma", [0.0, -1.0, 0.09, math.inf, math.nan])
def test_a_sigma_that_the_grid_cannot_resolve_is_refused(sigma):
    with pytest.raises(ValueError, match=r"sigma must be (at least|a number)"):
        Toy(sigma)


@pytest.mark.parametrize("x", OBSERVED)
@pytest.mark.parametrize("sigma", [0.5, 0.15, 2.0])
def test_the_evidence_is_right_to_ten_digits(x, sigma):
    exact = mpmath.log(mpmath.quad(lambda z: joint(z, x, sigma), PIECES))
    assert Toy(sigma).log_evidence(observation(x)).item() == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.parametrize("x", OBSERVED)
def test_the_posterior_is_a_density_with_the_right_mean(x):
    toy = Toy()
    evidence = mpmath.quad(lambda z: joint(z, x, 0.5), PIECES)
    mean = mpmath.quad(lambda z: z * joint(z, x, 0.5), PIECES) / evidence
    square = mpmath.quad(lambda z: z**2 * joint(z, x, 0.5), PIECES) / evidence
    assert integrate(lambda z: toy.log_posterior(observation(x), z).exp()).item() == pytest.approx(1, abs=1e-12)
    assert toy.posterior_mean(observation(x)).item() == pytest.approx(float(mean), rel=1e-9)
    assert toy.posterior_mean(observation(x), lambda z: z**2).item() == pytest.approx(float(square), rel=1e-9)


def test_the_narrowest_posteriors_are_still_resolved():
    x = [2.0, 0.9, 0.6]
    exact = mpmath.log(mpmath.quad(lambda z: joint(z, x, 0.1), PIECES))
    assert Toy(0.1).log_evidence(observation(x)).item() == pytest.approx(float(exact), rel=1e-10)
    assert Toy().sigma == 0.5
    with pytest.raises(FrozenInstanceError):
        Toy().sigma = 1.0


def test_an_observation_too_far_for_the_grid_is_refused():
    with pytest.raises(ValueError, match=r"within \|z\| < 12; got \[100.0, 0.0, 0.0\]"):
        Toy().log_evidence(torch.tensor([100.0, 0.0, 0.0], dtype=torch.float64))
