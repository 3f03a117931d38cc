"""Which files were handed in, and by whom: a flat folder, a folder for each student, or nbgrader's."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LARGEST = {".json": 5_000_000, ".ipynb": 100_000_000}  # bytes
COMMON = re.compile(r"[-_. ]*(vaelab-progress|(?<!\d)\d\d_[a-z0-9_]+)$")  # names that say nothing of a student


class HandedIn(NamedTuple):
    """A file, whose it is, and why it can't be read, if it can't."""

    student: str
    path: Path
    problem: str = ""


def handed_in(places: list[Path]) -> list[HandedIn]:
    """All progress files and notebooks in the folders, and the files that are named themselves.

    A folder that holds `submitted` is taken for nbgrader's. Links that lead out of a folder are not followed.
    Raises FileNotFoundError for what is not there.
    """
    found = []
    for place in places:
        if place.is_dir():
            root = place / "submitted" if (place / "submitted").is_dir() else place
            found += [_looked_at(path, root) for path in _files(root)]
        elif place.exists():
            found.append(_looked_at(place, None))
        else:
            raise FileNotFoundError(f"{place} is not there. Name a folder of what was handed in, or files.")
    return sorted(found, key=lambda file: (file.student, str(file.path)))


def _files(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith((".", "__")))
        yield from (Path(folder, name) for name in sorted(names) if _is_one(name))
        for name in below:
            if Path(folder, name).is_symlink():
                yield Path(folder, name)


def _is_one(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in LARGEST


def _looked_at(path: Path, root: Path | None) -> HandedIn:
    student = _student(path, root)
    try:
        if root and path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return HandedIn(student, path, "is a link that leads out of the folder: not read")
        if path.is_symlink() and path.is_dir():
            return HandedIn(student, path, "is a link to a folder: not read")
        if not path.is_file():
            return HandedIn(student, path, "is no file: not read")
        largest, size = LARGEST.get(path.suffix.lower(), 0), path.stat().st_size
        if size > largest:
            is_too_large = f"is {size / 1e6:,.0f} MB large, and at most {largest / 1e6:,.0f} are read"
            return HandedIn(student, path, is_too_large if largest else "is no .json and no .ipynb: not read")
    except (OSError, RuntimeError) as problem:  # a link to itself
        return HandedIn(student, path, f"can't be read: {getattr(problem, 'strerror', None) or problem}")
    return HandedIn(student, path)


def _student(path: Path, root: Path | None) -> str:
    """The name of the folder below the root, or else the file's, without what all files are called."""
    if root and len(parts := path.relative_to(root).parts) > 1:
        return parts[0]
    return COMMON.sub("", path.stem) or (path.parent.name if root is None else path.stem)
