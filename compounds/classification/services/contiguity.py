"""Which unmanaged compounds lie together: by surveyed group, by location, by correction.

Works on whole districts, since a cluster does not stop at a street's border, and on plain arrays,
so that 200,000 compounds take some tens of megabytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from decimal import Decimal
from math import cos, radians
from typing import NamedTuple

from compounds.registry.models import Adjacency, Compound

# Compounds no further apart than this count as adjacent where no group was surveyed.
REACH_M = 200
_METRES_PER_DEGREE = 111_320
# In a cell of this side any two points are within reach.
_SIDE = REACH_M / 2**0.5
_AROUND = [
    (dx, dy)
    for dx in range(-2, 3)
    for dy in range(-2, 3)
    if (dx, dy) > (0, 0) and abs(dx) + abs(dy) < 4
]
UNKNOWN, ALONE, GROUPED, LOCATED = range(4)


class Contiguity(NamedTuple):
    """Size and area of the cluster a compound lies in (None: unknown), and where from."""

    size: int | None
    area_m2: Decimal | None
    source: str
    cluster: int


class Clusters:
    """Connected components over the unmanaged compounds of some districts."""

    def __init__(self, districts: Iterable[int]) -> None:
        self._ids = array("q")
        self._fen = array("q")  # floor area in 0.01 m², -1 unknown
        self._how = array("b")
        self._claimed = array("b")  # surveyed as contiguous
        self._parent = array("q")
        groups: dict[tuple[int, str], list[int]] = {}
        cells: dict[tuple[int, int, int], list[int]] = {}
        self._x, self._y = array("d"), array("d")
        self._read(sorted(districts), groups, cells)
        self._apart, together = self._corrections(sorted(districts))
        for members in groups.values():
            self._join_all(members)
        for key, members in cells.items():
            self._join_all(members)
            for dx, dy in _AROUND:
                other = cells.get((key[0], key[1] + dx, key[2] + dy))
                if other:
                    self._join_near(members, other)
        self._corrected = set()
        for one, other in together:
            self._union(one, other)
            self._corrected |= {one, other}
        self._sizes: dict[int, int] = {}
        self._areas: dict[int, int] = {}
        for i in range(len(self._ids)):
            root = self._find(i)
            self._sizes[root] = self._sizes.get(root, 0) + 1
            total = self._areas.get(root, 0)
            self._areas[root] = -1 if total < 0 or self._fen[i] < 0 else total + self._fen[i]
        del self._x, self._y

    def of(self, compound_id: int) -> Contiguity:
        """Contiguity of an unmanaged active compound."""
        i = self._index(compound_id)
        if i is None:
            return Contiguity(None, None, "", -compound_id)
        how, root = self._how[i], self._find(i)
        is_corrected = i in self._corrected
        if how == UNKNOWN and not is_corrected:
            return Contiguity(None, None, "", root)
        size, fen = self._sizes[root], self._areas[root]
        if how == LOCATED and size == 1 and self._claimed[i]:
            return Contiguity(None, None, "", root)
        source = {ALONE: "survey", GROUPED: "contiguity_group", LOCATED: "location"}.get(
            how, "adjacency"
        )
        if is_corrected:
            source = "adjacency"
        return Contiguity(size, Decimal(fen).scaleb(-2) if fen >= 0 else None, source, root)

    def _read(self, districts, groups, cells) -> None:
        shrink: dict[int, float] = {}
        rows = (
            Compound.objects.unmanaged()
            .filter(district_id__in=districts)
            .order_by("pk")
            .values_list(
                "pk",
                "district_id",
                "contiguity_group",
                "is_contiguous",
                "longitude",
                "latitude",
                "floor_area_m2",
            )
            .iterator(chunk_size=2000)
        )
        for i, (pk, district, group, is_contiguous, longitude, latitude, area) in enumerate(rows):
            self._ids.append(pk)
            self._parent.append(i)
            self._fen.append(-1 if area is None else int(area.scaleb(2)))
            self._claimed.append(is_contiguous is True)
            x = y = 0.0
            if is_contiguous is False:
                how = ALONE
            elif group:
                how = GROUPED
                groups.setdefault((district, group), []).append(i)
            elif longitude is not None and latitude is not None:
                how = LOCATED
                scale = shrink.setdefault(district, cos(radians(latitude)))
                x = longitude * _METRES_PER_DEGREE * scale
                y = latitude * _METRES_PER_DEGREE
                cells.setdefault((district, int(x // _SIDE), int(y // _SIDE)), []).append(i)
            else:
                how = UNKNOWN
            self._how.append(how)
            self._x.append(x)
            self._y.append(y)

    def _corrections(self, districts) -> tuple[dict[int, set[int]], list[tuple[int, int]]]:
        apart: dict[int, set[int]] = {}
        together = []
        rows = (
            Adjacency.objects.filter(compound__district_id__in=districts)
            .order_by("pk")
            .values_list("compound_id", "other_id", "is_adjacent")
        )
        for one_id, other_id, is_adjacent in rows:
            one, other = self._index(one_id), self._index(other_id)
            if one is None or other is None:
                continue
            if is_adjacent:
                together.append((one, other))
            else:
                apart.setdefault(one, set()).add(other)
                apart.setdefault(other, set()).add(one)
        return apart, together

    def _index(self, compound_id: int) -> int | None:
        i = bisect_left(self._ids, compound_id)
        return i if i < len(self._ids) and self._ids[i] == compound_id else None

    def _find(self, i: int) -> int:
        parent = self._parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def _union(self, one: int, other: int) -> None:
        one, other = self._find(one), self._find(other)
        if one != other:
            self._parent[max(one, other)] = min(one, other)

    def _join_all(self, members: list[int]) -> None:
        """Every two are adjacent, save for corrections."""
        free = [i for i in members if i not in self._apart]
        for i in free[1:]:
            self._union(free[0], i)
        if len(free) == len(members):
            return
        for i in members:
            if i in self._apart:
                for other in members:
                    if other != i and other not in self._apart[i]:
                        self._union(i, other)

    def _join_near(self, members: list[int], others: list[int]) -> None:
        """Join two neighbouring cells: one pair within reach is enough, corrected ones apart."""
        free = [i for i in members if i not in self._apart]
        other_free = [i for i in others if i not in self._apart]
        if free and other_free and self._find(free[0]) != self._find(other_free[0]):
            pair = next(((i, j) for i in free for j in other_free if self._is_near(i, j)), None)
            if pair:
                self._union(*pair)
        for i in members:
            for j in others:
                if (
                    (i in self._apart or j in self._apart)
                    and j not in self._apart.get(i, ())
                    and self._is_near(i, j)
                ):
                    self._union(i, j)

    def _is_near(self, i: int, j: int) -> bool:
        return (self._x[i] - self._x[j]) ** 2 + (self._y[i] - self._y[j]) ** 2 <= REACH_M**2
