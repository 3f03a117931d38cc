"""A student on a JupyterHub, as their browser would be: logs in, waits for a server, runs notebooks, drags, saves."""

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PATIENCE = 3600  # seconds for a cell: on two cores a class of thirty-two waits long for each other


@dataclass
class Run:
    """What became of one notebook.

    seconds: from the opening to the last cell's end
    failures: errors and verdicts that do not hold, in words
    received: the bytes of the kernel's messages
    comms: {id of a widget's model: its state when it was made}
    """

    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    received: int = 0
    comms: dict[str, dict] = field(default_factory=dict)


class Student:
    """One who knows the password, and the hub's address.

    >>> async with Student("ada", hub.address, hub.password) as ada:  # doctest: +SKIP
    ...     await ada.arrive()
    ...     run = await ada.run("notebooks/00_start_here.ipynb")
    """

    def __init__(self, name: str, address: str, password: str):
        self.name, self.address, self.password = name, address, password
        # A proxy closes a connection after five idle seconds. A browser whose request meets that asks again; this one
        # has let go before.
        idle = httpx.Limits(keepalive_expiry=2)
        self.browser = httpx.AsyncClient(
            base_url=address, follow_redirects=True, timeout=PATIENCE, trust_env=False, limits=idle
        )
        self.session = uuid.uuid4().hex
        self.kernel: dict[str, Any] | None = None
        self.socket: WebSocketClientConnection | None = None

    async def __aenter__(self) -> "Student":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.socket:
            self.socket.close()
        await self.browser.aclose()

    async def arrive(self) -> float:
        """Logs in and opens JupyterLab; the seconds until its page and scripts were there."""
        began = time.perf_counter()
        login = await self.browser.get("/hub/login")
        form = {"username": self.name, "password": self.password, "_xsrf": self._cookie("/hub/")}
        answer = await self.browser.post("/hub/login", data=form)
        if answer.status_code != 200 or answer.url == login.url:
            raise PermissionError(f"{self.name} could not log in: {answer.status_code} {answer.url}")
        if "/spawn-pending/" in str(answer.url):
            await self._server_is_ready()
        page = await self.browser.get(f"/user/{self.name}/lab")
        page.raise_for_status()
        for script in re.findall(r'<script[^>]* src="([^"]+)"', page.text):
            (await self.browser.get(script)).raise_for_status()
        return time.perf_counter() - began

    async def _server_is_ready(self) -> None:
        """What the page with the progress bar listens to."""
        events = f"/hub/api/users/{self.name}/server/progress?_xsrf={quote(self._cookie('/hub/'))}"
        async with self.browser.stream("GET", events) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if event.get("ready"):
                    return
                if event.get("failed"):
                    raise TimeoutError(f"{self.name}'s server did not start: {event.get('message')}")
        raise TimeoutError(f"{self.name}'s server did not start")

    async def run(self, path: str) -> Run:
        """Opens a notebook with a kernel, runs all its cells as "Run all" does, and saves it with what they gave."""
        began, run = time.perf_counter(), Run()
        notebook = (await self.call("GET", f"contents/{path}"))["content"]
        await self.start_kernel(path)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip():
                cell["outputs"] = await self.execute("".join(cell["source"]), run)
                if [o for o in cell["outputs"] if o["output_type"] == "error"] and "raises-exception" not in cell[
                    "metadata"
                ].get("tags", []):
                    break
        run.seconds = time.perf_counter() - began
        await self.save(path, notebook)
        return run

    async def save(self, path: str, notebook: dict) -> None:
        """Writes a notebook."""
        await self.call("PUT", f"contents/{path}", {"type": "notebook", "format": "json", "content": notebook})

    async def execute(self, code: str, run: Run) -> list[dict]:
        """Runs code, and gives its outputs; failures, bytes and widgets are added to `run`."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        outputs: list[dict] = []
        message = await self._send("execute_request", content)
        async for kind, content, size in self._until_idle(message):
            run.received += size
            if kind == "comm_open":
                run.comms[content["comm_id"]] = content["data"].get("state", {})
            elif kind == "comm_msg" and content["comm_id"] in run.comms:
                run.comms[content["comm_id"]] |= content["data"].get("state", {})
            elif kind == "error":
                run.failures.append(f"{content['ename']}: {content['evalue']}")
                outputs.append({"output_type": kind, **{k: content[k] for k in ("ename", "evalue", "traceback")}})
            elif kind == "stream":
                run.failures += [line for line in content["text"].splitlines() if line.startswith("DOES NOT HOLD")]
                outputs.append({"output_type": kind, "name": content["name"], "text": content["text"]})
            elif kind in ("display_data", "execute_result"):
                found = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
                outputs.append(found | ({"execution_count": None} if kind == "execute_result" else {}))
        return outputs

    async def drag(self, run: Run, points: list[tuple[float, float]]) -> list[float]:
        """Drags the point of the explorer that a run has shown last; the seconds until the kernel had each point."""
        seconds, explorer = [], self.explorers(run)[-1]
        for point in points:
            began = time.perf_counter()
            update = {"method": "update", "state": {"value": list(point)}, "buffer_paths": []}
            message = await self._send("comm_msg", {"comm_id": explorer, "data": update})
            async for _ in self._until_idle(message):
                pass
            seconds.append(time.perf_counter() - began)
        return seconds

    @staticmethod
    def explorers(run: Run) -> list[str]:
        """The models of the explorers that a run has shown."""
        return [comm for comm, state in run.comms.items() if "_models" in state and "value" in state]

    async def close_notebook(self) -> None:
        """Shuts the kernel down."""
        if self.socket:
            self.socket.close()
        if self.kernel:
            await self.call("DELETE", f"sessions/{self.kernel['id']}")
        self.socket = self.kernel = None

    async def call(self, method: str, what: str, body: Any = None) -> Any:
        """Asks the student's own server, /user/NAME/api/..."""
        headers = {"X-XSRFToken": self._cookie(f"/user/{self.name}/")}
        answer = await self.browser.request(method, f"/user/{self.name}/api/{what}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def leave(self) -> None:
        """Logs out."""
        await self.browser.get("/hub/logout")

    async def start_kernel(self, path: str) -> None:
        """Opens a notebook's kernel, or the one that it has."""
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        self.kernel = await self.call("POST", "sessions", wanted)
        await self.listen()

    async def listen(self) -> None:
        """Opens the line to the kernel, again if it broke, and waits until the kernel answers."""
        assert self.kernel
        place = f"/user/{self.name}/api/kernels/{self.kernel['kernel']['id']}/channels?session_id={self.session}"
        host = urlsplit(self.address)
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.browser.cookies.jar if f"/user/{self.name}/" == c.path)
        headers = {"Cookie": cookies, "Origin": self.address}
        patient = {"connect_timeout": PATIENCE, "request_timeout": PATIENCE}  # by itself it gives up after 20 seconds
        request = HTTPRequest(f"ws://{host.netloc}{place}", headers=headers, **patient)
        self.socket = await websocket_connect(request, max_message_size=2**30)
        async for _ in self._until_idle(await self._send("kernel_info_request", {})):
            pass

    async def _send(self, kind: str, content: dict) -> str:
        assert self.socket
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.session, "username": self.name}
        header |= {"version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await self.socket.write_message(json.dumps(message))
        return header["msg_id"]

    async def _until_idle(self, parent: str) -> Any:
        """(kind, content, bytes) of each message that answers one of ours, until the kernel has finished with it."""
        assert self.socket
        while True:
            text = await asyncio.wait_for(self.socket.read_message(), PATIENCE)
            if text is None:
                raise ConnectionError(f"{self.name}'s line to the kernel broke")
            message = _decoded(text)
            if message["msg_type"] == "status" and message["content"]["execution_state"] in ("dead", "restarting"):
                raise ConnectionError(f"{self.name}'s kernel died")
            if message["parent_header"].get("msg_id") != parent:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
            yield message["msg_type"], message["content"], len(text)

    def _cookie(self, path: str) -> str:
        return next((c.value or "" for c in self.browser.cookies.jar if c.name == "_xsrf" and c.path == path), "")


def _decoded(text: str | bytes) -> dict:
    """A message of the kernel; one with binary buffers has its JSON after a table of offsets."""
    if isinstance(text, str):
        return json.loads(text)
    count = int.from_bytes(text[:4], "big")
    offsets = [int.from_bytes(text[4 + 4 * i : 8 + 4 * i], "big") for i in range(count)]
    end = offsets[1] if count > 1 else len(text)
    return json.loads(text[offsets[0] : end])
