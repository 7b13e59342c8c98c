"""One walker of the search: its book, the best feasible plan it met, its legs and its trials.

Walkers know nothing of each other but the plan they may lay places out by; one runs in a thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .book import (
    CAP,
    FULL,
    NOWHERE,
    OVER,
    PAID,
    ROOM,
    Book,
    cost_of_move,
    has_room,
    has_stone,
    may_leave,
    open_book,
    put,
    sum_up,
)  # fmt: skip
from .district import NO_LIMIT, District
from .errors import LockConflict, LocksError, NoPlanError
from .inputs import NOBODY
from .moves import empty, walk
from .plan import Plan
from .regions import restore, trial

SLACK = 1e-6  # yuan
# Chances of shift, swap, open and push, one upon the other; dissolve has the rest: it takes fifty
# times as long as a shift, so that two in a hundred would take half the time.
RATES = np.cumsum([0.83, 0.095, 0.02, 0.05])
OVER_FROM, OVER_TO = 0.5, 5.0  # price of a yuan over the rate cap, as heat falls
# Price of a m² beyond a capacity, as heat falls, in what it costs on average to leave one to
# fallback: low at first, so that lumps can pass each other in full bundles; hard in the end.
FULL_FROM, FULL_TO, FULL_HARD, HARD_FROM = 0.3, 30.0, 3e3, 0.95
# A trial: moves per compound of the place, heats to begin with and to end, price of a m² beyond
# a capacity to begin with.
TRIAL_MOVES, TRIAL_HOT, TRIAL_COOL, TRIAL_SOFT = 100, (0.03, 0.35), 0.007, 0.6

DESCENT = 50  # moves per compound after a repair


@dataclass(frozen=True, eq=False)
class Found:
    """A feasible plan as a walker met it."""

    objective: float
    arcs: np.ndarray  # int32[n], NOWHERE for fallback
    paid_price: float  # of a yuan of subsidy where it was met


class Walker:
    """A state that moves, and the best feasible one it met."""

    def __init__(self, district: District, seed: int) -> None:
        self.district, self.book = district, open_book(district, seed)
        self.rng = np.random.default_rng(seed)
        costs = district.fallback + district.penalty
        self.scale = max(float(costs.mean()) if district.n else 0.0, 100.0)
        area = float(district.area.mean()) if district.n else 0.0
        self.per_metre = self.scale / max(area, 1.0)
        self.found: Found | None = None
        self.made, self.seconds, self.tried = 0, 0.0, 0
        self.kept = np.zeros(district.n, dtype=np.int32)

    def compile(self) -> None:
        """Compile the moves, or read them, before time is taken."""
        trial(self.book, self.kept, self.kept - 1, 0, 1.0, 1.0, 1.0, 0.0, 1.0, RATES, -1)

    def begin(self, seed: int, start: Plan | None) -> None:
        """A leg from nothing, or from a plan."""
        self.found = None
        self.book = open_book(self.district, seed)
        if start is not None:
            lay(self.book, self.district, start)
        self.look()

    def step(self, hot: float, cool: float, done: float, moves: int) -> None:
        """A part of a leg, done to this share; heats as shares of what leaving one costs."""
        begun, price = time.thread_time(), self.book.price
        price[OVER] = OVER_FROM * (OVER_TO / OVER_FROM) ** done
        full = FULL_HARD if done >= HARD_FROM else FULL_FROM * (FULL_TO / FULL_FROM) ** done
        price[FULL] = self.per_metre * full
        walk(self.book, moves, self.scale * hot * (cool / hot) ** done, RATES)
        self._price_budget(self.look())
        self.made += moves
        self.seconds += time.thread_time() - begun

    def mend(self) -> None:
        """What is broken is repaired at the cost of fallback, then bettered move by move."""
        begun, price = time.thread_time(), self.book.price
        repair(self.book, self.district.budget)
        self.look()
        price[OVER], price[FULL] = OVER_TO, FULL_HARD * self.per_metre
        moves = DESCENT * self.district.n
        walk(self.book, moves, SLACK, RATES)
        repair(self.book, self.district.budget)
        self.look()
        self.made += moves
        self.seconds += time.thread_time() - begun

    def settle(self, found: Found) -> None:
        """On to a plan that was met, by whomever."""
        self.found = found
        restore(self.book, found.arcs)
        price = self.book.price
        price[OVER], price[PAID] = OVER_TO, found.paid_price
        price[FULL] = FULL_HARD * self.per_metre

    def try_places(self, other: np.ndarray, trials: int, keep: float, gain: float) -> None:
        """So many trials; `keep` is the heat at which a worse outcome is kept, as a share.

        `gain`: what an outcome must save at least, likewise.
        """
        begun = time.thread_time()
        for _ in range(trials):
            self.tried += 1
            hot = self.scale * np.exp(self.rng.uniform(*np.log(TRIAL_HOT)))
            self.made += trial(
                self.book, self.kept, other, TRIAL_MOVES, hot, self.scale * TRIAL_COOL,
                self.scale * keep + SLACK, self.scale * gain,
                self.per_metre * TRIAL_SOFT, RATES, self.tried,
            )  # fmt: skip
            self._price_budget(self.look())
        self.seconds += time.thread_time() - begun

    def look(self) -> float:
        """Keep the state if it is the best feasible one so far; returns the subsidy paid."""
        objective, paid, over, cases, full = sum_up(self.book)
        arcs = self.book.compounds["arc"]
        if (
            (self.found is None or objective < self.found.objective)
            and over <= SLACK
            and cases == 0
            and full <= ROOM
            and paid <= self.district.budget + SLACK
            and not self.district.must[arcs < 0].any()
        ):
            self.found = Found(objective, arcs.copy(), float(self.book.price[PAID]))
        return paid

    def _price_budget(self, paid: float) -> None:
        """Subsidy gets dearer while more is paid than there is."""
        if np.isfinite(self.district.budget):
            price = self.book.price
            if paid > self.district.budget:
                price[PAID] = min(max(1.3 * price[PAID], 1.0), 1e6)
            elif paid < 0.97 * self.district.budget:
                price[PAID] *= 0.9

    def refusal(self) -> LocksError | NoPlanError:
        """Which locks or streets the state it stands in cannot keep."""
        district, left = self.district, self.book.compounds["arc"] < 0
        lost = np.flatnonzero(left & (district.must == 1))
        if len(lost):
            bundles = district.arc_bundle[district.arc_ptr[lost]]
            conflicts = [
                LockConflict("not_found", (int(i),), int(j))
                for i, j in zip(lost, district.bundle_provider[bundles], strict=True)
            ]
            return LocksError(conflicts)
        most = district.street_fallback_most
        wrong = (most != NO_LIMIT) & (self.book.streets["left"] > most)
        return NoPlanError("street_fallback", tuple(np.flatnonzero(wrong).tolist()))


def lay(book: Book, district: District, plan: Plan) -> None:
    """Put compounds where a plan has them, nearest first, as far as the rows still allow."""
    there = np.where(plan.bundle < district.K, plan.bundle, NOBODY)
    arcs = np.flatnonzero(there[district.arc_compound] == district.arc_bundle)
    for arc in arcs[np.argsort(district.arc_metres[arcs], kind="stable")]:
        if has_stone(book, arc) and has_room(book, arc):
            put(book, district.arc_compound[arc], arc)


def repair(book: Book, budget: float) -> None:
    """Make room where a provider is over its limit; let members go, or close, where a bundle is
    over the rate cap; then close the dearest per compound until the budget holds."""
    rows, providers = book.bundles, book.providers
    for j in np.flatnonzero(providers["taken"] > providers["limit"] + ROOM):
        while providers["taken"][j] > providers["limit"][j] + ROOM:
            _evict(book, j)
    for k in np.flatnonzero(rows["count"] > 0):
        while _over(book, k) > SLACK:
            _let_go(book, k)
    gap = np.where(rows["count"] > 0, np.maximum(rows["fixed"] - rows["margin"], 0.0), 0.0)
    while gap.sum() > budget + SLACK:
        k = int((gap / np.maximum(rows["count"], 1)).argmax())
        _close(book, k)
        gap[k] = 0.0


def _over(book: Book, k: int) -> float:
    """Yuan by which a bundle lacks more than the rate cap gives it."""
    row = book.bundles[k]
    if row["count"] == 0:
        return 0.0
    return float(max(row["fixed"] - row["margin"], 0.0) - book.price[CAP] * row["area"])


def _let_go(book: Book, k: int) -> None:
    """The cheapest member without whom the bundle keeps the cap goes to fallback, else whoever
    brings it nearest; the bundle is closed where nobody does."""
    arcs = book.compounds["arc"]
    served = np.flatnonzero(arcs >= 0)
    members = [i for i in served[book.arcs["bundle"][arcs[served]] == k] if may_leave(book, i)]
    mine = book.arcs[arcs[members]]
    less = -mine["margin"] - book.price[CAP] * book.compounds["area"][members]
    if not (less > SLACK).any():
        _close(book, k)
        return
    enough = [i for i, one in zip(members, less, strict=True) if one >= _over(book, k)]
    goes = min(enough, key=lambda i: cost_of_move(book, i, NOWHERE), default=None)
    put(book, members[int(less.argmax())] if goes is None else goes, NOWHERE)


def _evict(book: Book, j: int) -> None:
    """One compound of a provider, on which nobody else stands, to fallback: the cheapest."""
    arc = book.compounds["arc"]
    served = np.flatnonzero(arc >= 0)
    mine = served[book.bundles["provider"][book.arcs["bundle"][arc[served]]] == j]
    free = [i for i in mine if may_leave(book, i)]
    put(book, min(free, key=lambda i: cost_of_move(book, i, NOWHERE)), NOWHERE)


def _close(book: Book, k: int) -> None:
    empty(book, k)
    book.logged[0] = 0
