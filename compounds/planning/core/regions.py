"""Trials about one place: a plan is upset there, the compounds about it annealed, the whole judged.

Compiled by numba. Which bundles run, and where large compounds stand, is what plans get stuck in:
a single move that changes it looks bad until all about it have found their places, so they are
given the time, and the outcome is kept or taken back as one. What is upset: a bundle closed or
opened, a compound left over pressed in, or the place laid out as another plan has it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .book import FULL, NOWHERE, chance, has_place, has_stone, one_of, priced, put, put_logged
from .moves import BLINK, empty, fill, rehouse, squeeze, uproot, walk

COSTLY = 0.7  # share of trials that begin where money goes
LAID = 0.3  # chance that a place is laid out as in the other plan
PRESSED = 0.7  # chance that a compound left over is pressed in rather than a bundle upset
UPSET = 0.6  # chance that a bundle is upset rather than nothing
ROUNDS = 20


@njit(cache=True, nogil=True)
def _burden(b, i):
    """What compound i costs, or its part of what its bundle costs."""
    arc = b.compounds[i].arc
    if arc < 0:
        return b.compounds[i].leaving
    k = b.arcs[arc].bundle
    gap = max(b.bundles[k].fixed - b.bundles[k].margin, 0.0)
    return (b.bundles[k].setup + gap) / b.bundles[k].count


@njit(cache=True, nogil=True)
def _costly(b):
    """A compound by chance, the likelier the more it costs."""
    whole = 0.0
    for i in range(len(b.compounds)):
        whole += _burden(b, i)
    goal = chance(b) * whole
    for i in range(len(b.compounds)):
        goal -= _burden(b, i)
        if goal < 0:
            return i
    return one_of(b, len(b.compounds))


@njit(cache=True, nogil=True)
def _gather(b, first, bundles, stamp):
    """The compounds that could be in one of these nearest bundles become where moves begin."""
    b.pooled[0] = 0
    for arc in range(first, first + bundles):
        k = b.arcs[arc].bundle
        for spot in range(b.bundles[k].first, b.bundles[k].last):
            i = b.arcs[b.bundle_arc[spot]].compound
            if b.compounds[i].seen != stamp:
                b.compounds[i].seen = stamp
                b.pool[b.pooled[0]] = i
                b.pooled[0] += 1


@njit(cache=True, nogil=True)
def _upset(b, k, heat):
    """Close the bundle if it runs, else open it, whatever it costs."""
    if b.bundles[k].count > 0:
        empty(b, k)
        rehouse(b, 0, b.logged[0], BLINK)
    else:
        fill(b, k, heat)


@njit(cache=True, nogil=True)
def lay_out(b, other):
    """The compounds of the place as the other plan has them, as far as they can stand there."""
    for at in range(b.pooled[0]):
        i = b.pool[at]
        if b.compounds[i].arc >= 0 and b.compounds[i].arc != other[i]:
            uproot(b, i)
    for _ in range(3):  # again for those whose stones came later
        for at in range(b.pooled[0]):
            i = b.pool[at]
            wanted = b.compounds[i].arc < 0 and other[i] >= 0
            if wanted and has_stone(b, other[i]) and has_place(b, other[i]):
                put_logged(b, i, other[i])
    rehouse(b, 0, b.logged[0], BLINK)


@njit(cache=True, nogil=True)
def restore(b, arcs):
    """Put everybody back on these arcs."""
    for i in range(len(arcs)):
        if b.compounds[i].arc != arcs[i]:
            put(b, i, NOWHERE)
    for i in range(len(arcs)):
        if b.compounds[i].arc != arcs[i]:
            put(b, i, arcs[i])


@njit(cache=True, nogil=True)
def trial(b, kept, other, moves, hot, cool, tolerance, gain, soft, rates, stamp):
    """One trial about a compound taken by chance, of so many moves per compound near it.

    kept: int32[n], room for the arcs to go back to; other: int32[n], arcs of another plan.
    hot and cool: heat in yuan at the beginning and the end. tolerance: heat at which a worse
    outcome is kept; gain: yuan it must save at least. soft: yuan per m² beyond a capacity to
    begin with. Returns the moves made.
    """
    n = len(b.compounds)
    i = _costly(b) if chance(b) < COSTLY else one_of(b, n)
    first, arcs = b.compounds[i].first, b.compounds[i].last - b.compounds[i].first
    if arcs == 0:
        return 1
    before = priced(b)
    for at in range(n):
        kept[at] = b.compounds[at].arc
    bundles = min(2 + one_of(b, 4), arcs)
    _gather(b, first, bundles, stamp)
    hard = b.price[FULL]
    b.price[FULL] = soft
    arc = first + one_of(b, bundles)
    draw = chance(b)
    if draw < LAID:
        lay_out(b, other)
    elif b.compounds[i].arc < 0 and chance(b) < PRESSED:
        if has_stone(b, arc):
            squeeze(b, i, arc, BLINK)
    elif chance(b) < UPSET:
        _upset(b, b.arcs[arc].bundle, cool)
    b.logged[0] = 0
    made = moves * b.pooled[0]
    for step in range(ROUNDS):
        done = step / (ROUNDS - 1.0)
        b.price[FULL] = hard if step >= ROUNDS - 2 else soft * (hard / soft) ** done
        walk(b, made // ROUNDS, hot * (cool / hot) ** done, rates)
    b.price[FULL] = hard
    if priced(b) - before > -gain - tolerance * np.log(chance(b) + 1e-300):
        restore(b, kept)
    return made
