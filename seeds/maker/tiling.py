"""Outlines of grids: every place of a community belongs to the grid of the nearest compound.

The cells around the compounds fill the community; those of one grid are joined, so that grids
fill it too and share every border.
"""

from collections import defaultdict

from .geometry import Point, Ring, contains, double_area, edges, offset, share_borders
from .grids import Grid

APART_M = 60  # between the middles of the grids of one compound


def outline(grids: list[Grid]) -> dict[str, list[list[Ring]]]:
    """Polygons by code of grid, each its outer ring followed by its holes."""
    by_community = defaultdict(list)
    for grid in grids:
        by_community[grid.community.code].append(grid)
    return {
        code: polygons
        for inside in by_community.values()
        for code, polygons in _tile(inside).items()
    }


def _tile(grids: list[Grid]) -> dict[str, list[list[Ring]]]:
    sites = [(place, grid) for grid in grids for place in _places(grid)]
    ring = grids[0].community.ring
    cells = {}
    for index, (place, _) in enumerate(sites):
        cell = list(ring)
        for other, _ in sites:
            if other != place:
                cell = _nearer(cell, place, other)
        cells[index] = cell
    cells = share_borders({**cells, "community": list(ring)})
    joined = {}
    for grid in grids:
        own = [cells[index] for index, (_, owner) in enumerate(sites) if owner is grid]
        joined[grid.code] = _join(own)
    return joined


def _places(grid: Grid) -> list[Point]:
    """Where the grid's compounds stand; the grids of one compound lie side by side."""
    if not grid.is_own:
        return [compound.place for compound in grid.compounds]
    (compound,) = grid.compounds
    numbers = [int(building.name.removesuffix("号楼")) for building in grid.buildings]
    share = sum(numbers) / len(numbers) / len(compound.buildings)  # 1/6, 1/2, 5/6
    return [offset(compound.place, APART_M * 3 * (share - 0.5), 0)]


def _nearer(ring: Ring, place: Point, other: Point) -> Ring:
    """The part of a ring that lies nearer to a place than to another one."""

    def lead(point):  # below 0: nearer; longitude counts less than latitude up here
        near = 0.62 * (point[0] - place[0]) ** 2 + (point[1] - place[1]) ** 2
        return near - 0.62 * (point[0] - other[0]) ** 2 - (point[1] - other[1]) ** 2

    kept = []
    for a, b in edges(ring):
        at, to = lead(a), lead(b)
        if at <= 0:
            kept.append(a)
        if (at < 0 < to) or (to < 0 < at):
            part = at / (at - to)
            kept.append((round(a[0] + (b[0] - a[0]) * part), round(a[1] + (b[1] - a[1]) * part)))
    return [point for index, point in enumerate(kept) if point != kept[index - 1]]


def _join(rings: list[Ring]) -> list[list[Ring]]:
    """Rings that share borders as polygons without those borders."""
    drawn = {edge for ring in rings for edge in edges(ring)}
    following = defaultdict(list)
    for a, b in sorted(drawn):
        if (b, a) not in drawn:
            following[a].append(b)
    found = []
    while following:
        first = min(following)
        walk = [first]
        while True:
            ends = following[walk[-1]]
            walk.append(ends.pop())
            if not ends:
                del following[walk[-2]]
            if walk[-1] == first:
                break
        found += _loops(walk[:-1])
    outer = [[ring] for ring in found if double_area(ring) > 0]
    for hole in (ring for ring in found if double_area(ring) < 0):
        around = next((p for p in outer if contains(p[0], _inside(hole))), outer[0])
        around.append(hole)
    return outer


def _loops(walk: Ring) -> list[Ring]:
    """A walk that meets itself, as rings that do not."""
    rings, path, seen = [], [], {}
    for point in walk:
        if point in seen:
            start = seen[point]
            rings.append(path[start:])
            for left in path[start + 1 :]:
                del seen[left]
            path = path[: start + 1]
        else:
            seen[point] = len(path)
            path.append(point)
    return [ring for ring in [*rings, path] if len(ring) > 2]


def _inside(ring: Ring) -> Point:
    return sum(x for x, _ in ring) // len(ring), sum(y for _, y in ring) // len(ring)
