"""Figures of the overview: where classification stands in the reader's scope.

Counts come from the register's tallies, so each equals the compound list it opens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from compounds.registry.models import CommunityTally, DecisionState
from governance.foundation.charts import StackedBars
from governance.foundation.drawing import Bar, Mark
from governance.foundation.money import percent
from governance.foundation.templatetags.look import STRATEGY_CLASS
from governance.organisation.models import Area

from . import wording
from .rules import STRATEGIES


def compounds_at(**filters) -> str:
    """The register's list of unmanaged compounds, filtered."""
    query = {"is_unmanaged": "true", **{k: v for k, v in filters.items() if v not in (None, "")}}
    return f"{reverse('registry:compound_list')}?{urlencode(query)}"


@dataclass
class Standing:
    """Unmanaged compounds of some area: all, by strategy, by state of decision."""

    total: int = 0
    strategies: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, strategy: str, state: str, count: int) -> None:
        self.total += count
        self.states[state] += count
        if strategy:
            self.strategies[strategy] += count

    @property
    def decided(self) -> int:
        return self.states[DecisionState.DECIDED] + self.states[DecisionState.OVERRIDDEN]

    @property
    def decided_percent(self):
        return percent(self.decided, self.total)

    @property
    def incomplete(self) -> int:
        return self.states[DecisionState.INCOMPLETE]

    @property
    def unmatched(self) -> int:
        return self.states[DecisionState.UNMATCHED]

    @property
    def overridden(self) -> int:
        return self.states[DecisionState.OVERRIDDEN]

    @property
    def unclassified(self) -> int:
        return self.states[""]


@dataclass
class Overview:
    whole: Standing
    by_area: dict[int, Standing]
    level: str

    def strategy_figures(self) -> list[dict]:
        return [
            {
                "code": code,
                "name": wording.strategy_name(code),
                "count": self.whole.strategies[code],
                "share": percent(self.whole.strategies[code], self.whole.decided),
                "href": compounds_at(strategy=code),
            }
            for code in STRATEGIES
        ]

    def chart(self) -> StackedBars:
        """Strategies by street (or by community of the one street), links on every mark."""
        areas = Area.objects.in_bulk(self.by_area)
        bars = []
        for pk, standing in sorted(self.by_area.items(), key=lambda item: areas[item[0]].code):
            place = {self.level: areas[pk].code}
            marks = [
                Mark(
                    wording.strategy_name(code),
                    standing.strategies[code],
                    STRATEGY_CLASS[code],
                    compounds_at(strategy=code, **place),
                )
                for code in STRATEGIES
            ]
            marks.append(
                Mark(
                    pgettext("compounds", "no strategy yet"),
                    standing.total - standing.decided,
                    "rest",
                    compounds_at(decision="OPEN", **place),
                )
            )
            bars.append(Bar(areas[pk].name, marks, compounds_at(**place)))
        return StackedBars(
            title=_("Strategies by street")
            if self.level == "street"
            else _("Strategies by community"),
            bars=bars,
            row_title=_("Street") if self.level == "street" else _("Community"),
        )


def overview(user) -> Overview:
    """The reader's whole scope: one query."""
    rows = list(
        CommunityTally.objects.visible_to(user)
        .filter(is_unmanaged=True)
        .order_by()
        .values_list("street_id", "community_id", "strategy", "decision")
        .annotate(count=Sum("compounds"))
    )
    level = "street" if len({row[0] for row in rows}) > 1 else "community"
    whole, by_area = Standing(), defaultdict(Standing)
    for street, community, strategy, state, count in rows:
        whole.add(strategy, state, count)
        by_area[street if level == "street" else community].add(strategy, state, count)
    return Overview(whole, dict(by_area), level)


def counts_of(run) -> list[dict]:
    """A run's stored counts as rows: strategies first, then what was left without one."""
    strategies = run.counts.get("strategies", {})
    outcomes = run.counts.get("outcomes", {})
    rows = [{"strategy": code, "count": strategies.get(code, 0)} for code in STRATEGIES]
    for state in (DecisionState.INCOMPLETE, DecisionState.UNMATCHED):
        rows.append({"outcome": state.value, "count": outcomes.get(state.value, 0)})
    return rows


def by_key(rows: Iterable[tuple]) -> dict:
    """Rows (key, …) gathered under their key, in order."""
    found: dict = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(rest)
    return found
