"""Two students on a real JupyterHub from the committed configuration: what they get, and what nobody gets of theirs."""

import asyncio
import json
import os
import stat
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

pytest.importorskip("jupyterhub", reason="JupyterHub runs on Linux and macOS")

from benchmarks.classroom import lesson
from tools.hub import ROOT, Hub
from tools.student import Run, Student

NOTEBOOK = "05_kl_divergence"

# Loaded by every Python of the hub: writes down who asks for another machine.
LISTENER = """
import os, sys
def hook(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in (None, "", "127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost"):
        with open(os.path.join(os.path.dirname(__file__), "asked"), "a") as file:
            file.write(f"{host!r} by {sys.argv}\\n")
sys.addaudithook(hook)
"""


def run(coroutine):
    """Runs it in a thread of its own: Playwright's tests leave a loop behind that runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def hub():
    """In a folder that others may look into, as they may into /home."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        (listener := Path(folder) / "listener").mkdir()
        (listener / "sitecustomize.py").write_text(LISTENER)
        (listener / "asked").touch()
        with Hub(Path(folder) / "hub", {"PYTHONPATH": f"{listener}{os.pathsep}{ROOT}"}) as running:
            running.asked = listener / "asked"
            yield running


@pytest.fixture(scope="module")
def two(hub):
    """What two students saw who ran a notebook at the same moment."""
    return run(lesson(hub, 2, [NOTEBOOK]))


def visit(hub, name, doing):
    """What `doing` gives, an async function of the student, for one who has arrived."""

    async def visited():
        async with Student(name, hub.address, hub.password) as student:
            await student.arrive()
            return await doing(student)

    return run(visited())


def test_both_run_the_notebook_and_nothing_goes_wrong(hub, two):
    assert two.failures == [], hub.log()[-3000:]
    for desk, name in zip(two.desks, ("student1", "student2"), strict=True):
        assert desk.runs[0].seconds > 1 and desk.work[0] > 1 and desk.private[0] > 100
        saved = json.loads((hub.home(name) / "notebooks" / f"{NOTEBOOK}.ipynb").read_text())
        assert sum(bool(cell.get("outputs")) for cell in saved["cells"]) > 10
    assert "not recognized" not in hub.log(), "an option that is misspelled"


def test_a_student_has_one_thread_and_drags_while_others_work(hub):
    async def explores(student):
        run = Run()
        await student.start_kernel("notebooks/00_start_here.ipynb")
        shown = await student.execute(
            "import torch, vaelab as vl\nx = torch.rand(50, 784)\ne = vl.LatentExplorer(vl.VAE(), x)\n"
            "display(e)\nprint(torch.get_num_threads())",
            run,
        )
        times = await student.drag(run, [(0.5, -0.25), (1.5, 0.75)])
        where = await student.execute("print(e.value)", run)
        return run.failures, [o["text"] for o in [*shown, *where] if o["output_type"] == "stream"], times

    failures, printed, times = visit(hub, "student1", explores)
    assert failures == [] and printed == ["1\n", "[1.5, 0.75]\n"]
    assert len(times) == 2 and max(times) < 5


def test_who_does_not_know_the_password_is_not_let_in(hub):
    async def comes():
        async with Student("eve", hub.address, "guess") as eve:
            await eve.arrive()

    with pytest.raises(PermissionError, match="could not log in"):
        run(comes())
    assert httpx.get(f"{hub.address}/user/student1/api/contents", trust_env=False).status_code in (302, 403)


def test_one_student_does_not_reach_the_server_of_another(hub, two):
    async def looks(student):
        answer = await student.browser.get("/user/student2/api/contents/vaelab-progress.json")
        return answer.status_code, (await student.call("GET", "contents"))["type"]

    assert visit(hub, "student1", looks) == (403, "directory")


def test_a_home_and_what_is_in_it_are_closed_to_others(hub, two):
    """Nothing is writable for others, and a home can't be entered by them."""

    async def answers(student):
        run = Run()
        await student.start_kernel(f"notebooks/{NOTEBOOK}.ipynb")
        wrong = "import vaelab as vl\n@vl.exercise\ndef kl_to_standard_normal(mu, logvar):\n    return mu.sum(-1)"
        await student.execute(wrong, run)
        return run.failures

    assert visit(hub, "student1", answers) == []
    progress = hub.home("student1") / "vaelab-progress.json"
    assert "return mu.sum(-1)" in progress.read_text()
    assert stat.S_IMODE(progress.stat().st_mode) == 0o600
    assert stat.S_IMODE(hub.home("student1").stat().st_mode) == 0o700
    everything = [path for path in hub.folder.rglob("*") if not path.is_symlink()]
    assert len(everything) > 50
    assert [path for path in everything if not path.is_socket() and path.stat().st_mode & stat.S_IWOTH] == []
    for secret in ("cookie_secret", "hub.sqlite"):
        assert stat.S_IMODE((hub.folder / secret).stat().st_mode) & 0o077 == 0, secret


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
@pytest.mark.parametrize("doing", ['cat "$0"', ': >> "$0"', 'rm -f "$0"', 'ls "$(dirname "$0")"'])
def test_another_user_of_the_machine_can_not_read_nor_change_it(hub, two, doing):
    target = hub.home("student1") / "notebooks" / f"{NOTEBOOK}.ipynb"
    before = target.read_bytes()
    run = subprocess.run(
        ["sh", "-c", doing, target], user=65534, group=65534, extra_groups=[], capture_output=True, text=True
    )
    assert run.returncode != 0 and "denied" in run.stderr
    assert target.read_bytes() == before


def test_everything_listens_on_this_machine_alone(hub, two):
    addresses = {
        (connection.laddr.ip, process.name())
        for process in hub.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(addresses) >= 2
    assert {ip for ip, _ in addresses} == {"127.0.0.1"}, addresses


def test_nobody_else_reaches_a_kernel(hub):
    """Server and kernel talk by files in a folder of the student's own; any user may connect to a port."""

    async def looks(student):
        await student.start_kernel(f"notebooks/{NOTEBOOK}.ipynb")
        await student.execute("x = 1", Run())
        (connection,) = hub.home("student1").rglob(f"kernel-{student.kernel['kernel']['id']}.json")
        (process,) = (process for process in hub.processes() if str(connection) in process.cmdline())
        return process.net_connections(kind="inet"), connection, [*connection.parent.glob(f"{connection.stem}-ipc-*")]

    ports, connection, sockets = visit(hub, "student1", looks)
    assert len(ports) <= 1, "ipykernel hears by one what its forked processes print, each line under a secret"
    assert len(sockets) == 5 and all(stat.S_ISSOCK(socket.stat().st_mode) for socket in sockets)
    assert stat.S_IMODE(connection.parent.stat().st_mode) & 0o077 == 0
    assert all(stat.S_IMODE(socket.stat().st_mode) & 0o077 == 0 for socket in sockets)


def test_a_hub_that_dies_and_comes_back_loses_nothing(hub):
    """The kernel goes on while the hub is down, and is there, with what was computed, when the hub is back."""

    async def works(student):
        run = Run()
        await student.start_kernel(f"notebooks/{NOTEBOOK}.ipynb")
        await student.execute("x = 41", run)
        notebook = (await student.call("GET", f"contents/notebooks/{NOTEBOOK}.ipynb"))["content"]
        notebook["cells"][0]["source"] = "my own words"
        await student.save(f"notebooks/{NOTEBOOK}.ipynb", notebook)
        hub.kill()
        await student.execute("x += 1", run)  # nobody in the class has noticed
        hub.start()
        await student.listen()
        await student.execute("x += 1", run)
        hub.kill(proxy=True)
        hub.start()
        await student.listen()
        said = await student.execute("print(x)", run)
        return run.failures, said[0]["text"]

    before = {process.pid for process in hub.processes("student1")}
    assert visit(hub, "student1", works) == ([], "43\n")
    assert before <= {process.pid for process in hub.processes("student1")}, "the same server"
    assert "my own words" in (hub.home("student1") / "notebooks" / f"{NOTEBOOK}.ipynb").read_text()
    again = visit(hub, "student1", lambda student: student.call("GET", "kernels"))
    assert len(again) >= 1, "and who logs in again finds the kernels"


def test_no_request_leaves(hub, two):
    assert hub.asked.read_text() == ""
    away = [
        connection.raddr
        for process in hub.processes()
        for connection in process.net_connections(kind="inet")
        if connection.raddr and connection.raddr.ip != "127.0.0.1"
    ]
    assert away == []

    async def asks(student):
        await student.start_kernel(f"notebooks/{NOTEBOOK}.ipynb")
        await student.execute("import socket; socket.getaddrinfo('192.0.2.1', 80)", Run())

    visit(hub, "student1", asks)
    assert hub.asked.read_text().startswith("'192.0.2.1' by"), "it would have been noticed"
