"""What stands in the ledger: standings, statements, closed days. Read-only, set-based."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import (
    Case,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)

from governance.foundation.bulk import in_chunks
from governance.foundation.fields import FixedPointField

from .models import Account, BudgetIndicator, Closing, Movement, Posting, Stage
from .rules import Standing

# Stages that are asked for together: owed or paid.
ACCRUED = (Stage.PAYABLE, Stage.IN_PAYMENT, Stage.PAID)
_MONEY = FixedPointField()


def left(indicator_ids: Iterable[int]) -> dict[int, Standing]:
    """How far the money of each indicator has come; one without postings stands at zero."""
    ids = list(indicator_ids)
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in ids}
    rows = (
        Account.objects.filter(indicator__in=ids)
        .order_by()
        .values_list("indicator_id", "stage")
        .annotate(n=Sum("balance"))
    )
    for pk, stage, amount in rows:
        found[pk][stage] = amount
    return {pk: Standing.of(balances) for pk, balances in found.items()}


def of_holders(
    numbers: Iterable[str], district_id: int | None = None
) -> dict[str, dict[tuple[int, str], Decimal]]:
    """For each entitlement number: what stands in its accounts, by indicator and stage."""
    found: dict[str, dict] = {number: {} for number in numbers}
    for chunk in in_chunks(list(found)):
        rows = Account.objects.filter(holder__in=chunk).exclude(holder="")
        if district_id is not None:
            rows = rows.filter(district=district_id)
        for number, indicator, stage, balance in rows.values_list(
            "holder", "indicator_id", "stage", "balance"
        ):
            found[number][indicator, stage] = balance
    return found


def standing_of_holders(
    numbers: Iterable[str], district_id: int | None = None
) -> dict[str, Standing]:
    """For each entitlement number: how far its money has come, over all its indicators."""
    found = {}
    for number, places in of_holders(numbers, district_id).items():
        balances: dict[str, Decimal] = defaultdict(Decimal)
        for (_indicator, stage), amount in places.items():
            balances[stage] += amount
        found[number] = Standing.of(balances)
    return found


def years_borne(indicator_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The calendar years whose months an indicator may bear.

    Its own budget year, and the years whose money was carried over to it by document (and not
    taken back): what service of that year is still owed is then paid out of it.
    """
    ids = set(indicator_ids)
    lines = dict(BudgetIndicator.objects.filter(pk__in=ids).values_list("pk", "line__year"))
    years = {pk: {year} for pk, year in lines.items()}
    origins: dict[int, set[int]] = {pk: {pk} for pk in years}
    asked = set(years)
    while asked:  # money may have been carried over more than once
        rows = Movement.objects.filter(
            kind=Movement.Kind.CARRY_OVER, state=Movement.State.POSTED, to_indicator__in=asked
        ).values_list("pk", "to_indicator", "indicator", "indicator__line__year")
        found = list(rows)
        keys = [f"movement:{pk}" for pk, *_rest in found]
        taken_back = set(
            Posting.objects.filter(key__in=keys, reversed_by__isnull=False).values_list(
                "key", flat=True
            )
        )
        asked = set()
        for pk, target, source, year in found:
            if f"movement:{pk}" in taken_back:
                continue
            for head, known in origins.items():
                if target in known and source not in known:
                    known.add(source)
                    years[head].add(year)
                    asked.add(source)
    return {pk: frozenset(found) for pk, found in years.items()}


def closed_until(district_id: int) -> dt.date | None:
    """The last day that is closed; None where no month is."""
    return (
        Closing.objects.filter(district=district_id, reopened_at=None)
        .order_by("-until")
        .values_list("until", flat=True)
        .first()
    )


def is_closed(district_id: int, day: dt.date) -> bool:
    until = closed_until(district_id)
    return until is not None and day <= until


# -- postings --------------------------------------------------------------------------------------
def touching(accounts: QuerySet[Account]) -> QuerySet[Posting]:
    """Postings from or to any of some accounts."""
    ids = accounts.order_by().values("pk")
    return Posting.objects.filter(Q(source__in=ids) | Q(target__in=ids))


def signed(accounts: QuerySet[Account]) -> Case:
    """What a posting adds to some accounts together: within them it adds nothing."""
    ids = accounts.order_by().values("pk")
    # Stored in fen: constants of a Case keep the field's own place.
    return Case(
        When(Q(source__in=ids) & Q(target__in=ids), then=Value(0, output_field=_MONEY)),
        When(target__in=ids, then=F("amount")),
        default=ExpressionWrapper(F("amount") * Value(-1), output_field=_MONEY),
        output_field=_MONEY,
    )


def statement(accounts: QuerySet[Account], until: dt.date | None = None) -> QuerySet[Posting]:
    """Postings of some accounts in the order of the book, with `moved` and `left` after each.

    In the order of the vouchers, so `left` of the last one is the balance; `until` ends it at a
    day (by the day of the voucher).
    """
    rows = touching(accounts).annotate(moved=signed(accounts))
    if until is not None:
        rows = rows.filter(transaction__on__lte=until)
    order = [F("transaction__number").asc(), F("pk").asc()]
    return rows.annotate(
        left=Window(Sum("moved"), order_by=order),
    ).order_by("transaction__number", "pk")


def history_of(
    *, indicator_id: int | None = None, stage: str = "", holder: str = ""
) -> QuerySet[Posting]:
    """The statement of an indicator's stage, of an entitlement, or of one account of both."""
    rows = Account.objects.all()
    if indicator_id is not None:
        rows = rows.filter(indicator=indicator_id)
    if stage:
        rows = rows.filter(stage=stage)
    if holder:
        rows = rows.filter(holder=holder)
    return statement(rows).select_related("transaction", "source__indicator", "target__indicator")
