"""A real JupyterLab in a real browser: notebook 10 is run, its explorer driven, and nothing leaves the machine."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from execute_notebooks import NOTEBOOKS

NOTEBOOK = "10_moving_through_the_latent_space.ipynb"
IDLE = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.context?.sessionContext;
  return session?.isReady && session.session?.kernel?.status === "idle";
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that has its own settings and a copy of the notebooks."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    private = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    private |= {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    port, token = free_port(), secrets.token_hex(8)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    command += ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            command, cwd=home / "notebooks", env={**os.environ, **private}, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(f"{address}/api/status?token={token}", server, home / "log")
        yield f"{address}/lab/tree/{NOTEBOOK}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(20)


def wait_until_it_answers(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(log.read_text())


@pytest.fixture
def visitor(chromium):
    """A page, and the requests that it made to other machines: those are recorded and not let through."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page, elsewhere = context.new_page(), []

    def check(route):
        if urlsplit(route.request.url).hostname in ("127.0.0.1", None):  # None: data: and blob: addresses
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", check)
    yield page, elsewhere
    context.close()


def test_the_explorer_works_in_jupyterlab(lab, visitor):
    page, elsewhere = visitor
    page.goto(lab)
    page.wait_for_function(IDLE, timeout=60_000)  # a run asked for earlier is lost now and then
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    image = page.locator(".vaelab-image")
    image.wait_for(timeout=120_000)
    page.wait_for_function(IDLE, timeout=120_000)
    pad = page.locator(".vaelab-pad[role=slider]")  # LossComparison has pads too, which stand still
    pad.scroll_into_view_if_needed()

    pictures = [image.evaluate("c => c.toDataURL()")]

    def expect_another_picture(after: str):
        pictures.append(image.evaluate("c => c.toDataURL()"))
        assert pictures[-1] not in pictures[:-1], f"the image did not change after {after}"

    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    expect_another_picture("pressing the mouse")
    for share in (0.5, 0.6, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"], steps=4)
        expect_another_picture("dragging")
    page.mouse.up()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowUp", "Home"):
        page.keyboard.press(key)
        expect_another_picture(key)
    assert pad.evaluate("pad => pad === document.activeElement"), "JupyterLab took the arrow keys for itself"

    # Python follows: the point that the page shows is explorer.value.
    page.keyboard.press("ArrowRight")
    shown = pad.get_attribute("aria-valuetext")
    page.wait_for_function(IDLE)
    in_python = page.evaluate(
        """async () => {
          const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
          const future = kernel.requestExecute({ code: "print(explorer.value)" });
          let text = "";
          future.onIOPub = (message) => { if (message.header.msg_type === "stream") text += message.content.text; };
          await future.done;
          return JSON.parse(text);
        }"""
    )
    assert shown.startswith(f"z = ({in_python[0]:.2f}, {in_python[1]:.2f})".replace("-", "−"))

    # The page decodes by itself, so a kernel that is busy makes no difference.
    # (The kernel's status would not do to tell: a subshell that takes the widget's messages reports it idle.)
    page.evaluate(
        """() => {
          const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
          const future = kernel.requestExecute({ code: "import time; time.sleep(20)" });
          future.onIOPub = (message) => { window.began ||= message.header.msg_type === "execute_input"; };
          future.done.then(() => { window.slept = true; });
        }"""
    )
    page.wait_for_function("() => window.began")
    page.keyboard.press("ArrowUp")
    expect_another_picture("a key while the kernel was busy")
    assert not page.evaluate("Boolean(window.slept)")

    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert elsewhere == []
