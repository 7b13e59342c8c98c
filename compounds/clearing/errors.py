"""Refusals of the campaign, each naming the cases it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.foundation.errors import DomainError
from governance.foundation.texts import render

from .rules import Refusal

NAMED = 5


class Refused(NamedTuple):
    """A case that a step was not taken for, and everything that speaks against it."""

    case_id: int
    name: str
    code: str
    refusals: tuple[Refusal, ...]

    @property
    def reasons(self) -> list[str]:
        return [render(one.message, one.values) for one in self.refusals]


class StepRefused(DomainError):  # noqa: N818 - names of refusals read as sentences
    """A step that cannot be taken, with every case and every reason; nothing was written."""

    def __init__(self, refused: Iterable[Refused]):
        self.refused: Sequence[Refused] = list(refused)
        if len(self.refused) == 1:
            message = _stop.join(self.refused[0].reasons)
        else:
            count = len(self.refused)
            names = _(", ").join(one.name for one in self.refused[:NAMED])
            message = ngettext(
                "Nothing was done: %(count)s case cannot take this step (%(names)s).",
                "Nothing was done: %(count)s cases cannot take this step (%(names)s).",
                count,
            ) % {"count": count, "names": names}
        super().__init__(message)


_stop = " "


class NotInCampaign(DomainError):  # noqa: N818
    """The compound has no case that this could be done to."""

    def __init__(self, message=None):
        super().__init__(message or gettext_lazy("This compound has no case in the campaign."))
