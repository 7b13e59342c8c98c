"""Work that splits into parts, done by this thread and a second one; compiled code lets both run.

Parts must not touch what others write: then what comes out does not depend on who did what.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


class Crew:
    """Used as a context: the second thread ends with it."""

    def __enter__(self) -> Crew:
        self._second = ThreadPoolExecutor(1)
        return self

    def __exit__(self, *_raised) -> None:
        self._second.shutdown()

    def share(self, work: Callable[[Part], None], parts: Iterable[Part]) -> None:
        """Do `work` for every part; returns when all are done."""
        waiting = deque(parts)

        def run() -> None:
            while waiting:
                try:
                    part = waiting.popleft()
                except IndexError:  # the other one was quicker
                    return
                work(part)

        second = self._second.submit(run)
        run()
        second.result()
