"""Who answers for which compound and household (包联, sheet H): all made up, but by the rules.

A county-level cadre has two or three compounds (S3-1); a serving member has one household that no
other member has, and a centre household a hardship household of its compound (S1-10).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from .cells import UNMANAGED
from .compounds import Compound
from .days import workday
from .grids import Grid
from .places import District
from .residents import CENTRE_HOUSEHOLD, People, Person, Registry
from .words import COUNTY_POSTS

COUNTY, STREET, MEMBER, CENTRE = "县干", "街社", "在职党员", "中心户"
# As many in a district of the published size; fewer or more in another.
COUNTY_CADRES, WITH_CADRE, MEMBERS, CENTRES = 12, 120, 300, 60
OF_STREETS = 0.3  # of the compounds with a cadre, so many have one of their street
COMPOUNDS_OF_A_STREET_CADRE = 4
MARK = "（样例）"  # beside the name of whoever has a post that is real


@dataclass(eq=False)
class Pairing:
    kind: str
    person: Person
    work: str
    compound: Compound
    starts_on: date
    household: str = ""  # building, entrance and door; of cadres none


def pair_people(
    district: District, grids: list[Grid], people: People, registry: Registry
) -> list[Pairing]:
    """Pairings with unmanaged compounds and with households there; after everybody is settled."""
    compounds = sorted({c for grid in grids for c in grid.compounds}, key=lambda c: c.code)
    # Cadres of district and streets have no community: their names differ among each other.
    for street in district.streets:
        registry.used[district.code] |= registry.used[street.code]
    doors = Doors(registry.rng)
    return [
        *_county_cadres(district, compounds, registry),
        *_street_cadres(district, grids, compounds, people, registry),
        *_serving_members(compounds, people, doors),
        *_centre_households(compounds, people, doors),
    ]


class Doors:
    """Gives every household once."""

    def __init__(self, rng):
        self.rng = rng
        self.free: dict[str, list[str]] = {}  # by compound, in the order they are given

    def one(self, compound: Compound) -> str:
        if compound.code not in self.free:
            self.free[compound.code] = found = list(_doors(compound))
            self.rng.shuffle(found)
        return self.free[compound.code].pop()


def _doors(compound: Compound):
    """Every door above the ground floor, where there may be shops."""
    for building in compound.buildings:
        landings = building.entrances * building.storeys
        flats = max(1, building.households // landings)
        for entrance in range(1, building.entrances + 1):
            for storey in range(2, building.storeys + 1):
                for flat in range(1, flats + 1):
                    yield f"{building.name}{entrance}单元{storey}{flat:02d}"


def _share(count: int, compounds: list[Compound]) -> int:
    return max(1, round(count * len(compounds) / UNMANAGED))


def _sample(found: list, count: int, rng) -> list:
    """So many of a list, or all of a shorter one, in its order."""
    return [found[n] for n in sorted(rng.sample(range(len(found)), min(count, len(found))))]


def _after(day: date, days: int, rng) -> date:
    return workday(day + timedelta(days=rng.randrange(days)))


def _official(registry: Registry, district: District, youngest: int) -> Person:
    person = registry.person(district.code, youngest, 57)
    person.name += MARK
    return person


# --- cadres -------------------------------------------------------------------------------------
def _county_cadres(district, compounds, registry) -> list[Pairing]:
    """Street by street, so that every street has a county-level cadre as long as they last."""
    rng, pairings = registry.rng, []
    pools = [[c for c in compounds if c.street is street] for street in district.streets]
    pools.sort(key=lambda pool: (-len(pool), pool[0].code if pool else ""))
    for pool in pools:
        rng.shuffle(pool)
    for number in range(_share(COUNTY_CADRES, compounds)):
        pool = next((pool for pool in pools if len(pool) > 1), None)
        if pool is None:
            break
        pools.append(pools.pop(pools.index(pool)))
        cadre = _official(registry, district, 42)
        day = _after(date(2026, 6, 1), 20, rng)
        count = min(len(pool), rng.choice((2, 3)))
        mine = sorted((pool.pop() for _ in range(count)), key=lambda c: c.code)
        work = f"{district.name}{COUNTY_POSTS[number % len(COUNTY_POSTS)]}"
        pairings += [Pairing(COUNTY, cadre, work, compound, day) for compound in mine]
    return pairings


def _street_cadres(district, grids, compounds, people, registry) -> list[Pairing]:
    """The community's own, who heads the grid, or one of the street."""
    rng, pairings = registry.rng, []
    grid_of = {c.code: grid for grid in reversed(grids) for c in grid.compounds}
    of_street: dict[str, list[Compound]] = defaultdict(list)
    for compound in _sample(compounds, _share(WITH_CADRE, compounds), rng):
        street = compound.street
        if street.name.endswith("街道") and rng.random() < OF_STREETS:
            of_street[street.code].append(compound)
            continue
        cadre = people.grid_heads[grid_of[compound.code].code]
        work = f"{compound.community.name} 网格专干"
        pairings.append(Pairing(STREET, cadre, work, compound, _after(date(2026, 6, 8), 30, rng)))
    for mine in of_street.values():
        for start in range(0, len(mine), COMPOUNDS_OF_A_STREET_CADRE):
            cadre = _official(registry, district, 27)
            day = _after(date(2026, 6, 8), 30, rng)
            pairings += [
                Pairing(STREET, cadre, f"{compound.street.name}办事处 包片干部", compound, day)
                for compound in mine[start : start + COMPOUNDS_OF_A_STREET_CADRE]
            ]
    return sorted(pairings, key=lambda pairing: pairing.compound.code)


# --- households ---------------------------------------------------------------------------------
def _serving_members(compounds, people, doors) -> list[Pairing]:
    """Members in service, each for a household of the compound to which they have reported."""
    serving = [(c, person) for c, person in people.members if person.standing == "在职"]
    return [
        Pairing(
            MEMBER, person, person.work, compound,
            _after(date(2026, 6, 22), 50, doors.rng), doors.one(compound),
        )
        for compound, person in _sample(serving, _share(MEMBERS, compounds), doors.rng)
    ]  # fmt: skip


def _centre_households(compounds, people, doors) -> list[Pairing]:
    hosts = [head for head in people.heads if head.duty == CENTRE_HOUSEHOLD]
    return [
        Pairing(
            CENTRE, head.person, head.person.work, head.compound,
            _after(head.chosen_on + timedelta(days=1), 20, doors.rng), doors.one(head.compound),
        )
        for head in _sample(hosts, _share(CENTRES, compounds), doors.rng)
    ]  # fmt: skip
