"""How many threads a training should have: as many as there are cores that nobody else uses.

PyTorch's threads wait for one another by spinning. Where two trainings share the cores, each spins while it should
leave its core to the other, and both take about four times as long as alone; with one thread each, half as long again.
"""

import os
import time
from typing import NamedTuple

import psutil
import torch

PERIOD = 0.25  # seconds from look to look; in a shorter time the hundredths that a system counts in would be too coarse


class Used(NamedTuple):
    """What was used by a moment, in seconds of one core: `all` by every process on our cores, `own` by this one."""

    when: float
    all: float
    own: float


class Threads:
    """PyTorch's threads: as many as there are cores to spare, never more than there were at first.

    >>> threads = Threads()
    >>> threads.look()  # at each step
    >>> threads.restore()
    """

    def __init__(self) -> None:
        self.most = torch.get_num_threads()
        self.cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        self.last = self.used()

    def look(self) -> None:
        """Changes the number of threads, if it is time for a look and others use more or less than before."""
        if self.most == 1 or time.perf_counter() < self.last.when + PERIOD:
            return
        used = self.used()
        seconds, by_all, by_us = (now - before for now, before in zip(used, self.last, strict=True))
        self.last = used
        spare = len(self.cores) - (by_all - by_us) / seconds
        threads = min(self.most, max(1, round(spare)))
        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)

    def restore(self) -> None:
        """As many as there were at first."""
        torch.set_num_threads(self.most)

    def used(self) -> Used:
        """What has been used until now. Work that is `nice` gives way by itself, and does not count."""
        every = psutil.cpu_times(percpu=True)
        ours = [every[core]._asdict() for core in self.cores if core < len(every)]
        kinds = ("user", "system", "irq", "softirq", "steal", "interrupt", "dpc")
        busy = sum(core.get(kind, 0.0) for core in ours for kind in kinds)
        return Used(time.perf_counter(), busy, time.process_time())
