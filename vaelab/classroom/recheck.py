"""Whether an answer that was handed in is right: its code is run in another process, which is told nothing of what is.

The reference and the comparison are here; the answer is not. There are fresh cases at each run, so what was right for
others only because it was written down is wrong for these.
"""

import json
import secrets
import struct
import sys
import tempfile
from collections import Counter
from queue import Queue
from threading import Lock
from types import TracebackType
from typing import Any, NamedTuple

from torch import Generator, Tensor

from vaelab.classroom.process import Worker
from vaelab.classroom.program import Program
from vaelab.classroom.questions import questions
from vaelab.classroom.values import Other, decoded
from vaelab.classroom.words import TOO_LONG, Told, ended_early, refusal, short
from vaelab.exercises.engine.ask import Outcome, Seen, ask, pytorch_as_it_comes, read
from vaelab.exercises.engine.check import Exercise

NOT_LET = ("PermissionError", "Operation not permitted", "Unable to open")  # which an honest answer may come to, too
LONGEST = 4_000_000  # bytes of all that is no tensor
LATE = 3  # answers of one student that may use all of their time up; an honest one takes a fraction of a second


class Found(NamedTuple):
    """right: whether it came to the same as the reference in all cases. why: what there is to say, if it did not.

    odd: whether it did what no honest answer does, or was not let do it
    """

    right: bool
    why: str = ""
    odd: bool = False


class Judge:
    """Checks answers in processes with limits of time and memory. Several threads may ask at the same time.

    seconds: how long one answer may take
    memory: how much it may need, in MB
    workers: how many answers may run at the same time
    seed: of the cases; drawn anew if none is given

    Raises RuntimeError where there is no `fork`: on Windows.
    """

    def __init__(self, seconds: float = 20, memory: int = 1000, workers: int = 1, seed: int | None = None):
        if sys.platform == "win32":
            raise RuntimeError(
                "Answers are checked on Linux and macOS: Windows can't limit what a process may do in the way that is "
                "needed. The Windows Subsystem for Linux can."
            )
        self.seconds, self.memory = seconds, memory
        self.seed = secrets.randbits(48) if seed is None else seed
        self._expected: dict[str, list[Outcome]] = {}
        self._questions: dict[tuple[str, ...], dict[str, Any]] = {}
        self._late: Counter[str] = Counter()  # answers that ran too long, by student
        self._one_at_a_time = Lock()  # PyTorch has one random state for all threads
        self._folder = tempfile.TemporaryDirectory(prefix="vaelab-")
        self._workers: Queue[Worker] = Queue()
        for _ in range(workers):
            self._workers.put(Worker(self._folder.name))

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        while not self._workers.empty():
            self._workers.get().stop()
        self._folder.cleanup()

    def check(self, exercise: Exercise, program: Program, student: str = "") -> Found:
        """Runs the answer and compares what came.

        student: whose it is; after three that used their time up, the others have a tenth of it, and a second at least
        """
        seconds = self.seconds if self._late[student] < LATE else min(self.seconds, max(1.0, self.seconds / 10))
        request = self._asked(exercise, program.course) | {
            "text": program.text,
            "name": exercise.name,
            "libraries": program.libraries,
            "allowed": program.course,
            "seed": self.seed,
            "seconds": seconds,
            "memory": self.memory,
        }
        worker = self._workers.get()
        try:
            head, _, sent = worker.exchange(json.dumps(request).encode()).partition(b"\n")
        except (OSError, EOFError) as problem:
            worker.stop()  # and is started again for the next
            return Found(False, f"could not be checked: {problem}", odd=True)
        finally:
            self._workers.put(worker)
        how = json.loads(head)
        if why := ended_early(how["ended"], how["exit"], seconds, self.memory):
            if student and why.startswith(TOO_LONG):
                self._late[student] += 1
            return Found(False, why, odd=True)
        try:
            outcomes, refused = outcomes_in(sent)
            why = refusal(refused)
        except Exception:  # whatever was put into the place of what the worker sends
            return Found(False, "sent something else than values: read the code", odd=True)
        if why:
            return Found(False, why, odd=True)
        return self._compared(exercise, outcomes)

    def _asked(self, exercise: Exercise, course: list[str]) -> dict[str, Any]:
        with self._one_at_a_time:
            key = (exercise.name, *course)
            return self._questions.get(key) or self._questions.setdefault(key, questions(exercise, course))

    def _compared(self, exercise: Exercise, outcomes: list[Outcome]) -> Found:
        with self._one_at_a_time:
            name = exercise.name
            expected = self._expected.get(name) or self._expected.setdefault(name, self._ask(exercise))
        with pytorch_as_it_comes():
            for case, (given, wanted) in enumerate(zip(outcomes, expected, strict=False), start=1):
                try:
                    off = exercise.difference(_read(given, wanted), _read(wanted, wanted))
                    if off is not None:
                        why = short(off, self.memory)
                        return Found(False, why, odd=any(part in why for part in NOT_LET))
                except Exception:  # nothing that is expected can be read off it
                    return Found(False, f"in case {case} it gives what can't be compared")
        if len(outcomes) != len(expected):
            return Found(False, "sent something else than values: read the code", odd=True)
        return Found(True)

    def _ask(self, exercise: Exercise) -> list[Outcome]:
        with pytorch_as_it_comes():
            cases = exercise.cases(Generator().manual_seed(self.seed))
            return [ask(exercise.reference, case, exercise.observe, exercise.differentiable) for case in cases]


def outcomes_in(sent: bytes) -> tuple[list[Outcome], list[list[str]]]:
    """What the worker sent, as outcomes with plain tensors and numbers, and what it refused."""
    (length,) = struct.unpack_from("<Q", sent)
    if length > LONGEST:
        raise ValueError("that many names and numbers belong to no answer")
    message, data = json.loads(sent[8 : 8 + length]), bytearray(sent[8 + length :])
    if "failed" in message:
        return [], [["failed", str(message["failed"]).strip().splitlines()[-1]]]
    outcomes = []
    for values, stopped, changed in message["outcomes"]:
        exception = Told.of(*map(str, stopped)) if stopped else None
        plain = {str(name): decoded(value, data) for name, value in values.items()}
        outcomes.append(Outcome(plain, exception, [str(name) for name in changed], None))
    return outcomes, [[str(part) for part in event] for event in message["refused"]]


def _read(outcome: Outcome, reader: Outcome) -> Outcome:
    """The outcome with what is to be read off it read, by the reader's own functions."""
    values = dict(outcome.values)
    for name, wanted in reader.values.items():
        if isinstance(wanted, Seen) and name in values:
            given = values[name]
            alike = isinstance(given, Seen) and _shapes(given.given) == _shapes(wanted.given)
            values[name] = read(Seen(given.given, wanted.read)) if alike else Other("something of another shape")
    return outcome._replace(values=values)


def _shapes(parts: tuple[Any, ...]) -> list[Any]:
    return [part.shape if isinstance(part, Tensor) else type(part) for part in parts]
