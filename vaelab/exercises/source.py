"""The source of what a student wrote, of a solution, and whether there is anything in it."""

import ast
import inspect
import linecache
import textwrap
from collections.abc import Callable


def source_of(answer: Callable) -> str | None:
    """The text of a function or class, as it stands in its cell or file; None where that is not known."""
    found = _definition(answer)
    return ast.get_source_segment(*found) if found else None


def file_of(answer: Callable) -> str | None:
    """The file, or the cell's stand-in for one, that a function or class was written in."""
    functions = [f for f in (vars(answer).values() if inspect.isclass(answer) else [answer]) if inspect.isfunction(f)]
    return functions[0].__code__.co_filename if functions else None


def is_empty(answer: Callable) -> bool:
    """Whether nothing was written yet: only docstrings, `...`, `pass` or `raise NotImplementedError`.

    (That last is what nbgrader leaves for the student.) In an `__init__`, `super().__init__()` and the like count as
    nothing.
    """
    found = _definition(answer)
    if not found:
        return False
    functions = [node for node in ast.walk(found[1]) if isinstance(node, ast.FunctionDef)]
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


def signature_of(answer: Callable, like: Callable | None = None) -> str:
    """How a function is called, without annotations: "(mu, logvar)". Of a class: how the methods of `like` are."""
    if inspect.isclass(answer):
        wanted = [name for name, value in vars(like or answer).items() if inspect.isfunction(value)]
        methods = {name: vars(answer).get(name) for name in wanted}
        return ", ".join(f"{name}{signature_of(m)}" if m else f"no {name}" for name, m in methods.items())
    signature = inspect.signature(answer)
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def _definition(answer: Callable) -> tuple[str, ast.FunctionDef | ast.ClassDef] | None:
    text = "".join(linecache.getlines(file_of(answer) or ""))
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return None
    name = answer.__name__
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name]
    if inspect.isfunction(answer):  # a file may define a name twice
        first = answer.__code__.co_firstlineno  # that of the first decorator
        found = [n for n in found if min([n.lineno, *(d.lineno for d in n.decorator_list)]) == first]
    return (text, found[-1]) if found else None
