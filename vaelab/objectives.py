"""The formulas of the course: the sampled code, the KL, the ELBO and the bound above it, and the losses made of them.

Every term is summed over pixels or over latent dimensions, kept per example, shape (B,), and in nats. Only a loss, at
the very end, takes the mean over the batch. `kl` is never negative, `elbo` is maximised, a loss is minimised.

x (B, ...) are images, z (B, D) codes, mu and logvar = log sigma^2 (B, D) the encoder's q(z|x) = N(mu, diag(sigma^2)).
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from vaelab import arguments
from vaelab.any_model import VariationalModel, device_of, encoded, evaluating, log_likelihood
from vaelab.likelihoods import NOISE, bernoulli_log_likelihood, check_pixels, made_by_sigmoid, normal_log_density
from vaelab.models import logits_of


def reparameterize(mu: Tensor, logvar: Tensor, generator: Generator | None = None) -> Tensor:
    """A draw z = mu + sigma * eps, eps ~ N(0, I), from q(z|x): (B, D), with gradients to mu and logvar.

    generator: where eps comes from, on whatever device; without it, PyTorch's global generator.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014; Rezende, Mohamed and Wierstra, 2014.

    >>> reparameterize(torch.tensor([[3.0, -1.0]]), torch.full((1, 2), -100.0))  # sigma = e^-50
    tensor([[ 3., -1.]])
    """
    _check_gaussian(mu, logvar)
    generator = arguments.generator(generator)
    source = generator.device if generator else mu.device
    eps = torch.randn(mu.shape, generator=generator, device=source, dtype=mu.dtype).to(mu.device)
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


def elbo(model: VariationalModel, x: Tensor, generator: Generator | None = None) -> ELBO:
    """The evidence lower bound E_q[log p(x|z)] - KL(q(z|x) || p(z)), with one draw of z, and its two terms.

    model: what has `encode` and `log_px_z`, see `VariationalModel`. x (B, ...) -> three tensors (B,), in nats.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, equation 10.
    """
    arguments.batch("x", x)
    mu, logvar = encoded(model, x)
    z = reparameterize(mu, logvar, generator)
    log_px_z, kl = log_likelihood(model, x, z), kl_to_standard_normal(mu, logvar)
    return ELBO(log_px_z, kl, log_px_z - kl)


def log_evidence(model: VariationalModel, x: Tensor, samples: int = 500, generator: Generator | None = None) -> Tensor:
    """The importance-weighted estimate log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x), z_k ~ q(z|x), of log p(x).

    x (B, ...), K = samples -> (B,), in nats, where x is. In expectation it is at most log p(x), at least the ELBO, and
    rises with K. However large B and K are, only so many images are decoded at a time.

    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016.
    """
    samples, device = arguments.whole_number("samples", samples), device_of(model)
    # On two cores 2,048 are a quarter faster than 8,192, as what is computed stays in the caches; a GPU waits for less.
    decoded_at_once = 2048 if device.type == "cpu" else 65_536
    images_at_once = min(len(arguments.images("x", x, least=0)), 256) or 1
    draws_at_once = max(1, decoded_at_once // images_at_once)
    with evaluating(model):
        parts = [
            _log_mean_weight(model, images.to(device, copy=True), samples, draws_at_once, generator)
            for images in x.split(images_at_once)
        ]
    return torch.cat(parts).to(x.device)


def _log_mean_weight(
    model: VariationalModel, x: Tensor, samples: int, at_once: int, generator: Generator | None
) -> Tensor:
    at_once = min(at_once, samples)
    xs, mus, logvars = (
        rows.repeat(at_once, *(1 for _ in rows.shape[1:])) for rows in (x, *encoded(model, x))
    )  # (K B, ...)
    log_sum = x.new_full((len(x),), -math.inf)
    for first in range(0, samples, at_once):
        draws = min(at_once, samples - first)
        mu, logvar = mus[: draws * len(x)], logvars[: draws * len(x)]
        z = reparameterize(mu, logvar, generator)  # (K B, D)
        log_pz = normal_log_density(z, torch.zeros_like(z), torch.zeros_like(z))
        log_px_z = log_likelihood(model, xs[: len(z)], z)
        log_w = log_px_z + log_pz - normal_log_density(z, mu, logvar)  # (K B,)
        log_sum = torch.logaddexp(log_sum, log_w.view(draws, len(x)).logsumexp(0))
    return log_sum - math.log(samples)


Weight = float | Callable[[float], float]


@dataclass(frozen=True)
class VAELoss:
    """The loss of a VAE: reconstruction * E_q[-log p(x|z)] + kl * KL(q(z|x) || p(z)), in nats, the mean over the batch.

    VAELoss(): minus the ELBO. VAELoss(kl=0): reconstruction only. VAELoss(reconstruction=0): KL only.
    VAELoss(kl=beta): the beta-VAE. VAELoss(kl=lambda t: min(1, 2 * t)): warm-up, where t goes from 0 to 1 in the course
    of a training by `vaelab.fit`; elsewhere it stands at its end, t = 1.

    A call gives what `vaelab.fit` reports: `objective`, the weighted sum, which is minimised; and without the weights,
    so that runs with different weights can be compared, `total` = `reconstruction` + `kl`.

    Source: Kingma and Welling, 2014; for beta, Higgins et al., beta-VAE, 2017; for warm-up, Bowman et al., Generating
    Sentences from a Continuous Space, 2016.
    """

    reconstruction: Weight = 1.0
    kl: Weight = 1.0

    def __post_init__(self) -> None:
        self.at(0.0)._weights()
        self.at(1.0)._weights()

    @property
    def replayable(self) -> bool:
        """Whether each call computes the same of what it is given, so that on a GPU a step may be recorded."""
        return type(self) is VAELoss and not any(map(callable, (self.reconstruction, self.kl)))

    def at(self, t: float) -> "VAELoss":
        """The loss with the weights of the moment t of a training, from 0 to 1."""
        changing = {name: weight for name in ("reconstruction", "kl") if callable(weight := getattr(self, name))}
        if not changing:
            return self
        now = copy.copy(self)  # a subclass stays what it is
        for name, weight in changing.items():
            object.__setattr__(now, name, _at(name, weight, t))
        return now

    def __call__(self, model: VariationalModel, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """The terms for images x (B, ...), the one to minimise first, each one number."""
        log_px_z, kl, _ = elbo(model, x, generator)
        reconstruction, kl = -log_px_z.mean(), kl.mean()
        total, weights = reconstruction + kl, self.at(1.0)._weights()
        objective = total if weights == (1, 1) else weights[0] * reconstruction + weights[1] * kl
        return {"objective": objective, "total": total, "reconstruction": reconstruction, "kl": kl}

    def _weights(self) -> tuple[float, float]:
        reconstruction = arguments.number("reconstruction, a weight,", self.reconstruction, least=0)
        kl = arguments.number("kl, a weight,", self.kl, least=0)
        if not (reconstruction or kl):
            raise ValueError("one of the weights, reconstruction and kl, must be above 0; both are 0")
        return reconstruction, kl


@dataclass(frozen=True)
class ReconstructionLoss:
    """The loss of a plain autoencoder: how far x_hat is from x, summed over pixels, the mean over the batch.

    measure: "cross-entropy", -sum_i x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i), in nats,
        or "squared error", sum_i (x_i - x_hat_i)^2
    """

    measure: str = "cross-entropy"

    @property
    def replayable(self) -> bool:
        """As VAELoss.replayable."""
        return type(self) is ReconstructionLoss

    def __post_init__(self) -> None:
        if self.measure not in ("cross-entropy", "squared error"):
            raise ValueError(f'measure is "cross-entropy" or "squared error"; got {self.measure!r}')

    def __call__(self, model: Any, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """{"reconstruction": one number} for images x (B, ...). The generator is not used: nothing is random.

        model: has encode(x), the code, and for the cross-entropy decoder(z), the pixels' logits; for the squared error
            decode(z), the image.
        """
        arguments.batch("x", x)
        z, name = _method(model, "encode")(x), type(model).__name__
        if not isinstance(z, Tensor):
            raise TypeError(f"{name}.encode gives more than a code: a VAE is trained with VAELoss()")
        if self.measure == "cross-entropy":
            _method(model, "decoder")
            return {"reconstruction": -bernoulli_log_likelihood(x, logits_of(model, z)).mean()}
        x_hat = _method(model, "decode")(z)
        if not isinstance(x_hat, Tensor) or x_hat.shape != x.shape:
            raise ValueError(
                f"{name}.decode must give images of the shape {tuple(x.shape)} of those that were encoded; it gives "
                f"{arguments.described(x_hat)}"
            )
        if made_by_sigmoid(x_hat):
            check_pixels(x, NOISE)
        return {"reconstruction": ((x - x_hat) ** 2).flatten(1).sum(1).mean()}


def _at(name: str, weight: Callable[[float], float], t: float) -> float:
    try:
        return weight(t)
    except TypeError as problem:
        raise TypeError(
            f"{name}, a weight, may be a function of the time t alone, from 0 to 1, such as lambda t: min(1, 2 * t); "
            f"{name}({t:g}) fails: {problem}"
        ) from problem


def _method(model: Any, name: str) -> Any:
    if isinstance(model, type) or not callable(getattr(model, name, None)):
        got = arguments.described(model)
        raise TypeError(f"a reconstruction loss needs a model with {name}, such as a vl.Autoencoder; got {got}")
    return getattr(model, name)


def _check_gaussian(mu: Any, logvar: Any) -> None:
    arguments.floats("mu", mu, "(B, D)")
    arguments.floats("logvar", logvar, "(B, D)")
    if mu.shape != logvar.shape:
        raise ValueError(f"mu and logvar must have the same shape; got {tuple(mu.shape)} and {tuple(logvar.shape)}")
    if mu.ndim == 0:
        raise ValueError("mu and logvar must have the shape (B, D); got one number each: mu.reshape(1, 1)")
