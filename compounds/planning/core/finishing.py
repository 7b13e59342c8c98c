"""A plan and its bound together: the search first, then the bound, whose prices better the plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from .annealing import anneal
from .bounding import Bound, bound
from .district import District
from .errors import PlanningError
from .plan import Plan, plan_of, split_of

SHORT, LONG = 3_500, 14_000  # moves per compound: completing, and once more where that was good


class Finisher:
    """Completes bundles that the prices of a bound promise; keeps the best plan, never a worse."""

    def __init__(
        self,
        district: District,
        plan: Plan,
        seed: int,
        *,
        moves: float = math.inf,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """`moves`: so many in all, then nothing more is completed."""
        self.district, self.plan = district, plan
        self.moves, self.stop = moves, stop
        self.objective = split_of(district, plan).objective
        self.rng = np.random.default_rng([seed, 1])

    def __call__(self, bundle: np.ndarray) -> float:
        """From these bundles (int32[n]), all others left at first; the best objective so far."""
        if self._search(plan_of(self.district, bundle), SHORT):
            self._search(self.plan, LONG)
        return self.objective

    def _search(self, start: Plan, moves: int) -> bool:
        """Is a better plan found about this one, without legs from nothing?"""
        moves *= self.district.n
        if moves > self.moves:
            return False
        self.moves -= moves
        try:
            found = anneal(
                self.district,
                seed=int(self.rng.integers(2**31)),
                start=start,
                starts=0,
                moves=moves,
                stop=self.stop,
            )
        except PlanningError:  # what is kept leaves no room for a lock, or too much to a street
            return False
        objective = split_of(self.district, found).objective
        if objective >= self.objective:
            return False
        self.plan, self.objective = found, objective
        return True


def bound_and_better(
    district: District,
    plan: Plan,
    *,
    seed: int,
    seconds: float,
    moves: float = math.inf,
    stays: bool = False,
    stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Plan, Bound]:
    """The bound, and the plan, or a better one that its prices led to.

    `moves`: so many at most to better the plan; a clock of this thread does not count them.
    A plan that `stays` is only bounded: people work by it, and it is left place by place.
    """
    finisher = Finisher(district, plan, seed, moves=moves, stop=stop)
    found = bound(
        district,
        seconds=seconds,
        stop=stop,
        clock=clock,
        incumbent=finisher.objective,
        finish=None if stays else finisher,
    )
    return finisher.plan, found
