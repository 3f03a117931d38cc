"""Pieces of a page in HTML: a figure, a widget, a question, an exercise. Links are relative, wherever the site lies."""

import html
import json
import re
from typing import NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.site.equations import MENTION, MENTIONED
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction
from vaelab.exercises.engine.source import solution_of


class File(NamedTuple):
    """A picture beside the pages: where it lies, from the site's root, and its size in pixels."""

    place: str
    width: int
    height: int


class Picture(NamedTuple):
    """A picture, and the text for who can't see it."""

    file: File
    alt: str


def image(picture: Picture, root: str) -> str:
    """The picture, loaded when it comes near."""
    file = picture.file
    size = f'width="{file.width}" height="{file.height}"'
    return f'<img src="{root}/{file.place}" alt="{html.escape(picture.alt)}" {size} loading="lazy">'


def figure(picture: Picture, root: str, caption: str = "") -> str:
    """A figure of a notebook. root: the way from its page to the site's root."""
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="vaelab-figure">{image(picture, root)}{below}</figure>'


def widget(picture: Picture, page: str, root: str) -> str:
    """A widget: the picture, in whose place site.js puts the living page once it is scrolled to."""
    name = html.escape(picture.alt.split(":")[0])
    return (
        f'<figure class="vaelab-widget" data-page="{root}/widgets/{page}" data-name="{name}">'
        f"{image(picture, root)}</figure>"
    )


def ballot(prediction: Prediction) -> str:
    """A question to pick an answer of. site.js keeps the pick in this browser."""
    number = prediction.number
    options = "".join(
        f'<label><input type="radio" name="prediction-{number}" value="{place}"> '
        f"{_prose(prediction.label(option))}</label>"
        for place, option in enumerate(prediction.options)
    )
    return (
        f'<fieldset class="vaelab-prediction" id="prediction-{number}" data-number="{number}">'
        f"<legend><b>Prediction {number}.</b> {_prose(prediction.question)}</legend>{options}"
        f'<p class="vaelab-picked" role="status"></p></fieldset>'
    )


def explanation(prediction: Prediction) -> str:
    """The answer, folded until one has picked."""
    number, right = prediction.number, prediction.options.index(prediction.answer)
    return (
        f'<details class="vaelab-explanation" id="explanation-{number}" data-number="{number}" data-right="{right}">'
        f"<summary>The answer to prediction {number}</summary>"
        f'<p><span class="vaelab-said"></span>It is {_prose(prediction.label(prediction.answer))}. '
        f"{_prose(prediction.because)}</p></details>"
    )


def exercise(task: Exercise) -> str:
    """Below an exercise's stub: how to do it for real, its hints one by one, and a solution, all folded."""
    hints = "".join(
        f"<details><summary>Hint {place} of {len(task.hints)}</summary><p>{_prose(hint)}</p></details>"
        for place, hint in enumerate(task.hints, 1)
    )
    solution = highlight(solution_of(task.reference), PythonLexer(), HtmlFormatter(cssclass="highlight"))
    return (
        f'<div class="vaelab-exercise" id="exercise-{task.number}">'
        f"<p>Exercise {task.number} is yours to write. In the notebook your answer is checked on the spot: "
        f'<a href="../students.html">how to get it</a>.</p>{hints}'
        f"<details><summary>A solution</summary>{solution}</details></div>"
    )


PROGRESS = "<p>In the notebook, this is the table of what you have done and what is open.</p>"


def links(stem: str, minutes: dict[str, dict[str, int]]) -> str:
    """What can be done with a notebook's page: take the notebook, or show it to a class.

    minutes: of each section, which the stage reads to know what is in a cut
    """
    return (
        f'<p class="vaelab-links"><a href="../downloads/{stem}.ipynb" download>Download this notebook</a> '
        f'<a href="../students.html">How to run it</a> <a href="../teaching/{stem[:2]}.html">How to teach it</a></p>'
        '<p class="vaelab-reading">You are reading a run of this notebook: where it says "run", the result stands '
        "below already, and its widgets are as they were at the end.</p>"
        f'<script type="application/json" id="vaelab-minutes">{json.dumps(minutes)}</script>\n'
    )


def _prose(text: str) -> str:
    """Text with `code` in it, and with numbers of equations, of which equations.py makes links."""
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return MENTION.sub(MENTIONED.format(r"\1"), coded)
