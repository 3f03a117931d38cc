"""The mutants of a module: its source with one operator, number, comparison, argument, call or decorator changed."""

import ast
import difflib
from collections.abc import Iterator
from typing import NamedTuple

import cosmic_ray.plugins
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from parso.python.tree import Name
from parso.tree import NodeOrLeaf

ARITHMETIC = ("Add", "Sub", "Mul", "Div")  # what an operator becomes; bits and remainders would only raise
LIKE_IS = ("Is", "IsNot")


class Mutant(NamedTuple):
    """One change: where it stands, and the lines before and after it."""

    function: str
    diff: str
    source: str


class ArgumentDropped(Operator):
    """f(a, b=c) becomes f(a), and f(b=c): a default takes the place of what was given."""

    def mutation_positions(self, node):
        """One for each argument of a call."""
        return [(node.children[i].start_pos, node.children[i].end_pos) for i in _arguments(node)]

    def mutate(self, node, index):
        """Takes the argument out, and a comma beside it."""
        i = _arguments(node)[index]
        with_comma = slice(i, i + 2) if _value(node.children[i + 1 : i + 2]) == "," else slice(max(i - 1, 0), i + 1)
        del node.children[slice(i, i + 1) if node.type == "trailer" else with_comma]
        return node

    @classmethod
    def examples(cls):
        """None: cosmic-ray asks for them only to test itself."""
        return ()


class CallDropped(Operator):
    """x.f(a) becomes x, and f(x) becomes x: a step that is left out."""

    def mutation_positions(self, node):
        """One for each call, those of a chain too."""
        return [(node.children[start].start_pos, node.end_pos) for start, _ in _calls(node)]

    def mutate(self, node, index):
        """Takes the call out, or what it is called on."""
        start, argument = _calls(node)[index]
        if argument is not None:
            return Name(f"({argument.get_code(include_prefix=False)})", node.start_pos, node.get_first_leaf().prefix)
        del node.children[start : start + 2]
        return node

    @classmethod
    def examples(cls):
        """None: cosmic-ray asks for them only to test itself."""
        return ()


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module's source once; not those that change only annotations, docstrings or error messages."""
    operators, lines = _operators(), source.splitlines(keepends=True)
    for statement in ast.parse(source).body:  # one at a time: the shorter what is parsed, the faster
        first = min([statement.lineno, *(decorator.lineno for decorator in getattr(statement, "decorator_list", []))])
        last = statement.end_lineno
        before, part, after = ("".join(some) for some in (lines[: first - 1], lines[first - 1 : last], lines[last:]))
        for mutated in _mutated(part, operators):
            yield Mutant(*_difference(part, mutated), before + mutated + after)


def _mutated(source: str, operators: list[Operator]) -> Iterator[str]:
    seen = {_meaning(source)}
    for operator in operators:
        for occurrence in range(len(source)):
            if (mutated := mutate_code(source, operator, occurrence)) is None:
                break
            try:
                meaning = _meaning(mutated)
            except (SyntaxError, ValueError):
                continue
            if meaning not in seen:
                seen.add(meaning)
                yield mutated


def _operators() -> list[Operator]:
    found = [ArgumentDropped(), CallDropped()]
    for name in sorted(cosmic_ray.plugins.operator_names()):
        match name.removeprefix("core/").split("_"):
            case ["ReplaceBinaryOperator", old, new]:
                wanted = new in ARITHMETIC and old not in ("BitOr", "BitAnd", "BitXor")
            case ["ReplaceComparisonOperator", old, new]:
                wanted = (old in LIKE_IS) == (new in LIKE_IS)
            case ["ReplaceUnaryOperator", old, new]:
                wanted = old == "Delete"
            case [other]:
                wanted = other not in ("VariableInserter", "VariableReplacer", "ExceptionReplacer")
        if wanted:
            found.append(cosmic_ray.plugins.get_operator(name)())
    return found


def _arguments(node: NodeOrLeaf) -> list[int]:
    """Where the arguments of a call stand among the children of its brackets."""
    if node.type == "trailer" and _value(node.children) == "(" and len(node.children) == 3:
        return [] if node.children[1].type == "arglist" else [1]
    if node.type == "arglist":
        return [i for i, child in enumerate(node.children) if _value([child]) != ","]
    return []


def _calls(node: NodeOrLeaf) -> list[tuple[int, NodeOrLeaf | None]]:
    """The calls of a chain: .f(a) by where it begins, f(x) with its x."""
    if node.type != "atom_expr":
        return []
    calls = [i for i, child in enumerate(node.children) if child.type == "trailer" and _value(child.children) == "("]
    found = [(i - 1, None) for i in calls if _value(getattr(node.children[i - 1], "children", [])) == "."]
    last = node.children[-1]
    if calls and calls[-1] == len(node.children) - 1 and len(last.children) == 3:
        argument = last.children[1]
        if argument.type not in ("arglist", "argument"):
            found.append((0, argument))
    return found


def _value(nodes: list[NodeOrLeaf]) -> str:
    """The first of these nodes as it is written, where it is a leaf."""
    return getattr(nodes[0], "value", "") if nodes else ""


class _Meaning(ast.NodeTransformer):
    """The tree without what changes no number: annotations, docstrings, and what an error says."""

    def visit_Raise(self, node):
        return ast.Raise(node.exc.func if isinstance(node.exc, ast.Call) else node.exc, node.cause)

    def visit_arg(self, node):
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node):
        return ast.AnnAssign(node.target, ast.Constant(None), self.visit(node.value) if node.value else None, 0)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_Expr(self, node):
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)


def _meaning(source: str) -> str:
    return ast.dump(_Meaning().visit(ast.parse(source)))


def _difference(before: str, after: str) -> tuple[str, str]:
    """The function a change lies in, and the changed lines as a diff without numbers."""
    old, new = before.splitlines(), after.splitlines()
    changed = [op for op in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if op[0] != "equal"]
    lines = []
    for _, i, j, k, m in changed:
        lines += [f"-{line}" for line in old[i:j]] + [f"+{line}" for line in new[k:m]]
    return _function_at(ast.parse(before), changed[0][1] + 1), "\n".join(lines)


def _function_at(tree: ast.AST, line: int) -> str:
    """The name of the function or class that holds this line, "Toy.sample"; "the module" outside of any."""
    names = []
    for node in ast.walk(tree):  # outer ones first
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= line <= node.end_lineno:
                names.append(node.name)
    return ".".join(names) or "the module"
