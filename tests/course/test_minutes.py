"""How long a section takes stands in the notebooks' cell metadata, and nowhere else. Here it is held against "Time".

A markdown cell that begins a section says how many minutes it takes to read, to teach, and in a lecture of 90 and one
of 50 minutes on the whole course: {"reading": 6, "teaching": 5, "cut 90": 3, "cut 50": 2}. A cell with an exercise says
{"exercise": 8}. What is 0 is left out.
"""

import re

import nbformat
import pytest

from tools.notebooks import NOTEBOOKS, paths

ROOT = NOTEBOOKS.parent
README = (ROOT / "README.md").read_text()
OF_A_SECTION = {"reading", "teaching", "cut 90", "cut 50"}


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


CELLS = {path.stem: cells_of(path) for path in paths()}


@pytest.fixture(params=CELLS)
def name(request):
    return request.param


def begins_a_section(cell):
    return cell.cell_type == "markdown" and re.match(r"##? ", cell.source)


def has_an_exercise(cell):
    return cell.cell_type == "code" and "@vl.exercise" in cell.source


def total(name, what):
    """The sum over the notebook's cells."""
    return sum(cell.metadata.get("minutes", {}).get(what, 0) for cell in CELLS[name])


def in_the_readme(name):
    """What the table of notebooks gives: minutes to read, and for the exercises."""
    row = re.search(rf"^\|.*`{name}`.*$", README, re.MULTILINE)[0]
    return [int(minutes) for minutes in re.findall(r"(\d+) min\b", row)]


def test_each_section_and_each_exercise_says_how_long_it_takes(name):
    for cell in CELLS[name]:
        minutes = cell.metadata.get("minutes", {})
        if begins_a_section(cell):
            assert "reading" in minutes and set(minutes) <= OF_A_SECTION, cell.source.splitlines()[0]
        elif has_an_exercise(cell):
            assert set(minutes) == {"exercise"}, cell.source
        else:
            assert not minutes, cell.source
        assert all(isinstance(number, int) and number > 0 for number in minutes.values()), minutes


def test_they_add_up_to_what_the_readme_says(name):
    assert [total(name, "reading"), total(name, "exercise")] == in_the_readme(name)


def test_they_add_up_to_what_the_notebook_says(name):
    """The first notebook counts its exercise as play, and 08 gives a range for the exercises."""
    line = re.search(r"\*\*Time\.\*\* (.*) about \d+ seconds", CELLS[name][0].source)[1]
    to_read, *exercises = map(int, re.findall(r"\d+", line))
    reading, exercise = total(name, "reading"), total(name, "exercise")
    if exercises:
        assert reading == to_read
        assert exercises[0] <= exercise <= exercises[-1]
    else:
        assert reading + exercise == to_read


def test_what_is_shown_in_less_time_is_shown_in_more(name):
    for cell in filter(begins_a_section, CELLS[name]):
        minutes = cell.metadata.get("minutes", {})
        shorter_first = [minutes.get(what, 0) for what in ("cut 50", "cut 90", "teaching")]
        assert shorter_first == sorted(shorter_first), cell.source.splitlines()[0]


@pytest.mark.parametrize("length", [90, 50])
def test_a_cut_of_the_whole_course_takes_as_long_as_it_says(length):
    assert sum(total(name, f"cut {length}") for name in CELLS) == length


def test_there_is_a_presenters_guide_that_names_what_the_cuts_show(name):
    """By number and title, as they stand in the notebook."""
    guide = (ROOT / "docs" / "teaching" / f"{name[:2]}.md").read_text()
    assert guide.startswith(f"# Presenting {name[:2]}: ")
    assert f"```{{minutes}} {name}\n```\n" in guide
    assert f"](../../notebooks/{name}.ipynb)" in guide
    for cell in filter(begins_a_section, CELLS[name]):
        if {"cut 90", "cut 50"} & set(cell.metadata.get("minutes", {})):
            title = cell.source.splitlines()[0].lstrip("# ")
            assert title in " ".join(guide.split()), title


def test_a_guide_does_not_repeat_the_minutes(name):
    """They would drift."""
    guide = (ROOT / "docs" / "teaching" / f"{name[:2]}.md").read_text()
    assert not re.search(r"\b(?!50\b|90\b)\d+[ -]minutes?\b", guide)
