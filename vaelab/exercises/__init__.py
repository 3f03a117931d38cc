"""Exercises: functions to be written by the student, checked on the spot, without which the course still runs.

@vl.exercise above a function of the notebook finds the exercise of that name. While the function is empty or wrong the
name stands for the course's own; once it is right, for the student's. Each notebook's exercises have a file here.
"""

import difflib
from collections import Counter
from functools import partial, wraps
from importlib import import_module
from inspect import isclass
from itertools import groupby
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from vaelab.console import say
from vaelab.exercises.engine import records, wording
from vaelab.exercises.engine.check import Answer, Exercise, Verdict
from vaelab.exercises.engine.closing import closed
from vaelab.exercises.engine.prediction import Ballot, Prediction
from vaelab.exercises.engine.progress import Row, Table
from vaelab.exercises.engine.source import solution_of, source_of, standing_for

__all__ = ["EXERCISES", "PREDICTIONS", "NotRight", "exercise", "explain", "grade", "predict", "progress"]

# The modules n00_start_here, n01_autoencoders, ..., one a notebook.
NOTEBOOKS = [
    import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name[1].isdigit()
]
EXERCISES: dict[str, Exercise] = {task.name: task for notebook in NOTEBOOKS for task in notebook.EXERCISES}
PREDICTIONS: dict[str, Prediction] = {p.number: p for notebook in NOTEBOOKS for p in notebook.PREDICTIONS}

_hints_given: Counter[str] = Counter()


class NotRight(AssertionError):
    """An exercise is open or wrong. Raised by `grade` only."""


def exercise(answer: Answer | None = None) -> Answer:
    """Checks the function or class below it, says what came out, and gives back the one to go on with.

    That is the student's own once it is right, and the course's until then. Either has `.hint()`, `.solution()` and, as
    `.mine`, what the student wrote.
    """
    if not callable(answer):  # written with brackets, @vl.exercise() or @vl.exercise("5.3"): the function comes next
        return exercise
    task = EXERCISES.get(name := getattr(answer, "__name__", repr(answer)))
    if task is None:
        near = difflib.get_close_matches(name, EXERCISES, n=1)
        say(f"There is no exercise called {name}." + (f" Was it {near[0]}? Keep the name." if near else ""))
        return answer
    verdict = _check(task, answer)
    say(verdict.text)
    if verdict.status != "open":
        _note_attempt(task, verdict, answer)
    in_use: Any = answer if verdict.status == "right" else _copy(task.reference)
    in_use.hint, in_use.solution = partial(_hint, task), partial(_solution, task)
    in_use.mine = answer
    return in_use


def grade(answer: Answer) -> None:
    """Raises NotRight unless `answer`, the name that stood below @vl.exercise, is the student's own and right.

    For the cells that give points, nbgrader's for instance.
    """
    mine = getattr(answer, "mine", answer)
    task = EXERCISES.get(name := getattr(mine, "__name__", repr(mine)))
    if task is None:
        raise ValueError(f"there is no exercise called {name}; there are {', '.join(EXERCISES)}")
    verdict = _check(task, mine)
    if verdict.status != "right":
        raise NotRight(verdict.text)


def predict(number: str) -> Ballot:
    """The question of that number, to answer before going on. `explain(number)` says why it is so."""
    return Ballot(_prediction(number))


def explain(number: str) -> None:
    """Prints what was picked, what is right, and why."""
    say(_prediction(number).explain())


def progress(file: str | Path | None = None) -> Table:
    """What is done, attempted and open, here or in the file that a student has handed in."""
    done = records.read(file) if file else records.mine()
    rows = [Row(task.number, task.title, *_state(done.get(task.number, {}))) for task in EXERCISES.values()]
    for notebook, group in groupby(PREDICTIONS.values(), key=lambda prediction: _place(prediction.number)[0]):
        picks = {p.number: "pick" in done.get(p.number, {}) for p in group}
        state = "✓ picked" if all(picks.values()) else f"{sum(picks.values())} of {len(picks)} picked"
        rows.append(Row(", ".join(picks), f"predictions of notebook {notebook:02}", state, ""))
    return Table(sorted(rows, key=lambda row: _place(row.number)))


def _check(task: Exercise, answer: Answer) -> Verdict:
    try:
        with standing_for(task.name, answer):
            return task.check(answer)
    except Exception as problem:  # ours, not the student's: a course that goes on is worth more than a traceback
        return Verdict("wrong", wording.wrong(task, wording.check_failed(problem)))


def _note_attempt(task: Exercise, verdict: Verdict, answer: Answer) -> None:
    def added(before: records.Record) -> records.Record:
        tries = before.get("tries", 0) + 1
        if before.get("state") == "right" and verdict.status == "wrong":  # what was done once stays done
            return {"tries": tries}
        state = "right" if verdict.status == "right" else "attempted"
        return {"state": state, "tries": tries, "code": source_of(answer)}

    records.change(task.number, added)


def _copy(reference: Answer) -> Any:
    """The reference under another identity, so that nothing is hung on the package's own."""
    if isclass(reference):
        return type(reference.__name__, (reference,), {"__doc__": reference.__doc__})

    @wraps(reference)
    def in_use(*args: Any, **kwargs: Any) -> Any:
        return reference(*args, **kwargs)

    return in_use


def _hint(task: Exercise) -> None:
    """The next hint; after the last, the last again."""
    _hints_given[task.name] = given = min(_hints_given[task.name] + 1, len(task.hints))
    say(wording.fold(f"Hint {given} of {len(task.hints)}. {task.hints[given - 1]}"))
    last = closed() or f"The solution: {task.name}.solution()"
    say(f"Another: {task.name}.hint()" if given < len(task.hints) else wording.fold(last))
    records.change(task.number, lambda before: {"hints": max(given, before.get("hints", 0))})


def _solution(task: Exercise) -> None:
    """A right answer, to read or to paste over the cell, unless the instructor has closed the solutions."""
    if why := closed():
        say(wording.fold(f"{why} The hints are open: {task.name}.hint()"))
        return
    say(solution_of(task.reference))
    module, name = task.reference.__module__, task.reference.__name__
    if not module.startswith(__name__):
        say(f"\n# The package has it as {module}.{name}.")
    records.note(task.number, solution_seen=True)


def _prediction(number: str) -> Prediction:
    if number not in PREDICTIONS:
        raise KeyError(f"there is no prediction {number!r}; there are {', '.join(PREDICTIONS)}")
    return PREDICTIONS[number]


def _place(number: str) -> tuple[int, str]:
    """5.3 -> (5, ".3"), 5a -> (5, "a"), to sort by: a notebook's predictions come after its exercises."""
    notebook = number.split(",")[0].rstrip("abcdefgh").split(".")[0]
    return int(notebook), number[len(notebook) :]


def _state(record: dict[str, Any]) -> tuple[str, str]:
    """How far an exercise is, and what help it took."""
    help_taken = [f"{tries} {'try' if tries == 1 else 'tries'}"] if (tries := record.get("tries")) else []
    if hints := record.get("hints"):
        help_taken.append(f"{hints} {'hint' if hints == 1 else 'hints'}")
    if record.get("solution_seen"):
        help_taken.append("solution seen")
    return {"right": "✓ right", "attempted": "attempted"}.get(record.get("state", ""), "open"), ", ".join(help_taken)
