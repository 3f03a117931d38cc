"""How long a section takes, which the notebooks' cells say: as a table in the guides, and for the stage."""

import re
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.notebooks import paths

COLUMNS = ("reading", "teaching", "cut 90", "cut 50")


def sections(path: Path) -> dict[str, dict[str, int]]:
    """{title of a section: {"reading": minutes, "teaching": ..., "exercise": ...}} of a notebook, in its order.

    What stands before its first section is called by the notebook's title.
    """
    found: dict[str, dict[str, int]] = {}
    title = ""
    for cell in nbformat.read(path, as_version=4).cells:
        minutes = cell.metadata.get("minutes", {})
        heading = re.match(r"##? (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            title = heading[1]
            found[title] = dict(minutes)
        elif minutes:
            found[title]["exercise"] = found[title].get("exercise", 0) + minutes["exercise"]
    return found


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The table in Markdown, numbers at the right."""
    numbers = [all(re.fullmatch(r"[\d*]*", row[column]) for row in rows) for column in range(len(head))]
    lines = [head, ["--:" if right else "---" for right in numbers], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


class Minutes(SphinxDirective):
    """```{minutes} 05_kl_divergence``` : a table of its sections, their minutes, and what is left in the cuts."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table."""
        (path,) = (path for path in paths() if path.stem == self.arguments[0])
        rows = [
            [title, *(str(minutes.get(column, "") or "") for column in (*COLUMNS, "exercise"))]
            for title, minutes in sections(path).items()
        ]
        total = ["**together**"] + [
            str(sum(minutes.get(column, 0) for minutes in sections(path).values())) for column in (*COLUMNS, "exercise")
        ]
        head = ["section", "to read", "to teach", "in 90", "in 50", "exercises"]
        return self.parse_text_to_nodes("\n".join(_table(head, [*rows, total])))


class Cut(SphinxDirective):
    """```{cut} 50``` : what of the whole course is shown in that many minutes, section by section."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table."""
        name, rows = f"cut {self.arguments[0]}", []
        for path in paths():
            kept = [(title, minutes[name]) for title, minutes in sections(path).items() if minutes.get(name)]
            if kept:
                link = f"[{path.stem[:2]}](/notebooks/{path.stem})"
                rows.append([link, "; ".join(title for title, _ in kept), str(sum(minutes for _, minutes in kept))])
        made = self.parse_text_to_nodes("\n".join(_table(["notebook", "sections", "minutes"], rows)))
        made[0]["classes"].append("vaelab-stacked")
        return made


class Way(SphinxDirective):
    """```{way}``` : the notebooks in their order, each with its question and its minutes."""

    def run(self) -> list[nodes.Node]:
        """The table."""
        rows = []
        for path in paths():
            first = nbformat.read(path, as_version=4).cells[0].source
            question = re.search(r"\*\*The question\.\*\* (.+)", first)
            minutes = sections(path).values()
            times = [str(sum(part.get(name, 0) for part in minutes)) for name in ("reading", "exercise")]
            title = first.splitlines()[0].removeprefix("# ")
            rows.append([f"[{path.stem[:2]} {title}](/notebooks/{path.stem})", question[1] if question else "", *times])
        made = self.parse_text_to_nodes("\n".join(_table(["notebook", "its question", "minutes", "exercises"], rows)))
        made[0]["classes"].append("vaelab-stacked")
        return made


def setup(app: Sphinx) -> dict:
    """Registers the directives."""
    app.add_directive("minutes", Minutes)
    app.add_directive("cut", Cut)
    app.add_directive("way", Way)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
