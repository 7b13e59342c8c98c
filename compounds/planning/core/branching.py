"""The set of all plans in parts, each bounded for itself: what no part goes below holds for all.

A part (climbing.Node) closes a bundle or has it run, leaves a compound to fallback or has it
served, forbids an arc or all others of a compound. The part with the least value is split next,
where the master, asked about some splits, promises most. A part whose value reaches the plan at
hand holds nothing better than that plan and is done.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from .climbing import Master, Node, converge

ROUNDS = 10  # of prices, in one part
TRIED = 12  # splits the master is asked about
PIVOTS = 150  # of the simplex method, for each answer


def split_up(
    dual, master: Master, root: Node, *, incumbent: float, keep: Callable[[float], None],
    is_over: Callable[[], bool],
) -> float:  # fmt: skip
    """What no plan goes below but the one at hand; `keep` is told every better value."""
    parts, count = [(root.value, 0, root)], 0
    while parts and not is_over():
        value, _, node = heapq.heappop(parts)
        keep(min(value, incumbent))
        if value >= incumbent:
            return incumbent
        halves = _halves(dual, master, node)
        if halves is None:
            heapq.heappush(parts, (value, count, node))
            break
        # Until both halves are done the whole counts.
        done = []
        for half in halves:
            half = converge(dual, master, half, is_over, most=ROUNDS, enough=incumbent)
            done.append(half)
        for half in done:
            count += 1
            heapq.heappush(parts, (half.value, count, half))
    return min(incumbent, parts[0][0] if parts else incumbent)


def _halves(dual, master: Master, node: Node) -> tuple[Node, Node] | None:
    """The two parts of a node that promise most; None where there is nothing to split."""
    dual.restrict(node)
    master.restrict(node)
    base = master.solve()
    if base is None:
        return None
    basis = master.solver.getBasis()
    master.solver.setOptionValue("simplex_iteration_limit", PIVOTS)
    best, chosen = -1.0, None
    for halves in _candidates(dual, master, node):
        gains = []
        for half in halves:
            master.restrict(half)
            master.solver.setBasis(basis)
            promised = master.solve()
            gains.append(max((base if promised is None else promised) - base, 1e-6 * abs(base)))
        worth = gains[0] * gains[1]
        if worth > best:
            best, chosen = worth, halves
    master.solver.setOptionValue("simplex_iteration_limit", 2**31 - 1)
    return chosen


def _candidates(dual, master: Master, node: Node) -> list[tuple[Node, Node]]:
    """Splits about what the master's solution does by halves: bundles, fallback, arcs."""
    left, taken, running = master.shares()
    return [
        *_of_bundles(dual, node, running),
        *_of_fallback(dual, node, left),
        *_of_arcs(dual, node, taken),
    ]


def _doubtful(share: np.ndarray, weight: np.ndarray, most: int) -> np.ndarray:
    """Places of the shares farthest from none and all, heavy ones first."""
    doubt = np.minimum(share, 1 - share) * weight
    order = np.argsort(-doubt, kind="stable")[:most]
    return order[doubt[order] > 1e-4 * weight[order]]


def _of_bundles(dual, node: Node, running: np.ndarray) -> Iterator[tuple[Node, Node]]:
    for k in _doubtful(running, dual.setup + dual.fixed, TRIED // 2):
        barred = node.barred.copy()
        barred[dual.ptr[k] : dual.ptr[k + 1]] = True
        forced = node.forced.copy()
        forced[k] = True
        yield replace(node, barred=barred), replace(node, forced=forced)


def _of_fallback(dual, node: Node, left: np.ndarray) -> Iterator[tuple[Node, Node]]:
    for i in _doubtful(left, dual.leave, TRIED // 4):
        must = node.must.copy()
        must[i] = True
        yield replace(node, barred=node.barred | (dual.compound == i)), replace(node, must=must)


def _of_arcs(dual, node: Node, taken: np.ndarray) -> Iterator[tuple[Node, Node]]:
    for p in _doubtful(taken, np.abs(dual.margin) + 0.1, TRIED // 4):
        without = node.barred.copy()
        without[p] = True
        others = dual.compound == dual.compound[p]
        others[p] = False
        must = node.must.copy()
        must[dual.compound[p]] = True
        yield (
            replace(node, barred=without),
            replace(node, barred=node.barred | others, must=must),
        )
