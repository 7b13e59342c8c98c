"""How the prices of a dual climb: by a master of the bundles met so far, or step by step.

The master is a linear programme over those bundles whose prices stay within a box around the best
ones known; the box moves and narrows. Steps along the slopes serve districts too large for it.
Knows nothing of what a bundle is; values count only as `_Dual.evaluate` hands them back.
"""

from __future__ import annotations

from collections.abc import Callable

import highspy
import numpy as np

from . import highs

ENOUGH = 1e-5  # of the value: less is not worth another round
BOX = 0.02  # half a side, in usual penalties
MOST_COLUMNS = 60_000
FEW, NODES, MOST_NODES = 40, 400, 12_000  # of a bundle's search: at first, and where it matters


class Master:
    """Columns: leaving a compound, two sides of the box for each price, then the bundles met."""

    def __init__(self, dual) -> None:
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
        solver = self.solver = highs.solver()
        solver.setOptionValue("presolve", "off")
        none = np.empty(0)
        solver.addRows(
            count, least, most, 0, np.zeros(count, np.int32), none.astype(np.int32), none
        )
        place = np.arange(d.n)
        row_of_street = np.full(d.streets, -1)
        row_of_street[self.capped] = self.first_capped + np.arange(len(self.capped))
        self._add(
            dual.leave,
            [[i, row] if (row := row_of_street[d.street[i]]) >= 0 else [i] for i in place],
            upper=np.where(d.must == 1, 0.0, highs.INF),
        )
        self._add(dual.prices, [[i] for i in place])
        self._add(-dual.prices, [[i] for i in place], sign=-1.0)
        self.met: set[tuple[int, bytes]] = set()

    def _add(self, cost, rows, *, values=None, upper=None, sign: float = 1.0) -> None:
        count = len(cost)
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
        index = np.concatenate([np.asarray(row) for row in rows]).astype(np.int32)
        value = np.full(len(index), sign) if values is None else np.concatenate(values)
        upper = np.full(count, highs.INF) if upper is None else upper
        self.solver.addCols(
            count, np.asarray(cost, dtype=float), np.zeros(count), upper, len(index),
            starts[:-1], index, value,
        )  # fmt: skip

    def meet(self) -> int:
        """Take the bundles the dual has just chosen; how many are new."""
        dual = self.dual
        cost, rows, values = [], [], []
        for k in np.flatnonzero(dual.found > 0):
            first, last = dual.ptr[k], dual.ptr[k + 1]
            on = first + np.flatnonzero(dual.chosen[first:last])
            key = (int(k), on.tobytes())
            if not len(on) or key in self.met:
                continue
            self.met.add(key)
            lack = max(0.0, dual.fixed[k] - dual.margin[on].sum())
            cost.append(lack + dual.setup[k] + dual.cost[on].sum())
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

    def ask(self, centre: np.ndarray, box: float) -> float | None:
        """Put the master's prices into the dual; its value (in truth above the dual's), or None."""
        dual, n = self.dual, self.n
        sides = np.concatenate([centre + box, -(centre - box)])
        self.solver.changeColsCost(2 * n, np.arange(n, 3 * n, dtype=np.int32), sides)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        price = np.array(self.solver.getSolution().row_dual)
        dual.prices = price[:n].copy()
        dual.capacity[self.shared] = np.maximum(0.0, -price[self.first_shared : self.first_capped])
        dual.street[self.capped] = np.maximum(0.0, -price[self.first_capped : self.budget_row])
        if self.has_budget:
            dual.budget = max(0.0, -price[self.budget_row])
        return float(self.solver.getInfo().objective_function_value)


def by_master(
    dual, best: float, keep: Callable[[float], None], is_over: Callable[[], bool]
) -> None:
    """Climb by a master until it promises too little; `keep` is told every better value.

    Where open answers of the bundles hide what was gained, they are looked into more closely.
    """
    master, box, nodes, idle = Master(dual), BOX, NODES, 0
    centre = dual.prices.copy()
    while not is_over() and len(master.met) < MOST_COLUMNS:
        fresh = master.meet()
        promised = master.ask(centre, box)
        if promised is None:
            return
        hope = promised - best
        if hope < ENOUGH * abs(best):
            if box >= BOX or hope <= 0:
                return
            box *= 4
        value = dual.evaluate(nodes=nodes)
        hidden = float((dual.bounds - dual.found).sum())
        if value > best:
            idle = 0
            if value - best > 0.3 * hope:
                box *= 1.5
            best, centre = value, dual.prices.copy()
            keep(value)
            continue
        idle += 1
        if best - value > 2 * hope or not fresh:
            box *= 0.6
        if hidden > 0.3 * hope:
            nodes = min(2 * nodes, MOST_NODES)
        if box < 1e-5 or idle > 60:
            return


def by_steps(
    dual, best: float, keep: Callable[[float], None], is_over: Callable[[], bool], *, reach: float
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
            keep(value)
        since += 1
        if since >= 10:
            since, reach = 0, 0.6 * reach
            dual.restore(centre)
            push = [0.0 * part for part in push]
            dual.evaluate(nodes=FEW)
