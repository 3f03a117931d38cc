"""The remarks in the table: short, and in words that an instructor can act on."""

import signal

from vaelab.classroom.values import Other
from vaelab.exercises.engine import difference
from vaelab.exercises.engine.difference_wording import in_words

DISK = ("os.", "shutil.", "tempfile.", "glob.", "mmap.", "pathlib.", "sqlite3.")
PROCESSES = (
    "os.fork",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.kill",
    "subprocess.",
    "pty.",
    "_thread.",
)
NETWORK = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.")
SHOWS = ("matplotlib", "IPython", "ipywidgets", "tqdm", "multiprocessing.synchronize")
MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate", "Unable to allocate")
TOO_LONG = "ran longer than"


class Told(Exception):
    """What stopped an answer in its process. kind: the exception's name there; line: the answer's line."""

    kind = line = ""

    @classmethod
    def of(cls, kind: str, message: str, line: str) -> "Told":
        """One with all of that."""
        told = cls(message)
        told.kind, told.line = kind, line
        return told


def ended_early(ended: str, exit_code: int, seconds: float, memory: int) -> str | None:
    """Why a process has sent nothing, if it has not."""
    match ended:
        case "time":
            return f"{TOO_LONG} {seconds:g} s"
        case "memory":
            return f"needed more than {memory} MB"
        case "much":
            return "gives more than could be sent"
        case "early" if exit_code >= 0:
            return "ended the process"
        case "early":
            name = signal.Signals(-exit_code).name
            return f"{TOO_LONG} {seconds:g} s" if name == "SIGXCPU" else f"crashed the process ({name})"
    return None


def refusal(refused: list[list[str]]) -> str | None:
    """What it tried and was not let, if anything."""
    if not refused:
        return None
    event, *arguments = refused[0]
    about = " ".join(arguments)
    if event == "failed":
        return f"broke the process that runs it: {about[:100]}"
    if "vaelab" in about:
        return "tried to reach the course's own"
    if event == "import" and about.startswith(SHOWS):
        return f"imports {arguments[0]}: plots and progress bars don't belong in answers"
    if event == "import":
        return f"imports {arguments[0] if arguments else 'something'}, which is not there when answers are checked"
    if event.startswith(PROCESSES):
        return "tried to start or end a process or a thread"
    if event.startswith(NETWORK):
        return "tried to reach the network"
    if event == "open" and len(arguments) > 1 and not set(arguments[1]) & set("wax+"):
        return f"tried to read {arguments[0][:60]}"
    if event == "open" or event.startswith(DISK):
        return "tried to write to the disk"
    return f"tried to reach past Python ({event})"


def short(found: difference.Difference, memory: int) -> str:
    """What differs, in one line."""
    if isinstance(found, difference.Stopped):
        return _stopped(found.exception, memory)
    if isinstance(found, difference.OtherKind) and isinstance(found.given, Other):
        return f"gives something else than was expected: {found.given.kind}"
    return " ".join(in_words(found))[:200]


def _stopped(exception: BaseException | None, memory: int) -> str:
    if not isinstance(exception, Told):
        return "ends before it has given all that was expected"
    kind, message, line = exception.kind, str(exception), exception.line
    if kind == "MemoryError" or any(part in message for part in MEMORY):
        return f"needed more than {memory} MB"
    if "can't start new thread" in message:
        return "tried to start or end a process or a thread"
    if kind == "SystemExit":
        return "called exit()"
    said = f"{kind}: {message}".splitlines()[0][:120].rstrip(": ")
    return f"stopped with {said}" + (f", at {line[:60]}" if line else "")
