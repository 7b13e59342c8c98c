"""How the prices of a dual climb: by a master of the bundles met so far, or step by step.

The master is a linear programme over those bundles. Its prices jump about, so the bundles are asked
between them and the best prices known, the nearer to the latter the more the former mislead. Steps
along the slopes serve districts too large for a master.
Knows nothing of what a bundle is; values count only as `_Dual.evaluate` hands them back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from . import highs

FEW, NODES, MOST_NODES = 40, 3_000, 100_000  # of a bundle's search: at first, where it matters
ENOUGH = 0.002  # of the value: less is not worth another round
DEEPEST = -2.0  # price of a compound at least, in usual penalties
THOROUGH, QUICK = 10, 400  # every so many rounds; nodes of a bundle's search in the others
MOST_COLUMNS = 60_000


@dataclass(frozen=True, eq=False)
class Node:
    """A part of all plans, what none of them goes below, and the prices that say so."""

    barred: np.ndarray  # bool[A], items in the dual's order: arcs no plan of this part uses
    must: np.ndarray  # bool[n]: compounds not left to fallback
    forced: np.ndarray  # bool[K]: bundles that run
    value: float
    state: tuple
    bounds: np.ndarray  # float64[K], what the bundles are worth at most at these prices


class Master:
    """Columns: leaving a compound, what makes up for rows not kept, then the bundles met."""

    def __init__(self, dual, dear: float, own: tuple[np.ndarray, np.ndarray] | None = None):
        """`dear`: what a row that is not kept costs, more than any price that is of use.

        `own` says whose prices move, bool[n] and bool[J]; all do without it.
        """
        self.dual, d = dual, dual.district
        self.n, self.bundles = d.n, d.K
        self.shared = np.flatnonzero(dual.shared)
        self.capped = np.flatnonzero(dual.capped)
        self.has_budget = bool(np.isfinite(d.budget))
        self.first_shared = d.n + d.K
        self.first_capped = self.first_shared + len(self.shared)
        self.budget_row = self.first_capped + len(self.capped)
        count = self.budget_row + self.has_budget
        least = np.full(count, -highs.INF)
        least[: d.n] = 1.0
        most = np.concatenate([
            np.ones(d.n + d.K), dual.limit[self.shared],
            d.street_fallback_most[self.capped].astype(float),
            [d.budget / dual.unit] if self.has_budget else [],
        ])  # fmt: skip
        self.own, self.fixed, self.offset = own, dual.vector(), 0.0
        leave = dual.leave
        if own is not None:
            least[: d.n][~own[0]] = -highs.INF
            most[: d.n][~own[0]] = highs.INF
            most[self.first_shared : self.first_capped][~own[1][self.shared]] = highs.INF
            leave = leave + dual.street[d.street]
            fall = np.where(dual.must, 0.0, np.minimum(0.0, leave - dual.prices))
            self.offset = float((dual.prices + fall)[~own[0]].sum())
            self.offset -= float((dual.capacity * dual.limit)[dual.shared & ~own[1]].sum())
        solver = self.solver = highs.solver()
        solver.setOptionValue("presolve", "off")
        none = np.empty(0)
        solver.addRows(
            count, least, most, 0, np.zeros(count, np.int32), none.astype(np.int32), none
        )
        row_of_street = np.full(d.streets, -1)
        row_of_street[self.capped] = self.first_capped + np.arange(len(self.capped))
        self._add(
            leave,
            [[i, row] if (row := row_of_street[d.street[i]]) >= 0 else [i] for i in range(d.n)],
        )
        self._add(np.full(d.n + d.K, dear), [[i] for i in range(d.n + d.K)])
        self._add(np.full(d.n, -DEEPEST), [[i] for i in range(d.n)], sign=-1.0)
        self.first = 3 * d.n + d.K
        self.met: set[tuple[int, bytes]] = set()
        self.owner: list[int] = []  # of each column: its bundle
        self.items: list[np.ndarray] = []  # and its items
        self.nodes = NODES  # of a thorough search of a bundle, as many as turned out to be needed

    def _add(self, cost, rows, *, values=None, sign: float = 1.0) -> None:
        count = len(cost)
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
        index = np.concatenate([np.asarray(row) for row in rows]).astype(np.int32)
        value = np.full(len(index), sign) if values is None else np.concatenate(values)
        self.solver.addCols(
            count, np.asarray(cost, dtype=float), np.zeros(count), np.full(count, highs.INF),
            len(index), starts[:-1], index, value,
        )  # fmt: skip

    def meet(self) -> int:
        """Take the bundles the dual has just chosen; how many are new."""
        dual = self.dual
        chosen = (
            (int(k), dual.ptr[k] + np.flatnonzero(dual.chosen[dual.ptr[k] : dual.ptr[k + 1]]))
            for k in np.flatnonzero(dual.found > 0)
        )
        return self.take(chosen)

    def take(self, bundles) -> int:
        """Columns of (bundle, its items); how many are new."""
        dual = self.dual
        cost, rows, values = [], [], []
        for k, on in bundles:
            key = (k, on.tobytes())
            if not len(on) or key in self.met:
                continue
            self.met.add(key)
            self.owner.append(k)
            self.items.append(on)
            lack = max(0.0, dual.fixed[k] - dual.margin[on].sum())
            cost.append(lack + dual.setup[k] + dual.cost[on].sum() + self._beyond(k, on, lack))
            row, value = [*dual.compound[on], self.n + k], [1.0] * (len(on) + 1)
            provider = dual.provider[k]
            if dual.shared[provider]:
                row.append(self.first_shared + int(np.searchsorted(self.shared, provider)))
                value.append(dual.area[on].sum())
            if self.has_budget:
                row.append(self.budget_row)
                value.append(lack)
            rows.append(row)
            values.append(value)
        if cost:
            self._add(cost, rows, values=values)
        return len(cost)

    def _beyond(self, k: int, on: np.ndarray, lack: float) -> float:
        """What a bundle costs by the prices that do not move."""
        if self.own is None:
            return 0.0
        dual, n = self.dual, self.n
        others = on[~self.own[0][dual.compound[on]]]
        cost = dual.budget * lack - self.fixed[:n][dual.compound[others]].sum()
        provider = dual.provider[k]
        if dual.shared[provider] and not self.own[1][provider]:
            cost += self.fixed[n + provider] * dual.area[on].sum()
        return float(cost)

    def restrict(self, node: Node) -> None:
        """The master of a node: no bundle with a barred item, rows as the node asks."""
        n, bundles, columns = self.n, self.bundles, len(self.items)
        upper = np.where(node.must, 0.0, highs.INF)
        self.solver.changeColsBounds(n, np.arange(n, dtype=np.int32), np.zeros(n), upper)
        places = np.arange(n, n + bundles, dtype=np.int32)
        least = np.where(node.forced, 1.0, -highs.INF)
        self.solver.changeRowsBounds(bundles, places, least, np.ones(bundles))
        if columns:
            starts = np.cumsum([0, *map(len, self.items)])[:-1]
            wrong = np.logical_or.reduceat(node.barred[np.concatenate(self.items)], starts)
            places = np.arange(self.first, self.first + columns, dtype=np.int32)
            upper = np.where(wrong, 0.0, highs.INF)
            self.solver.changeColsBounds(columns, places, np.zeros(columns), upper)

    def solve(self) -> float | None:
        """Its value, in truth above the dual's; None where HiGHS finds none."""
        self.solver.run()
        if self.solver.getModelStatus() not in (
            highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kIterationLimit
        ):  # fmt: skip
            return None
        return float(self.solver.getInfo().objective_function_value) + self.offset

    def prices(self) -> np.ndarray:
        """Prices of the last solution, in the order of the dual's `vector`."""
        d, row = self.dual.district, np.array(self.solver.getSolution().row_dual)
        capacity, street = np.zeros(d.J), np.zeros(d.streets)
        capacity[self.shared] = np.maximum(0.0, -row[self.first_shared : self.first_capped])
        street[self.capped] = np.maximum(0.0, -row[self.first_capped : self.budget_row])
        budget = [max(0.0, -row[self.budget_row])] if self.has_budget else [0.0]
        bonus = np.maximum(0.0, row[self.n : self.first_shared])
        prices = np.concatenate([row[: self.n], capacity, budget, street, bonus])
        if self.own is not None:
            moves = np.concatenate([*self.own, np.zeros(len(prices) - self.n - d.J, dtype=bool)])
            prices = np.where(moves, prices, self.fixed)
        return prices

    def columns(self) -> np.ndarray:
        """float64[columns]: the share of each bundle met in the last solution."""
        return np.array(self.solver.getSolution().col_value)[self.first :]

    def shares(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the last solution: float64[n] left to fallback, [A] items taken, [K] running."""
        left = np.array(self.solver.getSolution().col_value)[: self.n]
        taken, running = np.zeros(self.dual.district.arcs), np.zeros(self.bundles)
        for share, items, k in zip(self.columns(), self.items, self.owner, strict=True):
            if share > 1e-9:
                taken[items] += share
                running[k] += share
        return left, taken, running


def converge(
    dual, master: Master, node: Node, is_over: Callable[[], bool], *, most: int,
    enough: float = np.inf, tell: Callable[[Node], None] = lambda node: None,
) -> Node:  # fmt: skip
    """The node at better prices, until the master promises too little more.

    Most rounds are content with what a short search of the bundles finds, and hope that it is all
    there is; a value counts after a thorough one, when hope has come up to what is promised. Ends
    at a value that is `enough`. `tell` hears of every better value; at most `most` rounds.
    """
    dual.restrict(node)
    master.restrict(node)
    inner = dual.vector()
    near, hoped, fresh = 0.6, node.value, 1
    for turn in range(1, most + 1):
        if is_over() or len(master.items) > MOST_COLUMNS or node.value >= enough:
            break
        promised = master.solve()
        if promised is None or promised - node.value < ENOUGH * abs(promised):
            break
        is_thorough = (
            not fresh or turn % THOROUGH == 0 or turn == most
            or promised - hoped < ENOUGH * abs(promised)
        )  # fmt: skip
        outer = master.prices()
        # In the last one, what was hoped for is looked into.
        nearer = 1.0 if turn == most and hoped > node.value else near
        dual.put(nearer * inner + (1 - nearer) * outer)
        value = dual.evaluate(nodes=master.nodes if is_thorough else QUICK)
        while (
            is_thorough and master.nodes < MOST_NODES and not is_over()
            and float((dual.bounds - dual.found).sum()) > 0.2 * (promised - node.value)
        ):  # fmt: skip
            master.nodes = min(4 * master.nodes, MOST_NODES)
            value = dual.evaluate(nodes=master.nodes)
        fresh = master.meet()
        # Where the value still rises towards the master's prices we go nearer to them.
        near = max(0.0, near - 0.1) if dual.slope(outer - inner) > 0 else near + 0.1 * (1 - near)
        if not fresh:
            near = max(0.0, near - 0.3)
        if not is_thorough:
            hope = dual.total(dual.found)
            if hope > hoped:
                hoped, inner = hope, dual.vector()
            continue
        if value > node.value:
            node, inner, hoped = dual.better(node, value), dual.vector(), value
            tell(node)
        elif not fresh and near == 0.0:
            break
        else:
            hoped = max(node.value, value)
    return node


def by_steps(
    dual, best: float, keep: Callable[[Node], None], is_over: Callable[[], bool], *, reach: float
) -> None:
    """Steps along smoothed slopes; `reach` is the share of the value hoped for beyond it."""
    d = dual.district
    centre = dual.state()
    push, since = [np.zeros(d.n), np.zeros(d.J), 0.0, np.zeros(d.streets)], 0
    weights = np.maximum(dual.leave, 1e-3) ** 2
    floor = 0.05 * float(dual.leave.sum())
    while not is_over() and reach > 1e-5:
        slopes = dual.slopes()
        push = [0.7 * old + new for old, new in zip(push, slopes, strict=True)]
        norm = float((push[0] ** 2 * weights).sum())
        norm += 0.01 * (float((push[1] ** 2).sum()) + push[2] ** 2 + float((push[3] ** 2).sum()))
        if norm <= 0:
            return
        step = reach * max(abs(best), floor) / norm
        dual.move(step * weights * push[0], *(0.01 * step * part for part in push[1:]))
        value = dual.evaluate(nodes=FEW)
        if value > best:
            since = since if value - best < 1e-5 * abs(best) else 0
            best, centre = value, dual.state()
            keep(dual.better(dual.node(0.0), value))
        since += 1
        if since >= 10:
            since, reach = 0, 0.6 * reach
            dual.restore(centre)
            push = [0.0 * part for part in push]
            dual.evaluate(nodes=FEW)
