"""Parts of a program: a definition, with all that it needs by name, and nothing else.

So an answer is taken out of a notebook without the notebook, and the questions out of a module of the course without
the answers that stand beside them.
"""

import ast
import symtable
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module

Definition = ast.FunctionDef | ast.ClassDef
STARS = {
    *("math", "cmath", "random", "statistics", "itertools", "functools", "collections", "dataclasses", "typing"),
    *("numpy", "torch", "torch.nn", "torch.nn.functional", "torch.distributions", "torch.func", "torch.linalg"),
}


def definitions(statements: Iterable[ast.stmt]) -> dict[str, ast.stmt]:
    """{name: the statement that gives it}, the last where there are several. An import gives one name at a time."""
    return {name: statement for whole in statements for name, statement in _bound(whole)}


def bindings(statements: Iterable[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """{name: the statements that give it its value}: the last that gives it anew, and those that change it since.

    `d = {}` gives d anew; `d = d | e`, `d["x"] = 1`, `d.update(e)` and loops in which such things stand change it.
    """
    found: dict[str, list[ast.stmt]] = {}
    for whole in statements:
        given = dict(_bound(whole))
        for name, statement in given.items():
            found[name] = [*([] if _gives_anew(name, statement) else found.get(name, [])), statement]
        for name in _changed(whole) - given.keys():
            if not isinstance(found.get(name, [whole])[0], ast.Import | ast.ImportFrom):  # no call of torch changes it
                found.setdefault(name, []).append(whole)
    return found


def needed(names: Iterable[str], find: Callable[[str], Sequence[ast.stmt]]) -> list[ast.stmt]:
    """The statements that give the names, and those that they need in turn, each after what it needs.

    find: the statements that give a name, in order; none, if there are none
    """
    found: dict[int, ast.stmt] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for statement in find(name):
            if id(statement) not in found:
                for other in sorted(free_names(statement)):
                    visit(other)
                found.setdefault(id(statement), statement)

    for name in names:
        visit(name)
    return [*found.values()]


def free_names(statement: ast.stmt) -> set[str]:
    """The names that a statement looks up outside itself: globals of functions in it too, at any depth."""

    def walk(table: symtable.SymbolTable) -> Iterator[str]:
        outermost = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() if outermost else symbol.is_global():
                yield symbol.get_name()
        for child in table.get_children():
            yield from walk(child)

    return set(walk(symtable.symtable(text_of([statement]), "<part>", "exec")))


def text_of(statements: Iterable[ast.stmt]) -> str:
    """The statements as text, without annotations, which need names that nothing else does."""
    tree = ast.parse("\n".join(map(ast.unparse, statements)))
    return ast.unparse(_Unannotated().visit(tree))


def without_docstrings(node: ast.Module) -> ast.Module:
    """The same node: what it and all in it do is kept, what is said about it is not."""
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        if isinstance(inner, Definition) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                inner.body = body[1:] or [ast.Pass()]
    return node


class _Unannotated(ast.NodeTransformer):
    """Leaves those of a class's fields alone, as a dataclass is made of them."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, statement
        case ast.Import(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.split(".")[0], ast.Import([alias])
        case ast.ImportFrom(module=module, names=[ast.alias(name="*")], level=0):
            for name in _all_of(module or ""):
                yield name, ast.ImportFrom(module, [ast.alias(name)], 0)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                yield alias.asname or alias.name, ast.ImportFrom(module, [alias], level)
        case ast.Assign(targets=targets):
            for node in (n for target in targets for n in ast.walk(target)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, statement
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            yield name, statement


@cache
def _all_of(module: str) -> list[str]:
    """What `from module import *` gives, for modules that are known to do nothing else when they are imported."""
    if module not in STARS:
        return []
    there = import_module(module)
    return [*getattr(there, "__all__", [name for name in dir(there) if not name.startswith("_")])]


def _gives_anew(name: str, statement: ast.stmt) -> bool:
    """Whether what the name was before does not matter."""
    looked_at: list[ast.expr] = []
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            looked_at = [value]
        case ast.FunctionDef(decorator_list=decorators, args=arguments):
            looked_at = [*decorators, *arguments.defaults]
        case ast.ClassDef(decorator_list=decorators, bases=bases):
            looked_at = [*decorators, *bases]
    return not any(isinstance(n, ast.Name) and n.id == name for part in looked_at for n in ast.walk(part))


def _changed(statement: ast.stmt) -> set[str]:
    """The names that a statement binds or changes, wherever in it, but not in functions and classes."""
    names: set[str | None] = set()
    for node in _in_this_scope(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases) if node is not statement:
                names |= {alias.asname or alias.name.split(".")[0] for alias in aliases}
            case ast.Attribute(value=value, ctx=ast.Store()) | ast.Subscript(value=value, ctx=ast.Store()):
                names.add(_root(value))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=value))):
                names.add(_root(value))
            case ast.MatchAs(name=bound) | ast.MatchStar(name=bound):
                names.add(bound)
    return {name for name in names if name}


def _in_this_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.comprehension) and field == "target":
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from _in_this_scope(inner)


def _root(node: ast.expr) -> str | None:
    """d, of d["x"].y"""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
