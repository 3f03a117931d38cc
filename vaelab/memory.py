"""What a cell has freed goes back to the system: glibc keeps it, 20 to 160 MB after a notebook of the course."""

import ctypes
import sys
from collections.abc import Callable


def _glibcs_trim() -> Callable[[int], int] | None:
    """malloc_trim, where there is one; macOS and Windows give memory back in ways of their own."""
    if not sys.platform.startswith("linux"):
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is not None:
        trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim


_trim = _glibcs_trim()


def give_back(_result: object = None) -> None:
    """Hands what this process has freed back to the system. IPython calls it with what a cell gave."""
    if _trim is not None:
        _trim(0)


def give_back_after_each_cell() -> None:
    """In IPython, a notebook's kernel for instance; elsewhere nothing. Once, however often it is called."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.events.register("post_run_cell", give_back)
