"""The sixteen images that a model decodes from draws of the prior: as bytes for the page, as a picture for a figure."""

import numpy as np
from torch import Tensor

from vaelab.diagnostics import LatentSnapshot
from vaelab.plots import side_of
from vaelab.widgets.shared.base import as_grey


def samples_of(snapshot: LatentSnapshot) -> Tensor | None:
    """The images (16, side, side) of a snapshot, if it has any and they are square."""
    samples = getattr(snapshot, "samples", None)
    if not isinstance(samples, Tensor) or samples.ndim < 2 or len(samples) != 16:
        return None
    side = side_of(samples)
    return None if side is None else samples.reshape(16, side, side)


def samples_bytes(snapshot: LatentSnapshot) -> bytes:
    """Their pixels from 0 to 255, one image after the other; empty without them."""
    samples = samples_of(snapshot)
    return b"" if samples is None else as_grey(samples)


def sheet(samples: Tensor) -> np.ndarray:
    """Sixteen images (16, side, side) as one picture, four by four, about 112 pixels wide."""
    side = samples.shape[1]
    pixels = samples.reshape(4, 4, side, side).swapaxes(1, 2).reshape(4 * side, 4 * side).cpu().float().numpy()
    return np.kron(pixels, np.ones((max(1, 28 // side),) * 2))
