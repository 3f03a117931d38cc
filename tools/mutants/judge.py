"""Runs the tests of a module against its mutants, each in a process of its own that is born with torch loaded."""

import gc
import importlib
import os
import resource
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path

from tools.mutants.changes import Mutant

ROOT = Path(__file__).parents[2]
# What the tests import, but for the package itself: loaded once, before the forks.
HEAVY = (
    *("torch", "torch.distributions", "torch.optim.adam", "safetensors.torch", "numpy", "mpmath", "pytest", "doctest"),
    *(
        "torch._dynamo",
        "matplotlib.pyplot",
        "ipywidgets",
        "anywidget",
        "IPython",
        "tqdm.notebook",
        "playwright.sync_api",
    ),
)
MEMORY = 12 * 2**30  # bytes of address space, so that no mutant takes the machine along


class _Mutated(SourceFileLoader):
    """Loads a module from its file's place, with another source."""

    def __init__(self, name: str, path: str, source: str):
        super().__init__(name, path)
        self.mutated = source

    def get_code(self, fullname):
        return compile(self.mutated, self.path, "exec")


class _Finder:
    """Answers first when the mutated module is imported."""

    def __init__(self, name: str, source: str):
        self.name, self.source = name, source

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        spec = PathFinder.find_spec(fullname, path)
        spec.loader = _Mutated(fullname, spec.origin, self.source)
        return spec


def warm() -> None:
    """Imports what is heavy. Nothing may be computed here: a fork would inherit torch's threads, half."""
    for name in HEAVY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that no fork copies these pages to count references in them


def seconds_needed(module: str, source: str) -> float:
    """The processor time of the module's tests, which must pass on the module as it is."""
    status, seconds = _wait(_fork(module, source, 600, quiet=False))
    if status:
        sys.exit(f"the tests of {module} fail without a mutant")
    return seconds


def survivors(module: str, mutants: list[Mutant], seconds: float, at_once: int) -> Iterator[Mutant]:
    """Those of the mutants that the tests of the module let pass; what takes far longer than `seconds` is caught."""
    waiting, running = list(reversed(mutants)), {}
    while waiting or running:
        while waiting and len(running) < at_once:
            mutant = waiting.pop()
            running[_fork(module, mutant.source, 3 * seconds + 10)] = mutant
        process, status, _ = os.wait3(0)
        mutant = running.pop(process)
        if status == 0:
            yield mutant


def _fork(module: str, source: str, seconds: float, quiet: bool = True) -> int:
    """A process that runs the tests of the module and ends with what pytest answers."""
    sys.stdout.flush()
    if process := os.fork():
        return process
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if quiet:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # to import nbval takes three seconds
        sys.meta_path.insert(0, _Finder(f"vaelab.{module}", source))
        import pytest

        tests = [f"tests/package/test_{module}.py", "--doctest-modules", f"vaelab/{module}.py"]
        status = pytest.main(["-x", "-q", "--no-header", "--tb=no", "-o", "addopts=", "-p", "no:cacheprovider", *tests])
    except BaseException:
        status = 1
    os._exit(int(status))


def _wait(process: int) -> tuple[int, float]:
    _, status, usage = os.wait4(process, 0)
    return status, usage.ru_utime + usage.ru_stime
