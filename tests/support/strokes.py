"""The digits 0 to 9 as a pen draws them: each a list of strokes, each stroke points (x, y) in shares of the pad."""

import numpy as np

Stroke = list[tuple[float, float]]


def arc(x: float, y: float, a: float, b: float, start: float, end: float) -> Stroke:
    """Part of an ellipse around (x, y); degrees run clockwise from the right, as y points down."""
    t = np.radians(np.linspace(start, end, 25))
    return list(zip((x + a * np.cos(t)).tolist(), (y + b * np.sin(t)).tolist(), strict=True))


DIGITS: list[list[Stroke]] = [
    [arc(0.5, 0.5, 0.25, 0.38, -90, 270)],
    [[(0.56, 0.12), (0.46, 0.88)]],
    [[*arc(0.48, 0.32, 0.22, 0.2, -170, 50), (0.26, 0.86), (0.76, 0.84)]],
    [arc(0.46, 0.31, 0.22, 0.19, -150, 80) + arc(0.46, 0.68, 0.25, 0.2, -80, 150)],
    [[(0.34, 0.14), (0.28, 0.5), (0.72, 0.5)], [(0.7, 0.16), (0.66, 0.88)]],
    [[(0.72, 0.14), (0.38, 0.14), (0.34, 0.46), *arc(0.46, 0.64, 0.24, 0.22, -110, 150)]],
    [[(0.62, 0.12), *arc(0.5, 0.5, 0.2, 0.36, -110, -200), *arc(0.48, 0.68, 0.18, 0.19, 150, 510)]],
    [[(0.26, 0.16), (0.74, 0.16), (0.46, 0.88)]],
    [arc(0.5, 0.31, 0.17, 0.18, 60, -240) + arc(0.5, 0.68, 0.21, 0.2, -110, 250)],
    [[*arc(0.48, 0.34, 0.19, 0.2, -20, -360), (0.66, 0.5), (0.58, 0.88)]],
]


def scaled(strokes: list[Stroke], scale: float, corner: tuple[float, float] = (0.0, 0.0)) -> list[Stroke]:
    """The strokes made larger by a factor, and moved to the corner."""
    return [[(corner[0] + scale * x, corner[1] + scale * y) for x, y in stroke] for stroke in strokes]
