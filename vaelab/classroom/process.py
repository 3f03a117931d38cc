"""The other process, worker.py, from this side."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "TMPDIR")  # libraries need them
ADDED = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # of macOS, which else ends what forks after it has loaded PyTorch
}


class Worker:
    """Starts when it is first asked, and again after it was stopped. folder: where its processes run."""

    def __init__(self, folder: str):
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def exchange(self, request: bytes) -> bytes:
        """Its reply to a request. Raises EOFError or OSError if it has ended."""
        process = self._process = self._process or self._started()
        assert process.stdin and process.stdout
        process.stdin.write(struct.pack("<Q", len(request)) + request)
        process.stdin.flush()
        head = process.stdout.read(8)
        if len(head) < 8:
            raise EOFError("the process that runs answers has ended")
        return process.stdout.read(struct.unpack("<Q", head)[0])

    def stop(self) -> None:
        """Ends it."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()
            self._process = None

    def _started(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | ADDED,
        )
        assert process.stdin
        here = os.path.realpath(os.curdir)  # where files may lie that were handed in, one of them called torch.py
        path = [entry for entry in sys.path if entry and os.path.realpath(entry) != here]
        settings = {"path": path, "folder": self.folder}
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        return process
