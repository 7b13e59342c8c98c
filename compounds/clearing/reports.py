"""The district's two sheets of the campaign: B, what was decided of each compound; C, progress.

Both as rows with a line of sums, for the page that is printed and for the workbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.classification.models import Decision
from compounds.registry.models import Stage, Strategy
from governance.foundation import spreadsheets

from . import rules
from .figures import Standing
from .models import Transition
from .rules import states

WEEK, MONTH = "week", "month"
DECISIONS = "分类定策汇总表"
PROGRESS = {WEEK: "清零进度周报", MONTH: "清零进度月报"}
TOTAL = "合计"

DECISION_COLUMNS = (
    ("序号", spreadsheets.INTEGER, 6),
    ("街道", spreadsheets.TEXT, 14),
    ("小区名称", spreadsheets.TEXT, 26),
    ("户数", spreadsheets.INTEGER, 8),
    ("面积", spreadsheets.DECIMAL, 12),
    ("系统建议", spreadsheets.TEXT, 18),
    ("触发规则", spreadsheets.TEXT, 24),
    ("确定策略", spreadsheets.TEXT, 18),
    ("承接单位", spreadsheets.TEXT, 28),
    ("包联领导", spreadsheets.TEXT, 12),
    ("计划完成时间", spreadsheets.DATE, 13),
    ("审核意见", spreadsheets.TEXT, 30),
    ("文号", spreadsheets.TEXT, 22),
)
PROGRESS_COLUMNS = (
    ("街道", spreadsheets.TEXT, 20),
    *(
        (header, spreadsheets.INTEGER, 10)
        for header in (
            "任务数",
            "帮建代管",
            "单位协建",
            "补贴过渡",
            "兜底服务",
            "已签约",
            "已进驻",
            "已验收",
        )
    ),
    ("完成率", spreadsheets.TEXT, 10),
    ("反弹数", spreadsheets.INTEGER, 10),
    ("净清零数", spreadsheets.INTEGER, 10),
)
# The strategies in the order of sheet C.
ORDER = (
    Strategy.RED_TAKEOVER,
    Strategy.UNIT_COBUILD,
    Strategy.SUBSIDY_TRANSITION,
    Strategy.FALLBACK,
)


# -- B -----------------------------------------------------------------------------------------
class Decided(NamedTuple):
    """A line of sheet B."""

    number: int
    street: str
    name: str
    households: int | None
    area: Decimal | None
    proposed: str
    rule: str
    strategy: str
    provider: str
    leader: str
    planned_on: dt.date | None
    opinion: str
    document: str
    code: str = ""
    chosen: str = ""


READ = (
    "street__name",
    "compound__name",
    "compound__code",
    "compound__household_count",
    "compound__floor_area_m2",
    "strategy",
    "provider__name",
    "leader",
    "planned_on",
    "confirmed_on",
    "state",
    "proposed",
    "outcome",
    "rule_place",
    "approved_on",
    "paper",
)


def decided(cases) -> Iterator[Decided]:
    """Sheet B of some cases, by street and code: one statement, streamed."""
    labels = dict(Strategy.choices)
    current = Decision.objects.filter(compound=OuterRef("compound"), is_current=True)
    approved = Transition.objects.filter(
        case=OuterRef("pk"), from_state=Stage.CLASSIFIED, to_state=Stage.MATCHING
    ).order_by("-pk")
    rows = cases.annotate(
        proposed=Subquery(current.values("strategy")[:1]),
        outcome=Subquery(current.values("outcome")[:1]),
        rule_place=Subquery(current.values("rule__position")[:1]),
        approved_on=Subquery(approved.values("on")[:1]),
        paper=Subquery(approved.values("document")[:1]),
    ).order_by("street__code", "compound__code")
    found = rows.values_list(*READ, named=True).iterator(chunk_size=2000)
    for number, row in enumerate(found, start=1):
        yield Decided(
            number,
            row.street__name,
            row.compound__name,
            row.compound__household_count,
            row.compound__floor_area_m2,
            str(labels.get(row.proposed, "")),
            _rule(row),
            str(labels.get(row.strategy, "")),
            row.provider__name or "",
            row.leader,
            row.planned_on,
            _opinion(row),
            row.paper or "",
            row.compound__code,
            row.strategy,
        )


def _rule(row) -> str:
    if row.outcome == "OVERRIDDEN":
        return _("override")
    return _("rule %(number)s") % {"number": row.rule_place} if row.rule_place else ""


def _opinion(row) -> str:
    """Who has agreed, and when."""
    if row.confirmed_on is None:
        return _("not confirmed yet") if row.strategy == "" else ""
    street = _("street confirmed %(day)s") % {"day": row.confirmed_on.isoformat()}
    if rules.position(row.state) < rules.position(states.MATCHING):
        return street
    if row.approved_on is None:
        return street
    district = _("district approved %(day)s") % {"day": row.approved_on.isoformat()}
    return _("; ").join((street, district))


def decision_sums(rows: list[Decided]) -> tuple[int, int, Decimal]:
    """Compounds, households and m² of sheet B."""
    return (
        len(rows),
        sum(row.households or 0 for row in rows),
        sum((row.area or Decimal(0) for row in rows), Decimal(0)),
    )


# -- C -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Period:
    """A week (Monday to Sunday) or a month; figures are those of its last day, or of today."""

    kind: str
    first: dt.date
    last: dt.date

    @property
    def title(self) -> str:
        return PROGRESS[self.kind]

    @property
    def key(self) -> str:
        if self.kind == MONTH:
            return f"{self.first:%Y-%m}"
        year, week, _day = self.first.isocalendar()
        return f"{year}-W{week:02d}"

    def shown_on(self, today: dt.date) -> dt.date:
        return min(self.last, today)

    def move(self, by: int) -> Period:
        if self.kind == WEEK:
            return period_of(WEEK, self.first + dt.timedelta(days=7 * by))
        return period_of(MONTH, rules.months_later(self.first, by))


def period_of(kind: str, day: dt.date) -> Period:
    """The week or month in which a day lies."""
    if kind == MONTH:
        first = day.replace(day=1)
        return Period(MONTH, first, rules.months_later(first, 1) - dt.timedelta(days=1))
    first = day - dt.timedelta(days=day.weekday())
    return Period(WEEK, first, first + dt.timedelta(days=6))


class Progress(NamedTuple):
    """A line of sheet C."""

    place: str
    tasks: int
    by_strategy: tuple[int, ...]
    contracted: int
    served: int
    accepted: int
    percent: Decimal | None
    rebound: int
    net: int
    code: str = ""

    @property
    def cells(self) -> list[Any]:
        return [
            self.place,
            self.tasks,
            *self.by_strategy,
            self.contracted,
            self.served,
            self.accepted,
            "" if self.percent is None else f"{self.percent}%",
            self.rebound,
            self.net,
        ]


def progress_line(place: str, found: Standing, code: str = "") -> Progress:
    """Figures of a place in the form of sheet C; accepted is ever cleared (S0-4)."""
    tasks, cleared = found.tasks, found.cleared
    percent = (Decimal(100 * cleared) / tasks).quantize(Decimal("0.1")) if tasks else None
    return Progress(
        place,
        tasks,
        tuple(found.by_strategy[strategy] for strategy in ORDER),
        found.reached(states.CONTRACTED),
        found.reached(states.SERVING),
        cleared,
        percent,
        found.rebound,
        found.net,
        code,
    )


def progress(
    found: Standing, places: list[tuple[int, str, str]], column: str
) -> tuple[list[Progress], Progress]:
    """A line for each place (id, code, name) and their sum."""
    lines = [progress_line(name, found.of(column, pk), code) for pk, code, name in places]
    return [line for line in lines if line.tasks], progress_line(TOTAL, found)


BASIS = gettext_lazy(
    "Accepted counts what was ever cleared; accepted less rebound is net cleared. Signed and "
    "moved in count cases that have come so far now or when they were cleared."
)
