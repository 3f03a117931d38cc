"""LatentExplorer: the widget, what it tells its page, and how it follows a training."""

import math
from pathlib import Path
from typing import Any
from weakref import WeakSet

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from vaelab.widgets.latent_explorer.arguments import checked_codes, checked_images, side_of_all, titled
from vaelab.widgets.latent_explorer.grid import PICTURE, Grid, grid_of, rows_of
from vaelab.widgets.latent_explorer.models import Shown, check_model, codes_of, finite, shown
from vaelab.widgets.latent_explorer.picture import caption_of, picture_of, sheet_of
from vaelab.widgets.shared.base import Number, Numbers, PointsWidget, as_bytes, as_grey, classes_of, extent_of, named
from vaelab.widgets.shared.esm import module
from vaelab.widgets.shared.live import Pace
from vaelab.widgets.shared.perceptron import bytes_of, halved, widths_of
from vaelab.widgets.shared.style import style

LIVE = 300  # codes on a map while a training runs: to encode more would cost it too much


def _sent(weights: bytes, explorer: "LatentExplorer") -> bytes:
    """What the page gets of the weights: while a training runs, which is several times a second, in half the bytes."""
    return halved(weights) if explorer._status else weights


class LatentExplorer(PointsWidget):
    """The codes of images on a map, a point to drag over it (mouse, touch, arrow keys), and the image it decodes to.

    model: any with two latent dimensions, trained or not, that has encode(x), which gives codes or mu and logvar, and
        decode(z), as `VAE` and `Autoencoder` have; or {title: model} with one or two of them, side by side under the
        same point
    images: (N, ...), up to 10,000, as encode takes them, each square: their codes are the dots, for a VAE the means mu
    labels: (N,), whole numbers or strings; without them the dots have one colour

    value: the point z = [z1, z2], from Python and back: `explorer.value = [0.5, -1]`, `explorer.observe(..., "value")`

    The page computes a decoder of Linear layers with ReLUs between them and a sigmoid at the end. Of any other it gets
    a grid of decoded images, between which it interpolates, and says so.

    The widget keeps what the models are now. As the callback of a training it follows the model while that learns:
    `vl.fit(vae, loss, images, callback=explorer)`.

    Raises ValueError or TypeError for models or images that can't be shown.
    """

    _esm = module("latent_explorer/widget.js")
    _css = style("latent_explorer")
    trains = True
    value = Numbers(Number(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)
    # For each model {title, decoder, grid, encoder, extent, has_prior}: the widths of its decoder's and its encoder's
    # layers (None for what the page can't compute), of its grid {rows, extent} (None where it can), what its map shows,
    # and whether it is a VAE.
    _models = traitlets.List(traitlets.Dict()).tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True, holds="float32", to_json=_sent)  # one decoder after the other
    _encoders = traitlets.Bytes().tag(sync=True, holds="float32", to_json=_sent)  # the same
    _grid_0 = traitlets.Bytes().tag(sync=True, holds="decoded")  # of the first model, see `Grid`
    _grid_1 = traitlets.Bytes().tag(sync=True, holds="decoded")
    _codes = traitlets.Bytes().tag(sync=True, holds="float32")  # (models, codes, 2)
    _images = traitlets.Bytes().tag(sync=True, holds="grey")  # (N, data_dim)
    _side = traitlets.Int().tag(sync=True)
    _status = traitlets.Unicode().tag(sync=True)  # whether a training is running

    def __init__(self, model: Any, images: Tensor | None = None, labels: Any = None, **kwargs: Any):
        models, images = titled(model), checked_images(images, labels)
        classes = classes_of(labels, 0 if images is None else len(images))
        for one in models.values():
            check_model(one)
        x = torch.zeros(0, dtype=torch.float32, device="cpu") if images is None else images
        points = [codes_of(one, x) for one in models.values()]
        own = {title: shown(one, images) for title, one in models.items()}
        side = side_of_all(own)
        self._shown, self._x, self._labels = list(own.values()), x, None if labels is None else named(labels)
        self._points = checked_codes(points)  # the codes of all images, (N, 2) for each model
        self._pace = Pace()
        extents = [extent_of(codes) for codes in self._points]
        grids = [_grid(one, extent, rows_of(one.data_dim)) for one, extent in zip(self._shown, extents, strict=True)]
        super().__init__(
            _models=[
                {
                    "title": title,
                    **_widths(one),
                    "grid": grid and grid.place,
                    "extent": extent,
                    "has_prior": one.has_prior,
                }
                for (title, one), extent, grid in zip(own.items(), extents, grids, strict=True)
            ],
            _images=_kept(b"".join(as_grey(part) for part in x.split(500))),
            _side=side,
            **{f"_grid_{m}": grid.greys for m, grid in enumerate(grids) if grid},
            **{name: self._numbers(name, len(self._x)) for name in ("_weights", "_encoders", "_codes")},
            **classes,
            **kwargs,
        )
        _LIVING.add(self)

    @traitlets.validate("value")
    def _finite(self, proposal: traitlets.Bunch) -> Any:
        if not all(map(math.isfinite, proposal["value"])):
            raise traitlets.TraitError(f"value must be two finite numbers, the point z; got {proposal['value']}")
        return proposal["value"]

    def before_training(self, model: nn.Module, history: Any) -> None:
        """For `fit(..., callback=explorer)`, at the beginning: refuses a model that is not on the map."""
        if not self._shows(model):
            raise ValueError(
                "this explorer shows another model than the one in training. Make it of that one: "
                "vl.fit(model, loss, images, callback=vl.LatentExplorer(model, images, labels))"
            )

    def after_batch(self, model: nn.Module, history: Any) -> None:
        """For `fit`, after each batch: shows the codes and the decoder, if it is time for a look."""
        if self._pace.due():
            with self._pace.look():
                self._update(model, LIVE, self._live(history.epochs + 1), "_weights", "_codes")

    def __call__(self, model: nn.Module, history: Any) -> None:
        """For `fit`, after each epoch: the same, and the encoder."""
        with self._pace.look():
            self._update(model, LIVE, self._live(history.epochs), "_weights", "_codes", "_encoders")

    def after_training(self, model: nn.Module, history: Any) -> None:
        """For `fit`, at the end: shows the model with the codes of all images."""
        if self._shows(model):
            self._update(model, len(self._x), "", "_weights", "_codes", "_encoders")

    def _shows(self, model: nn.Module) -> bool:
        return any(model is one.model for one in self._shown)

    def _live(self, epoch: int) -> str:
        """What the page says while a training runs."""
        part = f" ({LIVE:,} of {len(self._x):,} codes)" if len(self._x) > LIVE else ""
        return f"live: epoch {epoch}{part}"

    def _update(self, model: nn.Module, count: int, status: str, *names: str) -> None:
        """Tells the page, in one message, of the traits `names` as they are now, with the first `count` codes."""
        count, values = min(count, len(self._x)), {}
        with self.hold_sync():
            self._status = status
            codes = codes_of(model, self._x[:count])
            if not (torch.isfinite(codes).all() and finite(model.parameters())):
                return  # `fit` finds out by itself; the last good picture stays
            models = []
            for m, (one, traits) in enumerate(zip(self._shown, self._models, strict=True)):
                if one.model is model:
                    # A part that was 0 until now may have made the page's layers look like all of the model.
                    one = self._shown[m] = shown(model, self._x if len(self._x) else None)
                    self._points[m] = codes
                    extent = extent_of(codes)
                    extent = _grown(traits["extent"], extent) if status else extent
                    grid = _grid(one, extent, PICTURE if status else rows_of(one.data_dim))
                    traits = {**traits, **_widths(one), "extent": extent, "grid": grid and grid.place}
                    values[f"_grid_{m}"] = grid.greys if grid else b""
                models.append(traits)
            self._models = models
            if not status:  # what the page has by halves is sent again, though nothing was learned since
                self._weights = self._encoders = b""
            values |= {name: self._numbers(name, count) for name in names}
            for name, value in values.items():
                setattr(self, name, value)

    def _numbers(self, name: str, count: int) -> bytes:
        """What a training changes: the weights, or the codes of the first `count` images."""
        match name:
            case "_weights":
                return b"".join(bytes_of(one.decoder) for one in self._shown)
            case "_encoders":
                return b"".join(bytes_of(one.encoder) for one in self._shown)
            case _:  # "_codes"
                return b"".join(as_bytes(codes[:count]) for codes in self._points)

    def save(self, path: str | Path, title: str | None = None) -> Path:
        """Writes one HTML page in which the widget is alive, as `Widget.save` does; no training runs there."""
        status, self._status = self._status, ""
        try:
            return super().save(path, title)
        finally:
            self._status = status

    def picture(self) -> Figure:
        """The map of each model's codes; of one model, also what a grid of points over it decodes to."""
        images = sheet_of(self._models[0], self._weights, self._grid_0)
        return picture_of(self._models, self._points, self._labels, images)

    def caption(self) -> str:
        """What the picture shows."""
        return caption_of(self._models) + self._shared_colours()

    def __repr__(self) -> str:
        codes = f"{len(self._x):,} codes" if len(self._x) else "no codes"
        spaces = "a two-dimensional latent space" if len(self._models) == 1 else "two latent spaces of two dimensions"
        return f"LatentExplorer: a point to drag over {codes} in {spaces}."


def _grown(extent: list[float], needed: list[float]) -> list[float]:
    """The extent, or where that does not hold what is needed, a square that holds both with some room to spare.

    So the map of a model in training changes its scale only now and then.
    """
    low = [min(extent[i], needed[i]) for i in (0, 2)]
    high = [max(extent[i], needed[i]) for i in (1, 3)]
    if [low[0], high[0], low[1], high[1]] == extent:
        return extent
    half = 1.1 * max(high[axis] - low[axis] for axis in range(2)) / 2
    centre = [(low[axis] + high[axis]) / 2 for axis in range(2)]
    return [edge for middle in centre for edge in (middle - half, middle + half)]


def _widths(one: Shown) -> dict:
    """Those of the layers that the page computes; None for a half that it can't."""
    return {"decoder": widths_of(one.decoder) or None, "encoder": widths_of(one.encoder) or None}


def _grid(one: Shown, extent: list[float], rows: int) -> Grid | None:
    """What the page gets of a decoder that it can't compute."""
    return None if one.decoder else grid_of(one.model, extent, rows)


_LIVING: WeakSet = WeakSet()  # ipywidgets keeps each explorer until it is closed, as its page may be living yet


def _kept(images: bytes) -> bytes:
    """The images as another explorer has them already, such as that of the cell's last run: in memory once."""
    return next((one._images for one in _LIVING if one._images == images), images)
