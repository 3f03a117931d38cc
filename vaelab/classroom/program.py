"""An answer as a program of its own: the function or class, and what it needs of the rest of the notebook.

Of a notebook nothing else is run. Names of earlier exercises stand for the course's own, as they do in a notebook
whose earlier exercises are open.
"""

import ast
import builtins
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from vaelab.classroom.parts import Definition, bindings, needed, text_of
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
        "display": "def display(*things, **more): pass",
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


class Around(NamedTuple):
    """The notebook that an answer stands in: the text of its cells, and the place of the answer's own."""

    cells: tuple[str, ...] = ()
    place: int = 0


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


def programs(exercise: Exercise, answer: Definition, around: Around) -> Iterator[Program]:
    """What an honest answer may have run as, in the order of how likely it is; most give but one.

    A name means what it was given above the answer, or at the end of the notebook, or there by the last statement
    alone. The name of an earlier exercise means the course's own, or what the student has written.
    """
    whole, above = _bindings(around.cells), _bindings(around.cells[: around.place + 1])
    texts = set()
    for own in (False, True):
        for there in ({**whole, **above}, whole, {name: given[-1:] for name, given in whole.items()}):
            made = program(exercise, answer, there, own)
            if made.text not in texts:
                texts.add(made.text)
                yield made


@lru_cache(maxsize=4)  # those of the last notebooks: for all there is no room
def _bindings(cells: tuple[str, ...]) -> dict[str, list[ast.stmt]]:
    return bindings(statement for cell in cells for statement in ast.parse(cell).body)


def program(exercise: Exercise, answer: Definition, there: dict[str, list[ast.stmt]], own: bool = False) -> Program:
    """The program of an answer.

    there: the statements of the student's notebook that give a name, by name
    own: whether an earlier exercise stands for the student's own
    """
    missing: list[str] = []
    of_the_course: list[str] = []
    mine = without_exercise(answer)

    def find(name: str) -> list[ast.stmt]:
        if name == exercise.name:
            return [mine]
        if name in EXERCISES and _place(EXERCISES[name]) < _place(exercise) and not (own and name in there):
            return [_solution(name)]
        given = there.get(name) or ([USUAL[name]] if name in USUAL else [])
        if not given and name not in KNOWN:
            (of_the_course if name == "vl" else missing).append(name)
        elif any(m not in WHOLE for statement in given for m in _modules(statement) if _of_the_course(m)):
            of_the_course.append(name)
            return []
        return [without_exercise(s) if isinstance(s, Definition) and s.decorator_list else s for s in given]

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
