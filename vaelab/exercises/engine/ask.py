"""Asking an answer: it is given a case, and what it makes of it is written down. Nothing here knows what is right.

So it may be done in another process than the comparison: vaelab/classroom does, for answers that were handed in.
"""

import contextlib
import copy
import io
import linecache
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

SEED = 7_654_321  # of what an answer draws by itself: no case uses it, so to ignore a generator shows
Answer = Callable[..., Any]
Case = dict[str, Any]
Observe = Callable[..., Iterator[tuple[str, Any]]]


class Seen(NamedTuple):
    """Something to compare that is read off what an answer gave, such as the mean of its draws.

    given: what the answer gave
    read: called with all of that, the value. It is the reader of whoever compares that counts: an answer may have
        changed what is in its own process.
    """

    given: tuple[Any, ...]
    read: Callable[..., Any]


class Outcome(NamedTuple):
    """What came of asking an answer one case.

    values: {name: value}, what was observed until it stopped
    stopped: the exception that ended it, or None
    changed: the arguments that it changed
    line: the answer's own line that stopped it, as (number, text), or None
    """

    values: dict[str, Any]
    stopped: BaseException | None
    changed: list[str]
    line: tuple[int, str] | None


def call(answer: Answer, **case: Any) -> Iterator[tuple[str, Any]]:
    """The plain way to observe an answer: what it gives, without a name."""
    yield "", answer(**case)


@contextlib.contextmanager
def pytorch_as_it_comes() -> Iterator[None]:
    """For a while new tensors are on the CPU, in float32 and with gradients, whatever the notebook has set."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"), torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(dtype)


def ask(
    answer: Answer,
    case: Case,
    observe: Observe = call,
    differentiable: Sequence[str] = (),
    enough: Callable[[str, dict[str, Any]], bool] = lambda name, values: False,
    file: str | None = None,
    output: io.TextIOBase | None = None,
) -> Outcome:
    """What the answer makes of one case. It gets copies, and its own random state.

    enough: called with what was observed last and all that was observed, says whether to stop there
    file: where the answer's own lines are
    output: where to put what it prints
    """
    inputs = {name: fresh(value) for name, value in case.items()}
    leaves = {name: inputs[name].requires_grad_() for name in differentiable}
    inputs |= {name: leaf.clone() for name, leaf in leaves.items()}  # PyTorch would not let a leaf be written to
    values: dict[str, Any] = {}
    stopped = None
    printed = contextlib.redirect_stdout(output or io.StringIO())
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad(), printed:
            torch.default_generator.manual_seed(SEED)
            for name, value in observe(answer, **inputs):
                values[name] = value
                if enough(name, values):
                    break
            if differentiable:
                values |= _gradients(values, leaves)
    except BaseException as exception:  # exit() and an interrupted loop too
        stopped = exception
    changed = [name for name, value in case.items() if _changed(value, inputs[name])]
    return Outcome(values, stopped, changed, own_line(stopped, file))


def fresh(value: Any) -> Any:
    """A copy that the answer may do with what it likes."""
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, Generator):
        return Generator().set_state(value.get_state())
    return copy.deepcopy(value)


def read(value: Any) -> Any:
    """The value to compare, whether it was observed as it is or is to be read off something."""
    return value.read(*value.given) if isinstance(value, Seen) else value


def tensor_of(number: Any, dtype: torch.dtype) -> Any:
    """A Python or NumPy number as a tensor, for exercises in which it is as good as one; all else as it is."""
    return torch.tensor(number, dtype=dtype) if isinstance(number, int | float | np.number) else number


def knows_only(known: str) -> Callable[..., Any]:
    """For the `__getattr__` of a stand-in, and for methods that it should not have: says what alone is known of it."""

    def unknown(self: Any, *_: Any) -> Any:
        raise AttributeError(known)

    return unknown


def own_line(stopped: BaseException | None, file: str | None) -> tuple[int, str] | None:
    """The innermost line of the student's own code, not of PyTorch's or ours, that was running."""
    frames = traceback.walk_tb(stopped.__traceback__) if stopped else ()
    own = [line for frame, line in frames if frame.f_code.co_filename == file]
    return (own[-1], linecache.getline(file, own[-1]).strip()) if file and own else None


def _changed(before: Any, after: Any) -> bool:
    """Whether a tensor among the arguments is not what it was. (A generator is there to be used.)"""
    return isinstance(before, Tensor) and not (
        before.shape == after.shape and torch.equal(before.nan_to_num(), after.detach().nan_to_num())
    )


def _gradients(values: dict[str, Any], leaves: dict[str, Tensor]) -> dict[str, Tensor | None]:
    """The gradients of a weighted sum of all that was observed; None where there is none."""
    results = [r for value in values.values() for r in (value if isinstance(value, tuple | list) else [value])]
    weighted = [  # with weights that differ, so that no gradient is right in sum only
        (torch.linspace(i, i + 1, r.numel()).to(r.dtype).view(r.shape) * r).sum()
        for i, r in enumerate(results, start=1)
        if isinstance(r, Tensor) and r.requires_grad
    ]
    gradients: Sequence[Tensor | None] = [None] * len(leaves)
    if weighted:
        gradients = torch.autograd.grad(sum(weighted[1:], weighted[0]), list(leaves.values()), allow_unused=True)
    return {f"the gradient with respect to {name}": g for name, g in zip(leaves, gradients, strict=True)}
