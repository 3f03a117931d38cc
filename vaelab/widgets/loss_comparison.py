"""LossComparison: the latent spaces of several trainings side by side, epoch by epoch."""

import matplotlib.pyplot as plt
import torch
import traitlets
from matplotlib.figure import Figure

from vaelab import plots
from vaelab.widgets.base import PointsWidget, as_bytes, classes_of, extent_of, module


class LossComparison(PointsWidget):
    """One latent space a training, one epoch for all of them, to scrub or to play.

    histories: {title: History}, from `fit(..., snapshot=vl.latent_snapshot(images))` with the same images each time
    labels: (N,), whole numbers or strings, of those images

    epoch: the epoch that is shown, 0 before the training, from Python and back

    Raises ValueError for histories that can't be compared.
    """

    _esm = module("loss_comparison.js")
    epoch = traitlets.Int().tag(sync=True)
    _last = traitlets.Int().tag(sync=True)
    _runs = traitlets.List().tag(sync=True)
    _gaussians = traitlets.Bytes().tag(sync=True, holds="float32")

    def __init__(self, histories: dict, labels=None, **kwargs):
        snapshots = _aligned_snapshots(histories)
        self._snapshots, self._labels = snapshots, labels
        mu, sigma = (torch.stack([torch.stack([s[i] for s in run]) for run in snapshots.values()]) for i in (0, 1))
        last = mu.shape[1] - 1
        super().__init__(
            _last=last,
            _gaussians=as_bytes(torch.cat([mu, sigma], dim=-1)),  # (runs, epochs + 1, N, 4)
            _runs=[
                {
                    "title": title,
                    "extent": extent_of(
                        torch.cat([snapshot.mu + 2 * snapshot.sigma, snapshot.mu - 2 * snapshot.sigma])
                    ),
                    "numbers": [_numbers(history, s, epoch) for epoch, s in enumerate(snapshots[title])],
                }
                for title, history in histories.items()
                for snapshot in snapshots[title][-1:]
            ],
            **classes_of(labels, mu.shape[2]),
            **{"epoch": last, **kwargs},
        )

    @traitlets.validate("epoch")
    def _within(self, proposal):
        if not 0 <= proposal["value"] <= self._last:
            raise traitlets.TraitError(f"epoch must be from 0 to {self._last}; got {proposal['value']}")
        return proposal["value"]

    def picture(self) -> Figure:
        """The latent spaces at the shown epoch."""
        columns = len(self._runs)
        figure, axes = plt.subplots(1, columns, figsize=(4.2 * columns, 4.9), layout="constrained", squeeze=False)
        for ax, run, snapshots in zip(axes[0], self._runs, self._snapshots.values(), strict=True):
            mu = snapshots[self.epoch].mu
            plots.latent_scatter(
                mu, self._labels, ax, title=f"{run['title']}, epoch {self.epoch}", prior=True, extent=run["extent"]
            )
        return figure

    def caption(self) -> str:
        """What the picture shows."""
        return "The codes of the same images after each training. Dashed: radius 1 and 2 around the prior's centre."

    def __repr__(self) -> str:
        codes = len(next(iter(self._snapshots.values()))[0].mu)
        return f"LossComparison: {', '.join(self._snapshots)}; {codes:,} codes over {self._last} epochs."


def _aligned_snapshots(histories: dict) -> dict:
    """Each history's snapshots, all lists of one length: a training that ended earlier keeps its last picture."""
    if not isinstance(histories, dict) or not histories or not all(isinstance(title, str) for title in histories):
        raise ValueError('there is nothing to compare: give {"title": history, ...}')
    for title, history in histories.items():
        if not history.snapshots or not all(hasattr(snapshot, "mu") for snapshot in history.snapshots):
            raise ValueError(
                f"the history {title!r} holds no latent snapshots: "
                "train with vl.fit(..., snapshot=vl.latent_snapshot(images))"
            )
        for snapshot in history.snapshots:
            if snapshot.mu.shape[1:] != (2,):
                raise ValueError(
                    f"the comparison shows latent spaces of 2 dimensions; the snapshots of {title!r} have "
                    f"{snapshot.mu.shape[1]}. Train with latent_dim=2."
                )
            if not (torch.isfinite(snapshot.mu).all() and torch.isfinite(snapshot.sigma).all()):
                raise ValueError(f"the snapshots of {title!r} hold NaN or infinite values: its training diverged")
    counts = {title: len(history.snapshots[0].mu) for title, history in histories.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(f"every history must have snapshots of the same images; got {counts} images")
    longest = max(len(history.snapshots) for history in histories.values())
    return {
        title: history.snapshots + history.snapshots[-1:] * (longest - len(history.snapshots))
        for title, history in histories.items()
    }


def _numbers(history, snapshot, epoch: int) -> dict[str, str]:
    """What stands below a latent space, in words and figures."""
    terms = history.validation or history.train
    after = min(epoch, history.epochs) - 1
    shown = {
        title: terms[name] for title, name in (("reconstruction", "reconstruction"), ("KL", "kl")) if name in terms
    }
    return {
        **{title: f"{values[after]:.1f} nats" if after >= 0 else "–" for title, values in shown.items()},
        "mean |μ|": _rounded(snapshot.mu.abs().mean()),
        "mean σ": _rounded(snapshot.sigma.mean()),
    }


def _rounded(number) -> str:
    return "< 0.0001" if number < 1e-4 else f"{number:.4f}" if number < 0.1 else f"{number:.2f}"
