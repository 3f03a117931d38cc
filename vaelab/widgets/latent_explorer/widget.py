"""LatentExplorer: drag a point through a two-dimensional latent space and see what it decodes to."""

import math
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from vaelab import plots
from vaelab.widgets.shared.base import PointsWidget, as_bytes, as_grey, classes_of, extent_of, module
from vaelab.widgets.shared.live import Pace

MOST = 10_000  # codes on a map
LIVE = 300  # of them while a training runs: to encode more would cost it too much


class Shown(NamedTuple):
    """A model, and the layers of its two halves that the page computes."""

    model: nn.Module
    decoder: list[nn.Linear]
    encoder: list[nn.Linear]  # empty where the page can't compute it


class LatentExplorer(PointsWidget):
    """The codes of images on a map, a point to drag over it (mouse, touch, arrow keys), and the image it decodes to.

    model: an `Autoencoder` or a `VAE` with latent_dim=2, trained or not; or {title: model} with one or two of them,
        side by side under the same point
    images: (N, data_dim), up to 10,000: their codes are the dots, for a VAE the means mu
    labels: (N,), whole numbers or strings; without them the dots have one colour

    value: the point z = [z1, z2], from Python and back: `explorer.value = [0.5, -1]`, `explorer.observe(..., "value")`

    The widget keeps the weights that the models have now. As the callback of a training it follows the model while
    that learns: `vl.fit(vae, loss, images, callback=explorer)`.

    Raises ValueError or TypeError for models or images that can't be shown.
    """

    _esm = module("latent_explorer/widget.js")
    value = traitlets.List(traitlets.Float(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)
    # For each model {title, decoder, encoder, extent, has_prior}: the widths of its decoder's and its encoder's layers
    # (None for an encoder that the page can't compute), what its map shows, and whether it is a VAE.
    _models = traitlets.List(traitlets.Dict()).tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True, holds="float32")  # one decoder after the other
    _encoders = traitlets.Bytes().tag(sync=True, holds="float32")  # the same
    _codes = traitlets.Bytes().tag(sync=True, holds="float32")  # (models, codes, 2)
    _images = traitlets.Bytes().tag(sync=True, holds="grey")  # (N, data_dim)
    _side = traitlets.Int().tag(sync=True)
    _status = traitlets.Unicode().tag(sync=True)  # whether a training is running

    def __init__(self, model: nn.Module | dict[str, nn.Module], images: Tensor | None = None, labels=None, **kwargs):
        shown = {title: Shown(one, decoder_layers(one), encoder_layers(one)) for title, one in _titled(model).items()}
        if images is None and labels is not None:
            raise ValueError("labels were given without images: LatentExplorer(model, images, labels)")
        data_dim = _same_data_dim(shown)
        images = torch.zeros(0, data_dim) if images is None else _checked(images, data_dim)
        points = [codes_of(one.model, images) for one in shown.values()]
        if not all(torch.isfinite(codes).all() for codes in points):
            raise ValueError("the codes of these images are not all finite numbers: look for NaN among the images")
        self._shown, self._x, self._labels = list(shown.values()), images, labels
        self._points = points  # the codes of all images, (N, 2) for each model
        self._pace = Pace()
        super().__init__(
            _models=[
                {
                    "title": title,
                    "decoder": _widths(one.decoder),
                    "encoder": _widths(one.encoder) or None,
                    "extent": extent_of(codes),
                    "has_prior": hasattr(one.model, "likelihood") or _widths(one.encoder)[-1:] == [4],
                }
                for (title, one), codes in zip(shown.items(), points, strict=True)
            ],
            _images=b"".join(as_grey(part) for part in images.split(500)),
            _side=plots.square_side(data_dim),
            **{name: self._numbers(name, len(images)) for name in ("_weights", "_encoders", "_codes")},
            **classes_of(labels, len(images)),
            **kwargs,
        )

    @traitlets.validate("value")
    def _finite(self, proposal):
        if not all(map(math.isfinite, proposal["value"])):
            raise traitlets.TraitError(f"value must be two finite numbers, the point z; got {proposal['value']}")
        return proposal["value"]

    def before_training(self, model: nn.Module, history) -> None:
        """For `fit(..., callback=explorer)`, at the beginning: refuses a model that is not on the map."""
        if not self._shows(model):
            raise ValueError(
                "this explorer shows another model than the one in training. Make it of that one: "
                "vl.fit(model, loss, images, callback=vl.LatentExplorer(model, images, labels))"
            )

    def after_batch(self, model: nn.Module, history) -> None:
        """For `fit`, after each batch: shows the codes and the decoder, if it is time for a look."""
        if self._pace.due():
            with self._pace.look():
                self._update(model, LIVE, self._live(history.epochs + 1), "_weights", "_codes")

    def __call__(self, model: nn.Module, history) -> None:
        """For `fit`, after each epoch: the same, and the encoder."""
        with self._pace.look():
            self._update(model, LIVE, self._live(history.epochs), "_weights", "_codes", "_encoders")

    def after_training(self, model: nn.Module, history) -> None:
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
        count = min(count, len(self._x))
        with self.hold_sync():
            self._status = status
            codes = codes_of(model, self._x[:count])
            if not (torch.isfinite(codes).all() and _finite(model.decoder)):
                return  # `fit` finds out by itself; the last good picture stays
            models = []
            for i, (one, traits) in enumerate(zip(self._shown, self._models, strict=True)):
                if one.model is model:
                    self._points[i] = codes
                    extent = extent_of(codes)
                    traits = {**traits, "extent": _grown(traits["extent"], extent) if status else extent}
                models.append(traits)
            self._models = models
            for name in names:
                setattr(self, name, self._numbers(name, count))

    def _numbers(self, name: str, count: int) -> bytes:
        """What a training changes: the weights, or the codes of the first `count` images."""
        match name:
            case "_weights":
                return b"".join(_bytes_of(one.decoder) for one in self._shown)
            case "_encoders":
                return b"".join(_bytes_of(one.encoder) for one in self._shown)
            case "_codes":
                return b"".join(as_bytes(codes[:count]) for codes in self._points)

    def save(self, path: str | Path) -> Path:
        """Writes one HTML page in which the widget is alive, as `Widget.save` does; no training runs there."""
        status, self._status = self._status, ""
        try:
            return super().save(path)
        finally:
            self._status = status

    @plt.rc_context({"axes.titley": 1.0})  # where a title stands needs no measuring
    def picture(self) -> Figure:
        """The map of each model's codes; of one model, also what a grid of points over it decodes to."""
        figure, axes = plt.subplots(1, 2, figsize=(10, 5.6))
        figure.subplots_adjust(left=0.06, right=0.99, bottom=0.19, top=0.94, wspace=0.13)  # much faster than a layout
        for ax, traits, codes in zip(axes, self._models, self._points, strict=False):
            title = traits["title"] or "Codes"
            labels = None if self._labels is None else self._labels[: len(codes)]  # in a training, of the first only
            plots.latent_scatter(codes, labels, ax, title=title, prior=traits["has_prior"], extent=traits["extent"])
        if len(self._models) == 1:
            low1, high1, low2, high2 = self._models[0]["extent"]
            rows = 15
            z1, z2 = torch.linspace(low1, high1, rows), torch.linspace(high2, low2, rows)
            grid = torch.cartesian_prod(z2, z1).flip(1)
            plots.image_grid(self._decoded(grid), rows, axes[1], title="What the same area decodes to")
        for legend in figure.legends:
            legend.set_bbox_to_anchor((0.5, 0.04))  # above the caption
        return figure

    def caption(self) -> str:
        """What the picture shows."""
        if len(self._models) == 2:
            return "Each dot is an image, at the place of its code in the latent space of each of the two models."
        return "Left: each dot is an image, at the place of its code. Right: what a grid of places decodes to."

    def __repr__(self) -> str:
        codes = f"{len(self._x):,} codes" if len(self._x) else "no codes"
        spaces = "a two-dimensional latent space" if len(self._models) == 1 else "two latent spaces of two dimensions"
        return f"LatentExplorer: a point to drag over {codes} in {spaces}."

    @torch.no_grad()
    def _decoded(self, z: Tensor) -> Tensor:
        """The images (B, data_dim) of points z (B, 2), by the first decoder's weights as the page has them."""
        numbers = torch.frombuffer(bytearray(self._weights), dtype=torch.float32)
        layers, start = self._shown[0].decoder, 0
        h = z
        for layer in layers:
            outputs, inputs = layer.weight.shape
            end = start + inputs * outputs
            columns, bias = numbers[start:end].reshape(inputs, outputs), numbers[end : end + outputs]
            h = (h.relu() if start else h) @ columns + bias
            start = end + outputs
        return h.sigmoid()


def linear_layers(part) -> list[nn.Linear]:
    """The Linear layers of an nn.Sequential that has a ReLU between each two; an empty list for anything else."""
    modules = list(part) if isinstance(part, nn.Sequential) else []
    layers, between = modules[::2], modules[1::2]
    fit = (
        len(modules) % 2 == 1
        and all(isinstance(layer, nn.Linear) and layer.bias is not None for layer in layers)
        and all(isinstance(one, nn.ReLU) for one in between)
    )
    return layers if fit else []


@torch.no_grad()
def decoder_layers(model: nn.Module) -> list[nn.Linear]:
    """The Linear layers of a model's decoder, checked: from 2 numbers, a ReLU between each two, finite weights."""
    decoder = getattr(model, "decoder", None)
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
    if not _finite(model):
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
    encoder, data_dim = getattr(model, "encoder", None), linear_layers(model.decoder)[-1].out_features
    layers = linear_layers(encoder)
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
    codes = [_asked(model, "encode", part.to(device)) for part in images.split(1000)]
    model.train(training)
    codes = torch.cat([(code if isinstance(code, Tensor) else code[0]).cpu() for code in codes])
    if codes.shape != (len(images), 2):
        raise ValueError(f"codes must be of two numbers; {type(model).__name__}.encode gives {tuple(codes.shape)}")
    return codes


def _asked(model: nn.Module, method: str, x: Tensor):
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


def _titled(model) -> dict[str, nn.Module]:
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


def _same_data_dim(shown: dict[str, Shown]) -> int:
    """How many pixels the models' images have."""
    data_dims = {title: one.decoder[-1].out_features for title, one in shown.items()}
    if len(set(data_dims.values())) > 1:
        raise ValueError(f"both models must be of the same images; got data_dim = {data_dims}")
    return next(iter(data_dims.values()))


def _checked(images, data_dim: int) -> Tensor:
    """The images, if their codes can be shown."""
    if not isinstance(images, Tensor) or images.ndim != 2:
        got = f"a tensor {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(
            f"images must be a tensor of shape (N, D), a row an image; got {got}. "
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


def _finite(model: nn.Module) -> bool:
    """Whether all weights are finite, in float32 as the page has them."""
    extremes = [bound for weight in model.parameters() for bound in torch.aminmax(weight.detach().float())]
    return bool(torch.stack(extremes).isfinite().all())


def _widths(layers: list[nn.Linear]) -> list[int]:
    return [layer.in_features for layer in layers[:1]] + [layer.out_features for layer in layers]


def _bytes_of(layers: list[nn.Linear]) -> bytes:
    """Layer after layer its weight, column by column, and its bias: what `perceptron` in network.js takes."""
    return b"".join(as_bytes(part) for layer in layers for part in (layer.weight.T, layer.bias))


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
