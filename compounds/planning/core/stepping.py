"""Stepping stones (row 8, contiguity): who touches whom, and over whom a base is reached.

Loops are compiled by numba; a pair is a compound and a base that may serve it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .inputs import NOBODY, Dials, Inputs
from .nearness import distance, pairs_alike, pairs_within
from .pairing import Pairs


def touching(inputs: Inputs, dials: Dials) -> tuple[np.ndarray, np.ndarray]:
    """Adjacent compounds in rows: within reach, on one street front, or said to touch.

    Compounds said to be apart never touch, whatever else is said. Returns (int64[n+1], int32[]).
    """
    compounds, n = inputs.compounds, len(inputs.compounds.ids)
    near = pairs_within(compounds.x, compounds.y, compounds.x, compounds.y, dials.reach)[:2]
    on_front = np.flatnonzero(compounds.front != NOBODY)
    a, b = pairs_alike(compounds.front[on_front], compounds.front[on_front])
    said = np.asarray(inputs.touching, dtype=np.int64)
    first = np.concatenate([near[0], on_front[a], said[:, 0], said[:, 1]])
    second = np.concatenate([near[1], on_front[b], said[:, 1], said[:, 0]])
    apart = np.asarray(inputs.apart, dtype=np.int64)
    barred = np.concatenate([apart[:, 0] * n + apart[:, 1], apart[:, 1] * n + apart[:, 0]])
    keys = np.unique((first * n + second)[first != second])
    keys = keys[~np.isin(keys, barred)]
    ptr = np.searchsorted(keys, np.arange(n + 1) * n)
    return ptr.astype(np.int64), (keys % max(n, 1)).astype(np.int32)


@njit(cache=True, nogil=True)
def _find(ptr, base, compound, wanted):
    """The pair (compound, wanted base), or -1."""
    for pair in range(ptr[compound], ptr[compound + 1]):
        if base[pair] == wanted:
            return pair
    return -1


@njit(cache=True, nogil=True)
def _before(metres, compound, other, pair):
    """Strictly nearer to the base; of two equally far the lower row, so that no circle forms."""
    return metres[other] < metres[pair] or (
        metres[other] == metres[pair] and compound[other] < compound[pair]
    )


@njit(cache=True, nogil=True)
def joined_to_base(ptr, compound, base, metres, direct, touch_ptr, touch, order):
    """bool per pair: the base can be reached from it at all, over pairs that are there."""
    joined = direct.copy()
    for pair in order:  # nearest first: stones are settled before those who need them
        if joined[pair]:
            continue
        i = compound[pair]
        for spot in range(touch_ptr[i], touch_ptr[i + 1]):
            other = _find(ptr, base, touch[spot], base[pair])
            if other >= 0 and joined[other] and _before(metres, compound, other, pair):
                joined[pair] = True
                break
    return joined


@njit(cache=True, nogil=True)
def stones_of(ptr, compound, base, metres, direct, touch_ptr, touch):
    """Rows of stepping stones per pair, N(i,k) of row 8; none where none is needed."""
    pairs = len(compound)
    starts = np.zeros(pairs + 1, dtype=np.int64)
    stones = np.empty(0, dtype=np.int32)
    for filling in range(2):
        spot = 0
        for pair in range(pairs):
            starts[pair] = spot
            if direct[pair]:
                continue
            i = compound[pair]
            for near in range(touch_ptr[i], touch_ptr[i + 1]):
                other = _find(ptr, base, touch[near], base[pair])
                if other >= 0 and _before(metres, compound, other, pair):
                    if filling:
                        stones[spot] = other
                    spot += 1
        starts[pairs] = spot
        if not filling:
            stones = np.empty(spot, dtype=np.int32)
    return starts, stones


def bridged(inputs: Inputs, dials: Dials, pairs: Pairs) -> np.ndarray:
    """bool per pair: managed compounds join it to the base.

    A managed compound carries a bundle if it lies near the base, or within reach of one that is
    strictly nearer and carries it; a compound within reach of such a one needs no stone.
    """
    direct = np.zeros(len(pairs.compound), dtype=bool)
    if not len(inputs.bridges) or not len(direct):
        return direct
    bridge_x = np.ascontiguousarray(inputs.bridges[:, 0], dtype=np.float64)
    bridge_y = np.ascontiguousarray(inputs.bridges[:, 1], dtype=np.float64)
    compounds, bases = inputs.compounds, inputs.bases
    i, bridge, _ = pairs_within(compounds.x, compounds.y, bridge_x, bridge_y, dials.reach)
    touch = _rows_of(i, bridge, len(compounds.ids))
    a, b, _ = pairs_within(bridge_x, bridge_y, bridge_x, bridge_y, dials.reach)
    chain = _rows_of(a, b, len(bridge_x))
    farthest = np.zeros(len(bases.provider))
    np.maximum.at(farthest, pairs.base, pairs.metres)
    order = np.argsort(pairs.base, kind="stable")
    starts = np.searchsorted(pairs.base[order], np.arange(len(farthest) + 1))
    for k in np.flatnonzero(np.diff(starts)):
        metres = distance(bridge_x, bridge_y, bases.x[k], bases.y[k])
        nearest_first = np.flatnonzero(metres <= farthest[k])
        nearest_first = nearest_first[np.argsort(metres[nearest_first], kind="stable")]
        carries = _carrying(nearest_first, metres, dials.near, *chain)
        mine = order[starts[k] : starts[k + 1]]
        direct[mine] = _touching_one(
            pairs.compound[mine], pairs.metres[mine], carries, metres, *touch
        )
    return direct


def _rows_of(first: np.ndarray, second: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(first, kind="stable")
    return np.searchsorted(first[order], np.arange(rows + 1)), second[order]


@njit(cache=True, nogil=True)
def _carrying(nearest_first, metres, near, chain_ptr, chain):
    """bool per managed compound: does it carry the bundle."""
    carries = np.zeros(len(metres), dtype=np.bool_)
    for bridge in nearest_first:
        carries[bridge] = metres[bridge] <= near
        for spot in range(chain_ptr[bridge], chain_ptr[bridge + 1]):
            other = chain[spot]
            if carries[other] and metres[other] < metres[bridge]:
                carries[bridge] = True
    return carries


@njit(cache=True, nogil=True)
def _touching_one(compound, far, carries, metres, touch_ptr, touch):
    """bool per pair: a carrying managed compound lies within reach, nearer to the base."""
    found = np.zeros(len(compound), dtype=np.bool_)
    for pair in range(len(compound)):
        i = compound[pair]
        for spot in range(touch_ptr[i], touch_ptr[i + 1]):
            if carries[touch[spot]] and metres[touch[spot]] < far[pair]:
                found[pair] = True
    return found
