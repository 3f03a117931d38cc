"""The rows as text, with what needs a look, and as CSV."""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from vaelab.classroom.collect import SOLUTION, Row
from vaelab.classroom.reading import BY_NUMBER

HEAD = ("student", "exercise", "checked", "claims", "tries", "hints", "solution seen", "look", "remark")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute, or send


def as_text(rows: Sequence[Row]) -> str:
    """An overview by student and by exercise, and then all that needs a look."""
    students = list(dict.fromkeys(row.student for row in rows))
    numbers = sorted({row.number for row in rows if row.number}, key=lambda n: [int(part) for part in n.split(".")])
    table = [["", "right", "wrong", "open", "to look at"]]
    for student in students:
        own = [row for row in rows if row.student == student]
        table.append([shown(student), *_counts(own), _count(sum(row.look for row in own))])
    by_exercise = [["", "right", "wrong", "open", "tries", "hints", ""]]
    for number in numbers:
        these = [row for row in rows if row.number == number]
        usual = [_median([row.tries for row in these]), _median([row.hints for row in these])]
        by_exercise.append([number, *_counts(these), *usual, BY_NUMBER[number].title])
    size = f"{_plural(len(students), 'student')}, {_plural(len(numbers), 'exercise')}"
    parts = [size, _laid_out(table), _laid_out(by_exercise)]
    parts[2] += "\n(tries and hints: the median of those who had any)"
    if odd := [row for row in rows if row.look]:
        parts.append(f"To look at\n\n{_to_look_at(odd)}")
    return "\n\n".join(parts)


def write_csv(rows: Sequence[Row], file: Path) -> None:
    """All rows, in UTF-8 with a mark that spreadsheets know it by. No cell is taken for a formula."""
    with open(file, "w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEAD)
        for row in rows:
            seen, look = ("yes" if value else "" for value in (row.solution_seen, row.look))
            cells = (row.student, row.number, row.checked, row.claims, row.tries, row.hints, seen, look, row.remark)
            writer.writerow([_cell(cell) for cell in cells])


def shown(text: str) -> str:
    """Text that came from others, in one line and without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _to_look_at(rows: Sequence[Row]) -> str:
    """A line for each student and remark, with all exercises that it is made on."""
    numbers = defaultdict(list)
    for row in rows:
        numbers[shown(row.student), row.checked, shown(row.remark)].append(row.number)
    ordered = sorted(numbers.items(), key=lambda item: (item[0][2] == SOLUTION, item[0][0].casefold()))
    return _laid_out([[who, ", ".join(where), how, why] for (who, how, why), where in ordered])


def _cell(value: str | int | None) -> str | int | None:
    if not isinstance(value, str):
        return value
    text = shown(value)
    return f"'{text}" if value.lstrip().startswith(FORMULA) or value.startswith(FORMULA) else text


def _counts(rows: Sequence[Row]) -> list[str]:
    counts = Counter(row.checked for row in rows if row.number)
    return [_count(counts["right"]), _count(counts["wrong"] + counts["no code"]), _count(counts["open"])]


def _count(number: int) -> str:
    return str(number or "·")


def _plural(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _median(values: Sequence[int | None]) -> str:
    some = [value for value in values if value]
    return f"{median(some):g}" if some else "·"


def _laid_out(table: list[list[str]]) -> str:
    """Columns side by side: the numbers to the right, the texts to the left."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    numbers = [all(cell == "·" or cell.isdigit() for cell in column[1:]) for column in zip(*table, strict=True)]
    lines = []
    for line in table:
        cells = zip(line, widths, numbers, strict=True)
        lines.append("  ".join(f"{cell:>{w}}" if right else f"{cell:{w}}" for cell, w, right in cells).rstrip())
    return "\n".join(lines)
