"""The best bundle a base could run at given prices of compounds: exact, or bounded; compiled.

At prices the rows between bundles are gone and each base asks alone: which compounds, joined to it
by stepping stones, are worth more than the gap they leave? The rows of the bundle itself
(viability, rate cap, capacity, size, contiguity) get multipliers of their own, which bound the
answer from above; what they leave open a depth-first search settles. Money is in units of the
district's usual penalty, area in units of the usual area, so that multipliers are about 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .lumps import branch, grow
from .multipliers import HAIR, VIABILITY, descend, kept_worth


@njit(cache=True, nogil=True)
def price(
    first, last, value, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, cap, yuan, rows, stones, guard, worth, chosen, barred, steps,
    most_nodes, trial,
):  # fmt: skip
    """Most a bundle of the items first..last is worth, at least 0. Returns (found, bound).

    `yuan` is what a yuan of subsidy costs, budget included. `rows` and `stones` are multipliers,
    warm from the last call, bettered here. `chosen` begins as a guess and ends as the best found.
    """
    # What the guess is worth now.
    for p in range(first, last):
        chosen[p] = chosen[p] and not barred[p]
    found = kept_worth(
        first, last, value, margin, area, direct, stone_ptr, stone,
        fixed, setup, room, most, cap, yuan, chosen,
    )  # fmt: skip
    if found <= 0:
        found = 0.0
        chosen[first:last] = False
    rows[VIABILITY] = min(rows[VIABILITY], yuan)

    out = barred[first:last].copy()
    inside = np.zeros(last - first, dtype=np.bool_)
    often = np.zeros(last - first)
    bound = descend(
        first, last, value, margin, area, direct, stone_ptr, stone, fixed, setup, room, most, cap,
        yuan, rows, stones, guard, worth, trial, out, inside, often, steps, 1.0, found,
    )  # fmt: skip
    if bound <= 0:
        return found, max(found, 0.0)
    # A guess that is close spares most of the search.
    if bound - found > 1e-4 * bound:
        for p in range(first, last):
            trial[p] = 1.0 if chosen[p] else 0.0
        grown = grow(
            first, last, value, margin, area, direct, stone_ptr, stone,
            fixed, setup, room, most, cap, yuan, worth, chosen, barred,
        )  # fmt: skip
        if grown > found:
            found = grown
        else:
            for p in range(first, last):
                chosen[p] = trial[p] > 0
    # Is there anything close to the bound? If not, the bound comes down, and we ask again lower:
    # the higher the question, the more items can be told in or out before the search.
    top = bound
    for share in (0.004, 0.03, 0.1, 0.3, 1.0):
        asked = found + (1.0 - share) * max(0.0, top - found)
        got, reached, is_whole = branch(
            first, last, value, margin, area, direct, stone_ptr, stone,
            fixed, setup, room, most, cap, yuan, rows, stones, guard, worth, chosen, barred,
            asked, most_nodes, trial,
        )  # fmt: skip
        bound = min(bound, reached)
        if got > asked:
            return got, bound
        if not is_whole:
            return found, bound
    return found, bound


@njit(cache=True, nogil=True)
def sweep(
    which, bundle_ptr, compound, cost, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, provider, cap, yuan, prices, provider_price,
    rows, stones, guard, value, worth, trial, chosen, barred, steps, most_nodes, found, bounds,
):  # fmt: skip
    """Price the bundles `which`: `found` and `bounds` per bundle, `chosen` per item."""
    for k in which:
        first, last = bundle_ptr[k], bundle_ptr[k + 1]
        bounds[k], found[k] = 0.0, 0.0
        if first == last:
            continue
        q = provider_price[provider[k]]
        hair = abs(setup[k]) + yuan * fixed[k] + 1.0
        for p in range(first, last):
            value[p] = prices[compound[p]] - cost[p] - q * area[p]
            hair += abs(value[p]) + abs(worth[p]) + yuan * abs(margin[p])
        found[k], bounds[k] = price(
            first, last, value, margin, area, direct, stone_ptr, stone,
            fixed[k], setup[k], room[k], most[k], cap, yuan, rows[k], stones, guard,
            worth, chosen, barred, steps, most_nodes, trial,
        )  # fmt: skip
        bounds[k] += HAIR * hair
