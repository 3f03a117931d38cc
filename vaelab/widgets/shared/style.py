"""The style sheet of a widget's page: widgets.css, its own widget.css, and in front of them what other files state."""

import re

from vaelab import palette
from vaelab.widgets.shared.esm import ROOM

_STATED = re.findall(r"const MARGIN = \{(.*?)\}", (ROOM / "shared" / "axes.js").read_text(encoding="utf-8"))
# The pixels around the inside of all axes, as axes.js has them: {"left": ..., "bottom": ..., "top": ..., "right": ...}.
MARGIN: dict[str, int] = {side: int(width) for side, width in re.findall(r"(\w+): (\d+)", _STATED[0])}


def style(*widgets: str) -> str:
    """The sheet of the widget in that folder; of one that has others in it, their folders before its own.

    BLUE of palette.js is var(--vaelab-blue) there, the left of the axes' margin var(--vaelab-left).
    """
    stated = palette.COLOURS | {side: f"{width}px" for side, width in MARGIN.items()}
    properties = "".join(f"  --vaelab-{name.lower().replace('_', '-')}: {value};\n" for name, value in stated.items())
    paths = ["shared/widgets.css", *(f"{widget}/widget.css" for widget in widgets)]
    sheets = [(ROOM / path).read_text(encoding="utf-8") for path in paths]
    return "".join([f".vaelab {{\n{properties}}}\n", *sheets])
