"""The 0-1 knapsack in whole numbers, exact by depth-first search; compiled.

The value handed back is never below the optimum: what the search was not given time to prove is
covered by the value of the continuous knapsack at its root.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill(profit, weight, room, most_nodes, take):
    """Set take[i] for a best choice within `room`; profits above 0. Value or, past nodes, more.

    Weights and room stay below 2**31, profits below 2**52 (then no product overflows).
    """
    k = len(profit)
    take[:k] = False
    ratio = np.empty(k)
    for i in range(k):
        ratio[i] = -(profit[i] / weight[i]) if weight[i] > 0 else -np.inf
    order = np.argsort(ratio)
    lightest = np.empty(k + 1, dtype=np.int64)
    lightest[k] = np.int64(2**62)
    for t in range(k - 1, -1, -1):
        lightest[t] = min(lightest[t + 1], weight[order[t]])
    chosen = np.zeros(k, dtype=np.bool_)
    best, value, left, at, nodes = np.int64(0), np.int64(0), room, 0, 0
    root = np.int64(-1)
    while True:
        nodes += 1
        reach, spare, t = value, left, at
        while t < k and weight[order[t]] <= spare:
            spare -= weight[order[t]]
            reach += profit[order[t]]
            t += 1
        bound = reach
        if t < k:
            p, w = profit[order[t]], weight[order[t]]
            bound += (p // w) * spare + ((p % w) * spare) // w
        if root < 0:
            root = bound
        if bound > best:
            for s in range(at, t):
                chosen[s] = True
            value, left = reach, spare
            if value > best:
                best = value
                for s in range(k):
                    take[order[s]] = chosen[s] if s < t else False
            at = min(t + 1, k)
            if at < k and lightest[at] <= left:
                continue
        if nodes > most_nodes:
            return root
        # The last one taken is left out.
        s = at - 1
        while s >= 0 and not chosen[s]:
            s -= 1
        if s < 0:
            return best
        chosen[s] = False
        value -= profit[order[s]]
        left += weight[order[s]]
        at = s + 1
