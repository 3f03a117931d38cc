"""What is in a file that was handed in: the answers, and what it says of itself. Nothing of it is run."""

import ast
import contextlib
import json
import re
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from vaelab.classroom.parts import Definition
from vaelab.classroom.program import Around, is_mark
from vaelab.exercises import EXERCISES, PREDICTIONS
from vaelab.exercises.engine.source import nothing_in

BY_NUMBER = {task.number: task for task in EXERCISES.values()}
LONGEST = 100_000  # letters of one answer
LONGEST_IN_ALL = 500_000  # letters of a notebook's code: to read them takes 400 times the memory


class Answer(NamedTuple):
    """One exercise in one file.

    text: the definition as it stands there, or None
    around: the notebook that it stands in; a progress file has none
    is_open: whether nothing was written into it
    claims: what the file says of it: "right", "attempted", or ""
    problem: why there is no text, or what is odd about what is said
    """

    text: str | None = None
    around: Around = Around()
    is_open: bool = False
    claims: str = ""
    tries: int | None = None
    hints: int | None = None
    solution_seen: bool = False
    problem: str = ""


def answers_in(path: Path) -> dict[str, Answer]:
    """{number: answer}. Raises ValueError that says what is wrong with the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _of_a_notebook(text) if path.suffix.lower() == ".ipynb" else _of_progress(text)
    except UnicodeDecodeError:
        raise ValueError("is no text in UTF-8") from None
    except (RecursionError, MemoryError):
        raise ValueError("is nested too deeply to be one of the course's files") from None
    except OSError as problem:
        raise ValueError(f"can't be read: {problem.strerror}") from None
    except ValueError:
        raise
    except Exception as problem:  # somebody's file must not keep the others' from being read
        raise ValueError(f"can't be read: {_said(problem)}") from problem


def _of_progress(text: str) -> dict[str, Answer]:
    try:
        records = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"is no JSON: {problem}") from None
    if not isinstance(records, dict) or not all(isinstance(record, dict) for record in records.values()):
        raise ValueError("holds something else than the progress with exercises")
    if unknown := [number for number in records if number not in BY_NUMBER and number not in PREDICTIONS]:
        raise ValueError(f"tells of exercises that are not there: {', '.join(unknown)[:100]}")
    return {number: _of_a_record(number, record) for number, record in records.items() if number in BY_NUMBER}


def _of_a_record(number: str, record: dict[str, Any]) -> Answer:
    odd = []
    counts: dict[str, int | None] = {}
    for name in ("tries", "hints"):
        value = record.get(name)
        is_count = type(value) is int and 0 <= value < 1_000_000
        counts[name] = value if is_count else None
        if value is not None and not is_count:
            odd.append(f"{name} is no whole number")
    claims = record.get("state", "")
    if claims not in ("", "right", "attempted"):
        odd.append("its state is none")
        claims = ""
    if claims and not counts["tries"] and not odd:
        odd.append("has no tries")
    seen = record.get("solution_seen") is True
    answer = Answer(claims=claims, tries=counts["tries"], hints=counts["hints"], solution_seen=seen)
    try:
        node = _definition(record["code"], BY_NUMBER[number].name) if record.get("code") is not None else None
    except ValueError as problem:
        return answer._replace(problem="; ".join([*odd, str(problem)]))
    if node is None:
        return answer._replace(is_open=not claims, problem="; ".join(odd))
    return answer._replace(text=ast.unparse(node), is_open=nothing_in(node), problem="; ".join(odd))


def _definition(code: Any, name: str) -> Definition:
    if not isinstance(code, str) or len(code) > LONGEST:
        raise ValueError("its code is no text" if not isinstance(code, str) else "its code is longer than any answer")
    try:
        nodes = ast.parse(textwrap.dedent(code)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise ValueError(f"its code can't be read: {_said(problem)}") from None
    found = [node for node in nodes if isinstance(node, Definition) and node.name == name]
    if not found:
        raise ValueError(f"its code does not define {name}")
    return found[-1]


def _of_a_notebook(text: str) -> dict[str, Answer]:
    try:
        notebook = nbformat.reads(text, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        sources = [str(cell.source) for cell in cells]
        length = sum(map(len, sources))
    except RecursionError:
        raise
    except Exception as problem:  # nbformat's converters raise what comes
        raise ValueError(f"is no notebook: {_said(problem)}") from None
    if length > LONGEST_IN_ALL:
        raise ValueError(f"has {length / 1e6:.1f} MB of code, and at most {LONGEST_IN_ALL / 1e6:g} are read")
    texts: list[str] = []  # a tree takes 400 times the memory
    answers: dict[str, Answer] = {}
    unmarked: dict[str, Answer] = {}
    unread: dict[str, Answer] = {}  # cells that can't have run: what was defined before them stands
    for cell, source in zip(cells, sources, strict=True):
        try:
            if len(source) > LONGEST:
                raise ValueError("it is longer than any answer")
            plain = plain_python(source)
            tree = ast.parse(plain)
            ast.unparse(tree)  # which is how it is handed on
        except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            for name in set(re.findall(r"^[ \t]*(?:def|class)[ \t]+(\w+)", source, re.MULTILINE)) & EXERCISES.keys():
                unread[EXERCISES[name].number] = Answer(problem=f"its cell can't be read: {_said(problem)}")
            continue
        texts.append(plain)
        for node in tree.body:
            if isinstance(node, Definition) and node.name in EXERCISES:
                number = EXERCISES[node.name].number
                marked = any(map(is_mark, node.decorator_list))
                here = Around(place=len(texts) - 1)
                answer = Answer(ast.unparse(node), here, nothing_in(node), _claim(cell, number))
                (answers if marked else unmarked)[number] = answer
    around = tuple(texts)
    found = (unread | unmarked | answers).items()
    return {number: answer._replace(around=answer.around._replace(cells=around)) for number, answer in found}


def plain_python(source: str) -> str:
    """A cell without what is IPython's, magics and commands; nothing, if all of it is in another language."""
    with contextlib.suppress(SyntaxError, ValueError):  # a line that ends in "?" may be a comment
        ast.parse(source)
        return source
    lines = source.splitlines()
    if source.lstrip().startswith("%%"):
        first = next(i for i, line in enumerate(lines) if line.strip())
        if lines[first].split()[0] not in ("%%time", "%%timeit", "%%capture", "%%prun"):
            return ""
        lines[: first + 1] = []
    return "\n".join(map(_plain_line, lines))


def _plain_line(line: str) -> str:
    """The line, or one that does nothing in its place: `!ls`, `%time f()`, `f?`, `files = !ls`."""
    bare = line.strip()
    if bare.startswith(("%", "!", "?")) or bare.endswith("?"):
        return line[: len(line) - len(line.lstrip())] + "pass"
    left, _, right = line.partition("=")
    return f"{left}= None" if right.lstrip().startswith(("%", "!")) else line


def _claim(cell: Any, number: str) -> str:
    """What the cell's output says, as it is saved."""
    said = json.dumps(cell.get("outputs", []), ensure_ascii=False)[:100_000]
    if re.search(rf"[✓+] Exercise {re.escape(number)} is right", said):
        return "right"
    return "attempted" if re.search(rf"[✗x] Exercise {re.escape(number)}, ", said) else ""


def _said(problem: BaseException) -> str:
    if isinstance(problem, SyntaxError):
        return f"{problem.msg}, line {problem.lineno}"
    return (str(problem).splitlines() or [type(problem).__name__])[0][:100]
