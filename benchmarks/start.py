"""What a student waits for before the first line of work: the imports and the data."""

import statistics
import subprocess
import sys
import time

import vaelab as vl
from benchmarks.report import ROUNDS, Row, seconds

TIMES = 3 * ROUNDS  # one start scatters by more than what is asked for, and takes only seconds


def started(code: str) -> float:
    """The seconds that a fresh Python takes for this code."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def loaded() -> float:
    """The seconds of load_mnist: four files held against their checksums, and 70,000 shared images against theirs."""
    began = time.perf_counter()
    vl.load_mnist()
    return time.perf_counter() - began


def over(these, those) -> str:
    """How much longer these take than those, the median of the rounds' differences."""
    return f"{statistics.median(this - that for this, that in zip(these, those, strict=True)):+.2f} s"


def measure() -> list[Row]:
    """Both, after a first time that fills the disk's cache."""
    codes = ("import vaelab", "import torch", "import vaelab; vaelab.show, vaelab.exercise, vaelab.LatentExplorer")
    for code in codes:
        started(code)
    loaded()
    ours, torch, everything = zip(*([started(code) for code in codes] for _ in range(TIMES)), strict=True)
    return [
        Row("`import vaelab`", seconds(ours), f"`import torch`: {seconds(torch)}", over(ours, torch), "≤ +0.3 s"),
        Row(
            "— and its plots, exercises and widgets, at their first use",
            seconds(everything),
            "",
            over(everything, torch),
        ),
        Row("`load_mnist()`", seconds(loaded() for _ in range(TIMES))),
    ]
