"""What can differ between what an answer gives and what is expected: data. difference_wording puts it into words.

name is what was looked at, "" for the result itself.
"""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor


class Missing(NamedTuple):
    """None, where there should be something."""

    name: str


class NoGradient(NamedTuple):
    """None, where there should be a gradient."""

    name: str


class OtherKind(NamedTuple):
    """Not the kind of thing that was expected: a list instead of a tensor, say."""

    name: str
    given: Any
    expected: Any


class OtherCount(NamedTuple):
    """Not as many results as expected, or no tuple of results at all."""

    name: str
    given: Any
    expected: tuple


class OtherThing(NamedTuple):
    """Something that is no number is another."""

    name: str
    given: Any
    expected: Any


class OtherShape(NamedTuple):
    """A tensor of another shape."""

    name: str
    given: torch.Size
    expected: torch.Size


class OtherDtype(NamedTuple):
    """Numbers of another type."""

    name: str
    given: torch.dtype
    expected: torch.dtype


class OtherDevice(NamedTuple):
    """Numbers on another device."""

    name: str
    given: torch.device
    expected: torch.device


class NotANumber(NamedTuple):
    """nan where there should be a number. off: a mask, where that is."""

    name: str
    given: Tensor
    expected: Tensor
    off: Tensor


class OtherValues(NamedTuple):
    """Numbers that are further off than they may be. off: a mask, where that is."""

    name: str
    given: Tensor
    expected: Tensor
    off: Tensor


class Changed(NamedTuple):
    """The arguments that were written to, or none where one should have been."""

    names: list[str]


class Stopped(NamedTuple):
    """The answer raised, with its own line as (number, text); or, with None, it did not where it should have."""

    name: str
    exception: BaseException | None
    line: tuple[int, str] | None


class Relation(NamedTuple):
    """All numbers are the same number of times what they should be, or too large by the same number."""

    kind: Literal["factor", "constant"]
    number: float


Difference = (
    Missing
    | NoGradient
    | OtherKind
    | OtherCount
    | OtherThing
    | OtherShape
    | OtherDtype
    | OtherDevice
    | NotANumber
    | OtherValues
    | Changed
    | Stopped
)


def is_of_a_gradient(found: Difference) -> bool:
    """Whether the values are right, and a gradient is not."""
    return getattr(found, "name", "").startswith("the gradient")
