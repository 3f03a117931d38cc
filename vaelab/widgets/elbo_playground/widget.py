"""ELBOPlayground: a Gaussian q(z) to drag over an exact posterior, while ELBO and KL share log p(x)."""

from typing import Any

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from vaelab import arguments
from vaelab.palette import BLUE, LIGHT_BLUE, ORANGE
from vaelab.toy import GRID, Toy, integrate
from vaelab.widgets.shared.base import Number, Widget, as_bytes
from vaelab.widgets.shared.esm import module
from vaelab.widgets.shared.numbers import number
from vaelab.widgets.shared.style import style

OBSERVATIONS = {
    "two humps": [1.6, 0.1, 0.05],
    "two humps far apart": [2.3, 0.1, 0.05],
    "one hump": [1.6, 1.0, 0.5],
    "nearly Gaussian": [0.1, 0.4, 0.1],
}
MU, SIGMA = (-3.0, 3.0), (0.05, 1.5)  # q's mass lies on the grid, and its peak is wide enough for it
SHOWN = (-4.5, 4.5)  # of z


class ELBOPlayground(Widget):
    """The exact posterior p(z|x) of the toy model, a q(z) = N(mu, sigma^2) to drag over it, and what it does in nats:

        log p(x) = ELBO + KL(q || p(z|x)),    ELBO = E_q[log p(x|z)] - KL(q || p(z))

    toy: a `vaelab.toy.Toy`; without it, `Toy()`
    x: one observation, three numbers, or several with names, {name: x}; without it, four that differ in their humps

    mu, sigma: of q, sigma its standard deviation, from Python and back
    observation: the name of the x that is shown, from Python and back

    Raises ValueError or TypeError for an x, a mu or a sigma that can't be shown.
    """

    _esm = module("elbo_playground/widget.js")
    _css = style("elbo_playground")
    mu = Number().tag(sync=True)
    sigma = Number().tag(sync=True)
    observation = traitlets.Unicode().tag(sync=True)
    _limits = traitlets.Dict({"mu": MU, "sigma": SIGMA, "shown": SHOWN}).tag(sync=True)
    _observations = traitlets.List(traitlets.Dict()).tag(sync=True)
    _z = traitlets.Bytes().tag(sync=True)
    _log_prior = traitlets.Bytes().tag(sync=True)
    _log_likelihoods = traitlets.Bytes().tag(sync=True)

    def __init__(self, toy: Toy | None = None, x: Any = None, mu: float = 0.0, sigma: float = 1.0, **kwargs: Any):
        toy = Toy() if toy is None else toy
        if not isinstance(toy, Toy):
            raise TypeError(f"the model comes first: ELBOPlayground(vl.Toy(), x); got {arguments.described(toy)}")
        xs = _checked(toy, OBSERVATIONS if x is None else x)
        self._toy, self._xs = toy, xs
        super().__init__(
            _observations=[
                {
                    "name": name,
                    "x": f"({', '.join(number(one, 'g') for one in x.tolist())})",
                    "logEvidence": toy.log_evidence(x).item(),
                }
                for name, x in xs.items()
            ],
            _z=as_bytes(GRID),
            _log_prior=as_bytes(toy.log_prior(GRID)),
            _log_likelihoods=as_bytes(torch.stack([toy.log_likelihood(x, GRID) for x in xs.values()])),
            **{"observation": next(iter(xs)), "mu": mu, "sigma": sigma, **kwargs},
        )

    @traitlets.validate("mu", "sigma")
    def _within(self, proposal: traitlets.Bunch) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = self._limits[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} must be a number from {low:g} to {high:g}; got {value}")
        return value

    @traitlets.validate("observation")
    def _known(self, proposal: traitlets.Bunch) -> Any:
        if proposal["value"] not in self._xs:
            raise traitlets.TraitError(f"observation must be one of {list(self._xs)}; got {proposal['value']!r}")
        return proposal["value"]

    def _terms(self) -> dict[str, float]:
        """The numbers of both equations, in nats, of the q that is shown."""
        x = self._xs[self.observation]
        q = Normal(GRID.new_tensor(self.mu), self.sigma)
        rebuilt = integrate(lambda z: q.log_prob(z).exp() * self._toy.log_likelihood(x, z))
        price = kl_divergence(q, Normal(GRID.new_tensor(0.0), 1.0))
        log_evidence = self._toy.log_evidence(x)
        numbers = {"log p(x)": log_evidence, "ELBO": rebuilt - price, "KL": log_evidence - (rebuilt - price)}
        return {name: value.item() for name, value in (numbers | {"rebuilt": rebuilt, "price": price}).items()}

    def picture(self) -> Figure:
        """The posterior with q over it, and the levels log p(x) and ELBO with what lies between."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=(5, 4))
        figure.subplots_adjust(left=0.05, right=0.985, top=0.91, bottom=0.21, wspace=0.14)
        posterior = self._toy.log_posterior(self._xs[self.observation], GRID).exp()
        q = Normal(GRID.new_tensor(self.mu), self.sigma).log_prob(GRID).exp()
        left.fill_between(GRID, posterior, color="0.8", label="posterior p(z|x)")
        left.plot(GRID, self._toy.log_prior(GRID).exp(), "--", color="0.3", linewidth=1, label="prior p(z)")
        of_q = f"q(z): μ = {number(self.mu)}, σ = {number(self.sigma)}"
        left.plot(GRID, q, color=BLUE, linewidth=2, label=of_q)
        left.set_title(f"Observation x: {self.observation}", parse_math=False)  # a name is no formula
        left.set(xlabel="z", ylabel="density", xlim=SHOWN)
        left.set_ylim(0, 1.6 * posterior.max().item())
        left.legend(frameon=False, ncols=3, loc="upper center", fontsize="small", columnspacing=1.2)
        self._draw_levels(right)
        return figure

    def _draw_levels(self, ax: Axes) -> None:
        terms = self._terms()
        evidence, bound, rebuilt = terms["log p(x)"], terms["ELBO"], terms["rebuilt"]
        low, high = min(0.0, evidence) - 4.4, max(0.0, evidence) + 1
        steps = [
            (0, evidence, "0.8"),
            (evidence, bound, ORANGE),
            (0, rebuilt, LIGHT_BLUE),
            (rebuilt, bound, LIGHT_BLUE),
        ]
        for i, (start, end, color) in enumerate(steps):
            ax.bar(i, end - start, 0.76, start, color=color, edgecolor="0.3", linewidth=0.7)
        ax.axhline(evidence, linestyle="--", color="black", linewidth=1.2)
        ax.axhline(bound, color=BLUE, linewidth=2)
        ax.text(1, evidence + 0.08, "log p(x) stays", ha="center", va="bottom")
        out = bound < low + 0.6
        ax.text(0, low + 0.6 if out else bound - 0.12, "ELBO ↓" if out else "ELBO", ha="center", va="top")
        ax.set_xticks(range(4), ["log p(x)", "−KL(q‖p(z|x))", "$\\mathrm{E}_q$[log p(x|z)]", "−KL(q‖p(z))"])
        ax.set(ylabel="nats", xlim=(-0.5, 3.5), ylim=(low, high), title="Two ways down from 0 to the ELBO")

    def caption(self) -> str:
        """What the picture shows, with its numbers."""
        evidence, bound = (round(self._terms()[name], 3) for name in ("log p(x)", "ELBO"))
        return (
            f"log p(x) = {number(evidence, '.3f')} nats, whatever q is. For this q it is the ELBO, "
            f"{number(bound, '.3f')}, and KL(q‖p(z|x)), the gap of {number(evidence - bound, '.3f')}."
        )

    def __repr__(self) -> str:
        names = ", ".join(self._xs)
        return f"ELBOPlayground: a Gaussian q(z) to drag over an exact posterior; observations: {names}."


def _checked(toy: Toy, x: Any) -> dict[str, Tensor]:
    """Every observation as three numbers in float64, under its name."""
    if not isinstance(x, dict):
        x = {"x": x}
    if not x or not all(isinstance(name, str) for name in x):
        raise ValueError('there is nothing to observe: give x, three numbers, or {"name": x, ...}')
    xs = {}
    for name, numbers in x.items():
        try:
            xs[name] = torch.as_tensor(numbers, dtype=torch.float64, device="cpu").detach()
        except (TypeError, ValueError, RuntimeError) as problem:
            raise ValueError(f"x must be three numbers, such as [1.6, 0.1, 0.05]; got {numbers!r:.100}") from problem
        if xs[name].shape != (3,) or not xs[name].isfinite().all():
            raise ValueError(f"x must be three finite numbers, such as [1.6, 0.1, 0.05]; got {numbers!r:.100}")
        outside = toy.posterior_mean(xs[name], lambda z: (z.abs() > SHOWN[1]).double())
        if not outside < 0.01:
            raise ValueError(
                f"the playground shows z from {SHOWN[0]:g} to {SHOWN[1]:g}, and the posterior of "
                f"x = {xs[name].tolist()} lies elsewhere: take an x whose first number is smaller"
            )
    return xs
