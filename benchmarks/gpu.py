"""On an NVIDIA GPU: a step that is replayed beside the same step launched piece by piece, and beside the usual loop."""

import time

import torch

import vaelab as vl
from benchmarks import alternatives
from benchmarks.report import ROUNDS, Row, ratio, seconds
from vaelab import step


def measure() -> list[Row]:
    """One row where there is no such GPU."""
    if not torch.cuda.is_available():
        return [Row("an NVIDIA GPU", "none here")]
    mnist = vl.load_mnist()
    warm_up = vl.data.Split(mnist.train.images[:6400], mnist.train.labels[:6400])
    usual = alternatives.UsualLoop(mnist.train, "cuda")
    alternatives.UsualLoop(warm_up, "cuda").epoch()
    replayed(example, warm_up.images), launched(example, warm_up.images), evidence(mnist.test.images[:500])
    rounds = [
        {
            "usual": usual.epoch(),
            "replayed": replayed(example, mnist.train.images),
            "launched": launched(example, mnist.train.images),
            "2-D": replayed(two_dimensional, mnist.train.images),
            "2-D, launched": launched(two_dimensional, mnist.train.images),
            "evidence": evidence(mnist.test.images),
        }
        for _ in range(ROUNDS)
    ]
    of = {name: [one[name] for one in rounds] for name in rounds[0]}
    return [
        Row(
            "on the GPU: an epoch of 784-400-20, batch 128",
            seconds(of["replayed"]),
            f"the usual loop: {seconds(of['usual'])}",
            f"1 : {ratio(of['usual'], of['replayed']):.1f}",
            "≤ 1 : 30",
        ),
        Row(
            "",
            "",
            f"launched piece by piece: {seconds(of['launched'])}",
            f"1 : {ratio(of['launched'], of['replayed']):.1f}",
        ),
        Row(
            "— ten epochs of the 2-D VAE",
            seconds(of["2-D"]),
            f"piece by piece: {seconds(of['2-D, launched'])}",
            "",
            "≤ 1.5 s",
        ),
        Row("— `log_evidence`, 10,000 images, K = 500", seconds(of["evidence"]), "", "", "≤ 0.2 s"),
        Row(
            "— the weights after an epoch, replayed and piece by piece: the largest difference",
            f"{agreement(mnist.train.images):.1g}",
        ),
    ]


def example(images: torch.Tensor) -> vl.VAE:
    """The seconds of one epoch of PyTorch's VAE example, and the model."""
    model = vl.VAE(latent_dim=20, hidden=(400,))
    vl.fit(model, vl.VAELoss(), images, epochs=1, batch_size=128, lr=1e-3)
    return model


def two_dimensional(images: torch.Tensor) -> vl.VAE:
    """Ten epochs of the course's VAE."""
    model = vl.VAE()
    vl.fit(model, vl.VAELoss(), images)
    return model


def replayed(train, images: torch.Tensor) -> float:
    """The seconds of a training as `fit` does it."""
    torch.cuda.synchronize()
    began = time.perf_counter()
    train(images)
    torch.cuda.synchronize()
    return time.perf_counter() - began


def launched(train, images: torch.Tensor) -> float:
    """The same, each step launched piece by piece."""
    kind, step.ReplayedStep = step.ReplayedStep, step.Step
    try:
        return replayed(train, images)
    finally:
        step.ReplayedStep = kind


def agreement(images: torch.Tensor) -> float:
    """How far a weight is from what it is without replays, at most."""
    ours = example(images[:12_800])
    kind, step.ReplayedStep = step.ReplayedStep, step.Step
    try:
        plain = example(images[:12_800])
    finally:
        step.ReplayedStep = kind
    return max((a - b).abs().max().item() for a, b in zip(ours.parameters(), plain.parameters(), strict=True))


def evidence(images: torch.Tensor) -> float:
    """The seconds of `log_evidence`, the model on the GPU."""
    model = vl.VAE(latent_dim=20, hidden=(400,)).to("cuda")
    images = images.to("cuda")
    torch.cuda.synchronize()
    began = time.perf_counter()
    vl.log_evidence(model, images, 500)
    torch.cuda.synchronize()
    return time.perf_counter() - began
