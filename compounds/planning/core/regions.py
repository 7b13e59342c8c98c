"""Trials about one place: a bundle is closed or opened there, and the compounds about it annealed.

Compiled by numba. Which bundles run is what plans get stuck in: a single move that closes one
looks bad until its members have found their places, so they are given the time, and the whole is
kept or taken back as one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .book import NOWHERE, chance, one_of, priced, put
from .moves import BLINK, empty, fill, rehouse, walk


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
    b.logged[0] = 0


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
def trial(b, kept, moves, hot, cool, tolerance, rates, stamp):
    """One trial about a compound taken by chance, of so many moves per compound near it.

    kept: int32[n], room for the arcs to go back to. hot and cool: heat in yuan at the beginning
    and the end. tolerance: heat at which a worse outcome is kept. Returns the moves made.
    """
    n = len(b.compounds)
    i = one_of(b, n)
    first, arcs = b.compounds[i].first, b.compounds[i].last - b.compounds[i].first
    if arcs == 0:
        return 1
    before = priced(b)
    for other in range(n):
        kept[other] = b.compounds[other].arc
    bundles = min(2 + one_of(b, 4), arcs)
    _gather(b, first, bundles, stamp)
    if chance(b) < 0.6:
        _upset(b, b.arcs[first + one_of(b, bundles)].bundle, cool)
    made = moves * b.pooled[0]
    rounds = 20
    for step in range(rounds):
        heat = hot * (cool / hot) ** (step / (rounds - 1.0))
        walk(b, made // rounds, heat, rates)
    if priced(b) - before > -tolerance * np.log(chance(b) + 1e-300):
        restore(b, kept)
    return made
