"""What would take a compound out of fallback: for each base near it, what had to be otherwise.

A way is a base and all that stands between it and the compound; the shortest ways are kept.
Everything else of the plan stays as it is. Where something stands between them that no such
change would mend, nothing is told. Codes, not sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import ROUNDING, TIE_METRES, TIE_RATING, District, whole_margins
from .explaining import SLACK, Standing
from .inputs import CENTRE, NOBODY, UNIT, Dials, Inputs
from .nearness import distance
from .pairing import Pairs, as_today
from .plan import Plan
from .stepping import bridged, touching

BASES = 30  # nearest bases that are looked at
KEPT = 4  # ways that are told
DEAREST = 2.0  # times the accepted fee: beyond that no vote will carry it
HAIR = 1e-9  # of a step


@dataclass(frozen=True)
class Change:
    """What had to be otherwise, and the value at which it would do, rounded up to a whole step.

    `fee` (yuan per m² and month), `collection` (share), `distance` (m the firm had to come),
    `willingness` (the firm refused, or has not agreed), `capacity` (m² more than it can take),
    `size` (members more than a bundle may hold), `contiguity` (m to the nearest member that leads
    to the base: as far as a stepping stone had to reach).
    """

    code: str
    needed: float = 0.0


@dataclass(frozen=True)
class Way:
    bundle: int
    changes: tuple[Change, ...]


def ways_out(inputs: Inputs, dials: Dials, district: District, plan: Plan) -> dict[int, list[Way]]:
    """The shortest ways of each compound left to fallback; none of those locked to it."""
    held = inputs.locked[:, 0] if len(inputs.locked) else np.empty(0, dtype=np.int64)
    left = np.setdiff1d(np.flatnonzero(plan.bundle == NOBODY), held)
    if not len(left) or not district.K:
        return {}
    pairs = _near_bases(inputs, dials, left)
    lacks = _Lacks(inputs, dials, district, plan, pairs)
    found: dict[int, list[Way]] = {int(i): [] for i in left}
    for at in range(len(pairs.compound)):
        found[int(pairs.compound[at])] += lacks.ways(at)
    return {i: _shortest(ways) for i, ways in found.items()}


def _near_bases(inputs: Inputs, dials: Dials, left: np.ndarray) -> Pairs:
    """The nearest bases of each compound that are of a kind that may serve it at all."""
    compounds, bases = inputs.compounds, inputs.bases
    kind = inputs.providers.kind[bases.provider]
    chosen: list[np.ndarray] = []
    metres: list[np.ndarray] = []
    for i in left:
        foreign = (kind == UNIT) & (bases.provider != compounds.unit[i])
        foreign |= (kind == CENTRE) & ((bases.street != compounds.street[i]) | (not dials.centres))
        rows = np.flatnonzero(~foreign)
        far = distance(compounds.x[i], compounds.y[i], bases.x[rows], bases.y[rows])
        nearest = np.argsort(far, kind="stable")[:BASES]
        chosen.append(rows[nearest])
        metres.append(far[nearest])
    counts = [len(rows) for rows in chosen]
    return Pairs(np.repeat(left, counts), np.concatenate(chosen), np.concatenate(metres), {})


class _Lacks:
    """Of pairs of a compound left to fallback and a base: what each lacks, array by array."""

    def __init__(
        self, inputs: Inputs, dials: Dials, district: District, plan: Plan, pairs: Pairs
    ) -> None:
        d, i, k = district, pairs.compound, pairs.base
        j, one = inputs.bases.provider[k], inputs.compounds
        standing = Standing(d, plan)
        self.pairs, self.carry = pairs, dials.carry
        self.full = whole_margins(inputs, i, j, pairs.metres)
        counted = np.where(self.full < 0, self.full, self.carry * self.full)
        moved = (one.today[i] != NOBODY) & (one.today[i] != j)
        cost = TIE_METRES * pairs.metres + TIE_RATING * inputs.providers.rating[j]
        cost += np.where(moved, d.switching[i], 0.0)
        rounded = np.rint(counted / ROUNDING) * ROUNDING
        self.lacks_money = _lack(standing, pairs, rounded, cost) > SLACK
        # Margins are counted in whole hundreds: half of one may be lost by that.
        self.lack = _lack(standing, pairs, counted, cost) + ROUNDING / 2
        economy = inputs.economy
        # What a fee of one yuan at full collection brings over the horizon, after profit.
        self.charged = (1 - economy.profit) * economy.paying_months * one.area[i]
        self.fee, self.collection = one.fee[i], one.collection[i]
        radius = inputs.providers.radius[j]
        is_unit = inputs.providers.kind[j] == UNIT
        radius = np.where(is_unit, np.minimum(radius, dials.unit_reach), radius)
        self.changes = [
            ("distance", pairs.metres, pairs.metres > radius),
            ("willingness", np.zeros(len(i)), _is_unwilling(inputs, i, j)),
            *_room(inputs, dials, standing, i, k, j),
            ("contiguity", *_apart(inputs, dials, plan, pairs)),
        ]

    def ways(self, at: int) -> list[Way]:
        """The ways to one base: by a fee or by collection, where money is lacking."""
        asked = [(code, float(by[at])) for code, by, lacks in self.changes if lacks[at]]
        if not np.isfinite([by for _code, by in asked]).all():
            return []
        rest = tuple(Change(code, _up(by, 1.0)) for code, by in asked)
        k = int(self.pairs.base[at])
        if not self.lacks_money[at]:
            return [Way(k, rest)] if rest else []
        more = _whole(float(self.full[at]), float(self.lack[at]), self.carry)
        charged, fee = float(self.charged[at]), float(self.fee[at])
        share = float(self.collection[at])
        found = []
        for code, now, brings, most in (
            ("fee", fee, charged * share, DEAREST * fee),
            ("collection", share, charged * fee, 1.0),
        ):
            if brings > 0 and now + more / brings <= most:
                needed = _up(now + more / brings, 0.01)
                if needed <= most:
                    found.append(Way(k, (Change(code, needed), *rest)))
        return found


def _up(value: float, step: float) -> float:
    """The next whole step at or above a value: what is told must do."""
    return round(float(np.ceil(value / step - HAIR)) * step, 2)


def _lack(standing: Standing, pairs: Pairs, counted: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """float64[pairs]: yuan the counted margin had to be larger for the place to be worth having.

    Infinite where no margin would do: it spares the bundle's subsidy at most.
    """
    d, i, k = standing.district, pairs.compound, pairs.base
    gap = np.maximum(d.bundle_fixed[k] - standing.margin[k] - counted, 0.0)
    rest = cost - standing.gap[k] - d.fallback[i] - d.penalty[i]
    rest += np.where(standing.count[k] > 0, 0.0, d.bundle_setup[k])
    over = gap - d.cap * (standing.area[k] + d.area[i])
    beyond = gap - standing.gap[k] - (d.budget - standing.gap.sum())
    return np.where(rest > 0, np.inf, np.maximum(np.maximum(gap + rest, over), beyond))


def _whole(full: float, lack: float, carry: float) -> float:
    """How much the whole margin has to rise for the counted one to rise by `lack`."""
    if full < 0 and lack <= -full:
        return lack
    beyond = lack - max(-full, 0.0)
    return max(-full, 0.0) + beyond / carry if carry > 0 else float("inf")


def _is_unwilling(inputs: Inputs, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    m = max(len(inputs.providers.ids), 1)
    key = i * m + j
    refused = np.isin(key, inputs.unwilling[:, 0] * m + inputs.unwilling[:, 1])
    if inputs.willing is None:
        return refused
    return refused | ~np.isin(key, inputs.willing[:, 0] * m + inputs.willing[:, 1])


def _room(
    inputs: Inputs,
    dials: Dials,
    standing: Standing,
    i: np.ndarray,
    k: np.ndarray,
    j: np.ndarray,
):
    """Room of the firm and of its bundle; more of it does not help beyond the share of one firm."""
    d = standing.district
    taken = standing.taken[j] + d.area[i]
    needed = taken - d.provider_capacity[j]
    if dials.provider_share is not None:
        most = dials.provider_share * inputs.compounds.area.sum()
        needed = np.where(taken > most, np.inf, needed)
    yield "capacity", needed, taken - d.provider_limit[j] > SLACK
    more = (standing.count[k] + 1 - d.bundle_most[k]).astype(np.float64)
    yield "size", more, more > 0


def _apart(inputs: Inputs, dials: Dials, plan: Plan, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Of each pair: m to the nearest member that could join it to the base; does none do so.

    Infinite where no reach would do: nobody of the bundle is nearer, or a river lies between.
    """
    compounds, bases, n = inputs.compounds, inputs.bases, len(inputs.compounds.ids)
    joined = (pairs.metres <= dials.near) | as_today(inputs, pairs) | bridged(inputs, dials, pairs)
    ptr, touch = touching(inputs, dials)
    barred = np.concatenate([inputs.apart, inputs.apart[:, ::-1]])
    barred = barred[:, 0] * n + barred[:, 1]
    needed = np.full(len(pairs.metres), np.inf)
    for at in np.flatnonzero(~joined):
        i, k = pairs.compound[at], pairs.base[at]
        members = np.flatnonzero(plan.bundle == k)
        far = distance(compounds.x[members], compounds.y[members], bases.x[k], bases.y[k])
        nearer = (far < pairs.metres[at]) | ((far == pairs.metres[at]) & (members < i))
        members = members[nearer & ~np.isin(i * n + members, barred)]
        joined[at] = np.isin(members, touch[ptr[i] : ptr[i + 1]]).any()
        x, y = compounds.x[members], compounds.y[members]
        needed[at] = distance(compounds.x[i], compounds.y[i], x, y).min(initial=np.inf)
    return needed, ~joined


def _shortest(ways: list[Way]) -> list[Way]:
    """Those with the fewest changes, one of each kind: the one that asks for least."""
    least = min((len(way.changes) for way in ways), default=0)
    kinds: dict[tuple[str, ...], Way] = {}
    for way in (way for way in ways if len(way.changes) == least):
        kind = tuple(change.code for change in way.changes)
        asked = tuple(change.needed for change in way.changes)
        if kind not in kinds or asked < tuple(one.needed for one in kinds[kind].changes):
            kinds[kind] = way
    return list(kinds.values())[:KEPT]
