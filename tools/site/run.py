"""Runs a notebook as it is committed, once, and keeps what its page needs: outputs, living widgets, times."""

import hashlib
import itertools
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools.site import ROOT

# In the kernel before the first cell: the course's widgets are remembered as they are shown.
REMEMBER = """\
import vaelab.widgets.shared.base as vaelab_base
vaelab_base.shown = {}
def remembered(self, _shown=vaelab_base.shown, _bundle=vaelab_base.Widget._repr_mimebundle_, **options):
    _shown[self.model_id] = self
    return _bundle(self, **options)
vaelab_base.Widget._repr_mimebundle_ = remembered
del remembered, vaelab_base"""

# And after the last: what was shown, as it is now, and what other pages of the site ask for.
KEEP = """\
import base64, json, pathlib, vaelab.widgets.shared.base
folder, asked, title = pathlib.Path({folder!r}), {asked!r}, {title!r}
def keep(name, widget):
    data, metadata = widget._repr_mimebundle_()
    widget.save(folder / f"{{name}}.html", title)
    picture = {{"picture": base64.b64encode(data["image/png"]).decode(), **metadata["image/png"]}}
    (folder / f"{{name}}.json").write_text(json.dumps(picture))
for model_id, widget in list(vaelab.widgets.shared.base.shown.items()):
    keep(model_id, widget)
for name, expression in asked.items():
    keep(name, eval(expression))"""


@dataclass(frozen=True)
class Run:
    """A notebook that was run.

    widgets: where its widgets lie: ID.html, alive, and ID.json with a picture and its text, ID being the widget's
        model_id in the outputs, or the name under which another page asks for it
    seconds: from the first cell to the last
    silences: for each code cell the longest time in which it sent nothing: no text, no figure, no move of a bar
    """

    path: Path
    notebook: NotebookNode
    widgets: Path
    seconds: float
    silences: list[float]


class Watched(NotebookClient):
    """A client that notes when it hears of a cell."""

    heard: list[float]

    def process_message(self, msg: NotebookNode, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Notes the time of everything that is seen, a busy kernel's start and end among it."""
        self.heard.append(time.perf_counter())
        return super().process_message(msg, cell, cell_index)


def run(path: Path, runs: Path, asked: dict[str, str] | None = None) -> Run:
    """Runs a notebook of the course, or gives the last run of the same code with the same package.

    runs: the folder in which runs are kept
    asked: {name: expression}, widgets that other pages show: evaluated when the notebook is at its end

    Raises nbclient's CellExecutionError where a cell fails.
    """
    asked = asked or {}
    place = runs / path.stem
    key = _key(path, asked)
    record = place / "run.json"
    if not (record.exists() and json.loads(record.read_text())["key"] == key):
        place.mkdir(parents=True, exist_ok=True)
        record.unlink(missing_ok=True)
        for old in place.iterdir():
            old.unlink()
        notebook, measured = _run(path, place, asked)
        nbformat.write(notebook, place / path.name)
        record.write_text(json.dumps({"key": key} | measured))
    kept = json.loads(record.read_text())
    notebook = nbformat.read(path, as_version=4)
    ran = _code_cells(nbformat.read(place / path.name, as_version=4))
    for cell, same in zip(_code_cells(notebook), ran, strict=True):
        cell.outputs, cell.execution_count = same.outputs, same.execution_count
    return Run(path, notebook, place, kept["seconds"], kept["silences"])


def _run(path: Path, place: Path, asked: dict[str, str]) -> tuple[NotebookNode, dict[str, Any]]:
    notebook = nbformat.read(path, as_version=4)
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    keep = KEEP.format(folder=str(place), asked=asked, title=title)
    first, last = map(nbformat.v4.new_code_cell, (REMEMBER, keep))
    notebook.cells = [first, *notebook.cells, last]
    client = Watched(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        coalesce_streams=True,
    )
    client.heard = []
    nobody = {"VAELAB_PROGRESS": os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")}  # who has not begun yet
    silences = []
    with client.setup_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)} | nobody):
        began = time.perf_counter()
        for index, cell in enumerate(notebook.cells):
            client.heard = [time.perf_counter()]
            client.execute_cell(cell, index)
            times = [*client.heard, time.perf_counter()]
            silences.append(max(later - earlier for earlier, later in itertools.pairwise(times)))
            if cell is notebook.cells[-2]:
                seconds = time.perf_counter() - began
    notebook.cells = notebook.cells[1:-1]
    return notebook, {"seconds": round(seconds, 1), "silences": [round(silence, 1) for silence in silences[1:-1]]}


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _key(path: Path, asked: dict[str, str]) -> str:
    """What a run depends on, as one number: the notebook's code, the package, and what is run around it here."""
    endings = (".py", ".js", ".css", ".html")
    sources = sorted(source for source in (ROOT / "vaelab").rglob("*") if source.suffix in endings)
    code = [cell.source for cell in _code_cells(nbformat.read(path, as_version=4))]
    digest = hashlib.sha256(json.dumps([REMEMBER, KEEP, asked, code]).encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()
