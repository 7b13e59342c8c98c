"""A finished plan beside the ways it is measured against: money, strategies, calendar years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.models import Strategy

from .models import CENTRE_STRATEGY, PlanRun
from .services.running import paying_of

# Strategies in the order of the policy, then what a plan may add, then what is not decided.
STRATEGIES: dict[str, Any] = {
    Strategy.UNIT_COBUILD: Strategy.UNIT_COBUILD.label,
    Strategy.RED_TAKEOVER: Strategy.RED_TAKEOVER.label,
    Strategy.SUBSIDY_TRANSITION: Strategy.SUBSIDY_TRANSITION.label,
    CENTRE_STRATEGY: gettext_lazy("street centre"),
    Strategy.FALLBACK: Strategy.FALLBACK.label,
    "": pgettext_lazy("strategy", "not decided"),
}


@dataclass(frozen=True)
class Side:
    """One way of serving the district, with what it costs and leaves; None: there is none."""

    name: str
    note: str
    figures: Mapping[str, Any] | None
    less: int | None = None  # percent less public money in the plan
    is_plan: bool = False


@dataclass(frozen=True)
class Moves:
    """Compounds of one strategy of today, by their strategy in the plan."""

    code: str
    name: str
    total: int
    cells: list[tuple[int, bool]]  # count, and whether it stays what it is


class Comparison:
    """What the head of a plan's page says."""

    def __init__(self, run: PlanRun) -> None:
        self.run, self.figures = run, run.figures

    @cached_property
    def sides(self) -> list[Side]:
        """Today's plan by the rule, the careful by-hand office, this plan."""
        by_hand = self.figures["by_hand"]
        return [
            Side(
                _("Today, by the rule"),
                _("flat rate for transition compounds in service, fallback where nobody serves"),
                self.figures["today"],
                self._less(self.figures["today"]),
            ),
            Side(
                _("By hand, carefully"),
                _("nearest capable base, only gaps are paid")
                if by_hand
                else _("no plan was found by hand that keeps these dials"),
                by_hand,
                self._less(by_hand),
            ),
            Side(_("This plan"), "", self.figures["plan"], is_plan=True),
        ]

    def _less(self, other: Mapping[str, Any] | None) -> int | None:
        """How many percent less public money than another side; negative: more."""
        if not other or not other["public"]:
            return None
        return round(100 * (other["public"] - self.figures["plan"]["public"]) / other["public"])

    @property
    def today(self) -> Side:
        return self.sides[0]

    @property
    def by_hand(self) -> Side:
        return self.sides[1]

    @property
    def plan(self) -> Mapping[str, Any]:
        return self.figures["plan"]

    @property
    def gap_percent(self) -> float | None:
        gap = self.figures.get("gap")
        return None if gap is None else round(gap * 100, 1)

    # strategies

    @cached_property
    def _moves(self) -> dict[tuple[str, str], int]:
        return {(a, b): count for a, b, count in self.figures.get("strategies", ())}

    @cached_property
    def codes(self) -> list[str]:
        """Strategies either side has, in their order."""
        there = {code for pair in self._moves for code in pair}
        return [code for code in STRATEGIES if code in there]

    @property
    def heads(self) -> list[tuple[str, int]]:
        """(name, compounds of the plan) of each strategy; the columns."""
        return [
            (str(STRATEGIES[code]), sum(n for pair, n in self._moves.items() if pair[1] == code))
            for code in self.codes
        ]

    @property
    def rows(self) -> list[Moves]:
        """Today's strategies that have compounds."""
        found = [
            Moves(
                code,
                str(STRATEGIES[code]),
                sum(n for pair, n in self._moves.items() if pair[0] == code),
                [(self._moves.get((code, then), 0), code == then) for then in self.codes],
            )
            for code in self.codes
        ]
        return [row for row in found if row.total]

    # years

    @cached_property
    def years(self) -> list[tuple[str, float, float | None]]:
        """(calendar year, subsidy paid in it, its budget or None)."""
        paying = paying_of(self.run)
        subsidy = self.figures["plan"]["subsidy"]
        return [
            (
                str(year),
                share * subsidy,
                float(paying.budgets[year]) if year in paying.budgets else None,
            )
            for year, share in paying.shares.items()
        ]
