"""The comparison as a figure, for where no live widget can be."""

import textwrap
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from vaelab import plots
from vaelab.diagnostics import LatentSnapshot
from vaelab.widgets.loss_comparison.samples import samples_of, sheet

WIDTH, HEIGHT, FOOT = 3.5, 5.05, 0.95  # inches: of one training, and of the legend and the caption below all


def columns_of(runs: int) -> int:
    """How many stand side by side, in the figure and on the page: three, but two of four."""
    return 2 if runs == 4 else min(runs, 3)


def picture_of(runs: list[dict], snapshots: list[list[LatentSnapshot]], labels: Any, epoch: int) -> Figure:
    """The latent spaces at an epoch, with the draws from the prior and the numbers; `runs` as `run_of` gives them."""
    columns = columns_of(len(runs))
    width, height = WIDTH * columns, HEIGHT * -(-len(runs) // columns) + FOOT
    figure = plt.figure(figsize=(width, height), dpi=100)
    for i, (run, own) in enumerate(zip(runs, snapshots, strict=True)):
        left, bottom = WIDTH * (i % columns), height - HEIGHT * (1 + i // columns)
        space = figure.add_axes(((left + 0.45) / width, (bottom + 1.8) / height, 2.9 / width, 2.9 / height))
        space.locator_params(nbins=4)
        title = textwrap.shorten(run["title"], 32, placeholder=" …")
        if not own:
            space.set_title(title, parse_math=False)
            space.set(xticks=[], yticks=[])
            space.text(0.5, 0.5, "not trained yet", ha="center", va="center", transform=space.transAxes)
            continue
        last = min(epoch, len(own) - 1)
        plots.latent_scatter(own[last].mu, labels, space, prior=True, extent=run["extent"], apart=True)
        space.set_title(f"{title}, epoch {last}", parse_math=False)
        space.xaxis.labelpad = 1
        space.yaxis.label.set(rotation=0, ha="right", va="bottom")  # above its numbers, where there is room
        space.yaxis.set_label_coords(-0.04, 1.01)
        samples = samples_of(own[last])
        if samples is not None:
            place = (100 * (left + 0.45), 100 * (bottom + 0.1))  # in pixels; Axes of their own would take long
            # The stub asks for whole pixels; figimage takes any.
            figure.figimage(sheet(samples), *place, cmap="gray", vmin=0, vmax=1)  # type: ignore[arg-type]
        style: dict[str, Any] = {"size": 8, "va": "top", "linespacing": 1.35, "parse_math": False}
        names, texts = ("\n".join(part) for part in zip(*run["numbers"][last].items(), strict=True))
        figure.text((left + 1.75) / width, (bottom + 1.3) / height, names, **style)
        figure.text((left + 3.35) / width, (bottom + 1.3) / height, texts, ha="right", **style)
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.5, 0.62 / height))
    return figure
