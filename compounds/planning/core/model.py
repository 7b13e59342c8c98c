"""The formulation of a district as rows for HiGHS, every row of it by its number.

Columns: x of arcs, y and g of bundles, w of compounds. Amounts in thousands of yuan and of m², so
that the solver's tolerances mean little money. Knows nothing of solving.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import NO_LIMIT, District
from .highs import INF, Rows
from .multipliers import guards
from .plan import Plan, chosen_arcs, plan_of

SCALE = 1000.0


@dataclass(frozen=True, eq=False)
class Model:
    district: District
    rows: Rows
    arc: int  # first column of x
    bundle: int  # first column of y
    subsidy: int  # first column of g
    left: int  # first column of w
    places: dict[str, np.ndarray]  # of rows: stone[A], and viability, rate, room, size [K], …

    def start(self, plan: Plan) -> np.ndarray:
        """A plan as values of the columns."""
        district = self.district
        values = np.zeros(len(self.rows.cost))
        arcs = chosen_arcs(district, plan.bundle)
        values[self.arc + arcs[arcs >= 0]] = 1
        values[self.bundle + np.unique(district.arc_bundle[arcs[arcs >= 0]])] = 1
        values[self.subsidy : self.subsidy + district.K] = plan.subsidy / SCALE
        values[self.left + np.flatnonzero(arcs < 0)] = 1
        return values

    def plan(self, values: np.ndarray) -> Plan:
        """The plan a solution means; its gaps are paid exactly, whatever the solver paid."""
        district = self.district
        on = np.flatnonzero(values[self.arc : self.arc + district.arcs] > 0.5)
        bundle = np.full(district.n, -1, dtype=np.int32)
        bundle[district.arc_compound[on]] = district.arc_bundle[on]
        return plan_of(district, bundle)


def model_of(district: District) -> Model:
    """Rows 1 to 9; capacity also bundle by bundle, tightened by whether the bundle runs."""
    d, rows = district, Rows()
    arc = rows.columns(d.arc_cost / SCALE, 0, 1, whole=True)
    bundle = rows.columns(d.bundle_setup / SCALE, 0, 1, whole=True)
    subsidy = rows.columns(np.ones(d.K), 0, INF)
    left = rows.columns((d.fallback + d.penalty) / SCALE, 0, 1, whole=True)
    for i in np.flatnonzero(d.must):
        rows.upper[left + i] = 0
    for i in range(d.n):  # 1
        mine = np.arange(d.arc_ptr[i], d.arc_ptr[i + 1])
        rows.row(1, 1, [*(arc + mine), left + i], 1)
    places = {
        name: np.full(count, -1)
        for name, count in (
            ("stone", d.arcs), ("guard", d.arcs), ("room", d.K), ("size", d.K),
            ("viability", d.K), ("rate", d.K), ("provider", d.J), ("budget", 1),
            ("street", d.streets),
        )
    }  # fmt: skip
    guard = guards_of(d)
    for a in range(d.arcs):  # 2, 8
        rows.row(-INF, 0, [arc + a, bundle + d.arc_bundle[a]], [1, -1])
        if not d.arc_direct[a]:
            stones = d.stone_arc[d.stone_ptr[a] : d.stone_ptr[a + 1]]
            places["stone"][a] = rows.row(
                -INF, 0, [arc + a, *(arc + stones)], [1.0, *[-1.0] * len(stones)]
            )
            if guard[a] >= 0 and len(stones) > 1:
                places["guard"][a] = rows.row(-INF, 0, [arc + a, arc + guard[a]], [1, -1])
    area = d.area / SCALE
    limit = d.provider_limit / SCALE
    for k in range(d.K):
        mine = d.bundle_arc[d.bundle_ptr[k] : d.bundle_ptr[k + 1]]
        if not len(mine):
            rows.upper[bundle + k] = rows.upper[subsidy + k] = 0
            continue
        x, y, g = arc + mine, bundle + k, subsidy + k
        areas = area[d.arc_compound[mine]]
        places["room"][k] = rows.row(  # 3
            -INF, 0, [*x, y], [*areas, -limit[d.bundle_provider[k]]]
        )
        places["size"][k] = rows.row(  # 4
            -INF, 0, [*x, y], [*[1.0] * len(x), -float(d.bundle_most[k])]
        )
        margins = d.arc_margin[mine] / SCALE
        places["viability"][k] = rows.row(  # 5
            0, INF, [*x, g, y], [*margins, 1.0, -d.bundle_fixed[k] / SCALE]
        )
        places["rate"][k] = rows.row(-INF, 0, [*x, g], [*(-d.cap * areas), 1.0])  # 6
    of_provider = d.bundle_provider[d.arc_bundle]
    for j in np.flatnonzero(np.bincount(d.bundle_provider, minlength=d.J) > 1):  # 3
        mine = np.flatnonzero(of_provider == j)
        places["provider"][j] = rows.row(-INF, limit[j], arc + mine, area[d.arc_compound[mine]])
    if np.isfinite(d.budget):  # 7
        places["budget"][0] = rows.row(-INF, d.budget / SCALE, subsidy + np.arange(d.K), 1)
    for street in np.flatnonzero(d.street_fallback_most != NO_LIMIT):  # 9
        mine = np.flatnonzero(d.street == street)
        places["street"][street] = rows.row(
            -INF, float(d.street_fallback_most[street]), left + mine, 1
        )
    return Model(d, rows, arc, bundle, subsidy, left, places)


def guards_of(district: District) -> np.ndarray:
    """int64[A]: the arc every way from the base to an arc leads over, or -1."""
    d, order = district, district.bundle_arc
    place = np.empty(d.arcs, dtype=np.int64)
    place[order] = np.arange(d.arcs)
    counts = np.diff(d.stone_ptr)[order]
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    starts = np.repeat(d.stone_ptr[order] - ptr[:-1], counts)
    stone = place[d.stone_arc[starts + np.arange(int(ptr[-1]))]]
    found = guards(d.arc_direct[order], np.zeros(d.arcs, dtype=np.bool_), ptr, stone)
    guard = np.full(d.arcs, -1)
    guard[order] = np.where(found >= 0, order[found], -1)
    return guard
