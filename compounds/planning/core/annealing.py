"""Plans by annealing: several starts, the best kept, every plan handed out feasible.

Works on a Book: exact accounts, contiguity and capacity kept at every step; the rate cap, the
budget and the fallback of streets are priced while searching and hold in every plan kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .book import CAP, OVER, PAID, Book, has_room, has_stone, open_book, put, sum_up
from .district import NO_LIMIT, District
from .errors import LockConflict, LocksError, NoPlanError
from .inputs import NOBODY
from .moves import empty, walk
from .plan import Plan, is_feasible, plan_of
from .regions import restore, trial

Progress = Callable[[float, float], None]  # share done; best objective so far, inf for none yet
Stop = Callable[[], bool]

SLACK = 1e-6  # yuan
SMALL = 1_000  # compounds
# Chances of shift, swap and open, one upon the other; dissolve has the rest.
RATES = np.cumsum([0.85, 0.105, 0.03])
# Heat, as a share of what it costs on average to leave a compound to fallback.
HOT, COOL = 0.5, 0.015
WARM = (0.02, 0.15)  # from the plan of today: near it first, then farther off
OVER_FROM, OVER_TO = 0.5, 5.0  # price of a yuan over the rate cap, as heat falls
# Then places are tried one by one, from the best: share of the budget left for it (a large
# district needs more for the first fall of heat), moves per compound of the place, heats to begin
# with and to end, heat at which a worse outcome is kept.
TRYING_SMALL, TRYING_LARGE, TRIAL_MOVES = 0.8, 0.4, 100
TRIAL_HOT, TRIAL_COOL, TRIAL_KEEP = (0.03, 0.35), 0.007, 0.02
LOOKS = 200  # times a leg is looked at: heat falls, the best is kept, the budget's price moves


def anneal(
    district: District,
    *,
    seed: int,
    start: Plan | None = None,
    seconds: float | None = None,
    moves: int | None = None,
    starts: int | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Plan:
    """The best plan found in so many seconds of this thread's processor time, or so many moves.

    With `moves` the same seed gives the same plan everywhere. `start` is the official plan: the
    search stays about it, and is never worse if it can still be kept. When `stop` says so the
    best plan so far is returned. Raises LocksError or NoPlanError if none was found that keeps
    the locks or the streets' limits of fallback.
    """
    if (seconds is None) == (moves is None):
        raise ValueError("either seconds or moves")
    search = _Search(district, seconds=seconds, moves=moves, progress=progress, stop=stop)
    if district.arcs:
        search.run(seed=seed, start=start, starts=starts or default_starts(district.n))
    else:
        search.look(open_book(district, seed))
    return search.plan()


def default_starts(n: int) -> int:
    """Small districts are rugged and soon searched; large ones average out."""
    return 2 if n <= SMALL else 1


def _compile(book: Book) -> None:
    """Compile the moves, or read them, before time is taken."""
    trial(book, book.compounds["arc"].copy(), 0, 1.0, 1.0, 1.0, RATES, 1)


class _Search:
    """The budget of a run, and the best feasible arcs found."""

    def __init__(self, district: District, *, seconds, moves, progress, stop) -> None:
        self.district, self.progress, self.stop = district, progress, stop
        self.seconds, self.moves = seconds, moves
        self.best, self.arcs, self.halted = np.inf, None, False
        self.paid_price = 0.0  # of a yuan of subsidy, where the best was found
        if district.arcs:
            _compile(open_book(district, 0))
        self.begun, self.made = time.thread_time(), 0
        self.pace = 5.0e5  # moves per second, measured on the way
        costs = district.fallback + district.penalty
        self.scale = max(float(costs.mean()) if district.n else 0.0, 100.0)

    def run(self, *, seed: int, start: Plan | None, starts: int) -> None:
        """All legs; a leg is one fall of heat from one state."""
        seeds = [int(part) for part in np.random.SeedSequence(seed).generate_state(starts + 3)]
        trying = TRYING_SMALL if self.district.n <= SMALL else TRYING_LARGE
        hots = [HOT] * starts if start is None else list(WARM)
        for number, hot in enumerate(hots):
            book = open_book(self.district, seeds[number])
            if start is not None:
                lay(book, self.district, start)
            self.look(book)
            self._leg(book, (1 - trying) * (number + 1) / len(hots), hot)
        if self.arcs is not None:
            self._try_places(open_book(self.district, seeds[-1]), seeds[-1])

    def spent(self) -> float:
        """Share of the budget used up."""
        if self.moves is not None:
            return self.made / self.moves if self.moves else 1.0
        return (time.thread_time() - self.begun) / self.seconds if self.seconds else 1.0

    def _leg(self, book: Book, until: float, hot: float) -> None:
        begun = self.spent()
        while (spent := self.spent()) < until and not self._stopped():
            done = (spent - begun) / (until - begun)
            heat = self.scale * hot * (COOL / hot) ** done
            book.price[OVER] = OVER_FROM * (OVER_TO / OVER_FROM) ** done
            self._walk(book, heat, until - begun)
            self._price_budget(book, self.look(book))
        repair(book, self.district.budget)
        self.look(book)

    def _try_places(self, book: Book, seed: int) -> None:
        """From the best plan: places taken by chance are upset and annealed, and kept if better."""
        rng = np.random.default_rng(seed)
        restore(book, self.arcs)
        book.price[OVER], book.price[PAID] = OVER_TO, self.paid_price
        kept, tried, begun = self.arcs.copy(), 0, self.spent()
        while (spent := self.spent()) < 1 and not self._stopped():
            tried += 1
            hot = self.scale * np.exp(rng.uniform(*np.log(TRIAL_HOT)))
            keep = self.scale * TRIAL_KEEP * (1 - (spent - begun) / (1 - begun)) + SLACK
            cool = self.scale * TRIAL_COOL
            self.made += trial(book, kept, TRIAL_MOVES, hot, cool, keep, RATES, tried)
            self._price_budget(book, self.look(book))

    def _walk(self, book: Book, heat: float, share: float) -> None:
        whole = self.moves if self.moves is not None else self.pace * self.seconds
        moves = max(int(whole * share / LOOKS), 100)
        begun = time.thread_time()
        walk(book, moves, heat, RATES)
        self.pace = moves / max(time.thread_time() - begun, 1e-6)
        self.made += moves

    def _price_budget(self, book: Book, paid: float) -> None:
        """Subsidy gets dearer while more is paid than there is."""
        if np.isfinite(self.district.budget):
            if paid > self.district.budget:
                book.price[PAID] = min(max(1.3 * book.price[PAID], 1.0), 1e6)
            elif paid < 0.97 * self.district.budget:
                book.price[PAID] *= 0.9

    def _stopped(self) -> bool:
        if self.progress is not None and not self.halted:
            self.progress(min(self.spent(), 1.0), float(self.best))
        self.halted = self.halted or (self.stop is not None and self.stop())
        return self.halted

    def look(self, book: Book) -> float:
        """Keep the state if it is the best feasible one so far; returns the subsidy paid."""
        objective, paid, over, cases = sum_up(book)
        feasible = over <= SLACK and cases == 0 and paid <= self.district.budget + SLACK
        if (
            feasible
            and objective < self.best
            and not self.district.must[book.compounds["arc"] < 0].any()
        ):
            self.best, self.arcs = objective, book.compounds["arc"].copy()
            self.paid_price = float(book.price[PAID])
        self.last = book
        return paid

    def plan(self) -> Plan:
        """The best plan as bundles and subsidies."""
        if self.arcs is None:
            raise self._refusal()
        bundle = np.full(self.district.n, NOBODY, dtype=np.int32)
        served = self.arcs >= 0
        bundle[served] = self.district.arc_bundle[self.arcs[served]]
        plan = plan_of(self.district, bundle)
        if not is_feasible(self.district, plan):
            raise AssertionError("the account book and the rows disagree")
        return plan

    def _refusal(self) -> LocksError | NoPlanError:
        """Which locks or streets the last state could not keep."""
        district, left = self.district, self.last.compounds["arc"] < 0
        lost = np.flatnonzero(left & (district.must == 1))
        if len(lost):
            bundles = district.arc_bundle[district.arc_ptr[lost]]
            conflicts = [
                LockConflict("not_found", (int(i),), int(j))
                for i, j in zip(lost, district.bundle_provider[bundles], strict=True)
            ]
            return LocksError(conflicts)
        most = district.street_fallback_most
        wrong = (most != NO_LIMIT) & (self.last.streets["left"] > most)
        return NoPlanError("street_fallback", tuple(np.flatnonzero(wrong).tolist()))


def lay(book: Book, district: District, plan: Plan) -> None:
    """Put compounds where a plan has them, nearest first, as far as the rows still allow."""
    there = np.where(plan.bundle < district.K, plan.bundle, NOBODY)
    arcs = np.flatnonzero(there[district.arc_compound] == district.arc_bundle)
    for arc in arcs[np.argsort(district.arc_metres[arcs], kind="stable")]:
        if has_stone(book, arc) and has_room(book, arc):
            put(book, district.arc_compound[arc], arc)


def repair(book: Book, budget: float) -> None:
    """Close bundles over the rate cap, then the dearest per compound until the budget holds."""
    rows = book.bundles
    gap = np.where(rows["count"] > 0, np.maximum(rows["fixed"] - rows["margin"], 0.0), 0.0)
    for k in np.flatnonzero(gap > book.price[CAP] * rows["area"] + SLACK):
        _close(book, k, gap)
    while gap.sum() > budget + SLACK:
        _close(book, int((gap / np.maximum(rows["count"], 1)).argmax()), gap)


def _close(book: Book, k: int, gap: np.ndarray) -> None:
    empty(book, k)
    book.logged[0] = 0
    gap[k] = 0.0
