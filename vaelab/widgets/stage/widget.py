"""vl.present(): in JupyterLab and Notebook, a button that puts the notebook on the stage."""

import anywidget
import traitlets

from vaelab.widgets.shared.esm import ROOM, module


class Present(anywidget.AnyWidget):
    """The button, and the key Alt + P in its notebook."""

    _esm = module("stage/widget.js")
    _css = (ROOM / "stage" / "stage.css").read_text(encoding="utf-8")
    _own_id = traitlets.Unicode().tag(sync=True)  # by which its page finds the notebook around it

    def __init__(self) -> None:
        super().__init__()
        self._own_id = self.model_id or ""

    def __repr__(self) -> str:
        return "A button that presents this notebook: it needs JupyterLab 4 or Notebook 7, and their widgets."


def present() -> anywidget.AnyWidget:
    """A button that presents the notebook it is in, one thing at a time in large type. Alt + P does the same.

    Widgets go on living there, cells can be run (Shift + Enter) and edited (Enter). The arrow keys, Page Up, Page Down
    and a clicker go back and on, Escape leaves, `?` shows all keys. The key works until the notebook is closed, so this
    cell may be deleted again.

    In JupyterLab 4 and Notebook 7; elsewhere the button's place says so.
    """
    return Present()
