"""How long each notebook takes, from the start of its kernel to its last cell, and how much memory its kernel needs.

MNIST's images are mapped by this process too, as they are on a hub by other students' kernels: so they are shared.
"""

import ast
import statistics
import tempfile
from pathlib import Path

import nbformat

import vaelab as vl
from benchmarks.report import ROUNDS, Row
from tools import notebooks

ROOT = Path(__file__).parents[1]
MEMORY = f"""\
import sys; sys.path.insert(0, {str(ROOT)!r})
from benchmarks import report
report.peak_memory(), report.private_memory()"""


def run(path: Path, progress: Path) -> tuple[float, float, float]:
    """Runs the notebook as "Run All" does: its seconds, its kernel's peak memory and at its end the private, in MiB."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
    seconds = notebooks.run(notebook, path.parent, {"VAELAB_PROGRESS": str(progress)})
    peak, private = ast.literal_eval(notebook.cells[-1].outputs[-1]["data"]["text/plain"])
    return seconds, peak, private


def measure() -> list[Row]:
    """Each notebook, and their sum; one at a time, as a student runs them."""
    paths, neighbours = notebooks.paths(), vl.load_mnist()
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder) / "vaelab-progress.json"
        run(paths[0], progress)
        rounds = [[run(path, progress) for path in paths] for _ in range(ROUNDS)]
    rows = []
    for path, runs in zip(paths, zip(*rounds, strict=True), strict=True):
        times, peaks, privates = zip(*runs, strict=True)
        memory = f"{max(peaks):.0f} MiB at the peak, {max(privates):.0f} private at the end"
        figures = f"{statistics.median(times):.0f} s, {memory}"
        rows.append(Row(f"notebook `{path.stem}`", figures, "", "", "≤ 60 s, ≤ 800 MiB, ≤ 320 private"))
    whole = statistics.median(sum(seconds for seconds, _, _ in runs) for runs in rounds)
    del neighbours  # they were there all the time
    return [*rows, Row("the whole course", f"{whole:.0f} s", "", "", "≤ 240 s")]
