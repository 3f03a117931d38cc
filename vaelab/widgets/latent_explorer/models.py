"""What of a model the page can compute: the layers of its two halves, and the codes that it gives images."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Shown(NamedTuple):
    """A model, and the layers of its two halves that the page computes."""

    model: nn.Module
    decoder: list[nn.Linear]
    encoder: list[nn.Linear]  # empty where the page can't compute it

    @property
    def has_prior(self) -> bool:
        """Whether it is a VAE: by its likelihood, or as its encoder gives mu and logvar."""
        return hasattr(self.model, "likelihood") or (bool(self.encoder) and self.encoder[-1].out_features == 4)


def linear_layers(part: Any) -> list[nn.Linear]:
    """The Linear layers of an nn.Sequential that has a ReLU between each two; an empty list for anything else."""
    modules = list(part) if isinstance(part, nn.Sequential) else []
    layers = [one for one in modules[::2] if isinstance(one, nn.Linear) and one.bias is not None]
    between = [one for one in modules[1::2] if isinstance(one, nn.ReLU)]
    return layers if len(modules) % 2 == 1 and len(layers) + len(between) == len(modules) else []


@torch.no_grad()
def decoder_layers(model: nn.Module) -> list[nn.Linear]:
    """The Linear layers of a model's decoder, checked: from 2 numbers, a ReLU between each two, finite weights."""
    decoder: Any = getattr(model, "decoder", None)
    layers = linear_layers(decoder)
    if not layers:
        raise TypeError(
            "the page decodes with the model's weights, so model.decoder must be an nn.Sequential of Linear layers "
            "with a ReLU between each two, as in vl.VAE and vl.Autoencoder; got "
            f"{type(model).__name__}.decoder = {decoder!r:.200}"
        )
    if layers[0].in_features != 2:
        raise ValueError(
            f"the explorer shows a latent space of 2 dimensions; this model's has {layers[0].in_features}. "
            "Train one with latent_dim=2."
        )
    if not finite(model):
        raise ValueError(
            "the model's weights hold NaN or infinite values: its training diverged. Train it again, with a lower lr"
        )
    z = torch.linspace(-2, 2, 6).reshape(3, 2).to(layers[0].weight)
    decoded, expected = _asked(model, "decode", z), decoder(z).sigmoid()
    if decoded.shape != expected.shape or not torch.allclose(decoded, expected, atol=1e-4):
        raise TypeError(
            "the page takes the sigmoid of what model.decoder gives, and this model.decode(z) is something else. "
            "Let decode(z) be self.decoder(z).sigmoid()."
        )
    return layers


@torch.no_grad()
def encoder_layers(model: nn.Module) -> list[nn.Linear]:
    """The Linear layers of a model's encoder; an empty list where they don't compute what model.encode gives."""
    encoder: Any = getattr(model, "encoder", None)
    layers, data_dim = linear_layers(encoder), linear_layers(model.decoder)[-1].out_features
    if not layers or layers[0].in_features != data_dim:
        return []
    x = torch.linspace(0, 1, 3 * data_dim).reshape(3, data_dim).to(layers[0].weight)
    code = _asked(model, "encode", x)
    code = code if isinstance(code, Tensor) else torch.cat(code[:2], dim=-1)
    output = encoder(x)
    same = code.shape == output.shape and torch.allclose(code, output, atol=1e-4)
    return layers if same and output.shape[1] in (2, 4) else []  # a code, or its mu and logvar


@torch.no_grad()
def codes_of(model: nn.Module, images: Tensor) -> Tensor:
    """The codes (N, 2) of images (N, data_dim), on the CPU: for a VAE the means mu."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    given = [_asked(model, "encode", part.to(device)) for part in images.split(1000)]
    model.train(training)
    codes = torch.cat([(code if isinstance(code, Tensor) else code[0]).cpu() for code in given])
    if codes.shape != (len(images), 2):
        raise ValueError(f"codes must be of two numbers; {type(model).__name__}.encode gives {tuple(codes.shape)}")
    return codes


def finite(model: nn.Module) -> bool:
    """Whether all weights are finite, in float32 as the page has them."""
    extremes = [bound for weight in model.parameters() for bound in torch.aminmax(weight.detach().float())]
    return bool(torch.stack(extremes).isfinite().all())


def _asked(model: nn.Module, method: str, x: Tensor) -> Any:
    """What the model's method gives for x: a tensor, or of an encoder two; its own errors with a word more."""
    try:
        result = getattr(model, method)(x)
    except Exception as problem:
        raise TypeError(
            f"the explorer calls {type(model).__name__}.{method} with a tensor {tuple(x.shape)} of {x.dtype}, and that "
            f"fails: {problem}. Models are to have encode(x) and decode(z) for rows of numbers, as vl.VAE has."
        ) from problem
    pair = (
        isinstance(result, tuple | list) and len(result) >= 2 and all(isinstance(part, Tensor) for part in result[:2])
    )
    if not (isinstance(result, Tensor) or (method == "encode" and pair)):
        raise TypeError(
            f"{type(model).__name__}.{method} must give a tensor"
            f"{', or mu and logvar' if method == 'encode' else ''}; got {type(result).__name__}"
        )
    return result
