"""A notebook of the course as an nbgrader assignment: generated, handed in half done, and graded."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.exercises import TASKS

from tools.notebooks import NOTEBOOKS
from vaelab.exercises.engine.source import solution_of
from vaelab.exercises.nbgrader import main, with_solution

NOTEBOOK = NOTEBOOKS / "05_kl_divergence.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one assignment, generated."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "vaes"\n')
    main([str(NOTEBOOK), str(folder / "source" / "kl" / NOTEBOOK.name)])
    nbgrader(folder, "generate_assignment", "kl")
    return folder


def nbgrader(folder, *command):
    on_the_path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by its name
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": on_the_path, "VAELAB_PROGRESS": str(folder / "vaelab-progress.json")},
    )
    assert run.returncode == 0, run.stderr
    return run.stderr


def graded_cells(notebook):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def test_the_student_gets_the_stubs_and_no_solution(course):
    released = nbformat.read(course / "release" / "kl" / NOTEBOOK.name, as_version=4)
    stubs = [cell.source for cell in released.cells if cell.source.startswith("@vl.exercise")]
    here = [task for task in TASKS if task.number.startswith("5.")]
    assert len(stubs) == len(graded_cells(released)) == len(here)
    for stub, task in zip(stubs, here, strict=True):
        assert stub.startswith(f"@vl.exercise\ndef {task.name}(")
        assert stub.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
        last_line = solution_of(task.reference).splitlines()[-1].strip()
        assert last_line not in stub


def test_what_is_right_gets_its_point_and_nothing_else_does(course):
    """One exercise solved, one wrong, one that crashes, the rest open: the notebook runs to its end all the same."""
    submitted = course / "submitted" / "ada" / "kl" / NOTEBOOK.name
    submitted.parent.mkdir(parents=True)
    notebook = nbformat.read(course / "release" / "kl" / NOTEBOOK.name, as_version=4)
    here = [task for task in TASKS if task.number.startswith("5.")]
    right, wrong, crash, *_ = here
    answers = {right.name: solution_of(right.reference)}
    for cell in notebook.cells:
        name = (re.match(r"@vl\.exercise\ndef (\w+)", cell.source) or [None, None])[1]
        if name == wrong.name:
            cell.source = cell.source.replace("raise NotImplementedError()", "return torch.zeros(())")
        elif name == crash.name:
            cell.source = cell.source.replace("raise NotImplementedError()", "return nonsense")
        elif name in answers:
            cell.source = answers[name]
    nbformat.write(notebook, submitted)

    nbgrader(course, "autograde", "kl")
    graded = nbformat.read(course / "autograded" / "ada" / "kl" / NOTEBOOK.name, as_version=4)
    failed = [cell.source for cell in graded_cells(graded) if any(o.output_type == "error" for o in cell.outputs)]
    assert failed == [f"vl.grade({task.name})" for task in here if task is not right]
    others = [cell for cell in graded.cells if cell.cell_type == "code" and cell not in graded_cells(graded)]
    assert not [cell.source for cell in others if any(o.output_type == "error" for o in cell.outputs)]
    assert all(cell.execution_count for cell in others)

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        submission = book.find_submission("kl", "ada")
        assert (submission.score, submission.max_score) == (1, len(here))


def test_the_marks_go_around_the_body_and_keep_what_was_given():
    stub = """class A(B):
    def __init__(self):
        'Words.'
        super().__init__()
        ...

    def f(self, x):
        ..."""
    solution = """class A(B):
    def __init__(self):
        super().__init__()
        self.y = 1

    def f(self, x):
        # why
        return x"""
    assert with_solution(stub, solution).splitlines() == [
        "class A(B):",
        "    def __init__(self):",
        "        'Words.'",
        "        super().__init__()",
        "        ### BEGIN SOLUTION",
        "        self.y = 1",
        "        ### END SOLUTION",
        "",
        "    def f(self, x):",
        "        ### BEGIN SOLUTION",
        "        # why",
        "        return x",
        "        ### END SOLUTION",
    ]
