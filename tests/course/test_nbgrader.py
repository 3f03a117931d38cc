"""Notebooks of the course as nbgrader's assignments: handed out, generated, handed in half done, graded, collected."""

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
from vaelab.classroom.__main__ import main
from vaelab.classroom.assignment import with_solution
from vaelab.classroom.collect import collect
from vaelab.exercises.engine.source import solution_of

NAME = "05_kl_divergence"
NOTEBOOK = NOTEBOOKS / f"{NAME}.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of all assignments, one of them generated."""
    folder = tmp_path_factory.mktemp("class") / "vaes"
    main(["handout", str(folder), "--course", str(NOTEBOOKS)])
    nbgrader(folder, "generate_assignment", NAME)
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
    released = nbformat.read(course / "release" / NAME / NOTEBOOK.name, as_version=4)
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
    submitted = course / "submitted" / "ada" / NAME / NOTEBOOK.name
    submitted.parent.mkdir(parents=True)
    notebook = nbformat.read(course / "release" / NAME / NOTEBOOK.name, as_version=4)
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

    nbgrader(course, "autograde", NAME)
    graded = nbformat.read(course / "autograded" / "ada" / NAME / NOTEBOOK.name, as_version=4)
    failed = [cell.source for cell in graded_cells(graded) if any(o.output_type == "error" for o in cell.outputs)]
    assert failed == [f"vl.grade({task.name})" for task in here if task is not right]
    others = [cell for cell in graded.cells if cell.cell_type == "code" and cell not in graded_cells(graded)]
    assert not [cell.source for cell in others if any(o.output_type == "error" for o in cell.outputs)]
    assert all(cell.execution_count for cell in others)

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        submission = book.find_submission(NAME, "ada")
        assert (submission.score, submission.max_score) == (1, len(here))

    rows = {row.number: row for row in collect([course], seconds=60, workers=1)}
    assert {row.student for row in rows.values()} == {"ada"}
    checked = {right.number: "right", wrong.number: "wrong", crash.number: "wrong"}
    assert {number: row.checked for number, row in rows.items()} == {
        t.number: checked.get(t.number, "open") for t in here
    }


def test_all_notebooks_with_exercises_are_handed_out(course):
    made = {path.stem for path in course.glob("source/*/*.ipynb")}
    assert made == {path.stem for path in NOTEBOOKS.glob("[0-9]*.ipynb")}
    for name in made:
        cells = graded_cells(nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4))
        here = [task.name for task in TASKS if int(task.number.split(".")[0]) == int(name[:2])]
        assert [cell.source for cell in cells] == [f"vl.grade({task})" for task in here]
    assert 'course_id = "vaes"' in (course / "nbgrader_config.py").read_text()


def test_a_class_of_many_cells_can_be_generated_too(course):
    """The largest exercise is a class, with a solution in each of its methods."""
    nbgrader(course, "generate_assignment", "08_a_vae_from_scratch")
    (released,) = course.glob("release/08*/*.ipynb")
    (vae,) = (c.source for c in nbformat.read(released, as_version=4).cells if "class MyVAE" in c.source)
    assert vae.count("raise NotImplementedError()") == 5
    assert "nn.Linear" not in vae and "randn" not in vae and "chunk" not in vae


def test_what_is_there_is_never_overwritten(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS.parent)
    main(["handout", str(tmp_path), "--notebooks", "5", "05"])
    assert [path.name for path in tmp_path.glob("source/*")] == [NAME]
    mine = [tmp_path / "nbgrader_config.py", tmp_path / "source" / NAME / NOTEBOOK.name]
    for file in mine:
        file.write_text("an instructor's own")
    (tmp_path / "gradebook.db").write_text("points")
    capsys.readouterr()
    main(["handout", str(tmp_path), "--notebooks", "05", "06"])
    said = capsys.readouterr().out
    assert said.count("was there, and is left as it is") == 2
    assert "06_elbo.ipynb: 3 exercises, a point each\n" in said
    assert {file.read_text() for file in mine} == {"an instructor's own"}
    assert (tmp_path / "gradebook.db").read_text() == "points"


def test_what_is_asked_for_in_vain_is_named(tmp_path):
    for arguments, said in (
        (["--notebooks", "15"], "there is no notebook 15; there are 00, 01, 02"),
        (["--course", str(tmp_path)], "no notebooks of the course in"),
    ):
        with pytest.raises(SystemExit, match=said):
            main(["handout", str(tmp_path / "class"), *arguments])
        assert not (tmp_path / "class").exists()


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
