"""A widget's JavaScript as one ES module: not every front end lets a module import the files beside it."""

import re
from pathlib import Path

ROOM = Path(__file__).parents[1]  # of all widgets
IMPORT = re.compile(r'^import \{[^}]*\} from "((?:\.{1,2}/)+\S+?)";\n', re.MULTILINE)
DOC = re.compile(r"^ */\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)  # for readers and the type check: not sent


def module(name: str) -> str:
    """The file of that name in the widgets' room, with each file that it imports, once, in front of those that need it.

    The `/** ... */` above functions stay behind, with the types that they name.
    """
    joined = {}

    def add(path: Path) -> None:
        if path not in joined:
            text = path.read_text(encoding="utf-8")
            for neighbour in IMPORT.findall(text):
                add((path.parent / neighbour).resolve())
            joined[path] = DOC.sub("", IMPORT.sub("", text))

    add(ROOM / name)
    return "\n".join(joined.values())


def script(name: str) -> str:
    """The same without exports, for what can't be a module: a block of another, a Web Worker of a page from disk."""
    return re.sub(r"^export (?!default)", "", module(name), flags=re.MULTILINE)
