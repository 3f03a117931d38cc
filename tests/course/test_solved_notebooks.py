"""Each notebook with every exercise solved: it runs to its end, every check says right, and the course is the same.

That they run with every exercise open is nbval's part.
"""

import json
import os

import nbformat
import pytest
from nbclient import NotebookClient
from support.exercises import TASKS, notebook_of, stub_of

from vaelab.exercises.engine.source import solution_of

NUMBERS = sorted({int(task.number.split(".")[0]) for task in TASKS})


@pytest.mark.parametrize("number", NUMBERS)
def test_with_every_solution_put_in(number, tmp_path):
    tasks = {stub_of(task): task for task in TASKS if task.number.startswith(f"{number}.")}
    saved = notebook_of(next(iter(tasks.values())))
    solved = nbformat.from_dict(saved)
    for i, task in tasks.items():
        solved.cells[i].source = solution_of(task.reference)
    progress = tmp_path / "vaelab-progress.json"
    NotebookClient(
        solved,
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,
    ).execute(cwd=str(tmp_path), env=os.environ | {"VAELAB_PROGRESS": str(progress)})

    for i, (before, after) in enumerate(zip(saved.cells, solved.cells, strict=True)):
        if i in tasks:
            assert printed(after).startswith(f"✓ Exercise {tasks[i].number} is right.")
        elif before.cell_type == "code" and not is_told_apart(before):
            assert printed(after) == printed(before), before.source
    done = json.loads(progress.read_text())
    assert {number: record["state"] for number, record in done.items()} == {t.number: "right" for t in tasks.values()}


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def is_told_apart(cell):
    """Whether it prints numbers that may differ from run to run."""
    return "nbval-ignore-output" in cell.metadata.get("tags", [])
