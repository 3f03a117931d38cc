"""A notebook that was run, as Sphinx is to have it: what can be seen or used in a page without a kernel."""

import ast
import base64
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from PIL import Image

from tools.notebooks import WIDGET_VIEW
from tools.site import parts
from tools.site.minutes import sections
from tools.site.run import Run
from vaelab.exercises import EXERCISES, PREDICTIONS


def page_of(run: Run, site: Path) -> NotebookNode:
    """The notebook as a page. Its figures and widgets go into `site`, as files of their own.

    site: the folder of the files that the site has beside its pages
    """
    stem = run.path.stem
    notebook = nbformat.from_dict(run.notebook)
    shown = Counter(model for cell in notebook.cells for model in models(cell))
    for index, cell in enumerate(notebook.cells):
        cell.metadata = {"minutes": cell.metadata.minutes} if "minutes" in cell.metadata else {}
        if cell.cell_type == "markdown":
            continue
        for model in models(cell):
            shown[model] -= 1
        cell.outputs = [
            _seen(output, f"{stem}-{index}-{place}", run, site, shown) for place, output in enumerate(cell.outputs)
        ]
        if name := exercise_of(cell):
            cell.outputs = [html(parts.exercise(EXERCISES[name]))]
        elif asked := _asked(cell):
            cell.outputs = asked
        if "vl.progress()" in cell.source:
            cell.outputs = [html(parts.PROGRESS)]
    title, rest = notebook.cells[0].source.split("\n", 1)
    notebook.cells[0].source = f"{title}\n\n{parts.links(stem, sections(run.path))}\n{rest}"
    return notebook


def models(cell: NotebookNode) -> Iterator[str]:
    """The ids of the course's widgets that a cell shows."""
    for output in cell.get("outputs", []):
        if {WIDGET_VIEW, "image/png"} <= output.get("data", {}).keys():
            yield output.data[WIDGET_VIEW]["model_id"]


def exercise_of(cell: NotebookNode) -> str | None:
    """The name of the exercise that a cell is the stub of."""
    for statement in ast.parse(cell.source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            decorators = map(ast.unparse, statement.decorator_list)
            if statement.name in EXERCISES and "vl.exercise" in decorators:
                return statement.name
    return None


def _calls(cell: NotebookNode, verb: str) -> list[str]:
    """The predictions that vl.predict("5a") or vl.explain("5a") names in a cell."""
    calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    return [ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == f"vl.{verb}"]


def _asked(cell: NotebookNode) -> list[NotebookNode]:
    """The predictions that a cell asks or explains."""
    ballots = [html(parts.ballot(PREDICTIONS[number])) for number in _calls(cell, "predict")]
    answers = [html(parts.explanation(PREDICTIONS[number])) for number in _calls(cell, "explain")]
    return ballots + answers


def _seen(output: NotebookNode, name: str, run: Run, site: Path, once_more: Counter) -> NotebookNode:
    """An output as it is in the page: a figure with its text, a widget alive.

    name: of its files. once_more: {id of a widget: how often it is shown further down}
    """
    data = output.get("data", {})
    if "image/png" not in data:
        return output
    png, alt = base64.b64decode(data["image/png"]), output.metadata["image/png"]["alt"]
    if WIDGET_VIEW not in data:
        return html(parts.figure(parts.Picture(save_png(png, site / "figures" / f"{name}.png"), alt), ".."))
    model = data[WIDGET_VIEW]["model_id"]
    if once_more[model]:  # it is shown again, later, when it holds more
        return html(parts.figure(_of_a_widget(png, alt, name, site), "..", "Further down on this page it is alive."))
    return html(_alive(run.widgets / f"{model}.html", _of_a_widget(png, alt, name, site), name, site, ".."))


def asked_for(run: Run, name: str, site: Path) -> str:
    """A widget for another page, which asked for it under this name, with its files in `site`."""
    kept = json.loads((run.widgets / f"{name}.json").read_text())
    picture = _of_a_widget(base64.b64decode(kept["picture"]), kept["alt"], name, site)
    return _alive(run.widgets / f"{name}.html", picture, name, site, ".")


def _of_a_widget(png: bytes, alt: str, name: str, site: Path) -> parts.Picture:
    """A widget's picture, and its text without what to do in a notebook."""
    file = save_png(png, site / "figures" / f"{name}.png", colours=256)
    return parts.Picture(file, alt.removesuffix(" Run the cell for the live widget."))


def _alive(kept: Path, picture: parts.Picture, name: str, site: Path, root: str) -> str:
    """A widget whose page was kept in a file. root: the way from the page around it to the site's root."""
    page = site / "widgets" / f"{name}.html"
    page.parent.mkdir(exist_ok=True)
    shutil.copyfile(kept, page)
    return parts.widget(picture, page.name, root)


def html(text: str) -> NotebookNode:
    """An output that is this piece of a page."""
    return nbformat.v4.new_output("display_data", {"text/html": text})


def save_png(png: bytes, path: Path, colours: int | None = None) -> parts.File:
    """The picture as a file, packed as small as it can be, and its size in pixels.

    colours: how many of them are kept; without it, all. For a widget's picture, which is soon replaced, these will do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(png)) as image:
        kept = image.convert("RGB").quantize(colours, Image.Quantize.FASTOCTREE) if colours else image
        kept.save(path, optimize=True)
        return parts.File(f"{path.parent.name}/{path.name}", *image.size)
