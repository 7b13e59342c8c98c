"""Fees of an area in constant queries; each figure names the list that proves it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.organisation.models import COLUMNS, Area

from . import questions, rules
from .models import Assessment, AssessmentRound, BookBalance, CollectionReport, Inspection

Grade = Assessment.Grade
PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit and the list of just these rows."""

    key: str
    label: Any
    value: int | Decimal | None
    url: str
    unit: Any = ""
    note: Any = ""
    is_bad: bool = False

    @property
    def is_rate(self) -> bool:
        return self.unit == PERCENT

    @property
    def is_money(self) -> bool:
        return isinstance(self.value, Decimal) and not self.is_rate


@dataclass(frozen=True, slots=True)
class Rates:
    """What was collected in a month by some compounds, in the three ways of saying it (S2-12)."""

    month: dt.date
    reports: int = 0
    billed_households: int = 0
    paid_households: int = 0
    billed: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    mean: Decimal | None = None

    @property
    def by_money(self) -> Decimal | None:
        """All that was paid of all that was billed."""
        return rules.rate(self.paid, self.billed)

    @property
    def by_households(self) -> Decimal | None:
        return rules.rate(self.paid_households, self.billed_households)


@dataclass(frozen=True, slots=True)
class Compared:
    """A month against the same month a year before."""

    now: Rates
    before: Rates

    @property
    def change(self) -> rules.Change | None:
        return rules.change(self.before.by_money, self.now.by_money)


def last_month(today: dt.date | None = None) -> dt.date:
    """The month that is to be reported now."""
    return rules.months_later(rules.month_of(today or dates.today()), -1)


def place_query(area: Area) -> dict[str, str]:
    """An area as a parameter of the lists; a district is all that one sees of it."""
    column = COLUMNS[area.level]
    return {} if column == "district" else {column: area.code}


def inside(area: Area) -> Q:
    return Q(**{COLUMNS[area.level]: area.pk})


def sums_of(reports) -> dict:
    return reports.order_by().aggregate(
        n=Count("pk"),
        billed_households=Sum("billed_households"),
        paid_households=Sum("paid_households"),
        billed=Sum("billed_amount"),
        paid=Sum("paid_amount"),
    )


def rates(month: dt.date, reports, *, with_mean: bool = True) -> Rates:
    """The rates of some reports of one month. Compounds that billed nothing have no rate."""
    sums = sums_of(reports)
    mean = None
    if with_mean and sums["n"]:
        pairs = reports.order_by().values_list("paid_amount", "billed_amount")
        mean = rules.simple_mean(pairs.iterator(chunk_size=5000))
    return Rates(
        month,
        sums["n"],
        sums["billed_households"] or 0,
        sums["paid_households"] or 0,
        sums["billed"] or Decimal(0),
        sums["paid"] or Decimal(0),
        mean,
    )


def compared(user, where: Q, month: dt.date) -> Compared:
    """A month of an area and the same month a year before."""
    rows = CollectionReport.objects.visible_to(user).filter(where)
    earlier = rules.months_later(month, -12)
    return Compared(
        rates(month, rows.filter(month=month)), rates(earlier, rows.filter(month=earlier))
    )


def trend(where: Q, last: dt.date, months: int = 13) -> list[Rates]:
    """Month by month up to the last, months without reports too; one query."""
    first = rules.months_later(last, 1 - months)
    rows = (
        CollectionReport.objects.filter(where, month__gte=first, month__lte=last)
        .order_by()
        .values_list("month")
        .annotate(**questions.SUMS)
    )
    found = {month: Rates(month, *figures) for month, *figures in rows}
    return [
        found.get(month, Rates(month))
        for month in (rules.months_later(first, step) for step in range(months))
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """An area below, with its month."""

    name: str
    code: str
    rates: Rates
    missing: int
    query: dict[str, str] = field(default_factory=dict)


def parts(user, where: Q, month: dt.date, column: str, places: Sequence) -> list[Part]:
    """The areas below by street or community (`column`); two queries for all of them."""
    name = f"{column}_id"
    rows = CollectionReport.objects.visible_to(user).filter(where, month=month).order_by()
    sums = {pk: figures for pk, *figures in rows.values_list(name).annotate(**questions.SUMS)}
    pairs: dict[int, list] = {}
    for pk, paid, billed in rows.values_list(name, "paid_amount", "billed_amount").iterator():
        pairs.setdefault(pk, []).append((paid, billed))
    late = questions.missing_reports(month).filter(user.scope.seen(), where).order_by()
    missing = dict(late.values_list(name).annotate(n=Count("pk")))
    return [
        Part(
            place.name,
            place.code,
            Rates(month, *sums[place.id], mean=rules.simple_mean(pairs[place.id]))
            if place.id in sums
            else Rates(month),
            missing.get(place.id, 0),
            {column: place.code},
        )
        for place in places
        if place.id in sums or place.id in missing
    ]


def to(page: str, place: dict[str, str], **query) -> str:
    address = reverse(f"fees:{page}")
    said = urlencode({**query, **place})
    return f"{address}?{said}" if said else address


def figures(user, area: Area, today: dt.date | None = None) -> list[Figure]:
    """What a dashboard shows of fees: rates of last month and a year before, what waits, and the
    grades of the last round."""
    where, place = inside(area), place_query(area)
    return [*in_place(user, where, place, today), *grades(user, where, place)]


def in_place(user, where: Q, place: dict[str, str], today: dt.date | None = None) -> list[Figure]:
    """The figures of what lies `where`; `place` says the same as parameters of the lists."""
    today = today or dates.today()
    month = last_month(today)
    both = compared(user, where, month)
    missing = questions.missing_reports(month).filter(user.scope.seen(), where).count()
    balance = balances(user, where).aggregate(n=Sum("amount"))["n"] or Decimal(0)
    orders = open_orders(user, where).count()
    late = open_orders(user, where).filter(order_due_on__lt=today).count()
    shown, earlier = f"{month:%Y-%m}", f"{both.before.month:%Y-%m}"
    return [
        Figure(
            "rate_money",
            _("collection rate by money, last month"),
            both.now.by_money,
            to("report_list", place, month=shown),
            PERCENT,
        ),
        Figure(
            "rate_households",
            _("collection rate by households, last month"),
            both.now.by_households,
            to("report_list", place, month=shown),
            PERCENT,
        ),
        Figure(
            "rate_year_ago",
            _("by money, the same month last year"),
            both.before.by_money,
            to("report_list", place, month=earlier),
            PERCENT,
        ),
        Figure(
            "missing",
            _("compounds that have not reported last month"),
            missing,
            to("missing_list", place, month=shown),
            is_bad=bool(missing),
        ),
        Figure(
            "balance",
            _("left in the books of compounds"),
            balance,
            to("book_list", place),
            _("yuan"),
        ),
        Figure(
            "orders",
            _("orders to mend"),
            orders,
            to("inspection_list", place, state="open"),
            is_bad=bool(late),
        ),
    ]


def grades(user, where: Q, place: dict[str, str]) -> list[Figure]:
    """The grades of the round that was closed last in a district the reader sees."""
    closed = (
        AssessmentRound.objects.filter(
            district__in=user.scope.in_districts(), state=AssessmentRound.State.CLOSED
        )
        .order_by("-ends_on", "-pk")
        .first()
    )
    if closed is None:
        return []
    rows = Assessment.objects.visible_to(user).filter(where, round=closed).order_by()
    counts = dict(rows.values_list("grade").annotate(n=Count("pk")))
    address = reverse("fees:round_detail", args=[closed.pk])
    return [
        Figure(
            f"grade_{grade.value.lower()}",
            grade.label,
            counts.get(grade.value, 0),
            f"{address}?{urlencode({'grade': grade.value, **place})}",
            note=closed.name,
            is_bad=grade == Grade.FAILED and bool(counts.get(grade.value)),
        )
        for grade in Grade
    ]


def open_orders(user, where: Q):
    """Orders of inspections that have not been carried out."""
    return Inspection.objects.visible_to(user).filter(
        where, order_due_on__isnull=False, mended_on=None
    )


def balances(user, where: Q):
    """The books of compounds that the reader sees."""
    seen = Compound.objects.filter(user.scope.seen(), where)
    return BookBalance.objects.filter(compound__in=seen.values("pk"))
