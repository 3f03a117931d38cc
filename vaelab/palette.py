"""The colours of the course, as palette.js beside this file names them: figures and widgets' pages have the same."""

import re
from pathlib import Path

JAVASCRIPT = Path(__file__).with_suffix(".js")
COLOURS: dict[str, str] = dict(
    re.findall(r'^export const (\w+) = "(#[0-9a-f]{6})";$', JAVASCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
)
BLUE, ORANGE, GREY = COLOURS["BLUE"], COLOURS["ORANGE"], COLOURS["GREY"]
LIGHT_BLUE, LIGHT_ORANGE = COLOURS["LIGHT_BLUE"], COLOURS["LIGHT_ORANGE"]
PALE_BLUE, PALE_ORANGE, PALE_GREY = COLOURS["PALE_BLUE"], COLOURS["PALE_ORANGE"], COLOURS["PALE_GREY"]
