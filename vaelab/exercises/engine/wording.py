"""What the student reads: one place for the words, so that they stay kind and of one voice.

What differs is said in difference_wording, what a misconception is beside the exercise that it belongs to.
"""

import textwrap
from typing import TYPE_CHECKING, Any

from torch import Generator

from vaelab.exercises.engine.describe import describe, message
from vaelab.exercises.engine.difference import Difference, Relation
from vaelab.exercises.engine.difference_wording import in_words, related

if TYPE_CHECKING:
    from vaelab.exercises.engine.check import Exercise

WIDTH = 88  # as in the code of the notebooks
LONGEST = 800  # letters; what follows in a message or a printed line is not shown


def still_open(exercise: "Exercise") -> str:
    """The quiet line for what was not attempted."""
    return f"Exercise {exercise.number} is open: until you write {exercise.name}, the course uses its own."


def right(exercise: "Exercise", printed: str) -> str:
    """For a right answer."""
    said = f"✓ Exercise {exercise.number} is right. From here on the course uses your {exercise.name}."
    return "\n".join([fold(said), *map(fold, _printed(printed))])


def wrong(exercise: "Exercise", report: list[str]) -> str:
    """For a wrong answer: the report, and how to go on."""
    return "\n".join(
        [
            f"✗ Exercise {exercise.number}, {exercise.name}: not right yet.",
            *(fold(line, "  ") for line in report),
            f"  The course goes on with its own. Yours is {exercise.name}.mine.",
            f"  Stuck? {exercise.name}.hint()",
        ]
    )


def report(
    case: dict[str, Any],
    right_before: int,
    difference: Difference,
    relation: Relation | None,
    misconception: str | None,
    printed: str,
) -> list[str]:
    """What was tried, what it gave, what was expected, what all that has in common, and the misconception, if known."""
    shown = [f"{name} = {describe(v)}" for name, v in case.items() if not isinstance(v, Generator)]
    lines = [f"Tried: {', '.join(shown)}"] if shown else []
    if right_before:
        lines.append(f"({right_before} simpler {'case' if right_before == 1 else 'cases'} came out right.)")
    lines += in_words(difference)
    if relation:
        lines.append(related(relation))
    if misconception:
        lines.append(f"→ {misconception}")
    return lines + _printed(printed)


def first_line(name: str, given: str | None, wanted: str) -> list[str]:
    """The first line of a function or method was changed, or the method taken away."""
    if given is None:
        return [f"There is no {name}{wanted}. Its first line should stay as it was."]
    return [f"{name} takes {given}.", f"Expected {wanted}: its first line should stay as it was."]


def check_failed(problem: Exception) -> list[str]:
    """The fault is ours."""
    return [f"The check itself failed on it, with {message(problem)}", "Please report that."]


def fold(text: str, indent: str = "") -> str:
    """Text in lines that no front end will break in the middle of a word."""
    if len(indent + text) <= WIDTH:
        return indent + text  # as it is laid out
    text = text if len(text) <= LONGEST else text[:LONGEST] + " …"
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _printed(printed: str) -> list[str]:
    lines = dict.fromkeys(printed.splitlines())  # each once
    return [f"Your code printed: {line}" for line in [*lines][:10]]
