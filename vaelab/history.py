"""What a training saw, epoch by epoch, and its curves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class History:
    """What `fit` saw. Lists have one entry an epoch.

    train: {term: [mean over the epoch's batches, ...]}, the model moving meanwhile
    validation: {term: [mean over the held-out images after the epoch, ...]}; empty without held-out images
    seconds: how long each epoch took
    snapshots: what `snapshot` gave, before the first epoch and after each: one more than the epochs
    interrupted: whether the training was stopped by hand
    """

    train: dict[str, list[float]] = field(default_factory=dict)
    validation: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    snapshots: list[Any] = field(default_factory=list)
    interrupted: bool = False

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.seconds)

    def add(self, train: dict[str, float], validation: dict[str, float], seconds: float, snapshot: Any = None) -> None:
        """Takes down one finished epoch."""
        for terms, lists in ((train, self.train), (validation, self.validation)):
            if self.epochs and terms.keys() != lists.keys():
                raise ValueError(
                    f"each epoch must have the same terms: they were {list(lists)}, and now they are {list(terms)}"
                )
            for name, value in terms.items():
                lists.setdefault(name, []).append(value)
        self.seconds.append(seconds)
        if snapshot is not None:
            self.snapshots.append(snapshot)

    def plot(self, axes: np.ndarray | None = None) -> np.ndarray:
        """The terms of the loss against the epoch, a panel a term; returns the array of Axes."""
        import matplotlib.pyplot as plt

        from vaelab.palette import BLUE

        names = list(distinct(self.train))
        if not names:
            raise ValueError("there is nothing to plot: no epoch was finished")
        if axes is None:
            # At more than 10.7 inches, the labels would be too small on a projector: tools/projector.py.
            size = (min(3.6 * len(names), 10.7), 3)
            axes = plt.subplots(1, len(names), figsize=size, layout="constrained", squeeze=False)[1][0]
        panels = np.ravel(np.asarray(axes, object))
        if len(panels) != len(names):
            raise ValueError(f"axes must be one for each of {len(names)} terms, {', '.join(names)}; got {len(panels)}")
        epochs = range(1, self.epochs + 1)
        for ax, name in zip(panels, names, strict=True):
            ax.plot(epochs, self.train[name], "o--", color="0.45", markersize=3, label="training")
            if name in self.validation:
                ax.plot(epochs, self.validation[name], "s-", color=BLUE, markersize=4, label="held out")
            ax.set(title=name, xlabel="epoch")
            ax.xaxis.get_major_locator().set_params(integer=True)
        panels[0].set_ylabel("mean over images")
        panels[0].legend(frameon=False)
        return axes

    def __repr__(self) -> str:
        terms, kind = (self.validation, "held-out ") if self.validation else (self.train, "")
        last = ", ".join(f"{name} {values[-1]:.2f}" for name, values in distinct(terms).items() if values)
        return f"History({self.epochs} epochs in {sum(self.seconds):.0f} s{'; ' + kind + last if last else ''})"


class TrainingDiverged(ArithmeticError):
    """The loss became NaN or infinite. `history` holds the epochs before; the model is as the last of them left it."""

    def __init__(self, message: str, history: "History | None" = None):  # pickle gives the message alone at first
        super().__init__(message)
        self.history = history or History()


def distinct(terms: dict[str, Any]) -> dict[str, Any]:
    """The terms without those that a later one repeats: to be shown, as "objective" need not where it is "total"."""
    values = list(terms.values())
    return {name: value for i, (name, value) in enumerate(terms.items()) if value not in values[i + 1 :]}
