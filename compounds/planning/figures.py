"""What a run found, as figures: money apart from the penalty, who is left, how fair it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from compounds.registry.models import Strategy

from .core.bounding import Bound
from .core.district import District
from .core.inputs import NOBODY, UNIT, Dials
from .core.plan import Plan, Split, chosen_arcs, split_of
from .gathering import Gathered
from .models import CENTRE_STRATEGY, PlanPlace

Outcome = PlanPlace.Outcome

# Size classes of the fairness table, by households: from, below.
SIZES = ((0, 50), (50, 100), (100, 300), (300, None))


@dataclass(frozen=True, eq=False)
class Results:
    """A run's plan, the careful by-hand office on the same inputs, and what no plan can beat."""

    gathered: Gathered
    dials: Dials
    district: District
    plan: Plan
    by_hand: Plan | None  # None: by hand no plan keeps the rules
    bound: Bound

    @property
    def serving(self) -> np.ndarray:
        """int[n]: provider of the plan, NOBODY for fallback."""
        return serving(self.district, self.plan)

    @property
    def unserved(self) -> np.ndarray:
        """bool[n]: in fallback today: nobody serves it, or a team of fallback service does."""
        return np.array(self.gathered.in_fallback, dtype=bool)

    @property
    def moved(self) -> np.ndarray:
        """bool[n]: served today by somebody else, or left although somebody serves today."""
        today = self.district.today
        # A firm that is not planned with is NOBODY in the arrays, and never the plan's.
        return ~self.unserved & ((today == NOBODY) | (today != self.serving))

    @cached_property
    def outcomes(self) -> list[str]:
        """What becomes of each compound: codes of PlanPlace.Outcome."""
        left = self.plan.bundle == NOBODY
        found = np.select(
            [left & self.unserved, left, self.unserved, self.moved],
            [Outcome.STAYS.value, Outcome.LOST.value, Outcome.TAKEN.value, Outcome.MOVED.value],
            Outcome.KEPT.value,
        )
        return found.tolist()


def serving(district: District, plan: Plan) -> np.ndarray:
    """int[n]: the provider of each compound, NOBODY for fallback."""
    left = plan.bundle == NOBODY
    if not district.K:
        return np.full(district.n, NOBODY)
    return np.where(left, NOBODY, district.bundle_provider[np.where(left, 0, plan.bundle)])


def figures_of(results: Results) -> dict[str, Any]:
    """All figures of a run as plain numbers; yuan, whole horizon."""
    plan = split_of(results.district, results.plan)
    by_hand = split_of(results.district, results.by_hand) if results.by_hand else None
    return {
        "plan": _side(results.district, results.plan, plan),
        "by_hand": _side(results.district, results.by_hand, by_hand) if by_hand else None,
        "today": _today(results),
        "moved": int(results.moved.sum()),
        "outcomes": {code.lower(): results.outcomes.count(code) for code in Outcome},
        "strategies": _strategies(results),
        "bound": results.bound.value,
        "share": certified_share(plan, by_hand, results.bound.value),
        "gap": gap(plan, results.bound.value),
        "streets": _by_street(results),
        "sizes": _by_size(results),
    }


def _side(district: District, plan: Plan, split: Split) -> dict[str, Any]:
    left = plan.bundle == NOBODY
    return {
        **asdict(split),
        "public": split.public,
        "objective": split.objective,
        "left": int(left.sum()),
        "left_households": int(district.households[left].sum()),
        "bundles": len(np.unique(plan.bundle[~left])),
    }


def _today(results: Results) -> dict[str, Any]:
    """Today's official plan by the rule: transition compounds at the flat rate, others nothing.

    Until somebody serves a transition compound it is fallback that is paid, and no subsidy.
    """
    district, compounds = results.district, results.gathered.compounds
    strategy = np.array([row.strategy for row in compounds], dtype=object)
    left = results.unserved
    paid = (strategy == Strategy.SUBSIDY_TRANSITION) & ~left
    subsidy = float(results.dials.cap * district.area[paid].sum())
    fallback = float(district.fallback[left].sum())
    return {
        "subsidy": subsidy,
        "fallback": fallback,
        "public": subsidy + fallback,
        "left": int(left.sum()),
        "left_households": int(district.households[left].sum()),
    }


def _strategies(results: Results) -> list[list]:
    """[strategy of the register, strategy of the plan, compounds] for each pair there is."""
    official = [row.strategy for row in results.gathered.compounds]
    counted = Counter(zip(official, planned_strategies(results), strict=True))
    return [[before, after, count] for (before, after), count in sorted(counted.items())]


def planned_strategies(results: Results) -> list[str]:
    """The strategy each compound has in the plan, in the words of the register.

    Its own unit's company: co-build. A red firm, where it bears its own cost: takeover. Any other
    firm's bundle carries it, or subsidy does: transition. CENTRE: a street centre to be opened.
    """
    district, arcs = results.district, chosen_arcs(results.district, results.plan.bundle)
    found = []
    for arc, provider in zip(arcs.tolist(), results.serving.tolist(), strict=True):
        firm = results.gathered.firms[provider] if provider != NOBODY else None
        if provider == NOBODY:
            found.append(str(Strategy.FALLBACK))
        elif firm is None:
            found.append(CENTRE_STRATEGY)
        elif district.provider_kind[provider] == UNIT:
            found.append(str(Strategy.UNIT_COBUILD))
        elif firm.is_red and district.arc_full[arc] >= 0:
            found.append(str(Strategy.RED_TAKEOVER))
        else:
            found.append(str(Strategy.SUBSIDY_TRANSITION))
    return found


def certified_share(plan: Split, by_hand: Split | None, bound: float) -> float | None:
    """How much of all that can be saved against the by-hand plan is saved, at least (0 to 1).

    None where nothing can be saved at all, or by hand nothing was found.
    """
    if by_hand is None:
        return None
    possible = by_hand.objective - bound
    if possible <= 0:
        return None
    return max(0.0, min(1.0, (by_hand.objective - plan.objective) / possible))


def gap(plan: Split, bound: float) -> float | None:
    """How far the plan may be from the best possible, as a share of its own objective."""
    return max(0.0, (plan.objective - bound) / plan.objective) if plan.objective > 0 else None


def _by_street(results: Results) -> list[dict[str, Any]]:
    """Fallback by street: compounds and households left, of how many."""
    district = results.district
    return [
        {"street": street, **_left(results, district.street == at)}
        for at, street in enumerate(results.gathered.streets)
    ]


def _by_size(results: Results) -> list[dict[str, Any]]:
    households = results.district.households
    return [
        {
            "from": first,
            "below": below,
            **_left(results, (households >= first) & (households < (below or np.inf))),
        }
        for first, below in SIZES
    ]


def _left(results: Results, among: np.ndarray) -> dict[str, int]:
    households = results.district.households
    left = among & (results.plan.bundle == NOBODY)
    by_hand = results.by_hand
    return {
        "compounds": int(among.sum()),
        "households": int(households[among].sum()),
        "left": int(left.sum()),
        "left_households": int(households[left].sum()),
        "by_hand": int((among & (by_hand.bundle == NOBODY)).sum()) if by_hand else None,
    }
