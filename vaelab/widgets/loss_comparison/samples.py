"""The sixteen images that a model decodes from draws of the prior: as bytes for the page, as a picture for a figure."""

import math

import numpy as np
from torch import Tensor

from vaelab.diagnostics import LatentSnapshot
from vaelab.widgets.shared.base import as_grey


def samples_of(snapshot: LatentSnapshot) -> Tensor | None:
    """The images (16, D) of a snapshot, if it has any and they are square."""
    samples = getattr(snapshot, "samples", None)
    square = isinstance(samples, Tensor) and samples.shape == (16, math.isqrt(samples[0].numel()) ** 2)
    return samples if square else None


def samples_bytes(snapshot: LatentSnapshot) -> bytes:
    """Their pixels from 0 to 255, one image after the other; empty without them."""
    samples = samples_of(snapshot)
    return b"" if samples is None else as_grey(samples)


def sheet(samples: Tensor) -> np.ndarray:
    """Sixteen images (16, D) as one picture, four by four, about 112 pixels wide."""
    side = math.isqrt(samples.shape[1])
    pixels = samples.reshape(4, 4, side, side).swapaxes(1, 2).reshape(4 * side, 4 * side).numpy()
    return np.kron(pixels, np.ones((max(1, 28 // side),) * 2))
