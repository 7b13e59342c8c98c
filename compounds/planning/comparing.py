"""A finished plan beside the ways it is measured against: money, strategies, calendar years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.providers.models import Invitation
from compounds.registry.models import Strategy
from governance.foundation.drawing import grouped

from .core.inputs import Dials
from .gathering import AGREED, ONLY_AGREED
from .models import CENTRE_STRATEGY, PlanPlace, PlanRun
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


@dataclass(frozen=True)
class Worse:
    """By how much a plan is worse than today, and why as far as its dials tell."""

    dearer: float  # yuan of public money, 0 where it is not dearer
    percent: int | None
    more_left: int  # compounds, 0 where it leaves no more
    why: list[str]


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

    @cached_property
    def worse(self) -> Worse | None:
        """How it is worse than today; None where it neither costs nor leaves more."""
        plan, today = self.figures["plan"], self.figures["today"]
        dearer = plan["public"] - today["public"]
        dearer = dearer if dearer >= 1 else 0.0  # less than a yuan is nothing to tell
        more_left = max(0, plan["left"] - today["left"])
        if not dearer and not more_left:
            return None
        percent = round(100 * dearer / today["public"]) if today["public"] else None
        return Worse(dearer, percent, more_left, why_dear(self.run))

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

    @cached_property
    def fallback_by_strategy(self) -> int:
        """Compounds whose strategy of the register is fallback, whoever serves them."""
        return sum(n for pair, n in self._moves.items() if pair[0] == str(Strategy.FALLBACK))

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


USED_UP = 0.98  # of a budget: from here on it binds
# Dials that make a plan dearer the less they allow, and how their values are written.
LEAST: dict[str, tuple[Any, float, Any]] = {
    "cap": (gettext_lazy("Subsidy at most"), 1, gettext_lazy("yuan/m²")),
    "carry": (gettext_lazy("Carry share"), 100, "%"),
    "reach": (gettext_lazy("Contiguity: reach of a stepping stone"), 1, "m"),
    "near": (gettext_lazy("Near a base"), 1, "m"),
    "unit_reach": (gettext_lazy("Reach of a unit's own company"), 1, "m"),
}
# Dials that bind wherever they are set at all.
LIMITS: dict[str, tuple[Any, float, Any]] = {
    "must_serve": (gettext_lazy("No fallback from"), 1, pgettext_lazy("unit", "households")),
    "street_fallback": (gettext_lazy("Left to fallback at most"), 100, "%"),
    "provider_share": (gettext_lazy("One provider at most"), 100, "%"),
}


def why_dear(run: PlanRun) -> list[str]:
    """Dials stricter than usual, and budgets that are used up: what may make a plan dear."""
    dials, usual = run.dials, Dials()
    found = []
    if dials["who"] == ONLY_AGREED:
        agreed, total = agreed_of(run)
        found.append(
            _(
                "Only firms that agreed may be planned with, and %(agreed)s of %(total)s compounds "
                "have one: the others are left, or held by whoever serves them."
            )
            % {"agreed": agreed, "total": total}
        )
    subsidy, budget = run.figures["plan"]["subsidy"], dials.get("budget")
    if budget is not None and subsidy >= USED_UP * budget:
        found.append(
            _("The budget of subsidy is used up: %(spent)s of %(most)s yuan.")
            % {"spent": grouped(round(subsidy)), "most": grouped(round(budget))}
        )
    paying = paying_of(run)
    for year, share in paying.shares.items():
        most = paying.budgets.get(year)
        if most is not None and share * subsidy >= USED_UP * float(most):
            found.append(
                _("The budget of %(year)s is used up: %(most)s yuan.")
                % {"year": year, "most": grouped(round(most))}
            )
    for name, (label, times, unit) in LEAST.items():
        if name in dials and dials[name] < getattr(usual, name):
            found.append(
                _("%(dial)s is stricter than usual: %(now)s instead of %(usual)s %(unit)s.")
                % {
                    "dial": label,
                    "now": f"{times * dials[name]:g}",
                    "usual": f"{times * getattr(usual, name):g}",
                    "unit": unit,
                }
            )
    for name, (label, times, unit) in LIMITS.items():
        if dials.get(name) is not None:
            found.append(
                _("A limit is set: %(dial)s, %(now)s %(unit)s.")
                % {"dial": label, "now": f"{times * dials[name]:g}", "unit": unit}
            )
    return found or [
        _(
            "No dial is stricter than usual. Today's figure does not ask whether the firms bear "
            "their cost; a plan does."
        )
    ]


def agreed_of(run: PlanRun) -> tuple[int, int]:
    """Compounds of a plan for which a firm has agreed when asked last, of how many. Two queries."""
    places = PlanPlace.objects.filter(run=run)
    asked = Invitation.objects.filter(compound__in=places.values("compound"))
    last = {
        (compound, firm): answer
        for compound, firm, answer in asked.order_by("round", "pk").values_list(
            "compound", "provider", "answer"
        )
    }
    agreed = {pair[0] for pair, answer in last.items() if answer in AGREED}
    return len(agreed), places.count()
