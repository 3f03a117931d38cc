"""Names of arguments that are none: refused, with the nearest right one."""

import difflib
import inspect

import ipywidgets
import traitlets


def check_names(widget: type[traitlets.HasTraits], given: dict) -> None:
    """Raises TypeError for a name that is neither an argument of the widget nor one of its public traits."""
    of_all = [name for name in ipywidgets.DOMWidget.class_trait_names() if not name.startswith("_")]
    arguments = [name for name in inspect.signature(widget.__init__).parameters if name not in ("self", "kwargs")]
    traits = [name for name in widget.class_trait_names() if not name.startswith("_") and name not in of_all]
    known = list(dict.fromkeys([*arguments, *traits]))
    for name in given:
        if name not in known and name not in of_all:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"is {near[0]} meant?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"{widget.__name__} has no argument {name}: {meant}")
