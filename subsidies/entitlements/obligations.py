"""以后年度支出责任: what approved subsidies will cost years that no indicator bears yet.

Read-only and set-based; rows are those that a reader sees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from governance.foundation.fields import FixedPointField
from subsidies.ledger.models import BudgetIndicator

from .models import Entitlement, YearShare

ZERO = Decimal("0.00")
# From this day on the budget of the next year is asked for.
ASKED_FROM = (11, 1)


class Need(NamedTuple):
    """What running subsidies need of the budget of a year, and of how many of them."""

    year: int
    amount: Decimal
    count: int
    payers: tuple[tuple[str, Decimal], ...]


def needs(entitlements: QuerySet) -> list[Need]:
    """By year: the obligations of some entitlements, by payer, the nearest year first."""
    rows = YearShare.objects.obligations().filter(entitlement__in=entitlements.order_by())
    sums: dict[int, list[tuple[str, Decimal]]] = {}
    for year, payer, amount in (
        rows.order_by("year", "payer").values_list("year", "payer").annotate(amount=Sum("amount"))
    ):
        sums.setdefault(year, []).append((payer, amount))
    counts = dict(
        rows.order_by().values_list("year").annotate(n=Count("entitlement", distinct=True))
    )
    return [
        Need(year, sum((amount for _payer, amount in found), ZERO), counts[year], tuple(found))
        for year, found in sums.items()
    ]


def total_of(entitlements: QuerySet) -> Decimal:
    """All obligations of some entitlements, in yuan."""
    rows = YearShare.objects.obligations().filter(entitlement__in=entitlements.order_by())
    return rows.aggregate(total=Sum("amount"))["total"] or ZERO


def with_obligation(entitlements: QuerySet) -> QuerySet:
    """Entitlements with `obligation`: what no indicator bears yet, in yuan."""
    own = (
        YearShare.objects.obligations()
        .filter(entitlement=OuterRef("pk"))
        .order_by()
        .values("entitlement")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return entitlements.annotate(
        obligation=Coalesce(Subquery(own), ZERO, output_field=FixedPointField())
    )


def years_to_ask(today: dt.date) -> range:
    """Years whose budget has to be asked for by a day: this one, near its end the next too."""
    last = today.year + ((today.month, today.day) >= ASKED_FROM)
    return range(2000, last + 1)


def with_indicators(districts: Iterable[int], years: Iterable[int]) -> set[tuple[int, int]]:
    """(district, year) that have an indicator already."""
    rows = BudgetIndicator.objects.filter(district__in=list(districts), line__year__in=list(years))
    return set(rows.order_by().values_list("district", "line__year").distinct())


def of_entitlement(entitlement: Entitlement) -> list[YearShare]:
    """The obligations of one entitlement."""
    return list(
        YearShare.objects.obligations().filter(entitlement=entitlement).order_by("year", "payer")
    )
