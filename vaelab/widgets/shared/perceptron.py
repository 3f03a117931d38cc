"""How a perceptron's weights lie in the bytes that a page gets: here for Python, in network.js for the page."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from vaelab.widgets.shared.base import as_bytes


def widths_of(layers: Sequence[nn.Linear]) -> list[int]:
    """[inputs, ..., outputs]: how many numbers go into the first layer, and come out of each. Of no layers, none."""
    return [layer.in_features for layer in layers[:1]] + [layer.out_features for layer in layers]


def bytes_of(layers: Sequence[nn.Linear]) -> bytes:
    """Layer after layer its weight, column by column, and its bias, as float32: what `perceptron` in network.js takes.

    Column by column, as an input that is 0, after a ReLU or in a black pixel, then costs the page nothing.
    """
    return b"".join(as_bytes(part) for layer in layers for part in (layer.weight.T, layer.bias))


def halved(floats: bytes) -> bytes:
    """The float32 numbers in half the bytes, as bfloat16: to 1 part in 256. For a look at a training that goes on.

    `weights` in network.js tells one from the other by the length.
    """
    numbers = torch.frombuffer(bytearray(floats), dtype=torch.float32) if floats else torch.zeros(0)
    return numbers.bfloat16().view(torch.int16).numpy().astype("<i2", copy=False).tobytes()


@torch.no_grad()
def forward(weights: bytes, widths: Sequence[int], h: Tensor) -> Tensor:
    """W (... relu(W h + b) ...) + b, (B, outputs), of h (B, inputs): what `perceptron` in network.js gives.

    weights: as `bytes_of` writes them; what lies behind them is not read
    """
    numbers, start = torch.frombuffer(bytearray(weights), dtype=torch.float32), 0
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        end = start + inputs * outputs
        columns, bias = numbers[start:end].reshape(inputs, outputs), numbers[end : end + outputs]
        h = (h.relu() if i else h) @ columns + bias
        start = end + outputs
    return h
