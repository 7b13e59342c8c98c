"""People who never existed: party members, heads of buildings and entrances, cadres.

How many full members a compound has is what the topology needs (S0-16, S0-17): a branch has 3 to
50; in a shared grid a compound of 3 or more has a group of its own, the others share one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from .compounds import Compound
from .days import workday
from .grids import Grid, MicroGrid
from .places import Area, District
from .words import FIRST, MEMBER_POSTS, SECOND, SURNAMES, WORKPLACES

TWO_GROUPS, SHARED_GRIDS = 36, 78  # of the shared grids, so many have two groups
BRANCH_LEAST, BRANCH_MOST = 3, 50  # 支部工作条例, domain.md §2.3
ASSISTANTS = 1401  # "more than 1,400", S0-20
# Well formed, but 154 has not been given to any network: nobody can be called.
PHONE_PREFIX = "154"
THIS_YEAR = 2026
BUILDING_HEAD, ENTRANCE_HEAD, CENTRE_HOUSEHOLD = "楼栋长", "单元长", "党员中心户"
RESIDENT, SERVING, RETIRED, FLOATING = "居民党员", "在职报到党员", "离退休党员", "流动党员"


@dataclass(eq=False)
class Person:
    name: str
    sex: str
    born: int
    phone: str
    status: str = "群众"
    standing: str = "热心居民"
    member_class: str = ""
    work: str = ""
    reported_on: date | None = None
    post: str = ""

    @property
    def is_full_member(self) -> bool:
        return self.status == "中共党员"


@dataclass(eq=False)
class Head:
    """A person for a building (entrance 0) or one of its entrances."""

    compound: Compound
    building: str
    entrance: int
    duty: str
    person: Person
    chosen: str
    chosen_on: date


@dataclass(eq=False)
class Committee:
    area: Area
    name: str
    secretary: Person
    elected_on: date | None
    document: str | None


@dataclass(eq=False)
class Group:
    """A party group; `grid` is None where it stands for one courtyard."""

    name: str
    compounds: list[Compound]
    grid: Grid | None
    leader: Person

    @property
    def place(self) -> str | None:
        """What the ledger names: the courtyard, or the grid and its compound.

        A shared group covers part of its grid, which the ledger has no words for.
        """
        if self.grid is None:
            return self.compounds[0].code
        if self.grid.compounds == self.compounds and len(self.compounds) == 1:
            return f"{self.grid.code}、{self.compounds[0].code}"
        return None


@dataclass(eq=False)
class Branch:
    """What the topology founds, with who was elected to lead it."""

    grid: Grid
    name: str
    is_of_compound: bool
    secretary: Person
    groups: list[Group]


@dataclass
class People:
    members: list[tuple[Compound, Person]] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    grid_heads: dict[str, Person] = field(default_factory=dict)  # by grid code
    micro_heads: dict[str, Person] = field(default_factory=dict)
    assistants: dict[str, list[Person]] = field(default_factory=dict)  # by code of micro-grid
    committees: list[Committee] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


class Registry:
    """Gives names that are unlike each other within a community, and telephone numbers."""

    def __init__(self, district: District, rng):
        self.rng, self.count = rng, 0
        self.prefix = PHONE_PREFIX + district.code[-2:]  # districts may stand side by side
        self.used: dict[str, set[str]] = defaultdict(set)

    def person(self, place: str, youngest: int = 28, oldest: int = 78, **facts) -> Person:
        rng, sex = self.rng, self.rng.choice("男女")
        for _ in range(1000):
            name = rng.choice(SURNAMES) + rng.choice(FIRST[sex])
            if rng.random() < 0.82:
                name += rng.choice(SECOND[sex])
            if name not in self.used[place] and len(set(name)) == len(name):
                break
        self.used[place].add(name)
        self.count += 1
        phone = f"{self.prefix}{self.count:06d}"
        return Person(name, sex, THIS_YEAR - rng.randint(youngest, oldest), phone, **facts)


def settle_people(district: District, grids: list[Grid], registry: Registry, exact: bool) -> People:
    people = People()
    counts = full_members(grids)
    living = _members(people, registry, grids, counts)
    _heads(people, registry, grids, living)
    _cells(people, registry, grids, exact)
    add_committees(people, registry, district)
    people.branches = [b for grid in _trees(grids) for b in [_branch(grid, living, counts)]]
    return people


# --- the ledger of members ----------------------------------------------------------------------
def full_members(grids: list[Grid]) -> dict[str, int]:
    """Full members by compound code, for the published number of branches and groups."""
    counts = {}
    shared = [grid for grid in grids if not grid.is_own]
    for grid in grids:
        if grid.is_own:
            (compound,) = grid.compounds
            counts[compound.code] = _within(round(compound.households * 0.042), 9, BRANCH_MOST)
    able = [grid for grid in shared if len(grid.compounds) > 1]
    able.sort(key=lambda g: (-max(c.households for c in g.compounds), g.code))
    two = {id(g) for g in able[: round(len(shared) * TWO_GROUPS / SHARED_GRIDS)]}
    for grid in shared:
        ranked = sorted(grid.compounds, key=lambda c: (-c.households, c.code))
        if len(ranked) == 1:
            counts[ranked[0].code] = _within(round(ranked[0].households * 0.03), 3, 20)
            continue
        for index, compound in enumerate(ranked):
            counts[compound.code] = 2 if compound.households >= 60 or index == 0 else 1
        if id(grid) in two:
            largest = ranked[0]
            counts[largest.code] = _within(round(largest.households * 0.045), 3, 38)
    return counts


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def _members(people, registry, grids, counts) -> dict[str, list[Person]]:
    rng, living = registry.rng, {}
    compounds = {c.code: c for grid in grids for c in grid.compounds}
    for code in sorted(compounds):
        compound = compounds[code]
        found = [_member(registry, compound) for _ in range(counts[code])]
        living[code] = found
        extra = sum(rng.random() < 0.06 for _ in range(counts[code]))
        probationers = [_member(registry, compound, "中共预备党员") for _ in range(extra)]
        people.members += [(compound, person) for person in [*found, *probationers]]
    return living


def _member(registry: Registry, compound: Compound, status="中共党员") -> Person:
    (kind,) = registry.rng.choices((RESIDENT, SERVING, RETIRED, FLOATING), (30, 27, 40, 3))
    if status != "中共党员" and kind == RETIRED:
        kind = SERVING
    return member_of(registry, compound, kind, status)


def member_of(registry: Registry, compound: Compound, kind: str, status="中共党员") -> Person:
    """A party member of a class; one in service has reported and claimed one post (S1-11)."""
    rng = registry.rng
    youngest, oldest = {RETIRED: (60, 84), SERVING: (27, 58)}.get(kind, (30, 72))
    person = registry.person(compound.community.code, youngest, oldest, status=status)
    person.member_class = kind
    person.standing = {RETIRED: "离退休", SERVING: "在职"}.get(kind, "热心居民")
    if kind == SERVING:
        person.work = f"{rng.choice(WORKPLACES)}（样例）"
        person.reported_on = workday(date(2026, 1, 12) + timedelta(days=rng.randrange(150)))
        person.post = rng.choice(MEMBER_POSTS)
    elif kind == RETIRED and rng.random() < 0.5:
        person.work = f"{compound.unit or rng.choice(WORKPLACES)}（样例）"
    return person


# --- two heads ----------------------------------------------------------------------------------
def _heads(people, registry, grids, living) -> None:
    """One head for every building and entrance; a building's head may have an entrance too."""
    rng = registry.rng
    compounds = {c.code: c for grid in grids for c in grid.compounds}
    for code in sorted(compounds):
        compound = compounds[code]
        # Members who are retired or keen go first, as S0-18 asks.
        ready = [p for p in living[code] if p.member_class in (RESIDENT, RETIRED)]
        rng.shuffle(ready)
        ready = ready[: round(len(ready) * 0.7)]
        day = workday(date(2026, 6, 22) + timedelta(days=rng.randrange(50)))

        def next_one(compound=compound, ready=ready):
            return ready.pop() if ready else _resident(registry, compound)

        for building in compound.buildings:
            first = next_one()
            found = [(0, BUILDING_HEAD, first)]
            own = rng.randint(1, building.entrances) if rng.random() < 0.6 else 0
            for entrance in range(1, building.entrances + 1):
                person = first if entrance == own else next_one()
                found.append((entrance, ENTRANCE_HEAD, person))
            people.heads += [
                Head(compound, building.name, entrance, duty, person, _chosen(rng), day)
                for entrance, duty, person in found
            ]
        people.heads += _centre_households(compound, living[code], day, rng)


def _centre_households(compound: Compound, members: list[Person], day: date, rng) -> list[Head]:
    """About half of the members who live here open their homes, each in another entrance."""
    doors = [(b.name, e) for b in compound.buildings for e in range(1, b.entrances + 1)]
    homes = [p for p in members if p.member_class in (RESIDENT, RETIRED)]
    number = min(len(doors), (len(homes) + 1) // 2)
    chosen = sorted(rng.sample(range(len(doors)), number))
    return [
        Head(compound, *doors[door], CENTRE_HOUSEHOLD, person, "自荐", day)
        for door, person in zip(chosen, rng.sample(homes, number), strict=True)
    ]


def _resident(registry: Registry, compound: Compound) -> Person:
    rng = registry.rng
    (standing,) = rng.choices(("热心居民", "离退休", "在职"), (50, 38, 12))
    youngest, oldest = {"离退休": (58, 78), "在职": (28, 56)}.get(standing, (32, 70))
    (status,) = rng.choices(("群众", "共青团员", "民主党派"), (94, 3, 3))
    person = registry.person(compound.community.code, youngest, oldest, status=status)
    if status == "共青团员":
        person.born = THIS_YEAR - rng.randint(22, 27)
        standing = "在职"
    person.standing = standing
    return person


def _chosen(rng) -> str:
    return rng.choices(("选举", "推荐", "自荐"), (52, 34, 14))[0]


# --- grids and micro-grids ----------------------------------------------------------------------
def _cells(people, registry, grids, exact) -> None:
    rng = registry.rng
    by_entrance = {
        (h.compound.code, h.building, h.entrance): h.person
        for h in people.heads
        if h.duty == ENTRANCE_HEAD
    }
    micros = [micro for grid in grids for micro in grid.micro_grids]
    by_size = sorted(micros, key=lambda m: (-m.households, m.code))
    thirds = {id(micro) for micro in by_size[: _thirds(micros, exact)]}
    for grid in grids:
        people.grid_heads[grid.code] = registry.person(grid.community.code, 26, 58)
        for micro in grid.micro_grids:
            near = list(dict.fromkeys(_near(micro, by_entrance)))
            rng.shuffle(near)
            if near and rng.random() < 0.95:  # now and then nobody has been found yet
                people.micro_heads[micro.code] = near.pop()
            wanted = 3 if id(micro) in thirds else 2
            helpers = near[: min(wanted, 1 + (rng.random() < 0.5))]
            while len(helpers) < wanted:
                helpers.append(registry.person(grid.community.code, 24, 70))
            people.assistants[micro.code] = helpers


def _thirds(micros: list[MicroGrid], exact: bool) -> int:
    """How many micro-grids have a third assistant: the largest ones."""
    return ASSISTANTS - 2 * len(micros) if exact else len(micros) // 13


def _near(micro: MicroGrid, by_entrance) -> list[Person]:
    """Heads of the entrances that a micro-grid covers."""
    return [
        by_entrance[atom.compound.code, atom.building.name, entrance]
        for atom in micro.atoms
        for entrance in (
            [atom.entrance] if atom.entrance else range(1, atom.building.entrances + 1)
        )
    ]


# --- organisations ------------------------------------------------------------------------------
def add_committees(people: People, registry: Registry, district: District) -> None:
    """One for the district, each street and each community, as they stood before (S1-17)."""
    rng = registry.rng
    for area in district.areas:
        document = f"组干〔2026〕{rng.randint(3, 96)}号（样例）"
        day = workday(date(2026, 3, 2) + timedelta(days=rng.randrange(60)))
        if area.level == "DISTRICT":
            name = f"中共{district.city}{area.name}委员会"
        elif area.level == "STREET":
            name = f"中共{district.name}{area.name}工作委员会"
        else:
            name = f"中共{area.name}委员会"
            if rng.random() < 0.12:  # terms that run out this winter
                day = workday(date(2021, 12, 1) + timedelta(days=rng.randrange(70)))
                document = f"组干〔2021〕{rng.randint(3, 96)}号（样例）"
        secretary = registry.person(area.code, 34, 57)
        if area.level != "COMMUNITY":  # these are real: the name says that it is not, no date
            secretary.name += "（样例）"
            day, document = None, None
        people.committees.append(Committee(area, name, secretary, day, document))


def _trees(grids: list[Grid]) -> list[list[Grid]]:
    """The grids of each branch: those of one compound together, every shared one by itself."""
    trees: dict[str, list[Grid]] = {}
    for grid in grids:
        trees.setdefault(grid.compounds[0].code if grid.is_own else grid.code, []).append(grid)
    return list(trees.values())


def _branch(grids: list[Grid], living, counts) -> Branch:
    """Named as the topology names them, so that the ledger finds them."""
    grid = grids[0]
    compounds = grid.compounds
    members = sorted(
        (p for c in compounds for p in living[c.code]),
        key=lambda p: (p.member_class == SERVING, p.member_class == FLOATING, p.phone),
    )
    is_of_compound = grid.is_own or len(compounds) == 1
    name = f"{compounds[0].name if is_of_compound else grid.name}党支部"
    secretary, *rest = members
    if is_of_compound:
        places = [(f"{g.name}党小组", compounds, g) for g in grids]
        leaders = rest[: len(places)]
    else:
        own = [c for c in compounds if counts[c.code] >= BRANCH_LEAST]
        small = [c for c in compounds if c not in own]
        places = [(f"{c.name}党小组", [c], None) for c in own]
        if small:
            kind = "联合党小组" if len(small) > 1 else "党小组"
            places.append((f"{grid.name}{kind}", small, grid))
        # A leader belongs to the group; the secretary leads only if there is nobody else.
        leaders = []
        for _, inside, _ in places:
            of_group = [p for c in inside for p in living[c.code]]
            free = [p for p in of_group if p is not secretary and p not in leaders]
            leaders.append((free or of_group)[0])
    groups = [Group(*place, leader) for place, leader in zip(places, leaders, strict=True)]
    return Branch(grid, name, is_of_compound, secretary, groups)
