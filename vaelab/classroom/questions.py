"""What an exercise asks, as text: the cases and how an answer is observed, without the answer and without the course.

The process that runs a student's code gets this, and so never has what it would have to come to.
"""

import ast
import inspect
import sys
from collections.abc import Iterable
from typing import Any

from vaelab.classroom.parts import definitions, needed, text_of
from vaelab.exercises.engine.check import Exercise

ASK = "vaelab.exercises.engine.ask"
WHOLE = {ASK, "vaelab.toy"}  # there is no answer to any exercise in these


def questions(exercise: Exercise, imported: Iterable[str] = ()) -> dict[str, Any]:
    """Modules as text, {name: text}, each after what it imports, and where in them the cases are and what observes.

    imported: modules of WHOLE that the answer asks for besides
    """
    wanted: dict[str, set[str]] = {ASK: {"ask"}}
    for function in (exercise.cases, exercise.observe):
        wanted.setdefault(function.__module__, set()).add(function.__qualname__)
    texts: dict[str, str] = {}
    for module in [*WHOLE.intersection(imported), *wanted]:
        _add(module, wanted.get(module, set()), texts)
    return {
        "modules": texts,
        "cases": [exercise.cases.__module__, exercise.cases.__qualname__],
        "observe": [exercise.observe.__module__, exercise.observe.__qualname__],
        "differentiable": list(exercise.differentiable),
    }


def _add(module: str, names: set[str], texts: dict[str, str]) -> None:
    """The module's part that gives the names; all of it, if it is one that may be seen whole."""
    if module in texts:
        return
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    there = definitions(tree.body)
    if module in WHOLE or not names:
        names = set(there)
    statements = needed(sorted(names), lambda name: [there[name]] if name in there else [])
    further: dict[str, set[str]] = {}
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == "vaelab":
            assert statement.module
            (alias,) = statement.names
            submodule = f"{statement.module}.{alias.name}"
            whole = submodule in sys.modules
            further.setdefault(submodule if whole else statement.module, set()).update([] if whole else [alias.name])
    for other, its_names in further.items():
        _add(other, its_names, texts)
    texts[module] = text_of(statements)
