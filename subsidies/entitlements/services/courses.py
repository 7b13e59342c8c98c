"""The term of an approved subsidy as it stands, and what a change would make of it; writes nothing.

Questions of other rooms too: which basis, which indicator holds in a month.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError
from subsidies.ledger.models import Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.programmes.questions import terms_of

from .. import gathering, rules
from ..models import Entitlement, Funding, TermChange
from ..rules import changing
from ..rules.years import ByYear

Kind, State = TermChange.Kind, TermChange.State


# -- questions of other rooms ----------------------------------------------------------------------
def basis_at(
    entitlements: Iterable[Entitlement], month: dt.date
) -> dict[int, tuple[Decimal | None, int | None]]:
    """By id: area (m²) and households that hold in a month, after approved changes. One query."""
    rows = list(entitlements)
    found = {row.pk: (row.area_m2, row.household_count) for row in rows}
    changes = TermChange.objects.filter(
        entitlement__in=found, kind=Kind.BASIS, state=State.APPROVED, from_month__lte=month
    ).order_by("from_month", "pk")
    for pk, area, households in changes.values_list("entitlement_id", "area_m2", "household_count"):
        old_area, old_households = found[pk]
        found[pk] = (
            old_area if area is None else area,
            old_households if households is None else households,
        )
    return found


def fundings_at(entitlement_ids: Iterable[int], month: dt.date) -> dict[int, list[Funding]]:
    """By entitlement: the funding of each payer that bears a month. One query.

    A payer without one is left out: that year is not committed yet.
    """
    own: dict[int, list[Funding]] = defaultdict(list)
    rows = Funding.objects.filter(entitlement__in=list(entitlement_ids)).order_by("from_month")
    for row in rows:
        own[row.entitlement_id].append(row)
    return {
        pk: [one for _payer, one in sorted(rules.bearers(rows, month).items())]
        for pk, rows in own.items()
    }


# A later room knows the months whose line is posted, also of nothing: ids → (month, due) by id.
_posted: list[Callable[[Iterable[int]], Mapping[int, Iterable[tuple[dt.date, Decimal]]]]] = []


def register_posted(
    function: Callable[[Iterable[int]], Mapping[int, Iterable[tuple[dt.date, Decimal]]]],
) -> None:
    _posted.append(function)


def accrued_months(number: str, district_id: int) -> frozenset[dt.date]:
    """Months of an entitlement that are accrued and not reversed, those of nothing too."""
    rows = Posting.objects.filter(
        transaction__kind=Voucher.Kind.ACCRUAL,
        transaction__district=district_id,
        source__stage=Stage.COMMITTED,
        source__holder=number,
        reversed_by=None,
    )
    found = set(rows.exclude(month=None).values_list("month", flat=True))
    ids = list(Entitlement.objects.filter(number=number).values_list("pk", flat=True))
    for function in _posted:
        found.update(month for lines in function(ids).values() for month, _due in lines)
    return frozenset(found)


# -- what a change costs ---------------------------------------------------------------------------
class Effect(NamedTuple):
    """What a change adds (above nought) or takes off: by indicator, and by year and payer.

    Years without an indicator stand in the second alone: they are obligations to come.
    """

    by_indicator: dict[int, Decimal]
    by_year: ByYear

    @property
    def amount(self) -> Decimal:
        return sum(self.by_year.values(), Decimal("0.00"))


def course_of(row: Entitlement) -> changing.Course:
    """The term as it stands, with approved changes."""
    start = rules.first_of(row.starts_on)
    quantities = [changing.Quantity(start, row.area_m2, row.household_count)]
    approved = row.changes.filter(kind=Kind.BASIS, state=State.APPROVED)
    for one in approved.order_by("from_month", "pk"):
        last = quantities[-1]
        quantities.append(
            changing.Quantity(
                one.from_month,
                last.area_m2 if one.area_m2 is None else one.area_m2,
                last.household_count if one.household_count is None else one.household_count,
            )
        )
    payers = [
        changing.Payer(one.from_month, one.payer, one.indicator_id)
        for one in row.fundings.order_by("from_month", "pk")
    ]
    fee = row.contract.fee_per_m2 if row.contract_id else None
    return changing.Course(row.starts_on, row.ends_on, tuple(quantities), tuple(payers), fee)


def changed(row: Entitlement, change: TermChange, terms) -> changing.Course:
    """The term as it would stand after a change."""
    now = course_of(row)
    if change.kind == Kind.EXTENSION:
        ends_on = rules.end_of(terms, row.starts_on, row.months + change.months)
        return changing.Course(now.starts_on, ends_on, now.quantities, now.payers, now.fee_per_m2)
    if change.kind == Kind.BASIS:
        last = changing.latest(now.quantities, change.from_month)
        new = changing.Quantity(
            change.from_month,
            last.area_m2 if change.area_m2 is None else change.area_m2,
            last.household_count if change.household_count is None else change.household_count,
        )
        kept = tuple(one for one in now.quantities if one.from_month < change.from_month)
        return changing.Course(now.starts_on, now.ends_on, (*kept, new), now.payers, now.fee_per_m2)
    new = changing.Payer(change.from_month, change.payer, change.indicator_id)
    # Until the end of its year: a later year keeps the indicator it was committed on.
    kept = tuple(
        one
        for one in now.payers
        if one.payer != change.payer or not rules.bears(change.from_month, one.from_month)
    )
    return changing.Course(now.starts_on, now.ends_on, now.quantities, (*kept, new), now.fee_per_m2)


def effect_of(row: Entitlement, change: TermChange, terms=None) -> Effect:
    """How much more or less a change commits of each indicator, and costs of each year (yuan).

    Raises DomainError where a month cannot be reckoned.
    """
    terms = terms or terms_of([row.programme_id])[row.programme_id]
    accrued = accrued_months(row.number, row.district_id)
    others = gathering.Ceilings([row], {row.programme_id: terms}).of(row)
    try:
        before = changing.costs(terms, course_of(row), accrued, **others)
        after = changing.costs(terms, changed(row, change, terms), accrued, **others)
    except changing.Uncomputable as error:
        raise DomainError(
            _("The amount cannot be computed: area, households or fee is missing.")
        ) from error
    return Effect(
        changing.differences(before.by_indicator, after.by_indicator),
        changing.differences(before.by_year, after.by_year),
    )
