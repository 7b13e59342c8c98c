"""What a run found, as figures: money apart from the penalty, who is left, how fair it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from compounds.registry.models import Strategy

from .core.bounding import Bound
from .core.district import District
from .core.inputs import NOBODY, Dials
from .core.plan import Plan, Split, split_of
from .gathering import Gathered

# Size classes of the fairness table, by households: from, below.
SIZES = ((0, 50), (50, 100), (100, 300), (300, None))


@dataclass(frozen=True, eq=False)
class Results:
    """A run's plan, the careful by-hand office on the same inputs, and what no plan can beat."""

    gathered: Gathered
    dials: Dials
    district: District
    plan: Plan
    by_hand: Plan
    bound: Bound

    @property
    def serving(self) -> np.ndarray:
        """int[n]: provider of the plan, NOBODY for fallback."""
        return serving(self.district, self.plan)

    @property
    def moved(self) -> np.ndarray:
        """bool[n]: served today by somebody else, or left although somebody serves today."""
        today = self.district.today
        return (today != NOBODY) & (today != self.serving)


def serving(district: District, plan: Plan) -> np.ndarray:
    """int[n]: the provider of each compound, NOBODY for fallback."""
    left = plan.bundle == NOBODY
    if not district.K:
        return np.full(district.n, NOBODY)
    return np.where(left, NOBODY, district.bundle_provider[np.where(left, 0, plan.bundle)])


def figures_of(results: Results) -> dict[str, Any]:
    """All figures of a run as plain numbers; yuan, whole horizon."""
    plan = split_of(results.district, results.plan)
    by_hand = split_of(results.district, results.by_hand)
    return {
        "plan": _side(results.district, results.plan, plan),
        "by_hand": _side(results.district, results.by_hand, by_hand),
        "today": _today(results),
        "moved": int(results.moved.sum()),
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
    """Today's official plan by the rule: transition compounds at the flat rate, others nothing."""
    district, compounds = results.district, results.gathered.compounds
    strategy = np.array([row.strategy for row in compounds], dtype=object)
    paid = strategy == Strategy.SUBSIDY_TRANSITION
    left = district.today == NOBODY
    subsidy = float(results.dials.cap * district.area[paid].sum())
    fallback = float(district.fallback[left].sum())
    return {
        "subsidy": subsidy,
        "fallback": fallback,
        "public": subsidy + fallback,
        "left": int(left.sum()),
        "left_households": int(district.households[left].sum()),
    }


def certified_share(plan: Split, by_hand: Split, bound: float) -> float | None:
    """How much of all that can be saved against the by-hand plan is saved, at least (0 to 1).

    None where nothing can be saved at all.
    """
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
    by_hand = among & (results.by_hand.bundle == NOBODY)
    return {
        "compounds": int(among.sum()),
        "households": int(households[among].sum()),
        "left": int(left.sum()),
        "left_households": int(households[left].sum()),
        "by_hand": int(by_hand.sum()),
    }
