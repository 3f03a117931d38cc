"""tests/mutants.md: which mutants survive, and why none of them matters. It is read before a run and written after it.

A module has a section. In it stand paragraphs, each a reason, and below each the mutants it is the reason of, as diffs.
A survivor without a reason comes last, under NO_REASON: kill it by a test, or write a reason above it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from tools.mutants.changes import Mutant

PATH = Path(__file__).parents[2] / "tests" / "mutants.md"
NO_REASON = "**No reason yet.**"
HEAD = """# What survives `make mutants`

Each mutant is the package with one thing changed; the tests of its module, `tests/package/test_<module>.py`, and the
module's doctests should fail. Those below pass. Above each stands why that is no hole. `make mutants` reads this file
and writes it again: a survivor that is not here yet comes under "No reason yet", and the command fails.
"""

Key = tuple[str, str]  # the function and the diff: both stay where they are when lines above them move
Reasons = dict[str, dict[Key, str]]


def read() -> tuple[Reasons, dict[str, str]]:
    """The reason of each mutant, by module, and what is said of each module's run."""
    reasons, counts = {}, {}
    text = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    for section in text.split("\n## ")[1:]:
        heading, *paragraphs = section.split("\n\n")
        module = heading.strip()
        counts[module], reasons[module] = paragraphs.pop(0).strip(), {}
        for reason, diffs in zip(paragraphs[::2], paragraphs[1::2], strict=True):
            for function, diff in re.findall(r"@@ (.*?) @@\n(.*?)(?=\n@@|\n```)", diffs, flags=re.S):
                reasons[module][function, diff] = reason.strip()
    return reasons, counts


def key(mutant: Mutant) -> Key:
    """What tells a mutant from the others of its module."""
    return mutant.function, mutant.diff


def write(reasons: Reasons, counts: dict[str, str]) -> None:
    """Writes the file, sorted, so that it changes only where something else survives."""
    parts = [HEAD]
    for module in sorted(reasons):
        parts.append(f"## {module}\n\n{counts[module]}\n")
        for reason in sorted(set(reasons[module].values()), key=lambda reason: (reason == NO_REASON, reason)):
            diffs = sorted(key for key, why in reasons[module].items() if why == reason)
            block = "\n".join(f"@@ {function} @@\n{diff}" for function, diff in diffs)
            parts.append(f"{reason}\n\n```diff\n{block}\n```\n")
    PATH.write_text("\n".join(parts), encoding="utf-8")


def explained(found: Iterable[Mutant], known: dict[Key, str]) -> dict[Key, str]:
    """The survivors with their reasons."""
    return {key(mutant): known.get(key(mutant), NO_REASON) for mutant in found}
