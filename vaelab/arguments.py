"""Arguments, looked at before they are used: each function gives the value, or says what came and what to do."""

import math
import operator
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

WHAT_TO_DO = {
    "ndarray": "torch.from_numpy({name}).float() makes one.",
    "DataFrame": "torch.tensor({name}.to_numpy()).float() makes one.",
    "Series": "torch.tensor({name}.to_numpy()).float() makes one.",
    "list": "torch.tensor({name}) makes one of rows of equal length.",
    "tuple": "torch.tensor({name}) makes one of rows of equal length.",
    "list of tensors": "torch.stack({name}) makes one of tensors of one shape.",
    "DataLoader": "All the images are needed in one tensor; batches are made of them.",
    "TensorDataset": "Its first tensor is {name}.tensors[0].",
    "Split": "Its pictures are {name}.images.",
    "Dataset": "Its pictures are {name}.train.images and {name}.test.images.",
}


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """The number, Python's or NumPy's, as Python's."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number of at least {least}; got {described(value)}")
    if number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {number}")
    return number


def seed(value: Any) -> int:
    """A whole number that PyTorch's generators take."""
    number = whole_number("seed", value, least=-(2**63))
    if number >= 2**64:
        raise ValueError(f"seed must be a whole number below 2^64; got {number}")
    return number


def number(name: str, value: Any, *, above: float = -math.inf, least: float = -math.inf) -> float:
    """The finite number, of Python, NumPy or a tensor of one, as Python's."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    bound = f" above {above:g}" if above > -math.inf else f" of at least {least:g}" if least > -math.inf else ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number{bound}; got {described(value)}")
    if not (math.isfinite(value) and value > above and value >= least):
        raise ValueError(f"{name} must be a number{bound}; got {value!r}")
    return float(value)


def floats(name: str, value: Any, shape: str) -> Tensor:
    """The tensor of floating-point numbers."""
    if not isinstance(value, Tensor):
        kind = type(value).__name__
        if isinstance(value, list | tuple) and any(isinstance(one, Tensor) for one in value):
            kind = kind if hasattr(value, "_fields") else "list of tensors"
        advice = WHAT_TO_DO.get(kind, "").format(name=name)
        raise TypeError(f"{name} must be a tensor {shape}; got {described(value)}. {advice}".strip())
    if not value.is_floating_point():
        raise TypeError(
            f"{name} must be a tensor {shape} of floating-point numbers, such as x.float(), or x.float() / 255 of "
            f"pixels from 0 to 255; got {described(value)}"
        )
    if value.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor, such as x.to_dense(); got one of layout {value.layout}")
    return value


def precision(name: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    """The tensor, if its numbers are as precise as a model's weights."""
    if value.dtype != dtype:
        wanted = str(dtype).removeprefix("torch.")
        raise TypeError(
            f"{name} must be as precise as the model's weights, {wanted}, such as {name}.to(torch.{wanted}); got "
            f"{described(value)}"
        )
    return value


def batch(name: str, value: Any) -> Tensor:
    """The images (N, ...): a tensor of at least two dimensions."""
    floats(name, value, "(N, ...)")
    if value.ndim < 2:
        raise ValueError(
            f"{name} must be of shape (N, ...), a row per image; got {tuple(value.shape)}. One image is {name}[:1]"
        )
    return value


def images(name: str, value: Any, least: int = 1) -> Tensor:
    """The images (N, ...), at least so many, if all their numbers are finite."""
    batch(name, value)
    if len(value) < least or value[:1].numel() == 0 < len(value):
        raise ValueError(f"{name} holds no images: its shape is {tuple(value.shape)}")
    if (
        value.numel()
        and value.device.type != "meta"
        and not torch.stack(torch.aminmax(value.detach())).isfinite().all()
    ):
        raise ValueError(f"{name} holds NaN or infinite values: repair or drop those rows")
    return value


def classes(labels: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The names of the classes, in their order, and for each of so many labels the place of its class."""
    names = np.asarray(labels.detach().cpu() if isinstance(labels, Tensor) else labels)
    if names.shape != (count,):
        raise ValueError(f"labels must be one for each of the {count} codes; got {described(labels)}")
    try:
        return np.unique(names, return_inverse=True)
    except TypeError:
        raise TypeError("labels must be all numbers or all strings, without None; got a mixture") from None


def generator(value: Any) -> Generator | None:
    """The generator, or None for PyTorch's own."""
    if value is not None and not isinstance(value, Generator):
        raise TypeError(
            "generator must be a torch.Generator, such as torch.Generator().manual_seed(0), or None for PyTorch's own; "
            f"got {described(value)}"
        )
    return value


def function(name: str, value: Any, of: str) -> Any:
    """What can be called, and is no class of which an instance is meant."""
    if isinstance(value, type):
        raise TypeError(
            f"{name} must be a function of {of}; got the class {value.__name__}: is {value.__name__}(...) meant?"
        )
    if not callable(value):
        raise TypeError(f"{name} must be a function of {of}; got {described(value)}")
    return value


def described(value: Any) -> str:
    """What came, in a few words: of a tensor or an array its shape and kind of numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} of {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, np.ndarray):
        return f"a NumPy array {value.shape} of {value.dtype}"
    if value is None or isinstance(value, bool | int | float | str | bytes | np.generic):
        return f"{value!r:.100}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, dict | list | tuple | set) and type(value).__module__ == "builtins":
        plain = len(value) < 5 and not any(isinstance(one, Tensor | np.ndarray) for one in value)
        shown = repr(value) if plain else ""
        return f"a {type(value).__name__} of {len(value)}" + (f", {shown}" if 0 < len(shown) < 40 else "")
    return type(value).__name__
