"""The numbers of ReparameterizationPlayground by other means: autograd and integration."""

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from vaelab.toy import GRID, Toy, integrate

X = torch.tensor([1.6, 0.1, 0.05], dtype=torch.float64)


def f(z: Tensor) -> Tensor:
    """The function whose expectation is differentiated, in notebook 07 and in the tests."""
    return Toy(sigma=0.5).log_likelihood(X, z)


def exact(mu: float, sigma: float, parameter: str, b: float = 0.0) -> tuple[list[float], list[float]]:
    """Means and variances of one draw's estimates, pathwise and score: by autograd and integration, not as the page."""
    m, s = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (mu, sigma))
    q = Normal(m, s)
    of = {"mu": m, "sigma": s}[parameter]
    (gradient,) = torch.autograd.grad(integrate(lambda z: q.log_prob(z).exp() * f(z)), of)

    def variance(estimate):
        density = q.log_prob(GRID).exp().detach()
        return torch.trapezoid(density * (estimate - gradient) ** 2, GRID).item()

    z = GRID.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(z).sum(), z)
    pathwise = slope if parameter == "mu" else slope * (GRID - mu) / sigma
    score = (GRID - mu) / sigma**2 if parameter == "mu" else ((GRID - mu) ** 2 - sigma**2) / sigma**3
    return [gradient.item()] * 2, [variance(pathwise), variance((f(GRID) - b) * score)]


def drawn_estimates(eps: Tensor, mu: float, sigma: float, parameter: str, b: float = 0.0) -> list[np.ndarray]:
    """What each draw says, pathwise and score: by autograd through the draw, and by autograd of log q."""
    m, s = (torch.tensor(a, dtype=torch.float64).expand(len(eps)).clone().requires_grad_() for a in (mu, sigma))
    of = {"mu": m, "sigma": s}[parameter]
    (pathwise,) = torch.autograd.grad(f(m + s * eps).sum(), of)
    z = (m + s * eps).detach()
    (score,) = torch.autograd.grad(((f(z) - b) * Normal(m, s).log_prob(z)).sum(), of)
    return [pathwise.numpy(), score.numpy()]
