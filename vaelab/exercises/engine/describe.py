"""A value, or an exception, in a few words."""

import traceback
from typing import Any

from torch import Tensor, nn

SMALL = 12  # numbers; what is larger is described, not shown


def describe(value: Any) -> str:
    """An argument, as it is shown to whoever wants to try the case again."""
    if isinstance(value, Tensor):
        return numbers(value) if value.numel() <= SMALL else kind(value)
    if isinstance(value, nn.Module):
        return _a(type(value).__name__)
    if isinstance(value, float):
        return f"{value:.4g}"
    return getattr(value, "__name__", None) or repr(value)


def kind(value: Any) -> str:
    """What kind of thing it is."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if type(value).__module__ == "numpy":
        return "a NumPy array" if getattr(value, "ndim", 0) else "a NumPy number"
    if isinstance(value, bool | int | float):
        return f"the Python number {value:.4g}"
    if isinstance(value, tuple):
        return f"{len(value)} results"
    return _a(type(value).__name__)


def numbers(values: Tensor, digits: int = 4) -> str:
    """The numbers of a tensor, in its brackets, rounded to so many digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, list):
            return [rounded(v) for v in value]
        return "0" if abs(value) < 1e-12 else f"{value:.{digits}g}"

    return str(rounded(values.detach().tolist())).replace("'", "")


def message(exception: BaseException) -> str:
    """The last lines of its traceback, which can be had even where its own str() fails."""
    return "".join(traceback.format_exception_only(exception)).strip()


def _a(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
