"""Runs notebooks: again in place, for the tests, for the benchmarks. Run as a program, it does the first.

python -m tools.notebooks [notebooks/00_start_here.ipynb ...]
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Where it only matters that a notebook runs: less data, each training one epoch, and no figure is drawn. The numbers
# and the pictures are nbval's part.
SHORT = """\
import functools, matplotlib.pyplot, vaelab
def short(model, loss, images, *, epochs=1, _fit=vaelab.fit, **options):
    return _fit(model, loss, images[:256], epochs=1, **options)
@functools.cache
def few(*args, _vl=vaelab, _load=vaelab.load_mnist, **options):
    return _vl.Dataset(*(_vl.Split(*(part[:2000] for part in split)) for split in _load(*args, **options)))
def undrawn(figure, alt, _close=matplotlib.pyplot.close):
    _close("all")
vaelab.fit, vaelab.load_mnist, vaelab.show = short, few, undrawn
del short, few, undrawn"""


def paths() -> list[Path]:
    """The course's notebooks, in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def run(notebook: NotebookNode, folder: Path, environment: dict[str, str] | None = None) -> float:
    """Runs all cells in a fresh kernel that works in `folder`; their outputs are in the notebook then.

    environment: variables for the kernel, beside those that are set. It gives the seconds from the kernel's start to
    the end of the last cell. Raises nbclient's CellExecutionError where a cell fails.
    """
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        coalesce_streams=True,  # a busy machine would deliver what a cell prints in pieces
    )
    began = time.perf_counter()
    with client.setup_kernel(env=os.environ | (environment or {})):
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        return time.perf_counter() - began  # nobody waits for the kernel to stop


def shortened(notebook: NotebookNode) -> NotebookNode:
    """The notebook with a first cell that cuts its trainings to one short epoch each, and leaves out its figures."""
    first = nbformat.v4.new_code_cell(SHORT)
    return nbformat.from_dict({**notebook, "cells": [first, *notebook.cells]})


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Drops what differs from run to run or from machine to machine: times, versions, the ids of live widgets.

    Of a cell's metadata its tags stay, and its minutes: how long a section takes, see docs/instructors.md.

    A widget's static picture stays. Without the id of a model that is no longer there, JupyterLab shows that picture
    instead of an error until the cell is run.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in ("tags", "minutes") if key in cell.metadata}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if "metadata" in output:
                output.metadata.pop(WIDGET_VIEW, None)
    return notebook


def main(arguments: list[str]) -> None:
    """Runs the notebooks that are named, or all of them, as somebody would who has not begun yet."""
    nobody = {"VAELAB_PROGRESS": os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")}
    for path in [Path(argument) for argument in arguments] or paths():
        notebook = nbformat.read(path, as_version=4)
        seconds = run(notebook, path.parent, nobody)
        nbformat.write(normalise(notebook), path)
        print(f"{path.name}: {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
