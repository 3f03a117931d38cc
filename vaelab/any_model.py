"""What a model has to offer, so that the package takes it: `vl.VAE` does, and so does one that you write yourself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vaelab import arguments


class CannotDecode(TypeError):
    """The model doesn't say which images its codes stand for."""


class VariationalModel(Protocol):
    """z ~ N(0, I), p(x|z), q(z|x) = N(mu, diag(sigma^2)): images x (B, ...) of any shape, codes z (B, D).

    Whatever is an nn.Module and has these methods can be trained, judged, shown and compared. Only pictures need
    `decode`; a model without it is shown by the sigmoid of its `decoder`, if that gives the logits of its pixels.
    """

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar = log sigma^2, (B, D) each, of q(z|x)."""

    def decode(self, z: Tensor) -> Tensor:
        """The images (B, ...), in [0, 1], that stand for the codes: the mean of p(x|z)."""

    def log_px_z(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), (B,), in nats, summed over all of an image."""


def encoded(model: VariationalModel, x: Tensor) -> tuple[Tensor, Tensor]:
    """mu and logvar, (B, D) each, that the model gives for images x (B, ...).

    Raises TypeError or ValueError for a model that gives something else.
    """
    name = type(model).__name__
    try:
        code = _method(model, "encode", "encode(x), which gives mu and logvar")(x)
    except RuntimeError as problem:
        arguments.precision("images", x, dtype_of(model) or x.dtype)
        raise ValueError(
            f"{name}.encode fails on images given as {arguments.described(x)}: {str(problem).splitlines()[0]}"
        ) from problem
    if isinstance(code, Tensor):
        raise TypeError(
            f"this needs a model whose encode gives mu and logvar, such as a vl.VAE; {name}.encode gives one tensor. A "
            "plain autoencoder is trained with vl.ReconstructionLoss(), and its codes are model.encode(images)"
        )
    if not isinstance(code, tuple | list) or len(code) != 2 or not all(isinstance(part, Tensor) for part in code):
        got = f"{len(code)} things" if isinstance(code, tuple | list) else type(code).__name__
        advice = ": q.loc and 2 * q.scale.log() of a Normal q" if hasattr(code, "log_prob") else ""
        raise TypeError(f"{name}.encode must give two tensors, mu and logvar{advice}; it gives {got}")
    mu, logvar = code
    if mu.ndim != 2 or mu.shape != logvar.shape or len(mu) != len(x):
        raise ValueError(
            f"{name}.encode must give mu and logvar of shape (B, D) each, a code a row; for {len(x)} images it gives "
            f"{tuple(mu.shape)} and {tuple(logvar.shape)}. mu.flatten(1) makes a row of each code, and "
            "logvar.expand_as(mu) is the same for all"
        )
    return mu, logvar


def log_likelihood(model: VariationalModel, x: Tensor, z: Tensor) -> Tensor:
    """The model's log p(x|z), (B,), in nats, of images x (B, ...) and codes z (B, D).

    Raises TypeError or ValueError for a model that gives something else.
    """
    name = type(model).__name__
    log_px_z = _method(model, "log_px_z", "log_px_z(x, z), which gives log p(x|z), one number per image")(x, z)
    right = isinstance(log_px_z, Tensor) and log_px_z.is_floating_point() and log_px_z.shape == (len(x),)
    if not right:
        raise ValueError(
            f"{name}.log_px_z must give one number per image, a tensor ({len(x)},), summed over all of the image; it "
            f"gives {arguments.described(log_px_z)}"
        )
    return log_px_z


def decoded(model: VariationalModel, z: Tensor) -> Tensor:
    """The images (B, ...), in [0, 1], that the model decodes codes z (B, D) to.

    Raises `CannotDecode`, a TypeError, for a model without `decode` or logits; ValueError for what are no images.
    """
    name, decode = type(model).__name__, getattr(model, "decode", None)
    if decode is None:
        return _pixels_of_logits(model, z)
    x_hat = decode(z)
    if not isinstance(x_hat, Tensor) or x_hat.ndim < 2 or len(x_hat) != len(z):
        raise ValueError(
            f"{name}.decode must give an image for each code, a tensor ({len(z)}, ...); it gives "
            f"{arguments.described(x_hat)}"
        )
    return x_hat


def device_of(model: Any) -> torch.device:
    """Where the model's weights are; the CPU for a model that has none."""
    weight = next(model.parameters(), None) if isinstance(model, nn.Module) else None
    return weight.device if weight is not None else torch.device("cpu")


def dtype_of(model: Any) -> torch.dtype | None:
    """The precision of the model's weights; None for a model that has none, or weights of several."""
    weights = model.parameters() if isinstance(model, nn.Module) else ()
    dtypes = {weight.dtype for weight in weights if weight.is_floating_point()}
    return dtypes.pop() if len(dtypes) == 1 else None


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """For a while, the model and each of its parts are in eval mode; then each is as it was. No gradients are kept."""
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    training = [module.training for module in modules]
    try:
        for module in modules:
            module.training = False
        # A model that draws noise draws the same after it as without it.
        device = device_of(model)
        with torch.no_grad(), torch.random.fork_rng([device] if device.type == "cuda" else []):
            yield
    finally:
        for module, was in zip(modules, training, strict=True):
            module.training = was


def _method(model: Any, name: str, what: str) -> Any:
    method = getattr(model, name, None)
    if isinstance(model, type) or not callable(method):
        raise TypeError(f"this needs a model with {what}, as vl.VAE has; got {arguments.described(model)}")
    return method


def _pixels_of_logits(model: Any, z: Tensor) -> Tensor:
    """The sigmoid of the decoder's logits, if they are such: if their sum is log p(1|z) - log p(0|z)."""
    decoder, name = getattr(model, "decoder", None), type(model).__name__
    if callable(decoder) and callable(getattr(model, "log_px_z", None)):
        # What the decoder gives may be anything, and fit in no image; then it is no logits.
        with suppress(AttributeError, RuntimeError, TypeError, ValueError):
            logits = decoder(z)
            black, white = torch.zeros_like(logits), torch.ones_like(logits)
            difference = log_likelihood(model, white, z) - log_likelihood(model, black, z)
            if torch.allclose(difference, logits.flatten(1).sum(1), rtol=1e-3, atol=1e-2):
                return logits.sigmoid()
    raise CannotDecode(
        f"{name} has no decode(z), which gives the images (B, ...), in [0, 1], of codes z (B, D). Write it, as vl.VAE "
        "has it: def decode(self, z): return self.decoder(z).sigmoid()"
    )
