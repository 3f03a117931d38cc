"""What must be true of every page of the site, read from its files: links, texts of pictures, no other host."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

# What a browser loads without being asked, of any element; an <a> and a <link> are looked at by themselves.
LOADS = ("src", "srcset", "data", "data-page", "poster", "background", "formaction", "action", "xlink:href")
LOADED = {"image", "use"}  # the elements that load their href
NAMED = {"canonical", "next", "prev", "search", "index", "author", "license"}  # links that load nothing
URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)|image-set\(\s*["']([^"']+)""", re.IGNORECASE)
FETCHED = re.compile(
    r"""(?:fetch|import|importScripts|Worker|EventSource|WebSocket|open)\s*\(\s*["'`]((?:https?:|wss?:)?//[^"'`]+)"""
)
LARGEST_WIDGET = 3_000_000  # bytes
LISTS = {"404.html", "genindex.html", "search.html"}  # nobody is led to these from outside


def problems(site: Path) -> list[str]:
    """What is wrong with the site, a line each; empty where nothing is."""
    site = site.resolve()
    if not (site / "index.html").is_file():
        return [f"{site} has no index.html"]
    pages = {path: BeautifulSoup(path.read_bytes(), "lxml") for path in _files(site, ".html")}
    anchors = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        widget = name.parts[0] == "widgets"
        checks = [_foreign(page), _texts(page), _links(path, page, site, anchors)]
        checks += [] if widget else [_head(page, str(name))]
        found += [f"{name}: {problem}" for check in checks for problem in check]
        if widget and path.stat().st_size > LARGEST_WIDGET:
            found.append(f"{name}: {path.stat().st_size / 1e6:.1f} MB, more than {LARGEST_WIDGET / 1e6:.0f}")
    for path in _files(site, ".css"):
        for url in urls(path.read_text(encoding="utf-8")):
            if _is_foreign(url):
                found.append(f"{path.relative_to(site)}: loads {url}")
            elif not url.startswith(("data:", "#")) and not (path.parent / urlsplit(url).path).is_file():
                found.append(f"{path.relative_to(site)}: leads nowhere: {url}")
    for path in _files(site, ".js"):
        found += [f"{path.relative_to(site)}: loads {url}" for url in FETCHED.findall(path.read_text(encoding="utf-8"))]
    return found


def urls(style: str) -> list[str]:
    """What a style loads."""
    return [next(filter(None, found)).strip() for found in URL.findall(style)]


def _files(site: Path, ending: str) -> list[Path]:
    """The site's files of a kind; the theme's own templates are no pages."""
    found = sorted(site.rglob(f"*{ending}"))
    return [path for path in found if ending != ".html" or path.relative_to(site).parts[0] != "_static"]


def _is_foreign(url: str) -> bool:
    return bool(re.match(r"\s*(https?:|wss?:|ftp:)?//", url, re.IGNORECASE))


def _loaded(page: BeautifulSoup) -> Iterator[tuple[Tag, str]]:
    """Each element that loads something, and what."""
    for tag in page.find_all(True):
        for name in LOADS:
            for url in _candidates(name, tag.get(name)):
                yield tag, url
        if tag.name in LOADED and tag.get("href"):
            yield tag, tag["href"]
        if tag.name == "link" and tag.get("href") and not NAMED & set(tag.get("rel", [])):
            yield tag, tag["href"]
        if tag.name == "base":
            yield tag, tag.get("href", "")
        if tag.name == "meta" and tag.get("http-equiv", "").lower() == "refresh":
            yield tag, tag.get("content", "").partition("=")[2]
        for url in urls(tag.get("style", "")) + (urls(tag.get_text()) if tag.name == "style" else []):
            yield tag, url


def _candidates(name: str, value: str | None) -> list[str]:
    if value is None:
        return []
    return [one.split()[0] for one in value.split(",") if one.strip()] if name == "srcset" else [value]


def _foreign(page: BeautifulSoup) -> Iterator[str]:
    """What comes from another host."""
    yield from (f"<{tag.name}> loads {url}" for tag, url in _loaded(page) if _is_foreign(url))
    for script in page.find_all("script"):
        yield from (f"a script loads {url}" for url in FETCHED.findall(script.get_text()))


def _texts(page: BeautifulSoup) -> Iterator[str]:
    """Pictures without a text."""
    for tag in page.find_all("img"):
        if not tag.get("alt"):
            yield f"no alt text: {tag.get('src', tag)}"


def _links(path: Path, page: BeautifulSoup, site: Path, anchors: dict[Path, set[str]]) -> Iterator[str]:
    """Links that lead nowhere, and files that are not there."""
    targets = [tag["href"] for tag in page.find_all("a", href=True)] + [url for _, url in _loaded(page)]
    for target in dict.fromkeys(targets):
        parts = urlsplit(target.strip())
        if parts.scheme == "file" or parts.hostname in ("localhost", "127.0.0.1"):
            yield f"leads to a machine of its own: {target}"
        if parts.scheme or parts.netloc:
            continue
        # The page for what is not there may be shown anywhere: its links begin at the host's root.
        if path.name == "404.html" and parts.path.startswith("/"):
            if not any((site / part).is_file() for part in _endings(unquote(parts.path))):
                yield f"leads nowhere: {target}"
            continue
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not file.is_relative_to(site) or not (file.is_file() or (file / "index.html").is_file()):
            yield f"leads nowhere: {target}"
        elif parts.fragment and file in anchors and unquote(parts.fragment) not in anchors[file]:
            yield f"leads to no place on that page: {target}"


def _endings(path: str) -> list[str]:
    """What a path from a host's root may be from the site's: /vaes/a/b.html -> vaes/a/b.html, a/b.html, b.html."""
    parts = path.strip("/").split("/")
    return ["/".join(parts[start:]) or "index.html" for start in range(len(parts))]


def _head(page: BeautifulSoup, name: str) -> Iterator[str]:
    """What search engines and screen readers want of a page."""
    if page.html is None or page.html.get("lang") != "en":
        yield "no language"
    if not (page.title and page.title.get_text().strip()):
        yield "no title"
    if page.find("meta", attrs={"name": "description"}) is None and name not in LISTS and "_modules" not in name:
        yield "no description"
