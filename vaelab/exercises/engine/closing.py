"""Whether the solutions may be seen: the instructor's setting, VAELAB_SOLUTIONS."""

import os
from datetime import datetime

TAKES = 'VAELAB_SOLUTIONS takes "open", "closed", or the time from which they are open, as 2026-12-18T18:00.'


def closed() -> str | None:
    """Why no solution is shown, in a sentence; None where they are open, as they are if nothing is set.

    VAELAB_SOLUTIONS: "open", "closed", or a date, with or without a time and an offset: 2026-12-18,
    2026-12-18T18:00, 2026-12-18T18:00+01:00. Without an offset it is the time of this machine. What can't be read
    keeps them closed.
    """
    setting = os.environ.get("VAELAB_SOLUTIONS", "").strip()
    match setting.lower():
        case "" | "open":
            return None
        case "closed":
            return "Your instructor has closed the solutions."
    try:
        opens = datetime.fromisoformat(setting)
        here = opens.astimezone()
    except (ValueError, OverflowError, OSError):
        return f"The solutions are closed, until a setting of your instructor's can be read. {TAKES} It is {setting!r}."
    if datetime.now().astimezone() >= here:
        return None
    return f"Your instructor has closed the solutions until {here:%A, %d %B %Y, %H:%M (%Z)}."
