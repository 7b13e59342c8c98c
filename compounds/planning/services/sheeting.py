"""What the sheets of a plan tell beside its figures, reckoned once and kept with its rows.

Loaded by the worker alone. Compounds are named by their number in the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from ..core import courses, risk, ways
from ..core.explaining import Option
from ..core.inputs import NOBODY
from ..core.plan import chosen_arcs
from ..figures import Results
from ..models import PlanBundle, PlanFirm, PlanRun
from .running import paying_of

FEN, SHARE = 2, 4  # decimals that are kept


def tell_bundles(run: PlanRun, results: Results, bundles: dict[int, PlanBundle]) -> None:
    """Give each bundle its course, its risk, and what becomes of it without its largest member."""
    inputs, dials, district = results.gathered.inputs, results.dials, results.district
    arcs = chosen_arcs(district, results.plan.bundle)
    drawn = risk.risks(inputs, dials, district, results.plan, seed=run.seed)
    paid_months = paying_of(run).months
    for number, row in bundles.items():
        mine = arcs[results.plan.bundle == number]
        paid = float(results.plan.subsidy[number])
        course = courses.course(inputs, dials, district, mine, paid, paid_months)
        leaving = asdict(courses.without_largest(district, mine, paid))
        row.over_cap_percent = round(100 * drawn[number].over, FEN)
        row.account = {
            "base": number,  # its place among the bases of the inputs
            "course": {
                "balances": np.round(course.balances).astype(int).tolist(),
                "monthly": round(course.monthly, FEN),
                "paid_back": course.paid_back,
                "advance": round(course.advance, FEN),
                "paid_months": paid_months,
            },
            "risk": _rounded({**asdict(drawn[number]), "draws": risk.DRAWS}),
            "leaving": {
                **_rounded(leaving),
                "compound": _pk(results, leaving["compound"]),
                "lost": [_pk(results, at) for at in leaving["lost"]],
            },
        }


def _pk(results: Results, at: int) -> int:
    return results.gathered.compounds[at].pk


def _rounded(told: dict[str, Any]) -> dict[str, Any]:
    """Sums to the fen, shares to a hundredth of a percent."""
    return {
        name: [round(one, FEN) for one in value]
        if isinstance(value, tuple)
        else round(value, SHARE)
        if isinstance(value, float)
        else value
        for name, value in told.items()
    }


def firms_of(run: PlanRun, results: Results) -> Iterator[PlanFirm]:
    """A row for each firm that was planned with, whether the plan uses it or not."""
    district, plan = results.district, results.plan
    served = np.flatnonzero(plan.bundle != NOBODY)
    provider = district.bundle_provider[plan.bundle[served]]
    taken = np.bincount(provider, weights=district.area[served], minlength=district.J)
    count = np.bincount(provider, minlength=district.J)
    running = np.unique(plan.bundle[served])
    bundles = np.bincount(district.bundle_provider[running], minlength=district.J)
    for at, firm in enumerate(results.gathered.firms):
        if firm is not None:
            yield PlanFirm(
                run=run,
                provider_id=firm.pk,
                capacity_m2=round(float(district.provider_capacity[at]), FEN),
                limit_m2=round(float(district.provider_limit[at]), FEN),
                taken_m2=round(float(taken[at]), FEN),
                bundle_count=int(bundles[at]),
                compound_count=int(count[at]),
                price=round(float(results.bound.prices.capacity[at]), SHARE),
            )


def ways_of(results: Results) -> dict[int, list[dict[str, Any]]]:
    """The ways out of fallback as they are kept, by the compound's place in the arrays."""
    gathered, district = results.gathered, results.district
    found = ways.ways_out(gathered.inputs, results.dials, district, results.plan)
    return {
        at: [
            {
                **served_by(results, way.bundle),
                "changes": [[one.code, round(one.needed, SHARE)] for one in way.changes],
            }
            for way in mine
        ]
        for at, mine in found.items()
    }


def served_by(results: Results, bundle: int) -> dict[str, int | None]:
    """Who runs a bundle, as it is kept: a firm, or the street whose centre it is."""
    firm = results.gathered.firms[results.district.bundle_provider[bundle]]
    return {"provider": firm.pk if firm else None, "street": results.gathered.bases[bundle][1]}


def price_of_staying(results: Results, at: int, options: list[Option]) -> float | None:
    """What the objective would lose if a compound stayed as it is today.

    None where it does stay, where something stands in the way, or its firm is not planned with.
    """
    today = int(results.district.today[at])
    if today == int(results.serving[at]):
        return None
    same = (
        one
        for one in options
        if one.is_open
        and (NOBODY if one.bundle == NOBODY else results.district.bundle_provider[one.bundle])
        == today
    )
    return next((round(one.price, FEN) for one in same), None)
