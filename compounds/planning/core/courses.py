"""The money of a bundle month by month, and what becomes of it without its largest member.

Of a surplus only the carried share is the bundle's own, as in the plan; the subsidy is paid in
equal parts from the first month on, and what is paid after the horizon is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import ROUNDING, District
from .inputs import Dials, Inputs


@dataclass(frozen=True, eq=False)
class Course:
    """What has come in less what was spent, at the end of each month; yuan."""

    balances: np.ndarray  # float64[months]
    monthly: float  # income less cost of a month of full charging

    @property
    def paid_back(self) -> int | None:
        """The month (from 1) from whose end on nothing is advanced any more; None: never."""
        below = np.flatnonzero(self.balances < 0)
        last = int(below[-1]) + 1 if len(below) else 0
        return last + 1 if last < len(self.balances) else None

    @property
    def advance(self) -> float:
        """The most the firm has to advance on the way."""
        return max(0.0, -float(self.balances.min(initial=0.0)))


def course(
    inputs: Inputs,
    dials: Dials,
    district: District,
    arcs: np.ndarray,
    subsidy: float,
    paid_months: int,
) -> Course:
    """The course of the bundle of the chosen arcs, its subsidy paid over so many months."""
    one, economy = inputs.compounds, inputs.economy
    i, months = district.arc_compound[arcs], economy.months
    after = 1 - economy.profit
    fees = after * one.area[i] * one.fee[i] * one.collection[i]
    revenue = after * one.area[i] * one.revenue[i]
    income = fees * economy.paying_months + revenue * months
    full = district.arc_full[arcs]
    cost = (income - full) / months
    given = np.maximum(full, 0.0) * (1 - dials.carry)  # what stays with the compound's own upkeep
    kept = 1 - np.divide(given, income, out=np.zeros_like(income), where=income > 0)
    share = np.where(np.arange(months) < economy.ramp_months, economy.ramp_share, 1.0)
    fixed = float(district.bundle_fixed[district.arc_bundle[arcs[0]]]) / months
    flow = share * float((kept * fees).sum()) + float((kept * revenue - cost).sum()) - fixed
    paid = np.zeros(months)
    paid[:paid_months] = subsidy / paid_months
    balances = np.cumsum(flow + paid)
    # Margins are counted in whole hundreds: what that alone leaves open is not advanced.
    balances[np.abs(balances) <= ROUNDING / 2 * len(arcs) + 1] = 0.0
    return Course(balances, float(flow[-1]))


@dataclass(frozen=True)
class Leaving:
    """A bundle after its largest member has left, and whoever was joined through it."""

    compound: int
    lost: tuple[int, ...]  # compounds no member joins to the base any more
    count: int  # members that stay
    gap: float  # subsidy needed then, yuan
    over: float  # of that above the cap, yuan
    more: float  # than before, yuan


def without_largest(district: District, arcs: np.ndarray, subsidy: float) -> Leaving:
    """What becomes of the bundle that the chosen arcs make up when its largest member leaves."""
    d = district
    area = d.area[d.arc_compound[arcs]]
    largest = int(arcs[np.lexsort((arcs, -area))[0]])
    stay = _joined(d, [int(arc) for arc in arcs if arc != largest])
    lost = sorted(set(arcs.tolist()) - set(stay) - {largest})
    margin, fixed = float(d.arc_margin[stay].sum()), float(d.bundle_fixed[d.arc_bundle[largest]])
    gap = max(fixed - margin, 0.0) if stay else 0.0
    most = d.cap * float(d.area[d.arc_compound[stay]].sum())
    return Leaving(
        compound=int(d.arc_compound[largest]),
        lost=tuple(int(d.arc_compound[arc]) for arc in lost),
        count=len(stay),
        gap=gap,
        over=max(gap - most, 0.0),
        more=float(gap - subsidy),
    )


def _joined(district: District, arcs: list[int]) -> list[int]:
    """Those of the arcs that are still joined to their base, from the nearest outwards."""
    d, joined = district, set()
    for arc in sorted(arcs, key=lambda one: (d.arc_metres[one], one)):
        stones = d.stone_arc[d.stone_ptr[arc] : d.stone_ptr[arc + 1]].tolist()
        if d.arc_direct[arc] or not joined.isdisjoint(stones):
            joined.add(arc)
    return sorted(joined)
