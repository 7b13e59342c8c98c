"""Why a compound stands where it stands: every other choice by one move, its price, its obstacles.

Prices are changes of the objective in yuan; codes, not sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import NO_LIMIT, District
from .inputs import NOBODY
from .plan import Plan, chosen_arcs, gaps

SLACK = 1e-6


@dataclass(frozen=True)
class Block:
    """An obstacle to a move, by its row of the formulation, and by how much.

    `capacity` (m² too many), `size` (compounds a bundle may hold), `contiguity` (no member joins
    it to the base), `cap` (yuan beyond the subsidy cap of a bundle), `budget` (yuan beyond it),
    `carries` (members joined through this compound alone), `locked`, `street` (fallback allowed).
    """

    code: str
    by: float = 0.0


@dataclass(frozen=True)
class Option:
    """Another place for a compound: a bundle, or NOBODY for fallback; what it would change.

    price: of the objective. public: of that, public money; the rest are weights.
    """

    bundle: int
    price: float
    public: float
    blocks: tuple[Block, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.blocks


@dataclass(frozen=True)
class Leaving:
    """What it changes that a compound leaves its place."""

    subsidy: float
    public: float  # subsidy, set-up and fallback
    weights: float  # penalty, switching and ties
    blocks: tuple[Block, ...] = ()


class Standing:
    """Sums of a plan, from which single moves are priced."""

    def __init__(self, district: District, plan: Plan) -> None:
        d = self.district = district
        self.arcs = chosen_arcs(d, plan.bundle)
        served = self.arcs[self.arcs >= 0]
        bundle, compound = d.arc_bundle[served], d.arc_compound[served]
        self.count = np.bincount(bundle, minlength=d.K)
        self.margin = np.bincount(bundle, weights=d.arc_margin[served], minlength=d.K)
        self.area = np.bincount(bundle, weights=d.area[compound], minlength=d.K)
        self.taken = np.bincount(d.bundle_provider[bundle], weights=d.area[compound], minlength=d.J)
        self.gap = gaps(d, self.arcs)
        self.left = np.bincount(d.street[self.arcs < 0], minlength=d.streets)
        self.is_chosen = np.zeros(d.arcs, dtype=bool)
        self.is_chosen[served] = True

    def _stones(self, arc: int) -> np.ndarray:
        d = self.district
        stones = d.stone_arc[d.stone_ptr[arc] : d.stone_ptr[arc + 1]]
        return stones[self.is_chosen[stones]]

    def _gap(self, bundle: int, count: int, margin: float) -> float:
        return max(float(self.district.bundle_fixed[bundle]) - margin, 0.0) if count else 0.0

    def options(self, compound: int) -> list[Option]:
        """Every other place, those without obstacles first, each part by its price."""
        d, now = self.district, int(self.arcs[compound])
        arcs = range(int(d.arc_ptr[compound]), int(d.arc_ptr[compound + 1]))
        leaving = self._leave(compound, now)
        found = [self._to_bundle(compound, now, arc, leaving) for arc in arcs if arc != now]
        if now >= 0:
            found.append(self._to_fallback(compound, leaving))
        return sorted(found, key=lambda one: (not one.is_open, one.price))

    def _leave(self, compound: int, now: int) -> Leaving:
        """What leaving changes, and what holds the compound back."""
        d = self.district
        if now < 0:
            return Leaving(0.0, -float(d.fallback[compound]), -float(d.penalty[compound]))
        k = int(d.arc_bundle[now])
        count = int(self.count[k]) - 1
        gap = self._gap(k, count, float(self.margin[k] - d.arc_margin[now]))
        paid = gap - float(self.gap[k])
        blocks = []
        carried = self._carried(now)
        if carried:
            blocks.append(Block("carries", carried))
        over = gap - d.cap * float(self.area[k] - d.area[compound])
        if count and over > SLACK:
            blocks.append(Block("cap", over))
        setup = 0.0 if count else float(d.bundle_setup[k])
        return Leaving(paid, paid - setup, -float(d.arc_cost[now]), tuple(blocks))

    def _carried(self, arc: int) -> int:
        """How many members of its bundle are joined through this one alone."""
        d, k = self.district, int(self.district.arc_bundle[arc])
        members = d.bundle_arc[d.bundle_ptr[k] : d.bundle_ptr[k + 1]]
        members = members[self.is_chosen[members]]
        return sum(
            1
            for one in members
            if not d.arc_direct[one] and (own := self._stones(one)).size == 1 and own[0] == arc
        )

    def _to_fallback(self, compound: int, leaving: Leaving) -> Option:
        d, blocks = self.district, list(leaving.blocks)
        if d.must[compound]:
            blocks.append(Block("locked"))
        most = int(d.street_fallback_most[d.street[compound]])
        if most != NO_LIMIT and self.left[d.street[compound]] + 1 > most:
            blocks.append(Block("street", most))
        blocks += self._budget(leaving.subsidy)
        public = leaving.public + float(d.fallback[compound])
        weights = leaving.weights + float(d.penalty[compound])
        return Option(NOBODY, public + weights, public, tuple(blocks))

    def _to_bundle(self, compound: int, now: int, arc: int, leaving: Leaving) -> Option:
        d, area = self.district, float(self.district.area[compound])
        k = int(d.arc_bundle[arc])
        provider = int(d.bundle_provider[k])
        blocks = list(leaving.blocks)
        stays = now >= 0 and int(d.bundle_provider[d.arc_bundle[now]]) == provider
        over = float(self.taken[provider]) + (0.0 if stays else area) - d.provider_limit[provider]
        if over > SLACK:
            blocks.append(Block("capacity", over))
        if self.count[k] + 1 > d.bundle_most[k]:
            blocks.append(Block("size", int(d.bundle_most[k])))
        if not d.arc_direct[arc] and not self._stones(arc).size:
            blocks.append(Block("contiguity"))
        gap = self._gap(k, int(self.count[k]) + 1, float(self.margin[k] + d.arc_margin[arc]))
        beyond = gap - d.cap * (float(self.area[k]) + area)
        if beyond > SLACK:
            blocks.append(Block("cap", beyond))
        more = gap - float(self.gap[k])
        blocks += self._budget(leaving.subsidy + more)
        public = leaving.public + more + (0.0 if self.count[k] else float(d.bundle_setup[k]))
        weights = leaving.weights + float(d.arc_cost[arc])
        return Option(k, public + weights, public, tuple(blocks))

    def _budget(self, more: float) -> list[Block]:
        over = float(self.gap.sum()) + more - self.district.budget
        return [Block("budget", over)] if over > SLACK else []


def next_best(options: list[Option]) -> Option | None:
    """The cheapest place without an obstacle, else the cheapest there is; None if there is none."""
    return options[0] if options else None
