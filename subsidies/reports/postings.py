"""Postings summed by what a report asks: one grouped statement each, whatever their number.

Read-only; who may read is settled by the accounts given, which come scoped from the views.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from subsidies.ledger.models import Account, Flow, Posting, Stage

from .rules.flows import Sums, summed
from .rules.periods import Period

STAGES = ("source__stage", "target__stage")
# Stages of one entitlement; the others are of an indicator as a whole.
HELD = (Stage.COMMITTED, Stage.PAYABLE, Stage.IN_PAYMENT, Stage.PAID, Stage.TO_RECOVER)


def of_accounts(accounts: QuerySet) -> QuerySet:
    """Postings that leave or reach some accounts of entitlements."""
    inside = accounts.order_by().values("pk")
    return Posting.objects.filter(Q(source__in=inside) | Q(target__in=inside)).order_by()


def either(name: str) -> Coalesce:
    """A column of the entitlement's account, on whichever side of the posting it stands."""
    return Coalesce(f"source__{name}", f"target__{name}")


def within(period: Period) -> Q:
    return Q(transaction__on__range=(period.first, period.last))


def sums_by(accounts: QuerySet, period: Period, *columns: str) -> dict[tuple, tuple[Sums, Sums]]:
    """(before the period, inside it) for each combination of columns of an account, or `month`.

    One statement. `columns` are names of `Account`, such as provider, compound or holder.
    """
    named = {f"by_{name}": either(name) for name in columns if name != "month"}
    keys = [name if name == "month" else f"by_{name}" for name in columns]
    rows = (
        of_accounts(accounts)
        .filter(transaction__on__lte=period.last)
        .annotate(**named)
        .values_list(*keys, *STAGES)
        .annotate(
            before=Sum("amount", filter=Q(transaction__on__lt=period.first)),
            inside=Sum("amount", filter=Q(transaction__on__gte=period.first)),
        )
    )
    flows: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
    for *key, source, target, before, inside in rows:
        found = flows[tuple(key)]
        found[0].append((source, target, before))
        found[1].append((source, target, inside))
    return {key: (summed(before), summed(inside)) for key, (before, inside) in flows.items()}


def of_months(accounts: QuerySet, first: dt.date, last: dt.date) -> dict[str, Sums]:
    """By holder: what became of the money of some months of service, whenever it was posted."""
    rows = (
        of_accounts(accounts)
        .filter(month__range=(first, last))
        .annotate(by_holder=either("holder"))
        .values_list("by_holder", *STAGES)
        .annotate(amount=Sum("amount"))
    )
    flows: dict[str, list] = defaultdict(list)
    for holder, source, target, amount in rows:
        flows[holder].append((source, target, amount))
    return {holder: summed(found) for holder, found in flows.items()}


def by_indicator(indicators: Iterable[int]) -> dict[int, dict[dt.date, Sums]]:
    """What became of each indicator's money, by the month in which it was posted.

    Read from the flows that the database keeps: the postings say the same (`check_ledger`).
    """
    rows = Flow.objects.filter(indicator__in=list(indicators)).values_list(
        "indicator", "month", "source", "target", "amount"
    )
    flows: dict[int, dict[dt.date, list]] = defaultdict(lambda: defaultdict(list))
    for indicator, posted, source, target, amount in rows:
        flows[indicator][posted].append((source, target, amount))
    return {
        pk: {month: summed(found) for month, found in months.items()}
        for pk, months in flows.items()
    }


def standing(accounts: QuerySet, *columns: str) -> dict[tuple, dict[str, object]]:
    """Balances of accounts by stage for each combination of columns: one statement."""
    rows = (
        accounts.order_by()
        .values_list(*columns, "stage")
        .annotate(amount=Sum("balance"))
        .filter(amount__isnull=False)
    )
    found: dict[tuple, dict[str, object]] = defaultdict(dict)
    for *key, stage, amount in rows:
        found[tuple(key)][stage] = amount
    return found


def accounts_of(user) -> QuerySet:
    """Accounts of entitlements in the places the reader sees."""
    return Account.objects.visible_to(user).filter(stage__in=HELD)
