"""How fast `log_evidence` is beside its matrix products alone, and how much memory it takes beyond model and data."""

import json
import math
import subprocess
import sys
import time

import torch

import vaelab as vl
from benchmarks.report import ROUNDS, Row, peak_memory, ratio, seconds

IMAGES, SAMPLES = 10_000, 500


@torch.no_grad()
def matrix_products(model: vl.VAE, images: torch.Tensor, samples: int, at_once: int = 2048) -> float:
    """The seconds of the matrix products alone: each image encoded once, and decoded for each draw."""
    z = torch.randn(at_once, model.latent_dim)
    began = time.perf_counter()
    rows = images
    for layer in model.encoder[::2]:
        rows = rows @ layer.weight.T
    for _ in range(math.ceil(len(images) * samples / at_once)):
        rows = z
        for layer in model.decoder[::2]:
            rows = rows @ layer.weight.T
    return time.perf_counter() - began


def estimate(model: vl.VAE, images: torch.Tensor, samples: int) -> float:
    """The seconds of `log_evidence`."""
    began = time.perf_counter()
    vl.log_evidence(model, images, samples)
    return time.perf_counter() - began


def measure() -> list[Row]:
    """In a process of its own, so that its peak of memory is its own."""
    result = subprocess.run([sys.executable, "-m", "benchmarks.evidence"], stdout=subprocess.PIPE, check=True)
    ours, products, memory = json.loads(result.stdout)
    what = f"`log_evidence`, {IMAGES:,} images, K = {SAMPLES}, 784-400-20"
    time_ratio = f"{ratio(ours, products):.2f} : 1"
    return [
        Row(what, seconds(ours), f"its matrix products alone: {seconds(products)}", time_ratio, "≤ 1.5 : 1"),
        Row("— its peak of memory, over the model and the data", f"{memory:.0f} MiB", "", "", "≤ 300 MiB"),
    ]


if __name__ == "__main__":
    vae = vl.VAE(latent_dim=20, hidden=(400,))
    stand_in = torch.rand(IMAGES, 784)  # to read MNIST takes more memory for a moment than what is measured here
    before = peak_memory()
    estimate(vae, stand_in, SAMPLES)
    memory = peak_memory() - before
    # Time is taken where a student is, after load_mnist: see benchmarks/README.md on pages of memory.
    images = vl.load_mnist().test.images
    estimate(vae, images, 5), matrix_products(vae, images, 5)
    rounds = [(estimate(vae, images, SAMPLES), matrix_products(vae, images, SAMPLES)) for _ in range(ROUNDS)]
    print(json.dumps([*zip(*rounds, strict=True), memory]))
