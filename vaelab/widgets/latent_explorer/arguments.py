"""What the explorer is given, checked before anything is made of it: the models by their titles, their images."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from vaelab import arguments
from vaelab.plots import side_of
from vaelab.widgets.latent_explorer.models import Shown

MOST = 10_000  # codes on a map


def titled(model: Any) -> dict[str, nn.Module]:
    """The models by their titles; a single one has none."""
    models = model if isinstance(model, dict) else {"": model}
    if not 1 <= len(models) <= 2 or not all(isinstance(title, str) for title in models):
        raise ValueError(
            'the explorer shows one model or two, as in LatentExplorer({"autoencoder": autoencoder, "VAE": vae}); '
            f"got a dict with the keys {list(models)!r:.200}"
        )
    for one in models.values():
        if not isinstance(one, nn.Module):
            raise TypeError(
                "the explorer takes a model, a torch.nn.Module such as vl.VAE(), and it comes first; got "
                f"{arguments.described(one)}"
            )
    return models


def checked_images(images: Any, labels: Any) -> Tensor | None:
    """The images (N, ...), if they can be shown: square and grey, at most so many, from 0 to 1; or None."""
    if images is None:
        if labels is not None:
            raise ValueError("labels were given without images: LatentExplorer(model, images, labels)")
        return None
    if not (isinstance(images, Tensor) and images.is_floating_point() and images.ndim > 1 and len(images) == 0):
        arguments.images("images", images)
    if images.device.type == "meta":
        raise ValueError("the images are on the device meta, which holds no numbers: load them on another, such as cpu")
    if len(images) > MOST:
        raise ValueError(
            f"the explorer shows {MOST:,} codes at most; got {len(images):,} images. "
            f"Give it some of them: images[:{MOST:_}], labels[:{MOST:_}]"
        )
    if side_of(images) is None:
        raise ValueError(
            "images must be square and grey to be drawn, (N, side * side), (N, side, side) or (N, 1, side, side); got "
            f"{tuple(images.shape)}"
        )
    if images.numel() and images.max() > 5:  # standardised ones, which go to 3, are shown as far as they lie in [0, 1]
        raise ValueError(f"pixels must lie in [0, 1], such as images / 255; these go to {images.max():g}")
    return images


def side_of_all(shown: dict[str, Shown]) -> int:
    """The side in pixels of the images that the models decode, if all have the same."""
    data_dims = {title: one.data_dim for title, one in shown.items()}
    if len(set(data_dims.values())) > 1:
        raise ValueError(f"both models must be of the same images; got data_dim = {data_dims}")
    data_dim = next(iter(data_dims.values()))
    side = math.isqrt(data_dim)
    if side * side != data_dim:
        raise ValueError(f"images must be square to be drawn; {data_dim} pixels are not a square number")
    return side


def checked_codes(points: list[Tensor]) -> list[Tensor]:
    """The codes of the images by each model, if all are finite."""
    if not all(torch.isfinite(codes).all() for codes in points):
        raise ValueError("the codes of these images are not all finite numbers: look for NaN in what encode computes")
    return points
