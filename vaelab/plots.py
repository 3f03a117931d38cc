"""Pictures: tensors in, Axes out."""

from io import BytesIO

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib import color_sequences
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from torch import Tensor

# Ten colours, chosen so that readers with a colour-vision deficiency can tell them apart.
# Source: Petroff, Accessible Color Sequences for Data Visualization, 2021.
COLORS = [to_hex(color) for color in color_sequences["petroff10"]]


def image_grid(images: Tensor, columns: int | None = None, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Images (N, D) side by side, row by row, from 0, black, to 1, white. D must be a square number."""
    if images.ndim != 2 or not len(images):
        raise ValueError(
            f"images must have the shape (N, D), N at least 1; got {tuple(images.shape)}. One image is images[:1], and "
            "x.flatten(1) makes (N, 28, 28) into (N, 784)."
        )
    side = square_side(images.shape[-1])
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    canvas = torch.zeros(rows * columns, side, side, device="cpu")
    canvas[: len(images)] = images.detach().cpu().reshape(-1, side, side)
    canvas = canvas.reshape(rows, columns, side, side).swapaxes(1, 2).reshape(rows * side, columns * side)
    if ax is None:
        inch = max(0.8, 2.4 / columns)  # one or two images are drawn larger, so that there is room for the title
        _, ax = plt.subplots(figsize=(min(10, inch * columns + 0.2), min(10, inch * rows + 0.4)), layout="constrained")
    ax.imshow(canvas.numpy(), cmap="gray", vmin=0, vmax=1)
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def latent_scatter(
    codes: Tensor,
    labels: Tensor | None = None,
    ax: Axes | None = None,
    *,
    title: str = "",
    prior: bool = False,
    extent: list[float] | None = None,
) -> Axes:
    """Two-dimensional codes (N, 2), a colour a class, each class's label at its median and in the legend.

    prior: also the circles of radius 1 and 2, inside which N(0, I) has 39 % and 86 % of its mass
    extent: [z1 low, z1 high, z2 low, z2 high], what to show; without it, all of the codes
    """
    places = codes.detach().cpu().numpy()
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 5), layout="constrained")
    names, classes = np.unique(
        np.zeros(len(places), int) if labels is None else np.asarray(labels), return_inverse=True
    )
    colors = [COLORS[i % len(COLORS)] for i in range(len(names))]
    for i, color in enumerate(colors):  # `plot` draws ten thousand dots far faster than `scatter`
        ax.plot(*places[classes == i].T, "o", color=color, markersize=2, alpha=0.6, markeredgewidth=0, rasterized=True)
    if prior:
        for radius in (1, 2):
            ax.add_patch(plt.Circle((0, 0), radius, fill=False, color="0.3", linewidth=1, linestyle="--"))
    ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
    if extent is not None:
        ax.set(xlim=extent[:2], ylim=extent[2:])
    ax.set_aspect("equal", "box" if extent is not None else "datalim")
    if labels is not None:
        if not ax.figure.legends:  # one for all the panels of a figure
            squares = [plt.Line2D([], [], marker="s", linestyle="", color=color) for color in colors]
            style = {"ncols": 10, "frameon": False, "columnspacing": 1, "handletextpad": 0}
            legend = ax.figure.legend(squares, [str(name) for name in names], loc="outside lower center", **style)
            for text in legend.get_texts():
                text.set_parse_math(False)  # a label is no formula
        _write_labels(ax, names, np.array([np.median(places[classes == i], axis=0) for i in range(len(names))]))
    return ax


def show(figure: Figure | Axes | np.ndarray, alt: str) -> None:
    """Displays a figure, given itself or by its Axes, with a text for readers who can't see it, and closes it."""
    from IPython.display import display

    figure = figure if isinstance(figure, Figure) else np.ravel(np.asarray(figure, object))[0].figure
    display({"image/png": png(figure), "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file; closes it."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=100, pil_kwargs={"compress_level": 1})  # in less time, and hardly larger
    plt.close(figure)
    return buffer.getvalue()


def square_side(pixels: int) -> int:
    """The side of a square image of that many pixels."""
    side = round(pixels**0.5)
    if side * side != pixels:
        raise ValueError(f"images must be square to be drawn; {pixels} pixels are not a square number")
    return side


def _write_labels(ax: Axes, names: np.ndarray, centres: np.ndarray) -> None:
    """A label at each centre.

    Two or three that would cover one another stand together between them. Where more do, only the legend tells them
    apart, and "all" stands over the place that all share.
    """
    extent = max(np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim()))
    placed: list[tuple[np.ndarray, list[str]]] = []  # where, and the names that stand there

    def overlap(a: tuple[np.ndarray, list[str]], b: tuple[np.ndarray, list[str]]) -> bool:
        wide, high = 0.025 * extent * (len(" ".join(a[1])) + len(" ".join(b[1]))) / 2, 0.045 * extent
        return abs(a[0][0] - b[0][0]) < wide and abs(a[0][1] - b[0][1]) < high

    for name, centre in zip(names, centres, strict=True):
        label = (centre, [str(name)])
        while (found := next((i for i, one in enumerate(placed) if overlap(one, label)), None)) is not None:
            other = placed.pop(found)
            shares = np.array([len(other[1]), len(label[1])])
            label = (np.average([other[0], label[0]], axis=0, weights=shares), other[1] + label[1])
        placed.append(label)
    for centre, sharing in placed:
        if 3 < len(sharing) < len(names):
            continue
        above = 0.04 * extent if len(sharing) > 3 else 0
        ax.text(
            centre[0],
            centre[1] + above,
            "all" if len(sharing) > 3 else " ".join(sharing),
            weight="bold",
            size=12,
            parse_math=False,
            ha="center",
            va="center",
            path_effects=[effects.withStroke(linewidth=3, foreground="white")],
        )
