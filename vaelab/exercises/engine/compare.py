"""Whether one value is what another is: the kind of thing, its shape, its dtype, and its numbers."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaelab.exercises.engine.difference import (
    Difference,
    Missing,
    NoGradient,
    NotANumber,
    OtherCount,
    OtherDevice,
    OtherDtype,
    OtherKind,
    OtherShape,
    OtherThing,
    OtherValues,
    Relation,
)


def compare(name: str, given: Any, expected: Any, rtol: float, atol: float) -> Difference | None:
    """The first difference between a given and an expected value; None if there is none.

    A number may be Python's, NumPy's, or a tensor without dimensions. A tuple may be any tuple or list.
    rtol, atol: as in torch.isclose, for what is no count.
    """
    if given is None and expected is not None:
        return NoGradient(name) if name.startswith("the gradient") else Missing(name)
    if isinstance(expected, tuple):
        if not isinstance(given, tuple | list) or len(given) != len(expected):
            return OtherCount(name, given, expected)
        parts = zip(parts_of(name, given, expected).items(), expected, strict=True)
        return next((p for part, wanted in parts if (p := compare(*part, wanted, rtol, atol))), None)
    if isinstance(expected, bool | int | float):
        if (isinstance(given, Tensor) and given.dim() == 0) or isinstance(given, np.generic):
            given = given.item()
        if not isinstance(given, bool | int | float):
            return OtherKind(name, given, expected)
        if isinstance(expected, int):
            rtol = atol = 0.0  # a count is right or wrong
        given, expected = (torch.tensor(float(value), dtype=torch.float64) for value in (given, expected))
    if not isinstance(expected, Tensor):
        same = type(given) is type(expected) and given == expected
        return None if same else OtherThing(name, given, expected)
    if not isinstance(given, Tensor):
        return OtherKind(name, given, expected)
    return _compare_tensors(name, given.detach(), expected.detach(), rtol, atol)


def _compare_tensors(name: str, given: Tensor, expected: Tensor, rtol: float, atol: float) -> Difference | None:
    if given.shape != expected.shape:
        return OtherShape(name, given.shape, expected.shape)
    if given.dtype != expected.dtype:
        return OtherDtype(name, given.dtype, expected.dtype)
    if given.device != expected.device:
        return OtherDevice(name, given.device, expected.device)
    if torch.equal(given, expected):  # as most are, and this takes a tenth of the time
        return None
    if not expected.is_floating_point():
        rtol = atol = 0.0
    if (off := given.isnan() & ~expected.isnan()).any():
        return NotANumber(name, given.clone(), expected, off)  # the answer may yet write to what it gave
    off = ~torch.isclose(given.double(), expected.double(), rtol=rtol, atol=atol, equal_nan=True)
    return OtherValues(name, given.clone(), expected, off) if off.any() else None


def parts_of(name: str, value: Any, expected: Any) -> dict[str, Any]:
    """{name: value}; or, where several results are expected and are there, each by its own name."""
    if not (isinstance(value, tuple | list) and isinstance(expected, tuple) and len(value) == len(expected)):
        return {name: value}
    count = len(expected)
    names = getattr(expected, "_fields", None) or [f"result {i} of {count}" for i in range(1, count + 1)]
    return dict(zip((n.replace("_", " ") for n in names), value, strict=True))


def relation_of(pairs: list[tuple[Tensor, Tensor]]) -> Relation | None:
    """The factor or the constant between what was given and what was expected in all cases, if that is all there is."""
    given, expected = (torch.cat([part.double().flatten() for part in side]) for side in zip(*pairs, strict=True))
    if not (given.isfinite() & expected.isfinite()).all() or _all_alike(expected):
        return None  # where always the same is expected, a factor can't be told from a constant
    there = expected.abs() > 1e-6
    factor, constant = given[there] / expected[there], given - expected
    if _all_alike(constant):  # first, as 399 for 400 and 499 for 500 are nearly the same factor
        return Relation("constant", constant[0].item())
    if len(factor) > 1 and torch.equal(given.abs() > 1e-6, there) and _all_alike(factor) and f"{factor[0]:.3g}" != "1":
        return Relation("factor", factor[0].item())
    return None


def _all_alike(values: Tensor) -> bool:
    return bool(torch.isclose(values, values[0], rtol=1e-3, atol=1e-6).all())
