"""What a class may hand in to stop the one who reads it, or that would be misread though it is honest."""

import json
import sys
import time

import nbformat
import pytest

from tools.notebooks import NOTEBOOKS
from vaelab.classroom import collect as collecting
from vaelab.classroom import files
from vaelab.classroom.collect import collect
from vaelab.classroom.files import handed_in
from vaelab.classroom.reading import LONGEST, answers_in, plain_python
from vaelab.classroom.recheck import Judge

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

HEAD = "def importance_weighted_bound(log_w):\n"
RIGHT = HEAD + "    return log_w.logsumexp(1) - math.log(log_w.shape[1])\n"
MEAN = HEAD + "    return log_w.mean(1)\n"


def progress(path, code):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"11.1": {"state": "right", "tries": 1, "code": code}}))


def notebook(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)
    return path


def by_student(rows):
    return {row.student: row for row in rows if row.number == "11.1"}


@pytest.mark.parametrize("where", ["check", "__call__"])
def test_what_goes_wrong_with_one_answer_is_that_answers_row(tmp_path, monkeypatch, where):
    """Whatever it is: what answers can send or be is not known."""
    progress(tmp_path / "ada.json", RIGHT)
    progress(tmp_path / "eve.json", MEAN)
    check = Judge.check

    def fails(judge, exercise, program, *more):
        if "mean" in program.text:
            raise KeyError("what nobody thought of")
        return check(judge, exercise, program, *more)

    monkeypatch.setattr(Judge, "check", fails)
    if where != "check":
        monkeypatch.setattr(collecting, "is_long", lambda text: (_ for _ in ()).throw(RecursionError))
    rows = by_student(collect([tmp_path], seconds=60, workers=1))
    assert rows["ada"].checked == "right"
    assert (rows["eve"].checked, rows["eve"].look) == ("wrong", True)
    assert "could not be checked: KeyError: 'what nobody thought of'" in rows["eve"].remark


@pytest.mark.parametrize("letter", ["\n", " ", "\t", "\\\n", "?", "% ", "=", "a=1\n"])
def test_a_long_cell_is_read_in_no_time(tmp_path, letter):
    """What is twice as long took four times as long; this took minutes."""
    cells = [letter * (size // len(letter)) + ")" for size in (LONGEST - 1000, LONGEST + 10_000)]
    begun = time.process_time()
    answers_in(notebook(tmp_path / "eve.ipynb", *cells, "@vl.exercise\n" + MEAN))
    assert time.process_time() - begun < 10


def test_a_cell_too_long_to_be_read_is_told_of(tmp_path):
    (answer,) = answers_in(notebook(tmp_path / "eve.ipynb", RIGHT + "#" * LONGEST)).values()
    assert answer.problem == "its cell can't be read: it is longer than any answer"


def test_all_cells_together_may_be_as_long_as_no_notebook_is(tmp_path):
    with pytest.raises(ValueError, match=r"has 3\.0 MB of code, and at most 0\.5 are read"):
        answers_in(notebook(tmp_path / "eve.ipynb", *["a=1\n" * 20_000] * 38))
    lengths = (sum(map(len, (c.source for c in nbformat.read(path, 4).cells))) for path in NOTEBOOKS.glob("*.ipynb"))
    assert 5 * max(lengths) < 500_000


def test_a_line_that_is_python_is_left_as_it_is():
    for line in ("return_ = x  # why?", "x = (a\n% b)", "s = '''\n%time\n!\n?'''"):
        assert plain_python(line) == line
    assert plain_python("files = !ls\nt = %timeit -o f()\nif a != b:\n    d.c = !ls") == (
        "files = None\nt = None\nif a != b:\n    d.c = None"
    )


def test_only_the_courses_own_names_are_no_part_of_a_students():
    assert {*files.NOTEBOOKS} == {path.stem for path in NOTEBOOKS.glob("*.ipynb")}


def test_two_students_stay_two(tmp_path):
    for name in ("stud01_ada.json", "stud02_ben.json", "07_eve.ipynb", "07_fay.ipynb"):
        (tmp_path / name).write_text("{}")
    assert {file.student for file in handed_in([tmp_path])} == {"stud01_ada", "stud02_ben", "07_eve", "07_fay"}


def test_names_that_become_the_same_are_told_of(tmp_path):
    for name in ("ada.json", "ada_vaelab-progress.json", "ben.json", "ben_05_kl_divergence.ipynb"):
        (tmp_path / name).write_text("{}")
    rows = [row for row in collect([tmp_path]) if row.checked == "together"]
    assert [(row.student, row.look) for row in rows] == [("ada", True)]
    assert rows[0].remark == "ada.json and ada_vaelab-progress.json: are they of one student?"


def test_a_link_to_anothers_work_is_not_read(tmp_path):
    (tmp_path / "ben").mkdir()
    progress(tmp_path / "ada" / "vaelab-progress.json", RIGHT)
    (tmp_path / "ben" / "vaelab-progress.json").symlink_to("../ada/vaelab-progress.json")
    (row,) = [row for row in collect([tmp_path], seconds=60, workers=1) if row.student == "ben" and not row.number]
    assert (row.checked, row.look) == ("not read", True)
    assert row.remark == "vaelab-progress.json is a link: not read. Ask for the file itself"


def test_answers_that_were_not_tried_are_counted(tmp_path):
    for n in range(7):
        progress(tmp_path / "eve" / f"{n}.json", MEAN.replace("mean(1)", f"mean(1) + {n}"))
    (row,) = collect([tmp_path], seconds=60, workers=1)
    assert row.look and "and 2 more, not tried" in row.remark


LSE = "    return log_w.logsumexp({}) - math.log(log_w.shape[1])\n"
HONEST = {
    "star": (["from math import *"], HEAD + "    return log_w.logsumexp(1) - log(log_w.shape[1])\n", []),
    "later": (["D = 1"], HEAD + LSE.format("D"), ["D = torch.randn(3)"]),
    "if": (["if True:\n    D = 1"], HEAD + LSE.format("D"), []),
    "added": (["D = 0\nD += 1"], HEAD + LSE.format("D"), []),
    "filled": (
        ["D = []\nfor i in range(3):\n    D.append(i)", "E = {}\nE['d'] = D"],
        HEAD + LSE.format("E['d'][1]"),
        [],
    ),
    "walrus": (["(D := 1)"], HEAD + LSE.format("D"), []),
    "an earlier name": (["def noise(x):\n    return 1"], HEAD + LSE.format("noise(2)"), []),
    "display": ([], HEAD + "    display(log_w)\n" + LSE.format(1), []),
}


@pytest.mark.parametrize("how", HONEST)
def test_an_honest_answer_is_right(tmp_path, how):
    before, answer, after = HONEST[how]
    notebook(
        tmp_path / "ada.ipynb", "import math, torch\nimport vaelab as vl", *before, "@vl.exercise\n" + answer, *after
    )
    row = by_student(collect([tmp_path], seconds=60, workers=1))["ada"]
    assert row.checked == "right", row.remark
