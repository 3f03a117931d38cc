"""The table of `make bench`: one row for each thing measured, beside its alternative."""

import os
import platform
import statistics
from collections.abc import Iterable
from importlib.metadata import distributions, version
from pathlib import Path
from typing import NamedTuple

import psutil
import torch

# Every figure is the median of so many, measured in turn, so that a busy minute hits all that is compared.
ROUNDS = int(os.environ.get("ROUNDS", 5))
README = Path(__file__).parent / "README.md"
START, END = "<!-- written by make bench: from here -->", "<!-- to here -->"


class Row(NamedTuple):
    """One line of the table. The ratio is the median of the rounds' ratios, not the ratio of the medians."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    goal: str = ""


def peak_memory() -> float:
    """The most memory that this process has had so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss begins with what the parent had
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in bytes on macOS


def private_memory() -> float:
    """What this process has now that no other shares with it, in MiB: what one more of its kind costs a machine."""
    return psutil.Process().memory_full_info().uss / 2**20


def seconds(times: Iterable[float]) -> str:
    """The median, with as many digits as mean something."""
    return f"{statistics.median(times):.3g} s"


def ratio(these: Iterable[float], those: Iterable[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def table(rows: Iterable[Row]) -> str:
    """As Markdown."""
    head = "| what | ours | beside it | ratio | goal |\n|---|---|---|---|---|\n"
    return head + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(rows: Iterable[Row]) -> None:
    """Puts the table into README.md, in place of the one before; the text around it stays."""
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    text = f"{before}{START}\nMedians of {ROUNDS} rounds on {machine()}.\n\n{table(rows)}\n{END}{after}"
    README.write_text(text, encoding="utf-8")


def machine() -> str:
    """What all of it depends on."""
    packages = ("torch", "numpy", "jupyterlab", "ipywidgets", "anywidget", "pythae")
    installed = {distribution.name for distribution in distributions()}
    versions = ", ".join(f"{name} {version(name)}" for name in packages if name in installed)
    waiting = {name: value for name, value in os.environ.items() if name.startswith(("OMP_", "GOMP_"))}
    settings = ", ".join(f"{name}={value}" for name, value in waiting.items()) or "none of OpenMP's settings changed"
    return (
        f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, {_gpu()}; "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}; {settings}"
    )


def _gpu() -> str:
    """The card that `fit` would take, by its name where the system tells it."""
    if not torch.accelerator.is_available():
        return "no GPU"
    return torch.cuda.get_device_name() if torch.cuda.is_available() else str(torch.accelerator.current_accelerator())


def _processor() -> str:
    """The processor's name, where the system tells it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unnamed processor"
