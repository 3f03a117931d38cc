"""LatentExplorer: drag a point through a two-dimensional latent space and see what it decodes to."""

import copy
import math

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from vaelab import plots
from vaelab.widgets.base import PointsWidget, as_bytes, classes_of, extent_of, module


class LatentExplorer(PointsWidget):
    """The codes of images on a map, a point to drag over it (mouse, touch, arrow keys), and the image it decodes to.

    model: an `Autoencoder` or a `VAE` with latent_dim=2. The widget keeps the weights that the model has now: after
        more training, make a new one.
    images: (N, data_dim), up to 10,000 or so: their codes are the dots, for a VAE the means mu
    labels: (N,), whole numbers or strings; without them the dots have one colour

    value: the point z = [z1, z2], from Python and back: `explorer.value = [0.5, -1]`, `explorer.observe(..., "value")`

    Raises ValueError or TypeError for a model or images that can't be shown.
    """

    _esm = module("latent_explorer.js")
    value = traitlets.List(traitlets.Float(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True, holds="float32")
    _widths = traitlets.List(traitlets.Int()).tag(sync=True)
    _codes = traitlets.Bytes().tag(sync=True, holds="float32")
    _side = traitlets.Int().tag(sync=True)
    _extent = traitlets.List(traitlets.Float()).tag(sync=True)
    _has_prior = traitlets.Bool().tag(sync=True)

    def __init__(self, model: nn.Module, images: Tensor | None = None, labels=None, **kwargs):
        layers = decoder_layers(model)
        decoder = copy.deepcopy(model.decoder).cpu().float()
        if images is None and labels is not None:
            raise ValueError("labels were given without images: LatentExplorer(model, images, labels)")
        codes = _codes_of(model, images)
        self._points, self._labels = codes, labels
        self._decoder = decoder
        super().__init__(
            _weights=b"".join(as_bytes(part) for layer in layers for part in (layer.weight, layer.bias)),
            _widths=[layers[0].in_features, *(layer.out_features for layer in layers)],
            _codes=as_bytes(codes),
            _side=plots.square_side(layers[-1].out_features),
            _extent=extent_of(codes),
            _has_prior=hasattr(model, "likelihood"),
            **classes_of(labels, len(codes)),
            **kwargs,
        )

    @traitlets.validate("value")
    def _finite(self, proposal):
        if not all(map(math.isfinite, proposal["value"])):
            raise traitlets.TraitError(f"value must be two finite numbers, the point z; got {proposal['value']}")
        return proposal["value"]

    def picture(self) -> Figure:
        """The map of the codes, and the images that a grid of points over it decodes to."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5.5), layout="constrained")
        low1, high1, low2, high2 = self._extent
        plots.latent_scatter(
            self._points, self._labels, left, title="Codes", prior=self._has_prior, extent=self._extent
        )
        rows = 15
        z1, z2 = torch.linspace(low1, high1, rows), torch.linspace(high2, low2, rows)
        grid = torch.cartesian_prod(z2, z1).flip(1)
        with torch.no_grad():
            plots.image_grid(self._decoder(grid).sigmoid(), rows, right, title="What the same area decodes to")
        return figure

    def caption(self) -> str:
        """What the picture shows."""
        return "Left: each dot is an image, at the place of its code. Right: what a grid of places decodes to."

    def __repr__(self) -> str:
        codes = f"{len(self._points):,} codes" if len(self._points) else "no codes"
        return f"LatentExplorer: a point to drag over {codes} in a two-dimensional latent space."


def decoder_layers(model: nn.Module) -> list[nn.Linear]:
    """The Linear layers of a model's decoder, checked: from 2 numbers, a ReLU between each two, finite weights."""
    decoder = getattr(model, "decoder", None)
    modules = list(decoder) if isinstance(decoder, nn.Sequential) else []
    layers = modules[::2]
    if (
        not layers
        or not all(isinstance(layer, nn.Linear) and layer.bias is not None for layer in layers)
        or not all(isinstance(between, nn.ReLU) for between in modules[1::2])
        or len(modules) % 2 == 0
    ):
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
    if not all(torch.isfinite(p).all() for p in model.parameters()):
        raise ValueError(
            "the model's weights hold NaN or infinite values: its training diverged. Train it again, with a lower lr"
        )
    with torch.no_grad():
        z = torch.linspace(-2, 2, 6).reshape(3, 2).to(layers[0].weight)
        if not torch.allclose(model.decode(z), model.decoder(z).sigmoid(), atol=1e-4):
            raise TypeError(
                "the page takes the sigmoid of what model.decoder gives, and this model.decode(z) is something else. "
                "Let decode(z) be self.decoder(z).sigmoid()."
            )
    return layers


@torch.no_grad()
def _codes_of(model: nn.Module, images: Tensor | None) -> Tensor:
    if images is None:
        return torch.zeros(0, 2)
    if not isinstance(images, Tensor) or images.ndim != 2:
        got = f"a tensor {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images must be a tensor of shape (N, D), a row an image; got {got}")
    code = model.encode(images.to(next(model.parameters()).device))
    codes = (code if isinstance(code, Tensor) else code[0]).cpu()
    if not torch.isfinite(codes).all():
        raise ValueError("the codes of these images are not all finite numbers: look for NaN among the images")
    return codes
