"""A class on a real JupyterHub: so many students log in at once, run 00 and then 10, drag in a widget, save, leave.

python -m benchmarks.classroom            1, 4, 16 and 32 students, and writes benchmarks/classroom.md: half an hour
python -m benchmarks.classroom 2 8        these numbers only: printed, not written
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.report import machine
from tools.hub import Hub
from tools.student import Run, Student

CLASSES = (1, 4, 16, 32)
NOTEBOOKS = ("00_start_here", "10_moving_through_the_latent_space")
REPORT = Path(__file__).with_name("classroom.md")
START, END = "<!-- written by make class: from here -->", "<!-- to here -->"
MB = 1e6


@dataclass
class Desk:
    """What one student saw, and what their processes took at the end of each notebook.

    Times in seconds, memory in MB: `private` is a process's own, `share` has its part of what several map.
    """

    arrival: float = 0.0
    runs: list[Run] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    private: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    drags: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass
class Lesson:
    """A class of some size: its students' desks, how long each notebook took until the last had it, the machine."""

    desks: list[Desk]
    walls: list[float]
    memory: float
    load: float

    @property
    def failures(self) -> list[str]:
        """Whatever went wrong, for anybody."""
        return [one for desk in self.desks for one in [*desk.failures, *(f for run in desk.runs for f in run.failures)]]


async def lesson(hub: Hub, students: int, notebooks: Sequence[str] = NOTEBOOKS) -> Lesson:
    """One class from the first log-in to the last log-out."""
    before = psutil.virtual_memory().available
    desks = [Desk() for _ in range(students)]
    walls: list[float] = []
    async with AsyncExitStack() as room:
        names = [f"student{i + 1}" for i in range(students)]
        class_ = [await room.enter_async_context(Student(name, hub.address, hub.password)) for name in names]
        watch = asyncio.create_task(_watched(before))
        await _all(desks, [_arrives(student, desk) for student, desk in zip(class_, desks, strict=True)])
        for name in notebooks:
            _tell(f"{students} students: {name}")
            began = time.perf_counter()
            await _all(desks, [_runs(hub, s, desk, name) for s, desk in zip(class_, desks, strict=True)])
            walls.append(time.perf_counter() - began)
        await _all(desks, [student.leave() for student in class_])
        watch.cancel()
        memory, load = await watch
    return Lesson(desks, walls, memory, load)


async def _all(desks: list[Desk], doing: list[Awaitable]) -> None:
    """Everybody at once; what goes wrong for one stops nobody else, and that one does no more."""
    for desk, result in zip(desks, await asyncio.gather(*doing, return_exceptions=True), strict=True):
        if isinstance(result, BaseException):
            desk.failures.append(f"{type(result).__name__}: {result}")


async def _arrives(student: Student, desk: Desk) -> None:
    desk.arrival = await student.arrive()


async def _runs(hub: Hub, student: Student, desk: Desk, name: str) -> None:
    """Runs a notebook, drags where it shows an explorer, and closes it: an open one would keep its kernel."""
    if desk.failures:
        return
    worked = sum(map(_seconds, hub.processes(student.name)))
    run = await student.run(f"notebooks/{name}.ipynb")
    desk.runs.append(run)
    server, kernel = hub.processes(student.name)
    desk.work.append(_seconds(server) + _seconds(kernel) - worked)
    held = [process.memory_full_info() for process in (server, kernel)]
    desk.server.append(held[0].uss / MB)
    desk.private.append(held[1].uss / MB)
    desk.share.append(held[1].pss / MB)
    if student.explorers(run):
        desk.drags += await student.drag(run, [(i / 10, -i / 10) for i in range(20)])
    await student.close_notebook()


def _seconds(process: psutil.Process) -> float:
    """A process's seconds of processor time so far."""
    times = process.cpu_times()
    return times.user + times.system


async def _watched(before: float) -> tuple[float, float]:
    """The most memory in use, over what was before, in MB, and the highest load, until this is cancelled."""
    memory = load = 0.0
    try:
        while True:
            memory = max(memory, (before - psutil.virtual_memory().available) / MB)
            load = max(load, os.getloadavg()[0])
            await asyncio.sleep(1)
    except asyncio.CancelledError:
        return memory, load


HEAD = [
    "students",
    "a server: median, slowest",
    "00: median, slowest",
    "10: median, slowest",
    "work of one: 00, 10",
    "00, 10: to the sum of the work",
    "went wrong",
    "server",
    "kernel after 00, 10",
    "its share",
    "in use at the peak",
    "a drag: median, slowest",
    "load",
]


def row(lesson: Lesson) -> list[str]:
    """One line of the table."""
    desks = [desk for desk in lesson.desks if len(desk.runs) == len(NOTEBOOKS)]
    if not desks:
        failed = {"students": str(len(lesson.desks)), "went wrong": str(len(lesson.failures))}
        return [failed.get(name, "") for name in HEAD]
    cores = min(len(desks), psutil.cpu_count() or 1)
    work = [[desk.work[i] for desk in desks] for i in range(len(NOTEBOOKS))]
    ratios = [wall * cores / sum(seconds) for wall, seconds in zip(lesson.walls, work, strict=True)]
    return [
        str(len(lesson.desks)),
        _times(desk.arrival for desk in lesson.desks),
        *(_times(desk.runs[i].seconds for desk in desks) for i in range(len(NOTEBOOKS))),
        ", ".join(f"{statistics.median(seconds):.0f} s" for seconds in work),
        ", ".join(f"{ratio:.2f}" for ratio in ratios),
        str(len(lesson.failures)),
        f"{statistics.median(max(desk.server) for desk in desks):.0f} MB",
        ", ".join(f"{statistics.median(desk.private[i] for desk in desks):.0f} MB" for i in range(len(NOTEBOOKS))),
        ", ".join(f"{statistics.median(desk.share[i] for desk in desks):.0f} MB" for i in range(len(NOTEBOOKS))),
        f"{lesson.memory / 1000:.1f} GB",
        _times((x for desk in desks for x in desk.drags), digits=2),
        f"{lesson.load:.0f}",
    ]


def table(rows: Iterable[list[str]]) -> str:
    """As Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times(seconds: Iterable[float], digits: int = 0) -> str:
    all_ = list(seconds)
    return f"{statistics.median(all_):.{digits}f}, {max(all_):.{digits}f} s"


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> None:
    """Holds a class of each size, each on a hub that is new."""
    if not all(argument.isdecimal() and int(argument) for argument in arguments):
        sys.exit("python -m benchmarks.classroom takes numbers of students: python -m benchmarks.classroom 1 4")
    sizes = [int(argument) for argument in arguments] or list(CLASSES)
    lessons: list[Lesson] = []
    for students in sizes:
        with tempfile.TemporaryDirectory() as folder, Hub(Path(folder) / "hub") as hub:
            lessons.append(asyncio.run(lesson(hub, students)))
            log = hub.log()
        if wrong := lessons[-1].failures:
            kept = Path(tempfile.gettempdir()) / f"vaelab-class-of-{students}.log"
            kept.write_text(log)
            _tell("\n".join([f"Went wrong (the hub's log is kept as {kept}):", *wrong]))
        print(made := table(map(row, lessons)), flush=True)
    received = sum(run.received for run in lessons[0].desks[0].runs) / MB
    if not arguments:
        before, _, rest = REPORT.read_text(encoding="utf-8").partition(START)
        said = f"On {machine()}.\n\n{made}\n\nBoth notebooks send a student {received:.0f} MB."
        REPORT.write_text(f"{before}{START}\n{said}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
