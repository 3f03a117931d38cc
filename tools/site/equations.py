"""Numbered equations that are linked: each mention "(5.3)" leads to the display, and the display to who uses it."""

import re
from collections import defaultdict

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

TAG = re.compile(r"\\tag\{(\d+\.\d+)\}")
MENTION = re.compile(r"\((\d{1,2}\.\d{1,2})\)")
MENTIONED = '<span class="vaelab-mention">({})</span>'  # in pieces of HTML that are put into a page
NO_PROSE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.reference, nodes.title, nodes.raw)


def anchor(number: str) -> str:
    """The id of an equation's display: 5.3 -> eq-5-3."""
    return f"eq-{number.replace('.', '-')}"


def mentions(document: nodes.document) -> list[nodes.Text]:
    """The pieces of prose in which an equation's number stands."""

    def in_prose(text: nodes.Node) -> bool:
        parent = text.parent
        while parent is not None:
            if isinstance(parent, NO_PROSE):
                return False
            parent = parent.parent
        return True

    return [text for text in document.findall(nodes.Text) if MENTION.search(text) and in_prose(text)]


def collect(app: Sphinx, document: nodes.document) -> None:
    """Notes a page's displays and its mentions, before any page is written."""
    env, page = app.env, app.env.docname
    for display in document.findall(nodes.math_block):
        for number in TAG.findall(display.astext()):
            display["ids"].append(anchor(number))
            displays(env)[number] = page
    seen = set()
    for text in mentions(document):
        section = text.parent
        while not isinstance(section, nodes.section | nodes.document):
            section = section.parent
        for number in MENTION.findall(text) if not page.startswith("teaching/") else []:
            place = (page, section["ids"][0] if section.get("ids") else "")
            if (number, place) not in seen:
                seen.add((number, place))
                title = section[0].astext() if isinstance(section, nodes.section) else ""
                uses(env)[number].append((*place, title))


def displays(env: BuildEnvironment) -> dict[str, str]:
    """{number: page}."""
    return env.__dict__.setdefault("vaelab_displays", {})


def uses(env: BuildEnvironment) -> dict[str, list[tuple[str, str, str]]]:
    """{number: [(page, section's id, section's title)]}."""
    return env.__dict__.setdefault("vaelab_uses", defaultdict(list))


def link(app: Sphinx, document: nodes.document, page: str) -> None:
    """Makes links of a page's mentions, and says below each display where it is used."""
    known = displays(app.env)
    for text in mentions(document):
        pieces, end = [], 0
        for found in MENTION.finditer(text):
            if found[1] not in known:
                continue
            reference = _reference(app, page, known[found[1]], anchor(found[1]), found[0])
            reference["classes"].append("vaelab-equation")
            pieces += [nodes.Text(text[end : found.start()]), reference]
            end = found.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text[end:])])
    for piece in document.findall(nodes.raw):
        text = piece.astext()
        for number, target in known.items():
            there = _reference(app, page, target, anchor(number), "")["refuri"]
            text = text.replace(MENTIONED.format(number), f'<a class="vaelab-equation" href="{there}">({number})</a>')
        piece[:] = [nodes.Text(text)]
    for display in list(document.findall(nodes.math_block)):
        for number in TAG.findall(display.astext()):
            display.parent.insert(display.parent.index(display) + 1, _used(app, page, number))


def _used(app: Sphinx, page: str, number: str) -> nodes.Node:
    """The line that leads back: in which sections, here and elsewhere, the equation is used."""
    line = nodes.paragraph("", "", classes=["vaelab-used"])
    for target, section, title in uses(app.env)[number]:
        numbered = re.match(r"\d+(\.\d+)?", title)
        here = f"{target.rsplit('/', 1)[-1][:2]}, " if target != page and target.startswith("notebooks/") else ""
        name = here + (f"section {numbered[0]}" if numbered else title)
        line += nodes.Text(f"({number}) is used in " if len(line) == 0 else "; ")
        line += _reference(app, page, target, section, name)
    return line if len(line) else nodes.comment()


def _reference(app: Sphinx, page: str, target: str, identifier: str, text: str) -> nodes.reference:
    path = "" if target == page else app.builder.get_relative_uri(page, target)
    return nodes.reference("", text, internal=True, refuri=f"{path}#{identifier}")


def setup(app: Sphinx) -> dict:
    """Registers both steps."""
    app.connect("doctree-read", collect)
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
