"""What other machines read: Binder, a dev container, GitHub, and who cites the course."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
BINDER = ROOT / ".binder"
DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text())
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())


def of_make(variable):
    """What a variable of the Makefile is by default."""
    return re.search(rf"^{variable} \?= (\S+)$", MAKEFILE, re.MULTILINE)[1]


def is_made(target):
    return re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE)


def steps(job):
    return WORKFLOW["jobs"][job]["steps"]


def test_binder_installs_what_make_installs():
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    wanted = [f"--extra-index-url {of_make('TORCH_INDEX')}", of_make("TORCH"), "-e ."]
    assert [line for line in lines if not line.startswith("#")] == wanted
    (disabled,) = re.findall(r"jupyter (labextension disable .*)", (BINDER / "postBuild").read_text())
    assert disabled in MAKEFILE


def test_all_of_them_have_a_python_that_the_package_allows():
    pythons = {
        (BINDER / "runtime.txt").read_text().strip().removeprefix("python-"),
        DEVCONTAINER["image"].partition(":")[2],
        *(step["with"]["python-version"] for step in steps("build") if "setup-python" in step.get("uses", "")),
    }
    assert len(pythons) == 1 and SpecifierSet(PROJECT["requires-python"]).contains(pythons.pop())


@pytest.mark.skipif(sys.platform == "win32", reason="Binder's scripts are bash's")
def test_binder_starts_with_one_thread():
    for name in ("postBuild", "start"):
        assert os.access(BINDER / name, os.X_OK), name
    show = [sys.executable, "-c", "import os, sys; print(os.environ['OMP_NUM_THREADS'], *sys.argv[1:])", "a b", "c"]
    done = subprocess.run([BINDER / "start", *show], capture_output=True, text=True, check=True)
    assert done.stdout == "1 a b c\n"


def test_the_dev_container_is_set_up_by_make():
    command, _, target = DEVCONTAINER["postCreateCommand"].partition(" ")
    assert command == "make" and is_made(target)
    interpreter = DEVCONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python"


def test_the_workflow_builds_the_site_by_the_same_command_and_publishes_what_it_builds():
    (command,) = (step for step in steps("build") if "run" in step)
    assert command["run"] == "make site && make site-test" and is_made("site") and is_made("site-test")
    pages = next(step["id"] for step in steps("build") if "configure-pages" in step.get("uses", ""))
    assert command["env"]["SITE_URL"] == f"${{{{ steps.{pages}.outputs.base_url }}}}"
    (upload,) = (step for step in steps("build") if "upload-pages-artifact" in step.get("uses", ""))
    assert upload["with"] == {"path": "build/site"} and steps("build")[-1] == upload
    assert WORKFLOW["jobs"]["deploy"]["needs"] == "build"
    assert WORKFLOW["permissions"] == {} and "write" not in WORKFLOW["jobs"]["build"]["permissions"].values()
    assert WORKFLOW["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert set(WORKFLOW[True]) == {"push", "workflow_dispatch"}, "to YAML `on` is true"


def test_who_cites_names_the_version_that_there_is():
    assert CITATION["version"] == PROJECT["version"]
    cite, students = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("cite", "students"))
    assert set(re.findall(r"\d+\.\d+\.\d+", cite)) == {PROJECT["version"]}
    assert CITATION["title"].partition(": ")[2] in cite
    assert f"vaelab-{PROJECT['version']}-py3-none-any.whl" in students


def test_every_licence_is_named_where_one_looks_for_it():
    # To CFF a list of licences is a choice, and this is none.
    assert CITATION["license"] == "MIT"
    written = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert all(licence in written for licence in PROJECT["license"].split(" AND "))
    cite, readme = ((ROOT / path).read_text() for path in ("docs/cite.md", "README.md"))
    for licence in ("MIT", "CC BY 4.0", "CC BY-SA 3.0"):
        assert licence in cite and licence in readme
