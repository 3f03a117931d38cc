"""What ELBOPlayground's page computes of a q: held against quadrature that shares nothing with it, without a page."""

import math

import numpy as np
import pytest
import torch
from support import node
from support.elbo import elbo, the_best, truth

import vaelab as vl
from vaelab.toy import Toy
from vaelab.widgets.elbo_playground import widget as elbo_playground

XS = elbo_playground.OBSERVATIONS
LIMITS = {"mu": elbo_playground.MU, "sigma": elbo_playground.SIGMA}
BOUND, SUMS = "elbo_playground/bound.js", "elbo_playground/sums.js"


def observations(playground) -> list[dict]:
    """What the page knows of each observation: the same float32 numbers on the same grid."""
    z, log_prior, log_likelihoods = (
        np.frombuffer(numbers, "<f4").tolist()
        for numbers in (playground._z, playground._log_prior, playground._log_likelihoods)
    )
    return [
        {**one, "z": z, "logPrior": log_prior, "logLikelihood": log_likelihoods[row * len(z) : (row + 1) * len(z)]}
        for row, one in enumerate(playground._observations)
    ]


@pytest.fixture(scope="module")
def four():
    return observations(vl.ELBOPlayground())


QS = [{"mu": mu, "sigma": s} for mu in (-3, -1.6, -0.4, 0, 0.7, 1.26, 3) for s in (0.05, 0.31, 0.486, 1, 1.5)]
# What is rounded by itself is right to half of the last digit; what makes a sum add up, to one and a half.
ROUNDED = np.array([0.0005, 0.0005, 0.001, 0.001, 0.0005]) + 2e-5


def test_the_numbers_are_those_of_the_model_and_add_up(four):
    expression = """observations.map((one) => qs.map((q) => {
      const { logEvidence, elbo, gap, rebuilt, price } = rounded({ ...one, ...evaluate(one, q) });
      return [logEvidence, elbo, gap, rebuilt, price];
    }))"""
    found = node.run([BOUND, SUMS], expression, observations=four, qs=QS)
    for x, of_x in zip(XS.values(), found, strict=True):
        for q, numbers in zip(QS, of_x, strict=True):
            evidence, bound, gap, rebuilt, price = numbers
            assert (np.abs(np.array(numbers) - truth(x, **q)) < ROUNDED).all(), (x, q)
            assert gap >= 0 and price >= 0
            assert bound + gap == pytest.approx(evidence, abs=1e-9), "as displayed"
            assert rebuilt - price == pytest.approx(bound, abs=1e-9)


def test_the_slopes_are_the_derivatives_of_the_elbo(four):
    """By mu in units of sigma, and by log sigma: central differences of a bound that shares nothing with the page's."""
    found = node.run(BOUND, "observations.map((one) => qs.map((q) => evaluate(one, q)))", observations=four, qs=QS)
    for x, of_x in zip(XS.values(), found, strict=True):
        for q, here in zip(QS, of_x, strict=True):
            mu, sigma, h = q["mu"], q["sigma"], 1e-4
            by_mu = (elbo(x, mu + h * sigma, sigma) - elbo(x, mu - h * sigma, sigma)) / (2 * h)
            by_log_sigma = (elbo(x, mu, sigma * math.exp(h)) - elbo(x, mu, sigma * math.exp(-h))) / (2 * h)
            assert [here["byMu"], here["byLogSigma"]] == pytest.approx([by_mu, by_log_sigma], rel=1e-3, abs=2e-3), (
                x,
                q,
            )


CLIMB = """(() => {
  const path = [];
  for (let q = start; q; q = uphill(observation, q, limits)) path.push([q.mu, q.sigma, evaluate(observation, q).elbo]);
  return path;
})()"""


@pytest.mark.parametrize(
    ("name", "start", "gap"),
    [
        ("two humps", (0.0, 1.0), 0.457),
        ("two humps far apart", (0.3, 0.8), 0.361),
        ("two humps far apart", (-1.0, 0.5), 1.301),  # the other hump: a top, not the highest
        ("one hump", (-1.0, 1.0), 0.027),
        ("nearly Gaussian", (0.0, 1.0), 0.002),
    ],
)
def test_uphill_leads_to_the_best_gaussian_nearby(four, name, start, gap):
    observation = next(one for one in four if one["name"] == name)
    start_q = {"mu": start[0], "sigma": start[1]}
    path = node.run(BOUND, CLIMB, observation=observation, start=start_q, limits=LIMITS)
    assert path[-1] == pytest.approx(the_best(XS[name], start), abs=0.002)
    assert observation["logEvidence"] - path[-1][2] == pytest.approx(gap, abs=0.0011)
    assert 5 < len(path) < 300, "in steps that the eye can follow"
    bounds = [bound for *_, bound in path]
    assert bounds == sorted(bounds), "it never goes down"


@pytest.mark.parametrize(("limits", "end"), [({"mu": (-3, 0.5)}, (0, 0.5)), ({"sigma": (0.9, 1.5)}, (1, 0.9))])
def test_uphill_stays_within_the_reach_of_the_dots(four, limits, end):
    start = {"mu": 0.0, "sigma": 1.0}
    path = node.run(BOUND, CLIMB, observation=four[0], start=start, limits=LIMITS | limits)
    assert len(path) > 1 and path[-1][end[0]] == end[1]


def test_a_model_with_other_noise():
    x = [0.5, 0.4, -0.3]
    (one,) = observations(vl.ELBOPlayground(Toy(sigma=0.1), torch.tensor(x, dtype=torch.float64)))
    here = node.run(BOUND, "evaluate(one, { mu: 0.5, sigma: 0.2 })", one=one)
    evidence, bound, _, rebuilt, price = truth(x, 0.5, 0.2, Toy(sigma=0.1))
    assert [one["logEvidence"], here["elbo"], here["rebuilt"], here["price"]] == pytest.approx(
        [evidence, bound, rebuilt, price], abs=1e-4
    )
