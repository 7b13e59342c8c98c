"""Refusals of this room that hold several reasons at once."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError
from governance.foundation.texts import render

from .rules import Fault


def in_words(fault: Fault) -> str:
    """A fault in the present language."""
    return render(fault.message, dict(fault.values))


class ResultRefused(DomainError):  # noqa: N818 - names of refusals read as sentences
    """A result of the bank with rows that cannot be taken: nothing of it is taken."""

    def __init__(self, faults: Sequence[Fault]):
        super().__init__(_("Nothing was taken over: rows of the file are to be cleared up first."))
        self.faults = tuple(faults)


class NothingToPay(DomainError):  # noqa: N818
    """What is payable is left out altogether; `left_out` says what and why."""

    def __init__(self, left_out: Sequence = ()):
        super().__init__(_("Nothing of what was chosen can be paid now."))
        self.left_out = tuple(left_out)
