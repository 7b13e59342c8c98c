"""Single-source capacitated facility location: a plan, and a bound that proves how good it is.

The model of the planning room with nothing carried and no stepping stones; here so that outsiders
can measure the core on published instances. Annealing guided by Lagrangian prices finds plans,
knapsacks in whole numbers bound them, reduced costs strike out what no better plan can use, and
HiGHS proves or polishes what is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from compounds.planning.core import highs
from compounds.planning.core.cflp_layouts import Instance
from compounds.planning.core.cflp_search import MOST_NODES, anneal, climb, value_at
from compounds.planning.core.knapsack import fill

NEAR = 12  # facilities looked at for a customer
STEPS = 40  # of the subgradient between two plans
ROUNDS = 30
ROOM = 2**52


class NoAssignment(ValueError):  # noqa: N818 - names of refusals read as sentences
    """The facilities cannot hold the customers, or no way to do so was found in the time."""


@dataclass(frozen=True, eq=False)
class Answer:
    """Money in the file's unit. `proven`: nothing cheaper exists; `gap` is a share."""

    assignment: np.ndarray  # int64[n], facility of each customer, from 0
    objective: Decimal
    bound: Decimal
    gap: float
    seconds: float
    proven: bool
    method: str


class _Search:
    """One solution in progress: the best plan, the best prices and bound."""

    def __init__(self, instance: Instance, seed: int) -> None:
        self.instance, self.seed = instance, seed
        demand = instance.demand
        self.capacity = np.minimum(instance.capacity, demand.sum())
        if demand.sum() >= 2**31:
            raise NoAssignment("demands are too large to be packed exactly")
        if demand.sum() > instance.capacity.sum():
            raise NoAssignment("the capacities together are less than the demands")
        if demand.max() > instance.capacity.max():
            raise NoAssignment("a customer's demand is above every capacity")
        self.unit = max(
            1, int(np.gcd.reduce(np.concatenate((instance.cost.ravel(), instance.fixed))))
        )
        worst = int(instance.fixed.sum() + instance.cost.max(axis=1).sum()) // self.unit + 1
        # Prices are finer than the money, so that rounding them costs next to nothing.
        self.fine = max(1, min(4096, 2 ** int(math.log2(ROOM / worst))))
        self.cost = np.ascontiguousarray(instance.cost.T // self.unit)
        self.fixed = instance.fixed // self.unit
        m, n = self.cost.shape
        self.near = np.argsort(instance.cost, axis=1, kind="stable")[:, : min(NEAR, m)]
        ordered = np.sort(self.cost, axis=0)
        step = float(np.mean(ordered[min(3, m - 1)] - ordered[0])) or 1.0
        self.heat = step + float(np.median(self.fixed)) / max(1.0, n / m)
        self.penalty = 3 * (self.heat + 1) / max(1.0, float(np.median(demand)))
        self.best: np.ndarray | None = None
        self.value = -1
        per_unit = self.fixed / np.maximum(1, self.capacity)
        self.prices = np.rint(
            (self.cost + per_unit[:, None] * demand[None, :]).min(axis=0) * self.fine
        ).astype(np.int64)
        self.best_prices = self.prices.copy()
        self.bound = 0

    def plan(self, where: np.ndarray, moves: int, heat: float) -> None:
        """Anneal from `where`; dearer overload until somebody is overloaded no longer."""
        demand, penalty = self.instance.demand, self.penalty
        for _ in range(4):
            self.seed += 1
            place = where.copy()
            value = anneal(
                self.cost, self.fixed, self.capacity, demand, self.near, place,
                moves, heat, heat / 300, penalty, self.seed,
            )  # fmt: skip
            if value >= 0:
                if self.best is None or value < self.value:
                    self.best, self.value = place, int(value)
                return
            penalty *= 4
            where = place

    def climb(self, scale: float) -> tuple[float, np.ndarray]:
        upper = self.value * self.fine if self.best is not None else 2 * int(self.prices.sum()) + 1
        reached, scale, opened = climb(
            self.cost * self.fine, self.fixed * self.fine, self.capacity, self.instance.demand,
            self.prices, self.best_prices, STEPS, scale, upper,
        )  # fmt: skip
        self.bound = max(self.bound, -(-int(reached) // self.fine))
        return scale, opened

    @property
    def is_proven(self) -> bool:
        return self.best is not None and self.bound >= self.value


def solve(
    instance: Instance,
    *,
    seconds: float = 60.0,
    seed: int = 1,
    progress: Callable[[Decimal, Decimal], None] | None = None,
    stop: Callable[[], bool] | None = None,
    clock: highs.Clock = time.monotonic,
) -> Answer:
    """The best assignment found in the time, and a bound. Raises NoAssignment."""
    search = _Search(instance, 1000 * seed)
    search.plan(search.near[:, 0].copy(), 1, search.heat)
    search.climb(0.0)  # compiles, so that no time is lost to it
    begun = clock()
    m, n = search.cost.shape
    methods = ["annealing", "knapsacks"]

    def is_over(share: float) -> bool:
        return clock() - begun > share * seconds or (stop is not None and stop())

    def tell() -> None:
        if progress is not None and search.best is not None:
            unit = search.unit
            progress(instance.said(search.value * unit), instance.said(search.bound * unit))

    search.plan(search.near[:, 0].copy(), 200 * (n + m), search.heat)
    scale = 1.0
    for done in range(ROUNDS):
        scale, opened = search.climb(scale)
        if opened.any():
            costs = np.where(opened[:, None], search.cost, np.iinfo(np.int64).max)
            search.plan(costs.argmin(axis=0), 500 * (n + m), search.heat / 3)
        tell()
        if search.is_proven or scale < 1e-3 or is_over(0.3 if done >= 8 else 0.8):
            break
    for _ in range(6):
        if search.is_proven or is_over(0.45):
            break
        begin = search.best if search.best is not None else search.near[:, 0].copy()
        search.plan(begin, min(3_000_000, 5000 * (n + m)), 2 * search.heat)
        tell()
    if search.best is None:
        raise NoAssignment("no assignment within the capacities was found in the time")
    if not search.is_proven and not is_over(1.0):
        methods.append("HiGHS")
        _polish(search, seconds=seconds - (clock() - begun), stop=stop, clock=clock)
        tell()
    value, bound = search.value * search.unit, min(search.bound, search.value) * search.unit
    objective = check(instance, search.best)
    if objective != instance.said(value):
        raise ArithmeticError(f"{objective} counted, {instance.said(value)} held")
    return Answer(
        assignment=search.best,
        objective=objective,
        bound=instance.said(bound),
        gap=(value - bound) / value if value else 0.0,
        seconds=clock() - begun,
        proven=bound == value,
        method=", ".join(methods),
    )


def check(instance: Instance, assignment) -> Decimal:
    """Count an assignment in plain Python; ValueError names the first rule it breaks."""
    load: dict[int, int] = {}
    total = 0
    if len(assignment) != instance.customers:
        raise ValueError(f"{len(assignment)} customers are assigned, not {instance.customers}")
    for i, j in enumerate(int(j) for j in assignment):
        if not 0 <= j < instance.facilities:
            raise ValueError(
                f"customer {i + 1} is assigned to facility {j + 1}, which is not there"
            )
        load[j] = load.get(j, 0) + int(instance.demand[i])
        total += int(instance.cost[i, j])
    for j, carried in load.items():
        if carried > int(instance.capacity[j]):
            raise ValueError(f"facility {j + 1} carries {carried} of {instance.capacity[j]}")
        total += int(instance.fixed[j])
    return instance.said(total)


def _useful(search: _Search) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By reduced costs: pairs [m, n] a cheaper plan may use, and what must open or stay closed."""
    fine, demand = search.fine, search.instance.demand
    m, n = search.cost.shape
    taken = np.zeros((m, n), dtype=bool)
    opened = np.zeros(m, dtype=bool)
    parts = np.zeros(m, dtype=np.int64)
    prices = search.best_prices
    value_at(
        search.cost * fine, search.fixed * fine, search.capacity, demand, prices,
        taken, opened, parts,
    )  # fmt: skip
    limit = (search.value - 1) * fine
    base = int(prices.sum() + parts.sum())
    spare = int(search.capacity.sum() - demand.sum())
    take = np.zeros(m, dtype=bool)
    pairs = np.ones((m, n), dtype=bool)
    must_open = np.zeros(m, dtype=bool)
    must_close = np.zeros(m, dtype=bool)
    closable = (parts > 0) & (search.capacity <= spare)
    for j in range(m):
        others = closable.copy()
        others[j] = False
        saved = int(fill(parts[others], search.capacity[others], spare, MOST_NODES, take))
        when_open = base - saved
        if when_open > limit:
            must_close[j] = True
        left = spare - int(search.capacity[j])
        if left < 0:
            must_open[j] = True
        else:
            fits = others & (search.capacity <= left)
            rest = int(fill(parts[fits], search.capacity[fits], left, MOST_NODES, take))
            must_open[j] = base - rest - int(parts[j]) > limit
        # A customer that must go to j: the rest of j's knapsack at its continuous value.
        worth = prices - search.cost[j] * fine
        good = worth > 0
        weight, profit = demand[good], worth[good]
        order = np.argsort(-(profit / np.maximum(weight, 1e-9)), kind="stable")
        heavy = np.concatenate(([0], np.cumsum(weight[order]))).astype(float)
        rich = np.concatenate(([0], np.cumsum(profit[order]))).astype(float)
        best_rest = np.interp(search.capacity[j] - demand, heavy, rich)
        now = float(search.fixed[j] * fine - parts[j])
        with_it = when_open + now - best_rest - worth - 1e-9 * abs(now) - 1
        pairs[j] = (demand <= search.capacity[j]) & (with_it <= limit)
    return pairs, must_open, must_close


def _polish(search: _Search, *, seconds: float, stop, clock) -> None:
    """HiGHS on what reduced costs leave, from the best plan; a higher bound counts."""
    pairs, must_open, must_close = _useful(search)
    pairs &= ~must_close[:, None]
    best = search.best
    m, n = search.cost.shape
    pairs[best, np.arange(n)] = True
    demand, capacity = search.instance.demand, search.capacity
    used = np.zeros(m, dtype=bool)
    used[best] = True
    rows = highs.Rows()
    for j in range(m):
        closed = (must_close[j] or not pairs[j].any()) and not used[j]
        rows.column(
            search.fixed[j], 1 if must_open[j] and used[j] else 0, 0 if closed else 1, whole=True
        )
    facility, customer = np.nonzero(pairs)
    first = rows.columns(search.cost[facility, customer], 0, 1, whole=True)
    place = np.full((m, n), -1)
    place[facility, customer] = first + np.arange(len(facility))
    for i in range(n):
        rows.row(1, 1, place[pairs[:, i], i], 1)
    for j in range(m):
        mine = np.flatnonzero(pairs[j])
        if len(mine):
            rows.row(
                -highs.INF, 0, [*place[j, mine], j], [*demand[mine].astype(float), -capacity[j]]
            )
        for i in mine:
            rows.row(-highs.INF, 0, [place[j, i], j], [1, -1])
    rows.row(float(demand.sum()), highs.INF, np.arange(m), capacity.astype(float))
    start = np.zeros(len(rows.cost))
    start[np.flatnonzero(used)] = 1
    start[place[best, np.arange(n)]] = 1
    answer = highs.solve(
        rows, seconds=seconds, start=start, absolute_gap=0.999, stop=stop, clock=clock
    )
    if answer.values is not None:
        shares = np.zeros((m, n))
        shares[facility, customer] = answer.values[first:]
        where = shares.argmax(axis=0)
        try:
            value = check(search.instance, where) * search.instance.money / search.unit
        except ValueError:
            value = None
        if value is not None and value < search.value:
            search.best, search.value = where, int(value)
    if answer.status in ("optimal", "stopped") and math.isfinite(answer.bound):
        safe = answer.bound - 1e-6 * max(1.0, abs(answer.bound)) * 1e-3
        search.bound = max(search.bound, min(search.value, math.ceil(safe - 1e-6)))
