"""log p(x|z) for the kinds of pixels of the course, and the density of a Gaussian.

Each is summed over all of an image, or of a code, and kept per example: (B,), in nats.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from vaelab import arguments

NOISE = 0.9  # how far outside [0, 1] noise may bring a pixel whose mean is inside; x / 255 forgotten brings it farther


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) = sum_i x_i log p_i + (1 - x_i) log(1 - p_i): pixels that are 1 with probability p = sigmoid(logits).

    x, logits (B, ...) of the same shape -> (B,), in nats: minus the binary cross-entropy, summed over an image. It is
    computed from the logits l, as sum_i x_i l_i - sum_i log(1 + e^l_i), so that no log is taken of a probability that
    has rounded to 0.

    On grey pixels (0 < x < 1) it is no log-density of the image, though it is often used as one: notebook 08.

    Raises ValueError for pixels outside [0, 1], and for "logits" that come out of a sigmoid: those are probabilities.

    >>> bernoulli_log_likelihood(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 0.0]])) / math.log(2)
    tensor([-2.])
    """
    _check_alike(x, logits, "logits")
    check_pixels(x)
    if made_by_sigmoid(logits):
        raise ValueError(
            "logits may be any numbers, and these come out of a sigmoid: they are probabilities. Let the decoder end "
            "without its sigmoid, which is in the likelihood already"
        )
    return (x * logits).flatten(1).sum(1) - F.softplus(logits).flatten(1).sum(1)


def gaussian_log_likelihood(x: Tensor, mean: Tensor, sigma: float | Tensor) -> Tensor:
    """log p(x|z) = -sum_i [ (x_i - mean_i)^2 / (2 sigma^2) + log sigma + log(2 pi) / 2 ] for pixels N(mean_i, sigma^2).

    x, mean (B, ...) of the same shape, sigma above 0, one number or a tensor that broadcasts to mean, -> (B,), in nats.
    It is a log *density*, so it may be positive.

    Raises ValueError for a sigma that is not above 0, and where the mean comes out of a sigmoid for pixels farther than
    0.9 from [0, 1]: it can't come near them.

    >>> gaussian_log_likelihood(torch.zeros(1, 3), torch.zeros(1, 3), sigma=1.0) / math.log(2 * math.pi)
    tensor([-1.5000])
    """
    _check_alike(x, mean, "mean")
    if made_by_sigmoid(mean):
        check_pixels(x, NOISE)
    x = x.to(torch.promote_types(x.dtype, mean.dtype))
    sigma = _checked_sigma(sigma, mean)
    logvar = 2 * sigma.log()
    return normal_log_density(x.flatten(1), mean.flatten(1), logvar if logvar.ndim == 0 else logvar.flatten(1))


def normal_log_density(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mu, diag(sigma^2)) = -1/2 sum_j [ (z_j - mu_j)^2 / sigma_j^2 + log sigma_j^2 + log(2 pi) ].

    z (..., D), mu and logvar that broadcast against it -> (...), in nats.
    """
    for name, value in (("z", z), ("mu", mu), ("logvar", logvar)):
        arguments.floats(name, value, "(..., D)")
    try:
        shape = torch.broadcast_tensors(z, mu, logvar)[0].shape  # torch.broadcast_shapes would import SymPy: 37 MB
    except RuntimeError:
        shape = ()
    if shape[-1:] != z.shape[-1:] or not shape:
        raise ValueError(
            "z, mu and logvar must have the same last dimension, and others that broadcast; got "
            f"{tuple(z.shape)}, {tuple(mu.shape)} and {tuple(logvar.shape)}"
        )
    # Divided before it is squared: at mu itself the square is 0 however narrow the Gaussian.
    return -0.5 * (((z - mu) * torch.exp(-0.5 * logvar)) ** 2 + logvar + math.log(2 * math.pi)).sum(-1)


def check_pixels(x: Tensor, beyond: float = 0.0) -> None:
    """Raises ValueError for pixels outside [0, 1], or so far beyond it.

    On an accelerator it looks only where nothing is learned: to look makes the host wait for the device.
    """
    if x.numel() and (x.device.type == "cpu" or (not torch.is_grad_enabled() and x.device.type != "meta")):
        low, high = (bound.item() for bound in torch.aminmax(x.detach()))
        if not (low >= -beyond and high <= 1 + beyond):
            raise ValueError(f"pixels must lie in [0, 1], such as x / 255; got {low:g} to {high:g}")


def made_by_sigmoid(numbers: Tensor) -> bool:
    """Whether a sigmoid or a softmax made them, as autograd saw it; their shape may have changed since."""
    node: Any = numbers.grad_fn
    while node is not None and node.name().startswith(_OF_SHAPE):
        node = node.next_functions[0][0]
    return node is not None and node.name().startswith(("SigmoidBackward", "SoftmaxBackward", "HardsigmoidBackward"))


_OF_SHAPE = tuple(
    f"{name}Backward"
    for name in (
        *("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze", "Permute", "Transpose", "Slice", "Select"),
        *("Index", "Clamp", "ToCopy", "Clone"),  # what is cut off or rounded after a sigmoid comes out of it still
    )
)


def _check_alike(x: Tensor, other: Tensor, name: str) -> None:
    """Raises TypeError or ValueError for what are no images and as many numbers for them."""
    if not isinstance(x, Tensor) or x.is_complex() or x.layout != torch.strided:
        arguments.floats("x", x, "(B, ...)")
    arguments.floats(name, other, "(B, ...)")
    if x.shape != other.shape or x.ndim < 2:
        raise ValueError(
            f"x and {name} must have the same shape (B, ...), an image a row; got {tuple(x.shape)} and "
            f"{tuple(other.shape)}. One image is x[None]; {name} for all images alike are {name}.expand_as(x)"
        )
    if x.device != other.device:
        raise ValueError(
            f"x and {name} must be on the same device, such as x.to({name}.device); got {x.device} and {other.device}"
        )


def _checked_sigma(sigma: Any, mean: Tensor) -> Tensor:
    if not isinstance(sigma, Tensor):
        sigma = arguments.number("sigma", sigma, above=0)
        return torch.as_tensor(sigma, dtype=mean.dtype, device=mean.device)
    if sigma.is_complex():
        arguments.floats("sigma", sigma, "of one number, or that broadcasts to mean")
    sigma = sigma.to(mean)
    if sigma.device.type == "cpu" and not (sigma > 0).all():
        raise ValueError(f"sigma, a standard deviation, must be above 0; got {sigma.min().item():g}")
    if sigma.ndim == 0:
        return sigma
    try:
        return sigma.expand_as(mean)
    except RuntimeError:
        raise ValueError(
            f"sigma must be one number or broadcast to mean; got shapes {tuple(sigma.shape)} and {tuple(mean.shape)}"
        ) from None
