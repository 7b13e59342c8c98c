"""Where later rooms hear of compounds that are no longer without a manager, or no longer there.

Writers of the register call `tell` inside their transaction, with the compounds' rows locked; a
later room names its function once at start.
"""

from collections.abc import Callable, Iterable

_callbacks: list[Callable[..., None]] = []


def register(callback: Callable[..., None]) -> None:
    """Name a function to be called as `callback(ids, by=, reason=)`."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def tell(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Compounds have been found managed, merged or demolished (perhaps they were so before)."""
    ids = list(ids)
    if ids:
        for callback in _callbacks:
            callback(ids, by=by, reason=reason)
