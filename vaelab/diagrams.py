"""Diagrams of the course, drawn with matplotlib: how numbers, and gradients, flow through a VAE."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, Patch

from vaelab import palette

# Told apart by shape as well: networks are boxes, values ellipses, and what is random has a dashed edge.
NETWORK, VALUE, NOISE, GRADIENT = palette.PALE_GREY, palette.PALE_BLUE, palette.PALE_ORANGE, palette.ORANGE

Node = tuple[tuple[float, float], Patch]  # where it is, and its outline, at which arrows end


def data_flow(ax: Axes | None = None) -> Axes:
    """A VAE from left to right: x, the encoder, mu and log sigma^2, the drawn code z, the decoder, p(x|z)."""
    if ax is None:
        _, ax = plt.subplots(figsize=(10.7, 3.5), layout="constrained")
    _canvas(ax, 11, 3.6)
    x = _value(ax, 0.8, 2.2, "$x$")
    encoder = _network(ax, 2.6, 2.2, "encoder")
    mu = _value(ax, 4.6, 2.9, "$\\mu$")
    logvar = _value(ax, 4.6, 1.5, "$\\log\\,\\sigma^2$")
    z = _value(ax, 6.7, 2.2, "$z = \\mu + \\sigma\\,\\varepsilon$", width=1.9, random=True)
    eps = _value(ax, 6.7, 0.6, "$\\varepsilon \\sim N(0, I)$", width=1.9, random=True)
    decoder = _network(ax, 8.6, 2.2, "decoder")
    p = _value(ax, 10.2, 2.2, "$p(x \\mid z)$", width=1.3)
    for a, b in ((x, encoder), (encoder, mu), (encoder, logvar), (mu, z), (logvar, z), (eps, z), (z, decoder)):
        _arrow(ax, a, b)
    _arrow(ax, decoder, p)
    for ((left, _), _), label in ((x, "image"), (encoder, "$2n$ outputs"), (decoder, "one mean per pixel")):
        ax.text(left, 1.4, label, ha="center", size=11, color="0.35")
    ax.text(4.6, 3.4, "a centre", ha="center", size=11, color="0.35")
    ax.text(4.6, 0.9, "and a radius", ha="center", size=11, color="0.35")
    ax.text(6.7, 3.0, "a draw, new each time", ha="center", size=11, color="0.35")
    ax.set_title("A variational autoencoder: a code of $n$ numbers is drawn from $N(\\mu, \\sigma^2)$")
    return ax


def gradient_flow(axes: np.ndarray | None = None) -> np.ndarray:
    """The same draw twice: as a random step that stops the gradient, and as mu + sigma * eps, which lets it through."""
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(10.7, 3.9), layout="constrained")
    for ax, title in zip(
        axes, ("Drawing $z$ directly", "Drawing $\\varepsilon$, and computing $z$ from it"), strict=True
    ):
        _canvas(ax, 5.5, 4)
        ax.set_title(title)
    for ax, through in zip(axes, (False, True), strict=True):
        mu, sigma = _value(ax, 0.8, 2.9, "$\\mu$"), _value(ax, 0.8, 1.6, "$\\sigma$")
        label = "$z = \\mu + \\sigma\\,\\varepsilon$" if through else "$z \\sim N(\\mu, \\sigma^2)$"
        z = _value(ax, 2.9, 2.25, label, width=1.9, random=not through)
        loss = _value(ax, 4.8, 2.25, "$f(z)$", width=1.0)
        for a, b in ((mu, z), (sigma, z), (z, loss)):
            _arrow(ax, a, b)
        if through:
            _arrow(ax, _value(ax, 2.9, 0.5, "$\\varepsilon \\sim N(0, 1)$", width=1.9, random=True), z)
        _arrow(ax, loss, z, gradient=True, bend=-0.5)
        if through:
            _arrow(ax, z, mu, gradient=True, bend=0.35)
            _arrow(ax, z, sigma, gradient=True, bend=-0.35)
        else:
            ax.text(1.6, 2.25, "✕", ha="center", va="center", size=20, color=GRADIENT)
            ax.text(
                1.42, 2.25, "stops here: a draw\nhas no derivative", ha="right", va="center", size=10, color=GRADIENT
            )
        ax.text(4.1, 1.45, "gradient", ha="center", size=11, color=GRADIENT)
    return axes


def _canvas(ax: Axes, width: float, height: float) -> None:
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()


def _value(ax: Axes, x: float, y: float, text: str, width: float = 1.1, *, random: bool = False) -> Node:
    """An ellipse at (x, y), dashed where it is random: ((x, y), patch)."""
    color, style = (NOISE, "--") if random else (VALUE, "-")
    patch = ax.add_patch(Ellipse((x, y), width, 0.75, facecolor=color, edgecolor="0.2", linestyle=style, linewidth=1.3))
    ax.text(x, y, text, ha="center", va="center", size=13)
    return (x, y), patch


def _network(ax: Axes, x: float, y: float, text: str) -> Node:
    """A box at (x, y): ((x, y), patch)."""
    box = FancyBboxPatch(
        (x - 0.55, y - 0.35), 1.1, 0.7, boxstyle="round,pad=0.05", facecolor=NETWORK, edgecolor="0.2", linewidth=1.3
    )
    ax.text(x, y, text, ha="center", va="center", size=13)
    return (x, y), ax.add_patch(box)


def _arrow(ax: Axes, start: Node, end: Node, *, gradient: bool = False, bend: float = 0.0) -> None:
    """From one node to another; a gradient is dotted and bent aside."""
    (a, patch_a), (b, patch_b) = start, end
    look: dict[str, Any] = (
        {"color": GRADIENT, "linestyle": ":", "linewidth": 2.2} if gradient else {"color": "0.2", "linewidth": 1.5}
    )
    ax.add_patch(
        FancyArrowPatch(
            a,
            b,
            patchA=patch_a,
            patchB=patch_b,
            arrowstyle="-|>",
            mutation_scale=15,
            shrinkA=1,
            shrinkB=1,
            connectionstyle=f"arc3,rad={bend}",
            **look,
        )
    )
