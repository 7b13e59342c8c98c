"""A facility location problem being solved: its whole numbers, best plan, prices and bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from compounds.planning.core import highs
from compounds.planning.core.cflp_bound import STRUCK, climb, forced, pair_values, value_at
from compounds.planning.core.cflp_layouts import Instance, Said, gettext_noop
from compounds.planning.core.cflp_search import anneal

NEAR = 12  # facilities looked at for a customer
ROOM = 2**52


class NoAssignment(ValueError):  # noqa: N818 - names of refusals read as sentences
    """The facilities cannot hold the customers, or no way to do so was found in the time."""

    def __init__(self, text: str, **figures) -> None:
        self.said = Said(text, figures)
        super().__init__(self.said.told())


class Hunt:
    """Costs int64[m, n], fixed and capacity int64[m], demand int64[n], all in units as coarse as
    the file allows. Prices and `fine_cost` are `fine` times finer, so that rounding costs nothing.
    """

    def __init__(
        self,
        instance: Instance,
        seed: int,
        *,
        seconds: float = 60.0,
        stop: Callable[[], bool] | None = None,
        clock: highs.Clock = time.monotonic,
        tell: Callable[[Hunt], None] | None = None,
    ) -> None:
        self.instance, self.seed, self.told = instance, seed, tell
        self.seconds, self.stop, self.clock = seconds, stop, clock
        self._weigh(instance)
        self._count(instance)
        m, n = self.cost.shape
        ordered = np.sort(self.cost, axis=0)
        step = float(np.mean(ordered[min(3, m - 1)] - ordered[0])) or 1.0
        self.heat = step + float(np.median(self.fixed)) / max(1.0, n / m)
        self.penalty = 3 * (self.heat + 1) / max(1.0, float(np.median(self.demand)))
        self.best: np.ndarray | None = None
        self.value = -1
        self.is_hopeless = False  # nothing that holds everybody exists
        self.bound = 0
        self.prices = self.fine_prices(self.worth_at_least().min(axis=0))
        self.best_prices = self.prices.copy()
        self.state = np.zeros(m, dtype=np.int64)
        self.begun = clock()

    def _weigh(self, instance: Instance) -> None:
        demand, capacity = instance.demand, instance.capacity
        if demand.sum() > capacity.sum():
            raise NoAssignment(
                gettext_noop(
                    "the customers need %(demand)s in all, the facilities together hold"
                    " %(capacity)s: no assignment exists"
                ),
                demand=instance.weighed(demand.sum()),
                capacity=instance.weighed(capacity.sum()),
            )
        if demand.max() > capacity.max():
            raise NoAssignment(
                gettext_noop(
                    "customer %(customer)s needs %(demand)s, more than the largest facility holds"
                    " (%(capacity)s): no assignment exists"
                ),
                customer=int(demand.argmax()) + 1,
                demand=instance.weighed(demand.max()),
                capacity=instance.weighed(capacity.max()),
            )
        weight = max(1, int(np.gcd.reduce(demand)))
        self.demand = demand // weight
        if self.demand.sum() >= 2**31:
            raise NoAssignment(gettext_noop("the demands are too large to be packed exactly"))
        self.capacity = np.minimum(capacity // weight, self.demand.sum())

    def _count(self, instance: Instance) -> None:
        self.unit = max(
            1, int(np.gcd.reduce(np.concatenate((instance.cost.ravel(), instance.fixed))))
        )
        worst = int(instance.fixed.sum() + instance.cost.max(axis=1).sum()) // self.unit + 1
        self.fine = max(1, min(4096, 2 ** int(math.log2(max(1, ROOM // worst)))))
        self.cost = np.ascontiguousarray(instance.cost.T // self.unit)
        self.fixed = instance.fixed // self.unit
        self.fine_cost, self.fine_fixed = self.cost * self.fine, self.fixed * self.fine

    @property
    def is_proven(self) -> bool:
        return self.best is not None and self.bound >= self.value

    @property
    def limit(self) -> int:
        """A fine value above this is of no use: it is not below the best plan's."""
        return (self.value - 1) * self.fine if self.best is not None else STRUCK - 1

    def is_over(self, share: float = 1.0) -> bool:
        return self.left(share) <= 0 or (self.stop is not None and self.stop())

    def left(self, share: float = 1.0) -> float:
        """Seconds until that share of the time has passed."""
        return share * self.seconds - (self.clock() - self.begun)

    def worth_at_least(self) -> np.ndarray:
        """Cost of each pair with its share of the facility's fixed cost: float[m, n]."""
        per_unit = self.fixed / np.maximum(1, self.capacity)
        return self.cost + per_unit[:, None] * self.demand[None, :]

    def fine_prices(self, prices: np.ndarray) -> np.ndarray:
        return np.maximum(0, np.rint(prices * self.fine)).astype(np.int64)

    def offer(self, where: np.ndarray) -> None:
        """Keep an assignment if it overloads nobody and is cheaper than the best."""
        load = np.bincount(where, weights=self.demand, minlength=len(self.fixed))
        if (load > self.capacity).any():
            return
        value = int(self.cost[where, np.arange(len(where))].sum())
        value += int(self.fixed[np.unique(where)].sum())
        if self.best is None or value < self.value:
            self.best, self.value = where.astype(np.int64), value
            self.tell()

    def raise_bound(self, fine_value: int) -> None:
        reached = -(-int(fine_value) // self.fine)
        if self.best is not None:
            reached = min(reached, self.value)
        if reached > self.bound:
            self.bound = reached
            self.tell()

    def tell(self) -> None:
        if self.told is not None:
            self.told(self)

    def plan(self, where: np.ndarray, moves: int, heat: float, among=None) -> None:
        """Anneal from `where`, among all facilities or some, none of which is then paid for.

        Overload is made dearer until there is none.
        """
        among = np.arange(len(self.fixed)) if among is None else among
        fixed = self.fixed[among] if len(among) == len(self.fixed) else np.zeros_like(among)
        cost, capacity, penalty = self.cost[among], self.capacity[among], self.penalty
        near = np.argsort(cost, axis=0, kind="stable")[:NEAR].T.copy()
        for _ in range(4):
            self.seed += 1
            place = where.copy()
            value = anneal(
                cost, fixed, capacity, self.demand, near, place,
                moves, heat, heat / 300, penalty, self.seed,
            )  # fmt: skip
            if value >= 0:
                self.offer(among[place])
                return
            penalty *= 4
            where = place

    def plan_within(self, opened: np.ndarray, moves: int) -> None:
        """Anneal among the facilities that are open (bool[m]), from each customer's cheapest."""
        among = np.flatnonzero(opened)
        if self.capacity[among].sum() >= self.demand.sum():
            self.plan(self.cost[among].argmin(axis=0), moves, self.heat / 3, among)

    def climb(self, steps: int, patience: int, scale: float) -> tuple[float, np.ndarray]:
        """Raise the bound from the current prices; the scale left and the last opening."""
        upper = self.value * self.fine if self.best is not None else 2 * int(self.prices.sum()) + 1
        opened = np.zeros(len(self.fixed), dtype=np.bool_)
        reached, scale = climb(
            self.fine_cost, self.fine_fixed, self.capacity, self.demand, self.prices,
            self.best_prices, self.state, steps, patience, scale, upper, opened,
        )  # fmt: skip
        self.raise_bound(reached)
        return scale, opened

    def look(self, prices=None, state=None) -> Look:
        """At some prices and state; at the best ones, if none are given."""
        if prices is None:
            prices, state = self.best_prices, self.state
        return Look(self, prices, state)

    def strike(self) -> None:
        """Strike out facilities and pairs that no cheaper plan can use, and open what it must."""
        look = self.look()
        self.state[look.must_close] = -1
        self.state[look.must_open] = 1
        self.fine_cost[look.pairs() > self.limit] = STRUCK


class Look:
    """What the prices say at a state: the value, and the value if one thing more is decided."""

    def __init__(self, hunt: Hunt, prices: np.ndarray, state: np.ndarray) -> None:
        m, n = hunt.cost.shape
        self.limit, self.state = hunt.limit, state
        self.given = (hunt.fine_cost, hunt.fine_fixed, hunt.capacity, hunt.demand, prices, state)
        taken = np.zeros((m, n), dtype=np.bool_)
        opened = np.zeros(m, dtype=np.bool_)
        self.parts = np.zeros(m, dtype=np.int64)
        self.value = value_at(*self.given, taken, opened, self.parts)
        self.when_open = np.zeros(m, dtype=np.int64)
        self.when_closed = np.zeros(m, dtype=np.int64)
        forced(self.parts, *self.given[2:], self.when_open, self.when_closed)

    @property
    def must_open(self) -> np.ndarray:
        return (self.state == 0) & (self.when_closed > self.limit)

    @property
    def must_close(self) -> np.ndarray:
        return (self.state == 0) & (self.when_open > self.limit)

    def pairs(self) -> np.ndarray:
        """The value if a pair were used, or less: int64[m, n]."""
        return pair_values(*self.given, self.when_open, self.parts)
