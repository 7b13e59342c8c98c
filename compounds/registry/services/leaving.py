"""Where later rooms hear of compounds that are no longer without a manager, or no longer there.

Writers of the register call `tell` inside their transaction, with the compounds' rows locked; a
later room names its function once at start.
"""

from collections.abc import Callable, Iterable

from governance.audit import services as audit


class News:
    """Functions of later rooms, called as `callback(ids, by=, reason=)` with ids of rows."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[..., None]] = []

    def register(self, callback: Callable[..., None]) -> None:
        """Name a function to be called."""
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def tell(self, ids: Iterable[int], *, by, reason: str = "") -> None:
        """Call them all, if there are any ids; what they record is recorded last."""
        ids = list(ids)
        with audit.held():
            for callback in self._callbacks if ids else ():
                callback(ids, by=by, reason=reason)


_left = News()
register = _left.register
# Compounds have been found managed, merged or demolished (perhaps they were so before).
tell = _left.tell
