"""Pictures: tensors in, Axes out."""

import math
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib import color_sequences
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import arguments
from vaelab.console import plain, say

# Ten colours, chosen so that readers with a colour-vision deficiency can tell them apart.
# Source: Petroff, Accessible Color Sequences for Data Visualization, 2021.
COLORS = [to_hex(color) for color in color_sequences["petroff10"]]
ALONG = np.linspace(0, 1, 16)[:, None]  # places along a line


def image_grid(images: Tensor, columns: int | None = None, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Images (N, ...) side by side, row by row, from 0, black, to 1, white: each a square, flattened or not."""
    pixels = arguments.images("images", images).flatten(1)
    side = square_side(pixels.shape[1])
    if side_of(images) is None:
        raise ValueError(
            "images must be square and grey, (N, side * side), (N, side, side) or (N, 1, side, side); got "
            f"{tuple(images.shape)}"
        )
    if pixels.max() > 5:  # what a model misses a little is drawn as white
        raise ValueError(f"images must have pixels in [0, 1], such as images / 255; these go to {pixels.max():g}")
    _check_axes(ax)
    columns = len(images) if columns is None else arguments.whole_number("columns", columns)
    rows = -(-len(images) // columns)
    canvas = torch.zeros(rows * columns, side, side, device="cpu")
    canvas[: len(images)] = pixels.detach().cpu().reshape(-1, side, side)
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
    labels: Any = None,
    ax: Axes | None = None,
    *,
    title: str = "",
    prior: bool = False,
    extent: Sequence[float] | None = None,
    apart: bool = False,
) -> Axes:
    """Two-dimensional codes (N, 2), a colour a class, each class's label at its median and in the legend.

    prior: also the circles of radius 1 and 2, inside which N(0, I) has 39 % and 86 % of its mass
    extent: [z1 low, z1 high, z2 low, z2 high], what to show; without it, all of the codes
    apart: where labels would cover one another, they stand beside, and lines lead to their medians. Without it, two or
        three share a place, and where more would, only the legend tells them apart
    """
    places, extent = _checked_codes(codes), _checked_extent(extent)
    names, classes = arguments.classes(np.zeros(len(places), int) if labels is None else labels, len(places))
    _check_axes(ax)
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 5), layout="constrained")
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
        centres = np.array([np.median(places[classes == i], axis=0) for i in range(len(names))])
        (_write_labels_apart if apart else _write_labels)(ax, names, centres)
    return ax


def show(figure: Figure | Axes | np.ndarray, alt: str) -> None:
    """Displays a figure, given itself or by its Axes, with a text for readers who can't see it, and closes it.

    Plain Python, which can't display it, prints the text.
    """
    from IPython import get_ipython
    from IPython.display import display

    figure = figure if isinstance(figure, Figure) else np.ravel(np.asarray(figure, object))[0].figure
    if get_ipython() is None:
        plt.close(figure)
        say(alt)
    else:
        bundle = {"image/png": png(figure), "text/plain": plain(alt)}
        display(bundle, metadata={"image/png": {"alt": alt}}, raw=True)


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file; closes it."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=100, pil_kwargs={"compress_level": 1})  # in less time, and hardly larger
    plt.close(figure)
    return buffer.getvalue()


def side_of(images: Tensor) -> int | None:
    """The side of square grey images (N, side * side), (N, side, side) or (N, 1, side, side); None of others."""
    shape = [size for size in images.shape[1:] if size != 1]
    side = math.isqrt(math.prod(shape))
    return side if shape in ([], [side * side], [side, side]) and side else None


def square_side(pixels: int) -> int:
    """The side of a square image of that many pixels."""
    side = round(pixels**0.5)
    if side * side != pixels:
        raise ValueError(f"images must be square to be drawn; {pixels} pixels are not a square number")
    return side


def _checked_codes(codes: Any) -> np.ndarray:
    """The places (N, 2), if there are any, and all are finite."""
    arguments.floats("codes", codes, "(N, 2)")
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"codes must be of shape (N, 2) to be drawn; got {tuple(codes.shape)}")
    if not codes.isfinite().all():
        raise ValueError("codes holds NaN or infinite values, which have no place")
    half = codes.dtype in (torch.float16, torch.bfloat16)  # NumPy knows but one of them
    return (codes.float() if half else codes).detach().cpu().numpy()


def _check_axes(ax: Any) -> None:
    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be one Axes, such as plt.subplots()[1]; got {arguments.described(ax)}")


def _checked_extent(extent: Any) -> list[float] | None:
    """[z1 low, z1 high, z2 low, z2 high], or None for all of the codes."""
    if extent is None:
        return None
    try:
        edges = [float(edge) for edge in extent]
    except (TypeError, ValueError):
        edges = []
    if len(edges) != 4 or not all(map(math.isfinite, edges)):
        raise ValueError(
            f"extent must be four numbers, [z1 low, z1 high, z2 low, z2 high]; got {arguments.described(extent)}"
        )
    return edges


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
        ax.text(centre[0], centre[1] + above, "all" if len(sharing) > 3 else " ".join(sharing), size=12, **_label())


def _label() -> dict[str, Any]:
    halo = effects.withStroke(linewidth=3, foreground="white")
    return {"weight": "bold", "parse_math": False, "ha": "center", "va": "center", "path_effects": [halo]}


def _write_labels_apart(ax: Axes, names: np.ndarray, centres: np.ndarray) -> None:
    """A label at each centre or, where it would be in the way, beside it with a line; "all" where all share a place."""
    size = 10  # of the letters; below, lengths are in units of it
    ax.apply_aspect()
    unit = ax.figure.dpi * size / 72
    at, edges = ax.transData.transform(centres) / unit, ax.bbox.get_points() / unit
    if len(names) > 1 and np.ptp(at, axis=0).max() < 1:
        ax.annotate("all", centres.mean(0), (0, size), textcoords="offset points", size=size, **_label())
        return
    half = np.array([[0.35 * len(str(name)) + 0.15, 0.6] for name in names])  # of a label's width and height
    places: dict[int, np.ndarray] = {}

    def faults(i: int, place: np.ndarray) -> int:
        """What is in the way: the edges, other labels and lines, and centres that the label would hide."""
        count = 9 * int((place - half[i] < edges[0]).any() or (place + half[i] > edges[1]).any())
        count += int((abs(np.delete(at, i, axis=0) - place) < half[i]).all(1).sum())
        for j, other in places.items():
            count += 3 * int((abs(other - place) < half[i] + half[j]).all())
            count += _strikes(at[j], other, place, half[i]) + _strikes(at[i], place, other, half[j])
            count += _cross(at[i], place, at[j], other)
        return count

    away = np.linspace(0, np.pi, 13)
    away = np.column_stack([away, -away]).ravel()  # first outwards, then more and more aside
    from_middle = at - np.median(at, axis=0)
    for i in map(int, np.argsort(-np.linalg.norm(from_middle, axis=1), kind="stable")):  # the outermost first
        angle = np.arctan2(from_middle[i, 1], from_middle[i, 0]) + away
        around = np.arange(1.25, 9, 0.75)[:, None, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        steps = np.concatenate([np.zeros((1, 2)), around.reshape(-1, 2)])
        best, fewest = steps[0], faults(i, at[i])
        for step in steps[1:]:
            if not fewest:
                break
            if (found := faults(i, at[i] + step)) < fewest:
                best, fewest = step, found
        places[i] = at[i] + best
        line = {"arrowstyle": "-", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0} if best.any() else None
        ax.annotate(
            str(names[i]), centres[i], best * size, textcoords="offset points", size=size, arrowprops=line, **_label()
        )


def _strikes(start: np.ndarray, end: np.ndarray, place: np.ndarray, half: np.ndarray) -> bool:
    """Whether the line from start to end passes through the box around a place."""
    return bool((abs(start + ALONG * (end - start) - place) < half).all(1).any())


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    """Whether the line from a to b crosses that from c to d."""

    def turn(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return bool(turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0)
