"""What the explorer asks of a model: its codes, what it decodes to, and the layers that the page can compute itself."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vaelab.any_model import decoded, device_of, dtype_of, evaluating


class Shown(NamedTuple):
    """A model, and the layers of its two halves that the page computes; none of a half that it can't."""

    model: nn.Module
    decoder: list[nn.Linear]
    encoder: list[nn.Linear]
    data_dim: int  # how many pixels an image has that it decodes
    has_prior: bool  # whether it is a VAE


def check_model(model: nn.Module) -> None:
    """Raises ValueError for a latent space of other than two dimensions, and for weights that are no finite numbers."""
    if device_of(model).type == "meta":
        raise ValueError("the model is on the device meta, which holds no numbers: build it on another, such as cpu")
    latent_dim = getattr(model, "latent_dim", 2)
    if latent_dim != 2:
        raise ValueError(
            f"the explorer shows a latent space of 2 dimensions; this model's has {latent_dim}. "
            "Train one with latent_dim=2."
        )
    if not finite(model.parameters()):
        raise ValueError(
            "the model's weights hold NaN or infinite values: its training diverged. Train it again, with a lower lr"
        )


def shown(model: nn.Module, images: Tensor | None) -> Shown:
    """The model as the explorer shows it, for images (N, ...) or None.

    Raises TypeError or ValueError for one whose methods don't work.
    """
    z = torch.linspace(-2, 2, 6, dtype=torch.float32, device="cpu").reshape(3, 2)
    data_dim = images_at(model, z).shape[1]
    x = torch.linspace(0, 1, 3 * data_dim, dtype=torch.float32, device="cpu").reshape(3, data_dim)
    if images is not None:
        if images.shape[1:].numel() != data_dim:
            raise ValueError(
                f"the model decodes to images of {data_dim} pixels; these have {images.shape[1:].numel()}: "
                f"{tuple(images.shape)}"
            )
        x = x.reshape(3, *images.shape[1:])
    encoder = encoder_layers(model, x)
    is_vae = hasattr(model, "log_px_z") or (bool(encoder) and encoder[-1].out_features == 4)
    if not is_vae and images is not None:
        is_vae = _encoded(model, x)[1] is not None
    return Shown(model, decoder_layers(model, z), encoder, data_dim, is_vae)


def linear_layers(part: Any) -> list[nn.Linear]:
    """The Linear layers of an nn.Sequential that has a ReLU between each two; an empty list for anything else."""
    modules = list(part) if isinstance(part, nn.Sequential) else []
    layers = [one for one in modules[::2] if isinstance(one, nn.Linear) and one.bias is not None]
    between = [one for one in modules[1::2] if isinstance(one, nn.ReLU)]
    return layers if len(modules) % 2 == 1 and len(layers) + len(between) == len(modules) else []


def decoder_layers(model: nn.Module, z: Tensor) -> list[nn.Linear]:
    """The Linear layers of a model's decoder; an empty list where their sigmoid is not what the model decodes z to."""
    decoder: Any = getattr(model, "decoder", None)
    layers = linear_layers(decoder)
    if not layers or layers[0].in_features != 2:
        return []
    return layers if _same(images_at(model, z), _asked(model, decoder, z).sigmoid()) else []


def encoder_layers(model: nn.Module, x: Tensor) -> list[nn.Linear]:
    """The Linear layers of a model's encoder; an empty list where they don't compute what it encodes x (B, ...) to."""
    encoder: Any = getattr(model, "encoder", None)
    layers = linear_layers(encoder)
    if not layers or layers[0].in_features != x[0].numel():
        return []
    mu, logvar = _encoded(model, x)
    code = mu if logvar is None else torch.cat([mu, logvar], -1)
    same = _same(code, _asked(model, encoder, x.flatten(1)))
    return layers if same and code.shape[1] in (2, 4) else []  # a code, or its mu and logvar


def codes_of(model: nn.Module, images: Tensor) -> Tensor:
    """The codes (N, 2) of images (N, ...), on the CPU: for a VAE the means mu."""
    if not len(images):
        return torch.zeros(0, 2, dtype=torch.float32, device="cpu")
    codes = torch.cat([_encoded(model, part)[0] for part in images.split(1000)])
    if codes.shape != (len(images), 2):
        raise ValueError(
            "the explorer shows a latent space of 2 dimensions, so codes must be of two numbers; "
            f"{type(model).__name__}.encode gives {tuple(codes.shape)}"
        )
    return codes


def images_at(model: Any, z: Tensor) -> Tensor:
    """What the model decodes points z (B, 2) to, as rows of pixels (B, D) on the CPU."""
    rows = [_asked(model, lambda z: decoded(model, z), part, "decode").flatten(1) for part in z.split(500)]
    return torch.cat(rows)


def finite(weights: Iterable[Tensor]) -> bool:
    """Whether all weights are finite, in float32 as the page has them."""
    return all(
        torch.stack(torch.aminmax(weight.detach().float())).isfinite().all() for weight in weights if weight.numel()
    )


def _same(given: Tensor, expected: Tensor) -> bool:
    return given.shape == expected.shape and torch.allclose(given, expected, atol=1e-4)


def _encoded(model: Any, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """What the model encodes images x (B, ...) to, on the CPU: mu and logvar, or a code and None."""
    code = _asked(model, lambda x: model.encode(x), x, "encode")
    if isinstance(code, Tensor):
        return code, None
    if isinstance(code, tuple | list) and len(code) >= 2 and all(isinstance(part, Tensor) for part in code[:2]):
        return code[0], code[1]
    raise TypeError(f"{type(model).__name__}.encode must give a tensor, or mu and logvar; got {type(code).__name__}")


def _asked(model: Any, method: Callable, x: Tensor, name: str = "") -> Any:
    """What a method of the model, in eval mode, gives for x, in float32 on the CPU; its errors with a word more."""
    x = x.to(device_of(model), dtype_of(model))
    try:
        with evaluating(model):
            given = method(x)
    except (TypeError, ValueError):
        raise  # it says itself what was wrong
    except Exception as problem:
        raise TypeError(
            f"the explorer calls {type(model).__name__}.{name} with a tensor {tuple(x.shape)} of {x.dtype}, and that "
            f"fails: {str(problem).removesuffix('.')}. Models are to have encode(x), of images as they are given, and "
            "decode(z), of points (B, 2), as vl.VAE has."
        ) from problem
    parts = list(given) if isinstance(given, tuple | list) else [given]
    plain = [part.float().cpu() if isinstance(part, Tensor) else part for part in parts]
    return plain if isinstance(given, tuple | list) else plain[0]
