"""Formulas as KaTeX sets them, when the site is built: a page needs no script for them, and none from elsewhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from tools.site import ROOT

KATEX = ROOT / "node_modules" / "katex" / "dist"
SETTER = Path(__file__).parent / "formulas.mjs"
LOG = logging.getLogger(__name__)


class Setter:
    """A Node that sets formulas, one line of JSON each way."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        node = shutil.which("node", path=path)
        if node is None or not KATEX.is_dir():
            raise RuntimeError("formulas are set by Node and KaTeX: `make site` installs both")
        self.node = subprocess.Popen([node, SETTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def __call__(self, formula: str, display: bool) -> str:
        """The formula in HTML, with MathML for screen readers. Raises ValueError where KaTeX can't read it."""
        assert self.node.stdin and self.node.stdout
        self.node.stdin.write(json.dumps({"formula": formula, "display": display}) + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        if "problem" in answer:
            raise ValueError(answer["problem"])
        return answer["html"]


@cache
def setter() -> Setter:
    """The one that is running."""
    return Setter()


@cache
def set_formula(formula: str, display: bool) -> str:
    """The formula in HTML, each set once."""
    return setter()(formula, display)


def _html(node: nodes.Node, display: bool) -> str:
    try:
        return set_formula(node.astext(), display)
    except ValueError as problem:
        LOG.warning("KaTeX can't read %s: %s", node.astext(), problem, location=node)
        return ""


def visit_math(translator, node: nodes.math) -> None:  # noqa: D103
    translator.body.append(_html(node, display=False))
    raise nodes.SkipNode


def visit_math_block(translator, node: nodes.math_block) -> None:  # noqa: D103
    ids = f' id="{node["ids"][0]}"' if node["ids"] else ""
    translator.body.append(f'<div class="vaelab-display"{ids} tabindex="0">{_html(node, display=True)}</div>\n')
    raise nodes.SkipNode


def copy_style(folder: Path) -> None:
    """KaTeX's style sheet and its fonts, of which browsers today read one format."""
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    sheet = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    sheet = re.sub(r',url\(fonts/[\w-]+\.(?:woff|ttf)\) format\("\w+"\)', "", sheet)
    (folder / "katex.css").write_text(sheet, encoding="utf-8")
    for font in (KATEX / "fonts").glob("*.woff2"):
        shutil.copy(font, folder / "fonts")


def setup(app: Sphinx) -> dict:
    """Makes this Sphinx's way to show formulas."""
    app.add_html_math_renderer("vaelab", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
