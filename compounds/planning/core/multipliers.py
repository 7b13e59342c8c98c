"""A bundle's own rows at multipliers: what its items are worth then, and what it is worth at most.

The rows: viability, rate cap, room of the provider, size, and two for every item that needs a
stepping stone: one of its stones is taken, and so is its guard, the item every way from the base to
it leads over, if there is one. Compiled; money and area in the units of `pricing`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

VIABILITY, RATE, ROOM, SIZE = 0, 1, 2, 3  # places of a bundle's own multipliers
HAIR = 1e-11  # of the sum of what was added: more than floating point can err


@njit(cache=True, nogil=True)
def guards(direct, barred, stone_ptr, stone):
    """int64 per item: the last item all ways from the base to it have in common, or -1."""
    guard = np.full(len(direct), -1)
    deep = np.zeros(len(direct), dtype=np.int64)  # guards one behind the other
    for p in range(len(direct)):  # the nearest of a bundle first: stones come before who needs them
        if direct[p]:
            continue
        common, met = -1, False
        for s in range(stone_ptr[p], stone_ptr[p + 1]):
            q = stone[s]
            if barred[q]:
                continue
            if not met:
                common, met = q, True
                continue
            while common != q:
                if q < 0 or (common >= 0 and deep[common] > deep[q]):
                    common = guard[common]
                elif common < 0 or deep[q] > deep[common]:
                    q = guard[q]
                else:
                    common, q = guard[common], guard[q]
        guard[p] = common
        if common >= 0:
            deep[p] = deep[common] + 1
    return guard


@njit(cache=True, nogil=True)
def worths(first, last, value, margin, area, cap, rows, stones, stone_ptr, stone, guard, worth):
    """What each item adds to the bound at the bundle's multipliers."""
    pull = rows[VIABILITY] + rows[RATE]
    press = rows[RATE] * cap - rows[ROOM]
    for p in range(first, last):
        worth[p] = value[p] + pull * margin[p] + press * area[p] - rows[SIZE]
        worth[p] -= stones[p, 0] + stones[p, 1]
    for p in range(first, last):
        if stones[p, 0] > 0:
            for s in range(stone_ptr[p], stone_ptr[p + 1]):
                worth[stone[s]] += stones[p, 0]
        if stones[p, 1] > 0:
            worth[guard[p]] += stones[p, 1]


@njit(cache=True, nogil=True)
def constant(fixed, setup, room, most, rows):
    return -setup - (rows[VIABILITY] + rows[RATE]) * fixed + rows[ROOM] * room + rows[SIZE] * most


@njit(cache=True, nogil=True)
def kept_worth(
    first, last, value, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, cap, yuan, chosen,
):  # fmt: skip
    """Worth of the chosen items as one bundle, -1 if they break a row of it."""
    total, sum_margin, sum_area, count = -setup, 0.0, 0.0, 0
    for p in range(first, last):
        if not chosen[p]:
            continue
        joined = direct[p]
        for s in range(stone_ptr[p], stone_ptr[p + 1]):
            if joined:
                break
            joined = chosen[stone[s]]
        if not joined:
            return -1.0
        total += value[p]
        sum_margin += margin[p]
        sum_area += area[p]
        count += 1
    lack = max(0.0, fixed - sum_margin)
    if count == 0 or count > most or sum_area > room or lack > cap * sum_area:
        return -1.0
    return total - yuan * lack


@njit(cache=True, nogil=True)
def descend(
    first, last, value, margin, area, direct, stone_ptr, stone, fixed, setup, room, most, cap,
    yuan, rows, stones, guard, worth, trial, out, inside, often, steps, length, found,
):  # fmt: skip
    """Better multipliers for what is neither out nor inside; the least bound they give.

    Leaves the best multipliers and their worths, and in `often` how often an item was wanted.
    """
    best_rows = rows.copy()
    best_stones = stones[first:last].copy()
    bound = np.inf
    often[:] = 0.0
    for p in range(first, last):
        if out[p - first]:
            stones[p] = 0.0
        if guard[p] < 0:
            stones[p, 1] = 0.0
    for turn in range(steps + 1):
        worths(first, last, value, margin, area, cap, rows, stones, stone_ptr, stone, guard, worth)
        reach = constant(fixed, setup, room, most, rows)
        sum_margin, sum_area, count = 0.0, 0.0, 0
        for p in range(first, last):
            if (worth[p] > 0 or inside[p - first]) and not out[p - first]:
                reach += worth[p]
                sum_margin += margin[p]
                sum_area += area[p]
                count += 1
                trial[p] = 1.0
            else:
                trial[p] = 0.0
            often[p - first] = 0.8 * often[p - first] + 0.2 * trial[p]
        if reach < bound:
            bound = reach
            best_rows[:] = rows
            best_stones[:] = stones[first:last]
        else:
            length *= 0.8
        if bound <= found or turn == steps:
            break
        g_viability = sum_margin - fixed
        g_rate = sum_margin + cap * sum_area - fixed
        g_room = room - sum_area
        g_size = float(most - count)
        if rows[VIABILITY] >= yuan and g_viability < 0:
            g_viability = 0.0
        if rows[VIABILITY] <= 0 and g_viability > 0:
            g_viability = 0.0
        if rows[RATE] <= 0 and g_rate > 0:
            g_rate = 0.0
        if rows[ROOM] <= 0 and g_room > 0:
            g_room = 0.0
        if rows[SIZE] <= 0 and g_size > 0:
            g_size = 0.0
        norm = g_viability**2 + g_rate**2 + g_room**2 + g_size**2
        for p in range(first, last):
            if direct[p] or out[p - first]:
                continue
            held = -trial[p]
            for s in range(stone_ptr[p], stone_ptr[p + 1]):
                held += trial[stone[s]]
            if stones[p, 0] > 0 or held < 0:
                norm += held * held
            if guard[p] >= 0:
                held = trial[guard[p]] - trial[p]
                if stones[p, 1] > 0 or held < 0:
                    norm += held * held
        if norm < 1e-12:
            break
        step = length * max(reach - found, 1e-4) / norm
        rows[VIABILITY] = min(yuan, max(0.0, rows[VIABILITY] - step * g_viability))
        rows[RATE] = max(0.0, rows[RATE] - step * g_rate)
        rows[ROOM] = max(0.0, rows[ROOM] - step * g_room)
        rows[SIZE] = max(0.0, rows[SIZE] - step * g_size)
        for p in range(first, last):
            if direct[p] or out[p - first]:
                continue
            held = -trial[p]
            for s in range(stone_ptr[p], stone_ptr[p + 1]):
                held += trial[stone[s]]
            stones[p, 0] = max(0.0, stones[p, 0] - step * held)
            if guard[p] >= 0:
                held = trial[guard[p]] - trial[p]
                stones[p, 1] = max(0.0, stones[p, 1] - step * held)
    rows[:] = best_rows
    stones[first:last] = best_stones
    worths(first, last, value, margin, area, cap, rows, stones, stone_ptr, stone, guard, worth)
    return bound
