"""The explorer as a picture, for readers without the live widget: the map or maps, and what one of them decodes to."""

from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import plots
from vaelab.widgets.shared.perceptron import forward

ROWS = 15  # and columns of the grid of decoded points


# Where a title stands needs no measuring. (Of rc_context the stub says that it is no decorator; it is one, too.)
@plt.rc_context({"axes.titley": 1.0})  # type: ignore[operator]
def picture_of(models: list[dict], points: list[Tensor], labels: Any, weights: bytes) -> Figure:
    """The map of each model's codes; of one model, also what a grid of points over it decodes to.

    models: {title, decoder, extent, has_prior} for each, as the widget's trait has them. points: their codes (N, 2).
    labels: of the images, or None. weights: of the decoders, as the page has them.
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 5.6))
    figure.subplots_adjust(left=0.06, right=0.99, bottom=0.19, top=0.94, wspace=0.13)  # much faster than a layout
    for ax, one, codes in zip(axes, models, points, strict=False):
        shown = None if labels is None else labels[: len(codes)]  # in a training, of the first only
        title = one["title"] or "Codes"
        plots.latent_scatter(codes, shown, ax, title=title, prior=one["has_prior"], extent=one["extent"])
    if len(models) == 1:
        images = decoded(weights, models[0]["decoder"], grid(models[0]["extent"]))
        plots.image_grid(images, ROWS, axes[1], title="What the same area decodes to")
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.5, 0.04))  # above the caption
    return figure


def caption_of(models: list[dict]) -> str:
    """What that picture shows."""
    if len(models) == 2:
        return "Each dot is an image, at the place of its code in the latent space of each of the two models."
    return "Left: each dot is an image, at the place of its code. Right: what a grid of places decodes to."


def grid(extent: list[float]) -> Tensor:
    """Points (ROWS * ROWS, 2) of [z1 low, z1 high, z2 low, z2 high], row by row from the top."""
    low1, high1, low2, high2 = extent
    z1, z2 = torch.linspace(low1, high1, ROWS), torch.linspace(high2, low2, ROWS)
    return torch.cartesian_prod(z2, z1).flip(1)


def decoded(weights: bytes, widths: list[int], z: Tensor) -> Tensor:
    """The images (B, data_dim) of points z (B, 2), by the first decoder in the page's weights."""
    return forward(weights, widths, z).sigmoid()
