"""Every rule of a plan, evaluated again in plain Python from the inputs and the dials alone.

Shares no code with the solvers: distances, margins and who touches whom are derived here once
more, so that a mistake there is found and not repeated. Run on every plan before it is shown.
The cut to the nearest bases is no rule (it only spares work) and is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, fsum, sqrt

from .inputs import CENTRE, NOBODY, UNIT, Dials, Inputs
from .plan import Plan

SLACK = 1e-6  # yuan or m²: sums of floats taken in another order


@dataclass(frozen=True)
class Breach:
    """A rule that is broken: where (compound, bundle, provider or street), what is, what may be.

    Rules: clearance, may_serve, open, capacity, size, viability, cap, budget, year (by its
    number), contiguity, share, street_fallback, must_serve, lock. For may_serve, `allowed` is the
    cause.
    """

    rule: str
    where: int
    said: float
    allowed: float | str


def breaches(inputs: Inputs, dials: Dials, plan: Plan) -> list[Breach]:
    """All breaches of rows 1 to 9; an empty list is the one good answer."""
    check = _Check(inputs, dials, plan)
    found = list(check.clearance())
    if found:  # without it no other row can be read
        return found
    for rule in (
        check.may_serve,
        check.capacity,
        check.share,
        check.bundles,
        check.budget,
        check.contiguity,
        check.street_fallback,
        check.must_serve,
        check.locks,
    ):
        found.extend(rule())
    return found


class _Check:
    def __init__(self, inputs: Inputs, dials: Dials, plan: Plan) -> None:
        self.inputs, self.dials = inputs, dials
        self.compounds, self.bases = inputs.compounds, inputs.bases
        self.bundle = [int(k) for k in plan.bundle]
        self.subsidy = [float(yuan) for yuan in plan.subsidy]
        self.area = [float(area) for area in inputs.compounds.area]
        self.provider = [int(j) for j in inputs.bases.provider]
        self.members: dict[int, list[int]] = {}
        for i, k in enumerate(self.bundle):
            if k != NOBODY:
                self.members.setdefault(k, []).append(i)
        self.touching = _pairs(inputs.touching)
        self.apart = _pairs(inputs.apart)

    def metres(self, i: int, k: int) -> float:
        """From compound to base."""
        dx = float(self.compounds.x[i]) - float(self.bases.x[k])
        dy = float(self.compounds.y[i]) - float(self.bases.y[k])
        return sqrt(dx * dx + dy * dy)

    # row 1

    def clearance(self) -> Iterator[Breach]:
        n, bundles = len(self.compounds.ids), len(self.provider)
        if len(self.bundle) != n:
            yield Breach("clearance", NOBODY, len(self.bundle), n)
        if len(self.subsidy) != bundles:
            yield Breach("open", NOBODY, len(self.subsidy), bundles)
        for i, k in enumerate(self.bundle):
            if not NOBODY <= k < bundles:
                yield Breach("clearance", i, k, bundles)

    # the set of pairs

    def may_serve(self) -> Iterator[Breach]:
        refused = {(int(i), int(j)) for i, j in self.inputs.unwilling}
        willing = self.inputs.willing
        asked = None if willing is None else {(int(i), int(j)) for i, j in willing}
        for i, k in enumerate(self.bundle):
            if k == NOBODY:
                continue
            j = self.provider[k]
            if (i, j) in refused:
                yield Breach("may_serve", i, k, "refused")
            if asked is not None and (i, j) not in asked:
                yield Breach("may_serve", i, k, "not_willing")
            yield from self._in_reach(i, k, j)

    def _in_reach(self, i: int, k: int, j: int) -> Iterator[Breach]:
        kind, radius = int(self.inputs.providers.kind[j]), float(self.inputs.providers.radius[j])
        if kind == UNIT:
            radius = min(radius, self.dials.unit_reach)
            if int(self.compounds.unit[i]) != j:
                yield Breach("may_serve", i, k, "not_its_unit")
        if kind == CENTRE:
            if not self.dials.centres:
                yield Breach("may_serve", i, k, "centres_denied")
            if int(self.compounds.street[i]) != int(self.bases.street[k]):
                yield Breach("may_serve", i, k, "not_its_street")
        if self.metres(i, k) > radius:
            yield Breach("may_serve", i, self.metres(i, k), "radius")

    # rows 3 and 9

    def _taken(self) -> dict[int, float]:
        taken: dict[int, list[float]] = {}
        for k, members in self.members.items():
            taken.setdefault(self.provider[k], []).extend(self.area[i] for i in members)
        return {j: fsum(areas) for j, areas in sorted(taken.items())}

    def capacity(self) -> Iterator[Breach]:
        for j, area in self._taken().items():
            capacity = float(self.inputs.providers.capacity[j])
            if area > capacity + SLACK:
                yield Breach("capacity", j, area, capacity)

    def share(self) -> Iterator[Breach]:
        if self.dials.provider_share is None:
            return
        allowed = self.dials.provider_share * fsum(self.area)
        for j, area in self._taken().items():
            if area > allowed + SLACK:
                yield Breach("share", j, area, allowed)

    # rows 2, 4, 5, 6 and 7

    def bundles(self) -> Iterator[Breach]:
        for k, paid in enumerate(self.subsidy):
            if not paid >= 0 or (paid > 0 and k not in self.members):
                yield Breach("open", k, paid, 0.0)
        for k, members in sorted(self.members.items()):
            most = int(self.bases.most[k])
            if len(members) > most:
                yield Breach("size", k, len(members), most)
            fixed = _hundreds(float(self.bases.fixed[k]))
            worth = fsum(self.margin(i, k) for i in members) + self.subsidy[k]
            if worth < fixed - SLACK:
                yield Breach("viability", k, worth, fixed)
            allowed = self.dials.cap * fsum(self.area[i] for i in members)
            if self.subsidy[k] > allowed + SLACK:
                yield Breach("cap", k, self.subsidy[k], allowed)

    def margin(self, i: int, k: int) -> float:
        """The counted margin of a compound in a bundle, in whole hundreds of yuan."""
        compounds, providers = self.compounds, self.inputs.providers
        economy, j, area = self.inputs.economy, self.provider[k], self.area[i]
        paying = economy.months - economy.ramp_months * (1 - economy.ramp_share)
        fees = area * float(compounds.fee[i]) * float(compounds.collection[i]) * paying
        revenue = area * float(compounds.revenue[i]) * economy.months
        cost = (
            float(compounds.service[i])
            + area * float(providers.running[j])
            + float(providers.each[j])
            + economy.travel * self.metres(i, k)
        )
        full = (1 - economy.profit) * (fees + revenue) - economy.months * cost
        return _hundreds(full if full < 0 else self.dials.carry * full)

    def budget(self) -> Iterator[Breach]:
        paid = fsum(self.subsidy)
        if self.dials.budget is not None and paid > self.dials.budget + SLACK:
            yield Breach("budget", NOBODY, paid, self.dials.budget)
        for year, (share, yuan) in enumerate(self.dials.years):
            if share * paid > yuan + SLACK:
                yield Breach("year", year, share * paid, yuan)

    # row 8

    def contiguity(self) -> Iterator[Breach]:
        for k, members in sorted(self.members.items()):
            far = {i: self.metres(i, k) for i in members}
            carrying: list[int] | None = None
            for i in members:
                if far[i] <= self.dials.near or self.provider[k] == int(self.compounds.today[i]):
                    continue
                if any((far[o], o) < (far[i], i) and self.touch(i, o) for o in members if o != i):
                    continue
                if carrying is None:
                    carrying = self._carrying(k, max(far.values()))
                if not any(self._bridge_joins(b, i, k, far[i]) for b in carrying):
                    yield Breach("contiguity", i, far[i], self.dials.near)

    def touch(self, i: int, other: int) -> bool:
        if (i, other) in self.apart:
            return False
        if (i, other) in self.touching:
            return True
        front = int(self.compounds.front[i])
        if front != NOBODY and front == int(self.compounds.front[other]):
            return True
        dx = float(self.compounds.x[i]) - float(self.compounds.x[other])
        dy = float(self.compounds.y[i]) - float(self.compounds.y[other])
        return sqrt(dx * dx + dy * dy) <= self.dials.reach

    def _carrying(self, k: int, farthest: float) -> list[int]:
        """Managed compounds that join others to the base, nearest first."""
        far = sorted(
            (metres, b)
            for b in range(len(self.inputs.bridges))
            if (metres := self._bridge_metres(b, k)) < farthest
        )
        carrying: list[tuple[float, int]] = []
        for metres, b in far:
            if metres <= self.dials.near or any(
                nearer < metres and self._bridges_touch(b, other) for nearer, other in carrying
            ):
                carrying.append((metres, b))
        return [b for _, b in carrying]

    def _bridge_metres(self, b: int, k: int) -> float:
        dx = float(self.inputs.bridges[b, 0]) - float(self.bases.x[k])
        dy = float(self.inputs.bridges[b, 1]) - float(self.bases.y[k])
        return sqrt(dx * dx + dy * dy)

    def _bridges_touch(self, b: int, other: int) -> bool:
        dx = float(self.inputs.bridges[b, 0]) - float(self.inputs.bridges[other, 0])
        dy = float(self.inputs.bridges[b, 1]) - float(self.inputs.bridges[other, 1])
        return sqrt(dx * dx + dy * dy) <= self.dials.reach

    def _bridge_joins(self, b: int, i: int, k: int, far: float) -> bool:
        dx = float(self.compounds.x[i]) - float(self.inputs.bridges[b, 0])
        dy = float(self.compounds.y[i]) - float(self.inputs.bridges[b, 1])
        return sqrt(dx * dx + dy * dy) <= self.dials.reach and self._bridge_metres(b, k) < far

    # row 9

    def street_fallback(self) -> Iterator[Breach]:
        if self.dials.street_fallback is None:
            return
        left: dict[int, int] = {}
        total: dict[int, int] = {}
        for i, k in enumerate(self.bundle):
            street = int(self.compounds.street[i])
            total[street] = total.get(street, 0) + 1
            left[street] = left.get(street, 0) + (k == NOBODY)
        for street, count in sorted(left.items()):
            allowed = floor(self.dials.street_fallback * total[street] + 1e-9)
            if count > allowed:
                yield Breach("street_fallback", street, count, allowed)

    def must_serve(self) -> Iterator[Breach]:
        if self.dials.must_serve is None:
            return
        for i, k in enumerate(self.bundle):
            households = int(self.compounds.households[i])
            if k == NOBODY and households >= self.dials.must_serve:
                yield Breach("must_serve", i, households, self.dials.must_serve)

    def locks(self) -> Iterator[Breach]:
        for compound, provider in self.inputs.locked:
            i, asked = int(compound), int(provider)
            k = self.bundle[i]
            given = NOBODY if k == NOBODY else self.provider[k]
            if given != asked:
                yield Breach("lock", i, given, asked)


def _pairs(pairs) -> set[tuple[int, int]]:
    """Pairs in both orders."""
    there = {(int(a), int(b)) for a, b in pairs}
    return there | {(b, a) for a, b in there}


def _hundreds(yuan: float) -> float:
    return round(yuan / 100) * 100.0
