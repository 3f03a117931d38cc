"""What a cell has freed goes back to the system."""

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from vaelab import memory

# 1,000 pieces of 100 kB, every other one freed: the holes stay with glibc, as what a training leaves does.
FRAGMENTED = """
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4 // 1024
pieces = [libc.malloc(100_000) for _ in range(1000)]
for piece in pieces:
    ctypes.memset(piece, 1, 100_000)
full = resident()
for piece in pieces[::2]:
    libc.free(piece)
"""
THERE = "print(full - resident())"


def printed(code: str) -> int:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1])


@pytest.mark.skipif(memory._trim is None, reason="glibc alone keeps it")
def test_what_has_been_freed_is_given_back():
    assert printed(FRAGMENTED + THERE) < 5
    assert printed(f"from vaelab import memory\n{FRAGMENTED}\nmemory.give_back()\n{THERE}") > 40


@pytest.mark.skipif(memory._trim is None, reason="glibc alone keeps it")
def test_in_a_notebook_after_each_cell():
    cells = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import vaelab")
shell.run_cell({FRAGMENTED!r})
shell.run_cell({THERE!r})
"""
    assert printed(cells) > 40
    assert printed(cells.replace("import vaelab", "pass")) < 5


def test_it_is_asked_for_once_and_outside_of_ipython_not_at_all(monkeypatch):
    memory.give_back_after_each_cell()  # no shell here: nothing to do
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    for _ in range(3):
        memory.give_back_after_each_cell()
    assert shell.events.callbacks["post_run_cell"].count(memory.give_back) == 1


def test_where_there_is_no_glibc_nothing_is_done(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory._glibcs_trim() is None
    monkeypatch.setattr(memory, "_trim", None)
    memory.give_back()
