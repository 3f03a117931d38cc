"""The Chromium that the widgets are tested in. Run as a program, it makes sure that there is one.

python -m tools.browser
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # a process for each page would take three times as long
)


def candidates(playwright: Playwright) -> list[str]:
    """The browsers that lie on this machine, Playwright's own download last."""
    paths = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *PLACES, playwright.chromium.executable_path]
    return [path for path in paths if path and Path(path).is_file()]


def launch(playwright: Playwright) -> Browser:
    """A headless browser that asks nothing of the network on its own."""
    problems = []
    for path in candidates(playwright):
        try:
            # As root, in a container, Chromium's own sandbox can't be set up.
            sandbox = not (hasattr(os, "getuid") and os.getuid() == 0)
            return playwright.chromium.launch(executable_path=path, args=list(QUIET), chromium_sandbox=sandbox)
        except Exception as problem:
            problems.append(f"{path}: {str(problem).splitlines()[0]}")
    raise RuntimeError(
        "no working Chromium, Chrome or Edge. Install one, or say where it is in the environment variable CHROMIUM. "
        + "; ".join(problems)
    )


def works() -> bool:
    """Whether a browser starts."""
    with sync_playwright() as playwright:
        try:
            launch(playwright).close()
        except RuntimeError:
            return False
    return True


def install() -> None:
    """Debian's package where that can be installed, else Playwright's own download."""
    if is_debian() and os.getuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=environment)
        subprocess.run(["apt-get", "install", "-qq", "-y", "chromium", "fonts-dejavu"], env=environment)
        if works():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def is_debian() -> bool:
    """Whether this is Debian, whose package of Chromium works."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text().splitlines()


if __name__ == "__main__":
    if not works():
        install()
    if not works():
        sys.exit(
            "The tests need a browser, and none could be installed: install Chromium, Chrome or Edge "
            "(or run .venv/bin/playwright install --with-deps chromium), then run make test again."
        )
