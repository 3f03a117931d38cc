"""LossComparison: the latent spaces of several trainings side by side, epoch by epoch, also while they are trained."""

from typing import Any

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab.diagnostics import LatentSnapshot
from vaelab.widgets.loss_comparison.checks import check_images, snapshots_of, titled
from vaelab.widgets.loss_comparison.follower import Follower
from vaelab.widgets.loss_comparison.numbers import extent_of_gaussians, run_of
from vaelab.widgets.loss_comparison.picture import columns_of, picture_of
from vaelab.widgets.loss_comparison.samples import samples_bytes
from vaelab.widgets.shared.base import PointsWidget, as_bytes, classes_of, named
from vaelab.widgets.shared.esm import module
from vaelab.widgets.shared.style import style


class LossComparison(PointsWidget):
    """One latent space a training, one epoch for all of them, to scrub or to play.

    histories: {title: History}, from `fit(..., snapshot=vl.latent_snapshot(images))` with the same images each time.
        Or [title, ...] of trainings that are still to come (in a dictionary: None), see `follow`
    labels: (N,), whole numbers or strings, of those images
    images: (N, ...), for `follow`: those whose codes are shown, as the model's encode takes them

    epoch: the epoch that is shown, 0 before the training, from Python and back

    Shown of each training: the codes, some as ellipses with half-axes 2 sigma, over the prior; sixteen images decoded
    from draws of the prior, the same draws everywhere; the curves of the loss; the numbers of the epoch. The coverage
    is that of 500 draws from the prior by the first 2,000 codes.

    Raises TypeError or ValueError for what can't be compared.
    """

    trains = True
    _esm = module("loss_comparison/widget.js")
    _css = style("loss_comparison")
    epoch = traitlets.Int().tag(sync=True)
    _runs = traitlets.List(traitlets.Dict()).tag(sync=True)  # of each training what `run_of` gives
    _columns = traitlets.Int().tag(sync=True)  # how many stand side by side
    # The codes and the decoded draws of run r at epoch e are traits of their own, `_gaussians_r_e` and `_samples_r_e`:
    # so each travels once, at the end of its epoch.
    _live = traitlets.Dict().tag(sync=True)  # of the training that goes on now: {run, epoch, extent}
    _live_gaussians = traitlets.Bytes().tag(sync=True, holds="float32")
    _live_samples = traitlets.Bytes().tag(sync=True, holds="grey")

    def __init__(self, histories: dict | list, labels: Any = None, *, images: Tensor | None = None, **kwargs: Any):
        histories = titled(histories)
        trained = {title: history for title, history in histories.items() if history is not None}
        if images is not None:
            check_images(images)
        elif not trained:
            raise ValueError("trainings that are still to come need the images whose codes to show: give images=...")
        self._snapshots: dict[str, list[LatentSnapshot]] = {title: [] for title in histories}
        self._snapshots |= snapshots_of(trained, images)
        self._images, self._labels = images, None if labels is None else named(labels)
        self._count = len(images) if images is not None else len(next(iter(self._snapshots.values()))[0].mu)
        runs = [run_of(title, history, self._snapshots[title]) for title, history in histories.items()]
        super().__init__(
            _runs=runs,
            _columns=columns_of(len(runs)),
            **classes_of(labels, self._count),
            **{"epoch": max(len(run["numbers"]) for run in runs) - 1 if trained else 0, **kwargs},
        )
        self._followed = self.epoch  # the newest epoch: whoever is there goes along
        self._send_frames(
            {(run, epoch) for run, all in enumerate(self._snapshots.values()) for epoch in range(len(all))}
        )

    @property
    def _last(self) -> int:
        return max(0, *(len(run["numbers"]) - 1 for run in self._runs))

    @traitlets.validate("epoch")
    def _within(self, proposal: traitlets.Bunch) -> Any:
        if not 0 <= proposal["value"] <= self._last:
            raise traitlets.TraitError(f"epoch must be from 0 to {self._last}; got {proposal['value']}")
        return proposal["value"]

    def follow(self, title: str) -> Follower:
        """The callback that shows a training while it runs: `fit(..., callback=comparison.follow("both"))`.

        The codes are those in the history's snapshots, if `fit` was given `snapshot=vl.latent_snapshot(images)` with
        the same images; else the callback takes them itself. A second training with the same title replaces the first.
        """
        if not isinstance(title, str) or title not in self._snapshots:
            raise ValueError(f"there is no training {title!r} in this comparison; it has {', '.join(self._snapshots)}")
        if self._images is None:
            raise ValueError(
                "to follow a training the comparison needs the images whose codes to show: "
                "LossComparison(titles, labels, images=images)"
            )
        return Follower(self, title, self._images)

    def _send_frames(self, which: set[tuple[int, int]]) -> None:
        """Sends the codes and decoded draws of these (run, epoch)."""
        values = {}
        for run, epoch in sorted(which):
            snapshot = list(self._snapshots.values())[run][epoch]
            values[f"_gaussians_{run}_{epoch}"] = as_bytes(torch.cat(tuple(snapshot), dim=-1))  # (N, 4): mu, sigma
            values[f"_samples_{run}_{epoch}"] = samples_bytes(snapshot)
        holds = {"_gaussians": "float32", "_samples": "grey"}
        new = {name: holds[name.rsplit("_", 2)[0]] for name in values if not self.has_trait(name)}
        if new:  # and as many more as there are: each time that traits are added there is another class
            run, last = max(tuple(map(int, name.rsplit("_", 2)[1:])) for name in new)
            later = range(last + 1, 2 ** last.bit_length())
            new |= {f"{kind}_{run}_{epoch}": holds[kind] for kind in holds for epoch in later}
            new = {name: kind for name, kind in new.items() if not self.has_trait(name)}
            self.add_traits(**{name: traitlets.Bytes().tag(sync=True, holds=kind) for name, kind in new.items()})
        with self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)

    def _record(self, title: str, history: Any, snapshots: list[LatentSnapshot]) -> None:
        """Takes down what is known of a training by now: the newest snapshot is new."""
        run = list(self._snapshots).index(title)
        self._snapshots[title] = snapshots
        self._send_frames({(run, len(snapshots) - 1)})
        runs = list(self._runs)
        # The numbers of the epochs before stay as they are, once the names of the loss's terms are known.
        runs[run] = run_of(title, history, snapshots, runs[run]["numbers"] if len(snapshots) > 2 else [])
        follows = self.epoch == self._followed
        with self.hold_sync(), self.hold_trait_notifications():
            self._runs = runs
            self._live = {"run": run, "epoch": history.epochs + 1, "extent": runs[run]["extent"]}
            self._followed = len(snapshots) - 1
            self.epoch = self._followed if follows else min(self.epoch, self._last)

    def _look(self, title: str, epoch: int, snapshot: LatentSnapshot) -> None:
        """Shows a moment within an epoch, of the first codes only."""
        with self.hold_sync():
            run = list(self._snapshots).index(title)
            self._live = {"run": run, "epoch": epoch, "extent": extent_of_gaussians(snapshot)}
            self._live_gaussians = as_bytes(torch.cat(tuple(snapshot), dim=-1))
            self._live_samples = samples_bytes(snapshot)

    def _end(self) -> None:
        """Nothing is live any more, and whoever went along sees the last epoch."""
        follows, self._followed = self.epoch == self._followed, self._last
        if follows:
            self.epoch = self._last  # before the rest: the page lets a reader who has moved back stay there
        with self.hold_sync():
            self._live, self._live_gaussians, self._live_samples = {}, b"", b""

    def picture(self) -> Figure:
        """The latent spaces at the shown epoch, with the draws from the prior and the numbers."""
        return picture_of(self._runs, list(self._snapshots.values()), self._labels, self.epoch)

    def caption(self) -> str:
        """What the picture shows."""
        if not any(self._snapshots.values()):
            return "The trainings are still to come."
        return (
            "The codes of the same images after each training, "
            "each label at its class's median or tied to it by a line. "
            "Dashed: radius 1 and 2 around the prior's centre. "
            "Below: what each model decodes from the same sixteen draws of the prior, and the numbers of the epoch."
            + self._shared_colours()
        )

    def __repr__(self) -> str:
        trained = f"over {self._last} epochs" if any(self._snapshots.values()) else "not trained yet"
        comma = " " if any(self._snapshots.values()) else ", "
        return f"LossComparison: {', '.join(self._snapshots)}; {self._count:,} codes{comma}{trained}."
