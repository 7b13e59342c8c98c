"""A lower bound of single-source facility location: customers' prices, packed in whole numbers.

Every facility's part is a knapsack over the customers worth serving at their prices; which
facilities open is one more (their room must hold all demand). All of it is exact integers, so a
bound is one however the prices were found. `state[j]` is 1 where a facility must be open, -1 where
it must be closed, 0 where it is free; a pair that is struck out costs `STRUCK`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from compounds.planning.core.knapsack import fill

MOST_NODES = 20_000  # of a knapsack; past them its bound counts
FEW_NODES = 500  # of the one over facilities, solved twice for each of them
STRUCK = 2**60
HOPELESS = 2**61  # the value where the room of what may open does not hold the demand


@njit(cache=True, nogil=True)
def value_at(cost, fixed, capacity, demand, prices, state, taken, opened, parts):
    """Lagrangian value at the customers' prices, exact or below.

    `taken[j, i]`: facility j would take customer i; `opened[j]`: it would open; `parts[j]`: its
    fixed cost less what the customers it would take are worth beyond their cost.
    """
    m, n = cost.shape
    who = np.empty(n, dtype=np.int64)
    profit = np.empty(n, dtype=np.int64)
    weight = np.empty(n, dtype=np.int64)
    take = np.empty(max(n, m), dtype=np.bool_)
    total, spare = np.int64(0), np.int64(0)
    for i in range(n):
        total += prices[i]
        spare -= demand[i]
    for j in range(m):
        parts[j] = 0
        opened[j] = state[j] >= 0
        taken[j, :] = False
        if state[j] < 0:
            continue
        k = 0
        for i in range(n):
            worth = prices[i] - cost[j, i]
            if worth > 0 and demand[i] <= capacity[j]:
                who[k], profit[k], weight[k] = i, worth, demand[i]
                k += 1
        parts[j] = fixed[j] - fill(profit[:k], weight[:k], capacity[j], MOST_NODES, take)
        for t in range(k):
            taken[j, who[t]] = take[t]
        total += parts[j]
        spare += capacity[j]
    if spare < 0:
        return np.int64(HOPELESS)
    return total - _close(parts, capacity, state, spare, -1, opened)


@njit(cache=True, nogil=True)
def _close(parts, capacity, state, spare, kept, opened):
    """Close what costs most, as far as the room of the others holds all demand; what it saves."""
    m = len(parts)
    dear = np.empty(m, dtype=np.int64)
    gain = np.empty(m, dtype=np.int64)
    room = np.empty(m, dtype=np.int64)
    take = np.empty(m, dtype=np.bool_)
    k = 0
    for j in range(m):
        if state[j] == 0 and parts[j] > 0 and capacity[j] <= spare and j != kept:
            dear[k], gain[k], room[k] = j, parts[j], capacity[j]
            k += 1
    saved = fill(gain[:k], room[:k], spare, FEW_NODES, take)
    for t in range(k):
        if take[t]:
            opened[dear[t]] = False
    return saved


@njit(cache=True, nogil=True)
def climb(
    cost, fixed, capacity, demand, prices, best_prices, state, steps, patience, scale, upper, opened
):
    """Deflected subgradient steps from `prices`; the best value and the scale left.

    `best_prices` begins and ends as the best known, `opened` ends as the last opening.
    """
    m, n = cost.shape
    taken = np.zeros((m, n), dtype=np.bool_)
    parts = np.zeros(m, dtype=np.int64)
    best = value_at(cost, fixed, capacity, demand, best_prices, state, taken, opened, parts)
    push = np.zeros(n)
    since = 0
    for _ in range(steps):
        value = value_at(cost, fixed, capacity, demand, prices, state, taken, opened, parts)
        since += 1
        if value > best:
            if value - best > (upper - best) // 2000:
                since = 0
            best = value
            best_prices[:] = prices
        if since >= patience:
            since, scale = 0, scale * 0.65
            prices[:] = best_prices
            push[:] = 0
        norm = 0.0
        for i in range(n):
            served = 0
            for j in range(m):
                if opened[j] and taken[j, i]:
                    served += 1
            push[i] = 0.6 * push[i] + (1 - served)
            norm += push[i] * push[i]
        if norm == 0 or scale < 1e-4 or best >= upper:
            break
        length = scale * max(upper - value, 1) / norm
        for i in range(n):
            prices[i] = max(0, prices[i] + np.int64(np.rint(length * push[i])))
    return best, scale


@njit(cache=True, nogil=True)
def forced(parts, capacity, demand, prices, state, when_open, when_closed):
    """The values if each facility were open, and if it were closed; HOPELESS where it cannot be."""
    opened = np.empty(len(parts), dtype=np.bool_)
    spare, total = -demand.sum(), prices.sum() + parts.sum()
    for j in range(len(parts)):
        if state[j] >= 0:
            spare += capacity[j]
    base = total - _close(parts, capacity, state, spare, -1, opened)
    for j in range(len(parts)):
        when_open[j] = base if state[j] > 0 else HOPELESS
        when_closed[j] = base if state[j] < 0 else HOPELESS
        if state[j] != 0:
            continue
        when_open[j] = total - _close(parts, capacity, state, spare, j, opened)
        left = spare - capacity[j]
        if left >= 0:
            saved = _close(parts, capacity, state, left, j, opened)
            when_closed[j] = total - parts[j] - saved


def pair_values(cost, fixed, capacity, demand, prices, state, opened_value, parts):
    """The value if a customer went to a facility, or less: int64[m, n].

    The rest of that facility's knapsack counts with its continuous value. `opened_value[j]` is the
    value with j open.
    """
    m, n = cost.shape
    values = np.full((m, n), STRUCK, dtype=np.int64)
    for j in np.flatnonzero(state >= 0):
        may = (cost[j] < STRUCK) & (demand <= capacity[j])
        worth = prices - np.minimum(cost[j], STRUCK)
        good = may & (worth > 0)
        weight, profit = demand[good], worth[good]
        order = np.argsort(-(profit / np.maximum(weight, 1e-9)), kind="stable")
        heavy = np.concatenate(([0], np.cumsum(weight[order]))).astype(float)
        rich = np.concatenate(([0], np.cumsum(profit[order]))).astype(float)
        rest = np.interp(capacity[j] - demand[may], heavy, rich)
        now = float(fixed[j] - parts[j])
        raised = np.floor(now - rest - worth[may] - 1e-9 * abs(now) - 1).astype(np.int64)
        values[j, may] = opened_value[j] + np.maximum(0, raised)
    return values
