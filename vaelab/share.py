"""How many cores a process may use at most: those that it is bound to, its quota, and its share of a JupyterHub.

PyTorch takes a thread for each core that it sees, and sees no quota: with more threads than its share a process is
stopped in most periods, while its threads wait for one another.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import torch


def limit_threads() -> None:
    """Gives PyTorch no more threads than this process has cores, and never none. Called once, by `import vaelab`.

    OMP_NUM_THREADS is somebody's decision, and stays.
    """
    if "OMP_NUM_THREADS" in os.environ:
        return
    threads = max(1, int(cores()))
    if threads < torch.get_num_threads():
        torch.set_num_threads(threads)


def cores() -> float:
    """The cores that this process may use, a fraction too: a quota of 1.5 is one core and half of another.

    On a JupyterHub that sets no limit it is one: nobody there is alone.
    """
    least = min([len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, *quotas()])
    if "JUPYTERHUB_USER" not in os.environ:
        return least
    try:
        return min(least, float(os.environ["CPU_LIMIT"]))  # set by the hub where it has a limit
    except (KeyError, ValueError):
        return min(least, 1)


def quotas(root: Path = Path("/")) -> Iterator[float]:
    """The quotas, in cores, of the control groups that this process is in and of those around them; on Linux.

    Source: the Linux kernel's documentation, admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst.
    """
    for membership in _lines(root / "proc/self/cgroup"):
        _, controllers, path = membership.split(":", 2)
        if not controllers:  # version 2
            mounted, files = root / "sys/fs/cgroup", ["cpu.max"]
        elif "cpu" in controllers.split(","):
            mounted, files = root / "sys/fs/cgroup/cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        group = mounted / path.strip("/")
        for folder in (group, *group.parents):  # a container may not see its group, and finds the quota at the top
            match " ".join(line for file in files for line in _lines(folder / file)).split():
                case [quota, period] if quota not in ("max", "-1"):
                    yield int(quota) / int(period)
            if folder == mounted:
                break


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
