"""What the explorer is given, checked before anything is made of it: the models by their titles, their images."""

from typing import Any

import torch
from torch import Tensor, nn

from vaelab.widgets.latent_explorer.models import Shown

MOST = 10_000  # codes on a map


def titled(model: nn.Module | dict[str, nn.Module]) -> dict[str, nn.Module]:
    """The models by their titles; a single one has none."""
    models = model if isinstance(model, dict) else {"": model}
    if not 1 <= len(models) <= 2 or not all(isinstance(title, str) for title in models):
        raise ValueError(
            'the explorer shows one model or two, as in LatentExplorer({"autoencoder": autoencoder, "VAE": vae}); '
            f"got a dict with the keys {list(models)!r:.200}"
        )
    for one in models.values():
        if not isinstance(one, nn.Module):
            raise TypeError(f"the explorer takes a model, a vl.VAE or a vl.Autoencoder; got {one!r:.100}")
    return models


def same_data_dim(shown: dict[str, Shown]) -> int:
    """How many pixels the models' images have."""
    data_dims = {title: one.decoder[-1].out_features for title, one in shown.items()}
    if len(set(data_dims.values())) > 1:
        raise ValueError(f"both models must be of the same images; got data_dim = {data_dims}")
    return next(iter(data_dims.values()))


def checked_images(images: Tensor | None, labels: Any, data_dim: int) -> Tensor:
    """The images (N, data_dim), if their codes can be shown; none at all, (0, data_dim), for None."""
    if images is None:
        if labels is not None:
            raise ValueError("labels were given without images: LatentExplorer(model, images, labels)")
        return torch.zeros(0, data_dim)
    if not isinstance(images, Tensor) or images.ndim != 2:
        got = f"a tensor {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(
            f"images must be a tensor of shape (N, D), one row per image; got {got}. "
            "x.flatten(1) makes (N, 28, 28) into (N, 784)."
        )
    if images.shape[1] != data_dim:
        raise ValueError(f"the model is of images of {data_dim} pixels; these have {images.shape[1]}: {images.shape}")
    if len(images) > MOST:
        raise ValueError(
            f"the explorer shows {MOST:,} codes at most; got {len(images):,} images. "
            f"Give it some of them: images[:{MOST:_}], labels[:{MOST:_}]"
        )
    return images


def checked_codes(points: list[Tensor]) -> list[Tensor]:
    """The codes of the images by each model, if all are finite."""
    if not all(torch.isfinite(codes).all() for codes in points):
        raise ValueError("the codes of these images are not all finite numbers: look for NaN among the images")
    return points
