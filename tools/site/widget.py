"""A directive of the site's own pages: a widget, alive, made in the kernel of a notebook at its end.

```{widget} 10_moving_through_the_latent_space
vl.LatentExplorer(vae, images[:1000], labels[:1000])
```

It may take several lines: the last one's value is the widget.
"""

import hashlib
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.notebooks import paths
from tools.site import ROOT

WRITTEN = re.compile(r"^```\{widget\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(notebook: str, code: str) -> str:
    """The name under which such a widget's files lie."""
    return f"asked-{hashlib.sha1(f'{notebook} {code.strip()}'.encode()).hexdigest()[:8]}"


def asked() -> dict[str, dict[str, str]]:
    """{notebook: {name: code}}: what the pages of docs/ ask for."""
    found: dict[str, dict[str, str]] = {path.stem: {} for path in paths()}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for notebook, code in WRITTEN.findall(path.read_text(encoding="utf-8")):
            if notebook not in found:
                raise SystemExit(f"{path.relative_to(ROOT)} asks for a widget of {notebook}, which is no notebook")
            found[notebook][name_of(notebook, code)] = code.strip()
    return found


class Widget(SphinxDirective):
    """Puts the widget's piece of HTML there, which the build has made."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The widget; nothing where its notebook was not run. Refuses one that the build has not seen in the page."""
        notebook, code = self.arguments[0], "\n".join(self.content)
        name = name_of(notebook, code)
        if name not in asked().get(notebook, {}) or "/" in self.env.docname:
            raise self.error("a widget is asked for at the left edge of a page of docs/ itself, after three backticks")
        made = self.config.vaelab_asked.get(name, "")
        return [nodes.raw("", made, format="html")]


def setup(app: Sphinx) -> dict:
    """Registers the directive, and the pieces of HTML that the build hands over."""
    app.add_config_value("vaelab_asked", {}, "html")
    app.add_directive("widget", Widget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
