"""What is known of each compound: the unmanaged ones by cell, the managed ones at random."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from . import buildings as b
from .cells import BUILDINGS, Plan, strategy_of
from .days import workday
from .geometry import Point
from .places import Area, StreetPlan
from .words import GIVEN, PROBLEMS, SURNAMES

SURVEYS_FROM = date(2025, 11, 3)  # unmanaged compounds first; the others take half a year


@dataclass(eq=False)
class Compound:
    cell: str  # of the ten; "" when managed
    street: StreetPlan
    community: Area
    place: Point
    code: str = ""
    name: str = ""
    road: str = ""
    address: str = ""
    kind: str = "小区"
    built_year: int | None = None
    buildings: list[b.Building] = field(default_factory=list)
    building_count: int | None = None
    entrance_count: int | None = None
    households: int | None = None
    residents: int | None = None
    floor_cm2: int | None = None
    chargeable_cm2: int | None = None
    ownership: str = ""
    unit: str = ""
    unit_state: str = "无"
    unit_distance: int | None = None
    renovation: str = "未改造"
    renovated_year: int | None = None
    checks: list[bool | None] = field(default_factory=lambda: [None] * 4)
    enclosed: bool | None = None
    group: str = ""
    management: str = ""
    rooms_m2: int | None = None
    parking: int | None = None
    lifts: int | None = None
    committee: bool | None = None
    problems: str = ""
    lacks: list[bool | None] = field(default_factory=lambda: [None] * 3)
    three_none: bool | None = None
    surveyor: str = ""
    surveyed_on: date | None = None
    has_location: bool = True
    notes: set[str] = field(default_factory=set)  # how the cell is to be spiced

    @property
    def is_large(self) -> bool:
        return self.households >= 300 and self.floor_cm2 >= 20_000_00

    @property
    def is_tower(self) -> bool:
        return any(x.storeys >= 18 for x in self.buildings)

    @property
    def score(self) -> int | None:
        if None in self.checks:
            return None
        return 20 * (sum(self.checks) + (self.renovation != "未改造"))


def person(rng) -> str:
    return f"{rng.choice(SURNAMES)}{rng.choice(GIVEN)}（样例）"


def furnish_unmanaged(compounds: list[Compound], plan: Plan, rng) -> None:
    """Buildings first, so that every strategy's sums hold; then the other facts."""
    for strategy, totals in plan.buildings.items():
        here = [c for c in compounds if c.cell and strategy_of(c.cell) == strategy]
        _raise_buildings(here, totals, rng, exact=plan.buildings is BUILDINGS)
    for compound in compounds:
        if compound.cell:
            _facts_unmanaged(compound, rng)
    # At and just inside the limit of 200 m.
    adjacent = [c for c in compounds if c.cell == "unit_plain"]
    for compound, far in zip(adjacent[::9], (200, 199, 196, 192, 188, 185), strict=False):
        compound.unit_distance = far


def furnish_managed(compounds: list[Compound], rng) -> None:
    for compound in compounds:
        if not compound.cell:
            raise_managed(compound, rng)
            facts_managed(compound, rng)


# --- buildings of unmanaged compounds -----------------------------------------------------------
def _raise_buildings(compounds, totals, rng, exact):
    towers = [c for c in compounds if c.cell in ("large_apart", "large_poor", "large_refused")]
    midrise = [c for c in compounds if "near" in c.notes]
    rest = [c for c in compounds if c not in towers and c not in midrise]
    number, entrances = totals
    for compound in towers:
        _raise_tower(compound, rng)
    for compound in midrise:
        _raise_midrise(compound, rng)
    fixed = towers + midrise
    number -= sum(len(c.buildings) for c in fixed)
    entrances -= sum(x.entrances for c in fixed for x in c.buildings)
    counts = _building_counts(rest, number, rng)
    low, high = {"red": (2, 5), "unit_plain": (2, 4)}.get(rest[0].cell, (2, 4))
    if rest[0].cell in ("refused", "unit_refuses", "large_refused"):
        low, high = 1, 4
    each = b.distribute(entrances, sum(counts), low, high, rng, mixing=2)
    if exact and (sum(counts), sum(each)) != (number, entrances):
        raise ValueError("the buildings do not add up")
    for compound, count in zip(rest, counts, strict=True):
        own, each = each[:count], each[count:]
        _raise_walkups(compound, own, rng)


def _building_counts(rest, number, rng):
    large = [c for c in rest if c.cell == "unit_large"]
    if large:
        first = b.distribute(14 * len(large), len(large), 12, 16, rng)
        others = b.distribute(number - sum(first), len(rest) - len(large), 6, 11, rng, mixing=3)
        return [(first if c.cell == "unit_large" else others).pop() for c in rest]
    if rest[0].cell == "red":
        if len(rest) < 3:
            return b.distribute(number, len(rest), 12, 30, rng)
        # One exactly at the threshold of 300 households: ten buildings of thirty.
        others = b.distribute(number - 10, len(rest) - 1, 12, 32, rng)
        next(iter(rest)).notes.add("exactly_300")
        return [10, *others]
    highest = 3 if rest[0].cell in ("refused", "unit_refuses") else 6
    return b.distribute(number, len(rest), 1, highest, rng)


def _raise_tower(compound, rng):
    count = 1 if compound.cell == "large_refused" else rng.choice((1, 2, 2, 3))
    entrances = [2] if count == 1 else [rng.choice((1, 2)) for _ in range(count)]
    compound.built_year = rng.randint(1996, 2009)
    flats = 6 if sum(entrances) <= 2 else 4
    storeys = rng.randint(27, 32) if sum(entrances) <= 3 else rng.randint(20, 26)
    mean = rng.uniform(68, 76)
    compound.buildings = b.build(rng, entrances, storeys, flats, mean)
    households = sum(x.households for x in compound.buildings)
    # Alone, its own area is "the contiguous area together": keep it below 40,000.
    low, high = 20_400_00, 38_900_00
    area = sum(x.area_cm2 for x in compound.buildings)
    if not low <= area <= high:
        b.settle_area(compound.buildings, rng.randint(low, high))
    if households < 300:
        b.settle_households(compound.buildings, rng.randint(302, 330))


# Households and floor area just short of a large compound, and one only by its area.
NEAR = ((292, 19_640), (299, 20_412), (312, 19_655), (296, 21_380), (305, 19_988), (288, 19_210))


def _raise_midrise(compound, rng):
    households, area = NEAR[int(next(n for n in compound.notes if n.isdigit()))]
    compound.built_year = rng.randint(1994, 2004)
    compound.buildings = b.build(rng, [2, 2, 2], 12, 4, 68)
    b.settle_households(compound.buildings, households)
    b.settle_area(compound.buildings, area * 100 + rng.randint(0, 99))


def _raise_walkups(compound, entrances, rng):
    small = compound.cell not in ("red", "unit_large")
    compound.built_year = rng.choice(range(1965, 2000)) if small else rng.randint(1978, 2004)
    if compound.cell in ("scattered", "refused") and rng.random() < 0.12:
        compound.built_year = rng.randint(2000, 2012)
    mean = min(85.0, 55 + (compound.built_year - 1965) * 0.65 + rng.uniform(0, 9))
    flats = 3 if small and rng.random() < 0.2 else 2
    storeys = rng.choice((5, 6, 6, 6, 7)) if compound.built_year >= 1980 else rng.choice((3, 4, 5))
    if compound.cell == "refused" and rng.random() < 0.4:
        flats = 3
    if compound.cell == "unit_plain":
        flats = 2
        while sum(entrances) * storeys * flats >= 300 and storeys > 3:
            storeys -= 1
    if compound.cell == "unit_large":
        storeys, mean = 6, max(mean, 62)
    if compound.cell == "red":
        storeys, mean = max(storeys, 5), max(mean, 60)
    if "exactly_300" in compound.notes:
        storeys, mean = 5, 68
    compound.buildings = b.build(rng, entrances, storeys, flats, mean)
    before = sum(x.households for x in compound.buildings)
    if small and before >= 300:
        after = rng.randint(262, 299)
        area = sum(x.area_cm2 for x in compound.buildings)
        b.settle_households(compound.buildings, after)
        b.settle_area(compound.buildings, area * after // before)
    if "exactly_300" in compound.notes:
        b.settle_households(compound.buildings, 300)
        b.settle_area(compound.buildings, 20_364_50)


# --- the other facts of unmanaged compounds -----------------------------------------------------
def sum_up(compound, rng, occupancy):
    compound.building_count = len(compound.buildings)
    compound.entrance_count = sum(x.entrances for x in compound.buildings)
    compound.households = sum(x.households for x in compound.buildings)
    compound.floor_cm2 = sum(x.area_cm2 for x in compound.buildings)
    compound.lifts = sum(x.lifts for x in compound.buildings)
    compound.residents = round(compound.households * occupancy)
    compound.chargeable_cm2 = round(compound.floor_cm2 * rng.uniform(0.94, 0.99))
    if compound.building_count == 1:
        compound.kind = "独栋"
    elif compound.building_count <= 4 and compound.households < 260:
        compound.kind = "楼院"


def _facts_unmanaged(compound, rng):
    sum_up(compound, rng, rng.uniform(1.9, 2.9))
    unit_cells = ("unit_plain", "unit_large", "unit_refuses")
    compound.management = "弃管" if rng.random() < 0.14 else "无人管理"
    if compound.cell in unit_cells:
        compound.ownership = rng.choice(("房改房", "房改房", "单位产权", "混合产权"))
        compound.unit_state = "存续"
        compound.unit_distance = rng.choice((0, 0, rng.randint(5, 90), rng.randint(60, 199)))
    elif compound.cell == "unit_gone":
        compound.ownership = rng.choice(("房改房", "混合产权"))
    else:
        compound.ownership = ownership_of(compound.built_year, rng)
        if compound.ownership == "自建房" and compound.households > 60:
            compound.ownership = "混合产权"
    _foundation(compound, rng)
    compound.enclosed = rng.random() < (0.9 if compound.is_large else 0.55)
    compound.committee = rng.random() < (0.25 if compound.is_large else 0.06)
    compound.rooms_m2 = rng.choice((0, 0, 0, 15, 20, 36, 48))
    compound.parking = round(compound.households * rng.uniform(0.02, 0.3))
    no_unit = compound.unit_state != "存续"
    no_defence = rng.random() < (0.5 if compound.enclosed else 0.85)
    compound.lacks = [no_unit, True, no_defence]
    compound.three_none = all(compound.lacks)
    compound.problems = problems_of(compound, rng)
    compound.surveyor = person(rng)
    compound.surveyed_on = workday(SURVEYS_FROM + timedelta(days=rng.randrange(128)))
    # Gaps that decide nothing.
    if rng.random() < 0.07:
        compound.residents = None
    if rng.random() < 0.08:
        compound.parking = None
    if rng.random() < 0.1:
        compound.rooms_m2 = None
    if not compound.is_large and "near" not in compound.notes and rng.random() < 0.09:
        compound.checks[rng.randrange(4)] = None
    if compound.cell in ("unit_plain", "refused") and rng.random() < 0.06:
        compound.chargeable_cm2 = None


def ownership_of(year: int, rng) -> str:
    """Commodity housing came with the nineties, affordable housing with 1998."""
    if year < 1990:
        return rng.choice(("房改房", "房改房", "混合产权", "直管公房", "自建房"))
    if year < 1998:
        return rng.choice(("房改房", "商品房", "混合产权", "回迁安置", "自建房"))
    return rng.choice(("商品房", "商品房", "经济适用房", "回迁安置"))


def _foundation(compound, rng):
    good = compound.cell in ("red", "unit_large", "large_apart") or "near" in compound.notes
    if compound.cell == "large_poor":
        compound.checks = [False, rng.random() < 0.5, False, rng.random() < 0.5]
        compound.renovation = "未改造"
    elif good:
        compound.renovation = rng.choice(("列入计划", "列入计划", "已改造"))
        compound.checks = [True] * 4
        for index in rng.sample(range(4), rng.choice((0, 1, 1, 2))):
            compound.checks[index] = False
    else:
        compound.renovation = rng.choice(("未改造", "未改造", "未改造", "列入计划", "已改造"))
        compound.checks = [rng.random() < chance for chance in (0.35, 0.6, 0.45, 0.3)]
    if compound.renovation == "已改造":
        compound.renovated_year = rng.randint(2019, 2025)


def problems_of(compound, rng):
    found = set(rng.sample(PROBLEMS[:3], rng.choice((1, 2, 3))))
    found |= set(rng.sample(PROBLEMS[3:], rng.choice((1, 2, 3))))
    if compound.built_year < 1990:
        found.add("设施老旧")
    if compound.built_year < 1985 and rng.random() < 0.4:
        found.add("老年居民多")
    order = (*PROBLEMS, "老年居民多")
    return "、".join(sorted(found, key=order.index))


# --- managed compounds --------------------------------------------------------------------------
MODES = (("物业企业服务", 0.745), ("单位自管", 0.14), ("居民自管", 0.07), ("社区代管", 0.045))


def raise_managed(compound, rng):
    names, weights = zip(*MODES, strict=True)
    (mode,) = rng.choices(names, weights)
    compound.management = mode
    style = rng.random()
    if mode != "物业企业服务":
        style = max(style, 0.6 if mode == "单位自管" else 0.5)
    if style < 0.33:
        compound.built_year = rng.randint(2006, 2023)
        entrances = [rng.choice((1, 1, 2)) for _ in range(rng.randint(3, 14))]
        storeys, flats, mean = rng.randint(18, 33), rng.choice((2, 3, 4, 4)), rng.uniform(92, 118)
    elif style < 0.6:
        compound.built_year = rng.randint(1998, 2018)
        entrances = [rng.choice((2, 3, 3, 4)) for _ in range(rng.randint(4, 15))]
        storeys, flats, mean = rng.choice((6, 6, 7, 11, 11)), 2, rng.uniform(90, 116)
    else:
        compound.built_year = rng.randint(1978, 2003)
        entrances = [rng.choice((2, 3, 3, 4)) for _ in range(rng.randint(1, 9))]
        storeys, flats, mean = rng.choice((5, 6, 6)), 2, rng.uniform(60, 88)
    compound.buildings = b.build(rng, entrances, storeys, flats, mean)


def facts_managed(compound, rng):
    sum_up(compound, rng, rng.uniform(2.4, 3.1))
    new = compound.built_year >= 2000
    compound.ownership = "商品房" if new else ownership_of(compound.built_year, rng)
    if new and rng.random() < 0.12:
        compound.ownership = rng.choice(("回迁安置", "经济适用房"))
    if compound.management == "单位自管":
        compound.ownership = rng.choice(("单位产权", "房改房"))
        compound.unit_state = "存续"
        compound.unit_distance = rng.choice((0, rng.randint(10, 600)))
    if not new:
        compound.renovation = rng.choice(("已改造", "已改造", "列入计划", "未改造"))
        if compound.renovation == "已改造":
            compound.renovated_year = rng.randint(2018, 2025)
    compound.checks = [rng.random() < (0.97 if new else 0.75) for _ in range(4)]
    compound.enclosed = rng.random() < 0.93
    compound.committee = rng.random() < (0.45 if new else 0.25)
    compound.rooms_m2 = rng.randint(30, 420) if new else rng.choice((0, 20, 40, 60))
    compound.parking = round(compound.households * rng.uniform(0.3, 1.05 if new else 0.4))
    compound.lacks = [compound.management != "单位自管", False, rng.random() < 0.1]
    compound.three_none = False
    compound.surveyor = person(rng)
    compound.surveyed_on = workday(SURVEYS_FROM + timedelta(days=7 + rng.randrange(190)))
    if rng.random() < 0.3:
        compound.problems = "、".join(sorted(rng.sample(PROBLEMS[3:], rng.choice((1, 1, 2)))))
    _gaps_managed(compound, rng)


def _gaps_managed(compound, rng):
    """Surveys of places that are in order are filled in less carefully."""
    if rng.random() < 0.015:
        compound.households = None
        for building in compound.buildings:
            building.households = None
    if rng.random() < 0.03:
        compound.floor_cm2 = None
        for building in compound.buildings:
            building.area_cm2 = None
    if rng.random() < 0.03:
        compound.lifts = None
        for building in compound.buildings:
            building.lifts = None
    for attribute, chance in (
        ("built_year", 0.04), ("residents", 0.1), ("chargeable_cm2", 0.17), ("parking", 0.08),
        ("rooms_m2", 0.15), ("committee", 0.05), ("enclosed", 0.06), ("three_none", 0.04),
    ):  # fmt: skip
        if rng.random() < chance:
            setattr(compound, attribute, None)
    if compound.floor_cm2 is None:
        compound.chargeable_cm2 = None
    for index in range(4):
        if rng.random() < 0.09:
            compound.checks[index] = None
    if rng.random() < 0.02:
        compound.has_location = False
