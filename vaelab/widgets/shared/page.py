"""One HTML page that holds a widget: its module, its style and its state, nothing from anywhere else."""

import base64
import html
import json
import re
import zlib
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np

from vaelab.widgets.shared.esm import script

FOLDER = Path(__file__).parent
TRAINING = "; <strong>training</strong> needs the notebook."
FRACTION = 11  # bits of a float32's fraction that a saved page keeps, of 23: a relative error of 2^-12 at most
GREYS = {"grey": 8, "decoded": 64}  # levels from black to white that the images of a saved page have


def page_of(widget: anywidget.AnyWidget, title: str, *, trains: bool) -> str:
    """The page. Traits of bytes are packed as the tag `holds` says: "float32", "grey", "decoded", or as they are.

    trains: whether in a notebook it follows trainings, which it doesn't here
    """
    state = {}
    for name, value in widget.get_state().items():
        if name in ipywidgets.DOMWidget.class_trait_names() or name in ("_esm", "_css"):
            continue
        state[name] = _packed(value, widget.trait_metadata(name, "holds")) if isinstance(value, bytes) else value
    template = (FOLDER / "page.html").read_text(encoding="utf-8")
    parts = {
        "title": html.escape(title),
        "training": TRAINING if trains else ".",
        "css": widget._css,
        "state": json.dumps(state, allow_nan=False).replace("<", "\\u003c"),  # "</script>" would end it
        "module": widget._esm,
        "page": script("shared/page.js"),
    }
    return re.sub(r"{{(\w+)}}", lambda match: parts[match[1]], template)  # in one pass: a part may hold "{{css}}"


def rounded(floats: bytes) -> bytes:
    """The float32 numbers with `FRACTION` bits of their fraction, the rest zero."""
    drop = 23 - FRACTION
    bits = np.frombuffer(floats, "<u4").astype(np.uint64)
    return ((bits + (1 << (drop - 1))) >> drop << drop).astype("<u4").tobytes()


def _packed(value: bytes, holds: str | None) -> dict:
    """Bytes as text for JSON: rounded where the eye can't tell, deflated, in base64. `unpack` in page.js reads it."""
    planes = 1
    if holds == "float32":
        planes = 4  # all first bytes, then all second ones: like stands beside like, and deflates better
        value = np.frombuffer(rounded(value), np.uint8).reshape(-1, planes).T.tobytes()
    elif holds in GREYS:
        step = 255 / (GREYS[holds] - 1)
        value = np.round(np.round(np.frombuffer(value, np.uint8) / step) * step).astype(np.uint8).tobytes()
    return {"packed": base64.b64encode(zlib.compress(value, 9)).decode(), "planes": planes}
