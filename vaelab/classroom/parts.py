"""Parts of a program: a definition, with all that it needs by name, and nothing else.

So an answer is taken out of a notebook without the notebook, and the questions out of a module of the course without
the answers that stand beside them.
"""

import ast
import symtable
from collections.abc import Callable, Iterable, Iterator

Definition = ast.FunctionDef | ast.ClassDef


def definitions(statements: Iterable[ast.stmt]) -> dict[str, ast.stmt]:
    """{name: the statement that gives it}, the last where there are several. An import gives one name at a time."""
    return {name: statement for whole in statements for name, statement in _bound(whole)}


def needed(names: Iterable[str], find: Callable[[str], ast.stmt | None]) -> list[ast.stmt]:
    """The statements that give the names, and those that they need in turn, each after what it needs.

    find: the statement that gives a name, or None if there is none
    """
    found: dict[int, ast.stmt] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        statement = find(name)
        if statement is not None and id(statement) not in found:
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
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                yield alias.asname or alias.name, ast.ImportFrom(module, [alias], level)
        case ast.Assign(targets=targets):
            for node in (n for target in targets for n in ast.walk(target)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, statement
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            yield name, statement
