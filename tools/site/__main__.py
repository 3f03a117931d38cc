"""Builds the site. See tools/site/__init__.py."""

import os
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError
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

    Ends the program where a cell fails, and where Sphinx has something to say.
    """
    stage = Stage(source)
    extra, wanted, pieces = source / "_extra", asked(), {}
    shutil.rmtree(site, ignore_errors=True)
    (extra / "downloads").mkdir(parents=True)
    for path in paths():
        shutil.copy(path, extra / "downloads")
        if path in chosen:
            print(f"{path.stem}: ", end="", flush=True)
            try:
                ran = run(path, runs, wanted[path.stem])
            except CellExecutionError as problem:
                raise SystemExit(f"a cell fails. The site is not built.\n{problem}") from None
            print(f"{ran.seconds} s", flush=True)
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
    stage = re.sub(r"^export ", "", module("stage/site.js"), flags=re.MULTILINE)
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
    for unused in [site / "_sources", site / ".buildinfo", *site.rglob("*.map"), *site.rglob("webpack-macros.html")]:
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink(missing_ok=True)


def zipped(site: Path) -> int:
    """The site's size in bytes, zipped."""
    path = site.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in site.rglob("*"):
            archive.write(file, file.relative_to(site))
    return path.stat().st_size


def named(arguments: list[str]) -> list[Path]:
    """The notebooks of these names, such as 05_kl_divergence, or numbers, such as 5; without any, all.

    Ends the program where there is no such notebook.
    """
    found = {name: path for path in paths() for name in (path.stem, path.stem[:2], str(int(path.stem[:2])))}
    if unknown := [argument for argument in arguments if argument not in found]:
        raise SystemExit(f"there is no notebook {', '.join(unknown)}; there are {', '.join(p.stem for p in paths())}")
    return [path for path in paths() if not arguments or path in {found[argument] for argument in arguments}]


def main(arguments: list[str]) -> int:
    """Builds build/site, of the notebooks that are named or of all. What was there stays until the new one is good."""
    address = os.environ.get("SITE_URL", "")
    if address and not re.match(r"https?://[^/\s]+", address):
        raise SystemExit(f"SITE_URL is a whole address, such as https://example.org/vaes; got {address}")
    chosen = named(arguments)
    began, site, new = time.perf_counter(), BUILD / "site", BUILD / "new"
    build(chosen, BUILD / "source", new, BUILD / "runs")
    if found := problems(new):
        print(*found, f"The site is not good: what was built lies in {new.relative_to(ROOT)}.", sep="\n")
        return 1
    shutil.rmtree(site, ignore_errors=True)
    new.rename(site)
    seconds, size = time.perf_counter() - began, zipped(site)
    print(f"{site.relative_to(ROOT)}: {seconds:.0f} s, {size / 1e6:.1f} MB zipped. Open {site / 'index.html'}")
    if len(chosen) < len(paths()):
        print("To look at, and not to publish: the widgets of the other notebooks are pictures.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
