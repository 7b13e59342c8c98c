"""Who lies near whom: pairs of points within a radius, by a grid, in memory of the order of the
pairs found; and joins of equal keys.

A distance is `sqrt(dx*dx + dy*dy)` everywhere in this package, so that two modules never disagree
by a last bit.
"""

from __future__ import annotations

import numpy as np

CHUNK = 2048  # points looked at in one go


def distance(ax, ay, bx, by):
    """Metres between points, element by element."""
    dx, dy = ax - bx, ay - by
    return np.sqrt(dx * dx + dy * dy)


def expand(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """All numbers of the ranges [start, start + count), one range after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)


class Grid:
    """Points sorted by square cells of a side; three runs of cells cover a circle."""

    def __init__(self, x: np.ndarray, y: np.ndarray, side: float) -> None:
        self.x, self.y = x, y
        self.left = float(x.min()) if len(x) else 0.0
        self.bottom = float(y.min()) if len(y) else 0.0
        self.side = max(float(side), 1e-9)
        across = float(x.max()) - self.left if len(x) else 0.0
        self.width = int(across // self.side) + 3
        keys = self._key(*self._cells(x, y))
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def _cells(self, x, y):
        columns = np.floor((x - self.left) / self.side).astype(np.int64) + 1
        rows = np.floor((y - self.bottom) / self.side).astype(np.int64) + 1
        return columns, rows

    def _key(self, columns, rows):
        return rows * self.width + columns

    def within(self, x, y, radius):
        """Pairs (query, point, metres) with metres <= radius (<= side of a cell)."""
        columns, rows = self._cells(x, y)
        # A query outside the grid must not wrap round into the row above or below.
        first = np.clip(columns - 1, 0, self.width - 1)
        last = np.clip(columns + 1, 0, self.width - 1)
        queries, points = [], []
        for step in (-1, 0, 1):
            start = np.searchsorted(self.keys, self._key(first, rows + step), "left")
            end = np.searchsorted(self.keys, self._key(last, rows + step), "right")
            counts = np.maximum(end - start, 0)
            queries.append(np.repeat(np.arange(len(x)), counts))
            points.append(self.order[expand(start, counts)])
        query, point = np.concatenate(queries), np.concatenate(points)
        metres = distance(x[query], y[query], self.x[point], self.y[point])
        near = metres <= radius
        return query[near], point[near], metres[near]


def _span(*axes: np.ndarray) -> float:
    low = min(float(axis.min()) for axis in axes)
    high = max(float(axis.max()) for axis in axes)
    return high - low


def pairs_within(ax, ay, bx, by, radius: float):
    """Every pair (a, b) at most `radius` m apart, and its metres; chunk by chunk."""
    if not len(ax) or not len(bx):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    side = min(radius, _span(ax, bx) + _span(ay, by) + 1.0)
    grid = Grid(np.asarray(bx, float), np.asarray(by, float), side)
    found = []
    for start in range(0, len(ax), CHUNK):
        part = slice(start, start + CHUNK)
        a, b, metres = grid.within(ax[part], ay[part], min(radius, side))
        found.append((a + start, b, metres))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def pairs_alike(a_keys: np.ndarray, b_keys: np.ndarray):
    """Every pair (a, b) of equal keys."""
    order = np.argsort(b_keys, kind="stable")
    ranked = b_keys[order]
    start = np.searchsorted(ranked, a_keys, "left")
    counts = np.searchsorted(ranked, a_keys, "right") - start
    return np.repeat(np.arange(len(a_keys)), counts), order[expand(start, counts)]
