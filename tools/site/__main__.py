"""Builds the site. See tools/site/__init__.py."""

import shutil
import sys
import time
import zipfile
from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tools.notebooks import paths
from tools.site import BUILD, ROOT, STATIC
from tools.site.check import problems
from tools.site.formulas import copy_style
from tools.site.page import asked_for, page_of
from tools.site.run import Run, run
from tools.site.stage import Stage
from tools.site.widget import asked
from vaelab.widgets.shared.esm import ROOM, module


def build(chosen: list[Path], source: Path, site: Path, runs: Path) -> None:
    """Runs the chosen notebooks and builds the site. The others' pages have what is saved in them.

    source: the folder for what Sphinx reads; site: for what it writes; runs: where runs are kept

    Raises nbclient's CellExecutionError where a cell fails. Ends the program where Sphinx has something to say.
    """
    stage = Stage(source)
    extra, wanted, pieces = source / "_extra", asked(), {}
    shutil.rmtree(site, ignore_errors=True)
    (extra / "downloads").mkdir(parents=True)
    for path in paths():
        shutil.copy(path, extra / "downloads")
        if path in chosen:
            ran = run(path, runs, wanted[path.stem])
            print(f"{path.stem}: {ran.seconds} s", flush=True)
            pieces |= {name: asked_for(ran, name, extra) for name in wanted[path.stem]}
        else:
            ran = Run(path, nbformat.read(path, as_version=4), runs, 0)
        stage.add_notebook(path, page_of(ran, extra))
    _copy_static(source / "_static")
    _sphinx(source, site, pieces)


def _copy_static(folder: Path) -> None:
    shutil.copytree(STATIC, folder, dirs_exist_ok=True)
    copy_style(folder)
    shutil.copy(ROOT / "docs" / "explorer.png", folder)  # what a preview of a link shows
    # As a classic script: a browser loads no module from a file beside a page on the disk.
    stage = module("stage/site.js").replace("export ", "")
    (folder / "stage.js").write_text(f"(() => {{\n{stage}\n}})();\n", encoding="utf-8")
    shutil.copy(ROOM / "stage" / "stage.css", folder)


def _sphinx(source: Path, site: Path, pieces: dict[str, str]) -> None:
    with patch_docutils(source), docutils_namespace():
        app = Sphinx(
            source,
            source,
            site,
            source.parent / "doctrees",
            "html",
            confoverrides={"vaelab_asked": pieces},
            freshenv=True,
            warningiserror=True,
            status=None,
        )
        app.build()
    if app.statuscode:
        raise SystemExit("Sphinx has warnings, see above: the site is not built.")


def zipped(site: Path) -> int:
    """The site's size in bytes, zipped."""
    path = site.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in site.rglob("*"):
            archive.write(file, file.relative_to(site))
    return path.stat().st_size


def main(arguments: list[str]) -> int:
    """Builds build/site, of the notebooks that are named, by their stem or number, or of all; checks it."""
    chosen = [path for path in paths() if not arguments or any(path.stem.startswith(name) for name in arguments)]
    began, site = time.perf_counter(), BUILD / "site"
    build(chosen, BUILD / "source", site, BUILD / "runs")
    found = problems(site)
    for problem in found:
        print(problem)
    seconds, size = time.perf_counter() - began, zipped(site)
    print(f"{site.relative_to(ROOT)}: {seconds:.0f} s, {size / 1e6:.1f} MB zipped. Open {site / 'index.html'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
