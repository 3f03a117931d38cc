"""The site that is tested: of two notebooks, built for the tests, or the whole one that VAELAB_SITE names."""

import os
from pathlib import Path

import pytest

from tools.notebooks import paths
from tools.site.__main__ import build

OF = ("05_kl_divergence", "09_three_losses")  # one without a training, one with three


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    if named := os.environ.get("VAELAB_SITE"):
        return Path(named).resolve()
    folder = tmp_path_factory.mktemp("built")
    chosen = [path for path in paths() if path.stem in OF]
    build(chosen, folder / "source", folder / "site", folder / "runs")
    return folder / "site"


@pytest.fixture(scope="session")
def pages(site):
    """The pages that are read, from the site's folder: not those in frames, no listings of source, and no 404."""
    found = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    return [path for path in found if path.parts[0] not in ("widgets", "_modules", "_static", "404.html")]


@pytest.fixture
def visit(chromium, site):
    """Opens a page of the site from the disk, with the network cut. The test fails if a script or a request does."""
    contexts, problems = [], []

    def open_page(name, width=1280, height=800, summaries=True, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request.url.startswith("http") and problems.append(request.url))
        # Without JavaScript it is scripts that fail. And from the disk the search can't read on in what it has found.
        if options.get("java_script_enabled", True) and summaries:
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("requestfailed", lambda request: "ABORTED" in request.failure or problems.append(request.url))
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems
