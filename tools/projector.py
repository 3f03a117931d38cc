"""Which figures the last row of a lecture hall can't read, and which cells leave the hall waiting.

python -m tools.projector [notebooks/05_kl_divergence.ipynb ...]

It runs the notebooks that are named, or all of them, and changes none. On the stage, at 1280 x 720, a figure has
1240 x 640 pixels: it is enlarged until it fills their width or their height, and to 160 pixels an inch at most. Its
smallest text must then be at least 16 pixels high (the size of the letters, as in CSS; an index may be smaller). A
cell that runs for longer than ten seconds must show something new before they are over. They are counted in work of one
core, so that it does not matter what else the machine does; two cores are faster.
"""

import json
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import notebooks

WIDTH, HEIGHT, SHARPEST = 1240, 640, 160  # pixels for a figure on the stage, and pixels an inch
LEAST = 16  # pixels
PATIENCE = 10  # seconds

# In a kernel, before the cells: every figure that `vl.show` draws gets a line of JSON in the file that VAELAB_FIGURES
# names. Its size is that of the picture that was saved; its texts are those that were drawn, so no label of a tick
# that lies outside, and none of an axis that is switched off.
RECORD = """\
import json, os, struct, matplotlib.text, vaelab, vaelab.plots
def recorded(figure, alt, *, _show=vaelab.plots.show, _plots=vaelab.plots, _Text=matplotlib.text.Text,
             _unpack=struct.unpack, _dumps=json.dumps, _open=open, _path=os.environ["VAELAB_FIGURES"]):
    png, draw, texts, size = _plots.png, _Text.draw, [], []
    def drawn(text, *args, **options):
        if text.get_visible() and text.get_text().strip():
            texts.append((text.get_fontsize(), text.get_text()))
        return draw(text, *args, **options)
    def measured(figure):
        picture = png(figure)
        size.extend(side / 100 for side in _unpack(">II", picture[16:24]))
        return picture
    _plots.png, _Text.draw = measured, drawn
    try:
        _show(figure, alt)
    finally:
        _plots.png, _Text.draw = png, draw
    points, text = min(texts, default=(None, ""))
    with _open(_path, "a") as file:
        file.write(_dumps({"alt": alt, "width": size[0], "height": size[1], "points": points, "text": text}) + "\\n")
vaelab.show = recorded
del recorded"""


class Figure(NamedTuple):
    """A figure that `vl.show` drew: its size in inches, its smallest text and that text's size in points."""

    alt: str
    width: float
    height: float
    points: float | None  # None without any text
    text: str

    @property
    def pixels(self) -> float:
        """How high the smallest text is on the stage."""
        return effective(self.points, self.width, self.height) if self.points is not None else float("inf")


class Silence(NamedTuple):
    """The longest time of a cell in which it showed nothing new, in seconds of one core, and the cell's first line."""

    seconds: float
    cell: str


def effective(points: float, width: float, height: float) -> float:
    """The pixels that text of so many points has on the stage, in a figure of so many inches."""
    return points / 72 * min(WIDTH / width, HEIGHT / height, SHARPEST)


def read(path: str | Path) -> list[Figure]:
    """What RECORD has written: a figure a line, in the order in which they were drawn."""
    return [Figure(**json.loads(line)) for line in Path(path).read_text().splitlines()]


class Watched(NotebookClient):
    """Runs cells, and takes down when each of them showed something."""

    def __init__(self, notebook: NotebookNode, **options: Any):
        super().__init__(notebook, **options)
        self.shown: dict[int, list[float]] = {}

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """An output, a step of a progress bar; or that the cell begins or ends."""
        self.shown.setdefault(cell_index, []).append(self.worked())
        return super().process_message(msg, cell, cell_index)

    def worked(self) -> float:
        """For how many seconds the kernel has kept a core busy."""
        times = psutil.Process(self.km.provisioner.pid).cpu_times()
        return times.user + times.system


def watch(notebook: NotebookNode, folder: Path) -> tuple[list[Figure], list[Silence]]:
    """Runs a copy of the notebook: its figures, and how long each of its code cells was silent at most."""
    with tempfile.TemporaryDirectory() as work:
        figures = Path(work) / "figures.jsonl"
        figures.touch()
        environment = {
            "VAELAB_FIGURES": str(figures),
            "VAELAB_PROGRESS": str(Path(work) / "progress.json"),
            "OMP_NUM_THREADS": "1",
        }
        cells = [nbformat.v4.new_code_cell(RECORD), *notebook.cells]
        client = Watched(
            nbformat.from_dict({**notebook, "cells": cells}),
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        )
        with client.setup_kernel(env=os.environ | environment):
            for index, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, index)
        silences = [
            Silence(max(b - a for a, b in pairwise(times)), cells[index].source.split("\n")[0])
            for index, times in client.shown.items()
            if index
        ]
        return read(figures), silences


def main(arguments: list[str]) -> int:
    """Prints what is too small and what is silent for too long; 1 if there is any."""
    found = 0
    for path in [Path(argument) for argument in arguments] or notebooks.paths():
        figures, silences = watch(nbformat.read(path, as_version=4), path.parent)
        small = [figure for figure in figures if figure.pixels < LEAST]
        long = [silence for silence in silences if silence.seconds > PATIENCE]
        found += len(small) + len(long)
        longest = max(silence.seconds for silence in silences)
        print(f"{path.name}: {len(small)} of {len(figures)} figures too small; silent for {longest:.1f} s at most")
        for one in small:
            size = f"{one.width:g} x {one.height:g} inches"
            print(f"  {one.pixels:.1f} px: {one.text!r}, {one.points:g} pt, in {size}: {one.alt[:60]}…")
        for silence in long:
            print(f"  {silence.seconds:.0f} s of silence: {silence.cell}")
        sys.stdout.flush()
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
