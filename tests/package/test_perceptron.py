"""A perceptron's weights in bytes, and what a page and a picture compute from them: what PyTorch computes."""

import pytest
import torch
from support import node
from torch import nn

import vaelab as vl
from vaelab.widgets.shared import perceptron

# How the page reads the bytes of a Bytes trait.
NUMBERS = "float32(new DataView(Uint8Array.from(bytes).buffer))"
MODELS = [
    vl.VAE(seed=1),
    vl.VAE(likelihood="gaussian", hidden=(64,), seed=1),
    vl.Autoencoder(hidden=(), seed=1),
    vl.Autoencoder(hidden=(64, 32, 16), data_dim=25, seed=1),
]


def layers_of(part: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in part if isinstance(layer, nn.Linear)]


def computed_by_page(make: str, part: nn.Sequential, inputs: torch.Tensor):
    """What a function of network.js, made of the weights, gives for each row of the inputs."""
    layers = layers_of(part)
    return node.run(
        "shared/network.js",
        f"inputs.map({make}({NUMBERS}, widths)).map((one) => Array.from(one))",
        bytes=list(perceptron.bytes_of(layers)),
        widths=perceptron.widths_of(layers),
        inputs=inputs.tolist(),
    )


@torch.no_grad()
def in_double(part: nn.Sequential, inputs: torch.Tensor) -> torch.Tensor:
    """What PyTorch makes of the same numbers with twice the digits, as a page computes."""
    outputs = part.double()(inputs.double())
    part.float()
    return outputs


@pytest.mark.parametrize("model", MODELS)
def test_the_page_decodes_what_pytorch_decodes(model, generator):
    z = 3 * torch.randn(40, 2, generator=generator)
    decoded = torch.tensor(computed_by_page("decoder", model.decoder, z), dtype=torch.float64)
    truth = in_double(model.decoder, z).sigmoid()
    assert truth.std() > 0.01, "and that is not one grey"
    torch.testing.assert_close(decoded, truth, rtol=1e-6, atol=0)


@pytest.mark.parametrize("model", [vl.VAE(hidden=(20, 10), data_dim=16), vl.Autoencoder(hidden=(20,), data_dim=16)])
def test_the_page_encodes_what_pytorch_encodes(model, generator):
    x = torch.rand(40, 16, generator=generator) * torch.randint(2, (40, 16), generator=generator)  # some pixels black
    make = "((...given) => (x) => { const q = encoder(...given)(x); return [...q.mu, ...(q.sigma ?? [])]; })"
    encoded = torch.tensor(computed_by_page(make, model.encoder, x), dtype=torch.float64)
    truth = in_double(model.encoder, x)
    truth = torch.cat([truth[:, :2], (truth[:, 2:] / 2).exp()], dim=1)
    torch.testing.assert_close(encoded, truth, rtol=1e-6, atol=1e-12)


def test_what_lies_behind_one_another_is_read_so():
    """The weights of two perceptrons in one row of bytes, as of two models side by side."""
    first, second = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)), nn.Sequential(nn.Linear(2, 2))
    found = node.run(
        "shared/network.js",
        f"((next) => widths.map((own) => Array.from(perceptron(next(size(own)), own)([1, -2]))))(portions({NUMBERS}))",
        bytes=list(perceptron.bytes_of(layers_of(first)) + perceptron.bytes_of(layers_of(second))),
        widths=[perceptron.widths_of(layers_of(part)) for part in (first, second)],
    )
    for outputs, part in zip(found, (first, second), strict=True):
        truth = in_double(part, torch.tensor([[1.0, -2.0]]))[0]
        torch.testing.assert_close(torch.tensor(outputs, dtype=torch.float64), truth, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_the_picture_decodes_what_pytorch_decodes(model, generator):
    z = 3 * torch.randn(40, 2, generator=generator)
    layers = layers_of(model.decoder)
    weights = perceptron.bytes_of(layers) + bytes(12)  # and of another model, of which nothing is read
    logits = perceptron.forward(weights, perceptron.widths_of(layers), z)
    torch.testing.assert_close(logits, model.decoder(z).detach(), rtol=1e-5, atol=1e-5)


def test_no_layers_have_no_widths_and_no_bytes():
    assert perceptron.widths_of([]) == [] and perceptron.bytes_of([]) == b""
