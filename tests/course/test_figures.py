"""The notebooks' figures on a projector, from their saved pictures; and that what measures them, measures."""

import base64
import os
import re
import struct
import time
from itertools import count
from types import SimpleNamespace

import nbformat
import pytest
from matplotlib.font_manager import font_scalings

from tools import projector
from tools.notebooks import paths

DEFAULT = 10  # points: the smallest text of a figure that sets no size


def figures(path):
    """Each figure of `vl.show`: the source of its cell, and its size in inches."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "vl.show(" in cell.source:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    sides = struct.unpack(">II", base64.b64decode(output.data["image/png"])[16:24])
                    yield cell.source, sides[0] / 100, sides[1] / 100


def smallest(source):
    """The points of the smallest text that the source asks for."""
    sizes = re.findall(r"\b(?:font|label)?size=([\d.]+|\"[a-z-]+\")", source)
    return min([DEFAULT, *(DEFAULT * font_scalings[s.strip('"')] if '"' in s else float(s) for s in sizes)])


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_every_figure_can_be_read_from_the_last_row(path):
    for source, width, height in figures(path):
        points = smallest(source)
        pixels = projector.effective(points, width, height)
        assert pixels >= projector.LEAST, f"{pixels:.1f} px, {width:g} x {height:g} inches, {points:g} pt:\n{source}"


def test_figures_are_found():
    assert sum(len(list(figures(path))) for path in paths()) > 40


def test_a_source_says_how_small_its_texts_are():
    assert smallest("ax.legend(frameon=False)") == 10
    assert smallest('ax.text(0, 0, "a", size=8.5); ax.plot(0, 0, markersize=2); ax.set(title="a")') == 8.5
    assert smallest('ax.legend(fontsize="small"); ax.tick_params(labelsize=9)') == pytest.approx(8.33)


def test_what_a_figure_has_on_the_stage():
    assert projector.effective(10, 12.4, 1) == pytest.approx(100 / 7.2)  # as wide as the stage, 100 pixels an inch
    assert projector.effective(10, 1, 6.4) == pytest.approx(100 / 7.2)  # as high as it
    assert projector.effective(7.2, 1, 1) == pytest.approx(16)  # a small one is not enlarged without end


CELLS = [
    """import torch, matplotlib.pyplot as plt, vaelab as vl
vl.show(vl.data_flow(), alt="forward")
vl.show(vl.gradient_flow(), alt="backward")
terms = {"total": [4.0, 3.0], "reconstruction": [3.5, 2.0], "kl": [0.5, 0.6], "penalty": [0.0, 0.4]}
vl.show(vl.History(train=terms, validation=terms, seconds=[1.0, 1.0]).plot(), alt="history")
vl.show(vl.latent_scatter(torch.randn(50, 2), torch.arange(50) % 10, prior=True), alt="scatter")
vl.show(vl.image_grid(torch.rand(40, 784), 10, title="forty"), alt="grid")
""",
    """figure, ax = plt.subplots(figsize=(12.4, 3), layout="constrained")
ax.text(0.5, 0.5, "tiny", size=6)
ax.text(0.5, 0.5, " ", size=2)
ax.text(0.5, 0.5, "not seen", size=2, visible=False)
ax.set_xticks([0, 0.5, 2], ["0", "half", "outside"])
ax.get_xticklabels()[2].set_fontsize(3)
ax.set(xlim=(0, 1), ylim=(0, 1))
vl.show(ax, alt="with a tiny text")
""",
    """figure, ax = plt.subplots(figsize=(3, 3))
ax.set_axis_off()
vl.show(ax, alt="without a text")
""",
]


def test_it_measures_what_a_kernel_draws_and_how_long_it_is_silent(tmp_path, monkeypatch):
    messages = count()
    monkeypatch.setattr(projector.Watched, "worked", lambda client: next(messages))  # a second each
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    (*ours, tiny, bare), silences = projector.watch(notebook, tmp_path)
    assert [figure.alt for figure in ours] == ["forward", "backward", "history", "scatter", "grid"]
    assert all(figure.pixels >= projector.LEAST for figure in ours)
    assert (tiny.alt, tiny.text, tiny.points, tiny.width, tiny.height) == ("with a tiny text", "tiny", 6, 12.4, 3)
    assert tiny.pixels == pytest.approx(100 * 6 / 72)
    assert (bare.points, bare.pixels) == (None, float("inf"))
    assert [(one.seconds, one.cell) for one in silences] == [(1, cell.split("\n")[0]) for cell in CELLS]


def test_it_counts_the_work_of_a_process():
    ours = SimpleNamespace(km=SimpleNamespace(provisioner=SimpleNamespace(pid=os.getpid())))
    assert projector.Watched.worked(ours) == pytest.approx(time.process_time(), abs=0.1)


def test_it_names_what_is_too_small_and_what_is_silent(monkeypatch, capsys):
    small = projector.Figure("A curve that falls.", 12.4, 3, 6, "tiny")
    well = projector.Figure("A curve that rises.", 5, 3, 10, "large")
    training, short = projector.Silence(12, "train()"), projector.Silence(1, "x = 1")
    monkeypatch.setattr(projector, "watch", lambda *_: ([small, well], [training, short]))
    assert projector.main([str(paths()[0])]) == 1
    printed = capsys.readouterr().out
    assert "1 of 2 figures too small; silent for 12.0 s at most" in printed
    assert "8.3 px: 'tiny', 6 pt, in 12.4 x 3 inches: A curve that falls." in printed
    assert "12 s of silence: train()" in printed and "x = 1" not in printed
    monkeypatch.setattr(projector, "watch", lambda *_: ([well], [short]))
    assert projector.main([str(paths()[0])]) == 0
