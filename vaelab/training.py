"""Training: `fit` minimises any loss of any model over a set of images. It knows nothing of autoencoders or VAEs."""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Generator, Tensor, nn

from vaelab import arguments
from vaelab.adam import Adam
from vaelab.any_model import device_of, evaluating
from vaelab.arguments import number, whole_number
from vaelab.console import say
from vaelab.history import History, TrainingDiverged, distinct
from vaelab.progress_bar import Progress
from vaelab.step import step_of, terms_of
from vaelab.threads import Threads
from vaelab.training_arguments import (
    check_loss,
    check_model,
    check_snapshot,
    checked_callback,
    checked_device,
    made_optimizer,
)

Loss = Callable[..., Tensor | dict[str, Tensor]]
Callback = Callable[[nn.Module, History], None]


@torch.inference_mode(False)  # whatever the caller has switched off: to learn needs gradients
@torch.enable_grad()
def fit(
    model: nn.Module,
    loss: Loss,
    images: Tensor,
    *,
    epochs: int = 10,
    batch_size: int = 256,
    lr: float = 1.2e-2,
    optimizer: Callable[[Iterator[nn.Parameter]], Any] = Adam,
    seed: int = 0,
    validation: Tensor | None = None,
    device: str | torch.device | None = None,
    snapshot: Callable[[nn.Module], Any] | None = None,
    callback: Callback | Sequence[Callback] | None = None,
) -> History:
    """Trains `model` in place, with Adam and a one-cycle learning rate, and returns what happened on the way.

    loss: called as loss(model, x, generator=g) on a batch x (B, ...). It gives the number to minimise, or a dict of
        named numbers: the first is minimised, the others are reported beside it. What is random in it is drawn from g.
        Of one that has a method at(t), as VAELoss has, each step takes loss.at(t), where t goes from 0 to 1.
    images: (N, ...), the whole set; it stays in memory, and a batch is a slice of a fresh permutation. A last batch of
        a single image joins the one before it: BatchNorm can do nothing with one.
    lr: the highest rate of the cycle, reached after 30 % of the steps
    optimizer: called once with model.parameters(): torch.optim.RMSprop, say, or
        lambda weights: torch.optim.SGD(weights, momentum=0.9). Its rate is set at each step; groups of weights with
        rates of their own keep their proportion.
    seed: of the permutations and of g. The same seed on the same machine gives the same result, to rounding where other
        programs keep cores busy (the training then has fewer threads), and PyTorch's global random state is neither
        read nor changed (unless by the model itself, with a Dropout layer for instance).
    validation: held-out images, evaluated after each epoch, with the same noise each time
    device: where to train; without it, the accelerator if there is one. Afterwards the model is back where it was, and
        its weights hold no gradients.
    snapshot: a function of the model, called before the first epoch and after each; what it gives is kept in
        History.snapshots
    callback: called as callback(model, history) after each epoch, or several such, in a list. One that has methods
        before_training, after_batch or after_training gets the same two there as well: so a widget, `LatentExplorer`
        for instance, follows the training while it runs.

    Interrupting the cell (or Ctrl-C) ends the training early: the model keeps what it has learned, the history the
    epochs that were finished.

    Raises ValueError or TypeError for what can't be trained, or trained on, `TrainingDiverged` when the loss is no
    longer finite.

    Source of the schedule: Smith and Topin, Super-Convergence, 2018.
    """
    epochs, batch_size = whole_number("epochs", epochs), whole_number("batch_size", batch_size)
    lr, seed = number("lr", lr, above=0), arguments.seed(seed)
    check_model(model, images, validation)
    check_loss(loss)
    check_snapshot(snapshot)
    tell = Callbacks(callback)
    home, device = device_of(model), checked_device(device)
    generator, shuffle = Generator(device).manual_seed(seed), Generator("cpu").manual_seed(seed)
    steps = len(_batches(torch.arange(len(images), device="cpu"), batch_size))
    rate, loss_at = one_cycle(epochs * steps), getattr(loss, "at", lambda t: loss)
    history, progress, threads = History(), Progress(epochs, steps), Threads()
    try:
        model.to(device).eval()
        images, held_out = images.detach().to(device), None if validation is None else validation.detach().to(device)
        step = step_of(model, images, made_optimizer(optimizer, model), generator, loss)
        if snapshot is not None:
            history.snapshots.append(snapshot(model))
        tell.before_training(model, history)
        for epoch in range(1, epochs + 1):
            model.train()
            before, began = copy.deepcopy(model.state_dict()), time.perf_counter()
            step.new_epoch()
            order = torch.randperm(len(images), generator=shuffle, device="cpu").to(device)
            batches = []
            for i, batch in enumerate(_batches(order, batch_size), start=(epoch - 1) * steps):
                threads.look()
                terms = step(loss_at(i / (epochs * steps)), batch, lr * rate(i))
                batches.append((len(batch), terms))
                progress.step()
                tell.after_batch(model, history)
            model.eval()
            train = _mean_terms(batches)
            if broken := _not_finite(model, train):
                model.load_state_dict(before)
                raise TrainingDiverged(_diverged(epoch, lr, broken), history)
            held_out_terms = {} if held_out is None else evaluate(model, loss_at(epoch / epochs), held_out, seed=seed)
            history.add(
                train, held_out_terms, time.perf_counter() - began, snapshot(model) if snapshot is not None else None
            )
            progress.epoch(epoch, distinct(held_out_terms or train))
            tell.after_epoch(model, history)
    except KeyboardInterrupt:
        history.interrupted = True
        progress.close()
        say(
            f"Interrupted in epoch {min(history.epochs + 1, epochs)} of {epochs}. The model keeps what it has learned "
            f"so far; the history holds the epochs that were finished: {history.epochs}."
        )
    finally:
        threads.restore()
        progress.close()
        for weight in model.parameters():
            weight.grad = None  # as large as the weights themselves
        model.to(home).eval()
        tell.after_training(model, history)
    return history


def evaluate(
    model: nn.Module, loss: Loss, images: Tensor, *, seed: int = 0, batch_size: int = 1000
) -> dict[str, float]:
    """The mean of each term of the loss over images (N, ...), without training: {term: number}.

    A loss that changes in the course of a training, see `fit`, is the one at its end.
    """
    batch_size, seed = whole_number("batch_size", batch_size), arguments.seed(seed)
    check_model(model, images, to_train=False)
    check_loss(loss)
    device = device_of(model)
    generator = Generator(device).manual_seed(seed)
    with evaluating(model):
        parts = (part.to(device, copy=True) for part in images.split(batch_size))  # a model may write into them
        return _mean_terms([(len(x), terms_of(loss(model, x, generator=generator))) for x in parts])


class Callbacks:
    """One callback, several or none, as `fit` tells them what happens: each method takes the model and the history."""

    def __init__(self, callback: Any):
        several = list(callback) if isinstance(callback, list | tuple) else [] if callback is None else [callback]
        self.after_epochs = [checked_callback(one) for one in several]
        self.others = {
            moment: [getattr(one, moment) for one in several if hasattr(one, moment)]
            for moment in ("before_training", "after_batch", "after_training")
        }

    def before_training(self, model: nn.Module, history: History) -> None:
        """Nothing has been learned yet."""
        self._tell(self.others["before_training"], model, history)

    def after_batch(self, model: nn.Module, history: History) -> None:
        """One more step has been taken."""
        self._tell(self.others["after_batch"], model, history)

    def after_epoch(self, model: nn.Module, history: History) -> None:
        """One more epoch is in the history."""
        self._tell(self.after_epochs, model, history)

    def after_training(self, model: nn.Module, history: History) -> None:
        """The training is over, finished or not; each is told, even if one before it fails."""
        with ExitStack() as stack:
            for one in reversed(self.others["after_training"]):
                stack.callback(one, model, history)

    @staticmethod
    def _tell(callbacks: list, model: nn.Module, history: History) -> None:
        for one in callbacks:
            one(model, history)


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


def _batches(order: Tensor, batch_size: int) -> list[Tensor]:
    """The places of each batch's images; a lone one at the end joins the batch before."""
    *others, last = order.split(batch_size)
    return [*others[:-1], torch.cat([others[-1], last])] if others and len(last) == 1 < batch_size else [*others, last]


def _mean_terms(batches: list[tuple[int, dict[str, Tensor]]]) -> dict[str, float]:
    """The mean of each term over all images, a batch weighted by its size; the one place that waits for the device."""
    sizes = torch.tensor([size for size, _ in batches], dtype=torch.float64, device="cpu")
    names = batches[0][1]
    if other := next((terms for _, terms in batches if terms.keys() != names.keys()), None):
        raise TypeError(f"the loss must give the same terms each time; it gave {list(names)}, and then {list(other)}")
    values = torch.stack([torch.stack([terms[name].reshape(()) for name in names]) for _, terms in batches])
    values = values.cpu().double()
    return dict(zip(names, (sizes @ values / sizes.sum()).tolist(), strict=True))


def _not_finite(model: nn.Module, terms: dict[str, float]) -> str:
    """What is NaN or infinite, the number that is minimised or a weight, in words; empty where all is well."""
    name, value = next(iter(terms.items()))
    if not math.isfinite(value):
        return f"{name} = {value}"
    learned = ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad)
    broken = [name for name, weight in learned if not weight.isfinite().all()]
    return f"the weights {broken[0]}" if broken else ""


def _diverged(epoch: int, lr: float, broken: str) -> str:
    return (
        f"the training left the finite numbers in epoch {epoch} ({broken}). The likely cause is a learning rate too "
        f"high for this loss: it was {lr:g}, so try lr={lr / 10:g}. Else look for a log or a division by 0 in the "
        f"loss. The model is back as it was before epoch {epoch}."
    )
