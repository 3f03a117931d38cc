"""KLPlayground: two Gaussians to drag, and the KL divergence between them, both ways, as an area and as a formula."""

from typing import Any

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.figure import Figure
from torch.distributions import Normal, kl_divergence

from vaelab.console import plain
from vaelab.palette import BLUE, ORANGE
from vaelab.widgets.shared.base import Number, Widget
from vaelab.widgets.shared.esm import module
from vaelab.widgets.shared.numbers import number
from vaelab.widgets.shared.style import style

MU_RANGE, SIGMA_RANGE = (-2.5, 2.5), (0.1, 2.5)


class KLPlayground(Widget):
    """q = N(mu, sigma^2) and p = N(mu_p, sigma_p^2) to drag, and KL(q || p) and KL(p || q) in nats.

    Each KL stands there twice: as the integral of q log(q / p), area above zero less area below, and as the closed form
    1/2 ((mu - mu_p)^2 / sigma_p^2 + sigma^2 / sigma_p^2 - log(sigma^2 / sigma_p^2) - 1). With p = N(0, 1) that is the
    KL term of a VAE.

    mu, mu_p: from -2.5 to 2.5; sigma, sigma_p: standard deviations from 0.1 to 2.5. All four can be set and observed
        from Python: `playground.sigma = 0.2`, `playground.observe(..., "mu")`

    Raises traitlets.TraitError for a number outside of these ranges.
    """

    _esm = module("kl_playground/widget.js")
    _css = style("kl_playground")
    mu = Number(1.0).tag(sync=True)
    sigma = Number(0.5).tag(sync=True)
    mu_p = Number(0.0).tag(sync=True)
    sigma_p = Number(1.0).tag(sync=True)
    _mu_range = traitlets.List(traitlets.Float(), list(MU_RANGE)).tag(sync=True)
    _sigma_range = traitlets.List(traitlets.Float(), list(SIGMA_RANGE)).tag(sync=True)

    def __init__(self, mu: float = 1.0, sigma: float = 0.5, mu_p: float = 0.0, sigma_p: float = 1.0, **kwargs: Any):
        super().__init__(mu=mu, sigma=sigma, mu_p=mu_p, sigma_p=sigma_p, **kwargs)

    @traitlets.validate("mu", "sigma", "mu_p", "sigma_p")
    def _within(self, proposal: traitlets.Bunch) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = MU_RANGE if name.startswith("mu") else SIGMA_RANGE
        if not low <= value <= high:  # NaN is not, either
            what = "a mean" if name.startswith("mu") else "a standard deviation, not a variance or its logarithm,"
            raise traitlets.TraitError(
                f"{name} must be {what} from {low:g} to {high:g}, where the page can show it; got {value:g}"
            )
        return value

    def _q_and_p(self) -> list[Normal]:
        pairs = ((self.mu, self.sigma), (self.mu_p, self.sigma_p))
        return [Normal(*torch.tensor(pair, dtype=torch.float64, device="cpu")) for pair in pairs]

    def picture(self) -> Figure:
        """The two densities, and what the two KLs integrate."""
        q, p = self._q_and_p()
        low, high = MU_RANGE[0] - SIGMA_RANGE[1], MU_RANGE[1] + SIGMA_RANGE[1]
        z = torch.linspace(low, high, 1001, dtype=torch.float64, device="cpu")
        figure, (left, *others) = plt.subplots(1, 3, figsize=(11.5, 3.9))
        figure.subplots_adjust(left=0.05, right=0.99, top=0.9, bottom=0.27, wspace=0.16)
        side = 1 if q.mean >= p.mean else -1  # the flank where q's name stands: that of p stands on the other
        for name, one, color, line, where in (("q", q, BLUE, "-", side), ("p", p, ORANGE, "--", -side)):
            left.plot(z, one.log_prob(z).exp(), line, color=color)
            flank = one.mean + where * one.stddev
            place = flank.item(), one.log_prob(flank).exp().item()
            left.annotate(name, place, (9 * where, 2), textcoords="offset points", style="italic", ha="center")
        left.set_title(f"q = {_name(q)}, p = {_name(p)}", fontsize="medium")
        ways = (("KL(q ‖ p)", q, p, BLUE, ORANGE), ("KL(p ‖ q)", p, q, ORANGE, BLUE))
        for ax, (name, first, second, color, other) in zip(others, ways, strict=True):
            f = first.log_prob(z).exp() * (first.log_prob(z) - second.log_prob(z))
            ax.fill_between(z, f.clamp(min=0), color=color, alpha=0.45, linewidth=0)
            ax.fill_between(z, f.clamp(max=0), facecolor="none", edgecolor=other, hatch="////", linewidth=0)
            ax.plot(z, f, color="black", linewidth=1)
            ax.axhline(0, color="black", linewidth=0.8)
            ax.set_title(f"{name} = {_kl(first, second)} nats", fontsize="medium")
        for ax in (left, *others):
            ax.set(xlabel="z", xlim=(low, high))
        return figure

    def caption(self) -> str:
        """What the picture shows."""
        return (
            "Left: the two densities. Middle: q log (q / p), its area is KL(q ‖ p). Right: p log (p / q), its area is "
            "KL(p ‖ q). Solid counts +, hatched −."
        )

    def __repr__(self) -> str:
        q, p = self._q_and_p()
        return plain(
            f"KLPlayground: q = {_name(q)} and p = {_name(p)} to drag. "
            f"KL(q ‖ p) = {_kl(q, p)} nats, KL(p ‖ q) = {_kl(p, q)} nats."
        )


def _name(gaussian: Normal) -> str:
    return f"N({number(gaussian.mean.item())}, {number(gaussian.stddev.item())}²)"


def _kl(first: Normal, second: Normal) -> str:
    return f"{abs(kl_divergence(first, second).item()):.3f}"
