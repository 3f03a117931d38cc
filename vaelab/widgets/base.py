"""What every widget of the course has: its source files joined, a stable repr, a static picture, labels as classes."""

from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import plots

FOLDER = Path(__file__).parent


def read(*names: str) -> str:
    """Source files of this folder as one text: an ES module can't import its neighbours in every front end."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


class Widget(anywidget.AnyWidget):
    """An anywidget with points of several classes, shown as a picture wherever no live widget can be."""

    _css = read("widgets.css")
    _classes = traitlets.Bytes().tag(sync=True)  # for each point the index of its name, float32
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _colors = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def picture(self) -> Figure:
        """What a reader without the live widget sees."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        text = repr(self)
        data = {**data, "text/plain": text, "image/png": plots.png(self.picture())}
        return data, {**metadata, "image/png": {"alt": f"{text} Run the cell for the live widget."}}


def as_bytes(tensor: Tensor) -> bytes:
    """The numbers as float32, row by row, least significant byte first: what `float32` in network.js reads."""
    return tensor.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4").tobytes()


def classes_of(labels, count: int) -> dict:
    """The traits that colour `count` points by their labels: whole numbers or strings, one a point, or None."""
    if labels is None:
        return {"_classes": as_bytes(torch.zeros(count)), "_names": [], "_colors": plots.COLORS[:1]}
    labels = np.asarray(labels.detach().cpu() if isinstance(labels, Tensor) else labels)
    if labels.shape != (count,):
        raise ValueError(
            f"there must be one label a code: {count} codes, labels of shape {labels.shape}. Take both from the same "
            "split, such as mnist.test.images and mnist.test.labels."
        )
    names, classes = np.unique(labels, return_inverse=True)
    if len(names) > 50:
        raise ValueError(f"labels must name classes, 50 at most; got {len(names)} different ones")
    return {
        "_classes": as_bytes(torch.from_numpy(classes)),
        "_names": [str(name) for name in names],
        "_colors": [plots.COLORS[i % len(plots.COLORS)] for i in range(len(names))],
    }


def extent_of(points: Tensor) -> list[float]:
    """A square [z1 low, z1 high, z2 low, z2 high] that holds nearly all of the points (N, 2) and the prior's bulk.

    The farthest 0.5 % on each side may lie outside, so that a few stray codes don't shrink the rest to a dot.
    """
    low, high = torch.tensor([-3.0, -3.0]), torch.tensor([3.0, 3.0])
    if len(points):
        quantiles = torch.from_numpy(np.quantile(points.detach().cpu().numpy(), [0.005, 0.995], axis=0)).float()
        low, high = torch.minimum(low, 1.05 * quantiles[0]), torch.maximum(high, 1.05 * quantiles[1])
    centre, half = (low + high) / 2, (high - low).max() / 2
    return [float(edge) for axis in range(2) for edge in (centre[axis] - half, centre[axis] + half)]
