"""Runs the notebooks with other seeds, and asks of each verdict how near it comes to failing.

python -m tools.claims                       all notebooks
python -m tools.claims 03 09                 these
SEEDS=1 THREADS=1 python -m tools.claims 03  with the notebook's own seeds alone, a quick look

Each notebook is run with its own seeds and with four others, by one thread and by two; as many runs at once as there
are cores for their threads. What a run measured is kept in `.claims`, so that the command, which takes long, can be
stopped and started again: a run is made again only where it failed, or after its notebook or the package has changed.

`tests/claims.md` gets a row for each verdict: its bound, what was measured, and its room: how far from the bound the
worst run stays, as a share of how far the middle one does. A claim that fails, or that has less than a fifth of the way
left, makes the command fail.
"""

import hashlib
import json
import math
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

import nbformat
from nbclient.exceptions import CellExecutionError

import vaelab
from tools import notebooks

RECORD = Path(__file__).parents[1] / "tests" / "claims.md"
KEPT = Path(__file__).parents[1] / ".claims"
LEAST_ROOM = 0.2
THREADS = tuple(int(number) for number in os.environ.get("THREADS", "1 2").split())
HEAD = """# What the verdicts measure with other seeds

Written by `make claims`. Every verdict of the notebooks, with the notebook's own seeds and with every seed raised by
1000, 2000, ...; a table says by how many threads. Room: how far the worst run stays from the bound, as a share of how
far the middle one does; at least 0.2.
"""

# Every seed of the notebook is raised, those of the package too; verdicts are written down beside being printed.
FIRST = """\
import json, os, torch
class Generator(torch.Generator):
    def manual_seed(self, seed, _raised=int(os.environ["VAELAB_SEED_RAISED"])):
        return super().manual_seed(seed + _raised)
class Default:
    def __getattr__(self, name, _generator=torch.default_generator):
        return getattr(_generator, name)
    def manual_seed(self, seed, _generator=torch.default_generator, _raised=int(os.environ["VAELAB_SEED_RAISED"])):
        return _generator.manual_seed(seed + _raised)
torch.Generator, torch.default_generator = Generator, Default()
torch.manual_seed = torch.default_generator.manual_seed
import vaelab
from vaelab.verdict import _numbers
def noted(claim, value, *, above=None, below=None, _verdict=vaelab.verdict, _numbers=_numbers, _dumps=json.dumps,
          _open=open, _path=os.environ["VAELAB_CLAIMS"]):
    numbers = [] if above is None and below is None else _numbers(value)
    with _open(_path, "a") as file:
        print(_dumps([claim, above, below, numbers, bool(numbers) or bool(value)]), file=file)
    _verdict(claim, value, above=above, below=below)
vaelab.verdict = noted
del Generator, Default, noted, json, os, _numbers"""


class Claim(NamedTuple):
    """A verdict, told from the others of its notebook by its words, and its bounds."""

    words: str
    above: float | None
    below: float | None

    def distance(self, numbers: list[float]) -> float:
        """How far the nearest of the numbers is from the bound; below 0 where it is beyond."""
        lower = [x - self.above for x in numbers] if self.above is not None else []
        upper = [self.below - x for x in numbers] if self.below is not None else []
        return math.nan if any(map(math.isnan, numbers)) else min(lower + upper)


class Run(NamedTuple):
    """What one run of a notebook measured: the numbers of each claim, or whether it held where it has no bound."""

    numbers: dict[Claim, list[float]]
    held: dict[Claim, bool]


def run(path: Path, raised: int, threads: int) -> Run:
    """The verdicts of a notebook with every seed raised."""
    kept = KEPT / f"{path.stem}-{state_of(path)}-{raised}-{threads}"
    measured = kept.read_text() if kept.exists() else None
    if measured is None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "claims")
            environment = {
                "VAELAB_CLAIMS": str(file),
                "VAELAB_SEED_RAISED": str(raised),
                "VAELAB_PROGRESS": str(Path(folder, "progress.json")),
                "OMP_NUM_THREADS": str(threads),
            }
            notebook = nbformat.read(path, as_version=4)
            notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST))
            failed = False
            try:
                notebooks.run(notebook, path.parent, environment)
            except CellExecutionError as problem:
                failed = True
                print(f"{path.stem}, seeds + {raised}: {str(problem).strip().splitlines()[-1]}", flush=True)
            measured = file.read_text() if file.exists() else ""
        if not failed:
            KEPT.mkdir(exist_ok=True)
            kept.write_text(measured)
    found = Run({}, {})
    for line in measured.splitlines():
        words, above, below, numbers, held = json.loads(line)
        claim = Claim(words, above, below)
        if numbers:
            found.numbers.setdefault(claim, []).extend(numbers)
        else:
            found.held[claim] = held and found.held.get(claim, True)
    return found


def state_of(path: Path) -> str:
    """Stands for the code that a notebook's verdicts depend on: its own and the package's."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    code += [file.read_text() for file in sorted(Path(vaelab.__file__).parent.rglob("*.py"))]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]


def runs_of(path: Path, seeds: list[int], threads: int) -> list[Run]:
    """One for each seed, as many at once as the cores allow: runs that share a core's time wait for one another."""
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // threads)) as pool:
        return list(pool.map(lambda raised: run(path, raised, threads), seeds))


def room(claim: Claim, runs: list[Run]) -> float:
    """The distance of the worst run from the bound, as a share of the middle one's; negative where the claim fails."""
    distances = [claim.distance(each.numbers[claim]) for each in runs if claim in each.numbers]
    if any(map(math.isnan, distances)):
        return math.nan
    worst, middle = min(distances), median(distances)
    return worst / middle if middle > 0 else min(worst, -1.0)


def table(runs: list[Run]) -> tuple[list[str], int]:
    """The rows of a notebook's claims, and how many of them fail or have too little room."""
    rows, bad = [], 0
    for claim in dict.fromkeys(claim for each in runs for claim in each.numbers):
        left = room(claim, runs)
        enough = left >= LEAST_ROOM  # of nan nothing is true, this neither
        bad += not enough or any(claim not in each.numbers for each in runs)
        bounds = [f"{sign} {x:g}" for sign, x in ((">", claim.above), ("<", claim.below)) if x is not None]
        measured = ["/".join(f"{x:.3g}" for x in each.numbers.get(claim, [])) or "missing" for each in runs]
        words = f"{claim.words} ({', '.join(bounds)})".replace("|", r"\|")
        rows.append(f"| {words} | {left:.2f}{'' if enough else ' **!**'} | {' '.join(measured)} |")
    for claim in dict.fromkeys(claim for each in runs for claim in each.held):
        held = [each.held.get(claim, False) for each in runs]
        bad += not all(held)
        words = claim.words.replace("|", r"\|")
        rows.append(f"| {words} |{'' if all(held) else ' **!**'} | {sum(held)} of {len(held)} |")
    return rows, bad


def main(words: list[str]) -> int:
    """How many claims fail or have too little room, at most 1."""
    seeds = [1000 * i for i in range(int(os.environ.get("SEEDS", 5)))]
    bad = 0
    for path in [p for p in notebooks.paths() if not words or p.stem[:2] in words]:
        runs = [found for threads in THREADS for found in runs_of(path, seeds, threads)]
        rows, of_these = table(runs)
        bad += of_these
        if not rows:
            continue
        print(f"{path.stem}: {len(rows)} verdicts, {of_these} of them fail or have too little room", flush=True)
        print("\n".join(row for row in rows if "**!**" in row or "missing" in row), flush=True)
        by = ", then by ".join("one thread" if number == 1 else f"{number} threads" for number in THREADS)
        head = f"| verdict | room | measured: {len(seeds)} seeds by {by} |\n|---|---|---|\n"
        text = RECORD.read_text() if RECORD.exists() else HEAD  # now: another process may work on other notebooks
        sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
        sections[path.stem] = "\n" + head + "\n".join(rows) + "\n"
        RECORD.write_text(HEAD + "".join(f"\n## {name}\n{sections[name]}" for name in sorted(sections)))
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
