"""Plans out of the prices of a bound: bundles that the master wants are kept, one after another.

What the master does by halves is settled by keeping its likeliest bundle, with better prices for
what remains. The deeper, the dearer a wrong choice: every depth is handed out, and whoever takes
it may still change what was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from .climbing import Master, Node, converge
from .inputs import NOBODY

ROUNDS = 3  # of prices, at one depth
FROM = 0.75  # of whom the master serves: so many in kept bundles are worth completing


def dive(
    dual, master: Master, root: Node, *, sure: float, is_over: Callable[[], bool]
) -> Iterator[np.ndarray]:
    """int32[n] at each depth: the kept bundle of each compound, NOBODY where nothing is kept yet.

    Kept are all bundles the master has by more than the share `sure`, at least the likeliest.
    """
    node, bundle, enough = root, np.full(dual.district.n, NOBODY, dtype=np.int32), None
    while not is_over():
        dual.restrict(node)
        master.restrict(node)
        if master.solve() is None:
            return
        if enough is None:
            enough = FROM * (dual.district.n - master.shares()[0].sum())
        wanted = _wanted(dual, master, bundle, sure)
        if not wanted:
            return
        for k, items in wanted:
            node = _keeping(dual, node, k, items)
            bundle[dual.compound[items]] = k
        node = converge(dual, master, node, is_over, most=ROUNDS)
        if (bundle != NOBODY).sum() >= enough:
            yield bundle.copy()


def _wanted(dual, master: Master, bundle: np.ndarray, sure: float) -> list[tuple[int, np.ndarray]]:
    """(bundle, items) of the columns to be kept next, likeliest first; none overlaps another."""
    shares = master.columns()
    free, runs, found = bundle == NOBODY, set(bundle.tolist()), []
    for column in np.argsort(-shares, kind="stable"):
        if shares[column] < 1e-6 or (found and shares[column] <= sure):
            break
        k, items = master.owner[column], master.items[column]
        if k not in runs and free[dual.compound[items]].all():
            free[dual.compound[items]] = False
            runs.add(k)
            found.append((k, items))
    return found


def _keeping(dual, node: Node, k: int, items: np.ndarray) -> Node:
    """The part of a node in which the bundle has these items and no others."""
    inside = np.zeros(dual.district.n, dtype=bool)
    inside[dual.compound[items]] = True
    barred = node.barred | (dual.bundle == k) | inside[dual.compound]
    barred[items] = False
    forced = node.forced.copy()
    forced[k] = True
    return replace(node, barred=barred, must=node.must | inside, forced=forced)
