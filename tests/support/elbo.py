"""The numbers of ELBOPlayground by other means: quadrature that shares nothing with the page's, and a search."""

import math

import numpy as np
import torch
from torch.distributions import Normal

from vaelab.toy import Toy

NODES, WEIGHTS = (torch.from_numpy(part) for part in np.polynomial.hermite_e.hermegauss(80))
FINE = torch.linspace(-14, 14, 14_001, dtype=torch.float64)


def elbo_terms(x, mu: float, sigma: float, toy: Toy) -> tuple[float, float]:
    """E_q[log p(x|z)] by Gauss-Hermite quadrature and KL(q || p(z)) in closed form."""
    rebuilt = (WEIGHTS * toy.log_likelihood(x, mu + sigma * NODES)).sum() / math.sqrt(2 * math.pi)
    return rebuilt.item(), 0.5 * (mu**2 + sigma**2 - 1) - math.log(sigma)


def truth(x, mu: float, sigma: float, toy: Toy | None = None) -> list[float]:
    """log p(x), ELBO, KL to the posterior, E_q[log p(x|z)], KL to the prior.

    The evidence and the KL to the posterior by sums over a grid that is finer than the page's.
    """
    toy, x = toy or Toy(), torch.tensor(x, dtype=torch.float64)
    rebuilt, price = elbo_terms(x, mu, sigma, toy)
    joint = toy.log_joint(x, FINE)
    evidence = torch.logsumexp(joint, 0).item() + math.log(FINE[1] - FINE[0])
    log_q = Normal(FINE.new_tensor(mu), sigma).log_prob(FINE)
    gap = torch.trapezoid(log_q.exp() * (log_q - joint + evidence), FINE).item()
    return [evidence, rebuilt - price, gap, rebuilt, price]


def elbo(x, mu: float, sigma: float) -> float:
    """The ELBO of the course's toy model."""
    rebuilt, price = elbo_terms(torch.tensor(x, dtype=torch.float64), mu, sigma, Toy())
    return rebuilt - price


def the_best(x, start: tuple[float, float]) -> list[float]:
    """mu, sigma of the best Gaussian that a search in Python finds from a start, and its ELBO."""
    (mu, sigma), step = start, 0.2
    best = elbo(x, mu, sigma)
    while step > 1e-4:
        around = [(mu + step, sigma), (mu - step, sigma), (mu, sigma * math.exp(step)), (mu, sigma * math.exp(-step))]
        around += [(mu + a * step, sigma * math.exp(b * step)) for a in (1, -1) for b in (1, -1)]
        bounds = [elbo(x, *q) for q in around]
        if max(bounds) > best:
            best, (mu, sigma) = max(bounds), around[bounds.index(max(bounds))]
        else:
            step /= 2
    return [mu, sigma, best]
