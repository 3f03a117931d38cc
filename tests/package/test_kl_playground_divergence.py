"""What KLPlayground's page computes of two Gaussians: held against torch and quadrature, without a page."""

import itertools
import math

import numpy as np
import pytest
import torch
from support import node
from torch.distributions import Normal, kl_divergence

DIVERGENCE = "kl_playground/divergence.js"
MEANS, WIDTHS = (-2.5, 0.0, 0.37, 2.5), (0.1, 0.5, 1.0, 2.5)
PAIRS = [((mu, sigma), (mu_p, sigma_p)) for mu, sigma, mu_p, sigma_p in itertools.product(MEANS, WIDTHS, MEANS, WIDTHS)]


def computed(expression: str, pairs):
    """What the page's functions give for each pair of q and p."""
    as_objects = [[{"mu": mu, "sigma": sigma} for mu, sigma in pair] for pair in pairs]
    return node.run(DIVERGENCE, f"pairs.map(([q, p]) => {expression})", pairs=as_objects)


def truth(q, p) -> float:
    return kl_divergence(*(Normal(*torch.tensor(one, dtype=torch.float64)) for one in (q, p))).item()


def test_the_closed_form_is_the_kl():
    found = [sum(terms) for terms in computed("closedForm(q, p)", PAIRS)]
    assert found == pytest.approx([truth(q, p) for q, p in PAIRS], abs=1e-9)


def test_each_term_of_the_closed_form():
    (terms,) = computed("closedForm(q, p)", [((1.3, 0.7), (-0.4, 1.6))])
    assert terms == pytest.approx([1.7**2 / 1.6**2 / 2, 0.7**2 / 1.6**2 / 2, -math.log(0.7**2 / 1.6**2) / 2, -0.5])


def test_the_areas_add_up_to_the_kl():
    """A tail that is left out weighs less than the digits that are shown, wherever q and p are."""
    areas = computed("areas(q, p)", PAIRS)
    assert [one["above"] + one["below"] for one in areas] == pytest.approx([truth(q, p) for q, p in PAIRS], abs=1e-6)


def test_the_areas_above_and_below_zero_are_those_of_the_integrand():
    settings = [((1, 0.5), (0, 1)), ((0, 2.5), (0, 0.59)), ((2.5, 2.5), (-2.5, 0.1)), ((2, 1), (0, 1))]
    pairs = settings + [(p, q) for q, p in settings]
    for (a, b), found in zip(pairs, computed("areas(q, p)", pairs), strict=True):
        z = torch.linspace(a[0] - 12 * a[1], a[0] + 12 * a[1], 400_001, dtype=torch.float64)
        log_a, log_b = (-(((z - mu) / s) ** 2) / 2 - math.log(s * math.sqrt(2 * math.pi)) for mu, s in (a, b))
        f = log_a.exp() * (log_a - log_b)
        assert found["above"] == pytest.approx(torch.trapezoid(f.clamp(min=0), z).item(), abs=1e-4), (a, b)
        assert found["below"] == pytest.approx(torch.trapezoid(f.clamp(max=0), z).item(), abs=1e-4), (a, b)


def test_the_integrand_where_a_density_is_too_small_for_a_number():
    """At z = 40, N(z; 0, 0.1^2) is e^-80000: q log (q / p) is 0, not NaN, and p log (p / q) is finite."""
    ((down, up),) = computed("[integrand(q, p)(40), integrand(p, q)(40)]", [((0, 0.1), (0, 2.5))])
    assert down == 0 and 0 < up < 1e-40


def test_the_densities_cross_where_the_logarithms_are_equal():
    pairs = [((1, 1), (0, 1)), ((0, 0.5), (0, 1)), ((1, 0.5), (0, 1)), ((-2, 2), (1, 0.3)), ((0.3, 0.7), (0.3, 0.7))]
    zs = np.linspace(-5, 5, 1001)
    found = node.run(
        DIVERGENCE,
        "pairs.map(([q, p]) => crossings(zs, q, p))",
        pairs=[[{"mu": mu, "sigma": sigma} for mu, sigma in pair] for pair in pairs],
        zs=zs.tolist(),
    )
    for ((m, s), (m_p, s_p)), indices in zip(pairs, found, strict=True):
        # log q = log p, as a polynomial in z
        a, b = 1 / s_p**2 - 1 / s**2, 2 * (m / s**2 - m_p / s_p**2)
        c = m_p**2 / s_p**2 - m**2 / s**2 + 2 * math.log(s_p / s)
        roots = sorted(root.real for root in np.roots([a, b, c]) if abs(root) < 5)
        assert [zs[i] for i in indices] == pytest.approx(roots, abs=0.011)
