"""Runs notebooks again, in place, and leaves in them only what means something on another machine.

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


def execute(path: Path) -> None:
    """Runs a notebook from its own folder and writes it back, normalised."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources=resources,
        store_widget_state=False,
        coalesce_streams=True,  # a busy machine would deliver what a cell prints in pieces
    ).execute()
    normalise(notebook)
    nbformat.write(notebook, path)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Drops what differs from run to run or from machine to machine: times, versions, the ids of live widgets.

    A widget's static picture stays. Without the id of a model that is no longer there, JupyterLab shows that picture
    instead of an error until the cell is run.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in ("tags", "slideshow") if key in cell.metadata}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if "metadata" in output:
                output.metadata.pop(WIDGET_VIEW, None)
    return notebook


def main(arguments: list[str]) -> None:
    """Runs the notebooks that are named, or all of them, as somebody would who has not begun yet."""
    os.environ["VAELAB_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")
    for path in [Path(argument) for argument in arguments] or sorted(NOTEBOOKS.glob("*.ipynb")):
        began = time.perf_counter()
        execute(path)
        print(f"{path.name}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
