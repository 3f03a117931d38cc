"""The package's docstrings as Sphinx is to have them: they are plain text, of paragraphs and of "name: what it is"."""

import re

from sphinx.application import Sphinx

ENTRY = re.compile(r"(?!Source:|Raises:)(\w+(?:, \w+)*): +(.*)", re.DOTALL)
CODE = re.compile(r"(`[^`]+`)")


def restructured(docstring: str) -> str:
    """The docstring in reStructuredText: formulas stay as they are typed, and "name: text" becomes an item."""
    return "\n\n".join(_paragraph(part) for part in re.split(r"\n\s*\n", docstring.strip("\n")))


def _paragraph(text: str) -> str:
    if text.lstrip().startswith(">>>"):
        return text
    entries = re.split(r"\n(?! )", text)  # an entry goes on in lines that are set in
    found = [ENTRY.fullmatch(entry) for entry in entries]
    if not all(found):
        return _escaped(" ".join(text.split()))
    return "\n".join(f"* **{_escaped(entry[1])}**: {_escaped(' '.join(entry[2].split()))}" for entry in found if entry)


def _escaped(text: str) -> str:
    """Text without marks: a star, a bar and an underscore are themselves, and what stands in backticks is code."""
    pieces = CODE.split(text)
    return "".join(f"`{piece}`" if CODE.fullmatch(piece) else re.sub(r"([\\*_|])", r"\\\1", piece) for piece in pieces)


def process(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """What autodoc calls for each docstring."""
    lines[:] = restructured("\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict:
    """Registers it."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
