"""The table of progress that `vl.progress()` gives: a row an exercise, and one for the predictions of a notebook."""

import html
from collections.abc import Sequence
from typing import NamedTuple

from vaelab.console import plain


class Row(NamedTuple):
    """One exercise, or the predictions of a notebook, in the table."""

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
        return plain("\n".join([*lines, self._count()]))

    def _repr_html_(self) -> str:
        cells = "".join(
            "<tr>" + "".join(f'<td style="text-align: left">{html.escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self.rows
        )
        head = "".join(f'<th style="text-align: left">{name}</th>' for name in ("", "Exercise", "State", ""))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table><p>{self._count()}</p>"

    def _count(self) -> str:
        return f"{sum(row.state.startswith('✓') for row in self.rows)} of {len(self.rows)} done"
