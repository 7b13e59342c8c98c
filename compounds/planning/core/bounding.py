"""How good a plan of a district could be at most, and what its scarce things are worth.

The rows between bundles (clearance, capacity of a provider with several bundles, budget, fallback
of a street) get prices; at any prices the bundles fall apart, and the sum of what is left is below
every plan's objective. `pricing` answers each bundle exactly or from above; here the prices climb.
Knows no plan.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import branching, climbing, diving, highs
from .crew import Crew
from .district import NO_LIMIT, District
from .model import SCALE, Model, model_of
from .multipliers import RATE, ROOM, SIZE, VIABILITY, guards
from .pieces import cells, piece
from .pricing import sweep

HAIR = 1e-10  # of all that is summed: more than floating point errs
STEPS = 12  # of a bundle's own multipliers in one sweep
NODES = 400
PART = 4  # bundles priced in one go by one thread


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more is worth: yuan of objective saved per unit, at the dual's best point."""

    compound: np.ndarray  # float64[n], yuan for serving it (or leaving it to fallback) once
    capacity: np.ndarray  # float64[J], per m² of a provider
    budget: float  # per yuan of subsidy
    street: np.ndarray  # float64[streets], per compound more that may be left to fallback


@dataclass(frozen=True, eq=False)
class Bound:
    """`value`: no plan of the district has a lower objective; `certified` by our arithmetic."""

    value: float
    prices: Prices
    method: str
    seconds: float
    certified: bool = True


class _Dual:
    """The dual of a district: money in units of `unit` yuan, area in units of `metre` m²."""

    def __init__(
        self, district: District, crew: Crew | None = None, like: _Dual | None = None
    ) -> None:
        """`like`: another whose units are used."""
        d = self.district = district
        order = d.bundle_arc.astype(np.int64)
        leave = d.fallback + d.penalty
        self.unit = float(np.median(leave)) if d.n and leave.any() else 1.0
        self.metre = float(np.median(d.area)) if d.n and d.area.any() else 1.0
        if like is not None:
            self.unit, self.metre = like.unit, like.metre
        self.leave = leave / self.unit
        self.ptr = d.bundle_ptr.astype(np.int64)
        self.compound = d.arc_compound[order].astype(np.int64)
        self.bundle = d.arc_bundle[order].astype(np.int64)
        self.margin = d.arc_margin[order] / self.unit
        self.cost = d.arc_cost[order] / self.unit
        self.area = d.area[self.compound] / self.metre
        self.direct = d.arc_direct[order]
        place = np.empty(d.arcs, dtype=np.int64)
        place[order] = np.arange(d.arcs)
        counts = np.diff(d.stone_ptr)[order]
        self.stone_ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        starts = np.repeat(d.stone_ptr[order] - self.stone_ptr[:-1], counts)
        self.stone = place[d.stone_arc[starts + np.arange(int(self.stone_ptr[-1]))]]
        self.fixed = d.bundle_fixed / self.unit
        self.setup = d.bundle_setup / self.unit
        self.provider = d.bundle_provider.astype(np.int64)
        # A hair of room more than the plan's own check allows it.
        limit = d.provider_limit * (1 + 1e-11) + 2e-6
        self.limit = limit / self.metre
        self.room = self.limit[self.provider]
        self.most = d.bundle_most.astype(np.int64)
        self.cap = d.cap * self.metre / self.unit
        self.shared = np.bincount(self.provider, minlength=d.J) > 1
        self.capped = d.street_fallback_most != NO_LIMIT
        # prices, in the dual's units
        self.prices = np.zeros(d.n)  # worth nothing, and no plan goes below nothing
        self.capacity = np.zeros(d.J)
        self.budget = 0.0
        self.street = np.zeros(d.streets)
        # what the bundles remember
        self.rows = np.zeros((d.K, 4))
        self.rows[:, 0] = 0.5
        self.stones = np.zeros((d.arcs, 2))  # of stepping stones, of guards
        self.value = np.zeros(d.arcs)
        self.worth = np.zeros(d.arcs)
        self.trial = np.zeros(d.arcs)
        self.chosen = np.zeros(d.arcs, dtype=np.bool_)
        self.found = np.zeros(d.K)
        self.bounds = np.zeros(d.K)
        # what a node of the tree forbids and asks for
        self.barred = np.zeros(d.arcs, dtype=np.bool_)
        self.must = d.must == 1
        self.guard = self._guards()
        self.bonus = np.zeros(d.K)  # price of a bundle that has to run
        self.crew = crew
        by_size = np.argsort(-np.diff(self.ptr), kind="stable")
        self.shifts = np.array_split(by_size, max(1, d.K // PART))

    def _guards(self) -> np.ndarray:
        return guards(self.direct, self.barred, self.stone_ptr, self.stone)

    def begin_at(self, model: Model, duals: np.ndarray) -> None:
        """Prices and multipliers of a solved relaxation."""
        d, order = self.district, self.district.bundle_arc
        scale = SCALE / self.unit

        def of(name: str, sign: float) -> np.ndarray:
            places = model.places[name]
            return np.where(places >= 0, np.maximum(0.0, sign * duals[places]), 0.0)

        self.prices = duals[: d.n] * scale
        self.stones[:, 0] = of("stone", -1)[order] * scale
        self.stones[:, 1] = of("guard", -1)[order] * scale
        area = self.metre / self.unit
        self.rows[:, RATE] = of("rate", -1)
        self.rows[:, VIABILITY] = np.maximum(0.0, of("viability", 1) - self.rows[:, RATE])
        self.rows[:, ROOM] = of("room", -1) * area
        self.rows[:, SIZE] = of("size", -1) * scale
        self.capacity = of("provider", -1) * area
        self.budget = float(of("budget", -1)[0])
        self.street = of("street", -1) * scale

    def evaluate(self, steps: int = STEPS, nodes: int = NODES) -> float:
        """The value at the prices as they are, rounded down; leaves the bundles' answers behind."""

        def work(which: np.ndarray) -> None:
            sweep(
                which, self.ptr, self.compound, self.cost, self.margin, self.area, self.direct,
                self.stone_ptr, self.stone, self.fixed, setup, self.room, self.most,
                self.provider, self.cap, 1.0 + self.budget, self.prices, capacity,
                self.rows, self.stones, self.guard, self.value, self.worth, self.trial, self.chosen,
                self.barred, steps, nodes, self.found, self.bounds,
            )  # fmt: skip

        setup, capacity = self.setup - self.bonus, np.where(self.shared, self.capacity, 0.0)
        if self.crew is None:
            work(np.concatenate(self.shifts))
        else:
            self.crew.share(work, self.shifts)
        return self.total(self.bounds)

    def left(self) -> np.ndarray:
        """float64[n]: what leaving a compound to fallback costs at the prices, less its own."""
        return self.leave + self.street[self.district.street] - self.prices

    def total(self, bounds: np.ndarray) -> float:
        """Sum of the parts, exactly summed, less a hair."""
        d = self.district
        left = np.where(self.must, 0.0, np.minimum(0.0, self.left()))
        parts = [self.prices, self.bonus, left, -bounds, -(self.capacity * self.limit)[self.shared]]
        parts.append(-(self.street * np.maximum(d.street_fallback_most, 0))[self.capped])
        if self.budget > 0:
            parts.append(np.array([-self.budget * (d.budget + 1e-6) / self.unit]))
        terms = np.concatenate(parts)
        return math.fsum(terms) - HAIR * math.fsum(np.abs(terms))

    def state(self) -> tuple:
        """Prices and multipliers, to come back to."""
        return tuple(
            part.copy() if isinstance(part, np.ndarray) else part
            for part in (
                self.prices, self.capacity, self.budget, self.street, self.bonus, self.rows,
                self.stones,
            )
        )  # fmt: skip

    def restore(self, state: tuple) -> None:
        copies = (part.copy() if isinstance(part, np.ndarray) else part for part in state)
        (
            self.prices, self.capacity, self.budget, self.street, self.bonus, self.rows,
            self.stones,
        ) = copies  # fmt: skip

    def move(self, compound, capacity, budget, street) -> None:
        """One step of all prices, kept where prices may be."""
        d = self.district
        prices = self.prices + compound
        ceiling = self.leave + self.street[d.street]
        self.prices = np.where(d.must == 1, prices, np.minimum(prices, ceiling))
        self.capacity = np.maximum(0.0, self.capacity + capacity)
        self.budget = max(0.0, self.budget + budget)
        self.street = np.maximum(0.0, self.street + street)

    def recount(self) -> float:
        """The value once more, in plain numpy from the multipliers themselves.

        Where the search of a bundle proved less than its multipliers do, its word is taken.
        """
        d, last = self.district, self.ptr[1:]
        q = np.where(self.shared, self.capacity, 0.0)[self.provider]
        value = self.prices[self.compound] - self.cost - q[self.bundle] * self.area
        rows = self.rows[self.bundle]
        pull = np.minimum(rows[:, VIABILITY], 1.0 + self.budget) + rows[:, RATE]
        worth = value + pull * self.margin + (rows[:, RATE] * self.cap - rows[:, ROOM]) * self.area
        worth -= rows[:, SIZE] + self.stones.sum(axis=1)
        lent = np.repeat(self.stones[:, 0], np.diff(self.stone_ptr))
        worth += np.bincount(self.stone, weights=lent, minlength=d.arcs)
        held = self.guard >= 0
        worth += np.bincount(self.guard[held], weights=self.stones[held, 1], minlength=d.arcs)
        wanted = np.where(self.barred, 0.0, np.maximum(worth, 0.0))
        good = np.concatenate([[0.0], np.cumsum(wanted)])
        parts = good[last] - good[self.ptr[:-1]]
        own = np.minimum(self.rows[:, VIABILITY], 1.0 + self.budget) + self.rows[:, RATE]
        parts += self.rows[:, ROOM] * self.room + self.rows[:, SIZE] * self.most
        parts -= self.setup - self.bonus + own * self.fixed
        return self.total(np.minimum(np.maximum(parts, 0.0) + HAIR * good[-1], self.bounds))

    def slopes(self) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
        """Of the value in the prices: what is served too little (+) or used too much (+)."""
        d = self.district
        taken = self.chosen
        fall = (self.left() < 0) & ~self.must
        served = np.bincount(self.compound[taken], minlength=d.n)
        clearance = 1.0 - fall - served
        used = np.bincount(
            self.provider[self.bundle[taken]], weights=self.area[taken], minlength=d.J
        )
        capacity = np.where(self.shared, used - self.limit, 0.0)
        budget = 0.0
        if math.isfinite(d.budget):
            margin = np.bincount(self.bundle[taken], weights=self.margin[taken], minlength=d.K)
            running = np.bincount(self.bundle[taken], minlength=d.K) > 0
            lack = np.where(running, np.maximum(0.0, self.fixed - margin), 0.0)
            budget = float(lack.sum()) - d.budget / self.unit
        street = np.zeros(d.streets)
        if self.capped.any():
            left = np.bincount(d.street[fall], minlength=d.streets)
            street = np.where(self.capped, left - d.street_fallback_most, 0.0)
        return clearance, capacity, budget, street

    def restrict(self, node: climbing.Node) -> None:
        """Only what the node allows, at the prices it is best at."""
        self.barred, self.must = node.barred, node.must
        self.guard = self._guards()
        self.restore(node.state)
        self.bonus = np.where(node.forced, self.bonus, 0.0)

    def node(self, value: float) -> climbing.Node:
        """All plans, at the prices as they are."""
        forced = np.zeros(self.district.K, dtype=bool)
        bounds = self.bounds.copy()
        return climbing.Node(self.barred, self.must, forced, value, self.state(), bounds)

    def better(self, node: climbing.Node, value: float) -> climbing.Node:
        """The node at the prices as they are, its value counted twice."""
        value = max(node.value, min(value, self.recount()))
        return replace(node, value=value, state=self.state(), bounds=self.bounds.copy())

    def vector(self) -> np.ndarray:
        """All prices in a row, those of bundles that have to run last."""
        return np.concatenate([self.prices, self.capacity, [self.budget], self.street, self.bonus])

    def put(self, vector: np.ndarray) -> None:
        """Prices in the order of `vector`."""
        d = self.district
        ends = np.cumsum([d.n, d.J, 1, d.streets])
        self.prices, self.capacity, budget, self.street, self.bonus = np.split(vector, ends)
        self.budget = float(budget[0])

    def slope(self, way: np.ndarray) -> float:
        """Of the value in a direction of `vector`."""
        running = np.bincount(self.bundle[self.chosen], minlength=self.district.K) > 0
        clearance, capacity, budget, street = self.slopes()
        return float(way @ np.concatenate([clearance, capacity, [budget], street, ~running]))


WHOLE = 2_500  # compounds of a district whose relaxation is solved in one piece
PIECE_ROUNDS = 40  # of prices, in one piece
CELL = 500  # compounds of a piece of a larger one, without its borders
SURE = (0.95, 0.8)  # of each dive: shares from which on a bundle is kept
DIVING = 0.7  # share of the time after which no dive goes deeper
Progress = Callable[[float, float], None]  # share of the time, the value so far
Finish = Callable[[np.ndarray], float]  # bundles of a dive to the best objective so far, yuan


def bound(
    district: District,
    *,
    seconds: float = 60.0,
    progress: Progress | None = None,
    stop: highs.Stop | None = None,
    clock: highs.Clock = time.monotonic,
    incumbent: float | None = None,
    finish: Finish | None = None,
) -> Bound:
    """A value no plan of the district goes below, and the prices at which it holds, in the time.

    With an `incumbent`, the objective of a plan at hand, the value is at most that: no plan is
    better than the one at hand by more than what lies between. `finish` completes bundles that the
    prices of a district planned as a whole promise, and tells the best objective so far. `stop`
    is asked between rounds and while HiGHS works. Compiling is not counted as time.
    """
    with Crew() as crew:
        dual = _Dual(district, crew)
        if not district.n:
            return Bound(0.0, _prices(dual), "nothing to plan", 0.0)
        dual.evaluate(steps=1, nodes=1)
        begun = clock()

        def is_over() -> bool:
            if progress is not None:
                progress(min(1.0, (clock() - begun) / seconds), best[0] * dual.unit)
            return clock() - begun > seconds or (stop is not None and stop())

        def keep(node: climbing.Node | float) -> None:
            if isinstance(node, float):
                best[0] = max(best[0], node)
            elif node.value > best[0]:
                best[:] = [node.value, node]

        most = math.inf if incumbent is None else incumbent / dual.unit
        # Nothing costs less than nothing: every part of the objective is at least zero.
        best = [0.0, dual.node(0.0)]
        search = _search_whole if district.n <= WHOLE else _search_pieces
        time_left = _Time(begun, begun + seconds, stop, clock)
        method, most = search(dual, most, keep, is_over, time_left, finish)
        value, node = best
        dual.restrict(node)
        dual.bounds = node.bounds
    return Bound(
        value=max(0.0, min(value, most) * dual.unit * (1 - HAIR)),
        prices=_prices(dual),
        method=method,
        seconds=clock() - begun,
    )


@dataclass(frozen=True)
class _Time:
    """What is left of the time, as HiGHS wants to know it."""

    begun: float
    end: float
    stop: highs.Stop | None
    clock: highs.Clock

    def left(self) -> dict:
        return {"seconds": self.end - self.clock(), "stop": self.stop, "clock": self.clock}

    def is_over(self) -> bool:
        return self.clock() > self.end or (self.stop is not None and self.stop())

    def until(self, share: float) -> _Time:
        return replace(self, end=self.begun + share * (self.end - self.begun))

    def part(self, share: float) -> _Time:
        """A share of what is left."""
        now = self.clock()
        return replace(self, begun=now, end=now + share * (self.end - now))


def _search_whole(
    dual: _Dual, most: float, keep, is_over, time_left: _Time, finish: Finish | None
) -> tuple[str, float]:
    """Relaxation, master of the whole, dives for plans, then parts of all plans.

    How it was done, and the least objective known of a plan.
    """
    _relax(dual, time_left)
    node = dual.better(dual.node(0.0), dual.evaluate(steps=30, nodes=60))
    keep(node)
    if is_over():
        return "relaxation", most
    dear = min(most, float(dual.leave.sum()))
    master = climbing.Master(dual, max(dear, 2.0 * float(dual.leave.max())))
    master.meet()
    node = climbing.converge(dual, master, node, is_over, most=10_000, enough=most, tell=keep)
    if is_over():
        return "relaxation, master", most
    enough = time_left.until(DIVING).is_over
    for sure in SURE if finish is not None else ():
        for bundle in diving.dive(dual, master, node, sure=sure, is_over=enough):
            most = min(most, finish(bundle) / dual.unit)
    keep(branching.split_up(dual, master, node, incumbent=most, keep=keep, is_over=is_over))
    return "relaxation, master, parts", most


def _search_pieces(
    dual: _Dual, most: float, keep, is_over, time_left: _Time, _finish: Finish | None
) -> tuple[str, float]:
    """Prices piece by piece of a large district: relaxations, then masters; last, steps."""
    _each_piece(dual, _relax_piece, time_left.until(0.4))
    keep(dual.better(dual.node(0.0), dual.evaluate(steps=30, nodes=climbing.FEW)))
    if is_over():
        return "relaxations of pieces", most
    _each_piece(dual, _converge_piece, time_left.until(0.9))
    keep(dual.better(dual.node(0.0), dual.evaluate(nodes=climbing.NODES)))
    if not is_over():
        climbing.by_steps(dual, dual.total(dual.bounds), keep, is_over, reach=0.01)
    return "relaxations and masters of pieces, steps", most


def _relax(dual: _Dual, time_left: _Time, fixed=None) -> bool:
    """Prices of the linear relaxation, where HiGHS finds them in the time.

    `fixed` says which compounds keep the prices they have, and which providers.
    """
    d, model = dual.district, model_of(dual.district)
    if fixed is not None:
        _fix(dual, model, *fixed)
    is_small = d.n <= 400
    answer = highs.solve(
        model.rows,
        relaxed=True,
        method="simplex" if is_small else "ipm",
        # Prices need not be those of a corner.
        options={} if is_small else {"run_crossover": "off", "ipm_optimality_tolerance": 1e-6},
        **time_left.left(),
    )
    if answer.status != "optimal" or answer.duals is None or not np.isfinite(answer.duals).all():
        return False
    dual.begin_at(model, answer.duals)
    return True


def _fix(dual: _Dual, model: Model, compounds: np.ndarray, providers: np.ndarray) -> None:
    """Rows of these compounds and providers give way to the prices they have."""
    d, rows, scale = dual.district, model.rows, dual.unit / SCALE
    prices = np.where(compounds, dual.prices, 0.0) * scale
    room = np.where(providers, dual.capacity, 0.0) * dual.unit / dual.metre
    of_provider = d.bundle_provider[d.arc_bundle]
    cost = d.arc_cost / SCALE - prices[d.arc_compound]
    cost += room[of_provider] * d.area[d.arc_compound] / SCALE
    rows.cost[model.arc : model.arc + d.arcs] = cost.tolist()
    for i in np.flatnonzero(compounds).tolist():
        rows.least[i], rows.most[i] = -highs.INF, highs.INF
        rows.upper[model.left + i] = 0
    for row in model.places["provider"][providers]:
        if row >= 0:
            rows.most[row] = highs.INF


def _each_piece(dual: _Dual, work, time_left: _Time) -> None:
    """Prices piece by piece, those beyond a piece fixed: the value rises with every piece.

    `work` betters the dual of a piece, of which only some compounds (bool) and providers (bool)
    move, in the time left for so many compounds.
    """
    d = dual.district
    bundles = np.bincount(dual.provider, minlength=d.J)
    groups = cells(d, CELL)
    for number, core in enumerate(groups):
        if time_left.is_over():
            return
        part, chosen, arcs = piece(d, core)
        own = _Dual(part, dual.crew, dual)
        place = np.empty(d.arcs, dtype=np.int64)
        place[d.bundle_arc] = np.arange(d.arcs)
        items = place[arcs[part.bundle_arc]]
        own.prices, own.capacity = dual.prices[chosen].copy(), dual.capacity.copy()
        own.budget, own.street = dual.budget, dual.street.copy()
        own.rows, own.stones = dual.rows.copy(), dual.stones[items]
        core_here = np.zeros(len(chosen), dtype=bool)
        core_here[np.searchsorted(chosen, core)] = True
        here = np.diff(own.ptr) > 0
        whole = np.bincount(dual.provider[here], minlength=d.J) == bundles
        if not work(own, core_here, whole, time_left, sum(map(len, groups[number:]))):
            continue
        dual.prices[core] = own.prices[core_here]
        dual.capacity[whole & dual.shared] = own.capacity[whole & dual.shared]
        dual.rows[here], dual.stones[items] = own.rows[here], own.stones


def _relax_piece(dual: _Dual, core, whole, time_left: _Time, _ahead: int) -> bool:
    return _relax(dual, time_left, (~core, ~whole))


def _converge_piece(dual: _Dual, core, whole, time_left: _Time, ahead: int) -> bool:
    time_left = time_left.part(core.sum() / ahead)
    node = dual.node(dual.evaluate(nodes=climbing.FEW))
    master = climbing.Master(dual, float(dual.leave.sum()), (core, whole))
    master.meet()
    node = climbing.converge(dual, master, node, time_left.is_over, most=PIECE_ROUNDS)
    dual.restrict(node)
    return True


def _prices(dual: _Dual) -> Prices:
    return Prices(
        compound=dual.prices * dual.unit,
        capacity=np.where(dual.shared, dual.capacity, _own_room(dual)) * dual.unit / dual.metre,
        budget=dual.budget,
        street=dual.street * dual.unit,
    )


def _own_room(dual: _Dual) -> np.ndarray:
    """Price of room of a provider with one bundle: its bundle's own multiplier."""
    price = np.zeros(dual.district.J)
    np.maximum.at(price, dual.provider, np.where(dual.bounds > 0, dual.rows[:, ROOM], 0.0))
    return price
