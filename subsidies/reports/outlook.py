"""What is still to come: the remaining months of approved entitlements against each indicator.

Months are those of the rule that an approval commits, less those that are posted; each falls on
the indicator that bears it, which is one of its own year. What no indicator bears yet is an
obligation of its year's budget (`entitlements.obligations`). Nothing is stored.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from compounds.contracts.models import Contract
from governance.foundation import dates
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.entitlements.obligations import Need, needs
from subsidies.entitlements.rules import bears, due
from subsidies.programmes.questions import terms_of
from subsidies.programmes.rules import Terms

from .budgets import Budget, Money
from .rules.flows import ZERO
from .rules.whatif import Subject, months_of, runs_out

COLUMNS = (
    "pk",
    "programme",
    "provider",
    "compound",
    "street",
    "area_m2",
    "household_count",
    "contract",
    "starts_on",
    "ends_on",
    "state",
)


@dataclass(frozen=True)
class IndicatorOutlook:
    """An indicator with what each month to come needs of it."""

    money: Money
    months: dict[dt.date, Decimal]

    @property
    def needed(self) -> Decimal:
        return sum(self.months.values(), ZERO)

    @property
    def there(self) -> Decimal:
        """What is committed for these months and what is available besides."""
        return self.money.committed + self.money.available

    @property
    def left(self) -> Decimal:
        return self.there - self.needed

    @property
    def runs_out(self) -> dt.date | None:
        return runs_out(self.months, self.there)


@dataclass(frozen=True)
class Outlook:
    """The rest of a budget year, and what applications under way would add."""

    budget: Budget
    until: dt.date

    @cached_property
    def _rows(self) -> list[tuple]:
        rows = Entitlement.objects.visible_to(self.budget.user).filter(
            state__in=[
                Entitlement.State.APPROVED,
                Entitlement.State.SUSPENDED,
                *Entitlement.BEFORE_APPROVAL,
            ]
        )
        return list(rows.order_by("pk").values_list(*COLUMNS, named=True))

    @cached_property
    def _terms(self) -> dict[int, Terms]:
        return terms_of(row.programme for row in self._rows)

    @cached_property
    def _fees(self) -> dict[int, Decimal]:
        """Fees of the contracts, where a programme pays a share of the fee."""
        wanted = [
            row.contract
            for row in self._rows
            if row.contract
            and any(step.basis == due.FEE_SHARE for step in self._terms[row.programme].steps)
        ]
        if not wanted:
            return {}
        return dict(Contract.objects.filter(pk__among=wanted).values_list("pk", "fee_per_m2"))

    def _months(self, row) -> list[tuple[dt.date, Decimal]]:
        subject = Subject(
            row.compound,
            row.street,
            row.provider,
            {},
            row.starts_on,
            chargeable_area_m2=row.area_m2,
            floor_area_m2=row.area_m2,
            household_count=row.household_count,
            fee_per_m2=self._fees.get(row.contract),
        )
        return months_of(self._terms[row.programme], subject, row.starts_on, row.ends_on)

    @cached_property
    def _posted(self) -> set[tuple[int, dt.date]]:
        rows = Accrual.objects.visible_to(self.budget.user).filter(state=Accrual.State.POSTED)
        return set(rows.order_by().values_list("entitlement", "month"))

    @cached_property
    def indicators(self) -> list[IndicatorOutlook]:
        """Every indicator of the year with its months to come, those of the year alone."""
        fundings: dict[int, list] = defaultdict(list)
        known = {one.indicator.pk for one in self.budget.indicators}
        rows = Funding.objects.filter(indicator__in=known).order_by("from_month")
        for entitlement, *rest in rows.values_list(
            "entitlement", "payer", "indicator", "from_month"
        ):
            fundings[entitlement].append(tuple(rest))
        needed: dict[int, dict[dt.date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for row in self._rows:
            if row.pk not in fundings or row.state in Entitlement.BEFORE_APPROVAL:
                continue
            terms = self._terms[row.programme]
            for month, amount in self._months(row):
                if month > self.until or (row.pk, month) in self._posted:
                    continue
                for share in due.shares_of(terms.shares, amount, ZERO):
                    pk = _funded_by(fundings[row.pk], share.payer, month)
                    if pk is not None:
                        needed[pk][month] += share.gross
        return [
            IndicatorOutlook(one, dict(sorted(needed[one.indicator.pk].items())))
            for one in self.budget.indicators
        ]

    @cached_property
    def months(self) -> list[dt.date]:
        found = {month for one in self.indicators for month in one.months}
        return sorted(found | set(self.pending))

    @cached_property
    def needed(self) -> dict[dt.date, Decimal]:
        """What approved entitlements need month by month, of all indicators."""
        found: dict[dt.date, Decimal] = defaultdict(Decimal)
        for one in self.indicators:
            for month, amount in one.months.items():
                found[month] += amount
        return dict(sorted(found.items()))

    @cached_property
    def pending(self) -> dict[dt.date, Decimal]:
        """What applications under way would cost, if all of them were approved."""
        found: dict[dt.date, Decimal] = defaultdict(Decimal)
        for row in self._rows:
            if row.state in Entitlement.BEFORE_APPROVAL:
                for month, amount in self._months(row):
                    if month <= self.until:
                        found[month] += amount
        return dict(sorted(found.items()))

    @cached_property
    def obligations(self) -> list[Need]:
        """What approved subsidies need of budgets whose indicators bear nothing of it yet."""
        return needs(Entitlement.objects.visible_to(self.budget.user))

    @property
    def obligation(self) -> Decimal:
        return sum((one.amount for one in self.obligations), ZERO)

    @property
    def pending_count(self) -> int:
        return sum(row.state in Entitlement.BEFORE_APPROVAL for row in self._rows)

    @property
    def pending_total(self) -> Decimal:
        return sum(self.pending.values(), ZERO)

    @property
    def pending_runs_out(self) -> dt.date | None:
        """When what is available would be used up by the applications under way."""
        return runs_out(self.pending, self.budget.total.available)


def _funded_by(fundings: list[tuple], payer: str, month: dt.date) -> int | None:
    """The indicator that bears a payer's share in a month: the last one of its year until then."""
    found = None
    for one, indicator, from_month in fundings:
        if one == payer and bears(from_month, month):
            found = indicator
    return found


def outlook(user, year: int) -> Outlook:
    """The outlook of a budget year to its end."""
    return Outlook(Budget(user, year), dt.date(max(year, dates.today().year), 12, 31))
