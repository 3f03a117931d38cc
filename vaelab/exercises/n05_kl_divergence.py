"""Exercises of notebook 05: entropy, the KL divergence, its closed form and its estimate."""

import torch

from vaelab import objectives
from vaelab.exercises.check import Exercise


def gaussians(g):
    """Pairs of mu and logvar: first such that can be done in one's head, then random ones of several shapes."""
    pairs = [
        ([[0.0]], [[0.0]]),
        ([[2.0]], [[0.0]]),
        ([[0.0]], [[2.0]]),
        ([[1.0, 0.0, -2.0]], [[0.0, -1.0, 1.0]]),
    ]
    cases = [{"mu": torch.tensor(mu), "logvar": torch.tensor(logvar)} for mu, logvar in pairs]
    for shape in ((5, 2), (4, 1), (3, 3), (2, 7)):
        mu, logvar = torch.randn(2, *shape, generator=g)
        cases.append({"mu": mu, "logvar": 2 * logvar})
    return cases


EXERCISES = [
    Exercise(
        "5.3",
        "the KL of a diagonal Gaussian from N(0, I), in closed form",
        objectives.kl_to_standard_normal,
        hints=(
            "Equation (5.10) is a sum over j, the last dimension of mu and logvar.",
            "logvar is log sigma^2. So sigma^2 is logvar.exp(), and log sigma^2 is logvar itself.",
            "0.5 * (...).sum(-1), and in the bracket the four terms of (5.10), one tensor each.",
        ),
        cases=gaussians,
        differentiable=("mu", "logvar"),
        wrong={
            "Twice the right value: the closed form has a factor 1/2, from the exponent of the Gaussian.": (
                lambda mu, logvar: (mu**2 + logvar.exp() - logvar - 1).sum(-1)
            ),
            "Minus the right value. A KL divergence is never negative: the signs are the other way round.": (
                lambda mu, logvar: 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1)
            ),
        },
    ),
]
PREDICTIONS = []
