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
    any_compound,
    chance,
    cost_of_change,
    cost_of_exchange,
    cost_of_move,
    cost_of_room,
    has_place,
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
def uproot(b, i):
    """Leave compound i to fallback, and all who then stand on nothing; returns the cost."""
    first = b.logged[0]
    cost = put_logged(b, i, NOWHERE)
    at = first
    while at < b.logged[0]:
        old = b.log[at, 1]
        at += 1
        for spot in range(b.arcs[old].leans, b.arcs[old].leans_end):
            other = b.leans[spot]
            compound = b.arcs[other].compound
            if b.arcs[other].stones == 0 and b.compounds[compound].arc == other:
                cost += put_logged(b, compound, NOWHERE)
    return cost


@njit(cache=True, nogil=True)
def _best_running(b, i, blink):
    """The arc to a running bundle that saves most against fallback, or NOWHERE.

    `blink`: the chance that an arc is overlooked, so that the greedy choice is not always made.
    """
    best, least = NOWHERE, 0.0
    for arc in range(b.compounds[i].first, b.compounds[i].last):
        if b.bundles[b.arcs[arc].bundle].count > 0 and has_stone(b, arc) and has_place(b, arc):
            cost = cost_of_move(b, i, arc)
            if cost < least and (blink == 0.0 or chance(b) >= blink):
                best, least = arc, cost
    return best


@njit(cache=True, nogil=True)
def rehouse(b, first, last, blink):
    """Put those noted from `first` to `last` where it saves most; twice, for new stones."""
    cost = 0.0
    for _ in range(2):
        for at in range(first, last):
            i = b.log[at, 0]
            if b.compounds[i].arc < 0:
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
    i = any_compound(b)
    first = b.compounds[i].first
    arcs = b.compounds[i].last - first
    if arcs == 0:
        return
    choice = one_of(b, arcs + 1)
    new = NOWHERE if choice == arcs else first + choice
    old = b.compounds[i].arc
    if new == old:
        return
    if new >= 0:
        if b.bundles[b.arcs[new].bundle].count == 0 and chance(b) < 0.7:
            return  # opening for one compound hardly ever pays
        if not has_stone(b, new):
            return
        if not has_place(b, new) or (not has_room(b, new) and chance(b) < 0.5):
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
    cost = uproot(b, i)
    orphans = b.logged[0]
    if new >= 0:
        if not (has_stone(b, new) and has_place(b, new)):
            take_back(b)
            return
        cost += put_logged(b, i, new)
    cost += rehouse(b, 1, orphans, 0.0)
    _settle(b, cost, _may_cost(b, heat))


@njit(cache=True, nogil=True)
def _shift_and_eject(b, i, new, heat):
    """Shift into a bundle; one of its members, and who stands on it, must look elsewhere."""
    k = b.arcs[new].bundle
    if b.bundles[k].count == 0:
        return
    other = b.members[b.bundles[k].first + one_of(b, b.bundles[k].count)]
    if other == i or not has_stone(b, new):
        return
    limit = _may_cost(b, heat)
    if _guess_of_eject(b, i, new, other) > limit:
        return  # most are: the guess is ten times cheaper than the move
    cost = uproot(b, other)
    if b.compounds[i].arc >= 0:
        cost += uproot(b, i)
    homeless = b.logged[0]
    if not (has_stone(b, new) and has_place(b, new)):
        take_back(b)
        return
    cost += put_logged(b, i, new)
    cost += rehouse(b, 0, homeless, 0.0)
    _settle(b, cost, limit)


@njit(cache=True, nogil=True)
def squeeze(b, i, new, blink):
    """Put a compound into a bundle, whose members leave by chance until there is room.

    Those who left look for another place. Returns the cost, inf if it cannot stand there.
    """
    k = b.arcs[new].bundle
    cost = 0.0
    if b.compounds[i].arc >= 0:
        cost += uproot(b, i)
    while not has_room(b, new) and b.bundles[k].count > 0:
        cost += uproot(b, b.members[b.bundles[k].first + one_of(b, b.bundles[k].count)])
    homeless = b.logged[0]
    if not (has_stone(b, new) and has_place(b, new)):
        take_back(b)
        return np.inf
    cost += put_logged(b, i, new)
    return cost + rehouse(b, 0, homeless, blink)


@njit(cache=True, nogil=True)
def push(b, heat):
    """A large compound into a running bundle, small ones out of its way: lumps decide most."""
    i = any_compound(b)
    for _ in range(3):
        other = any_compound(b)
        if b.compounds[other].leaving > b.compounds[i].leaving:
            i = other
    arcs = b.compounds[i].last - b.compounds[i].first
    if arcs == 0:
        return
    new = b.compounds[i].first + one_of(b, arcs)
    if new != b.compounds[i].arc and b.bundles[b.arcs[new].bundle].count > 0 and has_stone(b, new):
        _settle(b, squeeze(b, i, new, 0.0), _may_cost(b, heat))


@njit(cache=True, nogil=True)
def _guess_of_eject(b, i, new, other):
    """About what it costs that i takes the place of another, which goes where it is best."""
    old, out = b.compounds[i].arc, b.compounds[other].arc
    j = b.bundles[b.arcs[new].bundle].provider
    cost = cost_of_exchange(b, b.arcs[new].bundle, out, new)
    cost += cost_of_room(b, j, b.compounds[i].area - b.compounds[other].area)
    if old >= 0:
        cost += cost_of_change(b, b.arcs[old].bundle, old, -1)
        cost += cost_of_room(b, b.bundles[b.arcs[old].bundle].provider, -b.compounds[i].area)
    else:
        cost -= saved_by_serving(b, i)
    alternative = b.compounds[other].leaving
    for arc in range(b.compounds[other].first, b.compounds[other].last):
        k = b.arcs[arc].bundle
        if arc != out and b.bundles[k].count > 0 and has_stone(b, arc):
            room = cost_of_room(b, b.bundles[k].provider, b.compounds[other].area)
            alternative = min(alternative, cost_of_change(b, k, arc, 1) + room)
    return cost + alternative


@njit(cache=True, nogil=True)
def _arc_to(b, i, k):
    for arc in range(b.compounds[i].first, b.compounds[i].last):
        if b.arcs[arc].bundle == k:
            return arc
    return NOWHERE


@njit(cache=True, nogil=True)
def swap(b, heat):
    """Two compounds of two bundles change places, or the second moves on: a chain."""
    i = any_compound(b)
    arcs = b.compounds[i].last - b.compounds[i].first
    if arcs == 0:
        return
    new = b.compounds[i].first + one_of(b, arcs)
    k = b.arcs[new].bundle
    old = b.compounds[i].arc
    if new == old or b.bundles[k].count == 0:
        return
    other = b.members[b.bundles[k].first + one_of(b, b.bundles[k].count)]
    back = NOWHERE if old < 0 else _arc_to(b, other, b.arcs[old].bundle)
    if back < 0:
        _shift_and_eject(b, i, new, heat)
        return
    cost = cost_of_exchange(b, k, b.compounds[other].arc, new)
    cost += cost_of_exchange(b, b.arcs[old].bundle, old, back)
    more = b.compounds[i].area - b.compounds[other].area
    here, there = b.bundles[k].provider, b.bundles[b.arcs[old].bundle].provider
    if here != there:
        cost += cost_of_room(b, here, more) + cost_of_room(b, there, -more)
    if cost > _may_cost(b, heat) or not (may_leave(b, i) and may_leave(b, other)):
        return
    put_logged(b, i, NOWHERE)
    put_logged(b, other, NOWHERE)
    if has_stone(b, new) and has_place(b, new):
        put_logged(b, i, new)
        if has_stone(b, back) and has_place(b, back):
            put_logged(b, other, back)
            b.logged[0] = 0
            return
    take_back(b)


@njit(cache=True, nogil=True)
def empty(b, k):
    """All members of a bundle to fallback, the last that came first; returns the cost."""
    cost = 0.0
    while b.bundles[k].count > 0:
        cost += put_logged(b, b.members[b.bundles[k].first + b.bundles[k].count - 1], NOWHERE)
    return cost


@njit(cache=True, nogil=True)
def fill(b, k, heat):
    """Fill a bundle nearest first with whom it pays to bring over; returns the cost.

    The fixed cost is left out of each step and counted in the whole, else nobody would be first.
    """
    cost = 0.0
    for spot in range(b.bundles[k].first, b.bundles[k].last):
        arc = b.bundle_arc[spot]
        i = b.arcs[arc].compound
        old = b.compounds[i].arc
        if old == arc or not (has_stone(b, arc) and has_place(b, arc)):
            continue
        step = b.arcs[arc].cost - b.arcs[arc].margin * (1.0 + b.price[PAID])
        j = b.bundles[k].provider
        if old < 0 or b.bundles[b.arcs[old].bundle].provider != j:
            step += cost_of_room(b, j, b.compounds[i].area)
        if old >= 0:
            if not may_leave(b, i):
                continue
            step += cost_of_change(b, b.arcs[old].bundle, old, -1)
        else:
            step -= saved_by_serving(b, i)
        if step < _may_cost(b, heat):
            cost += put_logged(b, i, arc)
    return cost


@njit(cache=True, nogil=True)
def _any_bundle(b, running):
    """A bundle that runs, or that does not, near a compound taken by chance; or NOWHERE."""
    i = any_compound(b)
    if running:
        return NOWHERE if b.compounds[i].arc < 0 else b.arcs[b.compounds[i].arc].bundle
    arcs = b.compounds[i].last - b.compounds[i].first
    if arcs == 0:
        return NOWHERE
    k = b.arcs[b.compounds[i].first + one_of(b, arcs)].bundle
    return NOWHERE if b.bundles[k].count > 0 else k


@njit(cache=True, nogil=True)
def open_bundle(b, heat):
    """A new bundle, filled from fallback and from others."""
    k = _any_bundle(b, False)
    if k >= 0:
        _settle(b, fill(b, k, heat), _may_cost(b, heat))


@njit(cache=True, nogil=True)
def dissolve(b, heat):
    """Close a bundle; its members look for another place."""
    k = _any_bundle(b, True)
    if k < 0:
        return
    cost = empty(b, k)
    _shuffle(b, b.logged[0])
    cost += rehouse(b, 0, b.logged[0], 0.0)
    _settle(b, cost, _may_cost(b, heat))


@njit(cache=True, nogil=True)
def walk(b, moves, heat, rates):
    """So many moves at a heat in yuan.

    rates: upper ends of the chances of shift, swap, open and push; dissolve has the rest.
    """
    for _ in range(moves):
        draw = chance(b)
        if draw < rates[0]:
            shift(b, heat)
        elif draw < rates[1]:
            swap(b, heat)
        elif draw < rates[2]:
            open_bundle(b, heat)
        elif draw < rates[3]:
            push(b, heat)
        else:
            dissolve(b, heat)
