"""What a student has done, in a plain file of theirs: written after each attempt, read by `vl.progress()`.

The file is JSON, {number: {what was done}}. It is called vaelab-progress.json and lies beside the notebooks; the
environment variable VAELAB_PROGRESS names another place.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from vaelab.console import say

Record = dict[str, Any]


def path() -> Path:
    """The file of whoever runs this kernel."""
    return Path(os.environ.get("VAELAB_PROGRESS") or "vaelab-progress.json")


def read(file: str | Path) -> dict[str, Record]:
    """{number: record}, from a file that a student has handed in. Raises ValueError where it holds something else."""
    try:
        return _load(Path(file))
    except FileNotFoundError:
        raise FileNotFoundError(f"{file} is not there. Progress files are written as vaelab-progress.json.") from None
    except ValueError as problem:
        raise ValueError(f"{file} can't be read as a progress file: {problem}") from problem


def mine() -> dict[str, Record]:
    """{number: record}, from one's own file. Where it can't be had, that is said, and stops nothing."""
    try:
        return _own()
    except OSError as problem:
        say(f"(Your progress could not be read from {path()}: {problem})")
        return {}


def note(number: str, **what: Any) -> None:
    """Adds to the record of one exercise or prediction. What can't be written is said, and stops nothing."""
    try:
        records = _own()
        records[number] = records.get(number, {}) | what | {"when": datetime.now().isoformat(timespec="seconds")}
        target = Path(os.path.realpath(path()))  # a link stays one
        complete = target.with_name(f"{target.name}.{os.getpid()}.tmp")  # two notebooks may write at once
        complete.write_text(json.dumps(records, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(complete, target)  # all of it or nothing, should the kernel die here
    except OSError as problem:
        say(f"(Your progress could not be written to {path()}: {problem})")


def _own() -> dict[str, Record]:
    """Nothing where there is no file yet. One that holds something else is set aside, not overwritten."""
    try:
        return _load(path())
    except FileNotFoundError:
        return {}
    except ValueError as problem:
        aside = path().with_name(path().name + ".unreadable")
        os.replace(path(), aside)
        say(f"{path()} could not be read ({problem}). It was kept as {aside}, and a new one is begun.")
        return {}


def _load(file: Path) -> dict[str, Record]:
    records = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(records, dict) or not all(map(_is_record, records.values())):
        raise ValueError("it holds something else than the progress with exercises")
    return records


def _is_record(value: Any) -> bool:
    kinds = {"state": str, "tries": int, "hints": int}
    return isinstance(value, dict) and all(isinstance(value.get(name, kind()), kind) for name, kind in kinds.items())
