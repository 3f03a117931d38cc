"""What every widget of the course has: one ES module, a picture with a caption, a page to save, a stable repr."""

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import arguments, plots
from vaelab.widgets.shared.names import check_names
from vaelab.widgets.shared.page import page_of
from vaelab.widgets.shared.picture import picture_of


class Widget(anywidget.AnyWidget):
    """An anywidget whose page computes by itself, shown as a picture wherever no live widget can be."""

    trains = False  # whether a training can be followed in it

    def __new__(cls, *args: Any, **kwargs: Any) -> "Widget":
        """Refuses names that are no argument, before anything is computed of the others."""
        check_names(cls, kwargs)
        return super().__new__(cls, *args, **kwargs)

    def picture(self) -> Figure:
        """What a reader without the live widget sees."""
        raise NotImplementedError

    def caption(self) -> str:
        """What that picture shows, in one or two sentences."""
        raise NotImplementedError

    def save(self, path: str | Path, title: str | None = None) -> Path:
        """Writes one HTML page in which the widget is alive: from disk, without Python and without a network.

        title: of the page; without it, the name of the widget

        What needs Python, as `fit` does, stands still there. In the page numbers keep four digits, images eight
        levels of grey and a grid of decoded ones 64, which makes it small enough to send. Raises TypeError for what is
        no path, OSError where the file can't be written.
        """
        path = _checked_path(path)
        if title is not None and not isinstance(title, str):
            raise TypeError(f"title must be a text; got {arguments.described(title)}")
        path.write_text(page_of(self, title or type(self).__name__, trains=self.trains), encoding="utf-8")
        return path

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        data = {**data, "text/plain": repr(self)}
        try:
            png = picture_of(self)
        except Exception as problem:  # the live widget needs no picture
            data["text/plain"] += f" (Its picture can't be drawn: {type(problem).__name__}: {problem!s:.200})"
            return data, metadata
        text = f"{self!r} {self.caption()}"
        return {**data, "image/png": png}, {
            **metadata,
            "image/png": {"alt": f"{text} Run the cell for the live widget."},
        }


class PointsWidget(Widget):
    """A widget with points of several classes."""

    _classes = traitlets.Bytes().tag(sync=True)  # for each point the index of its name, uint8
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _colors = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def _shared_colours(self) -> str:
        """A sentence on classes of the same colour, with a space before it; nothing where each has its own."""
        colours = len(set(self._colors))
        return f" {len(self._names)} classes share {colours} colours." if len(self._names) > colours else ""


class Number(traitlets.Float):
    """A number that may come from NumPy, or be a tensor of one."""

    def validate(self, obj: Any, value: Any) -> float:
        """The number as Python's."""
        if isinstance(value, np.generic) or (isinstance(value, Tensor | np.ndarray) and value.ndim == 0):
            value = value.item()
        return super().validate(obj, value)


class Numbers(traitlets.List):
    """A list of numbers that may come as an array or a tensor."""

    def validate(self, obj: Any, value: Any) -> Any:
        """The numbers as a list."""
        return super().validate(obj, value.tolist() if isinstance(value, Tensor | np.ndarray) else value)


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
    labels = named(labels)
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


def named(labels: Any) -> np.ndarray:
    """Labels of classes, whole numbers or strings, as an array of such."""
    try:
        array = np.asarray(labels.detach().cpu() if isinstance(labels, Tensor) else labels)
    except (TypeError, ValueError, NotImplementedError):  # unequal rows, a dtype that NumPy doesn't know, no numbers
        labels = array = np.array(None)
    if array.dtype.kind in "OU":  # such as a data frame's column of strings; where one is missing there is a float
        array = np.asarray(labels, dtype=object)
        if all(isinstance(part, str | int | np.integer | np.bool_) for part in array.flat):
            array = np.array(array.tolist())
    if array.dtype.kind not in "biuU":
        raise ValueError(
            "labels must be whole numbers or strings, one a code, or None for no labels at all; got "
            f"{array.dtype} ({array.ravel()[:3].tolist()!r:.60} …). Whole numbers: labels.astype(int), labels.long()"
        )
    return array


def extent_of(points: Tensor) -> list[float]:
    """A square [z1 low, z1 high, z2 low, z2 high] that holds nearly all of the points (N, 2) and the prior's bulk.

    The farthest 0.5 % on each side may lie outside, so that a few stray codes don't shrink the rest to a dot.
    """
    low, high = (torch.full((2,), edge, dtype=torch.float32, device="cpu") for edge in (-3.0, 3.0))
    if len(points):
        quantiles = torch.from_numpy(np.quantile(points.detach().cpu().float().numpy(), [0.005, 0.995], axis=0)).float()
        low, high = torch.minimum(low, 1.05 * quantiles[0]), torch.maximum(high, 1.05 * quantiles[1])
    centre, half = (low + high) / 2, (high - low).max() / 2
    return [float(edge) for axis in range(2) for edge in (centre[axis] - half, centre[axis] + half)]


def _checked_path(path: Any) -> Path:
    """Where a page may be written, `~` being the home folder."""
    if not isinstance(path, str | Path):
        raise TypeError(f'path must be a file\'s name, such as "explorer.html"; got {arguments.described(path)}')
    place = Path(path).expanduser()
    if place.is_dir():
        raise IsADirectoryError(f'{place} is a folder; name a file in it, such as "{place / "page.html"}"')
    if not place.parent.is_dir():
        raise FileNotFoundError(f"the folder {place.parent} is not there; make it first, or correct path={str(path)!r}")
    return place
