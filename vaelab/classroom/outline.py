"""What an answer looks like, without running it: how it is called, and whether it is the same as another."""

import ast
import inspect
from functools import cache

from vaelab.classroom.parts import Definition, text_of, without_docstrings
from vaelab.classroom.program import without_exercise
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.source import signature_of


def first_line_off(text: str, exercise: Exercise) -> str | None:
    """What is wrong with the first line of the function, or of a method of the class; None if nothing is."""
    (answer,) = ast.parse(text).body
    if not inspect.isclass(exercise.reference):
        wanted = {exercise.name: signature_of(exercise.reference)}
        given = {answer.name: takes(answer)} if isinstance(answer, ast.FunctionDef) else {}
    else:
        methods = vars(exercise.reference).items()
        wanted = {name: signature_of(method) for name, method in methods if inspect.isfunction(method)}
        given = {node.name: takes(node) for node in getattr(answer, "body", []) if isinstance(node, ast.FunctionDef)}
    for name, signature in wanted.items():
        (function,) = ast.parse(f"def f{signature}: ...").body
        assert isinstance(function, ast.FunctionDef)
        if name in given and given[name] != takes(function):
            return f"{name} takes {given[name]}; expected {signature}"
    return None


def takes(function: ast.FunctionDef) -> str:
    """How it is called, without annotations: "(mu, logvar)"."""
    (plain,) = ast.parse(text_of([function])).body
    assert isinstance(plain, ast.FunctionDef)
    return f"({ast.unparse(plain.args)})"


@cache
def fingerprint(text: str) -> str:
    """The same for two answers that differ in comments, docstrings, annotations and names of variables only."""
    copy = _bare(text)
    variables = {n.id for n in ast.walk(copy) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    variables |= {n.arg for n in ast.walk(copy) if isinstance(n, ast.arg)}
    numbers: dict[str, str] = {}
    for inner in ast.walk(copy):
        for field in ("id", "arg"):
            name = getattr(inner, field, None)
            if name in variables and not isinstance(inner, ast.keyword):
                setattr(inner, field, numbers.setdefault(name, f"v{len(numbers)}"))
    return ast.dump(copy)


def is_long(text: str) -> bool:
    """Whether it has more to it than a line or two, which many would write in the same way."""
    copy = _bare(text)
    return sum(isinstance(inner, ast.stmt) for inner in ast.walk(copy)) > 3


def _bare(text: str) -> ast.Module:
    """One definition, without what is said about it."""
    (node,) = ast.parse(text).body
    assert isinstance(node, Definition)
    return without_docstrings(ast.parse(text_of([without_exercise(node)])))
