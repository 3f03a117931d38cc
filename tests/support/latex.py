r"""Reads a displayed equation of a notebook as LaTeX, and computes its sides.

So the check of an equation checks what a reader sees, and not a copy of it. `Equation.holds(values)` evaluates each
side of each "=", "<=" or ">=" with the values that a test gives, and compares.

What a value is given for is a piece of LaTeX: a name ("\mu", "q_i", "\hat x_i"), or something that is known and not
computed ("\mathrm{KL}(q \,\|\, p)", "p(x \mid z)"). Values are numbers, NumPy arrays, functions, or operators for
"\mathbb{E}_q", "\int" and the like, which take the value of what follows. An array that is indexed by i stands for all
i, and \sum_i adds up its last axis, which must be as long as the limits say. What can be read in two ways, such as
"\log a b", is refused.
"""

import json
import re
from dataclasses import dataclass
from functools import reduce

import numpy as np

from tools.notebooks import paths

RELATIONS = {"=": "=", r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=", r"\approx": "~"}
REASON = re.compile(r"&&(.*?)(?=\\\\(?![a-zA-Z])|\\end|$)", re.MULTILINE)
SPACING = {r"\,", r"\;", r"\!", r"\:", r"\ ", r"\left", r"\right", r"\big", r"\Big", r"\displaystyle", "~"}
FUNCTIONS = {
    r"\log": np.log,
    r"\exp": np.exp,
    r"\sin": np.sin,
    r"\cos": np.cos,
    r"\max": lambda *values: reduce(np.maximum, values),
    r"\min": lambda *values: reduce(np.minimum, values),
}
OPERATORS = {  # with an index; \max and \min are functions without one
    r"\sum": lambda a: np.sum(a, -1),
    r"\prod": lambda a: np.prod(a, -1),
    r"\max": lambda a: np.max(a, -1),
    r"\min": lambda a: np.min(a, -1),
}
TAKE_THE_PRODUCT = {r"\mathbb", r"\int", r"\min", r"\max", r"\operatorname"}  # how operators' names begin
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}, ")]}"
BARS = {
    r"\lVert": (r"\rVert", lambda a: np.sqrt(np.sum(np.square(a), -1))),
    r"\|": (r"\|", lambda a: np.sqrt(np.sum(np.square(a), -1))),  # opens where a factor is missing, else closes
    r"\lvert": (r"\rvert", np.abs),
    r"\lfloor": (r"\rfloor", np.floor),
}
COMPARISONS = {"<": np.less, ">": np.greater, r"\le": np.less_equal, r"\ge": np.greater_equal}
ENDS = {"", "+", "-", ",", ";", "|", r"\mid", ":", *COMPARISONS}  # of a product
ENDS |= {*CLOSING, r"\}", *(closing for closing, _ in BARS.values())}


def equations() -> dict[str, "Equation"]:
    """Every display equation with a tag, of all notebooks: {"5.3": Equation}."""
    found = {}
    for path in paths():
        for cell in json.loads(path.read_text())["cells"]:
            text = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
            for display in re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL):
                for number in re.findall(r"\\tag\{([\d.]+)\}", display):
                    assert number not in found, f"two equations are numbered {number}"
                    assert number.split(".")[0] == str(int(path.name[:2])), f"{number} in {path.name}"
                    found[number] = Equation(number, re.sub(r"\\tag\{.*?\}", "", display))
    return found


@dataclass
class Statement:
    """A chain of sides with a relation between each two: A = B <= C."""

    sides: list[list[str]]
    relations: list[str]


@dataclass
class Equation:
    """A display equation: what stands between $$ and $$, less the tag."""

    number: str
    latex: str

    @property
    def reasons(self) -> list["Equation"]:
        """What was used, row by row: what stands behind "&&"."""
        return [Equation(self.number, reason) for reason in re.findall(REASON, without_labels(self.latex))]

    @property
    def statements(self) -> list[Statement]:
        """What it states: displays may have several statements side by side, and a chain may take several rows."""
        text = re.sub(REASON, "", without_labels(self.latex))
        text = re.sub(r"\\(begin|end)\{\w+\}", "", text).replace(r"\\", " ").replace("&", " ")
        text = re.sub(r"\\(q?quad|Longrightarrow|Rightarrow)", " @ ", text)
        found = []
        words = ["@" if level == 0 and t.startswith(r"\text{") else t for t, level in _levels(tokenize(text))]
        for tokens in _split(words, {"@"}):
            sides = _split(tokens, set(RELATIONS))
            relations = [RELATIONS[t] for t, level in _levels(tokens) if level == 0 and t in RELATIONS]
            while sides and sides[-1] and sides[-1][-1] in (".", ","):
                sides[-1].pop()
            if relations:
                found.append(Statement(sides, relations))
        return found

    def sides(self, values: dict, statement: int = 0) -> list:
        """What each side of a statement comes to with these values."""
        return [Evaluation(side, values).result() for side in self.statements[statement].sides]

    def holds(self, values: dict, statement: int = 0, *, rtol: float = 1e-6, atol: float = 1e-9) -> None:
        """Fails unless each relation of the statement holds: "=" and "~" to the tolerances, "<=" up to rounding."""
        sides, relations = self.sides(values, statement), self.statements[statement].relations
        assert len(sides) > 1
        for i, relation in enumerate(relations):
            left, right = (np.asarray(side, float) for side in sides[i : i + 2])
            tolerance = atol + rtol * np.abs(right)
            close = np.isfinite(right) & (np.abs(left - right) <= tolerance)
            fine = {
                "=": close,
                "~": close,
                "<=": left <= right + tolerance,
                ">=": left >= right - tolerance,
            }[relation]
            left_text, right_text = (" ".join(side) for side in self.statements[statement].sides[i : i + 2])
            assert np.size(fine) and np.all(fine & np.isfinite(right)), (
                f"({self.number}) {left_text}  {relation}  {right_text}: {left} and {right}"
            )


def tokenize(latex: str) -> list[str]:
    r"""LaTeX's tokens, less what only sets space.

    >>> tokenize(r"\tfrac12 \left( \mu_j^2 - 1 \right)")
    ['\\tfrac', '12', '(', '\\mu', '_', 'j', '^', '2', '-', '1', ')']
    """
    for bar, name in ((r"\\\|", "Vert"), (r"\|", "vert")):
        latex = re.sub(rf"\\(l)eft\s*{bar}|\\(r)ight\s*{bar}", lambda m, name=name: rf"\{m[1] or m[2]}{name} ", latex)
    tokens = re.findall(r"\\text\{[^}]*\}|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[a-zA-Z]|\S", without_labels(latex))
    return [t for t in tokens if t not in SPACING]


def without_labels(latex: str) -> str:
    r"""\underbrace{A}_{B} is A.

    >>> without_labels(r"\underbrace{a_{1}}_{\text{one}} + b_{2}")
    '{a_{1}} + b_{2}'
    """
    while (start := latex.find(r"\underbrace")) >= 0:
        body = start + len(r"\underbrace")
        end = _closing(latex, body) + 1
        label_end = _closing(latex, end + 1) + 1 if latex[end : end + 2] == "_{" else end
        latex = latex[:start] + latex[body:end] + latex[label_end:]
    return latex


def _closing(latex: str, at: int) -> int:
    """Where the brace that opens at `at` closes."""
    level = 0
    for i in range(at, len(latex)):
        level += (latex[i] == "{") - (latex[i] == "}")
        if level == 0:
            return i
    raise AssertionError(f"a brace is not closed in {latex!r}")


def _levels(tokens: list[str]):
    level = 0
    for token in tokens:
        if token in CLOSING or token == r"\}":
            level -= 1
        yield token, level
        if token in "([{" or token == r"\{":
            level += 1


def _split(tokens: list[str], at: set[str]) -> list[list[str]]:
    parts = [[]]
    for token, level in _levels(tokens):
        if level == 0 and token in at:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part] if "@" in at else parts


class Evaluation:
    """Computes one side, by recursive descent: sums of products of powers."""

    def __init__(self, tokens: list[str], values: dict):
        self.tokens, self.at, self.values = list(tokens), 0, values
        self.known = sorted(((tokenize(k), v) for k, v in values.items()), key=lambda kv: -len(kv[0]))

    def result(self, part: str = "sum"):
        value = getattr(self, part)()
        assert self.at == len(self.tokens), f"can't read {' '.join(self.tokens[self.at :])!r}"
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        assert token and expected in ("", token), f"expected {expected!r} in {' '.join(self.tokens)!r}, got {token!r}"
        self.at += 1
        return token

    def comparison(self):
        """Whether one sum is less than another, and the like."""
        value = self.sum()
        return COMPARISONS[self.take()](value, self.sum())

    def sum(self):
        sign = -1 if self.peek() == "-" else 1
        if self.peek() in ("+", "-"):
            self.take()
        value = sign * self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.power()
        while (token := self.peek()) not in ENDS:
            if token == "/":
                self.take()
                value = value / self.power()
            else:
                if token in (r"\cdot", r"\times"):
                    self.take()
                value = value * self.power()
        return value

    def power(self):
        value = self.atom()
        if callable(value):
            value = self.applied(value, known=value not in FUNCTIONS.values())
        if self.peek() == "^":
            self.take()
            value = value ** self.argument()
        return value

    def applied(self, function, known: bool):
        r"""A function of what stands in brackets or is the next factor. \log a b and \log(a)^2 have two readings."""
        exponent = 1
        if self.peek() == "^":
            self.take()
            exponent = self.argument()
        if self.peek() in ("(", "["):
            closing = OPENING[self.take()]
            arguments = [self.sum()]
            while self.peek() in (",", ";"):
                self.take()
                arguments.append(self.sum())
            self.take(closing)
            value = function(*arguments) ** exponent
            clear = self.peek() != "^"
        else:
            value = function(self.power()) ** exponent
            clear = self.peek() in {*ENDS, *FUNCTIONS, "/", r"\cdot", r"\times", "d"}  # d as in dz
        assert known or clear, f"what does the function apply to, in {' '.join(self.tokens)!r}?"
        return value

    def argument(self):
        """What \\frac, ^ or \\sqrt applies to: a group, or one token."""
        if self.peek() == "{":
            return self.group()
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # \frac12 is a half
            self.tokens[self.at] = token[1:]
            return int(token[0])
        return self.atom()

    def group(self):
        closing = OPENING[self.take()]
        values = [self.sum()]
        while self.peek() == ",":  # a vector
            self.take()
            values.append(self.sum())
        if self.peek() == ":":  # { a : b > 0 } are the a for which b > 0
            self.take()
            chosen = self.comparison()
            values = [np.asarray(value)[chosen] for value in values]
        self.take(closing)
        return values[0] if len(values) == 1 else np.stack(np.broadcast_arrays(*values), -1)

    def atom(self):
        for fragment, value in self.known:
            if self.tokens[self.at : self.at + len(fragment)] == fragment and not self.goes_on(fragment):
                self.at += len(fragment)
                return self.operated(value, fragment[0]) if fragment[0] in TAKE_THE_PRODUCT else value
        token = self.peek()
        if token in OPENING:
            return self.group()
        self.take()
        if token in BARS:
            closing, function = BARS[token]
            value = self.sum()
            self.take(closing)
            return function(value)
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return float(token)
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return self.argument() / self.argument()
        if token == r"\sqrt":
            assert self.peek() != "[", "of roots, only the square root can be read"
            return np.sqrt(self.argument())
        if token == r"\pi":
            return np.pi
        if token in FUNCTIONS and not (token in OPERATORS and self.peek() == "_"):
            return FUNCTIONS[token]
        if token in OPERATORS:
            index, terms, chosen = self.limits()
            start, value = self.at, self.product()
            indices = re.findall(r"(?:_|\^(?! \{)) (\{.*?\}|\S+)", " ".join(self.tokens[start : self.at]))
            assert any(index in script.split() for script in indices), f"nothing has the index {index} of the {token}"
            assert np.ndim(value) and terms in (None, np.shape(value)[-1]), f"{terms} terms, not {np.shape(value)}"
            return OPERATORS[token](np.asarray(value)[..., chosen])
        raise AssertionError(f"no value for {token!r} at {' '.join(self.tokens[self.at - 1 : self.at + 9])!r}")

    def goes_on(self, fragment: list[str]) -> bool:
        """Whether the name is longer than the fragment, as q_i is than q."""
        end = self.at + len(fragment)
        return self.tokens[end : end + 1] in (["_"], ["'"])

    def operated(self, operator, name: str):
        """An operator such as an expectation takes the bracket that follows, or the rest of the product."""
        if not callable(operator):
            return operator
        start, value = self.at, self.group() if self.peek() == "[" else self.product()
        assert name != r"\int" or "d" in self.tokens[start : self.at], f"no dz in {' '.join(self.tokens)!r}"
        return operator(value)

    def limits(self) -> tuple[str, int | None, np.ndarray | slice]:
        r"""The index of a \sum or \prod, how many terms it has, and which of them, where its limits say that."""
        scripts = {"_": [], "^": []}
        while self.peek() in ("_", "^"):
            script, start = self.take(), self.at
            level = 0
            while level or self.at == start:
                level += {"{": 1, "}": -1}.get(self.take(), 0)
            scripts[script] = self.tokens[start : self.at]
        below, above = (script[1:-1] if script[:1] == ["{"] else script for script in scripts.values())
        if [r"\dots"] in (parts := _split(below, {","})):  # i = 1, \dots, N
            below, _, above = parts
        assert below and (below[1:2] == ["="]) == bool(above), f"what is summed, in {' '.join(self.tokens)!r}?"
        if below[1:2] and below[1] in (":", *COMPARISONS):  # j : \lambda_j > 1, or j > k
            condition = below[2:] if below[1] == ":" else below
            return below[0], None, Evaluation(condition, self.values).result("comparison")
        if not above:
            assert len(below) == 1, f"what is summed, in {' '.join(self.tokens)!r}?"
            return below[0], None, slice(None)
        first, last = (Evaluation(tokens, self.values).result() for tokens in (below[2:], above))
        return below[0], last - first + 1, slice(None)
