"""One process at a time: two notebooks of one student, which note something at the same moment."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 5.0  # seconds; a kernel that is stopped in a debugger may hold the lock, and nobody should wait for it


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else is in here with the same file, unless they are for more than PATIENCE seconds.

    The system gives the lock back when its process ends, however it ends. Some network drives have no locks: there
    two may be in here at once.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + PATIENCE
        while not _taken(handle) and time.monotonic() < until:
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)  # which gives it back


if sys.platform == "win32":
    import msvcrt

    def _taken(handle: int) -> bool:
        """Whether it is ours now."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import errno
    import fcntl

    def _taken(handle: int) -> bool:
        """Whether it is ours now, or can't be had at all."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            return problem.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
        return True
