"""Where acts are written down. The audit room keeps the book; earlier rooms write by this slot.

Rooms after audit call `governance.audit.services` directly; those before it (organisation) may
not import it, and their acts belong into the same book and the same transaction.
"""

from collections.abc import Callable
from typing import Any

_book: list[Callable[..., None]] = []


def keep(writer: Callable[..., None]) -> None:
    """Name the function that records acts; the audit room calls this once at start."""
    _book[:] = [writer]


def record(
    verb: str,
    obj: Any = None,
    *,
    by,
    changes: dict | None = None,
    reason: str = "",
    batch: str = "",
) -> None:
    """Record one act of `by` (None: the system itself) about `obj`, see audit.services.record."""
    if not _book:
        raise RuntimeError("nobody keeps the record of acts")
    _book[0](verb, obj, by=by, changes=changes, reason=reason, batch=batch)
