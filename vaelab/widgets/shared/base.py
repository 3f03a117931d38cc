"""What every widget of the course has: one ES module, a picture with a caption, a page to save, a stable repr."""

import textwrap
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import plots
from vaelab.widgets.shared.page import page_of


class Widget(anywidget.AnyWidget):
    """An anywidget whose page computes by itself, shown as a picture wherever no live widget can be."""

    def picture(self) -> Figure:
        """What a reader without the live widget sees."""
        raise NotImplementedError

    def caption(self) -> str:
        """What that picture shows, in one or two sentences."""
        raise NotImplementedError

    def save(self, path: str | Path) -> Path:
        """Writes one HTML page in which the widget is alive: from disk, without Python and without a network.

        What needs Python, as training does, stands still there. In the page numbers keep four digits and images eight
        levels of grey, which makes it small enough to send. Raises OSError where the file can't be written.
        """
        path = Path(path)
        path.write_text(page_of(self), encoding="utf-8")
        return path

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        text = f"{self!r} {self.caption()}"
        figure = self.picture()
        width = round(13 * figure.get_figwidth())  # letters that fit in a line
        figure.supxlabel(textwrap.fill(self.caption(), width), fontsize="medium")
        data = {**data, "text/plain": repr(self), "image/png": plots.png(figure)}
        return data, {**metadata, "image/png": {"alt": f"{text} Run the cell for the live widget."}}


class PointsWidget(Widget):
    """A widget with points of several classes."""

    _classes = traitlets.Bytes().tag(sync=True)  # for each point the index of its name, uint8
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _colors = traitlets.List(traitlets.Unicode()).tag(sync=True)


def as_bytes(tensor: Tensor) -> bytes:
    """The numbers as float32, row by row, least significant byte first: what `float32` in network.js reads."""
    return tensor.detach().cpu().to(torch.float32).numpy().astype("<f4", copy=False).tobytes()


def as_grey(images: Tensor) -> bytes:
    """Pixels in [0, 1] as whole numbers from 0 to 255, a byte each: what `uint8` in network.js reads."""
    return (255 * images.detach().cpu().clamp(0, 1)).round().to(torch.uint8).contiguous().numpy().tobytes()


def classes_of(labels: Any, count: int) -> dict:
    """The traits that colour `count` points by their labels: whole numbers or strings, one a point, or None."""
    if labels is None:
        return {"_classes": bytes(count), "_names": [], "_colors": plots.COLORS[:1]}
    try:
        labels = np.asarray(labels.detach().cpu() if isinstance(labels, Tensor) else labels)
    except (TypeError, ValueError):  # rows of unequal length, a dtype that NumPy doesn't know
        labels = np.array(None)
    if labels.dtype.kind not in "biuU":
        raise ValueError(
            "labels must be whole numbers or strings, one a code, or None for no labels at all; got "
            f"{labels.dtype} ({labels.ravel()[:3].tolist()!r:.60} …). Whole numbers: labels.astype(int), labels.long()"
        )
    if labels.shape != (count,):
        raise ValueError(
            f"there must be one label a code: {count} codes, labels of shape {labels.shape}. Take both from the same "
            "split, such as mnist.test.images and mnist.test.labels."
        )
    names, classes = np.unique(labels, return_inverse=True)
    if len(names) > 50:
        raise ValueError(f"labels must name classes, 50 at most; got {len(names)} different ones")
    return {
        "_classes": classes.astype(np.uint8).tobytes(),
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
