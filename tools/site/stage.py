"""Lays out what Sphinx reads: docs/ at the root, the notebooks in notebooks/, and what they link to in repository/."""

import os
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.site import ROOT

LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#|/)([^)\s#]+)")  # the target in [text](target)
# The course's own address, if it is known: what one clones.
REPOSITORY = os.environ.get("REPOSITORY_URL", "").rstrip("/")
ORPHAN = "---\norphan: true\n---\n\n"  # a page that is linked to, and in no list of pages


class Stage:
    """The folder that Sphinx reads."""

    def __init__(self, folder: Path):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for path in sorted((ROOT / "docs").rglob("*")):
            if path.is_file():
                self.add(path)

    def add(self, path: Path) -> Path:
        """Puts a file of the repository into its place, its links led to where their targets are. Gives that place."""
        to = self.folder / place(path)
        if not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".md":
                to.touch()  # before its links are followed: one may lead back
                head = ORPHAN if to.is_relative_to(self.folder / "repository") else ""
                text = self.led(path.read_text(encoding="utf-8"), path)
                to.write_text(head + (text.replace("https://…", REPOSITORY) if REPOSITORY else text), encoding="utf-8")
            else:
                shutil.copy(path, to)
        return to

    def add_notebook(self, path: Path, page: NotebookNode) -> None:
        """Puts a notebook's page into its place."""
        for cell in page.cells:
            if cell.cell_type == "markdown":
                cell.source = self.led(cell.source, path)
        to = self.folder / place(path)
        to.parent.mkdir(exist_ok=True)
        nbformat.write(page, to)

    def led(self, text: str, path: Path) -> str:
        """The text of a file with its links as they are on the site."""

        def lead(link: re.Match) -> str:
            target = (path.parent / link[1]).resolve()
            if not target.is_relative_to(ROOT):
                return link[1]  # Sphinx will complain
            if target.is_file() and target.relative_to(ROOT).parts[0] not in ("docs", "notebooks"):
                self.add(target)
            return os.path.relpath(place(target), place(path).parent).replace(os.sep, "/")

        return LINK.sub(lead, text)


def place(path: Path) -> Path:
    """Where a file of the repository lies in what Sphinx reads."""
    inside = path.relative_to(ROOT)
    match inside.parts[0]:
        case "docs":
            return Path(*inside.parts[1:])
        case "notebooks":
            return inside
        case _:
            return Path("repository") / inside
