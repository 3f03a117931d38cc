"""The small model, held against arithmetic that shares nothing with it: mpmath's quadrature, and simulation."""

import math

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
    assert integrate(lambda z: toy.log_posterior(observation(x), z).exp()).item() == pytest.approx(1, abs=1e-12)
    assert toy.posterior_mean(observation(x)).item() == pytest.approx(float(mean), rel=1e-9)


def test_samples_come_from_the_model():
    """Of many draws, those whose x falls near one place: their z are draws from about the posterior there."""
    toy, target = Toy(), observation([0.5, 0.6, 0.3])
    z, x = toy.sample(2_000_000, torch.Generator().manual_seed(0))
    near = (x - target).norm(dim=1) < 0.12
    kept = z[near]
    assert len(kept) > 500
    error = kept.std() / math.sqrt(len(kept))
    assert abs(kept.mean() - toy.posterior_mean(target)) < 4 * error + 0.02  # a ball is not a point
    share, volume = near.double().mean().item(), 4 / 3 * math.pi * 0.12**3
    assert math.log(share / volume) == pytest.approx(toy.log_evidence(target).item(), abs=0.15)


def test_gradients_pass_through_an_integral():
    mu = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    second_moment = integrate(lambda z: torch.exp(-0.5 * (z - mu) ** 2) / math.sqrt(2 * math.pi) * z**2)
    second_moment.backward()
    assert second_moment.item() == pytest.approx(1 + 0.7**2, rel=1e-12)
    assert mu.grad.item() == pytest.approx(2 * 0.7, rel=1e-12)


@pytest.mark.parametrize("x", [torch.zeros(3), torch.zeros(2, dtype=torch.float64), [0.0, 0.0, 0.0]])
def test_an_observation_that_is_none_is_refused(x):
    with pytest.raises(ValueError, match="three numbers in float64"):
        Toy().log_evidence(x)


@pytest.mark.parametrize("sigma", [0.0, -1.0, 0.01, math.inf, math.nan])
def test_a_sigma_that_the_grid_cannot_resolve_is_refused(sigma):
    with pytest.raises(ValueError, match="sigma must be at least"):
        Toy(sigma)
