"""Runs answers, each in a process of its own, and sends back what came of it. It is run by its path, not imported.

So nothing of the course is in memory but the questions that it is sent as text. What an answer does here can only
change what is sent back from its own process, and that is compared elsewhere: see recheck.py.

The first line that comes in says where libraries are. Then come requests, and for each goes out one reply, both as
JSON of a length that stands before it.
"""

import builtins
import contextlib
import io
import json
import linecache
import os
import select
import signal
import struct
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any, BinaryIO

FILE = "<the answer>"
MOST = 32_000_000  # bytes that an answer may give in all


def main() -> None:
    """Loads the libraries once, and then makes a process for each request."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    settings = json.loads(requests.readline())
    sys.path[:] = settings["path"]
    libraries.preload()
    while request := receive(requests):
        send(replies, supervised(request, settings["folder"]))


def receive(stream: BinaryIO) -> Any:
    """The next message, or None at the end."""
    head = stream.read(8)
    return json.loads(stream.read(struct.unpack("<Q", head)[0])) if len(head) == 8 else None


def send(stream: BinaryIO, parts: list[bytes]) -> None:
    """One message."""
    stream.write(struct.pack("<Q", sum(map(len, parts))))
    for part in parts:
        stream.write(part)
    stream.flush()


def supervised(request: dict[str, Any], folder: str) -> list[bytes]:
    """How the process ended, in a line, and then what it sent, as it is."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(inlet)
            answered(request, folder, outlet)
        except BaseException:
            say(json.dumps({"failed": traceback.format_exc()[-2000:]}).encode(), [])
        finally:
            os._exit(3)
    gone = status = 0
    try:
        os.close(outlet)
        until = time.monotonic() + request["seconds"]
        sent, ended = heard(inlet, until, grown(child, request["memory"] * 1_000_000))
        os.close(inlet)
        while ended == "early" and not gone and time.monotonic() < until:  # it is about to end by itself: how?
            gone, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0.001)
        if ended == "early" and not gone:
            ended = "time"
    finally:  # where this process is stopped, too
        for kill in (os.killpg, os.kill)[: 1 if gone else 2]:  # what it has started too
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)
    if not gone:
        _, status = os.waitpid(child, 0)
    return [json.dumps({"ended": ended, "exit": os.waitstatus_to_exitcode(status)}).encode() + b"\n", sent]


def heard(inlet: int, until: float, too_large: Callable[[], bool]) -> tuple[bytes, str]:
    """What a process sends, and why no more: "time", "memory", "much", "early", or nothing where all is there."""
    sent = bytearray()
    while len(sent) <= MOST + 5_000_000:
        left = until - time.monotonic()
        if left <= 0:
            return b"", "time"
        if not select.select([inlet], [], [], min(left, 0.1))[0]:
            if too_large():
                return b"", "memory"
            continue
        block = os.read(inlet, 1 << 16)
        sent += block
        if len(sent) >= 8 and len(sent) - 8 >= struct.unpack_from("<Q", sent)[0]:
            return bytes(sent[8:]), ""
        if not block:
            return b"", "early"
    return b"", "much"


def grown(child: int, most: int, by_looking: bool = sys.platform != "linux") -> Callable[[], bool]:
    """Says whether a process has so many bytes more than this one, where the system does not see to that by itself."""
    if not by_looking:
        return lambda: False
    import psutil

    limit = psutil.Process().memory_info().rss + most
    return lambda: bool(psutil.Process(child).memory_info().rss > limit)


def answered(request: dict[str, Any], folder: str, outlet: int) -> None:
    """In the new process: makes ready what is asked, closes the door, and only then looks at the answer."""
    os.setsid()
    os.chdir(folder)
    os.dup2(outlet, 0)  # the one way out
    os.closerange(3, 4096)
    for name in request["libraries"]:
        libraries.load(name)
    modules = {name: module_of(name, text) for name, text in request["modules"].items()}
    cases, observe = (getattr(modules[module], name) for module, name in (request["cases"], request["observe"]))
    engine = modules["vaelab.exercises.engine.ask"]
    import torch

    with engine.pytorch_as_it_comes():
        given = cases(torch.Generator().manual_seed(request["seed"]))
        for name in [*sys.modules]:
            if name.split(".")[0] == "vaelab" and name not in request["allowed"]:
                del sys.modules[name]
        refused: list[list[str]] = []
        close_the_door(request, refused)
        result = outcomes(request, engine, given, observe)
    data: list[bytes] = []
    encoded = [[{k: encode(v, data, {}) for k, v in values.items()}, *rest] for values, *rest in result]
    say(json.dumps({"outcomes": encoded, "refused": refused[:20]}).encode(), data)
    os._exit(0)


def say(head: bytes, data: list[bytes]) -> None:
    """Sends what came of it, by the one way out."""
    out = struct.pack("<QQ", 8 + len(head) + sum(map(len, data)), len(head)) + head + b"".join(data)
    while out:
        out = out[os.write(0, out) :]


def module_of(name: str, text: str) -> types.ModuleType:
    """A module from its text, and empty ones above it, so that others can import from it."""
    for end in (i for i, letter in enumerate(name) if letter == "."):
        sys.modules.setdefault(name[:end], types.ModuleType(name[:end]))
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, f"<{name}>", "exec"), vars(module))
    above, _, own = name.rpartition(".")
    setattr(sys.modules[above], own, module)
    return module


def outcomes(request: dict[str, Any], engine: Any, cases: list[Any], observe: Any) -> list[list[Any]]:
    """For each case the values, what stopped it, what it changed; up to the first that stops."""
    text, output = request["text"], Sink()
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    try:
        exec(compile(text, FILE, "exec"), names)
        answer = names[request["name"]]
    except BaseException as problem:
        return [[{}, told(problem, engine), []]]
    found: list[list[Any]] = []
    for case in cases:
        outcome = engine.ask(answer, case, observe, request["differentiable"], file=FILE, output=output)
        found.append([outcome.values, told(outcome.stopped, engine), outcome.changed])
        if outcome.stopped is not None:
            break
    return found


def told(stopped: BaseException | None, engine: Any) -> list[str] | None:
    """The kind of exception, its message and the line of the answer, as text."""
    if stopped is None:
        return None
    try:
        message = str(stopped)[:500]
    except BaseException:
        message = ""
    line = engine.own_line(stopped, FILE)
    return [type(stopped).__name__, message, line[1] if line else ""]


class Sink(io.TextIOBase):
    """Takes what is printed, and keeps nothing."""

    def write(self, text: str) -> int:
        """As if it were written."""
        return len(text)


def encode(value: Any, data: list[bytes], known: dict[int, Any]) -> Any:
    """The value as JSON, with the bytes of its tensors put into `data`. What is no data becomes its kind."""
    import numpy as np
    import torch

    if value is None or type(value) in (bool, str):
        return value if not isinstance(value, str) else value[:10_000]
    if isinstance(value, torch.Tensor):
        return known[id(value)] if id(value) in known else known.setdefault(id(value), tensor(value, data))
    if isinstance(value, np.generic):
        return encode(value.item(), data, known)
    if isinstance(value, bool | int):
        return int(value) if abs(int(value)) < 2**63 else {"kind": "int"}
    if isinstance(value, float):
        return float(value)
    if hasattr(value, "given") and hasattr(value, "read"):
        return {"seen": [encode(part, data, known) for part in value.given]}
    if isinstance(value, tuple | list):
        return [encode(part, data, known) for part in value] if len(value) < 1000 else {"kind": "long list"}
    if type(value).__module__ == "numpy":
        return {"kind": "NumPy array"}
    return {"kind": type(value).__name__[:100]}


def tensor(value: Any, data: list[bytes]) -> dict[str, Any]:
    """Dtype, shape, and where in the data its numbers begin."""
    import torch

    with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
        shape, dtype = list(value.shape), str(value.dtype).removeprefix("torch.")
        if value.device.type != "cpu" or value.layout != torch.strided or value.is_quantized:
            return {"kind": f"tensor on {value.device.type}, {value.layout}"}
        if value.numel() * value.element_size() > MOST - sum(map(len, data)):
            return {"kind": f"tensor of shape {tuple(shape)}, too large to send"}
        plain = value.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
        flat = plain.reshape(-1).view(torch.uint8)
        numbers = flat.numpy().tobytes()
        data.append(numbers + bytes(-len(numbers) % 16))
    return {"dtype": dtype, "shape": shape, "at": sum(map(len, data[:-1]))}


def close_the_door(request: dict[str, Any], refused: list[list[str]]) -> None:
    """From here on nothing can be opened, written, started or asked: limits of the system, and Python's own say."""
    limits.close(request["memory"], request["seconds"])
    sys.path[:], sys.meta_path[:] = [], []
    sys.stdin = sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Sink()  # type: ignore[assignment, misc]
    warnings.simplefilter("ignore")
    # PyTorch writes down where it is seeded, with the lines of the files that it was called from.
    linecache.updatecache = lambda filename, module_globals=None: []
    syscalls.ended_with_its_parent()
    syscalls.filtered()
    sys.addaudithook(limits.hook(refused))


def beside(name: str) -> types.ModuleType:
    """A file of this folder, by its path: an import would bring the whole course with it."""
    spec = util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    libraries, limits, syscalls = beside("libraries"), beside("limits"), beside("syscalls")
    main()
