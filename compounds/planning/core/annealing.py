"""Plans by annealing: walkers side by side, the best kept, every plan handed out feasible.

Two walkers, a thread each, take legs (one fall of heat from one state), then try places one by one
from the best plans met, laying places out as other good plans have them. They meet only at fixed
rounds, so that a run of so many moves is the same on any number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from operator import attrgetter

import numpy as np

from .district import District
from .inputs import NOBODY
from .plan import Plan, is_feasible, plan_of
from .walker import Found, Walker

Progress = Callable[[float, float], None]  # share done; best objective so far, inf for none yet
Stop = Callable[[], bool]

WALKERS = 2
THREADS = WALKERS  # fewer would come to the same plans, later
SMALL = 1_000  # compounds
# Heat of a leg, as a share of what it costs on average to leave a compound to fallback.
HOT, COOL = 0.2, 0.015
WARM = (0.02, 0.15)  # from a plan known already: near it, and farther off
# Share of the budget left for trials of places (a large district needs more for the first fall of
# heat), and the heat at which a worse outcome is kept, falling to nothing.
TRYING_SMALL, TRYING_LARGE, TRYING_WARM, TRIAL_KEEP = 0.6, 0.4, 0.8, 0.02
WARMING = 0.05  # share of the budget about a start that need not be kept, before legs from nothing
LOOKS = 200  # times a leg is looked at: heat falls, the best is kept, the budget's price moves
TRIALS = 4  # of a walker in one round
STAY = 0.05  # gain for which a plan that should stay is left at a place, as a share like the heats
TOGETHER = 0.6  # share of the budget after which both walkers go on from the best plan

_objective = attrgetter("objective")


def anneal(
    district: District,
    *,
    seed: int,
    start: Plan | None = None,
    stay: bool = False,
    seconds: float | None = None,
    moves: int | None = None,
    starts: int | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Plan:
    """The best plan found in so many seconds of each walker's processor time, or so many moves.

    On two quiet cores these are seconds of the clock. With `moves` (of all walkers) the same seed
    gives the same plan everywhere. `starts` is the number of legs of each walker. `start` is a
    plan known already: what is found is never worse, if it can still be kept. With `stay` it is
    a plan people work by, and is left place by place only where that saves enough. When `stop`
    says so the best plan so far is returned. Raises LocksError or NoPlanError if none was found
    that keeps the locks or the streets' limits of fallback.
    """
    if (seconds is None) == (moves is None):
        raise ValueError("either seconds or moves")
    search = _Search(district, seed, seconds=seconds, moves=moves, progress=progress, stop=stop)
    if district.arcs:
        with ThreadPoolExecutor(THREADS, "walker") as search.pool:
            search.run(start, stay, default_starts(district.n) if starts is None else starts)
    else:
        search.walkers[0].look()
    return search.plan()


def default_starts(n: int) -> int:
    """Small districts are rugged and soon searched; large ones average out."""
    return 2 if n <= SMALL else 1


class _Search:
    """The budget of a run, its walkers, and the good plans they met."""

    def __init__(self, district: District, seed: int, *, seconds, moves, progress, stop) -> None:
        self.district, self.progress, self.stop = district, progress, stop
        self.seconds, self.moves, self.halted = seconds, moves, False
        self.random = np.random.SeedSequence(seed)
        self.walkers = [Walker(district, number) for number in self._seeds()]
        self.elite: list[Found] = []  # the best of every leg
        self.known: Found | None = None  # the start, mended where it breaks a limit
        self.kept: Found | None = None  # the same, if it is a plan to stay with
        self.pace = 5.0e5  # moves per second of a walker, measured on the way
        if district.arcs:
            self.walkers[0].compile()

    def _seeds(self) -> list[int]:
        """A fresh seed for each walker."""
        return [int(part.generate_state(1)[0]) for part in self.random.spawn(WALKERS)]

    def run(self, start: Plan | None, stay: bool, starts: int) -> None:
        legs = 1 - (TRYING_SMALL if self.district.n <= SMALL else TRYING_LARGE)
        begun = 0.0
        if start is not None:
            walker = self.walkers[0]
            walker.begin(0, start)
            if walker.found is None:
                walker.mend()
            self.known = walker.found
            self.kept = self.known if stay else None
            begun = 1 - TRYING_WARM if self.kept else WARMING
            self._legs(start, begun, WARM)
        if self.kept is None:
            for leg in range(starts):
                self._legs(None, begun + (legs - begun) * (leg + 1) / starts, [HOT] * WALKERS)
        if self.elite:
            self._try_places()

    def spent(self) -> float:
        """Share of the budget used up."""
        if self.moves is not None:
            return sum(one.made for one in self.walkers) / self.moves if self.moves else 1.0
        return max(one.seconds for one in self.walkers) / self.seconds if self.seconds else 1.0

    def _all(self, act: Callable[..., None], *columns) -> None:
        """Every walker acts in its thread; what any raises is raised here."""
        list(self.pool.map(act, self.walkers, *columns))

    def _legs(self, start: Plan | None, until: float, hots) -> None:
        """A leg of every walker, side by side."""
        begun = self.spent()
        for walker, seed in zip(self.walkers, self._seeds(), strict=True):
            walker.begin(seed, start)
        while (spent := self.spent()) < until and not self._stopped():
            done, moves = (spent - begun) / (until - begun), self._moves(until - begun)
            before = self.walkers[0].seconds
            self._all(partial(Walker.step, cool=COOL, done=done, moves=moves), hots)
            self.pace = moves / max(self.walkers[0].seconds - before, 1e-6)
        for walker in self.walkers:
            walker.mend()
        self.elite += [walker.found for walker in self.walkers if walker.found is not None]

    def _moves(self, share: float) -> int:
        """Of a walker between two looks."""
        whole = self.moves / WALKERS if self.moves is not None else self.pace * self.seconds
        return max(int(whole * share / LOOKS), 100)

    def _try_places(self) -> None:
        """Each walker from a plan of its own, late in the search both from the best.

        From the plan to stay with, if there is one, place by place: nobody moves for little.
        """
        rng = np.random.default_rng(self.random.spawn(1)[0])
        begun, apart = self.spent(), True
        first = [self.kept] if self.kept else sorted(self.elite, key=_objective)
        for walker, found in zip(self.walkers, cycle(first), strict=False):
            walker.settle(found)
        gain = STAY if self.kept else 0.0
        while (spent := self.spent()) < 1 and not self._stopped():
            keep = 0.0 if self.kept else TRIAL_KEEP * (1 - (spent - begun) / (1 - begun))
            plans = [*self.elite, *(walker.found for walker in self.walkers)]
            others = [plans[place].arcs for place in rng.integers(len(plans), size=WALKERS)]
            self._all(partial(Walker.try_places, trials=TRIALS, keep=keep, gain=gain), others)
            if apart and spent > TOGETHER:
                apart = False
                self.elite += [walker.found for walker in self.walkers]
                best = min((walker.found for walker in self.walkers), key=_objective)
                for walker in self.walkers:
                    walker.settle(best)

    def _stopped(self) -> bool:
        if self.progress is not None and not self.halted:
            self.progress(
                min(self.spent(), 1.0), min(map(_objective, self._found()), default=np.inf)
            )
        self.halted = self.halted or (self.stop is not None and self.stop())
        return self.halted

    def _found(self) -> list[Found]:
        """What may be handed out; a leg strays too far from a plan to stay with for it."""
        legs = [] if self.kept else self.elite
        first = [self.known] if self.known else []
        return first + legs + [one.found for one in self.walkers if one.found is not None]

    def plan(self) -> Plan:
        """The best plan as bundles and subsidies."""
        found = self._found()
        if not found:
            raise self.walkers[0].refusal()
        arcs = min(found, key=_objective).arcs
        bundle = np.full(self.district.n, NOBODY, dtype=np.int32)
        bundle[arcs >= 0] = self.district.arc_bundle[arcs[arcs >= 0]]
        plan = plan_of(self.district, bundle)
        if not is_feasible(self.district, plan):
            raise AssertionError("the account book and the rows disagree")
        return plan
