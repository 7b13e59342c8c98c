"""Refusals of the ledger, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError

from .rules import Shortage


class Overdrawn(DomainError):  # noqa: N818 - names of refusals read as sentences
    """An account has less than was asked of it; `shortages` are all of them."""

    def __init__(self, message, shortages: Sequence[Shortage] = ()):
        super().__init__(message)
        self.shortages = tuple(shortages)


class BooksClosed(DomainError):  # noqa: N818
    """The day lies in a month that is closed."""

    def __init__(self, on, until):
        super().__init__(
            _("The books are closed until %(until)s: nothing is posted on %(on)s.")
            % {"until": until, "on": on},
            field="on",
        )


class KeyTaken(DomainError):  # noqa: N818
    """The same business act was posted before, with other lines or within another act."""

    def __init__(self, key):
        super().__init__(
            _("“%(key)s” was posted before, with other amounts. Nothing is posted twice.")
            % {"key": key}
        )
        self.key = key
