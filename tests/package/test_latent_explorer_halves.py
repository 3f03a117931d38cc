"""What an explorer sends of a training that runs: half the bytes, which hardly show; and in full when it is over."""

import copy

import pytest
import torch
from support import node

import vaelab as vl
from vaelab.widgets.latent_explorer import widget as latent_explorer
from vaelab.widgets.shared import perceptron

WEIGHTS = ("_weights", "_encoders")


@pytest.fixture
def vae():
    return vl.VAE(hidden=(16,), seed=3)


@pytest.fixture
def sent(vae, mnist, monkeypatch):
    """An explorer that looks often, and the lengths of the weights in each message to its page."""
    explorer = vl.LatentExplorer(vae, mnist.test.images[:100])
    explorer._pace = latent_explorer.Pace(often=1000, share=1)
    messages = []

    def send(message, buffers=None):
        paths = [path[0] for path in message["buffer_paths"]]
        messages.append({name: len(data) for name, data in zip(paths, buffers, strict=True) if name in WEIGHTS})

    monkeypatch.setattr(explorer, "_send", send)
    return explorer, messages


def test_half_the_bytes_while_it_runs_and_all_of_them_at_the_end(vae, mnist, sent):
    explorer, messages = sent
    full = {name: len(explorer.get_state()[name]) for name in WEIGHTS}
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:1000], epochs=2, callback=explorer)
    *during, last = [message for message in messages if message]
    assert len(during) >= 4 and last == full
    assert {name: length for message in during for name, length in message.items()} == {
        name: length // 2 for name, length in full.items()
    }


def test_it_is_sent_in_full_though_the_last_look_had_the_same(vae, sent):
    explorer, messages = sent
    with torch.no_grad():
        for weight in vae.parameters():
            weight += 0.1
    explorer(vae, vl.History())
    explorer.after_training(vae, vl.History())
    assert [message["_weights"] for message in messages] == [len(explorer._weights) // 2, len(explorer._weights)]
    assert explorer._weights == perceptron.bytes_of(explorer._shown[0].decoder)


def test_what_python_has_and_saves_is_never_half(vae, sent, tmp_path):
    explorer, _ = sent
    whole = copy.copy(explorer._weights)
    explorer.after_batch(vae, vl.History())
    assert explorer._weights == whole and len(explorer.get_state()["_weights"]) == len(whole) // 2
    during = explorer.save(tmp_path / "during.html").read_text(encoding="utf-8")
    explorer.after_training(vae, vl.History())
    packed = '"_weights": {"packed": "'
    for page in (during, explorer.save(tmp_path / "after.html").read_text(encoding="utf-8")):
        assert page.split(packed)[1].split('"')[0] == during.split(packed)[1].split('"')[0]


def test_the_page_reads_the_halves_as_the_nearest_numbers_that_they_hold():
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(500, generator=generator) * 10.0 ** torch.randint(-30, 30, (500,), generator=generator)
    numbers = torch.cat([numbers, torch.tensor([0.0, -0.0, 1.0, -1.0, 1 + 2**-8, 3e38])])
    halves = perceptron.halved(numbers.numpy().tobytes())
    read = "Array.from(weights(new DataView(Uint8Array.from([7, ...bytes]).buffer, 1), count))"  # at an odd place
    seen = torch.tensor(node.run("shared/network.js", read, bytes=list(halves), count=len(numbers)))
    assert torch.equal(seen, numbers.bfloat16().float())
    assert ((seen - numbers).abs() <= numbers.abs() / 256).all()
    whole = numbers.numpy().tobytes()
    assert torch.equal(torch.tensor(node.run("shared/network.js", read, bytes=list(whole), count=506)), numbers)
    assert perceptron.halved(b"") == b""


def test_the_image_under_the_point_hardly_changes(vae, mnist):
    """The page computes it from the halves: of 255 levels of grey it is off by two at most."""
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:5000], epochs=2)
    z = 2 * torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    layers = [layer for layer in vae.decoder if isinstance(layer, torch.nn.Linear)]
    page = torch.tensor(
        node.run(
            "shared/network.js",
            "z.map(decoder(weights(new DataView(Uint8Array.from(bytes).buffer), size(widths)), widths))"
            ".map((one) => Array.from(one))",
            bytes=list(perceptron.halved(perceptron.bytes_of(layers))),
            widths=perceptron.widths_of(layers),
            z=z.tolist(),
        )
    )
    with torch.no_grad():
        off = 255 * (page - vae.decode(z)).abs()
    assert 0 < off.max() < 2
