"""Whether one value is what another is: the kind of thing, its shape, its dtype, and its numbers."""

from typing import Any

import torch
from torch import Tensor

from vaelab.exercises.engine import wording


def compare(name: str, given: Any, expected: Any, rtol: float, atol: float) -> list[str] | None:
    """The first difference between a given and an expected value, in words; None if there is none.

    A number may be a Python number or a tensor without dimensions. A tuple may be any tuple or list.
    """
    if given is None and expected is not None:
        return wording.no_gradient(name) if name.startswith("the gradient") else wording.nothing(name)
    if isinstance(expected, tuple):
        return _compare_tuples(name, given, expected, rtol, atol)
    if isinstance(expected, bool | int | float):
        if isinstance(given, Tensor) and given.dim() == 0:
            given = given.item()
        if not isinstance(given, bool | int | float):
            return wording.wrong_type(name, given, expected)
        if isinstance(expected, int):
            rtol = atol = 0.0  # a count is right or wrong
        given, expected = (torch.tensor(float(value), dtype=torch.float64) for value in (given, expected))
    if not isinstance(expected, Tensor):
        same = type(given) is type(expected) and given == expected
        return None if same else wording.wrong_thing(name, given, expected)
    if not isinstance(given, Tensor):
        return wording.wrong_type(name, given, expected)
    if given.shape != expected.shape:
        return wording.wrong_shape(name, given, expected)
    if given.dtype != expected.dtype:
        return wording.wrong_dtype(name, given, expected)
    if given.device != expected.device:
        return wording.wrong_device(name, given, expected)
    if not expected.is_floating_point():
        rtol = atol = 0.0
    given, expected = given.detach(), expected.detach()
    if (given.isnan() & ~expected.isnan()).any():
        return wording.not_a_number(name, given, expected)
    off = ~torch.isclose(given.double(), expected.double(), rtol=rtol, atol=atol, equal_nan=True)
    return wording.wrong_values(name, given, expected, off) if off.any() else None


def _compare_tuples(name: str, given: Any, expected: tuple, rtol: float, atol: float) -> list[str] | None:
    if not isinstance(given, tuple | list) or len(given) != len(expected):
        return wording.wrong_count(name, given, expected)
    names = getattr(expected, "_fields", None) or [
        f"result {i} of {len(expected)}" for i in range(1, len(expected) + 1)
    ]
    parts = zip((n.replace("_", " ") for n in names), given, expected, strict=True)
    return next((p for part in parts if (p := compare(*part, rtol, atol))), None)
