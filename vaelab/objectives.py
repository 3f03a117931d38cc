"""The formulas of the course: likelihoods, the sampled code, the KL, the ELBO and the bound above it.

Every term is summed over pixels or over latent dimensions, kept per example, shape (B,), and in nats. Only a loss, at
the very end, takes the mean over the batch. `kl` is never negative, `elbo` is maximised, a loss is minimised.

x (B, 784) are images, z (B, D) codes, mu and logvar = log sigma^2 (B, D) the encoder's q(z|x) = N(mu, diag(sigma^2)).
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) = sum_i x_i log p_i + (1 - x_i) log(1 - p_i): pixels that are 1 with probability p = sigmoid(logits).

    x, logits (..., D) -> (...), in nats: minus the binary cross-entropy, summed. It is computed from the logits l, as
    sum_i x_i l_i - sum_i log(1 + e^l_i), so that no log is taken of a probability that has rounded to 0.

    On grey pixels (0 < x < 1) it is no log-density of the image, though it is often used as one: notebook 08.

    >>> bernoulli_log_likelihood(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 0.0])) / math.log(2)
    tensor(-2.)
    """
    if x.device.type == "cpu" and x.numel():  # elsewhere, to look would make the host wait for the device
        low, high = (bound.item() for bound in torch.aminmax(x))
        if low < 0 or high > 1:
            raise ValueError(f"pixels must lie in [0, 1], such as x / 255; got {low:g} to {high:g}")
    return (x * logits).sum(-1) - F.softplus(logits).sum(-1)


def gaussian_log_likelihood(x: Tensor, mean: Tensor, sigma: float | Tensor) -> Tensor:
    """log p(x|z) = -sum_i [ (x_i - mean_i)^2 / (2 sigma^2) + log sigma + log(2 pi) / 2 ] for pixels N(mean_i, sigma^2).

    x, mean (..., D), sigma one number above 0 -> (...), in nats. It is a log *density*, so it may be positive.

    >>> gaussian_log_likelihood(torch.zeros(3), torch.zeros(3), sigma=1.0) / math.log(2 * math.pi)
    tensor(-1.5000)
    """
    return normal_log_density(x, mean, 2 * torch.as_tensor(sigma, dtype=mean.dtype, device=mean.device).log())


def normal_log_density(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mu, diag(sigma^2)) = -1/2 sum_j [ (z_j - mu_j)^2 / sigma_j^2 + log sigma_j^2 + log(2 pi) ].

    z (..., D), mu and logvar that broadcast against it -> (...), in nats.
    """
    return -0.5 * ((z - mu) ** 2 * torch.exp(-logvar) + logvar + math.log(2 * math.pi)).sum(-1)


def reparameterize(mu: Tensor, logvar: Tensor, generator: Generator | None = None) -> Tensor:
    """A draw z = mu + sigma * eps, eps ~ N(0, I), from q(z|x): (B, D), with gradients to mu and logvar.

    generator: where eps comes from; without it, PyTorch's global generator.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014; Rezende, Mohamed and Wierstra, 2014.

    >>> reparameterize(torch.tensor([[3.0, -1.0]]), torch.full((1, 2), -100.0))  # sigma = e^-50
    tensor([[ 3., -1.]])
    """
    _check_gaussian(mu, logvar)
    eps = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + torch.exp(0.5 * logvar) * eps


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag(sigma^2)) || N(0, I)) = 1/2 sum_j [ mu_j^2 + sigma_j^2 - log sigma_j^2 - 1 ] >= 0.

    mu, logvar (B, D) -> (B,), in nats: zero only at mu = 0, sigma = 1.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B.

    >>> kl_to_standard_normal(mu=torch.tensor([[2.0]]), logvar=torch.tensor([[0.0]]))
    tensor([2.])
    """
    _check_gaussian(mu, logvar)
    # expm1 is e^logvar - 1 without the rounding that makes the sum negative near logvar = 0.
    return 0.5 * (mu**2 + torch.expm1(logvar) - logvar).sum(-1)


class ELBO(NamedTuple):
    """elbo = log_px_z - kl, each (B,), in nats.

    log_px_z: log p(x|z), one draw z ~ q(z|x): minus the reconstruction loss
    kl: KL(q(z|x) || N(0, I))
    elbo: the evidence lower bound: an unbiased estimate of a number that is at most log p(x)
    """

    log_px_z: Tensor
    kl: Tensor
    elbo: Tensor


def log_px_z(model: nn.Module, x: Tensor, z: Tensor) -> Tensor:
    """log p(x|z) under a VAE's decoder: x (B, data_dim), z (..., B, D) -> (..., B), in nats."""
    if model.likelihood == "bernoulli":
        return bernoulli_log_likelihood(x, model.decoder(z))
    sigma: Any = model.sigma
    return gaussian_log_likelihood(x, model.decode(z), sigma)


def elbo(model: nn.Module, x: Tensor, generator: Generator | None = None) -> ELBO:
    """The evidence lower bound E_q[log p(x|z)] - KL(q(z|x) || p(z)), with one draw of z, and its two terms.

    x (B, data_dim) -> three tensors (B,), in nats.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, equation 10.
    """
    mu, logvar = _encode(model, x)
    z = reparameterize(mu, logvar, generator)
    log_likelihood, kl = log_px_z(model, x, z), kl_to_standard_normal(mu, logvar)
    return ELBO(log_likelihood, kl, log_likelihood - kl)


@torch.no_grad()
def log_evidence(model: nn.Module, x: Tensor, samples: int = 500, generator: Generator | None = None) -> Tensor:
    """The importance-weighted estimate log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x), z_k ~ q(z|x), of log p(x).

    x (B, data_dim), K = samples -> (B,), in nats. In expectation it is at most log p(x), at least the ELBO, and rises
    with K. However large B and K are, only about 2,000 images are decoded at a time.

    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016.
    """
    if samples < 1:
        raise ValueError(f"samples, the number K of draws for each image, must be at least 1; got {samples}")
    decoded_at_once = 2048  # a quarter faster on two cores than 8192: what is computed stays in the caches
    images_at_once = min(len(x), 256) or 1
    draws_at_once = max(1, decoded_at_once // images_at_once)
    return torch.cat(
        [_log_mean_weight(model, images, samples, draws_at_once, generator) for images in x.split(images_at_once)]
    )


def _log_mean_weight(model: nn.Module, x: Tensor, samples: int, at_once: int, generator: Generator | None) -> Tensor:
    mu, logvar = _encode(model, x)
    log_sum = x.new_full((len(x),), -math.inf)
    for first in range(0, samples, at_once):
        draws = min(at_once, samples - first)
        z = reparameterize(mu.expand(draws, *mu.shape), logvar.expand(draws, *mu.shape), generator)  # (K, B, D)
        log_pz = normal_log_density(z, torch.zeros_like(mu), torch.zeros_like(mu))
        log_w = log_px_z(model, x, z) + log_pz - normal_log_density(z, mu, logvar)  # (K, B)
        log_sum = torch.logaddexp(log_sum, log_w.logsumexp(0))
    return log_sum - math.log(samples)


@dataclass(frozen=True)
class VAELoss:
    """The loss of a VAE: reconstruction * E_q[-log p(x|z)] + kl * KL(q(z|x) || p(z)), in nats, the mean over the batch.

    VAELoss(): minus the ELBO. VAELoss(kl=0): reconstruction only. VAELoss(reconstruction=0): KL only.
    VAELoss(kl=beta): the beta-VAE.

    A call gives what `vaelab.fit` reports, `total` = `reconstruction` + `kl`, without the weights, so that runs with
    different weights can be compared. Where a weight is not 1, the weighted sum comes first, as `objective`.

    Source: Kingma and Welling, 2014; for beta, Higgins et al., beta-VAE, 2017.
    """

    reconstruction: float = 1.0
    kl: float = 1.0

    def __post_init__(self) -> None:
        weights = (self.reconstruction, self.kl)
        if not all(math.isfinite(w) and w >= 0 for w in weights) or not any(weights):
            raise ValueError(f"the weights must be at least 0, and one of them above 0; got {self}")

    def __call__(self, model: nn.Module, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """The terms for images x (B, data_dim), the one to minimise first, each one number."""
        log_px_z, kl, _ = elbo(model, x, generator)
        reconstruction, kl = -log_px_z.mean(), kl.mean()
        terms = {"total": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}
        if self == VAELoss():
            return terms
        return {"objective": self.reconstruction * reconstruction + self.kl * kl, **terms}


@dataclass(frozen=True)
class ReconstructionLoss:
    """The loss of a plain autoencoder: how far x_hat is from x, summed over pixels, the mean over the batch.

    measure: "cross-entropy", -sum_i x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i), in nats,
        or "squared error", sum_i (x_i - x_hat_i)^2
    """

    measure: str = "cross-entropy"

    def __post_init__(self) -> None:
        if self.measure not in ("cross-entropy", "squared error"):
            raise ValueError(f'measure is "cross-entropy" or "squared error"; got {self.measure!r}')

    def __call__(self, model: nn.Module, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """{"reconstruction": one number} for images x (B, data_dim). The generator is not used: nothing is random."""
        z = model.encode(x)
        if not isinstance(z, Tensor):
            raise TypeError(f"{type(model).__name__}.encode gives more than a code: a VAE is trained with VAELoss()")
        if self.measure == "cross-entropy":
            return {"reconstruction": -bernoulli_log_likelihood(x, model.decoder(z)).mean()}
        return {"reconstruction": ((x - model.decode(z)) ** 2).sum(-1).mean()}


def _encode(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    code = model.encode(x)
    if isinstance(code, Tensor):
        raise TypeError(
            f"this needs a model whose encode gives mu and logvar, such as a VAE; {type(model).__name__}.encode gives "
            "one tensor. A plain autoencoder is trained with ReconstructionLoss()."
        )
    return code


def _check_gaussian(mu: Tensor, logvar: Tensor) -> None:
    if mu.shape != logvar.shape:
        raise ValueError(f"mu and logvar must have the same shape; got {tuple(mu.shape)} and {tuple(logvar.shape)}")
