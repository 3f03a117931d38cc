"""A directive of the site's own pages: a widget, alive, made in the kernel of a notebook at its end.

```{widget} 10_moving_through_the_latent_space
vl.LatentExplorer(vae, images[:1000], labels[:1000])
```
"""

import hashlib
import re
from collections import defaultdict

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.site import ROOT

WRITTEN = re.compile(r"^```\{widget\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(notebook: str, expression: str) -> str:
    """The name under which such a widget's files lie."""
    return f"asked-{hashlib.sha1(f'{notebook} {expression.strip()}'.encode()).hexdigest()[:8]}"


def asked() -> dict[str, dict[str, str]]:
    """{notebook: {name: expression}}: what the pages of docs/ ask for."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for notebook, expression in WRITTEN.findall(path.read_text(encoding="utf-8")):
            found[notebook][name_of(notebook, expression)] = expression.strip()
    return found


class Widget(SphinxDirective):
    """Puts the widget's piece of HTML there, which the build has made."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The widget; nothing where its notebook was not run."""
        made = self.config.vaelab_asked.get(name_of(self.arguments[0], "\n".join(self.content)), "")
        return [nodes.raw("", made, format="html")]


def setup(app: Sphinx) -> dict:
    """Registers the directive, and the pieces of HTML that the build hands over."""
    app.add_config_value("vaelab_asked", {}, "html")
    app.add_directive("widget", Widget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
