"""For every test, those of the notebooks too: progress that is made is nobody's; who runs beside whom, and when."""

import os
import tempfile

import pytest

os.environ["VAELAB_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")

# Where tests run side by side (`make test`), each has one thread: two trainings that share the cores' threads would
# wait for one another, and take five times as long as one alone. Kernels and other processes take this over.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Folders of tests, so that nobody ends alone with a long one.
LONGEST_FIRST = ("site", "browser", "course", "notebooks", "house", "package")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which files are handed out."""
    place = {folder: i for i, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))
