"""A plan and its money: who serves each compound, what each bundle is paid, what that comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import NO_LIMIT, District
from .inputs import NOBODY


@dataclass(frozen=True, eq=False)
class Plan:
    bundle: np.ndarray  # int32[n]: the bundle that serves a compound, NOBODY for fallback
    subsidy: np.ndarray  # float64[K]: yuan paid to a bundle over the horizon

    @property
    def left(self) -> int:
        """Compounds left to fallback."""
        return int((self.bundle == NOBODY).sum())


@dataclass(frozen=True)
class Split:
    """The objective in its parts, yuan; penalty and ties are weights and no public money."""

    subsidy: float
    setup: float
    fallback: float
    penalty: float
    ties: float
    switching: float

    @property
    def public(self) -> float:
        return self.subsidy + self.setup + self.fallback

    @property
    def objective(self) -> float:
        return self.public + self.penalty + self.ties + self.switching


def chosen_arcs(district: District, bundle: np.ndarray) -> np.ndarray:
    """int64[n]: the arc of each compound, NOBODY for fallback; KeyError if there is no such arc."""
    chosen = np.full(district.n, NOBODY, dtype=np.int64)
    arcs = np.flatnonzero(bundle[district.arc_compound] == district.arc_bundle)
    chosen[district.arc_compound[arcs]] = arcs
    lost = np.flatnonzero((bundle != NOBODY) & (chosen == NOBODY))
    if len(lost):
        raise KeyError(f"no arc for compounds {lost[:10].tolist()}")
    return chosen


def gaps(district: District, arcs: np.ndarray) -> np.ndarray:
    """float64[K]: what each running bundle lacks to be viable (row 5), 0 where it lacks nothing."""
    served = arcs[arcs >= 0]
    bundles = district.arc_bundle[served]
    margin = np.bincount(bundles, weights=district.arc_margin[served], minlength=district.K)
    running = np.bincount(bundles, minlength=district.K) > 0
    return np.where(running, np.maximum(district.bundle_fixed - margin, 0.0), 0.0)


def plan_of(district: District, bundle: np.ndarray) -> Plan:
    """The plan that pays every running bundle its gap and no more."""
    bundle = np.asarray(bundle, dtype=np.int32)
    return Plan(bundle, gaps(district, chosen_arcs(district, bundle)))


def split_of(district: District, plan: Plan) -> Split:
    """The parts of the objective of a plan; KeyError where it uses an arc that is not there."""
    arcs = chosen_arcs(district, plan.bundle)
    served, left = arcs[arcs >= 0], arcs < 0
    running = np.bincount(district.arc_bundle[served], minlength=district.K) > 0
    provider = district.bundle_provider[district.arc_bundle[served]]
    compound = district.arc_compound[served]
    today = district.today[compound]
    switched = (today != NOBODY) & (today != provider)
    switching = float(district.switching[compound][switched].sum())
    return Split(
        subsidy=float(plan.subsidy.sum()),
        setup=float(district.bundle_setup[running].sum()),
        fallback=float(district.fallback[left].sum()),
        penalty=float(district.penalty[left].sum()),
        ties=float(district.arc_cost[served].sum()) - switching,
        switching=switching,
    )


def is_feasible(district: District, plan: Plan) -> bool:
    """Does the plan keep rows 1 to 9 of the district; quick, for use inside the solvers.

    `checking.breaches` says the same from the inputs alone, and names what is broken.
    """
    arcs = chosen_arcs(district, plan.bundle)
    served = arcs[arcs >= 0]
    bundles, area = district.arc_bundle[served], district.area[district.arc_compound[served]]
    taken = np.bincount(district.bundle_provider[bundles], weights=area, minlength=district.J)
    bundle_area = np.bincount(bundles, weights=area, minlength=district.K)
    left = np.bincount(district.street[arcs < 0], minlength=district.streets)
    most = district.street_fallback_most
    slack = 1e-6
    return bool(
        not district.must[arcs < 0].any()
        and (taken <= district.provider_limit * (1 + 1e-12) + slack).all()
        and (np.bincount(bundles, minlength=district.K) <= district.bundle_most).all()
        and (plan.subsidy >= gaps(district, arcs) - slack).all()
        and (plan.subsidy <= district.cap * bundle_area + slack).all()
        and plan.subsidy.sum() <= district.budget + slack
        and ((most == NO_LIMIT) | (left <= most)).all()
        and _is_contiguous(district, served)
    )


def _is_contiguous(district: District, served: np.ndarray) -> bool:
    """Row 8: each chosen arc is direct or has a chosen stepping stone."""
    is_chosen = np.zeros(district.arcs + 1, dtype=np.int64)
    is_chosen[served] = 1
    counts = np.concatenate([[0], np.cumsum(is_chosen[district.stone_arc])])
    stones = counts[district.stone_ptr[1:]] - counts[district.stone_ptr[:-1]]
    return bool((district.arc_direct[served] | (stones[served] > 0)).all())
