"""How many cores a process may use: its quota, read from a made-up /sys, and what a hub says."""

import os
import subprocess
import sys

import pytest

from vaelab import share


@pytest.fixture
def system(tmp_path):
    """Writes a group's files: system("0::/a/b", {"a/cpu.max": "150000 100000"})."""

    def write(membership, files, mounted="sys/fs/cgroup"):
        for path, text in {"proc/self/cgroup": membership, **{f"{mounted}/{p}": t for p, t in files.items()}}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(f"{text}\n")
        return list(share.quotas(tmp_path))

    return write


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a/b/cpu.max": "150000 100000"}, [1.5]),
        ({"a/b/cpu.max": "max 100000"}, []),
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, [0.5]),  # a limit on all of a student's groups
        ({"a/b/cpu.max": "400000 100000", "a/cpu.max": "200000 100000"}, [4, 2]),
        (
            {"cpu.max": "100000 100000"},
            [1],
        ),  # what a container sees of its own group, which it knows by the host's name
        ({}, []),
        ({"a/b/cpu.max": ""}, []),
    ],
)
def test_quotas_of_control_groups_version_2(system, files, found):
    assert system("0::/a/b", files) == found


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a/cpu.cfs_quota_us": "150000", "a/cpu.cfs_period_us": "100000"}, [1.5]),
        ({"a/cpu.cfs_quota_us": "-1", "a/cpu.cfs_period_us": "100000"}, []),
        ({"cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000"}, [0.5]),
        ({"a/cpu.cfs_quota_us": "150000"}, []),
    ],
)
def test_quotas_of_control_groups_version_1(system, files, found):
    assert system("5:memory:/a\n4:cpu,cpuacct:/a\n1:cpuset:/a", files, "sys/fs/cgroup/cpu") == found


def test_where_there_are_no_control_groups_there_is_no_quota(tmp_path):
    assert list(share.quotas(tmp_path)) == []


@pytest.mark.parametrize(
    ("quotas", "environment", "expected"),
    [
        ([], {}, 8),
        ([2.5], {}, 2.5),
        ([0.2, 4], {}, 0.2),
        ([], {"CPU_LIMIT": "2"}, 8),  # means something on a hub only
        ([], {"JUPYTERHUB_USER": "ada"}, 1),
        ([], {"JUPYTERHUB_USER": "ada", "CPU_LIMIT": "2.0"}, 2),
        ([], {"JUPYTERHUB_USER": "ada", "CPU_LIMIT": "64"}, 8),
        ([], {"JUPYTERHUB_USER": "ada", "CPU_LIMIT": "many"}, 1),
        ([0.5], {"JUPYTERHUB_USER": "ada"}, 0.5),
    ],
)
def test_the_least_of_all_limits_counts(monkeypatch, quotas, environment, expected):
    monkeypatch.setattr(share, "quotas", lambda: quotas)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    for name in ("JUPYTERHUB_USER", "CPU_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert share.cores() == expected


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"JUPYTERHUB_USER": "ada"}, "1"),
        ({"JUPYTERHUB_USER": "ada", "OMP_NUM_THREADS": "2"}, "2"),  # somebody's decision
    ],
)
def test_importing_the_package_limits_the_threads(environment, threads):
    code = "import torch; torch.set_num_threads(2); import vaelab; print(torch.get_num_threads())"
    known = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "CPU_LIMIT")}
    run = subprocess.run([sys.executable, "-c", code], env=known | environment, capture_output=True, text=True)
    assert run.stdout.strip() == threads, run.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process can be bound to a core here")
def test_a_process_that_is_bound_to_one_core_has_one_thread():
    bound = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    code = f"{bound}\nimport vaelab, torch; print(torch.get_num_threads())"
    known = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    run = subprocess.run([sys.executable, "-c", code], env=known, capture_output=True, text=True)
    assert run.stdout.strip() == "1", run.stderr
