"""How long each notebook takes, from the start of its kernel to its last cell, and how much memory its kernel needs."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from benchmarks.report import ROUNDS, Row

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
PEAK = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom benchmarks import report\nreport.peak_memory()"


def run(path: Path) -> tuple[float, float]:
    """Runs the notebook as "Run All" does: the seconds it took, and its kernel's peak memory in MiB."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    began = time.perf_counter()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - began  # nobody waits for the kernel to stop
    return seconds, float(notebook.cells[-1].outputs[-1]["data"]["text/plain"])


def measure() -> list[Row]:
    """Each notebook, and their sum; one at a time, as a student runs them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAELAB_PROGRESS"] = str(Path(folder) / "vaelab-progress.json")
        run(NOTEBOOKS[0])
        rounds = [[run(path) for path in NOTEBOOKS] for _ in range(ROUNDS)]
    del os.environ["VAELAB_PROGRESS"]
    rows = []
    for path, runs in zip(NOTEBOOKS, zip(*rounds, strict=True), strict=True):
        times, peaks = zip(*runs, strict=True)
        figures = f"{statistics.median(times):.0f} s, {max(peaks):.0f} MiB"
        rows.append(Row(f"notebook `{path.stem}`", figures, "", "", "≤ 60 s, ≤ 800 MiB"))
    whole = statistics.median(sum(seconds for seconds, _ in runs) for runs in rounds)
    return [*rows, Row("the whole course", f"{whole:.0f} s", "", "", "≤ 240 s")]
