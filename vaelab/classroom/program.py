"""An answer as a program of its own: the function or class, and what it needs of the rest of the notebook.

Of a notebook nothing else is run. Names of earlier exercises stand for the course's own, as they do in a notebook
whose earlier exercises are open.
"""

import ast
import builtins
from functools import cache
from typing import NamedTuple

from vaelab.classroom.parts import Definition, needed, text_of
from vaelab.classroom.questions import WHOLE
from vaelab.exercises import EXERCISES
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.source import solution_of

# What every notebook of the course imports: a progress file does not say so.
USUAL = {
    name: ast.parse(line).body[0]
    for name, line in {
        "F": "import torch.nn.functional as F",
        "Normal": "from torch.distributions import Normal",
        "MultivariateNormal": "from torch.distributions import MultivariateNormal",
        "Categorical": "from torch.distributions import Categorical",
        "Tensor": "from torch import Tensor",
        "Generator": "from torch import Generator",
        "math": "import math",
        "nn": "from torch import nn",
        "np": "import numpy as np",
        "torch": "import torch",
    }.items()
}
# What an answer may import besides what the process that runs it has already. To import is to run: a module that is
# not known to do nothing by itself, such as ensurepip.__main__, is not imported because an answer says so.
LIBRARIES = {
    f"scipy{part}"
    for part in ("", ".integrate", ".linalg", ".optimize", ".spatial", ".spatial.distance", ".special", ".stats")
}
KNOWN = {*dir(builtins), "__name__", "__class__"}


class Program(NamedTuple):
    """text: what is run. libraries: what has to be imported for it. course: modules of the course that it may see.

    missing: names that are nowhere in what was handed in
    of_the_course: names that stand for the course's package
    """

    text: str
    libraries: list[str]
    course: list[str]
    missing: list[str]
    of_the_course: list[str]


def program(exercise: Exercise, answer: Definition, there: dict[str, ast.stmt]) -> Program:
    """The program of an answer. there: the definitions of the student's notebook, by name."""
    missing: list[str] = []
    of_the_course: list[str] = []
    mine = without_exercise(answer)

    def find(name: str) -> ast.stmt | None:
        if name == exercise.name:
            return mine
        if name in EXERCISES and _place(EXERCISES[name]) < _place(exercise):
            return _solution(name)
        statement = there.get(name) or USUAL.get(name)
        if statement is None and name not in KNOWN:
            (of_the_course if name == "vl" else missing).append(name)
        elif statement is not None and any(m not in WHOLE for m in _modules(statement) if _of_the_course(m)):
            of_the_course.append(name)
            return None
        return statement

    statements = needed([exercise.name], find)
    imported = sorted({module for statement in statements for module in _modules(statement)})
    of_the_course += [m for m in imported if _of_the_course(m) and m not in WHOLE]
    libraries = [module for module in imported if module in LIBRARIES]
    course = ["vaelab", *(m for m in imported if m in WHOLE)] if any(m in WHOLE for m in imported) else []
    return Program(text_of(statements), libraries, course, missing, sorted(set(of_the_course)))


def without_exercise(answer: Definition) -> Definition:
    """The definition without @vl.exercise, and with the decorators that are the student's."""
    (copy,) = ast.parse(ast.unparse(answer)).body
    assert isinstance(copy, Definition)
    copy.decorator_list = [d for d in copy.decorator_list if not is_mark(d)]
    return copy


def is_mark(decorator: ast.expr) -> bool:
    """Whether it is @vl.exercise, however written."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (getattr(target, "attr", None) or getattr(target, "id", None)) == "exercise"


def _place(exercise: Exercise) -> tuple[int, ...]:
    return tuple(map(int, exercise.number.split(".")))


@cache
def _solution(name: str) -> ast.stmt:
    (node,) = ast.parse(solution_of(EXERCISES[name].reference)).body
    assert isinstance(node, Definition)
    return without_exercise(node)


def _modules(statement: ast.stmt) -> set[str]:
    """The modules that are imported in it, at any depth."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def _of_the_course(module: str) -> bool:
    return module.split(".")[0] == "vaelab"
