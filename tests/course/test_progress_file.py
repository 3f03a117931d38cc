"""The file of progress: where it is, who may read it, and two notebooks that write into it at once."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from vaelab.exercises.engine import lock, records

unix = pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def progress(monkeypatch, tmp_path):
    monkeypatch.setenv("VAELAB_PROGRESS", str(tmp_path / "vaelab-progress.json"))
    return tmp_path / "vaelab-progress.json"


@pytest.fixture(params=[0o022, 0o000])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@unix
def test_its_owner_alone_can_read_it(progress, umask):
    records.note("1.1", tries=1)
    assert [mode(file) for file in progress.parent.iterdir()] == [0o600, 0o600], "the file, and the lock's"
    progress.chmod(0o644)  # as it was written before
    records.note("1.1", tries=2)
    assert mode(progress) == 0o600
    progress.write_text("{")
    progress.chmod(0o644)
    records.note("1.1", tries=3)
    assert {mode(file) for file in progress.parent.iterdir()} == {0o600}
    assert progress.with_name("vaelab-progress.json.unreadable").exists()


@unix
def test_it_is_looked_for_in_the_home_and_its_folder_is_made(monkeypatch, tmp_path, umask):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAELAB_PROGRESS", "~/of/mine/vaelab-progress.json")
    assert records.mine() == {}
    assert not (tmp_path / "of").exists(), "to look makes nothing"
    records.note("1.1", tries=1)
    assert json.loads((tmp_path / "of" / "mine" / "vaelab-progress.json").read_text())["1.1"]["tries"] == 1
    assert mode(tmp_path / "of") == mode(tmp_path / "of" / "mine") == 0o700


# Another kernel.
WRITER = """
import sys
from vaelab.exercises.engine import records
first, last = map(int, sys.argv[1:])
for i in range(first, last):
    records.note(str(i), tries=1)
    records.change("0.1", lambda before: {"tries": before.get("tries", 0) + 1})
"""


def test_two_notebooks_lose_nothing_of_each_other(progress):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, *map(str, some)]) for some in ((0, 150), (150, 300))]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    noted = records.mine()
    assert noted.keys() == {str(i) for i in range(300)} | {"0.1"}
    assert noted["0.1"]["tries"] == 300
    assert not [*progress.parent.glob("*.tmp")]


HOLDER = """
import sys, time
from pathlib import Path
from vaelab.exercises.engine.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@unix
@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_kernel_that_holds_the_lock_keeps_nobody_waiting(progress, monkeypatch, how):
    monkeypatch.setattr(lock, "PATIENCE", 0.5)
    held = f"{progress}.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, held], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        if how == "killed":
            holder.kill()
            holder.wait()
        else:
            os.kill(holder.pid, signal.SIGSTOP)
        begun = time.monotonic()
        records.note("1.1", tries=1)
        assert (time.monotonic() - begun < 0.4) if how == "killed" else (time.monotonic() - begun >= 0.5)
        holder.kill()
    assert records.mine()["1.1"]["tries"] == 1
