"""Refusals of this room, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance.foundation.errors import DomainError


class NotOpen(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The run or line has left the state in which this act is possible."""


class SamePerson(DomainError):  # noqa: N818
    """Whoever prepared an accrual does not approve it."""

    def __init__(self):
        super().__init__(_("Whoever prepared an accrual cannot approve it."))


class DaysMissing(DomainError):  # noqa: N818
    """Lines whose days nobody has confirmed yet; `count` of them."""

    def __init__(self, count: int, places: str):
        self.count = count
        super().__init__(
            ngettext_lazy(
                "The days of %(count)s line are not confirmed yet: %(places)s.",
                "The days of %(count)s lines are not confirmed yet: %(places)s.",
                count,
            )
            % {"count": count, "places": places}
        )


class NoLongerSo(DomainError):  # noqa: N818
    """Lines whose subsidies have changed since they were computed; `names` are theirs."""

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        super().__init__(
            ngettext_lazy(
                "The subsidy of %(count)s line (%(names)s) was changed, halted or ended since it"
                " was computed: compute the accrual again.",
                "The subsidies of %(count)s lines (%(names)s) were changed, halted or ended since"
                " they were computed: compute the accrual again.",
                len(self.names),
            )
            % {"count": len(self.names), "names": "、".join(dict.fromkeys(self.names[:8]))}
        )


class Exhausted(DomainError):  # noqa: N818
    """What was committed does not bear some lines; `names` are theirs, nothing was posted."""

    def __init__(self, names: Sequence[str], said: str):
        self.names = tuple(names)
        shown = "、".join(self.names[:8])
        super().__init__(
            ngettext_lazy(
                "What was approved does not bear %(count)s line (%(names)s), so nothing was"
                " posted. %(said)s",
                "What was approved does not bear %(count)s lines (%(names)s), so nothing was"
                " posted. %(said)s",
                len(self.names),
            )
            % {"count": len(self.names), "names": shown, "said": said}
        )
