"""HiGHS on a part of a facility location problem: prices to begin with, better plans, a proof.

The capacity row is tightened (a facility's customers fit into its room times its opening, and none
goes to a closed one), and the open room holds all demand.
"""

from __future__ import annotations

import math

import numpy as np

from compounds.planning.core import highs
from compounds.planning.core.cflp_hunt import Hunt

LARGEST = 1e6  # objectives HiGHS sees are scaled below this
MOST_PAIRS = 150_000


class _Model:
    """Columns: facilities, then the pairs (facility, customer) that may be used."""

    def __init__(self, hunt: Hunt, pairs: np.ndarray, state: np.ndarray) -> None:
        m, n = hunt.cost.shape
        total = int(hunt.fixed.sum() + hunt.cost.max(axis=0).sum())
        self.scale = max(1.0, (hunt.value if hunt.best is not None else total) / LARGEST)
        self.facility, self.customer = np.nonzero(pairs)
        rows = self.rows = highs.Rows()
        for j in range(m):
            rows.column(hunt.fixed[j] / self.scale, state[j] > 0, state[j] >= 0, whole=True)
        costs = hunt.cost[self.facility, self.customer] / self.scale
        first = rows.columns(costs, 0, 1, whole=True)
        self.place = np.full((m, n), -1)
        self.place[self.facility, self.customer] = first + np.arange(len(costs))
        for i in range(n):
            rows.row(1, 1, self.place[pairs[:, i], i], 1)
        for j in range(m):
            mine = np.flatnonzero(pairs[j])
            index = [*self.place[j, mine], j]
            weights = [*hunt.demand[mine].astype(float), -float(hunt.capacity[j])]
            rows.row(-highs.INF, 0, index, weights)
            for column in self.place[j, mine]:
                rows.row(-highs.INF, 0, (column, j), (1, -1))
        rows.row(float(hunt.demand.sum()), highs.INF, np.arange(m), hunt.capacity.astype(float))

    def start(self, where: np.ndarray) -> np.ndarray:
        values = np.zeros(len(self.rows.cost))
        values[np.unique(where)] = 1
        values[self.place[where, np.arange(len(where))]] = 1
        return values

    def assignment(self, values: np.ndarray) -> np.ndarray:
        shares = np.zeros(self.place.shape)
        shares[self.facility, self.customer] = values[-len(self.facility) :]
        return shares.argmax(axis=0)


def nearest(values: np.ndarray, most: int) -> np.ndarray:
    """For each customer the `most` facilities of least value: bool[m, n]."""
    keep = np.zeros(values.shape, dtype=bool)
    order = np.argpartition(values, min(most, len(values)) - 1, axis=0)[:most]
    np.put_along_axis(keep, order, True, axis=0)
    return keep


def first_prices(hunt: Hunt, seconds: float) -> np.ndarray | None:
    """Customers' prices of the linear relaxation over the pairs that look cheapest."""
    m, n = hunt.cost.shape
    pairs = nearest(hunt.worth_at_least(), min(m, max(8, 20_000 // n)))
    model = _Model(hunt, pairs & (hunt.demand <= hunt.capacity[:, None]), hunt.state)
    answer = highs.solve(
        model.rows, seconds=seconds, relaxed=True, method="simplex",
        stop=hunt.stop, clock=hunt.clock,
    )  # fmt: skip
    if answer.status != "optimal" or answer.duals is None:
        return None
    return hunt.fine_prices(answer.duals[:n] * model.scale)


def solve_part(hunt: Hunt, pairs: np.ndarray, state: np.ndarray, seconds: float) -> int:
    """Look for a cheaper plan among the pairs; in `fine` units, no plan of them is below this.

    The best plan's pairs are always among them, so that HiGHS begins with it.
    """
    pairs, state = pairs.copy(), state.copy()
    pairs[state < 0] = False
    if hunt.best is not None:
        pairs[hunt.best, np.arange(len(hunt.best))] = True
        used = np.zeros(len(state), dtype=bool)
        used[hunt.best] = True
        state[(state < 0) & used | (state > 0) & ~used] = 0
    model = _Model(hunt, pairs, state)
    answer = highs.solve(
        model.rows, seconds=seconds, start=None if hunt.best is None else model.start(hunt.best),
        absolute_gap=0.999 / model.scale, stop=hunt.stop, clock=hunt.clock,
    )  # fmt: skip
    if answer.values is not None:
        hunt.offer(model.assignment(answer.values))
    if answer.status == "infeasible" and (pairs | (hunt.demand > hunt.capacity[:, None])).all():
        hunt.is_hopeless = True
    if answer.status not in ("optimal", "stopped") or not math.isfinite(answer.bound):
        return 0
    bound = answer.bound * model.scale
    return math.ceil(bound - 1e-9 * abs(bound) - 1e-6) * hunt.fine
