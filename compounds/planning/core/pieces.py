"""A large district in pieces that are planned or priced one by one: a core and what borders it.

What is found for a piece holds for the piece; it serves a whole district as a start, no more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit

from .district import NO_LIMIT, District


def cells(district: District, size: int) -> list[np.ndarray]:
    """All compounds in groups of about `size` that share bases, by spreading from base to base."""
    label = _spread(
        district.arc_ptr, district.arc_bundle, district.bundle_ptr,
        district.arc_compound[district.bundle_arc], district.n, district.K, size,
    )  # fmt: skip
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


@njit(cache=True, nogil=True)
def _spread(arc_ptr, arc_bundle, bundle_ptr, compound, n, bundles, size):
    """int64[n]: the group of each compound."""
    label = np.full(n, -1)
    seen = np.full(bundles, -1)
    queue = np.empty(n, dtype=np.int64)
    group = 0
    for seed in range(n):
        if label[seed] >= 0:
            continue
        label[seed], queue[0] = group, seed
        head, tail = 0, 1
        while head < tail and tail < size:
            i = queue[head]
            head += 1
            for a in range(arc_ptr[i], min(arc_ptr[i] + 3, arc_ptr[i + 1])):
                k = arc_bundle[a]
                if seen[k] == group:
                    continue
                seen[k] = group
                for p in range(bundle_ptr[k], bundle_ptr[k + 1]):
                    other = compound[p]
                    if label[other] < 0 and tail < size:
                        label[other] = group
                        queue[tail] = other
                        tail += 1
        group += 1
    return label


def piece(district: District, core: np.ndarray) -> tuple[District, np.ndarray, np.ndarray]:
    """The bundles a core may use, with all they may serve. (piece, its compounds, its arcs)

    Providers and bundles keep their numbers; bundles beyond have no arcs. An arc whose stepping
    stones lie beyond counts as direct.
    """
    d = district
    used = np.zeros(d.K, dtype=bool)
    mine = np.zeros(d.n, dtype=bool)
    mine[core] = True
    used[d.arc_bundle[mine[d.arc_compound]]] = True
    kept = used[d.arc_bundle]
    chosen = np.unique(np.concatenate([d.arc_compound[kept], core]))
    arcs = np.flatnonzero(kept)
    number = np.full(d.n, -1)
    number[chosen] = np.arange(len(chosen))
    place = np.full(d.arcs, -1)
    place[arcs] = np.arange(len(arcs))
    compound = number[d.arc_compound[arcs]]
    counts = np.diff(d.stone_ptr)[arcs]
    starts = np.repeat(d.stone_ptr[arcs] - np.cumsum(counts) + counts, counts)
    stones = place[d.stone_arc[starts + np.arange(counts.sum())]]
    of_bundle = d.bundle_arc[kept[d.bundle_arc]]
    part = replace(
        d,
        n=len(chosen),
        **{
            name: getattr(d, name)[chosen]
            for name in (
                "area", "households", "street", "fallback", "penalty", "today", "switching", "must",
            )
        },
        **{
            name: getattr(d, name)[arcs]
            for name in (
                "arc_bundle", "arc_margin", "arc_full", "arc_cost", "arc_metres", "arc_direct",
            )
        },
        arc_compound=compound.astype(np.int32),
        arc_ptr=np.searchsorted(compound, np.arange(len(chosen) + 1)).astype(np.int64),
        stone_ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        stone_arc=stones.astype(np.int32),
        bundle_ptr=np.searchsorted(
            d.arc_bundle[of_bundle], np.arange(d.K + 1)
        ).astype(np.int64),
        bundle_arc=place[of_bundle].astype(np.int32),
        street_fallback_most=np.full(d.streets, NO_LIMIT, dtype=np.int64),
        budget=np.inf,
    )  # fmt: skip
    return part, chosen, arcs
