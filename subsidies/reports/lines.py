"""The postings behind a figure: which a list of parameters asks for, and their signed sum."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.fees.rules import month_end
from compounds.providers.models import Provider
from governance.organisation.models import Area, Level
from subsidies.ledger.models import VIEW, BudgetIndicator, BudgetLine, Posting, Stage
from subsidies.programmes.models import Programme

from .rules.flows import COLUMNS, ZERO

FLOWS = {
    "entitled": gettext_lazy("committed by approvals"),
    "accrued": gettext_lazy("accrued"),
    "deducted": gettext_lazy("deducted"),
    "due": gettext_lazy("due"),
    "cost": gettext_lazy("paid less claimed back"),
    "paid": gettext_lazy("paid"),
    "claimed": gettext_lazy("claimed back"),
    "repaid": gettext_lazy("repaid"),
    "balance": gettext_lazy("balance"),
}
# Figures that are made of several columns, each with its sign.
MADE_OF = {
    "due": {"accrued": 1, "deducted": -1},
    "cost": {"paid": 1, "claimed": -1},
    "balance": {"accrued": 1, "deducted": -1, "paid": -1, "claimed": -1, "repaid": 1},
}
ROW = (
    "transaction",
    "source",
    "source__indicator",
    "target",
    "source__compound",
    "target__compound",
    "source__provider",
    "target__provider",
)


def _pairs(flow: str) -> dict[tuple[str, str], int]:
    """(from stage, to stage) → sign of the postings that make up a figure."""
    found: dict[tuple[str, str], int] = {}
    for column, sign in MADE_OF.get(flow, {flow: 1}).items():
        for (source, target), name in COLUMNS.items():
            if name == column:
                found[source, target] = sign
                found[target, source] = -sign
    return found


def _first_day(month: str) -> dt.date | None:
    """The first day of a month such as 2026-06; None where it is none of this century."""
    try:
        found = parse_date(f"{month}-01")
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None


@dataclass(frozen=True)
class Postings:
    """Postings of the districts whose ledger the reader sees, as some parameters ask for.

    `stage` asks for what went into and out of the accounts of a stage, `flow` for what makes up
    a column of a statement; the sum is the figure that led here.
    """

    user: Any
    asked: Mapping[str, str]

    def _number(self, name: str) -> int | None:
        text = self.asked.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def _day(self, name: str) -> dt.date | None:
        try:
            return parse_date(self.asked.get(name, "") or "")
        except ValueError:
            return None

    @property
    def flow(self) -> str:
        found = self.asked.get("flow", "")
        return found if found in FLOWS else ""

    @property
    def stage(self) -> str:
        found = self.asked.get("stage", "")
        return found if found in Stage.values and not self.flow else ""

    @cached_property
    def _filters(self) -> list[tuple[Q, str, str]]:
        """(condition, its name, its value) of every parameter that asks for something."""
        found = []
        districts = self.user.scope.in_districts(VIEW)
        if (pk := self._number("indicator")) is not None:
            row = BudgetIndicator.objects.filter(pk=pk, district__in=districts).first()
            condition = Q(source__indicator=pk) | Q(target__indicator=pk)
            found.append((condition, _("indicator"), str(row or pk)))
        if (pk := self._number("line")) is not None:
            row = BudgetLine.objects.filter(pk=pk, district__in=districts).first()
            found.append((Q(source__indicator__line=pk), _("budget line"), str(row or pk)))
        if (year := self._number("year")) is not None:
            condition = Q(source__indicator__line__year=year)
            found.append((condition, _("budget year"), str(year)))
        if (pk := self._number("provider")) is not None:
            row = Provider.objects.filter(pk=pk, district__in=districts).first()
            condition = Q(source__provider=pk) | Q(target__provider=pk)
            found.append((condition, _("provider"), str(row or pk)))
        if code := self.asked.get("compound", ""):
            condition = Q(source__compound__code=code) | Q(target__compound__code=code)
            found.append((condition, _("compound"), code))
        if code := self.asked.get("street", ""):
            row = Area.objects.filter(code=code, level=Level.STREET).first()
            condition = Q(source__street__code=code) | Q(target__street__code=code)
            found.append((condition, _("street"), str(row or code)))
        if (pk := self._number("programme")) is not None:
            row = Programme.objects.filter(pk=pk, district__in=districts).first()
            condition = Q(source__programme=pk) | Q(target__programme=pk)
            found.append((condition, _("programme"), str(row or pk)))
        if holder := self.asked.get("holder", ""):
            condition = Q(source__holder=holder) | Q(target__holder=holder)
            found.append((condition, _("entitlement"), holder))
        if month := self._day_of_month("month"):
            found.append((Q(month=month), _("month of service"), f"{month:%Y-%m}"))
        elif months := self._months("service"):
            words = " – ".join(f"{one:%Y-%m}" for one in months)
            found.append((Q(month__range=months), _("month of service"), words))
        elif self.asked.get("month") == "none":
            found.append((Q(month=None), _("month of service"), _("none")))
        if posted := self._day_of_month("posted"):
            condition = Q(transaction__on__range=(posted, month_end(posted)))
            found.append((condition, _("posted in"), f"{posted:%Y-%m}"))
        if (first := self._day("from")) is not None:
            found.append((Q(transaction__on__gte=first), _("from"), first.isoformat()))
        if (last := self._day("until")) is not None:
            found.append((Q(transaction__on__lte=last), _("until"), last.isoformat()))
        return found

    def _months(self, name: str) -> tuple[dt.date, dt.date] | None:
        """The first days of two months, as in 2026-01_2026-06."""
        first, _sep, last = self.asked.get(name, "").partition("_")
        found = _first_day(first), _first_day(last)
        return found if all(found) else None

    def _day_of_month(self, name: str) -> dt.date | None:
        return _first_day(self.asked.get(name, ""))

    @property
    def applied(self) -> list[tuple[str, str]]:
        """What is asked for, in words."""
        found = [(name, value) for _condition, name, value in self._filters]
        if self.stage:
            found.append((_("stage of money"), str(Stage(self.stage).label)))
        if self.flow:
            found.append((_("figure"), str(FLOWS[self.flow])))
        return found

    @cached_property
    def queryset(self) -> QuerySet:
        rows = Posting.objects.filter(transaction__district__in=self.user.scope.in_districts(VIEW))
        for condition, _name, _value in self._filters:
            rows = rows.filter(condition)
        if self.flow:
            pairs = Q()
            for source, target in _pairs(self.flow):
                pairs |= Q(source__stage=source, target__stage=target)
            rows = rows.filter(pairs)
        elif self.stage:
            rows = rows.filter(Q(source__stage=self.stage) | Q(target__stage=self.stage))
        return rows

    @cached_property
    def page_rows(self) -> QuerySet:
        """The postings with what a line tells, the latest first."""
        return self.queryset.select_related(*ROW).order_by("-transaction__number", "-pk")

    def sign(self, row: Posting) -> int:
        """How a posting counts in the sum."""
        return self._sign(row.source.stage, row.target.stage)

    def _sign(self, source: str, target: str) -> int:
        if self.flow:
            return _pairs(self.flow).get((source, target), 0)
        if self.stage:
            sign = (target == self.stage) - (source == self.stage)
            return -sign if self.stage == Stage.GRANTED else sign
        return 1

    @cached_property
    def totals(self) -> tuple[int, Decimal | None]:
        """How many postings there are and their signed sum; no sum of unlike postings."""
        rows = self.queryset.order_by().values_list("source__stage", "target__stage")
        count, amount = 0, ZERO
        for source, target, n, total in rows.annotate(n=Count("pk"), total=Sum("amount")):
            count += n
            amount += total * self._sign(source, target)
        return count, amount if self.flow or self.stage else None
