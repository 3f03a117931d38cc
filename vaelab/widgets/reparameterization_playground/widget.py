"""ReparameterizationPlayground: fixed draws eps that mu and sigma carry along, and two estimators of a gradient."""

import math
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import arguments
from vaelab.palette import BLUE, LIGHT_ORANGE, ORANGE
from vaelab.widgets.shared.base import Number, Widget, as_bytes
from vaelab.widgets.shared.esm import module
from vaelab.widgets.shared.style import style

MU, SIGMA = (-2.0, 2.0), (0.1, 1.5)  # how far one can move them
AXIS = (-4.0, 4.0)  # what is shown of z
REACH = (-12.0, 12.0)  # the page's eps are within 6.67, so no z lies outside
GRID = torch.linspace(*REACH, 2401, dtype=torch.float64, device="cpu")
LOOKS = (
    {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0},
    {"facecolor": LIGHT_ORANGE, "edgecolor": ORANGE, "linewidth": 1},
)  # pathwise, score function


class ReparameterizationPlayground(Widget):
    """Draws z = mu + sigma * eps of q(z) = N(mu, sigma^2): eps stays, mu and sigma are dragged, and z follows.

    f: a function of z, such as `lambda z: z**2`, that takes a float64 tensor (2401,) and gives as many numbers. With
        it, two histograms fill up with estimates of the gradient of F = E[f(z)], one a draw:

            pathwise        d/dmu: f'(z)                    d/dsigma: f'(z) * eps
            score function  d/dmu: (f(z) - b) * eps / sigma  d/dsigma: (f(z) - b) * (eps^2 - 1) / sigma

        f' is found by autograd; a function without one, such as a step, has the slope 0.

    mu, sigma: of q, from Python and back, within -2 to 2 and 0.1 to 1.5; sigma is a standard deviation

    Raises TypeError or ValueError for an f that can't be used, TraitError for a mu or sigma outside its range.

    Source: Mohamed, Rosca, Figurnov and Mnih, Monte Carlo Gradient Estimation in Machine Learning, 2020.
    """

    _esm = module("reparameterization_playground/widget.js")
    _css = style("reparameterization_playground")
    mu = Number(1.0).tag(sync=True)
    sigma = Number(0.5).tag(sync=True)
    _eps = traitlets.List(traitlets.Float()).tag(sync=True)
    _f = traitlets.Bytes().tag(sync=True)  # f(z), then f'(z), on the grid; nothing without f
    _ranges = traitlets.Dict().tag(sync=True)

    def __init__(self, f: Callable[[Tensor], Tensor] | None = None, **kwargs: Any):
        self._values = None if f is None else _on_grid(f)  # f, f': (2, 2401)
        super().__init__(
            # With this seed no two of the draws cover one another.
            _eps=_normals(15, 2060, torch.float32).tolist(),
            _f=b"" if self._values is None else as_bytes(self._values),
            _ranges={"mu": MU, "sigma": SIGMA, "axis": AXIS, "z": REACH},
            **kwargs,
        )

    @traitlets.validate("mu", "sigma")
    def _within(self, proposal: traitlets.Bunch) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = {"mu": MU, "sigma": SIGMA}[name]
        if not low <= value <= high:  # NaN is not
            meaning = ", a standard deviation" if name == "sigma" else ""
            raise traitlets.TraitError(f"{name}{meaning}, must be from {low:g} to {high:g}; got {value}")
        return value

    def picture(self) -> Figure:
        """The draws, moved and then drawn together; with f the estimates' histograms."""
        return _moved(self._eps, self.mu, self.sigma) if self._values is None else self._histograms()

    def caption(self) -> str:
        """What the picture shows."""
        if self._values is None:
            return (
                "The same draws ε in all three pictures, each joined to its z = μ + σε: μ shifts every z, σ spreads "
                "them around μ."
            )
        return (
            "Estimates of the gradient of E[f(z)] from one draw each, of 2,000 draws: the pathwise ones above, those "
            "of the score function below. Few lie beyond the axis. Black: the exact gradient; the variances are exact, "
            "too."
        )

    def __repr__(self) -> str:
        text = f"ReparameterizationPlayground: draws z = mu + sigma * eps at mu = {self.mu:g}, sigma = {self.sigma:g}"
        return f"{text}." if self._values is None else f"{text}, and two estimators of the gradient of E[f(z)]."

    def _estimates(self, z: Tensor) -> dict[str, dict[str, Tensor]]:
        """What each of the draws z (S,) says of the gradient, without a baseline: {parameter: {estimator: (S,)}}."""
        assert self._values is not None, "only with an f there is a gradient to estimate"
        step = (GRID[1] - GRID[0]).item()
        at = ((z - GRID[0]) / step).clamp(0, len(GRID) - 1.001)
        left = at.long()
        value, slope = torch.lerp(self._values[:, left], self._values[:, left + 1], at - left)
        eps = (z - self.mu) / self.sigma
        return {
            "mu": {"pathwise": slope, "score function": value * eps / self.sigma},
            "sigma": {"pathwise": slope * eps, "score function": value * (eps**2 - 1) / self.sigma},
        }

    def _histograms(self) -> Figure:
        eps = _normals(2000, 0, torch.float64)
        draws = self._estimates(self.mu + self.sigma * eps)
        q = torch.exp(-0.5 * ((GRID - self.mu) / self.sigma) ** 2) / (self.sigma * math.sqrt(2 * math.pi))
        everywhere = self._estimates(GRID)
        figure, axes = plt.subplots(2, 2, figsize=(10, 5.4), sharex="col")
        figure.subplots_adjust(left=0.07, right=0.98, top=0.93, bottom=0.2, wspace=0.16, hspace=0.3)
        for column, parameter in zip(axes.T, ("mu", "sigma"), strict=True):
            gradient = torch.trapezoid(q * everywhere[parameter]["score function"], GRID)  # it needs no slope of f
            half = 2.5 * max(found.std().item() for found in draws[parameter].values()) or 1.0
            edges = gradient + half * torch.linspace(-1, 1, 62, dtype=torch.float64, device="cpu")
            for ax, (name, found), look in zip(column, draws[parameter].items(), LOOKS, strict=True):
                one = everywhere[parameter][name]
                variance = torch.trapezoid(q * one**2, GRID) - torch.trapezoid(q * one, GRID) ** 2
                ax.stairs(torch.histogram(found, edges).hist, edges, fill=True, **look)
                ax.axvline(gradient, color="black", linewidth=1.5)
                ax.set_title(f"{name}, $\\partial F / \\partial \\{parameter}$: variance {variance:.1f}", size="medium")
            column[1].set_xlabel("one draw's estimate")
        for ax in axes[:, 0]:
            ax.set_ylabel("draws")
        return figure


def _normals(count: int, seed: int, dtype: torch.dtype) -> Tensor:
    cpu = torch.device("cpu")
    return torch.randn(count, generator=torch.Generator(cpu).manual_seed(seed), dtype=dtype, device=cpu)


def _moved(eps: list[float], mu: float, sigma: float) -> Figure:
    """The draws eps below, the z above: as they are, shifted, shifted and spread."""
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True)
    figure.subplots_adjust(left=0.1, right=0.98, top=0.9, bottom=0.3, wspace=0.06)
    for ax, (m, s) in zip(axes, ((0.0, 1.0), (mu, 1.0), (mu, sigma)), strict=True):
        z = [m + s * e for e in eps]
        for e, place in zip(eps, z, strict=True):
            ax.plot([e, place], [0, 1], color="0.6", linewidth=1)
        ax.plot(eps, [0] * len(eps), "o", color=ORANGE)
        ax.plot(z, [1] * len(eps), "s", color=BLUE)
        ax.set(
            title=f"$\\mu = {m:g}$, $\\sigma = {s:g}$", xlim=AXIS, ylim=(-0.3, 1.3), xlabel="value", xticks=range(-3, 4)
        )
    axes[0].set_yticks([0, 1], ["$\\varepsilon$", "$z = \\mu + \\sigma\\varepsilon$"])
    return figure


@torch.inference_mode(False)  # whatever the caller has switched off: a slope needs gradients
@torch.enable_grad()
def _on_grid(f: Callable[[Tensor], Tensor]) -> Tensor:
    """f and its derivative on the grid, checked: (2, 2401)."""
    if isinstance(f, type) or not callable(f):
        raise TypeError(f"f must be a function of z, such as lambda z: z**2; got {arguments.described(f)}")
    z = GRID.clone().requires_grad_()
    try:
        value = f(z)
    except (RuntimeError, TypeError, ValueError) as problem:
        raise TypeError(
            "f must take a tensor of many z at once, as torch.sin and lambda z: z**2 do, and math.sin, np.sin and an "
            f"if don't; it fails: {problem}"
        ) from problem
    if not isinstance(value, Tensor) or value.shape != GRID.shape:
        got = f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"f must give a number for each z: for a tensor (2401,) a tensor (2401,); got {got}")
    slope = torch.zeros_like(GRID)
    if value.requires_grad:
        (slope,) = torch.autograd.grad(value.sum(), z)
    both = torch.stack([value.detach().to(GRID), slope])
    for name, numbers in zip(("f", "the derivative of f"), both, strict=True):
        wrong = GRID[~torch.isfinite(numbers)]
        if len(wrong):
            raise ValueError(
                f"{name} must be finite wherever z may fall, from {REACH[0]:g} to {REACH[1]:g}; it is not at "
                f"z = {wrong[0]:g}. Clamp what overflows or is not defined there."
            )
    return both
