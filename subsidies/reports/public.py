"""The list for public notice (公示名单): who gets what for which compound. No accounts, no people.

Numbers that would speak of fewer than five households are hidden, and with them what they could
be worked out from (domain.md §8.2).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.wording import rates_of
from subsidies.programmes.models import RateStep
from subsidies.programmes.questions import terms_of
from subsidies.programmes.rules import Terms

from .rules import masking
from .rules.flows import ZERO
from .rules.periods import Period

NOTICE, GRANTED = "notice", "granted"
KINDS = {
    NOTICE: gettext_lazy("under notice in the period"),
    GRANTED: gettext_lazy("approved in the period"),
}
State = Entitlement.State
AFTER = (State.APPROVED, State.SUSPENDED, State.EXITED, State.CLOSED)
HIDDEN = "＜5"
READ = (
    "number",
    "programme_id",
    "programme__name",
    "street__name",
    "community__name",
    "compound__name",
    "compound__household_count",
    "provider__name",
    "area_m2",
    "household_count",
    "starts_on",
    "ends_on",
    "months",
    "amount",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list; what is hidden is None."""

    number: int
    street: str
    community: str
    compound: str
    firm: str
    programme: str
    by_households: bool
    quantity: Decimal | int | None
    rate: str
    starts_on: dt.date
    ends_on: dt.date
    months: int
    amount: Decimal | None
    is_hidden: bool

    @property
    def unit(self) -> str:
        return pgettext("unit", "households") if self.by_households else "m²"


@dataclass(frozen=True)
class PublicList:
    """The list of a period in the reader's places: eight statements."""

    user: Any
    period: Period
    kind: str = NOTICE
    street: int | None = None

    @cached_property
    def queryset(self):
        rows = Entitlement.objects.visible_to(self.user)
        if self.street:
            rows = rows.filter(street=self.street)
        first, last = self.period.first, self.period.last
        if self.kind == GRANTED:
            return rows.filter(state__in=AFTER, approved_on__range=(first, last))
        return rows.filter(
            Q(state__in=[State.PUBLICISED, *AFTER]),
            notice__starts_on__lte=last,
            notice__ends_on__gte=first,
        )

    @cached_property
    def lines(self) -> list[Line]:
        found = list(
            self.queryset.order_by("street__code", "compound__code", "pk").values_list(
                *READ, named=True
            )
        )
        terms = terms_of({row.programme_id for row in found}) if found else {}
        words = {pk: rates_of(one) for pk, one in terms.items()}
        return [
            self._line(number, row, terms[row.programme_id], words[row.programme_id])
            for number, row in enumerate(found, start=1)
        ]

    def _line(self, number: int, row, terms: Terms, rate: str) -> Line:
        by_households = bool(terms.steps) and terms.steps[0].basis == RateStep.Basis.HOUSEHOLDS
        households = row.household_count
        if households is None:
            households = row.compound__household_count
        is_hidden = masking.is_small(households)
        quantity = row.household_count if by_households else row.area_m2
        return Line(
            number,
            row.street__name,
            row.community__name,
            row.compound__name,
            row.provider__name,
            row.programme__name,
            by_households,
            None if is_hidden else quantity,
            rate,
            row.starts_on,
            row.ends_on,
            row.months,
            None if is_hidden else row.amount,
            is_hidden,
        )

    @cached_property
    def hides_total(self) -> bool:
        return masking.hides_total(line.is_hidden for line in self.lines)

    @cached_property
    def total(self) -> Decimal | None:
        """The sum of all lines, hidden ones too; None where it would give one away."""
        if self.hides_total:
            return None
        amounts = self.queryset.order_by().values_list("amount", flat=True)
        return sum(amounts, ZERO)

    @property
    def title(self) -> str:
        return _("List of subsidies for public notice")
