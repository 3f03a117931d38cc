"""What the worker sent, as plain values: nothing is unpickled, and nothing of it can run."""

import math
from typing import Any

import torch

from vaelab.exercises.engine.ask import Seen

NUMBERS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64")
DTYPES = {name: getattr(torch, name) for name in NUMBERS}


class Other:
    """Stands for something that is no data, such as a function or a NumPy array."""

    def __init__(self, kind: str):
        self.kind = kind

    def __repr__(self) -> str:
        return self.kind


def decoded(value: Any, data: bytearray) -> Any:
    """A number, a text, None, a tensor, a tuple of such, a Seen or an Other. Raises what it likes if it is none."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return tuple(decoded(part, data) for part in value)
        case {"seen": list(given)}:
            return Seen(tuple(decoded(part, data) for part in given), tuple)
        case {"dtype": str(name), "shape": list(shape), "at": int(at)}:
            dtype, count = DTYPES[name], math.prod(shape)
            if any(type(n) is not int or n < 0 for n in shape) or len(shape) > 20:
                raise ValueError("no shape")
            if at < 0 or at + count * dtype.itemsize > len(data):
                raise ValueError("it is not there")
            if count == 0:
                return torch.empty(shape, dtype=dtype)
            return torch.frombuffer(data, dtype=dtype, count=count, offset=at).reshape(shape)  # takes no more memory
        case {"kind": str(kind)}:
            return Other(kind[:100])
    raise ValueError("no value")
