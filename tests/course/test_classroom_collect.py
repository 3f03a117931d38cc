"""What a class has handed in, as files: read, checked again, put into a table. Cheats of the code are elsewhere."""

import ast
import csv
import json
import os
import sys
import textwrap

import nbformat
import pytest
from support.exercises import TASKS, notebook_of

from vaelab.classroom.__main__ import main
from vaelab.classroom.collect import Row, collect
from vaelab.classroom.files import handed_in
from vaelab.classroom.parts import definitions, needed, text_of
from vaelab.classroom.reading import answers_in, plain_python
from vaelab.classroom.table import as_text, shown, write_csv
from vaelab.exercises import EXERCISES
from vaelab.exercises.engine.source import solution_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

HEAD = "def importance_weighted_bound(log_w):\n"
RIGHT = HEAD + "    return log_w.logsumexp(1) - math.log(log_w.shape[1])\n"
MEAN = HEAD + "    return log_w.mean(1)\n"
OWN = (
    HEAD + "    m = log_w.max(1, keepdim=True).values\n    d = log_w - m\n    return m[:, 0] + d.exp().mean(1).log()\n"
)
OWN_TOO = OWN.replace("m = ", "top = ").replace("- m", "- top").replace("m[", "top[")


def record(state="right", **more):
    return {"11.1": {"state": state, "tries": 2, "when": "2026-11-01T10:00:00"} | more}


def progress(path, content=None, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content or record(**more)))


def notebook(path, *cells, outputs=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    for cell in made.cells:
        cell.outputs = [nbformat.v4.new_output("stream", text=text) for text in outputs]
    nbformat.write(made, path)


def row_of(rows, student, number="11.1"):
    (row,) = [row for row in rows if (row.student, row.number) == (student, number)]
    return row


# What is in a progress file, and the row that it becomes: what it comes to, a part of the remark, whether to look.
RECORDS = {
    "right": (record(code=RIGHT), "right", "same as the solution", False),
    "own": (record(code=OWN), "right", "same as that of ", True),
    "wrong": (record("attempted", code=MEAN), "wrong", "yours", False),
    "nothing": ({}, "open", "", False),
    "picks": ({"11a": {"pick": "about 10"}}, "open", "", False),
    "stub": (record("attempted", code=HEAD + "    ...\n"), "no code", "claims attempted, has no code", True),
    "claims": ({"11.1": {"state": "right"}}, "no code", "claims right, has no code; has no tries", True),
    "claimswrong": (record(code=MEAN), "wrong", "claims right, is wrong; ", True),
    "helper": (record(code=HEAD + "    return helper(log_w)\n"), "wrong", "uses helper, which is not in the", True),
    "vl": (record(code=HEAD + "    return vl.bound(log_w)\n"), "wrong", "uses vl, the course's own", True),
    "first": (record(code="def importance_weighted_bound(w):\n    return w"), "wrong", "takes (w); expected", True),
    "tries": (record(code=OWN, tries="many", hints=-1), "right", "tries is no whole number; hints is no whole", True),
    "infinite": ('{"11.1": {"state": "right", "tries": 1e999, "code": 5}}', "no code", "its code is no text", True),
    "state": (record(state=["right"], code=MEAN), "wrong", "its state is none", True),
    "syntax": (record(code="def f(:"), "no code", "its code can't be read: ", True),
    "other": (record(code="def mine(x):\n    return x"), "no code", "does not define importance_weighted_bound", True),
    "long": (record(code=HEAD + "    x = 1\n" * 50_000), "no code", "longer than any answer", True),
    "nested": (record(code=HEAD + "    return " + "-" * 50_000 + "1\n"), "no code", "its code can't be read", True),
    "patched": (record(code=HEAD + "    torch.equal = None\n    return log_w.mean(1)\n"), "wrong", "", True),
}  # fmt: skip
UNREADABLE = {
    "half": ('{"11.1": {"sta', "is no JSON"),
    "list": ("[]", "holds something else than the progress with exercises"),
    "text": ('{"11.1": "right"}', "holds something else than the progress with exercises"),
    "unknown": ('{"99.1": {"state": "right"}}', "tells of exercises that are not there: 99.1"),
    "deep": ("[" * 200_000, "is nested too deeply"),
    "digits": ('{"11.1": {"tries": ' + "9" * 10_000 + "}}", "is no JSON: "),
    "empty": ("", "is no JSON"),
}


IN_A_NOTEBOOK = {  # four ways to full points of nbgrader's; what is there when its tricks are left out
    "patches grade": (["@vl.exercise\n" + HEAD + "    ...\nvl.grade = lambda *_: None"], "open"),
    "patches the check": (
        ["import vaelab.exercises as e\ne._check = lambda task, _: e.Verdict('right', '')", "@vl.exercise\n" + MEAN],
        "wrong",
    ),
    "stands for it": (
        ["@vl.exercise\n" + MEAN, "class Ours: mine = vl.exercises.EXERCISES['importance_weighted_bound'].reference\n"
         "importance_weighted_bound = Ours()"],
        "wrong",
    ),
    "is broken later": (["@vl.exercise\n" + MEAN, "@vl.exercise\n" + RIGHT + ")"], "wrong"),
    "is not the one": (["@vl.exercise\n" + MEAN, "def later():\n" + textwrap.indent(RIGHT, "    ")], "wrong"),
}  # fmt: skip


@pytest.fixture(scope="module")
def a_class(tmp_path_factory):
    """A flat folder with all of those, and what came of it: rows, and the command's text and table."""
    folder = tmp_path_factory.mktemp("handed in")
    for name, (content, *_) in RECORDS.items():
        progress(folder / f"{name}.json", content or "{}")
    for name, (content, _) in UNREADABLE.items():
        (folder / f"{name}.json").write_text(content)
    (folder / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (folder / "large.json").write_bytes(b" " * 50_000_000)
    (folder / "outside.json").symlink_to("/etc/passwd")
    (folder / "itself.json").symlink_to(folder / "itself.json")
    (folder / "=1+1 \x1b[2J.json").write_text(json.dumps(record(code=OWN_TOO)))
    (folder / "read me.txt").write_text("not looked at")
    (folder / ".hidden.json").write_text("{")

    vae = EXERCISES["MyVAE"]
    mine = "import torch.nn.functional as func\nHALF = 0.5\ndef square(x): return helper(x)\ndef helper(x): return x**2"
    text = solution_of(vae.reference).replace("F.", "func.").replace("0.5 * (mu**2", "HALF * (square(mu)")
    notebook(folder / "pro_08_a_vae_from_scratch.ipynb", mine, "!pip list\n%matplotlib inline", "1 / 0", text)
    progress(folder / "pro.json", {"8.1": {"state": "right", "tries": 7, "hints": 1, "code": BROKEN}})
    uses = HEAD + "    return log_w.logsumexp(1) - log_of_draws(log_w)\n"
    own = "def log_of_draws(log_w):\n    return math.log(log_w.shape[1])"
    notebook(folder / "pal.ipynb", own, "@vl.exercise\n" + HEAD + "    ...")
    progress(folder / "pal.json", code=uses)
    notebook(folder / "twice.ipynb", "@vl.exercise\n" + RIGHT, "@vl.exercise\n" + MEAN)
    notebook(folder / "magic.ipynb", "%%time\n@vl.exercise\n" + OWN, outputs=["✓ Exercise 11.1 is right. From here on"])
    notebook(folder / "broken.ipynb", "@vl.exercise\n" + HEAD + "    return (\n")
    for name, (cells, _) in IN_A_NOTEBOOK.items():
        notebook(folder / f"{name}.ipynb", "import vaelab as vl", *cells, outputs=["✓ Exercise 11.1 is right."])
    (folder / "noformat.ipynb").write_text('{"nbformat": 4, "cells": {}}')
    (folder / "three.ipynb").write_text(json.dumps(NBFORMAT_3))
    return folder


BROKEN = "class MyVAE(nn.Module):\n    def encode(self, x):\n        return x"
NBFORMAT_3 = {
    "metadata": {},
    "nbformat": 3,
    "nbformat_minor": 0,
    "worksheets": [
        {
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "input": "@vl.exercise\n" + OWN,
                    "language": "python",
                    "outputs": [],
                    "metadata": {},
                    "collapsed": False,
                }
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def rows(a_class):
    return collect([a_class], seconds=60, workers=1)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_becomes_a_row(rows, name):
    _, checked, remark, look = RECORDS[name]
    row = row_of(rows, name)
    assert (row.checked, row.look) == (checked, look), row
    assert remark in row.remark, row


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_can_not_be_read_stops_nothing(rows, name):
    row = row_of(rows, name, "")
    assert (row.checked, row.look) == ("not read", True)
    assert UNREADABLE[name][1] in row.remark
    assert not [row for row in rows if row.student == name and row.number], "nothing is said of what is not known"


def test_a_file_that_is_none_of_the_courses_is_not_read(rows):
    for name, said in {
        "bytes": "is no text in UTF-8",
        "large": "is 50 MB large, and at most 5 are read",
        "outside": "is a link: not read",
        "itself": "is a link: not read",
        "noformat": "is no notebook",
    }.items():
        assert said in row_of(rows, name, "").remark, row_of(rows, name, "")
    assert not {"read me", ".hidden"} & {row.student for row in rows}


def test_a_notebook_is_read_with_what_an_answer_needs_of_it(rows):
    pro = row_of(rows, "pro", "8.1")
    assert (pro.checked, pro.claims, pro.tries, pro.hints) == ("right", "right", 7, 1)
    assert "right in pro_08_a_vae_from_scratch.ipynb; in pro.json: " in pro.remark
    assert row_of(rows, "pal").checked == "right", "the code is in one file, the function that it needs in the other"
    assert row_of(rows, "twice").checked == "wrong", "the last one counts"
    magic = row_of(rows, "magic")
    assert (magic.checked, magic.claims) == ("right", "right")
    assert row_of(rows, "three").checked == "right"
    assert "its cell can't be read: '(' was never closed, line 3" in row_of(rows, "broken").remark


@pytest.mark.parametrize("how", IN_A_NOTEBOOK)
def test_what_a_notebook_does_beside_the_answer_is_not_run(rows, how):
    _, checked = IN_A_NOTEBOOK[how]
    row = row_of(rows, how)
    assert (row.checked, row.look) == (checked if checked == "wrong" else "no code", True)
    assert "claims right" in row.remark


def test_answers_that_are_the_same_are_seen(rows):
    students = {"own", "magic", "three", "tries", "=1+1 \x1b[2J"}
    for student in students:
        others = students - {student}
        assert (
            all(name in row_of(rows, student).remark for name in others) or "and 1 more" in row_of(rows, student).remark
        )
    assert "same as" not in row_of(rows, "claimswrong").remark, "wrong answers are often the same"


def test_the_table_can_be_read_as_text_and_by_a_spreadsheet(rows, tmp_path):
    text = as_text(rows)
    assert "\x1b" not in text
    assert text.startswith(f"{len({row.student for row in rows})} students, 2 exercises\n")
    assert "claims 11.1 no code claims right, has no code; has no tries" in " ".join(text.split())
    write_csv(rows, tmp_path / "table.csv")
    lines = [*csv.reader((tmp_path / "table.csv").read_text(encoding="utf-8-sig").splitlines())]
    assert lines[0] == ["student", "exercise", "checked", "claims", "tries", "hints", "solution seen", "look", "remark"]
    assert len(lines) == len(rows) + 1
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert "'=1+1 ?[2J" in {line[0] for line in lines}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "a\nb", "\udcff", "a\u202eb"])
def test_no_name_becomes_a_formula_or_a_line_of_its_own(name, tmp_path):
    rows = [Row(name, "11.1", "right", remark=name, look=True)]
    write_csv(rows, tmp_path / "t.csv")
    (_, line) = csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines())
    assert line[0][0] == "'" or line[0] == shown(name)
    assert not line[0].lstrip().startswith(("=", "+", "-", "@"))
    assert shown(name).isprintable() and shown(name) in as_text(rows)


LAYOUTS = {
    "flat": ["ada.json", "ada.ipynb", "ada_vaelab-progress.json", "ada-05_kl_divergence.ipynb"],
    "a folder each": ["ada/vaelab-progress.json", "ada/05_kl_divergence.ipynb", "ada/more/06_elbo.ipynb"],
    "nbgrader's": ["submitted/ada/05_kl_divergence/05_kl_divergence.ipynb", "submitted/ada/kl/vaelab-progress.json"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_student_is_known_by_the_path(tmp_path, layout):
    for name in LAYOUTS[layout]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (tmp_path / "source" / "x").mkdir(parents=True)
    found = handed_in([tmp_path])
    assert {file.student for file in found} == {"ada"} and len(found) == len(LAYOUTS[layout])
    (single,) = handed_in([tmp_path / LAYOUTS[layout][0]])
    assert single.student == {"nbgrader's": "05_kl_divergence"}.get(layout, "ada")


def test_links_to_folders_are_not_followed(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.json").write_text("{}")
    (tmp_path / "class" / "ada").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "class" / "pipe.json")
    assert [(f.student, bool(f.problem)) for f in handed_in([tmp_path / "class"])] == [("ada", True), ("pipe", True)]


def test_the_command_says_what_it_lacks(tmp_path, capsys):
    for arguments, said in (
        ([str(tmp_path)], "no progress file (.json) and no notebook (.ipynb) in"),
        ([str(tmp_path / "none")], "none is not there. Name a folder of what was handed in, or files."),
        ([str(tmp_path), "--seconds", "0"], "--seconds and --memory must be above 0; got 0 and 1000"),
        ([str(tmp_path), "--csv", str(tmp_path / "no" / "x.csv")], "no is not there"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(["collect", *arguments])
        assert said in str(stopped.value)


def test_the_command_makes_both(tmp_path, capsys):
    progress(tmp_path / "ada.json", {})
    main(["collect", str(tmp_path), "--csv", str(tmp_path / "out.csv"), "--seconds", "60"])
    assert "1 student, 1 exercise\n" in (out := capsys.readouterr().out)
    assert f"All rows are in {tmp_path / 'out.csv'}." in out
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 2


def test_who_lets_one_answer_after_another_run_for_ever_is_given_less_time(tmp_path):
    """Thirty loops of twenty seconds, in several versions each, would keep a whole class waiting."""
    heads = {task.number: solution_of(task.reference).splitlines()[1] for task in TASKS}
    loops = {
        number: {"state": "right", "tries": 2, "code": f"{head}\n    while True: pass\n"}
        for number, head in heads.items()
        if head.startswith("def ")
    }
    five = dict([*loops.items()][:5])
    progress(tmp_path / "ada.json", five)
    progress(tmp_path / "ben.json", {"11.1": loops["11.1"]})
    rows = collect([tmp_path], seconds=2, workers=1)
    remarks = [row.remark for row in rows if row.student == "ada" and row.number in five]
    said = [remark.removeprefix("claims right, is wrong; ") for remark in remarks]
    assert said == ["ran longer than 2 s"] * 3 + ["ran longer than 1 s"] * 2
    assert "ran longer than 2 s" in row_of(rows, "ben").remark


def test_the_notebooks_of_the_course_are_read_whole_and_all_open(tmp_path):
    for task in TASKS:
        nbformat.write(notebook_of(task), tmp_path / "n.ipynb")
        answers = answers_in(tmp_path / "n.ipynb")
        assert answers[task.number].is_open and not answers[task.number].problem
        assert answers[task.number].claims == ""


def test_what_is_ipythons_is_left_out_of_a_cell():
    assert plain_python("%%bash\nrm -r x") == ""
    assert plain_python("%%time\nx = 1\n!ls\n%pip list\nx?") == "x = 1\npass\npass\npass"
    assert plain_python("if x:\n    !ls") == "if x:\n    pass"


def test_a_part_is_taken_with_what_it_needs_only():
    source = """
import math, torch as t
a, b = 1, 2
def f(x: Unknown) -> Unknown:
    def inner(y): return g(y) + a
    t = 3
    return [inner(z) for z in x]
def g(x=math.pi): return x
class C:
    z = b
"""
    there = definitions(ast.parse(source).body)
    text = text_of(needed(["f"], lambda name: [there[name]] if name in there else []))
    assert "class C" not in text and "Unknown" not in text and "torch" not in text
    names = {"f", "g", "a", "math"}
    scope: dict = {}
    exec(text, scope)
    assert names <= scope.keys()
    assert scope["f"]([1]) == [2]
