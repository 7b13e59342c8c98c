"""Read-only numbers of runs and their lines, for pages and work lines."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from governance.foundation.bulk import in_chunks
from governance.organisation.calendar import calendar
from subsidies.entitlements.rules.due import months_after

from .models import Accrual, AccrualRun

SHOWN = ("COMPUTED", "POSTED", "REVERSED")
ZERO = Decimal(0)
DUE_DAY = 5  # of the next month (§5.2)


def due_on(month: dt.date) -> dt.date:
    """The day by which a month is to be accrued: the 5th of the next, or the working day after."""
    return calendar().rolled(months_after(month, 1).replace(day=DUE_DAY))


def runs_for(user) -> QuerySet:
    """Runs of the districts in which the user sees the register; their lines by his places."""
    return AccrualRun.objects.filter(district_id__in=user.scope.in_districts())


@dataclass(frozen=True, slots=True)
class Sums:
    """Lines of a run, or of a part of it."""

    name: str
    code: str
    lines: int
    gross: Decimal
    deduction: Decimal
    due: Decimal


_SUMS = {"n": Count("pk"), "g": Sum("gross"), "d": Sum("deduction"), "s": Sum("due")}


def totals(lines: QuerySet) -> Sums:
    found = lines.filter(state__in=("COMPUTED", "POSTED")).order_by().aggregate(**_SUMS)
    return Sums("", "", found["n"], found["g"] or ZERO, found["d"] or ZERO, found["s"] or ZERO)


def by_street(lines: QuerySet) -> list[Sums]:
    rows = lines.filter(state__in=("COMPUTED", "POSTED")).order_by("street__code")
    return [
        Sums(name, code, n, g, d, s)
        for name, code, n, g, d, s in rows.values_list("street__name", "street__code").annotate(
            **_SUMS
        )
    ]


def by_firm(lines: QuerySet) -> list[Sums]:
    rows = lines.filter(state__in=("COMPUTED", "POSTED")).order_by("entitlement__provider__name")
    return [
        Sums(name, str(pk), n, g, d, s)
        for name, pk, n, g, d, s in rows.values_list(
            "entitlement__provider__name", "entitlement__provider_id"
        ).annotate(**_SUMS)
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the days of a run are confirmed, and what waits."""

    open_days: int
    problems: int
    computed: int


def standing(lines: QuerySet) -> Standing:
    found = lines.order_by().aggregate(
        open=Count("pk", filter=Q(state="COMPUTED", confirmed_at=None)),
        problems=Count("pk", filter=Q(state="PROBLEM")),
        computed=Count("pk", filter=Q(state="COMPUTED")),
    )
    return Standing(found["open"], found["problems"], found["computed"])


def problem_counts(lines: QuerySet) -> Counter:
    """By code: how many lines have a problem."""
    counts: Counter = Counter()
    for problems in lines.filter(problems__0__isnull=False).values_list("problems", flat=True):
        counts.update({code for code, _values in problems})
    return counts


def left_of(numbers, accounts: QuerySet) -> dict[str, Decimal]:
    """By entitlement number: what is committed and not accrued yet (结余)."""
    found: dict[str, Decimal] = {}
    for chunk in in_chunks(sorted(set(numbers))):
        rows = accounts.filter(holder__among=chunk, stage="COMMITTED").order_by()
        for holder, balance in rows.values_list("holder").annotate(total=Sum("balance")):
            found[holder] = balance
    return found


def open_run(district_id: int) -> AccrualRun | None:
    return AccrualRun.objects.filter(district=district_id, state__in=["DRAFT", "SUBMITTED"]).first()


def next_month(district_id: int, today: dt.date) -> dt.date:
    """The month that is to be accrued: the last one that is over."""
    return months_after(today.replace(day=1), -1)


def lines_of(run: AccrualRun, user) -> QuerySet:
    return Accrual.objects.visible_to(user).filter(run=run)
