"""What a student has done, in a plain file of theirs: written after each attempt, read by `vl.progress()`.

The file is JSON, {number: {what was done}}. It is called vaelab-progress.json and lies beside the notebooks; the
environment variable VAELAB_PROGRESS names another place, such as ~/vaelab-progress.json. Only its owner can read it.
"""

import json
import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from vaelab.console import say
from vaelab.exercises.engine.lock import alone

Record = dict[str, Any]


def path() -> Path:
    """The file of whoever runs this kernel."""
    return Path(os.environ.get("VAELAB_PROGRESS") or "vaelab-progress.json").expanduser()


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
    change(number, lambda before: what)


def change(number: str, added: Callable[[Record], Record]) -> None:
    """As `note`, with what is added made from the record as it is when no other notebook can write."""
    try:
        target = Path(os.path.realpath(path()))  # a link stays one
        _make_folder(target.parent)
        with alone(target.with_name(f"{target.name}.lock")):
            records = _own()
            before = records.get(number, {})
            records[number] = before | added(before) | {"when": datetime.now().isoformat(timespec="seconds")}
            _write(target, json.dumps(records, indent=1, ensure_ascii=False))
    except OSError as problem:
        say(f"(Your progress could not be written to {path()}: {problem})")


def _make_folder(folder: Path) -> None:
    """The folder, and those above it that are missing, for their owner alone."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(target: Path, text: str) -> None:
    """All of it or nothing, should the kernel die here; and whatever the umask, for its owner alone to read."""
    handle, complete = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".tmp", dir=target.parent)  # made as 0600
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(complete, target)
    except OSError:
        os.unlink(complete)
        raise


def _own() -> dict[str, Record]:
    """Nothing where there is no file yet. One that holds something else is set aside, not overwritten."""
    try:
        return _load(path())
    except FileNotFoundError:
        return {}
    except ValueError as problem:
        aside = path().with_name(path().name + ".unreadable")
        os.replace(path(), aside)
        aside.chmod(0o600)
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
