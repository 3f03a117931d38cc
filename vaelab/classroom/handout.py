"""A class's folder as nbgrader wants it: source/NAME/NAME.ipynb for each notebook that has exercises."""

import os
from collections.abc import Sequence
from pathlib import Path

import nbformat

import vaelab
from vaelab.classroom.assignment import assignment

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "{name}"
# A notebook of the course trains networks: nbgrader gives a cell 30 seconds, if nothing is said.
c.ExecutePreprocessor.timeout = 600
"""
CONFIG_NAME = "nbgrader_config.py"


def hand_out(folder: Path, notebooks: Sequence[str] | None = None, course: Path | None = None) -> str:
    """Makes the folder, or adds to it what is not there, and says what it did.

    notebooks: their numbers, as "05"; all that have exercises, if none are given
    course: the folder of the course's notebooks

    Raises FileNotFoundError where there are no notebooks, ValueError for a number that no notebook has.
    """
    said = []
    files = _chosen(notebooks, course)
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / CONFIG_NAME
    if _write(config, CONFIG.format(name=folder.resolve().name.replace('"', ""))):
        said.append(f"{config}: made")
    else:
        said.append(f"{config}: was there, and is left as it is")
    for file in files:
        made = assignment(nbformat.read(file, as_version=4))
        points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in made.cells)
        if not points:
            continue
        target = folder / "source" / file.stem / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if _write(target, nbformat.writes(made) + "\n"):
            said.append(f"{target}: {points} {'exercise, a point' if points == 1 else 'exercises, a point each'}")
        else:
            said.append(f"{target}: was there, and is left as it is. Move it away to have it made anew.")
    said.append(f"Next, in {folder}: nbgrader generate_assignment {files[0].stem}")
    return "\n".join(said)


def _chosen(numbers: Sequence[str] | None, course: Path | None) -> list[Path]:
    places = [course] if course else [Path("notebooks"), Path(vaelab.__file__).parents[1] / "notebooks"]
    there = next((found for place in places if (found := sorted(place.glob("[0-9][0-9]_*.ipynb")))), None)
    if there is None:
        raise FileNotFoundError(
            f"no notebooks of the course in {course or 'notebooks'}: name their folder with --course."
        )
    by_number = {file.name[:2]: file for file in there}
    if unknown := [number for number in numbers or () if number.zfill(2) not in by_number]:
        raise ValueError(f"there is no notebook {', '.join(unknown)}; there are {', '.join(by_number)}")
    return [by_number[number.zfill(2)] for number in dict.fromkeys(numbers)] if numbers else there


def _write(target: Path, text: str) -> bool:
    """Whether it was written: not where there is something by that name."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True
