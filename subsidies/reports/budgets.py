"""The money of a budget year: every indicator with what became of it, by line, in all.

Balances are those of the ledger's accounts; what was accrued and paid in which month is read from
the postings. Four statements, whatever their number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.foundation.charts import StackedBars, Trend
from governance.foundation.drawing import Bar, Mark
from subsidies.ledger.models import Account, BudgetIndicator, BudgetLine, Stage

from . import links, postings
from .rules.flows import ZERO, Sums, total

# The stages of an overview in their order, with the tone of their bar.
TONES = (
    (Stage.PAID, "done"),
    (Stage.IN_PAYMENT, "st3"),
    (Stage.PAYABLE, "st2"),
    (Stage.COMMITTED, "st1"),
    (Stage.FROZEN, "fallback"),
    (Stage.AVAILABLE, "rest"),
    (Stage.TO_RECOVER, "bad"),
    (Stage.RETURNED, "q2"),
    (Stage.LAPSED, "q1"),
)
COLUMNS = (
    Stage.GRANTED,
    Stage.AVAILABLE,
    Stage.FROZEN,
    Stage.COMMITTED,
    Stage.PAYABLE,
    Stage.IN_PAYMENT,
    Stage.PAID,
    Stage.TO_RECOVER,
    Stage.RETURNED,
    Stage.LAPSED,
)
OPTIONAL = (Stage.FROZEN, Stage.RETURNED, Stage.LAPSED)


@dataclass(frozen=True)
class Money:
    """Balances by stage, and what was posted: of an indicator, a line or a year."""

    name: str
    standing: dict[str, Decimal]
    sums: Sums
    indicator: BudgetIndicator | None = None
    line: BudgetLine | None = None
    year: int | None = None

    def at(self, stage: str) -> Decimal:
        """The balance of a stage; of what was granted, as a positive number."""
        amount = self.standing.get(stage, ZERO)
        return -amount if stage == Stage.GRANTED else amount

    @property
    def granted(self) -> Decimal:
        return self.at(Stage.GRANTED)

    @property
    def available(self) -> Decimal:
        return self.at(Stage.AVAILABLE)

    @property
    def committed(self) -> Decimal:
        return self.at(Stage.COMMITTED)

    @property
    def owed(self) -> Decimal:
        return self.at(Stage.PAYABLE) + self.at(Stage.IN_PAYMENT)

    @property
    def paid(self) -> Decimal:
        return self.at(Stage.PAID)

    @property
    def to_recover(self) -> Decimal:
        return self.at(Stage.TO_RECOVER)

    @property
    def accrued(self) -> Decimal:
        """Accrued in all less deductions, whatever became of it since."""
        return self.sums.due

    def cells(self, stages) -> list[tuple[str, Decimal, str]]:
        """(stage, amount, address of its postings) of some stages."""
        return [(stage, self.at(stage), self.href(stage)) for stage in stages]

    def href(self, stage: str = "") -> str:
        return links.accounts(indicator=self.indicator, line=self.line, stage=stage, year=self.year)

    @property
    def accrued_href(self) -> str:
        if self.indicator is not None:
            return links.flow("due", indicator=self.indicator.pk)
        if self.line is not None:
            return links.flow("due", line=self.line.pk)
        return links.flow("due", year=self.year)


def _added(parts: list[Money], **names) -> Money:
    standing: dict[str, Decimal] = {}
    for one in parts:
        for stage, amount in one.standing.items():
            standing[stage] = standing.get(stage, ZERO) + amount
    return Money(standing=standing, sums=total(one.sums for one in parts), **names)


@dataclass(frozen=True)
class Budget:
    """The indicators of one budget year in the districts whose ledger the reader sees."""

    user: object
    year: int

    @cached_property
    def rows(self) -> list[BudgetIndicator]:
        rows = BudgetIndicator.objects.visible_to(self.user).filter(line__year=self.year)
        rows = rows.select_related("line", "street")
        return list(rows.order_by("line__code", "line_id", "number"))

    @cached_property
    def _flows(self) -> dict[int, dict[dt.date, Sums]]:
        return postings.by_indicator(one.pk for one in self.rows)

    @cached_property
    def indicators(self) -> list[Money]:
        ids = [one.pk for one in self.rows]
        held = postings.standing(Account.objects.filter(indicator__in=ids), "indicator")
        return [
            Money(
                one.name,
                held.get((one.pk,), {}),
                total(self._flows.get(one.pk, {}).values()),
                indicator=one,
            )
            for one in self.rows
        ]

    @cached_property
    def lines(self) -> list[tuple[Money, list[Money]]]:
        """Every budget line with its indicators."""
        found = []
        for line, parts in groupby(self.indicators, key=lambda one: one.indicator.line):
            inside = list(parts)
            found.append((_added(inside, name=f"{line.code} {line.name}", line=line), inside))
        return found

    @cached_property
    def total(self) -> Money:
        return _added(self.indicators, name=_("Total"), year=self.year)

    @property
    def spendable(self) -> Decimal:
        """What may be spent in the year: granted less what is frozen and lapsed."""
        one = self.total
        return one.granted - one.at(Stage.FROZEN) - one.at(Stage.LAPSED)

    @cached_property
    def stages(self) -> list[Stage]:
        """Columns of the table: those that hold money, and the usual ones."""
        return [
            stage for stage in COLUMNS if stage not in OPTIONAL or self.total.standing.get(stage)
        ]

    # -- drawings ------------------------------------------------------------------------------
    @cached_property
    def burn(self) -> StackedBars:
        """Each indicator's money by how far it has come, in ten thousand yuan."""
        bars = []
        for one in self.indicators:
            marks = [
                Mark(str(stage.label), _ten_thousand(one.at(stage)), tone, one.href(stage))
                for stage, tone in TONES
                if one.at(stage)
            ]
            bars.append(Bar(one.name, marks, one.href()))
        return StackedBars(
            _("Money of each indicator, in ten thousand yuan"),
            empty=_("No indicator holds money yet."),
            bars=bars,
            row_title=_("Indicator"),
        )

    @cached_property
    def paid_by_month(self) -> dict[dt.date, Decimal]:
        found: dict[dt.date, Decimal] = {}
        for months in self._flows.values():
            for month, sums in months.items():
                found[month] = found.get(month, ZERO) + sums.paid
        return found

    @cached_property
    def pace(self) -> Trend:
        """What was paid month by month of the budget year, up to now."""
        today = dates.today()
        last = today.month if today.year == self.year else 12
        paid = self.paid_by_month
        marks = []
        for number in range(1, (last if today.year >= self.year else 0) + 1):
            month = dt.date(self.year, number, 1)
            amount = paid.get(month, ZERO)
            href = links.postings_of_month(month, self.year)
            marks.append(Mark(f"{month:%m}", _ten_thousand(amount), "done", href))
        return Trend(
            _("Paid by month, in ten thousand yuan"),
            empty=_("Nothing has been paid yet."),
            marks=marks,
            column_title=_("Paid"),
        )


def _ten_thousand(amount: Decimal) -> Decimal:
    return amount / 10_000


def years(user) -> list[int]:
    """Budget years the reader may look at, the latest first."""
    rows = BudgetLine.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(dict.fromkeys(rows.distinct()))


def chosen_year(asked: str, known: list[int]) -> int:
    """The year of an address; else the present one if it has a budget, else the latest."""
    if len(asked) == 4 and asked.isascii() and asked.isdigit() and int(asked) in known:
        return int(asked)
    present = dates.today().year
    return present if present in known or not known else known[0]
