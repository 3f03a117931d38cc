"""A claim of the prose, whether the numbers bear it out, and the numbers."""

import math
from collections.abc import Sequence
from typing import Any

from vaelab.console import say


def verdict(claim: str, value: Any, *, above: float | None = None, below: float | None = None) -> None:
    """Prints the claim, whether it holds, and what was measured beside its bound.

    value: the number that decides, or several of which each has to, or the answer itself, true or false
    above, below: the bounds, one or both, between which the value has to lie; it may not reach them

    When the notebooks are tested, the words and the bounds are compared, the measured number is not. A claim should
    hold on any machine and for any seed, with room to spare: `make claims` tries others.

    Raises TypeError for what is neither true nor false and has no bound, and for a bound of what is no number.

    >>> verdict("three of four draws are close to a code", 0.7613, above=0.6)
    holds: three of four draws are close to a code [0.761 > 0.6]
    >>> verdict("both errors are near 2", [1.96, 2.1], above=1.5, below=2.5)
    holds: both errors are near 2 [1.96, 2.1 > 1.5, < 2.5]
    >>> verdict("the KL is never negative", 0.3 >= 0)
    holds: the KL is never negative
    """
    if above is None and below is None:
        answer = _the_one(value)
        if not isinstance(answer, bool):
            raise TypeError(
                "a claim needs True or False, such as (x > 0).all(), or a number with a bound, above= or below=; "
                f"got {value!r:.100}"
            )
        say(f"{_said(answer)} {claim}")
        return
    for name, bound in (("above", above), ("below", below)):
        if not isinstance(bound, int | float | None) or isinstance(bound, bool):
            raise TypeError(f"{name} must be a number, the bound of the claim; got {bound!r:.100}")
    numbers = _numbers(value)
    holds = all((above is None or x > above) and (below is None or x < below) for x in numbers)
    bounds = [f"{sign} {_short(bound)}" for sign, bound in ((">", above), ("<", below)) if bound is not None]
    say(f"{_said(holds)} {claim} [{', '.join(map(_short, numbers))} {', '.join(bounds)}]")


def _said(holds: bool) -> str:
    return "holds:" if holds else "DOES NOT HOLD:"


def _the_one(value: Any) -> Any:
    """A tensor's or an array's one element, and everything else as it is."""
    return value.item() if hasattr(value, "item") and math.prod(value.shape) == 1 else value


def _numbers(value: Any) -> list[float]:
    values = value.tolist() if hasattr(value, "tolist") else value
    numbers = [_the_one(x) for x in values] if isinstance(values, Sequence) else [_the_one(values)]
    if not numbers or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in numbers):
        raise TypeError(f"a bound needs a number, or several, to compare with; got {value!r:.100}")
    return numbers


def _short(x: float) -> str:
    """Three digits, and no fewer than stand before the point."""
    return f"{x:.0f}" if math.isfinite(x) and abs(x) >= 1000 else f"{x:.3g}"
