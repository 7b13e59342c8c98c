"""Where the clearing campaign stands in a place on a day, and how it came there month by month.

Read from the cases and the business days of their steps, so that what was done before the system
was in use shows too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from compounds.clearing import figures
from compounds.registry.models import Stage
from governance.foundation import dates
from governance.foundation.charts import StackedBars, Trend
from governance.foundation.drawing import Bar, Mark, grouped
from governance.organisation.models import COLUMNS, Area
from subsidies.reports import figures as subsidies

from .links import AREA_PARAMETER
from .rules import share_down

MONTHS = 12
OUT = (Stage.MERGED, Stage.EXCLUDED)


@dataclass(frozen=True)
class Line:
    """A number of the campaign and the list of cases it counts."""

    label: str
    count: int
    href: str
    note: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class MoneyLine:
    """An amount in yuan and the list of entitlements that hold it."""

    label: str
    amount: Decimal
    href: str
    is_bad: bool = False


@dataclass(frozen=True)
class Campaign:
    """The campaign of one place for one reader; `day` None is now."""

    user: object
    area: Area
    day: dt.date | None = None

    @property
    def inside(self) -> Q:
        return Q(**{COLUMNS[self.area.level]: self.area.pk})

    @cached_property
    def standing(self) -> figures.Standing:
        return figures.standing(self.user, day=self.day, inside=self.inside)

    def cases(self, **filters) -> str:
        """The list of cases of the place and day."""
        query = dict(filters)
        if self.area.level in AREA_PARAMETER:
            query = {AREA_PARAMETER[self.area.level]: self.area.code, **query}
        if self.day:
            query["as_of"] = self.day.isoformat()
        page = "clearing:day_list" if self.day else "clearing:case_list"
        return f"{reverse(page)}?{urlencode(query)}"

    @property
    def lines(self) -> list[Line]:
        """Task, cleared, fallen back, net cleared and what is late; each with its list."""
        now = self.standing
        share = share_down(now.net, now.tasks)
        lines = [
            Line(_("Cases"), now.tasks, self.cases(state="TASKS")),
            Line(_("Ever cleared"), now.cleared, self.cases(state="EVER")),
            Line(_("Rebound"), now.rebound, self.cases(state="LOST"), is_bad=now.rebound > 0),
            Line(
                _("Net cleared"),
                now.net,
                self.cases(state=Stage.CLEARED),
                f"{share}%" if share is not None else "",
            ),
        ]
        if self.day is None:
            lines.append(Line(_("Overdue"), now.late, self.cases(due="late"), is_bad=now.late > 0))
        return lines

    @cached_property
    def money(self) -> list[MoneyLine]:
        """Subsidies of the place in the present budget year; none on a past day."""
        if self.day is not None:
            return []
        found = subsidies.money_of(self.user, self.area)
        if not found:
            return []
        return [
            MoneyLine(label, amount, subsidies.href(self.area, found, stage), is_bad)
            for label, amount, stage, is_bad in (
                (_("Subsidies committed"), found.committed, "COMMITTED", False),
                (_("Subsidies payable"), found.owed, "PAYABLE", False),
                (_("Subsidies paid"), found.paid, "PAID", False),
                (_("Subsidies to recover"), found.to_recover, "TO_RECOVER", found.to_recover > 0),
            )
        ]

    @cached_property
    def by_stage(self) -> StackedBars:
        """Cases in each stage they can be in, in the order of the way."""
        counts = self.standing.by_state
        bars = []
        for stage in Stage:
            count = counts[stage]
            if stage in OUT or not count:
                continue
            href = self.cases(state=stage.value)
            tone = {"CLEARED": "done", "REBOUND": "bad"}.get(stage.value, "st3")
            name = capfirst(stage.label)
            bars.append(Bar(name, [Mark(name, count, tone, href)], href, text=grouped(count)))
        return StackedBars(
            _("Cases by stage"),
            empty=_("There is no case here."),
            bars=bars,
            row_title=_("Stage"),
            has_key=False,
        )

    @cached_property
    def trend(self) -> Trend:
        """Net cleared at the end of each of the last months and on the last day."""
        last = self.day or dates.today()
        points = self._points(last)
        told = any(point.cleared for point in points)
        marks = [
            Mark(
                point.day.strftime("%y-%m"),
                point.net,
                "done",
                self._page_of(point.day),
            )
            for point in (points if told else ())
        ]
        return Trend(
            _("Net cleared at the end of each month"),
            empty=_("Nothing has been cleared yet."),
            marks=marks,
            column_title=_("Net cleared"),
        )

    def _points(self, last: dt.date) -> list[figures.Point]:
        key = f"campaign-{self.area.pk}-{last.isoformat()}-{self.user.scope.key}"
        found = cache.get(key)
        if found is None:
            found = figures.trend(self.user, month_ends(last, MONTHS), inside=self.inside)
            cache.set(key, found, 60)
        return found

    def _page_of(self, day: dt.date) -> str:
        page = reverse("dashboards:area_clearing", args=[self.area.code])
        return page if day >= dates.today() else f"{page}?as_of={day.isoformat()}"


def month_ends(last: dt.date, count: int) -> list[dt.date]:
    """The ends of the months before a day, and that day itself, in order."""
    days, day = [last], last
    for _month in range(count):
        day = day.replace(day=1) - dt.timedelta(days=1)
        days.append(day)
    return days[::-1]
