"""What a process that runs an answer may still do: compute. Used by worker.py, which loads this file by its path.

The limits of the system hold for whatever runs, C code too. The hook is Python's own: it can say what was tried.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

with contextlib.suppress(ImportError):  # Windows has none
    import resource

NOBODY = 65534

# Events of Python's that reach nothing outside of the process. All others are refused.
HARMLESS = {
    *("compile", "exec", "builtins.id", "builtins.input", "builtins.input/result", "builtins.breakpoint"),
    *("object.__getattr__", "object.__setattr__", "object.__delattr__", "code.__new__", "function.__new__"),
    *("sys._getframe", "sys._getframemodulename", "sys.unraisablehook", "sys.excepthook", "sys.settrace"),
    *("sys.setprofile", "sys._current_frames", "sys._current_exceptions", "sys.addaudithook", "time.sleep"),
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "pickle.find_class", "marshal.loads", "array.__new__"),
    *("marshal.dumps", "marshal.load", "_thread.allocate_lock", "resource.getrusage"),
}


def close(memory: int, seconds: float) -> None:
    """Sets the limits. memory: in MB, beyond what the process has now."""
    no_more = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(resource.getrusage(resource.RUSAGE_SELF).ru_utime + seconds) + 2,
        "RLIMIT_FSIZE": 0,  # no file may grow
        "RLIMIT_NPROC": 0,  # nor a process or thread be started
        "RLIMIT_AS": _size() + memory * 1_000_000,
        "RLIMIT_NOFILE": 0,  # nor anything be opened, a socket or the course's own files
    }
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY) if hasattr(os, "setresgid") else os.setgid(NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY) if hasattr(os, "setresuid") else os.setuid(NOBODY)
        except OSError:
            pass  # a container may not know nobody; the limits hold all the same
    for name, most in no_more.items():
        if hasattr(resource, name) and (name != "RLIMIT_AS" or sys.platform == "linux"):
            resource.setrlimit(getattr(resource, name), (most, most))


def hook(refused: list[list[str]]) -> Callable[[str, tuple[Any, ...]], None]:
    """Refuses what is not harmless, and notes it."""

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in HARMLESS:
            return
        refused.append([event, *(str(a)[:200] for a in arguments[:2] if isinstance(a, str | bytes | int))])
        raise PermissionError(f"{event} is not allowed where answers are checked")

    return refuse


def _size() -> int:
    """The address space that is in use, in bytes."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return resource.RLIM_INFINITY // 2
