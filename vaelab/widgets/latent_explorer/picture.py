"""The explorer as a picture, for readers without the live widget: the map or maps, and what one of them decodes to."""

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import plots
from vaelab.widgets.latent_explorer.grid import PICTURE, Grid, picture_rows, points
from vaelab.widgets.shared.perceptron import forward


# Where a title stands needs no measuring. (Of rc_context the stub says that it is no decorator; it is one, too.)
@plt.rc_context({"axes.titley": 1.0})  # type: ignore[operator]
def picture_of(models: list[dict], codes: list[Tensor], labels: Any, images: Tensor) -> Figure:
    """The map of each model's codes; of one model, also what a grid of points over it decodes to.

    models: {title, extent, has_prior, ...} for each, as the widget's trait has them. codes: (N, 2) of each.
    labels: of the images, or None. images: what `sheet_of` gives for the first model
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 5.6))
    figure.subplots_adjust(left=0.06, right=0.99, bottom=0.19, top=0.94, wspace=0.13)  # much faster than a layout
    for ax, one, own in zip(axes, models, codes, strict=False):
        shown = None if labels is None else labels[: len(own)]  # in a training, of the first only
        title = one["title"] or "Codes"
        plots.latent_scatter(own, shown, ax, title=title, prior=one["has_prior"], extent=one["extent"])
    if len(models) == 1:
        plots.image_grid(images, PICTURE, axes[1], title="What the same area decodes to")
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.5, 0.04))  # above the caption
    return figure


def caption_of(models: list[dict]) -> str:
    """What that picture shows."""
    if len(models) == 2:
        return "Each dot is an image, at the place of its code in the latent space of each of the two models."
    return "Left: each dot is an image, at the place of its code. Right: what a grid of places decodes to."


def sheet_of(model: dict, weights: bytes, grid: bytes) -> Tensor:
    """What a grid of places over a model's map decodes to, (PICTURE * PICTURE, D), from what the page has of it."""
    if model["grid"] is None:
        return decoded(weights, model["decoder"], points(model["extent"], PICTURE))
    return picture_rows(Grid(**model["grid"], greys=grid))


def decoded(weights: bytes, widths: list[int], z: Tensor) -> Tensor:
    """The images (B, data_dim) of points z (B, 2), by the first decoder in the page's weights."""
    return forward(weights, widths, z).sigmoid()
