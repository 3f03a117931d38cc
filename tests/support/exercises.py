"""The exercises as tests need them: in their order, as a cell defines them, and where their stub is in its notebook."""

import functools
import itertools
import linecache
import math

import nbformat
import torch
import torch.nn.functional as F
from torch import nn

import vaelab as vl
from tools.notebooks import NOTEBOOKS
from vaelab.exercises import EXERCISES
from vaelab.exercises.engine.check import Exercise

TASKS = sorted(EXERCISES.values(), key=lambda task: [int(part) for part in task.number.split(".")])
_cells_so_far = itertools.count()


class Remembering(Exercise):
    """An exercise that asks its own functions, the right one and the wrong ones, each case only once.

    For tests that give it many answers. What is checked is asked anew, whatever it is.
    """

    @classmethod
    def of(cls, task, **changes):
        cases = task.cases(torch.Generator().manual_seed(0))
        remembering = cls(**vars(task) | {"cases": lambda g: cases} | changes)
        object.__setattr__(remembering, "outcomes", {})
        return remembering

    def _ask(self, answer, case, right=None, printed=None):
        if printed is not None or answer not in (self.reference, *self.wrong.values()):
            return super()._ask(answer, case, right, printed)
        if (answer, id(case)) not in self.outcomes:
            self.outcomes[answer, id(case)] = super()._ask(answer, case, right)
        return self.outcomes[answer, id(case)]


@functools.cache
def remembering(name):
    """The exercise of that name, as all tests share it."""
    return Remembering.of(EXERCISES[name])


def written(source, name):
    """What a cell with this source defines, as a notebook would have it: the source can be looked up."""
    cell = f"<cell {next(_cells_so_far)}>"
    linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
    names = {"torch": torch, "nn": nn, "F": F, "math": math, "vl": vl, "Normal": torch.distributions.Normal}
    exec(compile(source.replace("@vl.exercise\n", ""), cell, "exec"), names)
    return names[name]


def notebook_of(task):
    """The notebook that an exercise is in."""
    (path,) = NOTEBOOKS.glob(f"{int(task.number.split('.')[0]):02}_*.ipynb")
    return nbformat.read(path, as_version=4)


def stub_of(task):
    """The cell of the notebook in which the student is to write."""
    marks = f"@vl.exercise\ndef {task.name}(", f"@vl.exercise\nclass {task.name}("
    (i,) = (i for i, cell in enumerate(notebook_of(task).cells) if any(mark in cell.source for mark in marks))
    return i
