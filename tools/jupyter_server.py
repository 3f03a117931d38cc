"""A real JupyterLab or Notebook 7 with settings of its own, and what a visitor does in it."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from tools.local_server import free_ports, wait_until_it_answers

APPS = {"lab": "lab/tree", "notebook": "notebooks"}  # where each shows a notebook
CONTEXT = "window.jupyterapp?.shell.currentWidget?.context?.sessionContext"


@contextmanager
def serve(home: Path) -> Iterator[Callable[..., str]]:
    """Serves the notebooks of home / "notebooks", in JupyterLab and in Notebook 7.

    Gives a function from a notebook's name, and "lab" or "notebook", to its address.
    """
    private = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    private |= {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    (port,), token = free_ports(1), secrets.token_hex(8)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}"]
    command += [f"--{app}.expose_app_in_browser=True" for app in ("LabApp", "JupyterNotebookApp")]
    command += ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            command, cwd=home / "notebooks", env={**os.environ, **private}, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(f"{address}/api/status?token={token}", server, home / "log")
        yield lambda name, app="lab": f"{address}/{APPS[app]}/{name}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(20)


def write_setting(home: Path, extension: str, plugin: str, text: str) -> None:
    """A setting of JupyterLab's own plugins, such as ("notebook", "tracker", '{"windowingMode": "none"}')."""
    path = home / "settings" / "@jupyterlab" / f"{extension}-extension" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of these cells of code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def wait_for_kernel(page: Page) -> None:
    """Until the kernel is idle; before that a run is lost now and then."""
    page.wait_for_function(
        f"""() => {{
          const context = {CONTEXT};
          return context?.isReady && context.session?.kernel?.status === "idle";
        }}""",
        timeout=120_000,
    )


def run_all(page: Page) -> None:
    """Runs the notebook, and waits for its last cell: between two of them the kernel is idle, too."""
    page.evaluate(
        """() => {
             window.ranAll = false;
             window.jupyterapp.commands.execute("notebook:run-all-cells").then(() => { window.ranAll = true; });
           }"""
    )
    page.wait_for_function("() => window.ranAll", timeout=300_000)
    wait_for_kernel(page)


def start(page: Page, code: str, name: str = "done") -> None:
    """Runs code in the kernel, outside the notebook; window[name] tells when it is done: {text, error}."""
    page.evaluate(
        f"""([code, name]) => {{
          const future = {CONTEXT}.session.kernel.requestExecute({{ code }});
          const result = {{ text: "", error: "" }};
          window[name] = null;
          window[`${{name}}Began`] = false;
          future.onIOPub = ({{ header, content }}) => {{
            if (header.msg_type === "execute_input") window[`${{name}}Began`] = true;
            if (header.msg_type === "stream") result.text += content.text;
            if (header.msg_type === "error") result.error = `${{content.ename}}: ${{content.evalue}}`;
          }};
          future.done.then(() => {{ window[name] = result; }});
        }}""",
        [code, name],
    )


def run(page: Page, code: str, timeout: int = 60_000) -> str:
    """What code prints, run in the kernel."""
    start(page, code, "ran")
    page.wait_for_function("() => window.ran", timeout=timeout)
    result = page.evaluate("window.ran")
    assert not result["error"], result["error"]
    return result["text"]


def interrupt(page: Page) -> None:
    """What the stop button does."""
    page.evaluate(f"() => {CONTEXT}.session.kernel.interrupt()")


def command(page: Page, name: str) -> None:
    """A command of the application, such as notebook:run-all-cells."""
    page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)
