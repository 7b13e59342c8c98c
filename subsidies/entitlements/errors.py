"""Refusals of this room, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance.foundation.errors import DomainError


class NotOpen(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The row has already left the state in which this act is possible."""


class SamePerson(DomainError):  # noqa: N818
    """Whoever took one step takes none of the others."""

    def __init__(self):
        super().__init__(
            _("Another person must take this step: five different people decide on a subsidy.")
        )


class NotReady(DomainError):  # noqa: N818
    """What is still missing; `reasons` are all of it."""

    def __init__(self, reasons: Iterable[Any], *, field: str | None = None):
        self.reasons = tuple(reasons)
        super().__init__(" ".join(str(reason) for reason in self.reasons), field=field)


class Refused(NamedTuple):
    """A row of many that was refused: its id, its name, and why."""

    pk: int
    name: str
    message: Any


class RowsRefused(DomainError):  # noqa: N818
    """Of many rows some were refused, so none was written; `rows` names them."""

    def __init__(self, rows: Sequence[Refused], before: str = ""):
        self.rows = tuple(rows)
        said = ngettext_lazy(
            "%(count)s row was refused, so nothing was written.",
            "%(count)s rows were refused, so nothing was written.",
            len(self.rows),
        ) % {"count": len(self.rows)}
        super().__init__(f"{before} {said}" if before else said)

    def __str__(self) -> str:
        if len(self.rows) == 1:
            return str(self.rows[0].message)
        return super().__str__()
