"""A model so small that its truth can be computed: the evidence and the posterior, by quadrature.

    z ~ N(0, 1),    x | z ~ N(f(z), sigma^2 I),    f(z) = (z^2 / 2, sin z, 0.3 z)

One latent number z, three observed ones. f bends, so the posterior p(z|x) is no Gaussian, and for some x it has two
modes. With one latent dimension every integral over z is a sum over a fine grid. That is what a VAE cannot have, and
what makes this model good for checking one. Everything is in nats and in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.distributions import Normal

from vaelab import arguments

# Beyond |z| = 12 the prior's density is below e^-72. On a grid this fine the trapezoidal rule, which converges faster
# than any power of the step for a smooth integrand that has died away at both ends, is exact to rounding.
GRID = torch.linspace(-12, 12, 2401, dtype=torch.float64, device="cpu")


@dataclass(frozen=True)
class Toy:
    """The model, with a standard deviation sigma of the noise on each observed number.

    >>> toy = Toy()
    >>> toy.decode(torch.tensor(0.0, dtype=torch.float64))
    tensor([0., 0., 0.], dtype=torch.float64)
    """

    sigma: float = 0.5

    def __post_init__(self) -> None:
        if not arguments.number("sigma", self.sigma) >= 0.1:
            raise ValueError(f"sigma must be at least 0.1, or posteriors are too narrow for the grid; got {self.sigma}")

    def decode(self, z: Tensor) -> Tensor:
        """f(z), the mean of x given z: (...) -> (..., 3)."""
        return torch.stack([z**2 / 2, z.sin(), 0.3 * z], -1)

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) = log N(z; 0, 1): (...) -> (...)."""
        return Normal(z.new_zeros(()), 1.0).log_prob(z)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) = sum_i log N(x_i; f_i(z), sigma^2): x (3,), z (...) -> (...)."""
        return Normal(self.decode(z), self.sigma).log_prob(x).sum(-1)

    def log_joint(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) = log p(x|z) + log p(z): x (3,), z (...) -> (...)."""
        return self.log_likelihood(x, z) + self.log_prior(z)

    def log_evidence(self, x: Tensor) -> Tensor:
        """log p(x) = log of the integral of p(x, z) over z: x (3,) -> one number, to at least eight digits."""
        _check(x)
        log_joint = self.log_joint(x, GRID)
        highest = log_joint.max()  # taken out of the integral, so that exp does not underflow
        if not log_joint[[0, -1]].max() < highest - 30:
            raise ValueError(f"x must be such that its posterior lies within |z| < 12; got {x.tolist()}")
        return highest + integrate(lambda z: torch.exp(self.log_joint(x, z) - highest)).log()

    def log_posterior(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(z|x) = log p(x, z) - log p(x): x (3,), z (...) -> (...)."""
        return self.log_joint(x, z) - self.log_evidence(x)

    def posterior_mean(self, x: Tensor, of: Callable[[Tensor], Tensor] = lambda z: z) -> Tensor:
        """E[of(z)] under p(z|x), of z itself if nothing else is asked for: x (3,) -> one number."""
        return integrate(lambda z: self.log_posterior(x, z).exp() * of(z))

    def sample(self, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """n draws from the model: z (n,) and x (n, 3)."""
        z = torch.randn(n, generator=generator, dtype=torch.float64)
        return z, self.decode(z) + self.sigma * torch.randn(n, 3, generator=generator, dtype=torch.float64)


def integrate(integrand: Callable[[Tensor], Tensor]) -> Tensor:
    """The integral over z from -12 to 12 of a smooth function that is 0 at both ends, by the trapezoidal rule.

    integrand: takes the grid (2401,), gives (..., 2401); the result has the shape (...). Gradients pass through it.

    >>> round(integrate(lambda z: torch.exp(-(z**2) / 2)).item() ** 2 / (2 * torch.pi), 12)
    1.0
    """
    return torch.trapezoid(integrand(GRID), GRID)


def _check(x: Tensor) -> None:
    if not isinstance(x, Tensor) or x.shape != (3,) or x.dtype != torch.float64:
        raise ValueError(
            "x must be one observation, three numbers in float64, such as "
            f"torch.tensor([1.0, 0.2, 0.1], dtype=torch.float64); got {x!r:.100}"
        )
