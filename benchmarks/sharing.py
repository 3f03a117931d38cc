"""A training beside a busy process, and beside another training, to its time alone."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import torch

import vaelab as vl
from benchmarks.report import ROUNDS, Row, ratio, seconds

SPINS = "while True: pass"
TRAINS = (
    "import vaelab as vl; x = vl.load_mnist().train.images\nwhile True: vl.fit(vl.VAE(), vl.VAELoss(), x, epochs=4)"
)


def training(images: torch.Tensor) -> float:
    """The seconds of four epochs of the course's VAE."""
    began = time.perf_counter()
    vl.fit(vl.VAE(), vl.VAELoss(), images, epochs=4)
    return time.perf_counter() - began


@contextmanager
def beside(code: str) -> Iterator[None]:
    """While another process runs that code."""
    other = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        time.sleep(10)  # until it has imported and read what it needs
        yield
    finally:
        other.kill()
        other.wait()


def looks() -> float:
    """The seconds that a look at the other processes takes."""
    threads = vl.threads.Threads()
    began = time.perf_counter()
    for _ in range(100):
        threads.used()
    return (time.perf_counter() - began) / 100


def as_before(images: torch.Tensor, timed: Callable) -> float:
    """The same with all threads, whatever else runs."""
    look, vl.threads.Threads.look = vl.threads.Threads.look, lambda self: None
    try:
        return timed(images)
    finally:
        vl.threads.Threads.look = look


def measure() -> list[Row]:
    """In each round: alone, beside a process that never rests, beside another training; each also without looking."""
    images = vl.load_mnist().train.images
    training(images[:2000])
    rounds = []
    for _ in range(ROUNDS):
        times = {"alone": training(images), "alone, not looking": as_before(images, training)}
        for name, code in (("busy", SPINS), ("trains", TRAINS)):
            with beside(code):
                times[name] = training(images)
                times[f"{name}, not looking"] = as_before(images, training)
        rounds.append(times)
    of = {name: [times[name] for times in rounds] for name in rounds[0]}
    alone, not_looking = of["alone"], of["alone, not looking"]
    rows = [
        Row(
            "four epochs of the course's VAE, alone",
            seconds(alone),
            f"without looking who else works: {seconds(not_looking)}",
            f"{ratio(alone, not_looking):.3f} : 1",
            "≤ 1.03 : 1",
        )
    ]
    for name, what in (("busy", "a process that never rests"), ("trains", "another training")):
        blind = f"{ratio(of[f'{name}, not looking'], not_looking):.1f} : 1 without looking"
        rows.append(Row(f"— beside {what}", seconds(of[name]), blind, f"{ratio(of[name], alone):.2f} : 1", "≤ 2 : 1"))
    return [
        *rows,
        Row("— a look at who else works, four a second", f"{1e6 * median([looks() for _ in range(ROUNDS)]):.0f} µs"),
    ]
