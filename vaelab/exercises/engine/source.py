"""The source of what a student wrote, of a solution, and whether there is anything in it."""

import ast
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType


def source_of(answer: Callable) -> str | None:
    """The text of a function or class, as it stands in its cell or file; None where that is not known."""
    found = _definition(answer)
    return ast.get_source_segment(*found) if found else None


def file_of(answer: Callable) -> str | None:
    """The file, or the cell's stand-in for one, that a function or class was written in."""
    function = _function(answer)
    return function.__code__.co_filename if function else None


@contextmanager
def standing_for(name: str, answer: Callable) -> Iterator[None]:
    """Lets the name stand for the answer, as it would without a decorator: it may call itself, or super(itself, self).

    Else that would call what the cell left there when it was last run, the course's own.
    """
    function = _function(answer)
    names = function.__globals__ if function else {}
    before = {name: names[name]} if name in names else {}
    names[name] = answer
    try:
        yield
    finally:
        names.pop(name, None)
        names |= before


def is_empty(answer: Callable) -> bool:
    """Whether nothing was written yet: only docstrings, `...`, `pass` or `raise NotImplementedError`.

    (That last is what nbgrader leaves for the student.) In an `__init__`, `super().__init__()` and the like count as
    nothing.
    """
    found = _definition(answer)
    return nothing_in(found[1]) if found else False


def nothing_in(definition: ast.FunctionDef | ast.ClassDef) -> bool:
    """The same, of a definition."""
    functions = [node for node in ast.walk(definition) if isinstance(node, ast.FunctionDef)]
    return all(
        says_nothing(statement) or (function.name == "__init__" and isinstance(statement, ast.Expr))
        for function in functions
        for statement in function.body
    )


def says_nothing(statement: ast.stmt) -> bool:
    """Whether it is a docstring, `...`, `pass` or `raise NotImplementedError`."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False


def solution_of(reference: Callable) -> str:
    """A right answer, ready to paste: without annotations, docstring, and what the package does to check arguments."""
    lines = textwrap.dedent(inspect.getsource(reference)).splitlines()
    if inspect.isclass(reference):
        return "\n".join(["@vl.exercise", *lines])
    function = ast.parse("\n".join(lines)).body[0]
    assert isinstance(function, ast.FunctionDef)
    first = function.body[1 if ast.get_docstring(function) else 0]
    body = [line for line in lines[line_of(first, lines) :] if not line.strip().startswith("_check")]
    return "\n".join(["@vl.exercise", f"def {reference.__name__}{signature_of(reference)}:", *body])


def line_of(statement: ast.stmt, lines: list[str]) -> int:
    """The index of the line in which a statement begins, with the comments above it."""
    index = statement.lineno - 1
    while lines[index - 1].lstrip().startswith("#"):
        index -= 1
    return index


def first_line_off(answer: Callable, reference: Callable) -> tuple[str, str | None, str] | None:
    """The first function that takes something else than the reference's: its name, what it takes, what it should.

    It takes None where a class has no such method.
    """
    pairs: list[tuple[str, Callable | None, Callable]] = [(reference.__name__, answer, reference)]
    if inspect.isclass(reference):
        methods = ((name, value) for name, value in vars(reference).items() if inspect.isfunction(value))
        pairs = [(name, getattr(answer, name, None), method) for name, method in methods]
    for name, given, wanted in pairs:
        takes = signature_of(given) if given else None
        if takes != signature_of(wanted):
            return name, takes, signature_of(wanted)
    return None


def signature_of(answer: Callable) -> str:
    """How a function is called, without annotations: "(mu, logvar)"."""
    signature = inspect.signature(answer)
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def _function(answer: Callable) -> FunctionType | None:
    """The function itself, below decorators such as @torch.no_grad(), or the first that a class was written with."""
    candidates = vars(answer).values() if inspect.isclass(answer) else [inspect.unwrap(answer)]
    return next((f for f in candidates if inspect.isfunction(f)), None)


def _definition(answer: Callable) -> tuple[str, ast.FunctionDef | ast.ClassDef] | None:
    if not answer.__name__.isidentifier():  # a lambda has none
        return None
    text = "".join(linecache.getlines(file_of(answer) or ""))
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return None
    name = answer.__name__
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name]
    function = None if inspect.isclass(answer) else _function(answer)
    if found and function:  # a file may define a name twice
        first = function.__code__.co_firstlineno  # that of the first decorator
        found = [n for n in found if min([n.lineno, *(d.lineno for d in n.decorator_list)]) == first]
    return (text, found[-1]) if found else None
