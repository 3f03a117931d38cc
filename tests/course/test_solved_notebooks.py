"""Each notebook with every exercise solved: every check says right, and the course goes on to its end.

A solution computes what the course's own does, to the last bit and with the same draws. So after it come the numbers of
the run with every exercise open, and those are nbval's part: there is less data here, trainings are cut short, and only
what is printed before that is compared.
"""

import dataclasses
import json
import re
from itertools import islice
from pathlib import Path

import nbformat
import pytest
import torch
from nbval.plugin import get_sanitize_patterns
from support.exercises import TASKS, stub_of, written

from tools import notebooks
from vaelab.exercises.engine.ask import fresh
from vaelab.exercises.engine.source import solution_of

MEASURED = get_sanitize_patterns((Path(__file__).parents[1] / "nbval.cfg").read_text())
NUMBERS = sorted({int(task.number.split(".")[0]) for task in TASKS})


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Each notebook as it is saved, its solved cells after the run, and the progress that was kept of all.

    They run one after another in one kernel, each with a clean slate: twelve kernels would spend half of their time on
    imports. That each notebook runs by itself is nbval's part.
    """
    saved = {number: nbformat.read(path, as_version=4) for number, path in enumerate(notebooks.paths())}
    solved, clean = nbformat.v4.new_notebook(), nbformat.v4.new_code_cell("%reset -f")
    for number, notebook in saved.items():
        cells = [clean, *nbformat.from_dict(notebook.cells)]
        for task in tasks_of(number):
            cells[1 + stub_of(task)].source = solution_of(task.reference)
        solved.cells += cells
    folder = tmp_path_factory.mktemp("solved")
    progress = folder / "vaelab-progress.json"
    short = notebooks.shortened(solved)
    notebooks.run(short, folder, {"VAELAB_PROGRESS": str(progress)})
    ran = iter(short.cells[1:])
    cells = {number: list(islice(ran, 1 + len(notebook.cells)))[1:] for number, notebook in saved.items()}
    return saved, cells, json.loads(progress.read_text())


def tasks_of(number):
    return [task for task in TASKS if task.number.startswith(f"{number}.")]


@pytest.mark.parametrize("number", NUMBERS)
def test_with_every_solution_put_in(number, solved):
    saved, cells, done = solved
    tasks = {stub_of(task): task for task in tasks_of(number)}
    comparable = True  # until there is less data, or a training was cut
    for i, (before, after) in enumerate(zip(saved[number].cells, cells[number], strict=True)):
        comparable = comparable and not any(call in before.source for call in ("vl.load_mnist(", "vl.fit("))
        if i in tasks:
            assert printed(after).startswith(f"✓ Exercise {tasks[i].number} is right.")
            assert done[tasks[i].number]["state"] == "right"
        elif comparable and before.cell_type == "code" and not is_told_apart(before):
            assert printed(after) == printed(before), before.source


def test_progress_is_kept_of_every_exercise(solved):
    assert set(solved[2]) == {task.number for task in TASKS}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_solution_computes_what_the_course_s_own_does_to_the_last_bit(task):
    exactly = dataclasses.replace(task, rtol=0.0, atol=0.0)
    solution = written(solution_of(task.reference), task.name)
    verdict = exactly.check(solution)
    assert verdict.status == "right", verdict.text
    for case in task.cases(torch.Generator().manual_seed(0)):
        left = [draws_left(task, answer, case) for answer in (solution, task.reference)]
        assert all(map(torch.equal, *left)), "a later cell would draw other numbers"


def draws_left(task, answer, case):
    """The states of the generators after an answer has been asked: PyTorch's own, and those among the arguments."""
    case = {name: fresh(value) for name, value in case.items()}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        for _ in task.observe(answer, **case):
            pass
        generators = [torch.default_generator, *(v for v in case.values() if isinstance(v, torch.Generator))]
        return [generator.get_state() for generator in generators]


def printed(cell):
    """What it prints, without what verdicts measured, as nbval compares it."""
    text = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
    for pattern, mark in MEASURED:
        text = re.sub(pattern, mark, text)
    return text


def is_told_apart(cell):
    """Whether it prints numbers that may differ from run to run."""
    return "nbval-ignore-output" in cell.metadata.get("tags", [])
