"""The instructor's version of an nbgrader assignment, made out of a notebook of the course.

Each exercise becomes a cell with the course's solution between nbgrader's marks, and gets a locked cell behind it that
is worth a point. `nbgrader generate_assignment` takes the solutions out again, and `nbgrader autograde` gives the
points: what nbgrader leaves for the student, `raise NotImplementedError()`, counts as not attempted.
"""

import ast
import copy

import nbformat
from nbformat import NotebookNode

from vaelab.exercises import EXERCISES
from vaelab.exercises.engine.source import line_of, says_nothing, solution_of


def assignment(notebook: NotebookNode) -> NotebookNode:
    """The notebook with a solution and a graded cell for each exercise, without outputs."""
    made = copy.deepcopy(notebook)
    made.cells = []
    for cell in copy.deepcopy(notebook.cells):
        made.cells.append(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if name := _exercise_in(cell):
            cell.source = with_solution(cell.source, solution_of(EXERCISES[name].reference))
            cell.metadata = _marked(name, solution=True)
            points = nbformat.v4.new_code_cell(f"vl.grade({name})", metadata=_marked(f"{name}-points", grade=True))
            made.cells.append(points)
    return made


def with_solution(stub: str, solution: str) -> str:
    """The stub with the solution's statements in it, between nbgrader's marks, and the stub's own ones kept."""
    lines, solved = stub.splitlines(), solution.splitlines()
    answers = _functions(solution)
    for name, function in sorted(_functions(stub).items(), key=lambda item: -item[1].lineno):
        given = [s for s in function.body if not _is_placeholder(s)]
        answer = answers[name]
        known = {ast.dump(statement) for statement in given}
        first = next(s for s in answer.body if not _is_docstring(s) and ast.dump(s) not in known)
        written = solved[line_of(first, solved) : answer.end_lineno]
        indent = " " * function.body[0].col_offset
        after = given[-1].end_lineno if given else function.body[0].lineno - 1
        lines[after : function.end_lineno] = [f"{indent}### BEGIN SOLUTION", *written, f"{indent}### END SOLUTION"]
    return "\n".join(lines)


def _exercise_in(cell: NotebookNode) -> str | None:
    """The name of the exercise whose stub this cell is."""
    if cell.cell_type != "code" or "@vl.exercise\n" not in cell.source:
        return None
    definitions = (node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return next((node.name for node in definitions if node.name in EXERCISES), None)


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)


def _is_placeholder(statement: ast.stmt) -> bool:
    return says_nothing(statement) and not _is_docstring(statement)


def _marked(grade_id: str, grade: bool = False, solution: bool = False) -> NotebookNode:
    marks = {"grade_id": grade_id, "grade": grade, "solution": solution, "locked": grade, "task": False}
    points = {"points": 1} if grade else {}
    return nbformat.from_dict({"nbgrader": marks | points | {"schema_version": 3}})
