"""Grids and micro-grids over the unmanaged compounds (S0-15, S0-16, S0-20).

A compound of the cell `red` has three grids to itself; all others of a community share grids.
Codes are given from west to east and, within a column, from north to south (DB11 on grid codes).
"""

from dataclasses import dataclass, field

from .buildings import Building, distribute
from .compounds import Compound
from .places import Area, District, shares

GRIDS, MICRO_GRIDS = 78, 674  # shared grids; micro-grids of all (S0-17, S0-20)
OTHERS = 270  # compounds that share grids, of the 296
HOUSEHOLDS = 51_294 / 674  # about 76 in a micro-grid (domain.md S0)
OWN_GRIDS = 3  # of a large compound
TOGETHER = 6  # compounds in one grid at most
COLUMN = 2500  # micro-degrees, about 220 m: grids this near count as equally far west


@dataclass(frozen=True, eq=False)
class Atom:
    """The least part of a compound that a micro-grid can cover: a building, or an entrance."""

    compound: Compound
    building: Building
    entrance: int  # 0: the whole building
    households: int


@dataclass(eq=False)
class MicroGrid:
    name: str
    atoms: list[Atom]
    code: str = ""
    extent: str = ""

    @property
    def households(self) -> int:
        return sum(atom.households for atom in self.atoms)


@dataclass(eq=False)
class Grid:
    community: Area
    compounds: list[Compound]
    buildings: list[Building] | None = None  # None: the whole compounds
    name: str = ""
    code: str = ""
    extent: str = ""
    micro_grids: list[MicroGrid] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        return self.buildings is not None

    @property
    def households(self) -> int:
        return sum(b.households for _, b in self.parts())

    def parts(self) -> list[tuple[Compound, Building]]:
        return [
            (compound, building)
            for compound in self.compounds
            for building in self.buildings or compound.buildings
        ]


def draw_grids(district: District, compounds: list[Compound], rng) -> list[Grid]:
    """Every grid with its micro-grids, by code. At full size 156 grids and 674 micro-grids."""
    large = [c for c in compounds if c.cell == "red"]
    others = [c for c in compounds if c.cell and c.cell != "red"]
    grids = [grid for compound in large for grid in _own_grids(compound)]
    grids += _shared_grids(district, others)
    give_codes(grids)
    _name(grids, rng)
    whole = sum(grid.households for grid in grids)
    if len(others) == OTHERS:
        number = MICRO_GRIDS
    else:
        number = max(len(grids), round(whole / HOUSEHOLDS))
    counts = shares(number, [float(grid.households) for grid in grids], at_least=1)
    for grid, count in zip(grids, counts, strict=True):
        _cut(grid, count)
    return grids


def _own_grids(compound: Compound) -> list[Grid]:
    """Three runs of buildings with about as many households each."""
    rest, count = list(compound.buildings), min(OWN_GRIDS, len(compound.buildings))
    grids = []
    for left in range(count, 0, -1):
        aim = sum(b.households for b in rest) / left
        taken = [rest.pop(0)]
        while len(rest) >= left and left > 1:
            now = sum(b.households for b in taken)
            if abs(now + rest[0].households - aim) > abs(now - aim):
                break
            taken.append(rest.pop(0))
        if left == 1:
            taken += rest
        grids.append(Grid(compound.community, [compound], taken))
    return grids


def _shared_grids(district: District, others: list[Compound]) -> list[Grid]:
    by_community: dict[str, list[Compound]] = {}
    for compound in others:
        by_community.setdefault(compound.community.code, []).append(compound)
    total = GRIDS if len(others) == OTHERS else round(GRIDS * len(others) / OTHERS)
    sizes = {code: len(found) for code, found in by_community.items()}
    counts = apportion(sizes, total, least=2, most=TOGETHER)
    areas = {area.code: area for area in district.areas}
    return [
        Grid(areas[code], run)
        for code, found in by_community.items()
        for run in runs_of(found, counts[code])
    ]


def apportion(sizes: dict[str, int], total: int, least: int, most: int) -> dict[str, int]:
    """How many grids each community has, of `least` to `most` compounds; the total if it can be."""
    mean = sum(sizes.values()) / total
    counts = {code: max(1, round(size / mean)) for code, size in sizes.items()}

    def crowding(code):
        return sizes[code] / counts[code], code

    while sum(counts.values()) > total:
        able = [c for c in counts if counts[c] > 1 and sizes[c] <= most * (counts[c] - 1)]
        if not able:
            break
        counts[min(able, key=crowding)] -= 1
    while sum(counts.values()) < total:
        able = [code for code in counts if sizes[code] >= least * (counts[code] + 1)]
        if not able:
            break
        counts[max(able, key=crowding)] += 1
    return counts


def runs_of(found: list[Compound], count: int, uneven=None) -> list[list[Compound]]:
    """Neighbours together: along the longer side, in as many runs as there are grids.

    `uneven`: a source of chance; then some runs are longer than others.
    """
    spans = [max(axis) - min(axis) for axis in zip(*(c.place for c in found), strict=True)]
    axis = 0 if spans[0] >= spans[1] else 1
    found = sorted(found, key=lambda c: (c.place[axis], c.code))
    sizes = [len(found) // count + (index < len(found) % count) for index in range(count)]
    if uneven:
        sizes = distribute(len(found), count, 1, TOGETHER, uneven, mixing=2)
    runs = []
    for size in sizes:
        runs.append(sorted(found[:size], key=lambda c: c.code))
        found = found[size:]
    return runs


# --- codes and names ----------------------------------------------------------------------------
def give_codes(grids: list[Grid]) -> None:
    """Put them in order and number them within their community."""
    order = {id(grid): index for index, grid in enumerate(grids)}
    grids.sort(key=lambda g: (g.community.code, *_corner(g), order[id(g)]))
    serials: dict[str, int] = {}
    for grid in grids:
        serial = serials[grid.community.code] = serials.get(grid.community.code, 0) + 1
        grid.code = f"{grid.community.code}{serial:03d}"


def _name(grids: list[Grid], rng) -> None:
    own: dict[str, int] = {}
    for grid in grids:
        if grid.is_own:
            (compound,) = grid.compounds
            own[compound.code] = own.get(compound.code, 0) + 1
            grid.name = f"{compound.name}第{own[compound.code]}网格"
            grid.extent = f"{compound.name}{_span(grid.buildings)}"
        else:
            grid.name = f"{grid.community.name.removesuffix('社区')}第{int(grid.code[-3:])}网格"
            grid.extent = bounds_of(grid, rng)


def _corner(grid: Grid) -> tuple[int, int]:
    """Columns from west to east, within a column from north to south."""
    places = [compound.place for compound in grid.compounds]
    east = sum(x for x, _ in places) // len(places)
    north = sum(y for _, y in places) // len(places)
    return east // COLUMN, -north


def bounds_of(grid: Grid, rng) -> str:
    """Four sides after roads of the street: roads run north to south, streets east to west."""
    roads = grid.compounds[0].street.roads
    upright = [road for road in roads if road[-1] == "路"] or ["规划路"]
    level = [road for road in roads if road[-1] != "路"] or ["规划街"]
    east, west = (rng.sample(upright, 2) if len(upright) > 1 else (upright[0], "社区西界"))[:2]
    south, north = (rng.sample(level, 2) if len(level) > 1 else (level[0], "社区北界"))[:2]
    return f"东至{east}，西至{west}，南至{south}，北至{north}"


def _span(buildings: list[Building]) -> str:
    """1号楼, 1号楼至4号楼."""
    first, last = buildings[0].name, buildings[-1].name
    return first if first == last else f"{first}至{last}"


# --- micro-grids --------------------------------------------------------------------------------
def _cut(grid: Grid, count: int) -> None:
    """Cut a grid into so many runs of buildings or entrances, each about as large."""
    atoms = _atoms(grid, split_above=1.45 * grid.households / count)
    if len(atoms) < count:
        atoms = _atoms(grid, split_above=0)
    count = min(count, len(atoms))
    for serial, (start, end) in enumerate(_cheapest(atoms, count, grid), start=1):
        micro = MicroGrid(f"第{serial}微网格", atoms[start:end], f"{grid.code}{serial:02d}")
        micro.name = f"{grid.name}第{serial}微网格"
        micro.extent = extent_of(micro)
        grid.micro_grids.append(micro)


def _atoms(grid: Grid, split_above: float) -> list[Atom]:
    atoms = []
    for compound, building in grid.parts():
        if building.households <= split_above or building.entrances == 1:
            atoms.append(Atom(compound, building, 0, building.households))
            continue
        rest = building.households
        for entrance in range(1, building.entrances + 1):
            part = round(rest / (building.entrances + 1 - entrance))
            rest -= part
            atoms.append(Atom(compound, building, entrance, part))
    return atoms


def _cheapest(atoms: list[Atom], count: int, grid: Grid) -> list[tuple[int, int]]:
    """The cuts with the least unevenness; one through a building costs more than one beside it."""
    aim = grid.households / count
    before = [0]
    for atom in atoms:
        before.append(before[-1] + atom.households)

    def price(start, end):
        uneven = (before[end] - before[start] - aim) ** 2
        if end < len(atoms):
            here, after = atoms[end - 1], atoms[end]
            if here.building is after.building:
                uneven += (0.5 * aim) ** 2
            elif here.compound is after.compound:
                uneven += (0.15 * aim) ** 2
        run = atoms[start:end]
        if run[0].compound is not run[-1].compound and any(atom.entrance for atom in run):
            uneven += (3 * aim) ** 2  # entrances of one compound and another compound: hard to say
        return uneven

    best = {0: (0.0, [])}
    for done in range(1, count + 1):
        following = {}
        for start, (paid, cuts) in best.items():
            for end in range(start + 1, len(atoms) - (count - done) + 1):
                if done == count and end != len(atoms):
                    continue
                cost = paid + price(start, end)
                if end not in following or cost < following[end][0]:
                    following[end] = (cost, [*cuts, (start, end)])
        best = following
    return best[len(atoms)][1]


def cover_of(micro: MicroGrid) -> list[tuple[Compound, list[tuple[Building, list[int]]]]]:
    """What a micro-grid covers: compounds; their buildings unless whole; entrances likewise."""
    found = []
    for compound in dict.fromkeys(atom.compound for atom in micro.atoms):
        atoms = [atom for atom in micro.atoms if atom.compound is compound]
        parts = []
        for building in dict.fromkeys(atom.building for atom in atoms):
            entrances = [a.entrance for a in atoms if a.building is building and a.entrance]
            if len(entrances) == building.entrances:
                entrances = []
            parts.append((building, entrances))
        is_whole = len(parts) == len(compound.buildings) and not any(e for _, e in parts)
        found.append((compound, [] if is_whole else parts))
    return found


def extent_of(micro: MicroGrid) -> str:
    words = []
    for compound, parts in cover_of(micro):
        if not parts:
            words.append(compound.name)
        elif any(entrances for _, entrances in parts):
            inner = "、".join(
                b.name + "".join(f"{e}单元" for e in entrances) for b, entrances in parts
            )
            words.append(f"{compound.name}{inner}")
        else:
            words.append(f"{compound.name}{_span([b for b, _ in parts])}")
    return "；".join(words)
