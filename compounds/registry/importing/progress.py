"""How far an import has come, and whether somebody wants it stopped.

Kept as two tiny files beside the upload, not in the database: while the rows are written one
transaction is open, whose progress nobody could see and which would hold up whoever asks for
a cancellation.
"""

import time
from collections.abc import Callable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from governance.foundation.errors import DomainError

from ..models.imports import Import

EVERY = 0.5  # seconds between two notes
Report = Callable[[int, int], None]


class Cancelled(DomainError):  # noqa: N818 - an outcome, not an error
    """The person at the screen stopped the import."""


def _name(batch: Import, what: str) -> str:
    return f"{batch.file.name}.{what}"


def _put(name: str, text: str) -> None:
    default_storage.delete(name)
    default_storage.save(name, ContentFile(text.encode()))


class Progress:
    """Notes progress now and then, and stops the work when that was asked for."""

    def __init__(self, batch: Import, report: Report | None = None):
        self.batch, self.report = batch, report
        self.total = 0
        self._last = 0.0

    def start(self, total: int) -> None:
        self.total, self._last = total, 0.0
        self.step(0)

    def step(self, done: int) -> None:
        """Note that `done` of the total are done; raises Cancelled."""
        if self.report:
            self.report(done, self.total)
        now = time.monotonic()
        if now - self._last < EVERY and done:
            return
        self._last = now
        _put(_name(self.batch, "progress"), f"{done} {self.total}")
        if default_storage.exists(_name(self.batch, "cancel")):
            raise Cancelled("")


def ask_to_cancel(batch: Import) -> None:
    _put(_name(batch, "cancel"), "")


def is_cancel_asked(batch: Import) -> bool:
    return default_storage.exists(_name(batch, "cancel"))


def read(batch: Import) -> tuple[int, int]:
    """(done, total) as last noted; (0, 0) where nothing is."""
    try:
        with default_storage.open(_name(batch, "progress")) as file:
            done, total = file.read().split()
            return int(done), int(total)
    except (OSError, ValueError):
        return 0, 0


def silent_seconds(batch: Import) -> float:
    """Seconds since the work last gave a sign of life."""
    last = batch.started_at or batch.uploaded_at
    try:
        noted = default_storage.get_modified_time(_name(batch, "progress"))
        last = max(last, noted)
    except OSError:
        pass
    return (timezone.now() - last).total_seconds()


def clear(batch: Import) -> None:
    for what in ("progress", "cancel"):
        default_storage.delete(_name(batch, what))
