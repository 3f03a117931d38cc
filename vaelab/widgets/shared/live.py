"""When a widget that shows a training while it runs may look at it, so that the training hardly notices."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pace:
    """At most `often` looks a second, and at most the `share` of the time that passes.

    >>> pace = Pace()
    >>> if pace.due():
    ...     with pace.look():
    ...         pass  # draw the model as it is now
    """

    def __init__(self, often: float = 6, share: float = 0.05):
        self.period, self.share = 1 / often, share
        self.next = 0.0

    def due(self) -> bool:
        """Whether it is time for another look."""
        return time.perf_counter() >= self.next

    @contextmanager
    def look(self) -> Iterator[None]:
        """Around a look: the longer it takes, the longer until the next."""
        began = time.perf_counter()
        yield
        taken = time.perf_counter() - began
        self.next = began + max(self.period, taken / self.share)
