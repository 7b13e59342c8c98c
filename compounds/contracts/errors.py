"""Refusals of this room that hold several reasons at once."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.foundation.errors import DomainError
from governance.foundation.texts import render

from .rules import Reason


def in_words(reason: Reason) -> str:
    """A reason in the present language, with the article of the Civil Code it rests on."""
    values = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in reason.values.items()
    }
    words = render(reason.words, values)
    return words + (_(" (Civil Code %s)") % reason.law if reason.law else "")


class Refused(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Why an act on a contract is refused: every reason at once."""

    def __init__(self, reasons: Sequence[Reason]):
        self.reasons = tuple(reasons)
        super().__init__(
            gettext_lazy("The contract cannot be taken like this."),
            field=self.reasons[0].field or None,
        )

    def __str__(self) -> str:
        return " ".join(in_words(reason) for reason in self.reasons)

    @property
    def by_field(self) -> list[tuple[str, str]]:
        """(field, sentence) of every reason, in order."""
        return [(reason.field, in_words(reason)) for reason in self.reasons]


def as_validation(reasons: Sequence[Reason]) -> ValidationError:
    """Reasons as the errors of a form."""
    found: dict[str, list[str]] = {}
    for reason in reasons:
        found.setdefault(reason.field or "__all__", []).append(in_words(reason))
    return ValidationError(found)
