"""What an office comes to that plans by hand: the plans to compare with.

Flat: units first, then the largest first to the nearest base that can take them; every compound
below a hundred households is paid the flat rate, and companies hand back what does not pay.
Flat careful: before a bundle is given up its members are offered to the nearest running one.
Gap careful: the same, but a bundle is paid its gap only. This is the fair opponent.
An office opens no street centre.
"""

from __future__ import annotations

import numpy as np

from .district import District
from .errors import NoPlanError
from .inputs import NOBODY, UNIT
from .plan import Plan, gaps, is_feasible, plan_of

SMALL = 100  # households: below, the flat rate is paid


def flat(district: District) -> Plan:
    """Yuan per m² at the rate of the cap for every small compound; bundles given up at once."""
    return _Office(district, gap=False, careful=False).plan()


def flat_careful(district: District) -> Plan:
    """As flat; the members of a bundle that is given up are offered to running ones."""
    return _Office(district, gap=False, careful=True).plan()


def gap_careful(district: District) -> Plan:
    """As flat careful; a bundle is paid what it lacks, at most the cap."""
    return _Office(district, gap=True, careful=True).plan()


class _Office:
    """A plan in the making, with the sums an officer keeps beside it."""

    def __init__(self, district: District, *, gap: bool, careful: bool) -> None:
        self.d, self.gap, self.careful = district, gap, careful
        self.arc = np.full(district.n, NOBODY, dtype=np.int64)
        self.taken = np.zeros(district.J)
        self.count = np.zeros(district.K, dtype=np.int64)
        self.area = np.zeros(district.K)
        self.margin = np.zeros(district.K)
        self.paid_flat = np.zeros(district.K)
        self.members: list[set[int]] = [set() for _ in range(district.K)]
        self.given_up = district.bundle_setup > 0  # an office opens no street centre
        dependents = np.argsort(district.stone_arc, kind="stable")
        self.dependent = (
            np.searchsorted(district.stone_ptr, dependents, side="right") - 1
        )  # the arc a stone serves
        self.dependent_ptr = np.searchsorted(
            district.stone_arc[dependents], np.arange(district.arcs + 1)
        )

    def plan(self) -> Plan:
        """The finished plan; NoPlanError if by hand no plan keeps the locks or streets."""
        self._place_all()
        self._give_up_what_does_not_pay()
        if self.careful:
            self._place_left_over()
        self._keep_to_the_budget()
        plan = self._paid()
        if not is_feasible(self.d, plan):
            raise NoPlanError("office")
        return plan

    def _paid(self) -> Plan:
        bundle = np.full(self.d.n, NOBODY, dtype=np.int32)
        served = self.arc >= 0
        bundle[served] = self.d.arc_bundle[self.arc[served]]
        if self.gap:
            return plan_of(self.d, bundle)
        lacking = gaps(self.d, self.arc)
        return Plan(bundle, np.where(self.count > 0, np.maximum(self.paid_flat, lacking), 0.0))

    # placing

    def _place_all(self) -> None:
        """Locked ones, then units, then the largest first; again while new stones appear."""
        d = self.d
        largest = np.lexsort((np.arange(d.n), -d.area))
        for compounds in (largest[d.must[largest] == 1], largest):
            waiting = [int(i) for i in compounds if self.arc[i] < 0]
            while True:
                left = [i for i in waiting if not self._place_nearest(i)]
                if len(left) == len(waiting):
                    break
                waiting = left

    def _place_nearest(self, i: int, *, running_only: bool = False) -> bool:
        d = self.d
        arcs = range(int(d.arc_ptr[i]), int(d.arc_ptr[i + 1]))
        for arc in sorted(arcs, key=lambda arc: not self.is_unit(arc)):
            k = d.arc_bundle[arc]
            if running_only and not (self.count[k] and self._pays_with(arc)):
                continue
            if self._can_take(arc):
                self._take(arc)
                return True
        return False

    def is_unit(self, arc: int) -> bool:
        """Is it the base of the compound's own unit."""
        provider = self.d.bundle_provider[self.d.arc_bundle[arc]]
        return bool(self.d.provider_kind[provider] == UNIT)

    def _can_take(self, arc: int) -> bool:
        d = self.d
        i, k = d.arc_compound[arc], d.arc_bundle[arc]
        j = d.bundle_provider[k]
        if self.given_up[k] or self.count[k] >= d.bundle_most[k]:
            return False
        if self.taken[j] + d.area[i] > d.provider_limit[j]:
            return False
        return bool(d.arc_direct[arc]) or self._stones(arc) > 0

    def _stones(self, arc: int) -> int:
        stones = self.d.stone_arc[self.d.stone_ptr[arc] : self.d.stone_ptr[arc + 1]]
        return int((self.arc[self.d.arc_compound[stones]] == stones).sum())

    def _book(self, arc: int, sign: int) -> None:
        d = self.d
        i, k = int(d.arc_compound[arc]), d.arc_bundle[arc]
        self.taken[d.bundle_provider[k]] += sign * d.area[i]
        self.count[k] += sign
        self.area[k] += sign * d.area[i]
        self.margin[k] += sign * d.arc_margin[arc]
        if d.households[i] < SMALL:
            self.paid_flat[k] += sign * d.cap * d.area[i]

    def _take(self, arc: int) -> None:
        i = int(self.d.arc_compound[arc])
        self.arc[i] = arc
        self.members[self.d.arc_bundle[arc]].add(i)
        self._book(arc, 1)

    def _hand_back(self, i: int) -> None:
        arc = int(self.arc[i])
        self._book(arc, -1)
        self.members[self.d.arc_bundle[arc]].discard(i)
        self.arc[i] = NOBODY

    # giving up

    def _short(self, k: int) -> float:
        """Yuan the bundle still lacks when it is paid all the office may pay; <= 0: it pays."""
        paid = self.d.cap * self.area[k] if self.gap else self.paid_flat[k]
        return float(self.d.bundle_fixed[k] - self.margin[k] - paid)

    def _pays_with(self, arc: int) -> bool:
        self._book(arc, 1)
        pays = self._short(int(self.d.arc_bundle[arc])) <= 0
        self._book(arc, -1)
        return pays

    def _give_up_what_does_not_pay(self) -> None:
        """The worst bundle first: worst members handed back while that helps, else all."""
        while True:
            running = np.flatnonzero(self.count > 0)
            short = np.array([self._short(k) for k in running])
            if not len(short) or short.max() <= 0:
                return
            k = int(running[short.argmax()])
            if not self._shrink(k):
                self._dissolve(k)

    def _shrink(self, k: int) -> bool:
        """Hand back members that cost more than they bring; True if the bundle pays then."""
        before = sorted(self.members[k])
        arcs = self.arc[before].copy()
        handed = []
        while self._short(k) > 0:
            worst = self._worst(k)
            if worst == NOBODY:
                for i, arc in zip(before, arcs, strict=True):
                    if self.arc[i] < 0:
                        self._take(int(arc))
                return False
            self._hand_back(worst)
            handed.append(worst)
        if self.careful:
            for i in handed:
                self._place_nearest(i, running_only=True)
        return True

    def _worst(self, k: int) -> int:
        """The member whose leaving helps most and leaves nobody without a stone."""
        worst, brings = NOBODY, 0.0
        for i in sorted(self.members[k]):
            arc = int(self.arc[i])
            small = self.d.households[i] < SMALL
            paid = self.d.cap * self.d.area[i] if self.gap or small else 0.0
            value = float(self.d.arc_margin[arc]) + paid
            if value < brings and not self.d.must[i] and self._is_free(arc):
                worst, brings = i, value
        return worst

    def _is_free(self, arc: int) -> bool:
        """Does no other member of the bundle stand on this one alone."""
        ptr = self.dependent_ptr
        for spot in range(int(ptr[arc]), int(ptr[arc + 1])):
            other = int(self.dependent[spot])
            if self.arc[self.d.arc_compound[other]] == other and self._stones(other) == 1:
                return False
        return True

    def _dissolve(self, k: int) -> None:
        """Give the bundle up; careful offices offer its members to the nearest running one."""
        members = sorted(self.members[k], key=lambda i: -self.d.area[i])
        for i in members:
            self._hand_back(i)
        self.given_up[k] = True
        if self.careful:
            for i in members:
                self._place_nearest(i, running_only=True)

    def _place_left_over(self) -> None:
        """Those still left are offered once more while anybody takes one."""
        d = self.d
        largest = np.lexsort((np.arange(d.n), -d.area))
        waiting = [int(i) for i in largest if self.arc[i] < 0]
        while True:
            left = [i for i in waiting if not self._place_nearest(i, running_only=True)]
            if len(left) == len(waiting):
                return
            waiting = left

    def _keep_to_the_budget(self) -> None:
        """Give up the bundle dearest per compound until the money is enough."""
        while True:
            paid = self._paid().subsidy
            if paid.sum() <= self.d.budget:
                return
            dear = np.where(self.count > 0, paid / np.maximum(self.count, 1), -1.0)
            k = int(dear.argmax())
            for i in sorted(self.members[k]):
                self._hand_back(i)
            self.given_up[k] = True
