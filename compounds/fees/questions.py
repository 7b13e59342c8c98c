"""Questions about fees and service that other rooms ask: set-based, by compound or assignment.

Every function takes ids (a list, or a queryset of ids, which stays in the database) and a day, and
costs the same few statements for one compound as for twenty thousand.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)

from compounds.assignment.models import Assignment
from compounds.registry.models import Compound
from governance.foundation.money import half_up

from . import rules
from .models import (
    Assessment,
    BookBalance,
    BookEntry,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)

Ids = Iterable[int] | QuerySet
SERVING = (Assignment.State.ACTIVE, Assignment.State.ENDED)


def among(name: str, ids: Ids) -> Q:
    """The condition that a column is one of some ids."""
    if isinstance(ids, QuerySet):
        return Q(**{f"{name}__in": ids})
    return Q(**{f"{name}__among": list(ids)})


# -- stages ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StageNow:
    """The stage an assignment has come to, and since when."""

    stage: str
    began_on: dt.date


def stage_of(assignment_ids: Ids) -> dict[int, StageNow]:
    """The last stage of each assignment that has one."""
    found: dict[int, StageNow] = {}
    rows = ServiceStage.objects.filter(among("assignment", assignment_ids)).order_by("position")
    for pk, stage, began_on in rows.values_list("assignment_id", "stage", "began_on"):
        found[pk] = StageNow(stage, began_on)
    return found


def services_of(compound_ids: Ids) -> dict[int, list[rules.Service]]:
    """Who has served each compound when, and from when it charged; oldest first."""
    found: dict[int, list[rules.Service]] = defaultdict(list)
    rows = (
        Assignment.objects.filter(
            among("compound", compound_ids), state__in=SERVING, starts_on__isnull=False
        )
        .annotate(
            stage_count=Count("stages"),
            charges_from=Min("stages__began_on", filter=Q(stages__stage=rules.CHARGE)),
        )
        .order_by("starts_on", "pk")
    )
    for compound, starts, ended, count, charges, provider in rows.values_list(
        "compound_id", "starts_on", "ended_on", "stage_count", "charges_from", "provider_id"
    ):
        found[compound].append(rules.Service(starts, ended, bool(count), charges, provider))
    return found


def charging(month: dt.date) -> QuerySet:
    """Assignments that had to report a month: charging from its first day to its end."""
    return Assignment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=rules.month_end(month)),
        state__in=SERVING,
        stages__stage=rules.CHARGE,
        stages__began_on__lte=month,
    )


def missing_reports(month: dt.date) -> QuerySet:
    """Compounds that charged all through a month and have not reported it."""
    reported = CollectionReport.objects.filter(month=month).values("compound")
    return Compound.objects.filter(pk__in=charging(month).values("compound")).exclude(
        pk__in=reported
    )


def served(month: dt.date) -> QuerySet:
    """Compounds to be typed in for a month: served in it, or reported then or the month before."""
    there = Assignment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=month),
        state__in=SERVING,
        starts_on__lte=rules.month_end(month),
    )
    known = CollectionReport.objects.filter(month__in=[month, rules.months_later(month, -1)])
    return Compound.objects.active().filter(
        Q(pk__in=there.values("compound")) | Q(pk__in=known.values("compound"))
    )


# -- collection ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Collected:
    """What was billed and paid in a time, by households (summed by month) and by money."""

    months: int
    billed_households: int
    paid_households: int
    billed_amount: Decimal
    paid_amount: Decimal

    @property
    def rate(self) -> Decimal | None:
        """By money, in percent to one decimal."""
        return rules.rate(self.paid_amount, self.billed_amount)

    @property
    def household_rate(self) -> Decimal | None:
        return rules.rate(self.paid_households, self.billed_households)


FIGURES = ("billed_households", "billed_amount", "paid_households", "paid_amount")
SUMS = {
    "months": Count("pk"),
    "households": Sum("billed_households"),
    "households_paid": Sum("paid_households"),
    "billed": Sum("billed_amount"),
    "paid": Sum("paid_amount"),
}


def collection_by_quarter(
    compound_ids: Ids, as_of: dt.date, quarters: int = 4
) -> dict[int, dict[dt.date, Collected]]:
    """What each compound collected in the last full quarters before a day, by their first day.

    A quarter without reports is left out; `months` says how many of its three were reported.
    """
    until = rules.quarter_of(as_of)
    firsts = [rules.months_later(until, -3 * back) for back in range(quarters, 0, -1)]
    rows = CollectionReport.objects.filter(
        among("compound", compound_ids), month__gte=firsts[0], month__lt=until
    ).order_by()
    sums = {}
    for first in firsts:
        inside = Q(month__gte=first, month__lt=rules.months_later(first, 3))
        sums[f"n_{first:%Y%m}"] = Count("pk", filter=inside)
        for name in FIGURES:
            # Whole numbers of fen: a hundred thousand exact decimals would take their time.
            sums[f"{name}_{first:%Y%m}"] = Sum(name, filter=inside, output_field=BigIntegerField())
    found: dict[int, dict[dt.date, Collected]] = {}
    grouped = rows.values_list("compound_id").annotate(**sums)
    for compound, *figures in grouped.iterator(chunk_size=5000):
        held = found[compound] = {}
        for first, at in zip(firsts, range(0, len(figures), 5), strict=True):
            months, households, billed, paid_households, paid = figures[at : at + 5]
            if months:
                held[first] = Collected(
                    months, households, paid_households, _yuan(billed), _yuan(paid)
                )
    return found


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def collected(compound_ids: Ids, first: dt.date, last: dt.date) -> dict[int, Collected]:
    """What each compound collected in the months from one to another."""
    rows = (
        CollectionReport.objects.filter(
            among("compound", compound_ids), month__gte=first, month__lte=last
        )
        .order_by()
        .values_list("compound_id")
        .annotate(**SUMS)
    )
    return {compound: Collected(*figures) for compound, *figures in rows}


# -- assessments and inspections -------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Assessed:
    """What the last round found."""

    pk: int
    round: str
    round_id: int
    assessed_on: dt.date
    satisfaction: Decimal
    collection: Decimal
    total: Decimal
    grade: str


def latest_assessment(compound_ids: Ids, as_of: dt.date) -> dict[int, Assessed]:
    """The assessment of each compound that was made last, on or before a day."""
    rows = Assessment.objects.filter(among("compound", compound_ids), assessed_on__lte=as_of)
    columns = (
        "compound_id",
        "pk",
        "round__name",
        "round_id",
        "assessed_on",
        "satisfaction_score",
        "collection_score",
        "total",
        "grade",
    )
    found: dict[int, Assessed] = {}
    for compound, *rest in rows.order_by("assessed_on", "pk").values_list(*columns).iterator():
        found[compound] = Assessed(*rest)
    return found


@dataclass(frozen=True, slots=True)
class Complaints:
    """Complaints of the last months; per 100 households where their number is known."""

    count: int
    households: int | None
    months: int

    @property
    def per_100(self) -> Decimal | None:
        if not self.households:
            return None
        return half_up(Decimal(self.count) * 100 / self.households, 2)


def _complaints(as_of: dt.date, months: int) -> QuerySet:
    until = rules.month_of(as_of)
    return ComplaintCount.objects.filter(
        month__gte=rules.months_later(until, -months), month__lt=until
    ).order_by()


def complaints_per_100(compound_ids: Ids, as_of: dt.date, months: int = 3) -> dict[int, Complaints]:
    """Complaints of each compound in the last full months; those never counted are left out."""
    rows = (
        _complaints(as_of, months)
        .filter(among("compound", compound_ids))
        .values_list("compound_id", "compound__household_count")
        .annotate(n=Sum("count"), counted=Count("pk"))
    )
    return {pk: Complaints(n, households, counted) for pk, households, n, counted in rows}


def complaints_mean(district_id: int, as_of: dt.date, months: int = 3) -> Decimal | None:
    """Complaints per 100 households of all compounds of a district that were counted."""
    rows = (
        _complaints(as_of, months)
        .filter(district_id=district_id, compound__household_count__gt=0)
        .values_list("compound_id", "compound__household_count")
        .annotate(n=Sum("count"))
    )
    count = households = 0
    for _pk, number, complaints in rows:
        households += number
        count += complaints
    return half_up(Decimal(count) * 100 / households, 2) if households else None


@dataclass(frozen=True, slots=True)
class Inspected:
    """The last look on site, and what is still to be mended."""

    pk: int
    on: dt.date
    passed: bool
    staff_absent: bool
    statement_posted: bool | None
    open_orders: int
    overdue_orders: int


def inspections(compound_ids: Ids, as_of: dt.date) -> dict[int, Inspected]:
    """The last inspection of each compound on or before a day, and its orders then open."""
    rows = Inspection.objects.filter(among("compound", compound_ids), on__lte=as_of)
    columns = (
        "compound_id",
        "pk",
        "on",
        "passed",
        "staff_absent",
        "statement_posted",
        "order_due_on",
        "mended_on",
    )
    last: dict[int, tuple] = {}
    orders: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for compound, *rest in rows.order_by("on", "pk").values_list(*columns).iterator():
        *shown, due_on, mended_on = rest
        last[compound] = tuple(shown)
        if due_on and (mended_on is None or mended_on > as_of):
            orders[compound][0] += 1
            orders[compound][1] += due_on < as_of
    return {compound: Inspected(*shown, *orders[compound]) for compound, shown in last.items()}


# -- books -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Book:
    """A compound's own book: what is left, and since when lines wait to be published (943)."""

    balance: Decimal
    published_on: dt.date | None
    unpublished_since: dt.date | None


def books(compound_ids: Ids, as_of: dt.date) -> dict[int, Book]:
    """The book of each compound that has one. Lines wait for publication from their own day."""
    inside = among("compound", compound_ids)
    balances = dict(BookBalance.objects.filter(inside).values_list("compound_id", "amount"))
    rows = (
        BookEntry.objects.filter(inside, on__lte=as_of)
        .order_by()
        .values_list("compound_id")
        .annotate(
            published=Max("published_on", filter=Q(published_on__lte=as_of)),
            waiting=Min("on", filter=Q(published_on=None) | Q(published_on__gt=as_of)),
        )
    )
    return {pk: Book(balances.get(pk, Decimal(0)), published, w) for pk, published, w in rows}


def missing_months(compound_ids: Ids, as_of: dt.date, months: int = 3) -> dict[int, int]:
    """How many of the last full months each compound charged in and did not report."""
    last = rules.months_later(rules.month_of(as_of), -1)
    found: dict[int, int] = defaultdict(int)
    inside = among("pk", compound_ids)
    for back in range(months):
        month = rules.months_later(last, -back)
        for pk in missing_reports(month).filter(inside).values_list("pk", flat=True):
            found[pk] += 1
    return found


def charging_since() -> Subquery:
    """For a list of compounds: the day from which the present provider charges."""
    rows = ServiceStage.objects.filter(
        assignment__compound=OuterRef("pk"),
        assignment__state=Assignment.State.ACTIVE,
        stage=rules.CHARGE,
    )
    return Subquery(rows.values("began_on")[:1])


def last_reported() -> Subquery:
    """For a list of compounds: the month reported last."""
    rows = CollectionReport.objects.filter(compound=OuterRef("pk")).order_by("-month")
    return Subquery(rows.values("month")[:1])


def same_month_last_year(reports: Iterable[tuple[int, dt.date]]) -> dict[tuple, tuple]:
    """(compound, month) → (billed, paid) twelve months earlier, of those that were reported."""
    wanted = {(pk, rules.months_later(month, -12)): (pk, month) for pk, month in reports}
    rows = CollectionReport.objects.filter(
        compound__among=sorted({pk for pk, _m in wanted}),
        month__in=sorted({month for _pk, month in wanted}),
    )
    return {
        wanted[pk, month]: (billed, paid)
        for pk, month, billed, paid in rows.values_list(
            "compound_id", "month", "billed_amount", "paid_amount"
        )
        if (pk, month) in wanted
    }


def with_balance(compounds: QuerySet) -> QuerySet:
    """Compounds that keep a book, with what is left in it."""
    return compounds.filter(book_balance__isnull=False).annotate(balance=F("book_balance__amount"))
