"""Wrong answers that nobody thought of: a right one with one thing in it changed."""

import ast
import itertools
from collections.abc import Iterator

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
    ast.MatMult: ast.Mult,
}


def mutants(source: str) -> Iterator[str]:
    """The source of a function or class with one operator, number, sign, axis, call or result changed, each in turn."""
    original = ast.unparse(ast.parse(source))
    for i, node in enumerate(ast.walk(ast.parse(source))):
        for change in _changes(node):
            changed = ast.parse(source)
            target = next(itertools.islice(ast.walk(changed), i, None))
            change(changed, target)
            if (mutant := ast.unparse(ast.fix_missing_locations(changed))) != original:
                yield mutant


def _changes(node):
    match node:
        case ast.BinOp(op=op) if type(op) in SWAPS:
            yield lambda tree, node: setattr(node, "op", SWAPS[type(node.op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield lambda tree, node: setattr(node, "ops", [SWAPS[type(node.ops[0])]()])
        case ast.Constant(value=bool()):
            yield lambda tree, node: setattr(node, "value", not node.value)
        case ast.Constant(value=int() | float()):
            yield lambda tree, node: setattr(node, "value", node.value + 1)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):  # the last axis becomes the first
            yield lambda tree, node: _replace(tree, node, ast.Constant(0))
        case ast.UnaryOp(op=ast.USub()):
            yield lambda tree, node: _replace(tree, node, node.operand)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch" | "F" | "math")), args=[_, *_]):
            yield lambda tree, node: _replace(tree, node, node.args[0])  # torch.exp(x) -> x
        case ast.Call(func=ast.Attribute(value=value)) if not isinstance(value, ast.Call) or value.args:
            yield lambda tree, node: _replace(tree, node, node.func.value)  # x.sum(-1) -> x
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Tuple):
            yield lambda tree, node: setattr(node, "value", _parse(f"({ast.unparse(node.value)}) + 0.05"))
            yield lambda tree, node: setattr(node, "value", _parse(f"-({ast.unparse(node.value)})"))
        case ast.Return(value=ast.Tuple(elts=[_, _, *_])):
            yield lambda tree, node: node.value.elts.reverse()


def _parse(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                setattr(parent, name, [new if item is old else item for item in value])
