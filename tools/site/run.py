"""Runs a notebook as it is committed, once, and keeps what its page needs: outputs and living widgets."""

import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import notebooks
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
import ast, base64, json, pathlib, vaelab.widgets.shared.base
folder, asked, title = pathlib.Path({folder!r}), {asked!r}, {title!r}
def keep(name, widget):
    data, metadata = widget._repr_mimebundle_()
    widget.save(folder / f"{{name}}.html", title)
    picture = {{"picture": base64.b64encode(data["image/png"]).decode(), **metadata["image/png"]}}
    (folder / f"{{name}}.json").write_text(json.dumps(picture))
for model_id, widget in list(vaelab.widgets.shared.base.shown.items()):
    keep(model_id, widget)
for name, code in asked.items():
    *before, last = ast.parse(code).body
    exec(compile(ast.Module(before, []), name, "exec"))
    keep(name, eval(compile(ast.Expression(last.value), name, "eval")))"""


@dataclass(frozen=True)
class Run:
    """A notebook that was run.

    widgets: where its widgets lie: ID.html, alive, and ID.json with a picture and its text, ID being the widget's
        model_id in the outputs, or the name under which another page asks for it
    seconds: that it took
    """

    path: Path
    notebook: NotebookNode
    widgets: Path
    seconds: int


def run(path: Path, runs: Path, asked: dict[str, str] | None = None) -> Run:
    """Runs a notebook of the course, or gives the last run of the same code with the same package.

    runs: the folder in which runs are kept
    asked: {name: code}, widgets that other pages show: the value of the code's last line, at the notebook's end

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
        notebook, seconds = _run(path, place, asked)
        nbformat.write(notebook, place / path.name)
        record.write_text(json.dumps({"key": key, "seconds": seconds}))
    kept = json.loads(record.read_text())
    notebook = nbformat.read(path, as_version=4)
    ran = _code_cells(nbformat.read(place / path.name, as_version=4))
    for cell, same in zip(_code_cells(notebook), ran, strict=True):
        cell.outputs, cell.execution_count = same.outputs, same.execution_count
    return Run(path, notebook, place, kept["seconds"])


def _run(path: Path, place: Path, asked: dict[str, str]) -> tuple[NotebookNode, int]:
    notebook = nbformat.read(path, as_version=4)
    keep = KEEP.format(folder=str(place), asked=asked, title=_title(notebook))
    first, last = map(nbformat.v4.new_code_cell, (REMEMBER, keep))
    notebook.cells = [first, *notebook.cells, last]
    with tempfile.TemporaryDirectory() as folder:
        nobody = {"VAELAB_PROGRESS": str(Path(folder) / "vaelab-progress.json")}  # who has not begun yet
        seconds = notebooks.run(notebook, path.parent, nobody)
    notebook.cells = notebook.cells[1:-1]
    return notebook, round(seconds)


def _title(notebook: NotebookNode) -> str:
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _key(path: Path, asked: dict[str, str]) -> str:
    """What a run depends on, as one number: the notebook's code and title, the package, its data, what it runs on."""
    endings = (".py", ".js", ".css", ".html", ".gz")
    folders = (ROOT / "vaelab", ROOT / "data")
    sources = sorted(source for folder in folders for source in folder.rglob("*") if source.suffix in endings)
    notebook = nbformat.read(path, as_version=4)
    code = [_title(notebook), *(cell.source for cell in _code_cells(notebook))]
    on = [sys.version, *map(version, ("torch", "numpy", "matplotlib", "ipywidgets", "anywidget"))]
    digest = hashlib.sha256(json.dumps([REMEMBER, KEEP, asked, code, on]).encode())
    for source in (Path(notebooks.__file__), *sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()
