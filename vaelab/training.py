"""Training: `fit` minimises any loss of any model over a set of images. It knows nothing of autoencoders or VAEs."""

import copy
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from vaelab.adam import Adam
from vaelab.console import say

Loss = Callable[..., Tensor | dict[str, Tensor]]


class TrainingDiverged(ArithmeticError):
    """The loss became NaN or infinite. `history` holds the epochs before; the model is as the last of them left it."""

    def __init__(self, message: str, history: "History | None" = None):  # pickle gives the message alone at first
        super().__init__(message)
        self.history = history or History()


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
            for name, value in terms.items():
                lists.setdefault(name, []).append(value)
        self.seconds.append(seconds)
        if snapshot is not None:
            self.snapshots.append(snapshot)

    def plot(self, axes: np.ndarray | None = None) -> np.ndarray:
        """The terms of the loss against the epoch, a panel a term; returns the array of Axes."""
        import matplotlib.pyplot as plt

        from vaelab.palette import BLUE

        names = list(self.train)
        if not names:
            raise ValueError("there is nothing to plot: no epoch was finished")
        if axes is None:
            size = (3.6 * len(names), 3)
            axes = plt.subplots(1, len(names), figsize=size, layout="constrained", squeeze=False)[1][0]
        epochs = range(1, self.epochs + 1)
        for ax, name in zip(axes, names, strict=True):
            ax.plot(epochs, self.train[name], "o--", color="0.45", markersize=3, label="training")
            if name in self.validation:
                ax.plot(epochs, self.validation[name], "s-", color=BLUE, markersize=4, label="held out")
            ax.set(title=name, xlabel="epoch")
            ax.xaxis.get_major_locator().set_params(integer=True)
        axes[0].set_ylabel("mean over images")
        axes[0].legend(frameon=False)
        return axes

    def __repr__(self) -> str:
        terms, kind = (self.validation, "held-out ") if self.validation else (self.train, "")
        last = ", ".join(f"{name} {values[-1]:.2f}" for name, values in terms.items() if values)
        return f"History({self.epochs} epochs in {sum(self.seconds):.0f} s{'; ' + kind + last if last else ''})"


def fit(
    model: nn.Module,
    loss: Loss,
    images: Tensor,
    *,
    epochs: int = 10,
    batch_size: int = 256,
    lr: float = 1.2e-2,
    seed: int = 0,
    validation: Tensor | None = None,
    device: str | torch.device | None = None,
    snapshot: Callable[[nn.Module], Any] | None = None,
    callback: Callable[[nn.Module, History], None] | None = None,
) -> History:
    """Trains `model` in place, with Adam and a one-cycle learning rate, and returns what happened on the way.

    loss: called as loss(model, x, generator=g) on a batch x (B, ...). It gives the number to minimise, or a dict of
        named numbers: the first is minimised, the others are reported beside it. What is random in it is drawn from g.
    images: (N, ...), the whole set; it stays in memory, and a batch is a slice of a fresh permutation
    lr: the highest rate of the cycle, reached after 30 % of the steps
    seed: of the permutations and of g. The same seed on the same machine gives the same result, and PyTorch's global
        random state is neither read nor changed (unless by the model itself, with a Dropout layer for instance).
    validation: held-out images, evaluated after each epoch, with the same noise each time
    device: where to train; without it, the accelerator if there is one. Afterwards the model is back where it was.
    snapshot: a function of the model, called before the first epoch and after each; what it gives is kept in
        History.snapshots
    callback: called as callback(model, history) after each epoch. One that has methods before_training, after_batch or
        after_training gets the same two there as well: so a widget, `LatentExplorer` for instance, follows the training
        while it runs.

    Interrupting the cell (or Ctrl-C) ends the training early: the model keeps what it has learned, the history the
    epochs that were finished.

    Raises ValueError or TypeError for images that can't be trained on, `TrainingDiverged` when the loss is no longer
    finite.

    Source of the schedule: Smith and Topin, Super-Convergence, 2018.
    """
    _check_arguments(images, validation, epochs, batch_size, lr)
    if callback is not None and not callable(callback):
        raise TypeError(
            "callback must be a function of (model, history), a vl.LatentExplorer of that model, or what "
            f"vl.LossComparison(...).follow(title) gives; got {type(callback).__name__}"
        )
    home = next(model.parameters()).device
    device = torch.device(device) if device is not None else _accelerator_or_cpu()
    generator, shuffle = Generator(device).manual_seed(seed), Generator().manual_seed(seed)
    steps = math.ceil(len(images) / batch_size)
    history = History()

    model.to(device)
    images, held_out = images.to(device), None if validation is None else validation.to(device)
    optimizer, schedule = Adam(model.parameters()), one_cycle(epochs * steps)
    before_training, after_batch, after_training = (
        getattr(callback, name, None) for name in ("before_training", "after_batch", "after_training")
    )
    progress = Progress(epochs, steps)
    try:
        model.eval()
        if snapshot:
            history.snapshots.append(snapshot(model))
        if before_training:
            before_training(model, history)
        for epoch in range(1, epochs + 1):
            model.train()
            before, began = copy.deepcopy(model.state_dict()), time.perf_counter()
            order = torch.randperm(len(images), generator=shuffle).to(device)
            batches = []
            for step, batch in enumerate(order.split(batch_size), start=(epoch - 1) * steps):
                x = images.index_select(0, batch)  # images[batch], in a fifth of its time
                terms = _terms(loss(model, x, generator=generator))
                optimizer.zero_grad()
                next(iter(terms.values())).backward()
                optimizer.step(lr * schedule(step))
                batches.append((len(batch), {name: term.detach() for name, term in terms.items()}))
                progress.step()
                if after_batch:
                    after_batch(model, history)
            model.eval()
            train = _mean_terms(batches)
            if broken := _not_finite(model, train):
                model.load_state_dict(before)
                raise TrainingDiverged(_diverged(epoch, lr, broken), history)
            held_out_terms = {} if held_out is None else evaluate(model, loss, held_out, seed=seed)
            history.add(train, held_out_terms, time.perf_counter() - began, snapshot and snapshot(model))
            progress.epoch(epoch, held_out_terms or train)
            if callback:
                callback(model, history)
    except KeyboardInterrupt:
        history.interrupted = True
        progress.close()
        print(
            f"Interrupted in epoch {min(history.epochs + 1, epochs)} of {epochs}. The model keeps what it has learned "
            f"so far; the history holds the epochs that were finished: {history.epochs}."
        )
    finally:
        progress.close()
        model.to(home).eval()
        if after_training:
            after_training(model, history)
    return history


@torch.no_grad()
def evaluate(
    model: nn.Module, loss: Loss, images: Tensor, *, seed: int = 0, batch_size: int = 1000
) -> dict[str, float]:
    """The mean of each term of the loss over images (N, ...), without training: {term: number}."""
    _check_images("images", images)
    training, generator = model.training, Generator(images.device).manual_seed(seed)
    try:
        model.eval()
        return _mean_terms([(len(x), _terms(loss(model, x, generator=generator))) for x in images.split(batch_size)])
    finally:
        model.train(training)


def one_cycle(steps: int, *, warm_up: float = 0.3, start: float = 1 / 25) -> Callable[[int], float]:
    """The factor on the learning rate at each step: from `start` up to 1 and down to almost 0, along cosines.

    >>> factor = one_cycle(100)
    >>> [round(factor(step), 2) for step in (0, 15, 30, 65, 99)]
    [0.04, 0.52, 1.0, 0.5, 0.0]
    """
    top = warm_up * steps

    def factor(step: int) -> float:
        if step < top:
            return start + (1 - start) * (1 - math.cos(math.pi * step / top)) / 2
        return (1 + math.cos(math.pi * min(1, (step - top) / (steps - top)))) / 2

    return factor


class Progress:
    """How far the training is: a bar in a notebook and in a terminal, a line an epoch where neither can be drawn."""

    def __init__(self, epochs: int, steps: int):
        self.epochs, self.began, self.bar = epochs, time.perf_counter(), None
        options = {
            "total": epochs * steps,
            "desc": f"0/{epochs} epochs",
            "bar_format": "{desc} {bar} {remaining} left{postfix}",
        }
        if _in_a_notebook():
            from IPython.display import display
            from tqdm.notebook import tqdm

            self.bar = tqdm(**options, display=False)
            bundle = self.bar.container._repr_mimebundle_()
            # What a reader without the live bar sees: a finished sentence rather than a bar that stands at 0 %.
            bundle["text/plain"] = f"Training for {epochs} epochs."
            display(bundle, raw=True)
        elif sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(**options, dynamic_ncols=True)

    def step(self) -> None:
        """One more batch is done."""
        if self.bar is not None:
            self.bar.update()

    def epoch(self, epoch: int, terms: dict[str, float]) -> None:
        """One more epoch is done, and these are its terms."""
        shown = ", ".join(f"{name} {value:.2f}" for name, value in terms.items())
        if self.bar is not None:
            self.bar.set_description_str(f"{epoch}/{self.epochs} epochs", refresh=False)
            if epoch == self.epochs:
                self.bar.bar_format = "{desc} {bar} {elapsed}{postfix}"
            self.bar.set_postfix_str(shown)
        else:
            left = (time.perf_counter() - self.began) * (self.epochs - epoch) / epoch
            say(f"epoch {epoch}/{self.epochs}: {shown}; {left:.0f} s left", file=sys.stderr)

    def close(self) -> None:
        """The training is over, finished or not."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def _in_a_notebook() -> bool:
    if "ipykernel" not in sys.modules:
        return False
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython import get_ipython

    return isinstance(get_ipython(), ZMQInteractiveShell)  # as Colab's is, under another name


def _accelerator_or_cpu() -> torch.device:
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return accelerator or torch.device("cpu")


def _terms(value: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    terms = value if isinstance(value, dict) else {"loss": value}
    if not terms or not all(isinstance(term, Tensor) and term.numel() == 1 for term in terms.values()):
        raise TypeError(
            "the loss must give one number as a tensor, the mean over the batch, or a dict of such numbers, "
            f"the one to minimise first; got {value!r:.200}"
        )
    return terms


def _mean_terms(batches: list[tuple[int, dict[str, Tensor]]]) -> dict[str, float]:
    """The mean of each term over all images, a batch weighted by its size; the one place that waits for the device."""
    sizes = torch.tensor([size for size, _ in batches], dtype=torch.float64)
    names = batches[0][1]
    values = (
        torch.stack([torch.stack([terms[name].squeeze() for name in names]) for _, terms in batches]).cpu().double()
    )
    return dict(zip(names, (sizes @ values / sizes.sum()).tolist(), strict=True))


def _not_finite(model: nn.Module, terms: dict[str, float]) -> str:
    """What is NaN or infinite, the number that is minimised or a weight, in words; empty where all is well."""
    name, value = next(iter(terms.items()))
    if not math.isfinite(value):
        return f"{name} = {value}"
    broken = [name for name, weight in model.named_parameters() if not weight.isfinite().all()]
    return f"the weights {broken[0]}" if broken else ""


def _check_arguments(images: Tensor, validation: Tensor | None, epochs: int, batch_size: int, lr: float) -> None:
    _check_images("images", images)
    if validation is not None:
        _check_images("validation", validation)
        if validation.shape[1:] != images.shape[1:]:
            raise ValueError(
                f"validation must be images of the same size; got {tuple(validation.shape)} and {tuple(images.shape)}"
            )
    for name, number in (("epochs", epochs), ("batch_size", batch_size)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be a whole number of at least 1; got {number!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be a number above 0, such as 1e-2; got {lr!r}")


def _check_images(name: str, images: Tensor) -> None:
    if not isinstance(images, Tensor):
        raise TypeError(f"{name} must be a tensor (N, ...), such as mnist.train.images; got {type(images).__name__}")
    if not images.is_floating_point():
        raise TypeError(f"{name} must be floating-point, such as x.float() / 255; got {images.dtype}")
    if len(images) == 0:
        raise ValueError(f"{name} holds no images: its shape is {tuple(images.shape)}")
    if not torch.stack(torch.aminmax(images)).isfinite().all():
        raise ValueError(f"{name} holds NaN or infinite values: repair or drop those rows before training")


def _diverged(epoch: int, lr: float, broken: str) -> str:
    return (
        f"the training left the finite numbers in epoch {epoch} ({broken}). The likely cause is a learning rate too "
        f"high for this loss: it was {lr:g}, so try lr={lr / 10:g}. Else look for a log or a division by 0 in the "
        f"loss. The model is back as it was before epoch {epoch}."
    )
