"""nbgitpuller, the real one, on a student's copy of the course: nothing that the student wrote is lost."""

import json
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from nbgitpuller.pull import GitPuller

from deploy.link import link, problem

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"


def git(folder, *arguments):
    who = ["-c", "user.name=Instructor", "-c", "user.email=instructor@example.org"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine that has deploy/gitattributes as /etc/gitattributes, and nothing else that Git would read."""
    rules = {
        "HOME": str(tmp_path / "home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.attributesFile",
        "GIT_CONFIG_VALUE_0": str(ROOT / "deploy" / "gitattributes"),
    }
    for name, value in rules.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()


@pytest.fixture
def course(tmp_path):
    """Version 1 of the course: four notebooks, on the branch of a class and under a tag."""
    folder = tmp_path / "course"
    (folder / "notebooks").mkdir(parents=True)
    for number in ("04", "05", "06", "07"):
        (source,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
        (folder / "notebooks" / f"{number}.ipynb").write_bytes(source.read_bytes())
    git(folder, "init", "--quiet", "--initial-branch", "autumn")
    version(folder, "v1")
    return folder


def version(course, tag):
    git(course, "add", "--all")
    git(course, "commit", "--quiet", "--message", tag)
    git(course, "tag", tag)


def pull(course, home, branch="autumn"):
    """What a click on the link does; gives what the page shows."""
    return "".join(GitPuller(course.as_uri(), str(home / "vaelab"), branch=branch).pull())


def edit(path, change):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook["cells"])
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def answer(cells):
    """A student runs everything, answers the first exercise and writes a note at the end."""
    for count, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), start=7):
        cell["execution_count"] = count
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["0.42 on my machine\n"]}]
    stub = next(cell for cell in cells if "    ..." in "".join(cell["source"]))
    stub["source"] = [line.replace("    ...", "    return 6 * 7  # mine") for line in stub["source"]]
    cells.append({"cell_type": "markdown", "id": "note", "metadata": {}, "source": ["I see."]})


def mend(cells):
    """The instructor changes a text, takes a cell away and puts one in."""
    cells[0]["source"].append("\n\nNew in version 2.")
    del cells[4]
    cells.insert(6, {"cell_type": "markdown", "id": "more", "metadata": {}, "source": ["More."]})


def test_a_new_version_comes_and_what_the_student_wrote_stays(course, tmp_path):
    home = tmp_path / "home"
    progress = home / "vaelab-progress.json"
    pull(course, home)
    theirs = home / "vaelab" / "notebooks"
    edit(theirs / "04.ipynb", answer)
    edit(theirs / "07.ipynb", answer)
    (theirs / "mine.py").write_text("x = 1\n", encoding="utf-8")
    (theirs / "12.ipynb").write_text("a file of the student's own, under a name that the course will take\n", "utf-8")
    progress.write_text('{"4.1": {"state": "right"}}', encoding="utf-8")
    written = {path: path.read_bytes() for path in (theirs / "04.ipynb", theirs / "07.ipynb", theirs / "mine.py")}

    ours = course / "notebooks"
    for name in ("04.ipynb", "05.ipynb"):
        edit(ours / name, mend)
    for name in ("06.ipynb", "07.ipynb"):
        (ours / name).unlink()
    (ours / "12.ipynb").write_bytes((ours / "05.ipynb").read_bytes())
    version(course, "v2")

    for _ in range(2):  # the second click has nothing to bring, and takes nothing either
        pull(course, home)
        assert {path: path.read_bytes() for path in written} == written
        assert (theirs / "05.ipynb").read_bytes() == (ours / "05.ipynb").read_bytes()
        assert (theirs / "12.ipynb").read_bytes() == (ours / "12.ipynb").read_bytes()
        assert not (theirs / "06.ipynb").exists()  # not touched by the student, and taken away by the instructor
        (aside,) = theirs.glob("12__*.ipynb")
        assert "student's own" in aside.read_text(encoding="utf-8")
        assert progress.read_text(encoding="utf-8") == '{"4.1": {"state": "right"}}'

    # Who wants the new notebook 04 gives the old one another name.
    (theirs / "04.ipynb").rename(theirs / "04_mine.ipynb")
    pull(course, home)
    assert (theirs / "04.ipynb").read_bytes() == (ours / "04.ipynb").read_bytes()
    assert (theirs / "04_mine.ipynb").read_bytes() == written[theirs / "04.ipynb"]


def test_the_same_cell_changed_by_both_is_the_students(course, tmp_path):
    pull(course, tmp_path / "home")
    theirs = tmp_path / "home" / "vaelab" / "notebooks" / "04.ipynb"
    edit(theirs, answer)
    before = theirs.read_bytes()

    def other_stub(cells):
        stub = next(cell for cell in cells if "    ..." in "".join(cell["source"]))
        stub["source"] = [line.replace("    ...", "    # a hint\n    ...") for line in stub["source"]]

    edit(course / "notebooks" / "04.ipynb", other_stub)
    version(course, "v2")
    pull(course, tmp_path / "home")
    assert theirs.read_bytes() == before


def test_a_tag_is_pulled_once_and_then_fails(course, tmp_path):
    """So the link wants a branch. If this fails, nbgitpuller has learnt it, and deploy/README.md can say so."""
    pull(course, tmp_path / "home", branch="v1")
    with pytest.raises(subprocess.CalledProcessError):
        pull(course, tmp_path / "home", branch="v1")
    assert "is a tag" in problem(str(course), "v1")


def test_the_link_is_held_against_the_repository(course):
    assert problem(str(course), "autumn") is None
    assert 'no branch "spring"' in problem(str(course), "spring")
    assert "can't be read" in problem(str(course / "nowhere"), "autumn")


def test_the_link_says_what_nbgitpuller_reads():
    made = link("https://hub.example.org/class/", "https://example.org/you/course.git", "autumn-2&3")
    parts = urlsplit(made)
    assert (parts.netloc, parts.path) == ("hub.example.org", "/class/hub/user-redirect/git-pull")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "repo": ["https://example.org/you/course.git"],
        "branch": ["autumn-2&3"],
        "targetpath": ["vaelab"],
        "urlpath": ["lab/tree/vaelab/notebooks/00_start_here.ipynb"],
    }
    assert (NOTEBOOKS / "00_start_here.ipynb").is_file()


@pytest.mark.parametrize(
    "hub, repository, branch, says",
    [
        ("hub.example.org", "https://example.org/you/vaelab", "autumn", "hub's whole address"),
        ("https://hub.example.org", "git@example.org:you/vaelab", "autumn", "no keys"),
        ("https://hub.example.org", "https://example.org/you/vaelab", "", "the branch needs its name"),
        ("https://hub.example.org", "https://example.org/you/vaelab", "--upload-pack=x", "the branch needs its name"),
    ],
)
def test_a_link_that_can_not_work_is_not_made(hub, repository, branch, says):
    with pytest.raises(ValueError, match=says):
        link(hub, repository, branch)
