"""Where compounds stand: clusters around work units, contiguous groups, then everybody else."""

from dataclasses import dataclass, field
from math import cos, pi, sin

from .cells import Plan
from .compounds import Compound
from .geometry import Point, contains, distance, offset, random_point
from .places import Area, District
from .words import COUNTS, UNITS

BRANCHES = (*(f"{count}分部" for count in reversed(COUNTS[1:])), "")
NEAR_COUNT = 6  # compounds just short of large, all but their size fit for red property
# Old housing stands together: so many compounds that nobody manages lie in one community, so
# that a grid can hold several of them (S0-16).
UNMANAGED_TOGETHER = 4.6


@dataclass
class Unit:
    """A work unit that never existed, with its own property company while it lives."""

    name: str
    place: Point
    community: Area
    agrees: bool
    dormitories: list[Compound] = field(default_factory=list)


class Map:
    """Keeps track of what stands where and of each street's quota of unmanaged compounds."""

    def __init__(self, district: District, rng):
        self.district, self.rng = district, rng
        self.communities = {s.code: district.communities_of(s.code) for s in district.streets}
        self.left = {s.code: s.unmanaged for s in district.streets}
        self.old = {s.code: self._old_communities(s) for s in district.streets}
        self.used: dict[str, int] = {}
        self.unmanaged: dict[str, int] = {}
        self._taken: dict[Point, list[Point]] = {}

    def street_with_room(self, size: int):
        streets = [s for s in self.district.streets if self.left[s.code] >= size]
        streets = streets or [max(self.district.streets, key=lambda s: self.left[s.code])]
        weights = [max(1, self.left[s.code]) for s in streets]
        return self.rng.choices(streets, weights)[0]

    def _old_communities(self, street) -> list[Area]:
        """Those of a street where its unmanaged compounds lie."""
        options = self.communities[street.code]
        number = min(len(options), max(1, round(street.unmanaged / UNMANAGED_TOGETHER)))
        chosen = {area.code for area in self.rng.sample(options, number)}
        return [area for area in options if area.code in chosen]

    def quiet_community(self, street) -> Area:
        """One of the communities of the street that have the fewest compounds so far."""
        return self._fewest(self.communities[street.code], self.used)

    def old_community(self, street) -> Area:
        """One of those for unmanaged compounds that have the fewest of these so far."""
        return self._fewest(self.old[street.code], self.unmanaged)

    def _fewest(self, options, counts) -> Area:
        fewest = min(counts.get(c.code, 0) for c in options)
        return self.rng.choice([c for c in options if counts.get(c.code, 0) <= fewest + 1])

    def put(self, cell, street, community, centre=None, reach=(90, 260)) -> Compound:
        place = self.free_place(community, centre, reach)
        self.take(place)
        self.used[community.code] = self.used.get(community.code, 0) + 1
        if cell:
            self.left[street.code] -= 1
            self.unmanaged[community.code] = self.unmanaged.get(community.code, 0) + 1
        return Compound(cell, street, community, place)

    def free_place(self, community, centre, reach) -> Point:
        rng, ring = self.rng, community.ring
        rural = community.parent[6] in "12"
        for attempt in range(600):
            if centre and attempt < 500:
                turn, far = rng.uniform(0, 2 * pi), rng.uniform(*reach) * (1 + attempt / 250)
                place = offset(centre, far * cos(turn), far * sin(turn))
            else:
                draw = 0.55 if rural else 0.08
                place = random_point(ring, rng, towards_centre=draw)
            gap = 75 if attempt < 300 else 40
            if contains(ring, place) and self._is_clear(place, gap):
                return place
        raise ValueError(f"{community.name} is full")

    def take(self, place: Point) -> None:
        self._taken.setdefault(_cell(place), []).append(place)

    def _is_clear(self, place: Point, gap: float) -> bool:
        x, y = _cell(place)
        return all(
            distance(place, other) >= gap
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for other in self._taken.get((x + dx, y + dy), ())
        )


def _cell(place: Point) -> Point:
    """Cells of at least 80 m a side, so that only neighbouring ones need a look."""
    return place[0] // 1000, place[1] // 1000


def settle(district: District, plan: Plan, rng) -> tuple[list[Compound], list[Unit]]:
    """Every compound at its place with its cell; and the units with their dormitories."""
    board = Map(district, rng)
    cells = dict(plan.cells)
    units = _units(board, cells, rng)
    compounds = [d for unit in units for d in unit.dormitories]
    compounds += _groups(board, cells, rng)
    compounds += _former_units(board, cells["unit_gone"], units, rng)
    for cell in ("large_apart", "large_refused", "scattered", "refused"):
        for _ in range(cells[cell]):
            street = board.street_with_room(1)
            compounds.append(board.put(cell, street, board.old_community(street)))
    for street in district.streets:
        for _ in range(street.compounds - sum(c.street is street for c in compounds)):
            compounds.append(board.put("", street, board.quiet_community(street)))
    number_compounds(compounds)
    _number_groups(compounds)
    return compounds, units


def _units(board: Map, cells, rng) -> list[Unit]:
    names = list(UNITS)
    rng.shuffle(names)
    # A very large district runs out of names: then the units have branches.
    names = [f"{name}{branch}" for branch in BRANCHES for name in names]
    units = []
    for agrees, total in (
        (True, cells["unit_plain"] + cells["unit_large"]),
        (False, cells["unit_refuses"]),
    ):
        number = max(1, round(total / (4.1 if agrees else 2.4)))
        sizes = [total // number + (index < total % number) for index in range(number)]
        for size in sizes:
            street = board.street_with_room(size)
            community = board.old_community(street)
            unit = Unit(names.pop(), board.free_place(community, None, None), community, agrees)
            board.take(unit.place)
            cell = "unit_plain" if agrees else "unit_refuses"
            for _ in range(size):
                dormitory = board.put(cell, street, community, unit.place, (90, 230))
                dormitory.unit = unit.name
                unit.dormitories.append(dormitory)
            units.append(unit)
    hosts = [unit for unit in units if unit.agrees]
    for index in range(cells["unit_large"]):
        unit = hosts[index % len(hosts)]
        large = next(d for d in unit.dormitories if d.cell == "unit_plain")
        large.cell = "unit_large"
        for dormitory in unit.dormitories[: 3 + index % 2]:
            dormitory.group = unit.name  # numbered later
    return units


def _groups(board: Map, cells, rng) -> list[Compound]:
    """Contiguous groups: red ones, large but poor ones, and those just short of large."""
    near = min(NEAR_COUNT, cells["scattered"] // 8)
    queue = ["red"] * cells["red"] + ["near"] * near
    rng.shuffle(queue)
    queue += ["large_poor"] * cells["large_poor"]
    sizes = []
    while sum(sizes) < len(queue):
        sizes.append(rng.choice((2, 2, 3, 3, 4)))
    found, number = [], 0
    for index, size in enumerate(sizes):
        members, queue = queue[:size], queue[size:]
        while len(members) < 2:
            members.append("scattered")
        found += _group(board, members, f"red{index}", near_from=number, cells=cells)
        number += members.count("near")
    for index in range(cells["scattered"] // 12):
        found += _group(board, ["scattered"] * rng.choice((2, 2, 3)), f"small{index}", 0, cells)
    return found


def _group(board: Map, members, label, near_from, cells):
    street = board.street_with_room(len(members))
    community = board.old_community(street)
    centre, placed = None, []
    for member in members:
        cell = "scattered" if member == "near" else member
        compound = board.put(cell, street, community, centre, (150, 260))
        if member == "near":
            compound.notes |= {"near", str(near_from)}
            near_from += 1
        if cell == "scattered":
            cells["scattered"] -= 1
        compound.group = label
        centre = centre or compound.place
        placed.append(compound)
    return placed


def _former_units(board: Map, number: int, units: list[Unit], rng) -> list[Compound]:
    """Dormitories of living units that lie too far away, then of units that are gone."""
    streets = {street.code: street for street in board.district.streets}
    spare = [name for name in UNITS if name not in {unit.name for unit in units}] or list(UNITS)
    found = []
    just_too_far = [201, 212, 238]
    for unit in units:
        street = streets[unit.community.parent]
        if unit.agrees and len(found) < number / 2 and board.left[street.code] > 0:
            reach = (290, 430) if just_too_far else (600, 1200)
            compound = board.put("unit_gone", street, unit.community, unit.place, reach)
            far = max(260, round(distance(unit.place, compound.place)) - 120)
            compound.unit, compound.unit_state = unit.name, "存续"
            compound.unit_distance = just_too_far.pop(0) if just_too_far else far
            found.append(compound)
    while len(found) < number:
        street = board.street_with_room(1)
        compound = board.put("unit_gone", street, board.old_community(street))
        compound.unit = spare[len(found) % len(spare)]
        compound.unit_state = rng.choice(("已撤销", "破产改制"))
        compound.unit_distance = rng.randint(30, 700)
        found.append(compound)
    return found


def number_compounds(compounds: list[Compound]) -> None:
    """Order from north to south, then give codes: community and a serial of the street."""
    compounds.sort(key=lambda c: (c.community.code, -c.place[1], c.place[0]))
    serials: dict[str, int] = {}
    for compound in compounds:
        serial = serials[compound.street.code] = serials.get(compound.street.code, 0) + 1
        compound.code = f"{compound.community.code}-{serial:04d}"


def _number_groups(compounds: list[Compound]) -> None:
    numbers: dict[str, str] = {}
    for compound in compounds:
        if compound.group:
            numbers.setdefault(compound.group, f"LP{len(numbers) + 1:03d}")
            compound.group = numbers[compound.group]
