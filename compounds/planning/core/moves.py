"""Moves of the annealer: how a plan is changed into a neighbour of it.

Compiled by numba. Each move asks the book what it would cost and is made or taken back by the
rule of annealing: always if it saves, else with a chance that falls with its cost over the heat.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .book import (
    NOWHERE,
    PAID,
    chance,
    cost_of_change,
    cost_of_exchange,
    cost_of_move,
    has_room,
    has_stone,
    may_leave,
    one_of,
    put,
    put_logged,
    saved_by_serving,
    take_back,
)

BLINK = 0.03


@njit(cache=True, nogil=True)
def _may_cost(b, heat):
    """What a move may cost at this heat: drawn, so that dearer ones are rarer."""
    return -heat * np.log(chance(b) + 1e-300)


@njit(cache=True, nogil=True)
def _settle(b, cost, limit):
    """Keep what was done since the log was begun if it costs at most the limit, or undo it."""
    if cost <= limit:
        b.logged[0] = 0
    else:
        take_back(b)


@njit(cache=True, nogil=True)
def _uproot(b, i):
    """Leave compound i to fallback, and all who then stand on nothing; returns the cost."""
    first = b.logged[0]
    cost = put_logged(b, i, NOWHERE)
    at = first
    while at < b.logged[0]:
        old = b.log[at, 1]
        at += 1
        for spot in range(b.leans_ptr[old], b.leans_ptr[old + 1]):
            other = b.leans[spot]
            compound = b.arc_compound[other]
            if b.stones[other] == 0 and b.arc[compound] == other:
                cost += put_logged(b, compound, NOWHERE)
    return cost


@njit(cache=True, nogil=True)
def _best_running(b, i, blink):
    """The arc to a running bundle that saves most against fallback, or NOWHERE.

    `blink`: the chance that an arc is overlooked, so that the greedy choice is not always made.
    """
    best, least = NOWHERE, 0.0
    for arc in range(b.arc_ptr[i], b.arc_ptr[i + 1]):
        if b.count[b.arc_bundle[arc]] > 0 and has_stone(b, arc) and has_room(b, arc):
            cost = cost_of_move(b, i, arc)
            if cost < least and (blink == 0.0 or chance(b) >= blink):
                best, least = arc, cost
    return best


@njit(cache=True, nogil=True)
def _rehouse(b, first, last, blink):
    """Put those noted from `first` to `last` where it saves most; twice, for new stones."""
    cost = 0.0
    for _ in range(2):
        for at in range(first, last):
            i = b.log[at, 0]
            if b.arc[i] < 0:
                best = _best_running(b, i, blink)
                if best >= 0:
                    cost += put_logged(b, i, best)
    return cost


@njit(cache=True, nogil=True)
def _shuffle(b, last):
    """Those noted so far in an order by chance (all went to fallback: any order undoes them)."""
    for at in range(last - 1, 0, -1):
        other = one_of(b, at + 1)
        for column in range(2):
            b.log[at, column], b.log[other, column] = b.log[other, column], b.log[at, column]


@njit(cache=True, nogil=True)
def shift(b, heat):
    """One compound to another of its arcs or to fallback; if the way is barred, see why."""
    i = one_of(b, len(b.arc))
    first = b.arc_ptr[i]
    arcs = b.arc_ptr[i + 1] - first
    if arcs == 0:
        return
    choice = one_of(b, arcs + 1)
    new = NOWHERE if choice == arcs else first + choice
    old = b.arc[i]
    if new == old:
        return
    if new >= 0:
        if b.count[b.arc_bundle[new]] == 0 and chance(b) < 0.7:
            return  # opening for one compound hardly ever pays
        if not has_stone(b, new):
            return
        if not has_room(b, new):
            if chance(b) < 0.5:
                _shift_and_eject(b, i, new, heat)
            return
    if old >= 0 and not may_leave(b, i):
        if chance(b) < 0.3:
            _shift_branch(b, i, new, heat)
        return
    if cost_of_move(b, i, new) <= _may_cost(b, heat):
        put(b, i, new)


@njit(cache=True, nogil=True)
def _shift_branch(b, i, new, heat):
    """Shift a compound others stand on; they look for another place."""
    cost = _uproot(b, i)
    orphans = b.logged[0]
    if new >= 0:
        if not (has_stone(b, new) and has_room(b, new)):
            take_back(b)
            return
        cost += put_logged(b, i, new)
    cost += _rehouse(b, 1, orphans, 0.0)
    _settle(b, cost, _may_cost(b, heat))


@njit(cache=True, nogil=True)
def _shift_and_eject(b, i, new, heat):
    """Shift into a bundle; one of its members, and who stands on it, must look elsewhere."""
    k = b.arc_bundle[new]
    if b.count[k] == 0:
        return
    other = b.members[b.bundle_ptr[k] + one_of(b, b.count[k])]
    if other == i or not has_stone(b, new):
        return
    limit = _may_cost(b, heat)
    if _guess_of_eject(b, i, new, other) > limit:
        return  # most are: the guess is ten times cheaper than the move
    cost = _uproot(b, other)
    if b.arc[i] >= 0:
        cost += _uproot(b, i)
    homeless = b.logged[0]
    if not (has_stone(b, new) and has_room(b, new)):
        take_back(b)
        return
    cost += put_logged(b, i, new)
    cost += _rehouse(b, 0, homeless, 0.0)
    _settle(b, cost, limit)


@njit(cache=True, nogil=True)
def _guess_of_eject(b, i, new, other):
    """About what it costs that i takes the place of another, which goes where it is best."""
    old, out = b.arc[i], b.arc[other]
    cost = cost_of_exchange(b, b.arc_bundle[new], out, new)
    if old >= 0:
        cost += cost_of_change(b, b.arc_bundle[old], old, -1)
    else:
        cost -= saved_by_serving(b, i)
    alternative = b.leaving[other]
    for arc in range(b.arc_ptr[other], b.arc_ptr[other + 1]):
        k = b.arc_bundle[arc]
        if arc != out and b.count[k] > 0 and has_stone(b, arc):
            alternative = min(alternative, cost_of_change(b, k, arc, 1))
    return cost + alternative


@njit(cache=True, nogil=True)
def _arc_to(b, i, k):
    for arc in range(b.arc_ptr[i], b.arc_ptr[i + 1]):
        if b.arc_bundle[arc] == k:
            return arc
    return NOWHERE


@njit(cache=True, nogil=True)
def swap(b, heat):
    """Two compounds of two bundles change places, or the second moves on: a chain."""
    i = one_of(b, len(b.arc))
    arcs = b.arc_ptr[i + 1] - b.arc_ptr[i]
    if arcs == 0:
        return
    new = b.arc_ptr[i] + one_of(b, arcs)
    k = b.arc_bundle[new]
    old = b.arc[i]
    if new == old or b.count[k] == 0:
        return
    other = b.members[b.bundle_ptr[k] + one_of(b, b.count[k])]
    back = NOWHERE if old < 0 else _arc_to(b, other, b.arc_bundle[old])
    if back < 0:
        _shift_and_eject(b, i, new, heat)
        return
    cost = cost_of_exchange(b, k, b.arc[other], new)
    cost += cost_of_exchange(b, b.arc_bundle[old], old, back)
    if cost > _may_cost(b, heat) or not (may_leave(b, i) and may_leave(b, other)):
        return
    put_logged(b, i, NOWHERE)
    put_logged(b, other, NOWHERE)
    if has_stone(b, new) and has_room(b, new):
        put_logged(b, i, new)
        if has_stone(b, back) and has_room(b, back):
            put_logged(b, other, back)
            b.logged[0] = 0
            return
    take_back(b)


@njit(cache=True, nogil=True)
def empty(b, k):
    """All members of a bundle to fallback, the last that came first; returns the cost."""
    cost = 0.0
    while b.count[k] > 0:
        cost += put_logged(b, b.members[b.bundle_ptr[k] + b.count[k] - 1], NOWHERE)
    return cost


@njit(cache=True, nogil=True)
def _fill(b, k, heat):
    """Fill a bundle nearest first with whom it pays to bring over; returns the cost.

    The fixed cost is left out of each step and counted in the whole, else nobody would be first.
    """
    cost = 0.0
    for spot in range(b.bundle_ptr[k], b.bundle_ptr[k + 1]):
        arc = b.bundle_arc[spot]
        i = b.arc_compound[arc]
        old = b.arc[i]
        if old == arc or not (has_stone(b, arc) and has_room(b, arc)):
            continue
        step = b.arc_cost[arc] - b.arc_margin[arc] * (1.0 + b.price[PAID])
        if old >= 0:
            if not may_leave(b, i):
                continue
            step += cost_of_change(b, b.arc_bundle[old], old, -1)
        else:
            step -= saved_by_serving(b, i)
        if step < _may_cost(b, heat):
            cost += put_logged(b, i, arc)
    return cost


@njit(cache=True, nogil=True)
def _any_bundle(b, running):
    """A bundle that runs, or that does not, near a compound taken by chance; or NOWHERE."""
    i = one_of(b, len(b.arc))
    if running:
        return NOWHERE if b.arc[i] < 0 else b.arc_bundle[b.arc[i]]
    arcs = b.arc_ptr[i + 1] - b.arc_ptr[i]
    if arcs == 0:
        return NOWHERE
    k = b.arc_bundle[b.arc_ptr[i] + one_of(b, arcs)]
    return NOWHERE if b.count[k] > 0 else k


@njit(cache=True, nogil=True)
def open_bundle(b, heat):
    """A new bundle, filled from fallback and from others."""
    k = _any_bundle(b, False)
    if k >= 0:
        _settle(b, _fill(b, k, heat), _may_cost(b, heat))


@njit(cache=True, nogil=True)
def dissolve(b, heat):
    """Close a bundle; its members look for another place."""
    k = _any_bundle(b, True)
    if k < 0:
        return
    cost = empty(b, k)
    _shuffle(b, b.logged[0])
    cost += _rehouse(b, 0, b.logged[0], 0.0)
    _settle(b, cost, _may_cost(b, heat))


@njit(cache=True, nogil=True)
def rearrange(b, heat):
    """Empty one to three bundles about a compound, fill some of them or another one again."""
    i = one_of(b, len(b.arc))
    first = b.arc_ptr[i]
    arcs = b.arc_ptr[i + 1] - first
    if arcs == 0:
        return
    cost = 0.0
    rounds = 1 + one_of(b, 3)
    for _ in range(rounds):
        cost += empty(b, b.arc_bundle[first + one_of(b, arcs)])
    homeless = b.logged[0]
    if homeless == 0:
        return
    _shuffle(b, homeless)
    for _ in range(rounds):
        k = b.arc_bundle[first + one_of(b, arcs)]
        if b.count[k] == 0:
            cost += _fill(b, k, heat)
    cost += _rehouse(b, 0, homeless, BLINK)
    _settle(b, cost, _may_cost(b, heat))
