"""Refusals of this room."""

from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError


class TermsNotSound(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The terms have faults; `faults` names the place of each."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__(self.faults[0].sentence)


class SamePerson(DomainError):  # noqa: N818
    """Preparer and publisher must be two people."""

    def __init__(self):
        super().__init__(_("You prepared this programme, so somebody else must publish it."))


class NotOpen(DomainError):  # noqa: N818
    """The programme has already left the state in which this act is possible."""
