"""Which files were handed in, and by whom: a flat folder, a folder for each student, or nbgrader's."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LARGEST = {".json": 5_000_000, ".ipynb": 100_000_000}  # bytes
NOTEBOOKS = (
    *("00_start_here", "01_autoencoders", "02_denoising", "03_holes_in_the_latent_space"),
    *("04_a_code_that_is_a_distribution", "05_kl_divergence", "06_elbo", "07_reparameterization"),
    *("08_a_vae_from_scratch", "09_three_losses", "10_moving_through_the_latent_space", "11_further"),
)
COMMON = re.compile(rf"[-_. ]*({'|'.join(('vaelab-progress', *NOTEBOOKS))})$")  # they say nothing of a student


class HandedIn(NamedTuple):
    """A file, whose it is, and why it can't be read, if it can't."""

    student: str
    path: Path
    problem: str = ""


def handed_in(places: list[Path]) -> list[HandedIn]:
    """All progress files and notebooks in the folders, and the files that are named themselves.

    A folder that holds `submitted` is taken for nbgrader's. Links are not followed: they may lead to another's work.
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


def taken_together(files: list[HandedIn]) -> dict[str, list[str]]:
    """{student: files that may be two students'}: two of the same kind beside each other that became one name."""
    alike: dict[tuple[str, Path, str], list[str]] = defaultdict(list)
    for student, path, _ in files:
        common = COMMON.search(path.stem)
        which = common[1] if common and path.suffix.lower() == ".ipynb" else ""
        if COMMON.sub("", path.stem) == student:
            alike[student, path.parent, path.suffix.lower() + which].append(path.name)
    return {student: names for (student, *_), names in alike.items() if len(names) > 1}


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
        if root and path.is_symlink():
            return HandedIn(student, path, "is a link: not read. Ask for the file itself")
        if not path.is_file():
            return HandedIn(student, path, "is no file: not read")
        largest, size = LARGEST.get(path.suffix.lower(), 0), path.stat().st_size
        if size > largest:
            is_too_large = f"is {size / 1e6:,.0f} MB large, and at most {largest / 1e6:,.0f} are read"
            return HandedIn(student, path, is_too_large if largest else "is no .json and no .ipynb: not read")
    except OSError as problem:
        return HandedIn(student, path, f"can't be read: {problem.strerror}")
    return HandedIn(student, path)


def _student(path: Path, root: Path | None) -> str:
    """The name of the folder below the root, or else the file's, without what all files are called."""
    if root and len(parts := path.relative_to(root).parts) > 1:
        return parts[0]
    return COMMON.sub("", path.stem) or (path.parent.name if root is None else path.stem)
