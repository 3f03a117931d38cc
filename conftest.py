"""For every test, those of the notebooks too: progress that is made is nobody's; who runs beside whom, and when."""

import os
import tempfile
from typing import Any

import pytest

os.environ["VAELAB_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")

# Where tests run side by side (`make test`), each has one thread: two trainings that share the cores' threads would
# wait for one another, and take five times as long as one alone. Kernels and other processes take this over.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

LONGEST_FIRST = ("browser", "course", "notebooks", "house", "package")  # folders; so nobody ends alone with a long one
ONE_BY_ONE = "test_solved_notebooks.py"  # a file whose tests have nothing in common


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which files are handed out."""
    place = {folder: i for i, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """A file's tests stay with one worker, as a notebook's cells have to.

    xdist's own groups don't work with the node ids of pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return nodeid if file.endswith(ONE_BY_ONE) else file

    return ByFile(config, log)
