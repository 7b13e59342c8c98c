"""The search for the best bundle where multipliers leave it open: greed, then branching on lumps.

Compiled. Every answer comes with a bound that holds even when the search was cut short.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .multipliers import HAIR, RATE, ROOM, VIABILITY, constant, descend, kept_worth


@njit(cache=True, nogil=True)
def grow(
    first, last, value, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, cap, yuan, worth, chosen, barred,
):  # fmt: skip
    """A bundle by greed, worthiest item in reach first, bettered by adding, dropping, trading."""
    best = -1.0
    chosen[first:last] = False
    kept = np.zeros(last - first, dtype=np.bool_)
    taken = 0.0
    for _ in range(most):
        goal = -1
        for p in range(first, last):
            if barred[p] or chosen[p] or taken + area[p] > room:
                continue
            if goal >= 0 and worth[p] <= worth[goal]:
                continue
            joined = direct[p]
            for s in range(stone_ptr[p], stone_ptr[p + 1]):
                joined = joined or chosen[stone[s]]
            if joined:
                goal = p
        if goal < 0 or worth[goal] < -0.5:
            break
        chosen[goal] = True
        taken += area[goal]
        now = kept_worth(
            first, last, value, margin, area, direct, stone_ptr, stone,
            fixed, setup, room, most, cap, yuan, chosen,
        )  # fmt: skip
        if now > best:
            best = now
            kept[:] = chosen[first:last]
    chosen[first:last] = kept
    if best <= 0:
        return best
    for _ in range(4):
        before = best
        for p in range(first, last):
            if barred[p]:
                continue
            for other in range(p, last):
                if barred[other]:
                    continue
                if other > p and chosen[p] == chosen[other]:
                    continue
                if other > p and abs(worth[p]) + abs(worth[other]) > best:
                    continue
                chosen[p] = not chosen[p]
                if other > p:
                    chosen[other] = not chosen[other]
                now = kept_worth(
                    first, last, value, margin, area, direct, stone_ptr, stone,
                    fixed, setup, room, most, cap, yuan, chosen,
                )  # fmt: skip
                if now > best + 1e-12:
                    best = now
                    break
                chosen[p] = not chosen[p]
                if other > p:
                    chosen[other] = not chosen[other]
        if best <= before:
            break
    return best


@njit(cache=True, nogil=True)
def _settle(first, last, direct, stone_ptr, stone, guard, worth, out, inside, bound, found):
    """Put out or inside what the bound tells; False if nothing better than `found` is left.

    Also what follows: an item whose stones are all out is out; one that is inside brings in its
    guard, and the last stone it has. Returns (worth going on, free items).
    """
    n = last - first
    for p in range(n):
        if out[p] or inside[p]:
            continue
        w = worth[first + p]
        if w < 0 and bound + w <= found:
            out[p] = True
        elif w > 0 and bound - w <= found:
            inside[p] = True
    changed = True
    while changed:
        changed = False
        for p in range(n):
            if direct[first + p] or out[p]:
                continue
            if inside[p] and guard[first + p] >= 0 and not inside[guard[first + p] - first]:
                if out[guard[first + p] - first]:
                    return False, 0
                inside[guard[first + p] - first] = True
                changed = True
            held, last_one, met = 0, -1, False
            for s in range(stone_ptr[first + p], stone_ptr[first + p + 1]):
                q = stone[s] - first
                if inside[q]:
                    met = True
                    break
                if not out[q]:
                    held += 1
                    last_one = q
            if met:
                continue
            if held == 0:
                if inside[p]:
                    return False, 0
                out[p] = True
                changed = True
            elif held == 1 and inside[p]:
                inside[last_one] = True
                changed = True
    free = 0
    for p in range(n):
        if not out[p] and not inside[p]:
            free += 1
    return True, free


@njit(cache=True, nogil=True)
def branch(
    first, last, value, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, cap, yuan, rows, stones, guard, worth, chosen, barred, found,
    most_nodes, trial,
):  # fmt: skip
    """Anything worth more than `found`? Branches on lumps, multipliers anew at every node.

    Returns the best worth, a bound, and whether the search came to its end.
    """
    n = last - first
    hair = yuan * fixed + abs(setup) + 1.0
    for p in range(first, last):
        hair += abs(value[p]) + 3.0 * (stones[p, 0] + stones[p, 1])
        hair += (yuan + rows[RATE]) * abs(margin[p])
    hair *= 10 * HAIR
    keep_rows = rows.copy()
    keep_stones = stones[first:last].copy()
    deep = n + 2
    outs = np.zeros((deep, n), dtype=np.bool_)
    ins = np.zeros((deep, n), dtype=np.bool_)
    outs[0] = barred[first:last]
    all_rows = np.zeros((deep, 4))
    all_stones = np.zeros((deep, n, 2))
    tops = np.zeros(deep)
    all_rows[0], all_stones[0], tops[0] = rows, stones[first:last], np.inf
    often = np.zeros(n)
    guess = np.zeros(last, dtype=np.bool_)
    d, nodes, left_open = 0, 0, 0.0
    while d >= 0:
        nodes += 1
        if nodes > most_nodes:
            for e in range(d + 1):
                left_open = max(left_open, tops[e])
            break
        out, inside = outs[d], ins[d]
        rows[:], stones[first:last] = all_rows[d], all_stones[d]
        bound = descend(
            first, last, value, margin, area, direct, stone_ptr, stone, fixed, setup, room, most,
            cap, yuan, rows, stones, guard, worth, trial, out, inside, often,
            40 if nodes == 1 else 14, 1.0 if nodes == 1 else 0.5, found,
        )  # fmt: skip
        top = min(bound + hair, tops[d])
        d -= 1
        if top <= found + 2 * hair:
            continue
        going, free = _settle(
            first, last, direct, stone_ptr, stone, guard, worth, out, inside, bound, found - hair
        )
        if not going:
            continue
        # Try what the worths say: wanted items that are joined to the base by wanted ones.
        for p in range(first, last):
            q = p - first
            guess[p] = inside[q] or (worth[p] > 0 and not out[q])
            if guess[p] and not direct[p]:
                joined = False
                for s in range(stone_ptr[p], stone_ptr[p + 1]):
                    joined = joined or guess[stone[s]]
                guess[p] = joined
        got = kept_worth(
            first, last, value, margin, area, direct, stone_ptr, stone,
            fixed, setup, room, most, cap, yuan, guess,
        )  # fmt: skip
        if got > found:
            found = got
            chosen[first:last] = guess[first:last]
        if free <= 12:
            found, reached, is_whole = _search(
                first, last, value, margin, area, direct, stone_ptr, stone, fixed, setup, room,
                most, cap, yuan, rows, worth, chosen, found, 500_000, out, inside,
            )  # fmt: skip
            if not is_whole:
                left_open = max(left_open, min(top, reached))
            continue
        lump, weight = -1, -1.0
        for q in range(n):
            if out[q] or inside[q]:
                continue
            p = first + q
            size = 0.02 + abs(value[p]) + abs(margin[p]) + rows[ROOM] * area[p]
            doubt = (0.05 + min(often[q], 1.0 - often[q])) * size
            if doubt > weight:
                lump, weight = q, doubt
        # Two children in the places d + 1 and d + 2; the likelier one is looked into first.
        wanted = often[lump] >= 0.5
        for child in range(2):
            e = d + 1 + child
            if e != d + 1:
                outs[e], ins[e] = outs[d + 1], ins[d + 1]
                all_rows[e], all_stones[e] = rows, stones[first:last]
                tops[e] = top
        outs[d + 1, lump], ins[d + 1, lump] = wanted, not wanted
        outs[d + 2, lump], ins[d + 2, lump] = not wanted, wanted
        all_rows[d + 1], all_stones[d + 1], tops[d + 1] = rows, stones[first:last], top
        d += 2
    rows[:], stones[first:last] = keep_rows, keep_stones
    if nodes <= most_nodes and left_open == 0.0:
        return found, found + 3 * hair, True
    return found, max(found, left_open) + 3 * hair, False


@njit(cache=True, nogil=True)
def _search(
    first, last, value, margin, area, direct, stone_ptr, stone,
    fixed, setup, room, most, cap, yuan, rows, worth, chosen, found, most_nodes, out, inside,
):  # fmt: skip
    """Anything worth more than `found`? Depth first, nearest items first.

    Three sets of multipliers bound every branch. Returns the best worth, a bound, and whether
    the search came to its end.
    """
    n = last - first
    hair = 0.0
    for p in range(first, last):
        hair += abs(worth[p]) + abs(value[p]) + yuan * abs(margin[p])
    hair = HAIR * (hair + yuan * fixed + abs(setup) + 1)
    base = constant(fixed, setup, room, most, rows)
    items = np.empty(n, dtype=np.int64)
    k = 0
    for p in range(n):
        if not out[p]:
            items[k] = first + p
            k += 1
    # Bounds with the viability row at its own multiplier, free (0), and as dear as a yuan.
    shift0, shift1 = -rows[VIABILITY], yuan - rows[VIABILITY]
    base0, base1 = base - shift0 * fixed, base - shift1 * fixed
    rest = np.zeros(k + 1)
    rest0 = np.zeros(k + 1)
    rest1 = np.zeros(k + 1)
    rest_cap = np.zeros(k + 1)
    for d in range(k - 1, -1, -1):
        p = items[d]
        rest[d] = rest[d + 1] + max(0.0, worth[p])
        rest0[d] = rest0[d + 1] + max(0.0, worth[p] + shift0 * margin[p])
        rest1[d] = rest1[d + 1] + max(0.0, worth[p] + shift1 * margin[p])
        rest_cap[d] = rest_cap[d + 1] + max(0.0, margin[p] + cap * area[p])
    taken = np.zeros(last, dtype=np.bool_)
    tried = np.zeros(k + 1, dtype=np.int8)  # branches begun at each depth
    sum_w = np.zeros(k + 1)
    sum_v = np.zeros(k + 1)
    sum_m = np.zeros(k + 1)
    sum_a = np.zeros(k + 1)
    count = np.zeros(k + 1, dtype=np.int64)
    d, nodes = 0, 0
    while d >= 0:
        nodes += 1
        if nodes > most_nodes:
            break
        if d == k or tried[d] == 0:
            # A new node: can anything below it better what is found?
            w, mm = sum_w[d], sum_m[d]
            reach = base + w + rest[d]
            reach = min(reach, base0 + w + shift0 * mm + rest0[d])
            reach = min(reach, base1 + w + shift1 * mm + rest1[d])
            dead = reach <= found + hair or mm + cap * sum_a[d] + rest_cap[d] < fixed - hair
            if dead or d == k:
                if not dead:
                    lack = max(0.0, fixed - mm)
                    got = sum_v[d] - setup - yuan * lack
                    if count[d] > 0 and lack <= cap * sum_a[d] and got > found:
                        found = got
                        for p in range(first, last):
                            chosen[p] = taken[p]
                tried[d] = 0
                d -= 1
                continue
        p = items[d]
        if tried[d] == 2:
            taken[p] = False
            tried[d] = 0
            d -= 1
            continue
        with_it = (tried[d] == 0) == (worth[p] > 0)
        tried[d] += 1
        if with_it:
            joined = direct[p]
            for s in range(stone_ptr[p], stone_ptr[p + 1]):
                if joined:
                    break
                joined = taken[stone[s]]
            if not joined or count[d] >= most or sum_a[d] + area[p] > room:
                continue
        elif inside[p - first]:
            continue
        taken[p] = with_it
        one = 1.0 if with_it else 0.0
        sum_w[d + 1] = sum_w[d] + one * worth[p]
        sum_v[d + 1] = sum_v[d] + one * value[p]
        sum_m[d + 1] = sum_m[d] + one * margin[p]
        sum_a[d + 1] = sum_a[d] + one * area[p]
        count[d + 1] = count[d] + (1 if with_it else 0)
        d += 1
        tried[d] = 0
    bound = found
    if nodes > most_nodes:
        # What was not looked into: the node at hand, and the second branches above it.
        for e in range(d, -1, -1):
            w, mm = sum_w[e], sum_m[e]
            if e < k and tried[e] == 2 and e < d:
                continue
            reach = base + w + rest[e]
            reach = min(reach, base0 + w + shift0 * mm + rest0[e])
            reach = min(reach, base1 + w + shift1 * mm + rest1[e])
            if e < d:
                # One branch is done or under way: the other one is what is left here.
                p = items[e]
                one = 0.0 if worth[p] > 0 else 1.0
                w2, m2 = w + one * worth[p], mm + one * margin[p]
                reach = base + w2 + rest[e + 1]
                reach = min(reach, base0 + w2 + shift0 * m2 + rest0[e + 1])
                reach = min(reach, base1 + w2 + shift1 * m2 + rest1[e + 1])
            bound = max(bound, reach)
    return found, bound + hair, nodes <= most_nodes
