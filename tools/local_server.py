"""What a server of our own on 127.0.0.1 needs: ports that are free, and patience until it answers."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path


def free_ports(count: int) -> list[int]:
    """So many ports that nobody has now, all different."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def wait_until_it_answers(url: str, server: subprocess.Popen, log: Path) -> None:
    """Raises what the log says if it ends, or does not answer."""
    for _ in range(240):
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(log.read_text(errors="replace"))
