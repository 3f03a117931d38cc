"""The callback that shows a training in a comparison while it runs."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vaelab.any_model import dtype_of
from vaelab.diagnostics import LatentSnapshot, sampled_snapshot
from vaelab.widgets.loss_comparison.checks import check_snapshot
from vaelab.widgets.shared.live import Pace

if TYPE_CHECKING:
    from vaelab.widgets.loss_comparison.widget import LossComparison

LOOKED_AT = 500  # codes that move while a model is trained; few, so that the training hardly notices


class Follower:
    """The callback that `LossComparison.follow` gives: it shows one training while it runs.

    It looks at the model a few times a second, and at the end of each epoch, and leaves it as it was.
    """

    def __init__(self, comparison: "LossComparison", title: str, images: Tensor):
        self.comparison, self.title, self.images = comparison, title, images
        self.pace = Pace()
        self.history: Any = None
        self.snapshots: list[LatentSnapshot] = []

    def before_training(self, model: Any, history: Any) -> None:
        """Checks the model and shows its codes as they are now: epoch 0. Raises ValueError or TypeError."""
        latent_dim = getattr(model, "latent_dim", 2)
        if latent_dim != 2:
            raise ValueError(
                f"the comparison shows latent spaces of 2 dimensions; the model for {self.title!r} has {latent_dim}. "
                "Train one with latent_dim=2."
            )
        self.history, self.snapshots, self.images = history, [], self.images.to(dtype_of(model))
        self._take(model, history)

    def after_batch(self, model: Any, history: Any) -> None:
        """Shows where the codes are now, if it is time for a look."""
        if history is not self.history:  # a callback that wraps this one may have passed on no beginning
            self.before_training(model, history)
        elif self.pace.due():
            with self.pace.look():
                snapshot = sampled_snapshot(model, self.images[:LOOKED_AT])
                if all(torch.isfinite(part).all() for part in snapshot):
                    self.comparison._look(self.title, history.epochs + 1, snapshot)

    def __call__(self, model: Any, history: Any) -> None:
        """Takes down an epoch."""
        with self.pace.look():
            if history is not self.history:
                self.before_training(model, history)
            self._take(model, history)

    def after_training(self, model: Any, history: Any) -> None:
        """From now on the training can be scrubbed like any other."""
        if history is self.history:
            try:
                if len(self.snapshots) <= history.epochs:  # interrupted before the last epoch was taken down
                    self._take(model, history)
            finally:
                self.comparison._end()

    def _take(self, model: Any, history: Any) -> None:
        theirs = history.snapshots[len(self.snapshots) :][:1]
        if not theirs or getattr(getattr(theirs[0], "mu", None), "shape", None) != (len(self.images), 2):
            theirs = [sampled_snapshot(model, self.images)]
        if self.snapshots and not all(torch.isfinite(part).all() for part in theirs[0]):
            theirs = self.snapshots[-1:]  # that the training has gone wrong, `fit` says; the last good picture stays
        check_snapshot(self.title, theirs[0])
        self.snapshots.append(theirs[0])
        self.comparison._record(self.title, history, list(self.snapshots))
