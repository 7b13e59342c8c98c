"""Refusals of this room."""

from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError


class SamePerson(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Preparer and approver must be two people."""


class LayoutChanged(DomainError):  # noqa: N818
    """What the steps rest on is no longer so; `places` names the communities."""

    def __init__(self, places):
        self.places = places
        super().__init__(
            _(
                "Grids, members or organisations have changed since the proposal was prepared: "
                "%(places)s. Propose anew."
            )
            % {"places": "、".join(places)}
        )


class TouchedSince(DomainError):  # noqa: N818
    """A batch cannot be undone: `rows` says what others have done with its organisations."""

    def __init__(self, rows):
        self.rows = rows
        super().__init__(_("It cannot be undone: its organisations have been worked with since."))
