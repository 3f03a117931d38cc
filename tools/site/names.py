"""A directive of the reference: ```{names} elbo VAELoss``` documents these public names of the package."""

import inspect

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import vaelab


class Names(SphinxDirective):
    """Hands each name to autodoc, as vaelab.NAME: where it is defined is the package's own affair."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """The entries."""
        lines = [".. currentmodule:: vaelab", ""]
        for name in self.arguments[0].split():
            thing = getattr(vaelab, name)
            lines.append(f".. auto{'class' if inspect.isclass(thing) else 'function'}:: {name}")
            if inspect.isclass(thing) and not issubclass(thing, BaseException):
                own = [one for one, value in vars(thing).items() if _is_public(one, value)]
                lines += [f"   :members: {', '.join(own)}"] if own else []
            lines.append("")
        text = "\n".join(["```{eval-rst}", *lines, "```"])
        return self.parse_text_to_nodes(text)


def _is_public(name: str, value: object) -> bool:
    method = inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)
    return method and not name.startswith("_") and bool(value.__doc__)


def setup(app: Sphinx) -> dict:
    """Registers the directive."""
    app.add_directive("names", Names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
