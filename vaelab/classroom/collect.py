"""What a class has handed in, checked again: a row for each student and exercise."""

import ast
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from vaelab.classroom.files import handed_in, taken_together
from vaelab.classroom.outline import fingerprint, first_line_off, is_long
from vaelab.classroom.parts import Definition
from vaelab.classroom.program import Around, Program, programs
from vaelab.classroom.reading import BY_NUMBER, Answer, answers_in
from vaelab.classroom.recheck import Found, Judge
from vaelab.exercises.engine.source import solution_of
from vaelab.share import cores

MOST = 5  # different answers of one student to one exercise that are checked
SOLUTION = "same as the solution"


class Row(NamedTuple):
    """One exercise of one student; or, with no number, a file that can't be read.

    checked: "right", "wrong", "open", "no code", "not read" or "together"
    claims: what the files say: "right", "attempted" or ""
    look: whether somebody should look at it
    """

    student: str
    number: str
    checked: str
    claims: str = ""
    tries: int | None = None
    hints: int | None = None
    solution_seen: bool = False
    remark: str = ""
    look: bool = False


class _Work(NamedTuple):
    """What a student has handed in for an exercise: (the file's name, what is in it)."""

    student: str
    number: str
    found: list[tuple[str, Answer]]


def collect(
    places: list[Path],
    seconds: float = 20,
    memory: int = 1000,
    workers: int | None = None,
    seed: int | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> list[Row]:
    """The rows, by student and exercise. Every answer that is there is run again, in a process with limits.

    seconds, memory: what one answer may take, and need, in MB
    workers: how many answers run at the same time; as many as there are cores, at most four, if none is given
    seed: of the cases, drawn anew if none is given
    told: called with how many exercises are done, and of how many

    Raises FileNotFoundError where there is nothing of that name or no file to read.
    """
    works, rows = _read(places)
    workers = workers or max(1, min(4, int(cores())))
    with Judge(seconds, memory, workers, seed) as judge:
        texts: dict[tuple[str, str], str] = {}
        with ThreadPoolExecutor(workers) as pool:
            try:
                for done, (row, right) in enumerate(pool.map(lambda work: _checked(judge, work), works), start=1):
                    rows.append(row)
                    if right is not None:
                        texts[row.student, row.number] = right
                    told(done, len(works))
            except BaseException:  # Ctrl-C, above all
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    rows = _with_likenesses(rows, texts)
    return sorted(rows + _left_out(rows), key=lambda row: (row.student.casefold(), row.student, _place(row.number)))


def _read(places: list[Path]) -> tuple[list[_Work], list[Row]]:
    """What is to be checked, and rows for the files that can't be read."""
    found: dict[tuple[str, str], list[tuple[str, Answer]]] = defaultdict(list)
    rows = []
    files = handed_in(places)
    if not files:
        raise FileNotFoundError(f"no progress file (.json) and no notebook (.ipynb) in {', '.join(map(str, places))}")
    for student, names in taken_together(files).items():
        rows.append(Row(student, "", "together", remark=f"{' and '.join(names)}: are they of one student?", look=True))
    for student, path, problem in files:
        try:
            if problem:
                raise ValueError(problem)
            answers = answers_in(path)
        except ValueError as why:
            rows.append(Row(student, "", "not read", remark=f"{path.name} {why}", look=True))
            continue
        if not answers:  # who has done nothing yet is in the table, too
            rows.append(Row(student, "", "open", remark=f"nothing is in {path.name} yet"))
        for number, answer in answers.items():
            found[student, number].append((path.name, answer))
    return [_Work(student, number, there) for (student, number), there in found.items()], rows


def _checked(judge: Judge, work: _Work) -> tuple[Row, str | None]:
    """The row, and the text that is right, if one is."""
    answers = [answer for _, answer in work.found]
    claims = {answer.claims for answer in answers}
    row = Row(
        work.student,
        work.number,
        "open",
        claims="right" if "right" in claims else "attempted" if "attempted" in claims else "",
        tries=max((a.tries for a in answers if a.tries is not None), default=None),
        hints=max((a.hints for a in answers if a.hints is not None), default=None),
        solution_seen=any(answer.solution_seen for answer in answers),
    )
    odd = [answer.problem for answer in answers if answer.problem]
    around = next((answer.around for answer in answers if answer.around.cells), Around())
    written: dict[str, tuple[str, Answer]] = {}
    for name, answer in sorted(work.found, key=lambda item: not item[0].endswith(".ipynb")):  # notebooks first
        if answer.text is not None and not answer.is_open:
            written.setdefault(
                answer.text, (name, answer._replace(around=answer.around if answer.around.cells else around))
            )
    if not written:
        if row.claims:
            row = row._replace(checked="no code")
            odd.insert(0, f"claims {row.claims}, has no code")
        return row._replace(remark="; ".join(odd), look=bool(odd)), None

    tried = [(name, text, _judged(judge, work, answer)) for text, (name, answer) in [*written.items()][:MOST]]
    right = next(((name, text) for name, text, found in tried if found.right), None)
    wrong = [(name, found) for name, _, found in tried if not found.right]
    if len(written) > MOST:
        odd.append(f"and {len(written) - MOST} more, not tried")
    said = [f"{name}: {found.why}" if len(tried) > 1 else found.why for name, found in wrong]
    if right and wrong:
        odd.append(f"right in {right[0]}; in {'; in '.join(said)}")
    elif wrong:
        odd.insert(0, "; ".join(["claims right, is wrong"] * (row.claims == "right") + said))
        if any(a.claims == "right" and a.around.cells for a in answers) and "run it yourself" not in odd[0]:
            odd.append("run it yourself")  # its notebook says so, and not all of that was taken along
    look = any(found.odd for _, found in wrong) or any(a.problem for a in answers)
    look |= len(written) > MOST
    look |= not right and (row.claims == "right" or "not in the file" in odd[0])
    row = row._replace(checked="right" if right else "wrong", remark="; ".join(odd), look=look)
    return row, right[1] if right else None


def _judged(judge: Judge, work: _Work, answer: Answer) -> Found:
    """Whether an answer is right, with what its file lacks."""
    try:
        return _run(judge, work, answer)
    except Exception as problem:  # one answer must not keep the others from being checked
        return Found(False, f"could not be checked: {type(problem).__name__}: {problem}"[:200], odd=True)


def _run(judge: Judge, work: _Work, answer: Answer) -> Found:
    exercise, text = BY_NUMBER[work.number], answer.text
    assert text is not None
    if off := first_line_off(text, exercise):
        return Found(False, off)
    (node,) = ast.parse(text).body
    assert isinstance(node, Definition)
    said: tuple[Program, Found] | None = None
    for asked in programs(exercise, node, answer.around):
        found = judge.check(exercise, asked, work.student)
        if found.right:
            return found
        said = said or (asked, found)  # what is said is said of the likeliest
        if found.odd:
            break
    assert said
    asked, found = said
    if asked.of_the_course and ("NameError" in found.why or "the course's own" in found.why):
        return Found(
            False, f"uses {', '.join(asked.of_the_course)}, the course's own: an answer is to do without", True
        )
    lacking = [name for name in asked.missing if f"'{name}'" in found.why and "NameError" in found.why]
    if lacking and not answer.around.cells:
        return Found(False, f"uses {lacking[0]}, which is not in the file: ask for the notebook")
    if found.why.startswith("stopped with NameError"):  # of a notebook not all is taken along
        return Found(False, f"{found.why}: run it yourself", True)
    return found


def _with_likenesses(rows: list[Row], texts: dict[tuple[str, str], str]) -> list[Row]:
    """The same rows, with a remark on right answers that are the solution, or another student's."""
    whose: dict[tuple[str, str], list[str]] = defaultdict(list)
    forms = {key: _form(text) for key, text in texts.items()}
    for (student, number), (mine, _) in forms.items():
        whose[number, mine].append(student)
    solutions = {number: fingerprint(solution_of(BY_NUMBER[number].reference)) for _, number in texts}
    marked = []
    for row in rows:
        form, long = forms.get((row.student, row.number), ("", False))
        others = [name for name in whose.get((row.number, form), []) if name != row.student]
        said = ""
        if form and form == solutions[row.number]:
            said = SOLUTION
        elif others and long:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            said = f"same as that of {', '.join(others[:3])}{more}"
        if said:
            row = row._replace(remark="; ".join(filter(None, [row.remark, said])), look=row.look or long)
        marked.append(row)
    return marked


def _form(text: str) -> tuple[str, bool]:
    """What is the same for answers that are alike, and whether there is more to it than a line or two."""
    try:
        return fingerprint(text), is_long(text)
    except (RecursionError, MemoryError):  # nested so deeply that nothing is like it
        return text, True


def _left_out(rows: list[Row]) -> list[Row]:
    """Open exercises of students in whose files they are not, where they are in another's."""
    numbers = {row.number for row in rows if row.number}
    there = {(row.student, row.number) for row in rows}
    students = {row.student for row in rows if row.number or row.checked == "open"}
    return [Row(student, n, "open") for student in students for n in numbers if (student, n) not in there]


def _place(number: str) -> tuple[int, ...]:
    return tuple(map(int, number.split("."))) if number else ()
