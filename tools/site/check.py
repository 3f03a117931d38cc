"""What must be true of every page of the site, read from its files: links, texts of pictures, no other host."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

# What a browser loads without being asked. A link may lead to another host, these may not.
LOADS = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    **dict.fromkeys(("script", "iframe", "video"), ("src",)),
}
FOREIGN_STYLE = re.compile(r"""(?:url\(|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")
LARGEST_WIDGET = 3_000_000  # bytes
LISTS = {"404.html", "genindex.html", "search.html"}  # nobody is led to these from outside


def problems(site: Path) -> list[str]:
    """What is wrong with the site, a line each; empty where nothing is."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    anchors = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        widget = name.parts[0] == "widgets"
        checks = [_loads(page), _texts(page)] + ([] if widget else [_links(path, page, site, anchors), _head(page, str(name))])
        found += [f"{name}: {problem}" for check in checks for problem in check]
        if widget and path.stat().st_size > LARGEST_WIDGET:
            found.append(f"{name}: {path.stat().st_size / 1e6:.1f} MB, more than {LARGEST_WIDGET / 1e6:.0f}")
    for path in site.rglob("*.css"):
        found += [f"{path.relative_to(site)}: loads {url}" for url in FOREIGN_STYLE.findall(path.read_text("utf-8"))]
    return found


def _read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_bytes(), "lxml")


def _loads(page: BeautifulSoup) -> Iterator[str]:
    """What comes from another host."""
    for name, attributes in LOADS.items():
        for tag in page.find_all(name):
            for attribute in attributes:
                if re.match(r"(https?:)?//", tag.get(attribute, "")):
                    yield f"<{name}> loads {tag[attribute]}"
    for tag in page.find_all("link"):
        loaded = {"stylesheet", "icon", "preload", "prefetch", "modulepreload"} & set(tag.get("rel", []))
        if loaded and re.match(r"(https?:)?//", tag.get("href", "")):
            yield f"<link> loads {tag['href']}"
    for style in page.find_all("style"):
        yield from (f"a style loads {url}" for url in FOREIGN_STYLE.findall(style.get_text()))


def _texts(page: BeautifulSoup) -> Iterator[str]:
    """Pictures without a text."""
    for tag in page.find_all("img"):
        if not tag.get("alt"):
            yield f"no alt text: {tag.get('src', tag)}"


def _links(path: Path, page: BeautifulSoup, site: Path, anchors: dict[Path, set[str]]) -> Iterator[str]:
    """Links that lead nowhere, and files that are not there."""
    targets = [tag["href"] for tag in page.find_all(["a", "link"], href=True)]
    targets += [tag[name] for name in ("src", "data-page") for tag in page.find_all(attrs={name: True})]
    for target in targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or path.name == "404.html":  # that may be shown anywhere: its links are whole
            continue
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not file.is_relative_to(site.resolve()) or not file.exists():
            yield f"leads nowhere: {target}"
        elif parts.fragment and file in anchors and unquote(parts.fragment) not in anchors[file]:
            yield f"leads to no place on that page: {target}"


def _head(page: BeautifulSoup, name: str) -> Iterator[str]:
    """What search engines and screen readers want of a page."""
    if page.html is None or page.html.get("lang") != "en":
        yield "no language"
    if not (page.title and page.title.get_text().strip()):
        yield "no title"
    if page.find("meta", attrs={"name": "description"}) is None and name not in LISTS and "_modules" not in name:
        yield "no description"
