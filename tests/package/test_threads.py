"""How many threads PyTorch has while other processes keep cores busy, with a clock and counters that the test sets."""

import subprocess
import sys

import pytest
import torch

from vaelab import threads
from vaelab.threads import Threads, Used


@pytest.fixture
def machine(monkeypatch):
    """Four cores and four threads; `machine(seconds, all, own)` lets time pass in which so many cores were used."""
    now, set_to = Used(0.0, 0.0, 0.0), [4]
    monkeypatch.setattr(torch, "get_num_threads", lambda: set_to[-1])
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setattr(threads.time, "perf_counter", lambda: now.when)
    monkeypatch.setattr(Threads, "used", lambda self: now)
    found = Threads()
    found.cores = range(4)

    def passes(seconds, by_all, by_us):
        nonlocal now
        now = Used(now.when + seconds, now.all + seconds * by_all, now.own + seconds * by_us)
        found.look()
        return set_to[-1]

    passes.threads, passes.set_to = found, set_to
    return passes


def test_alone_it_has_all_threads(machine):
    for _ in range(20):
        assert machine(0.3, 4.0, 3.9) == 4
    assert machine.set_to == [4], "nothing was changed"


def test_beside_others_it_has_the_cores_that_are_left(machine):
    assert machine(0.3, 4.0, 3.0) == 3  # one core is busy
    assert machine(0.3, 4.0, 2.0) == 2  # another training, with as many threads
    assert machine(0.3, 4.0, 2.0) == 2, "and so it stays"
    assert machine(0.3, 4.0, 0.1) == 1, "never none"
    assert machine(0.3, 1.0, 1.0) == 4, "as soon as they are gone"


def test_it_looks_a_few_times_a_second_only(machine):
    assert machine(0.1, 4.0, 1.0) == 4 and machine(0.1, 4.0, 1.0) == 4
    assert machine(0.1, 4.0, 1.0) == 1


def test_afterwards_there_are_as_many_as_before(machine):
    machine(0.3, 4.0, 1.0)
    machine.threads.restore()
    assert machine.set_to == [4, 1, 4]


def test_one_thread_is_never_looked_after(machine):
    machine.threads.most = 1
    assert machine(1.0, 4.0, 0.0) == 4


def test_what_is_used_is_counted():
    """A process that is busy counts for all, and not as our own; our own work counts for both."""
    found = Threads()
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        before = found.used()
        while found.used().when < before.when + 1.0:
            torch.rand(1000).sum()
        after = found.used()
    finally:
        busy.kill()
        busy.wait()
    seconds, by_all, by_us = (b - a for a, b in zip(before, after, strict=True))
    assert 0 < by_us <= 1.3 * seconds * torch.get_num_threads()
    assert by_all >= 0.8 * by_us and by_all <= 1.1 * seconds * len(list(found.cores))
    assert by_all - by_us > 0.1 * seconds, "the other process"
