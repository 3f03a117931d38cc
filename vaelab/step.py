"""One step of a training, and on an NVIDIA GPU the same step recorded once and replayed."""

from typing import Any

import torch
from torch import Generator, Tensor, nn

from vaelab.adam import Adam
from vaelab.arguments import described

WARM_UP = 3  # steps before the recording: in them libraries set themselves up, which can't be recorded


class Step:
    """One step down the gradient of a loss on some of the images, as often as it is called."""

    def __init__(self, model: nn.Module, images: Tensor, optimizer: Any, generator: Generator):
        self.model, self.images, self.optimizer, self.generator = model, images, optimizer, generator
        rates = [float(group["lr"]) for group in optimizer.param_groups]
        self.shares = [own / max(rates) if max(rates) else 1.0 for own in rates]  # of groups with rates of their own

    def __call__(self, loss: Any, batch: Tensor, lr: float | Tensor) -> dict[str, Tensor]:
        """The terms of the loss as they were before the step. batch: the places of its images."""
        x = self.images.index_select(0, batch)  # images[batch], in a fifth of its time
        terms = terms_of(loss(self.model, x, generator=self.generator))
        self.optimizer.zero_grad()
        to_minimise(terms).backward()
        for group, share in zip(self.optimizer.param_groups, self.shares, strict=True):
            group["lr"] = lr if share == 1 else share * lr
        self.optimizer.step()
        return {name: term.detach() for name, term in terms.items()}

    def new_epoch(self) -> None:
        """What has been changed since the last epoch, by a callback say, counts from here on."""


class ReplayedStep(Step):
    """On an NVIDIA GPU, where a step is a hundred launches that wait for the host: recorded as one, and replayed.

    Only a loss that says of itself that it is `replayable` is recorded: what another counts in Python, say, would stand
    still. A batch of another size, a model that looks at a value: what can't be recorded is done as ever.

    Source: PyTorch's notes on CUDA graphs.
    """

    def __init__(self, *given: Any):
        super().__init__(*given)
        self.graph: Any = None
        self.size, self.steps, self.side = 0, 0, torch.cuda.Stream()

    def __call__(self, loss: Any, batch: Tensor, lr: float | Tensor) -> dict[str, Tensor]:
        """As Step, to rounding."""
        self.steps += 1
        self.size = max(self.size, len(batch))
        if self.steps <= WARM_UP:
            return self._aside(loss, batch, lr)
        if len(batch) < self.size or self.graph is False:
            return super().__call__(loss, batch, lr)
        if self.graph is None and not self._record(loss, batch, lr):
            return super().__call__(loss, batch, lr)
        self.batch.copy_(batch)
        self.lr.fill_(lr)
        self.graph.replay()
        return dict(zip(self.names, self.values.clone(), strict=True))

    def new_epoch(self) -> None:
        """The next step is recorded anew: that takes hardly longer than the step itself."""
        if self.graph:
            self.graph = None

    def _record(self, loss: Any, batch: Tensor, lr: float | Tensor) -> bool:
        """Whether the step could be recorded. Nothing is computed yet."""
        self.batch, self.lr = batch.clone(), torch.full((), float(lr), device=batch.device)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.generator)
        try:
            with torch.cuda.graph(graph):
                terms = super().__call__(loss, self.batch, self.lr)
                self.names, self.values = list(terms), torch.stack([term.reshape(()) for term in terms.values()])
        except RuntimeError:  # it looks at a value, say: the training goes on as if nobody had tried
            self.graph = False
            return False
        self.graph = graph
        return True

    def _aside(self, loss: Any, batch: Tensor, lr: float | Tensor) -> dict[str, Tensor]:
        """A step on the stream on which steps are recorded, as PyTorch asks for."""
        self.side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.side):
            terms = super().__call__(loss, batch, lr)
        torch.cuda.current_stream().wait_stream(self.side)
        return terms


def step_of(model: nn.Module, images: Tensor, optimizer: Any, generator: Generator, loss: Any) -> Step:
    """The kind of step that this training can have. What others have written may count in Python: it isn't recorded."""
    ours = all(type(module).__module__.startswith(("torch.nn.", "vaelab.")) for module in model.modules())
    replayable = ours and isinstance(optimizer, Adam) and getattr(loss, "replayable", False)
    kind = ReplayedStep if replayable and images.device.type == "cuda" else Step
    return kind(model, images, optimizer, generator)


def terms_of(value: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    """What a loss gave, as a dict of numbers, the one to minimise first."""
    terms = value if isinstance(value, dict) else {"loss": value}
    right = (isinstance(t, Tensor) and t.numel() == 1 and t.is_floating_point() for t in terms.values())
    if not terms or not all(right):
        got = {name: described(term) for name, term in terms.items()} if isinstance(value, dict) else described(value)
        raise TypeError(
            "the loss must give one number as a tensor, the mean over the batch, or a dict of such numbers, "
            f"the one to minimise first; got {got}"
        )
    return terms


def to_minimise(terms: dict[str, Tensor]) -> Tensor:
    """The first of the terms, if it can be learned from."""
    name, value = next(iter(terms.items()))
    if not value.requires_grad:
        raise TypeError(
            f"{name}, which the training is to minimise, does not depend on the model's weights by way of autograd: "
            "look in the loss for .detach(), .item(), .numpy() or torch.no_grad()"
        )
    return value
