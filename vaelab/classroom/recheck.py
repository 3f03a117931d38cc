"""Whether an answer that was handed in is right: its code is run in another process, which is told nothing of what is.

The reference and the comparison are here; the answer is not. There are fresh cases at each run, so what was right for
others only because it was written down is wrong for these.
"""

import json
import secrets
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from torch import Generator

from vaelab.classroom.program import Program
from vaelab.classroom.questions import questions
from vaelab.classroom.values import decoded
from vaelab.classroom.words import Told, ended_early, refusal, short
from vaelab.exercises.engine.ask import Outcome, Seen, ask, pytorch_as_it_comes, read
from vaelab.exercises.engine.check import Exercise

LONGEST = 4_000_000  # bytes of all that is no tensor


class Found(NamedTuple):
    """right: whether it came to the same as the reference in all cases. why: what there is to say."""

    right: bool
    why: str


class Judge:
    """Checks answers, one after the other, in processes with limits of time and memory.

    seconds: how long one answer may take
    memory: how much it may need, in MB
    seed: of the cases; drawn anew if none is given

    Raises RuntimeError where there is no `fork`: on Windows.
    """

    def __init__(self, seconds: float = 20, memory: int = 1000, seed: int | None = None):
        if sys.platform == "win32":
            raise RuntimeError(
                "Answers are checked on Linux and macOS: Windows can't limit what a process may do in the way that is "
                "needed. The Windows Subsystem for Linux can."
            )
        self.seconds, self.memory = seconds, memory
        self.seed = secrets.randbits(48) if seed is None else seed
        self._expected: dict[str, list[Outcome]] = {}
        self._questions: dict[tuple[str, ...], dict[str, Any]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="vaelab-")
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._stop()
        self._folder.cleanup()

    def check(self, exercise: Exercise, program: Program) -> Found:
        """Runs the answer and compares what came."""
        key = (exercise.name, *program.course)
        asked = self._questions.get(key) or self._questions.setdefault(key, questions(exercise, program.course))
        request = asked | {
            "text": program.text,
            "name": exercise.name,
            "libraries": program.libraries,
            "allowed": program.course,
            "seed": self.seed,
            "seconds": self.seconds,
            "memory": self.memory,
        }
        try:
            head, _, sent = self._exchange(json.dumps(request).encode()).partition(b"\n")
        except (OSError, EOFError) as problem:
            self._stop()  # the next one gets a new worker
            return Found(False, f"the process that checks ended: {problem}")
        how = json.loads(head)
        if why := ended_early(how["ended"], how["exit"], self.seconds):
            return Found(False, why)
        try:
            outcomes, refused = _outcomes(sent)
        except Exception:  # whatever was put into the place of what the worker sends
            return Found(False, "sent something else than values: look at the code")
        if why := refusal(refused):
            return Found(False, why)
        return self._compared(exercise, outcomes)

    def _compared(self, exercise: Exercise, outcomes: list[Outcome]) -> Found:
        expected = self._expected.get(exercise.name) or self._expected.setdefault(exercise.name, self._ask(exercise))
        with pytorch_as_it_comes():
            for case, (given, wanted) in enumerate(zip(outcomes, expected, strict=False), start=1):
                try:
                    off = exercise.difference(_read(given, wanted), _read(wanted, wanted))
                except Exception:  # what is read off it can't be
                    return Found(False, f"in case {case} it gives what can't be compared")
                if off is not None:
                    return Found(False, short(off, self.memory))
        if len(outcomes) != len(expected):
            return Found(False, "sent something else than values: look at the code")
        return Found(True, "")

    def _ask(self, exercise: Exercise) -> list[Outcome]:
        with pytorch_as_it_comes():
            cases = exercise.cases(Generator().manual_seed(self.seed))
            return [ask(exercise.reference, case, exercise.observe, exercise.differentiable) for case in cases]

    def _exchange(self, request: bytes) -> bytes:
        worker = self._worker = self._worker or self._started()
        assert worker.stdin and worker.stdout
        worker.stdin.write(struct.pack("<Q", len(request)) + request)
        worker.stdin.flush()
        head = worker.stdout.read(8)
        if len(head) < 8:
            raise EOFError("it says nothing any more")
        return worker.stdout.read(struct.unpack("<Q", head)[0])

    def _started(self) -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "MKL_NUM_THREADS": "1"},
        )
        assert worker.stdin
        settings = {"path": [p for p in sys.path if p], "folder": self._folder.name}
        worker.stdin.write(json.dumps(settings).encode() + b"\n")
        return worker

    def _stop(self) -> None:
        if self._worker:
            assert self._worker.stdin and self._worker.stdout
            self._worker.kill()
            self._worker.wait()
            self._worker.stdin.close()
            self._worker.stdout.close()
            self._worker = None


def _outcomes(sent: bytes) -> tuple[list[Outcome], list[list[str]]]:
    """What the worker sent, as outcomes with plain tensors and numbers, and what it refused."""
    (length,) = struct.unpack_from("<Q", sent)
    if length > LONGEST:
        raise ValueError("that many names and numbers belong to no answer")
    message, data = json.loads(sent[8 : 8 + length]), sent[8 + length :]
    outcomes = []
    for values, stopped, changed in message["outcomes"]:
        exception = Told(*map(str, stopped)) if stopped else None
        plain = {str(name): decoded(value, data) for name, value in values.items()}
        outcomes.append(Outcome(plain, exception, changed, None))
    return outcomes, [[str(part) for part in event] for event in message["refused"]]


def _read(outcome: Outcome, reader: Outcome) -> Outcome:
    """The outcome with what is to be read off it read, by the reader's own functions."""
    values = dict(outcome.values)
    for name, wanted in reader.values.items():
        if isinstance(wanted, Seen) and name in values:
            given = values[name]
            values[name] = read(Seen(given.given, wanted.read)) if isinstance(given, Seen) else given
    return outcome._replace(values=values)
