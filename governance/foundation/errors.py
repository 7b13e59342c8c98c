"""Errors a person can mend: raised by rules and services, shown beside their cause."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal in the user's language.

    `message` is a translatable sentence that says what, where and how to mend it;
    `field` names the form field it belongs to, where there is one.
    """

    def __init__(self, message, *, field: str | None = None):
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class StaleRecord(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Somebody else saved the record in between; both versions are to be shown."""

    def __init__(self, message=None, *, current=None):
        super().__init__(
            message or _("Somebody else has changed this record meanwhile. Compare and save again.")
        )
        self.current = current


class NotAllowed(DomainError):  # noqa: N818
    """The actor lacks the right for this act in this place."""

    def __init__(self, message=None):
        super().__init__(message or _("Your post does not include this act here."))
