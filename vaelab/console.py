"""Printing where not every character can be printed: an older console, or a file that Windows writes."""

import codecs
import sys
import unicodedata
from typing import TextIO

PLAIN = {
    "✓": "+",
    "✗": "x",
    "→": "->",
    "…": "...",
    "−": "-",
    "–": "-",
    "—": "-",
    "±": "+-",
    "·": "*",
    "×": "x",
    "√": "sqrt ",
    "²": "^2",
    "½": "1/2",
    "‖": "||",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~",
}


def say(text: str, file: TextIO | None = None) -> None:
    """Prints the text, to standard output or another stream, in characters that the stream's encoding holds."""
    print(plain(text, file), file=file)


def plain(text: str, file: TextIO | None = None) -> str:
    """The text, with a plain character or two for each that the stream's encoding can't hold: sigma for σ."""
    encoding = getattr(file or sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "vaelab.plain").decode(encoding)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What codecs ask for: the text to put in place of what can't be encoded, and where to go on."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_stand_in, error.object[error.start : error.end])), error.end


def _stand_in(character: str) -> str:
    match unicodedata.name(character, "").split():
        case ["GREEK", "SMALL", "LETTER", letter, *_]:
            return letter.lower()
        case ["GREEK", "CAPITAL", "LETTER", letter, *_]:
            return letter.title()
    without_accent = unicodedata.normalize("NFD", character).encode("ascii", "ignore").decode()
    return PLAIN.get(character) or without_accent or "?"


codecs.register_error("vaelab.plain", _plain)
