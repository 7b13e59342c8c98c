"""Refusals of this room."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance.foundation.errors import DomainError

from .rules import Reason


class SamePerson(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Preparer, reviewer and approver must be three people."""


class NotOpen(DomainError):  # noqa: N818
    """The row has already left the state in which this act is possible."""


class Ineligible(DomainError):  # noqa: N818
    """The firm may not be given the compound; `reasons` say why."""

    def __init__(self, message, reasons: Sequence[Reason], *, field: str | None = None):
        super().__init__(message, field=field)
        self.reasons = tuple(reasons)


class Short(DomainError):  # noqa: N818
    """Firms have less room than the picked compounds need together: to be passed knowingly."""


class Refused(NamedTuple):
    """A row of many that was refused: its name, and why."""

    name: str
    message: object


class RowsRefused(DomainError):  # noqa: N818
    """Of many rows some were refused, so none was written; `rows` names them."""

    def __init__(self, rows: Sequence[Refused]):
        self.rows = tuple(rows)
        super().__init__(
            ngettext_lazy(
                "%(count)s row was refused, so nothing was written.",
                "%(count)s rows were refused, so nothing was written.",
                len(self.rows),
            )
            % {"count": len(self.rows)}
        )


NOBODY_ELSE = _("Who prepared it, who reviews and who approves it are three different people.")
