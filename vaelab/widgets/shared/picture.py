"""A widget's picture as a PNG, drawn alike whatever style a notebook has set for its own figures."""

import textwrap
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from vaelab import plots

if TYPE_CHECKING:
    from vaelab.widgets.shared.base import Widget


def picture_of(widget: "Widget") -> bytes:
    """The PNG of the widget's picture, with its caption below it. Whatever fails leaves no figure behind."""
    before = plt.get_fignums()
    # A style may ask for a LaTeX or a font that is not installed.
    with plt.style.context("default", after_reset=True):
        try:
            figure = widget.picture()
            width = round(13 * figure.get_figwidth())  # letters that fit in a line
            figure.supxlabel(textwrap.fill(widget.caption(), width), fontsize="medium")
            return plots.png(figure)
        finally:
            for number in set(plt.get_fignums()) - set(before):
                plt.close(number)
