"""The notebooks as files. That they run, and print what they printed before, is nbval's part of the same pytest run."""

import ast
import re

import nbformat
import pytest

from tools.notebooks import NOTEBOOKS, WIDGET_VIEW, normalise, paths
from vaelab.exercises import PREDICTIONS

PATHS = paths()
ROOT = NOTEBOOKS.parent  # what JupyterLab serves, see the Makefile
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SLIDES = (ROOT / "docs" / "slides.md").read_text()


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return read(request.param)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_there_are_notebooks():
    assert [path.stem[:2] for path in PATHS] == [f"{number:02}" for number in range(12)]


def test_it_was_run_from_top_to_bottom(notebook):
    assert [cell.execution_count for cell in code_cells(notebook)] == list(range(1, len(code_cells(notebook)) + 1))


def test_what_nbval_compares_is_there(notebook):
    """A notebook with stripped outputs would pass nbval without comparing anything."""
    compared = 0
    for cell in code_cells(notebook):
        last = ast.parse(cell.source).body[-1]
        if isinstance(last, ast.Expr):
            assert cell.outputs, f"this cell shows something, but no output is saved:\n{cell.source}"
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            compared += sum(output.output_type == "stream" or "text/plain" in output.data for output in cell.outputs)
    assert compared >= 5


def test_the_saved_outputs_are_clean(notebook):
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text
        assert WIDGET_VIEW not in output.get("data", {})
        text = output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        assert not re.search(r"0x[0-9a-f]{6}", text)


def test_every_verdict_is_favourable(notebook):
    printed = "".join(output.text for output in outputs(notebook) if output.output_type == "stream")
    assert "DOES NOT HOLD" not in printed and "False" not in printed


def test_every_picture_has_a_text_for_those_who_cannot_see_it(notebook):
    for output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            assert len(output.metadata["image/png"]["alt"]) > 40


def test_no_cell_ends_in_a_semicolon(notebook):
    """nbval takes its missing output for a difference (nbval #194)."""
    assert not [cell.source for cell in code_cells(notebook) if cell.source.rstrip().endswith(";")]


def test_it_is_normalised(notebook):
    assert normalise(nbformat.from_dict(notebook)) == notebook
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_it_opens_and_closes_as_every_notebook_does(notebook):
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert first.startswith("# ")
    for part in ("**The question.**", "**After this notebook you can**", "**Time.**"):
        assert part in first
    for part in ("## Summary", "## Questions", "<details>", "## References"):
        assert part in last
    assert last.count("<details>") == last.count("</details>") == len(re.findall(r"\*\*\d+\. ", last))


def test_it_says_what_it_needs_from_before(notebook):
    first = notebook.cells[0].source
    assert "**What you need from before.**" in first or "no knowledge of VAEs" in first


def test_each_prediction_is_asked_once_and_explained_after_it():
    for path in PATHS:
        calls = re.findall(r'vl\.(predict|explain)\("(\w+)"\)', "\n".join(c.source for c in code_cells(read(path))))
        own = [number for number in PREDICTIONS if int(number[:-1]) == int(path.stem[:2])]
        assert sorted(number for verb, number in calls if verb == "predict") == sorted(own), path.stem
        for number in own:
            assert calls.index(("explain", number)) > calls.index(("predict", number)), number


def test_the_readme_gives_the_times_that_the_notebooks_give():
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| \[`\d\d_.*\| (\d+) min \| (\d+) min \| (\d+) s \|$", readme, re.MULTILINE)
    reading, exercises, running = (sum(map(int, column)) for column in zip(*rows, strict=True))
    assert (round(reading / 30) / 2, round(exercises / 60), round(running / 60)) == (8.5, 5, 5)
    assert "eight and a half to read, and five for the exercises" in " ".join(readme.split())
    assert "five minutes of computing" in readme
    for path in PATHS[1:]:  # 00 counts its exercise as play
        time = re.search(r"\*\*Time\.\*\* (\d+) minutes to read.* about (\d+) seconds", read(path).cells[0].source)
        row = re.search(rf"^\| \[`{path.stem}`\].*\| (\d+) min \| \d+ min \| (\d+) s \|$", readme, re.MULTILINE)
        assert row.groups() == time.groups(), path.stem


def lead_somewhere(text, folder):
    """Each link to a file, on the disk and in JupyterLab: that shows what lies below its root, and nothing hidden."""
    for target in re.findall(r"\]\((?!http)([^)#]+)(?:#[^)]*)?\)", text):
        file = (folder / target).resolve()
        assert file.exists(), target
        assert not any(part.startswith(".") for part in file.relative_to(ROOT.resolve()).parts), target


def test_its_links_lead_somewhere(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lead_somewhere(cell.source, NOTEBOOKS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_links_of_a_page_lead_somewhere(page):
    lead_somewhere(page.read_text(), page.parent)


def test_every_slip_of_the_slides_is_put_right_where_it_comes_up():
    """Each row points to a notebook that speaks of the slides or has the equation that is named, and all are there."""
    rows = re.findall(r"^\| \d+ \|.*", SLIDES, re.MULTILINE)
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 20))
    for row in rows:
        where = row.split("|")[-2]
        sources = [
            (NOTEBOOKS / f"{name}.ipynb").read_text() for name in re.findall(r"\.\./notebooks/(\w+)\.ipynb", where)
        ]
        assert sources, row
        numbers = re.findall(r"\((\d+\.\d+)\)", where)
        for number in numbers:
            assert any(rf"\\tag{{{number}}}" in source for source in sources), number
        spoken_of = [s for s in sources if "**On the slides.**" in s or "The lecture *Autoencoders II* says" in s]
        assert spoken_of or numbers, row
