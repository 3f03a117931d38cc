"""What a student has done, in a plain file of theirs: written after each attempt, read by `vl.progress()`.

The file is JSON, {number: {what was done}}. It is called vaelab-progress.json and lies beside the notebooks; the
environment variable VAELAB_PROGRESS names another place.
"""

import html
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]


def path() -> Path:
    """The file of whoever runs this kernel."""
    return Path(os.environ.get("VAELAB_PROGRESS") or "vaelab-progress.json")


def read(file: str | Path | None = None) -> dict[str, Record]:
    """{number: record}; nothing where there is no file yet.

    Raises ValueError where a file that was asked for holds something else. One's own is set aside then, not
    overwritten: vaelab-progress.json.unreadable.
    """
    source = Path(file) if file else path()
    try:
        records = json.loads(source.read_text(encoding="utf-8"))
        if not isinstance(records, dict) or not all(isinstance(record, dict) for record in records.values()):
            raise ValueError("it is no {number: {...}} of exercises")
    except FileNotFoundError:
        if file:
            raise FileNotFoundError(
                f"{source} is not there. Progress files are written as vaelab-progress.json."
            ) from None
        return {}
    except ValueError as problem:
        if file:
            raise ValueError(f"{source} can't be read as a progress file: {problem}") from problem
        aside = source.with_name(source.name + ".unreadable")
        os.replace(source, aside)
        print(f"{source} could not be read ({problem}). It was kept as {aside}, and a new one is begun.")
        return {}
    return records


def note(number: str, **what: Any) -> None:
    """Adds to the record of one exercise or prediction. What can't be written is said, and stops nothing."""
    try:
        records = read()
        records[number] = records.get(number, {}) | what | {"when": datetime.now().isoformat(timespec="seconds")}
        complete = path().with_name(path().name + ".tmp")
        complete.write_text(json.dumps(records, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(complete, path())  # all of it or nothing, should the kernel die here
    except OSError as problem:
        print(f"(Your progress could not be written to {path()}: {problem})")


class Row(NamedTuple):
    """One exercise or prediction in the table."""

    number: str
    title: str
    state: str
    detail: str


class Table:
    """The table of progress, as text and, in a notebook, as HTML."""

    def __init__(self, rows: Sequence[Row]):
        self.rows = list(rows)

    def __repr__(self) -> str:
        widths = [max(len(cell) for cell in column) for column in zip(*self.rows, strict=True)]
        lines = ["  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in self.rows]
        return "\n".join([*lines, self._count()])

    def _repr_html_(self) -> str:
        cells = "".join(
            "<tr>" + "".join(f'<td style="text-align: left">{html.escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self.rows
        )
        head = "".join(f'<th style="text-align: left">{name}</th>' for name in ("", "Exercise", "State", ""))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table><p>{self._count()}</p>"

    def _count(self) -> str:
        done = sum(row.state in ("✓ right", "picked") for row in self.rows)
        return f"{done} of {len(self.rows)} done"
