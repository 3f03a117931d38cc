"""What a comparison refuses, and the sentences that say what to do instead."""

from typing import Any

import torch
from torch import Tensor

from vaelab import arguments
from vaelab.diagnostics import LatentSnapshot

MOST_RUNS, MOST_CODES = 6, 10_000


def titled(histories: Any) -> dict:
    """{title: History, or None for a training that is still to come}, checked."""
    named = isinstance(histories, (dict, list, tuple)) and all(isinstance(title, str) for title in histories)
    if not named or not histories or len(set(histories)) < len(histories):
        raise ValueError(
            'there is nothing to compare: give {"title": history, ...}, or ["title", ...] of trainings that are still '
            f"to come, each title once; got {histories!r:.200}"
        )
    if len(histories) > MOST_RUNS:
        raise ValueError(f"a comparison holds {MOST_RUNS} trainings at most; got {len(histories)}")
    return histories if isinstance(histories, dict) else dict.fromkeys(histories)


def check_images(images: Any) -> None:
    """Raises TypeError or ValueError for what are no images (N, ...) of floats, for too few or too many, for NaN."""
    if isinstance(images, Tensor) and images.is_floating_point() and images.ndim > 1:
        _check_count(len(images))
    arguments.images("images", images)
    if images.device.type == "meta":
        raise ValueError("the images are on the device meta, which holds no numbers: load them on another, such as cpu")


def snapshots_of(histories: dict, images: Tensor | None) -> dict[str, list[LatentSnapshot]]:
    """Each history's snapshots, checked, all of equally many images."""
    for title, history in histories.items():
        snapshots = getattr(history, "snapshots", None)
        if not isinstance(snapshots, list) or not snapshots or not all(map(_is_latent, snapshots)):
            raise ValueError(
                f"the history {title!r} holds no latent snapshots: train a VAE with "
                "vl.fit(..., snapshot=vl.latent_snapshot(images)). (An autoencoder has points, no q(z|x): "
                "LatentExplorer shows those.)"
            )
        for snapshot in snapshots:
            check_snapshot(title, snapshot)
        sizes = sorted({len(snapshot.mu) for snapshot in snapshots})
        if len(sizes) > 1:
            raise ValueError(
                f"the snapshots of {title!r} are of {sizes[0]} and of {sizes[-1]} images: take the same each time"
            )
    counts = {title: len(history.snapshots[0].mu) for title, history in histories.items()}
    if images is not None:
        counts["images"] = len(images)
    if len(set(counts.values())) > 1:
        raise ValueError(f"every history must have snapshots of the same images; got {counts} images")
    return {title: list(history.snapshots) for title, history in histories.items()}


def check_snapshot(title: str, snapshot: LatentSnapshot) -> None:
    """Raises ValueError for what is no latent space of two dimensions, for too few or too many codes, for NaN."""
    mu, sigma = snapshot
    if mu.shape != sigma.shape:
        raise ValueError(
            f"mu and sigma in the snapshots of {title!r} must have the same shape; got {tuple(mu.shape)} and "
            f"{tuple(sigma.shape)}"
        )
    if mu.ndim != 2 or mu.shape[1] != 2:
        raise ValueError(
            f"the comparison shows latent spaces of 2 dimensions; the snapshots of {title!r} have {mu.shape[-1]}. "
            "Train with latent_dim=2."
        )
    _check_count(len(mu))
    if not (torch.isfinite(mu).all() and torch.isfinite(sigma).all()):
        raise ValueError(f"the snapshots of {title!r} hold NaN or infinite values: its training diverged")


def _is_latent(snapshot: Any) -> bool:
    return isinstance(snapshot, LatentSnapshot) and all(isinstance(part, Tensor) for part in snapshot)


def _check_count(count: int) -> None:
    if not 2 <= count <= MOST_CODES:
        raise ValueError(
            f"the comparison shows the codes of at least 2 images and of {MOST_CODES:,} at most; got {count:,}. "
            "Take some, such as vl.latent_snapshot(images[:2000])."
        )
