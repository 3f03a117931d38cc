"""How long each notebook takes, from the start of its kernel to its last cell, and how much memory its kernel needs."""

import statistics
import tempfile
from pathlib import Path

import nbformat

from benchmarks.report import ROUNDS, Row
from tools import notebooks

ROOT = Path(__file__).parents[1]
PEAK = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom benchmarks import report\nreport.peak_memory()"


def run(path: Path, progress: Path) -> tuple[float, float]:
    """Runs the notebook as "Run All" does: the seconds it took, and its kernel's peak memory in MiB."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    seconds = notebooks.run(notebook, path.parent, {"VAELAB_PROGRESS": str(progress)})
    return seconds, float(notebook.cells[-1].outputs[-1]["data"]["text/plain"])


def measure() -> list[Row]:
    """Each notebook, and their sum; one at a time, as a student runs them."""
    paths = notebooks.paths()
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder) / "vaelab-progress.json"
        run(paths[0], progress)
        rounds = [[run(path, progress) for path in paths] for _ in range(ROUNDS)]
    rows = []
    for path, runs in zip(paths, zip(*rounds, strict=True), strict=True):
        times, peaks = zip(*runs, strict=True)
        figures = f"{statistics.median(times):.0f} s, {max(peaks):.0f} MiB"
        rows.append(Row(f"notebook `{path.stem}`", figures, "", "", "≤ 60 s, ≤ 800 MiB"))
    whole = statistics.median(sum(seconds for seconds, _ in runs) for runs in rounds)
    return [*rows, Row("the whole course", f"{whole:.0f} s", "", "", "≤ 240 s")]
