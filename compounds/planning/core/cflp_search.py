"""Plans of single-source facility location by annealing; compiled. Knows nothing of bounds."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _over(load, room):
    return load - room if load > room else 0


@njit(cache=True, nogil=True)
def anneal(cost, fixed, capacity, demand, near, where, moves, hot, cold, penalty, seed):
    """Annealing over who serves whom; too much load costs `penalty` a unit until mended.

    Moves: shift, swap, shift with ejection, open, close, trade one open for another. `where`
    begins the search and ends as the
    best found that overloads nobody; returns its value, or -1 if none was found.
    """
    np.random.seed(seed)
    m, n = cost.shape
    load = np.zeros(m, dtype=np.int64)
    held = np.zeros(m, dtype=np.int64)
    for i in range(n):
        load[where[i]] += demand[i]
        held[where[i]] += 1
    money, over = np.int64(0), np.int64(0)
    for j in range(m):
        if held[j] > 0:
            money += fixed[j]
        over += _over(load[j], capacity[j])
    for i in range(n):
        money += cost[where[i], i]
    best = money if over == 0 else np.int64(-1)
    best_where = where.copy()
    kept = where.copy()
    gains = np.empty(n)
    forced = 2.0 * cost.max() + 1.0
    wide = near.shape[1]
    cooling = (cold / hot) ** (1.0 / max(1, moves))
    heat = hot
    for _ in range(moves):
        heat *= cooling
        draw = np.random.random()
        i = np.random.randint(n)
        a = where[i]
        if draw < 0.90:
            # One customer goes elsewhere; another may come in return, or be sent on.
            other, c = -1, -1
            if draw < 0.45:
                b = near[i, np.random.randint(wide)]
                if held[b] == 0 and np.random.random() < 0.8:
                    continue
            else:
                other = np.random.randint(n)
                b = where[other]
            if a == b:
                continue
            if other >= 0:
                c = a if draw < 0.75 else near[other, np.random.randint(wide)]
                if c == b or (held[c] == 0):
                    continue
            extra = cost[b, i] - cost[a, i]
            if other >= 0:
                extra += cost[c, other] - cost[b, other]
            before = _over(load[a], capacity[a]) + _over(load[b], capacity[b])
            if c >= 0 and c != a:
                before += _over(load[c], capacity[c])
            load[a] -= demand[i]
            held[a] -= 1
            load[b] += demand[i]
            held[b] += 1
            if other >= 0:
                load[b] -= demand[other]
                held[b] -= 1
                load[c] += demand[other]
                held[c] += 1
            after = _over(load[a], capacity[a]) + _over(load[b], capacity[b])
            if c >= 0 and c != a:
                after += _over(load[c], capacity[c])
            if held[a] == 0:
                extra -= fixed[a]
            if other < 0 and held[b] == 1:
                extra += fixed[b]
            change = extra + penalty * (after - before)
            if change <= 0 or np.random.random() < np.exp(-change / heat):
                where[i] = b
                if other >= 0:
                    where[other] = c
                money += extra
                over += after - before
            else:
                load[a] += demand[i]
                held[a] += 1
                load[b] -= demand[i]
                held[b] -= 1
                if other >= 0:
                    load[b] += demand[other]
                    held[b] += 1
                    load[c] -= demand[other]
                    held[c] -= 1
        elif np.random.random() < 0.3:
            # A facility opens and draws whom it serves more cheaply, another closes, or both.
            old_money, old_over = money, over
            kept[:] = where
            b, c = np.random.randint(m), np.random.randint(m)
            if held[b] > 0 and held[c] > 0:
                c = -1
            elif held[b] == 0:
                b, c = (c, b) if held[c] > 0 and np.random.random() < 0.7 else (-1, b)
            if c >= 0:
                money += fixed[c]
                for t in range(n):
                    j = where[t]
                    gains[t] = cost[c, t] - cost[j, t]
                    if j == b:
                        gains[t] -= forced
                    else:
                        gains[t] -= penalty * min(_over(load[j], capacity[j]), demand[t])
                    gains[t] /= max(1, demand[t])
                for t in np.argsort(gains):
                    j = where[t]
                    if gains[t] >= 0:
                        break
                    if load[c] + demand[t] > capacity[c]:
                        continue
                    over -= _over(load[j], capacity[j]) - _over(load[j] - demand[t], capacity[j])
                    load[j] -= demand[t]
                    held[j] -= 1
                    load[c] += demand[t]
                    held[c] += 1
                    money += cost[c, t] - cost[j, t]
                    if held[j] == 0:
                        money -= fixed[j]
                    where[t] = c
                if held[c] == 0:
                    money -= fixed[c]
            if b >= 0 and held[b] > 0:
                for t in range(n):
                    if where[t] != b:
                        continue
                    goal, least = -1, np.inf
                    for j in range(m):
                        if j != b and held[j] > 0:
                            grown = _over(load[j] + demand[t], capacity[j])
                            grown -= _over(load[j], capacity[j])
                            price = cost[j, t] + penalty * grown
                            if price < least:
                                goal, least = j, price
                    if goal < 0:
                        break
                    over += _over(load[goal] + demand[t], capacity[goal])
                    over -= _over(load[goal], capacity[goal])
                    over -= _over(load[b], capacity[b]) - _over(load[b] - demand[t], capacity[b])
                    load[goal] += demand[t]
                    load[b] -= demand[t]
                    held[goal] += 1
                    held[b] -= 1
                    money += cost[goal, t] - cost[b, t]
                    where[t] = goal
                if held[b] == 0:
                    money -= fixed[b]
            change = (money - old_money) + penalty * (over - old_over)
            if change > 0 and np.random.random() >= np.exp(-change / heat):
                money, over = old_money, old_over
                where[:] = kept
                load[:] = 0
                held[:] = 0
                for t in range(n):
                    load[where[t]] += demand[t]
                    held[where[t]] += 1
        if over == 0 and (best < 0 or money < best):
            best = money
            best_where[:] = where
    where[:] = best_where
    return best
