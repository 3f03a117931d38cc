"""Present mode: a page of the course, one thing at a time in large type, its widgets and its kernel alive."""

from vaelab.widgets.stage.widget import present

__all__ = ["present"]
