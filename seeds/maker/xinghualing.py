"""Xinghualing (杏花岭区): 1,430 compounds, 983 old ones in 270 clusters with five haves each.

Source: S1-1 (1,430 and 983), S1-2 (Sanqiao street: 286, of which 220 under 100 households), S1-5
(clusters along streets and lanes), S1-6 to S1-9 and S1-11 (five haves, members, posts). All else
is made up; streets have their true names and codes, communities do not (see ../README.md).
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from .compounds import Compound, facts_managed, raise_managed
from .days import workday
from .expected import percent
from .geometry import counter_clockwise, micro, split_into, wiggled
from .grids import Grid, apportion, bounds_of, give_codes, runs_of
from .naming import name_all
from .old import facts_old, raise_old
from .places import District, matched, settle_areas, shares, street_plan
from .residents import (
    FLOATING,
    RESIDENT,
    RETIRED,
    SERVING,
    Branch,
    People,
    Person,
    Registry,
    add_committees,
    member_of,
)
from .settling import Map, number_compounds
from .words import XINGHUALING_UNITS

CODE, NAME = "140107", "杏花岭区"
COMPOUNDS, OLD, CLUSTERS = 1430, 983, 270
SANQIAO, SANQIAO_COMPOUNDS, SANQIAO_SMALL, SMALL = "140107002", 286, 220, 100
OLD_UNTIL = 2000  # built before the end of 2000 (国办发〔2020〕23号, domain.md §3.1)
MEMBERS, POSTS = 18_036, 4_236  # published: more than 18,000 and more than 4,200
SURVEYS_FROM = date(2026, 3, 2)
TOGETHER = 8  # compounds in one cluster at most

# name, compounds, of them old, where on the map (east, north), roads, places for communities.
_STREETS = (
    ("001", "巨轮街道", 150, 98, (-0.2, 0.3),
     "胜利街 建设北路 北大街 巨轮西街 兴华巷 五一北路",
     "巨轮东 巨轮西 胜利南 胜利北 五一北 北大街东 北大街西 机车南 机车北 建北"),
    ("002", "三桥街道", 286, 232, (-0.9, -0.2),
     "新建路 北大街 旱西关街 三桥街 西缉虎营 解放北路 桃园北路 府西街",
     "三桥东 三桥西 旱西关 旱西关南 新建北 新建里 桃园北 西缉虎营 解放北 北大街南 府西北 金刚里 "
     "城坊 水西关北 三桥南 三桥北"),
    ("003", "鼓楼街道", 118, 86, (-0.6, -0.9),
     "府西街 解放路 鼓楼街 西羊市街 府东街 精营西边街",
     "鼓楼东 鼓楼西 西羊市 府西 府东 精营 柳北 鼓楼北 校尉营"),
    ("004", "杏花岭街道", 122, 96, (-0.2, -0.6),
     "杏花岭街 东缉虎营 五一路 府东街 国师街 新民北街",
     "杏花岭 东缉虎营 国师街 新民东 新民北 五一东 杏北 杏南 东华门"),
    ("005", "坝陵桥街道", 120, 94, (0.1, -0.8),
     "坝陵桥街 坝陵南街 小东门街 建设北路 府东街 东后小河街",
     "坝陵桥 坝陵南 小东门 小东门北 建北西 府东北 后小河 坝北 东坝陵"),
    ("006", "大东关街道", 96, 70, (0.4, -0.9),
     "大东关街 郝庄北街 建设北路 东中环路 双塔北路 富康街",
     "大东关 大东关南 大东关北 富康 东中环西 双塔北 教场 建北东"),
    ("007", "职工新街街道", 104, 82, (0.0, 0.6),
     "职工新街 胜利东街 工业路 尖草坪街 新店街 恒山路",
     "职工新街 职工南 职工北 工业路东 工业路西 恒山 胜利东 新村"),
    ("008", "敦化坊街道", 140, 92, (0.3, 0.3),
     "敦化南路 敦化北路 北中环街 胜利东街 卧虎山路 敦化坊街",
     "敦化坊 敦化南 敦化北 卧虎山 北中环 敦东 敦西 胜东 虎山南 坊北"),
    ("009", "涧河街道", 90, 50, (0.6, 0.0),
     "涧河路 北中环街 东中环路 旭东街 涧河南街 富力街",
     "涧河 涧河南 涧河北 旭东 东涧河 中涧河西 富城 河畔"),
    ("010", "杨家峪街道", 84, 28, (0.9, -0.5),
     "杨家峪街 太行路 东峰路 五龙口街 淖马街 旭东街",
     "杨家峪 杨家峪东 太行西 五龙口 东峰 淖马 峪南 伞儿树"),
    ("011", "享堂街道", 92, 49, (0.0, 0.9),
     "享堂路 享堂北街 恒山路 新兰路 北中环街 享堂南街",
     "享堂 享堂南 享堂北 新兰 恒山北 享东 享西 堂新"),
    ("100", "中涧河镇", 28, 6, (0.9, 0.9),
     "涧河北路 中北街 东山路 长沟街",
     "中涧河 长沟 东山 牛驼"),
)  # fmt: skip
# Degrees east and north of the south-west corner; the district reaches far to the north-east.
_SHAPE = (
    (0, 0.004), (0.045, 0), (0.095, 0.006), (0.14, 0.022), (0.15, 0.07), (0.1, 0.075),
    (0.06, 0.072), (0.02, 0.066), (0.003, 0.04),
)  # fmt: skip
_CORNER = (112.545, 37.862)

MODES = (
    ("物业企业服务", 0.16), ("单位自管", 0.2), ("居民自管", 0.16), ("社区代管", 0.2),
    ("无人管理", 0.22), ("弃管", 0.06),
)  # fmt: skip


@dataclass(eq=False)
class Cluster:
    """Compounds that are run together (片区), with one grid and one branch."""

    code: str
    name: str
    grid: Grid
    branch: str
    evidence: dict[str, str]
    premises: str
    checked_on: date


@dataclass
class Scenario:
    district: District
    compounds: list[Compound]
    grids: list[Grid]
    clusters: list[Cluster]
    people: People


def make(seed: int) -> Scenario:
    rng = random.Random(seed)
    district = _district(rng)
    old, new = _place(district, rng)
    grids = _grids(district, old, rng)
    small = _sanqiao_sizes(old, rng)
    for compound in old:
        raise_old(compound, small.get(id(compound)), rng)
        facts_old(compound, MODES, rng, units=XINGHUALING_UNITS, surveyed_from=SURVEYS_FROM)
    for compound in new:
        _raise_new(compound, rng)
    compounds = sorted([*old, *new], key=lambda c: c.code)
    name_all(compounds, rng)
    for grid in grids:
        grid.compounds.sort(key=lambda c: c.code)
    people = _people(district, compounds, old, grids, rng)
    clusters = [_cluster(grid, people, rng) for grid in grids]
    return Scenario(district, compounds, grids, clusters, people)


# --- places -------------------------------------------------------------------------------------
def _district(rng) -> District:
    streets = [
        street_plan(
            CODE + serial, name, compounds, old, "", roads,
            " ".join(f"{place}社区" for place in places.split()),
        )
        for serial, name, compounds, old, _, roads, places in _STREETS
    ]  # fmt: skip
    district = District(CODE, NAME, "太原市", streets)
    path = [micro(_CORNER[0] + x, _CORNER[1] + y) for x, y in _SHAPE]
    outline = counter_clockwise(wiggled(path, rng, {}))
    pieces = split_into(outline, [1.0 for _ in streets], rng)
    pieces = matched([s.name for s in streets], pieces, wished=[row[4] for row in _STREETS])
    rings = {street.code: piece for street, piece in zip(streets, pieces, strict=True)}
    settle_areas(district, outline, rings, rng)
    return district


def _place(district: District, rng) -> tuple[list[Compound], list[Compound]]:
    """Old compounds first, so that every community has some; then the newer ones."""
    board = Map(district, rng)
    old, new = [], []
    for street in district.streets:
        for number in range(street.compounds):
            found = old if number < street.unmanaged else new  # here: how many are old
            found.append(board.put("", street, board.quiet_community(street)))
    number_compounds([*old, *new])
    return old, new


def _grids(district: District, old: list[Compound], rng) -> list[Grid]:
    """270 runs of old compounds along roads, each with a name after its road."""
    found = defaultdict(list)
    for compound in old:
        found[compound.community.code].append(compound)
    sizes = {code: len(here) for code, here in found.items()}
    counts = apportion(sizes, CLUSTERS, least=1, most=TOGETHER)
    areas = {area.code: area for area in district.areas}
    grids = [
        Grid(areas[code], run)
        for code, here in found.items()
        for run in runs_of(here, counts[code], uneven=rng)
    ]
    give_codes(grids)
    taken = defaultdict(set)
    for grid in grids:
        roads = grid.compounds[0].street.roads
        free = [road for road in roads if road not in taken[grid.community.code]]
        road = rng.choice(free or list(roads))
        taken[grid.community.code].add(road)
        for compound in grid.compounds:
            compound.road = road if rng.random() < 0.85 else ""
        serial = "" if free else f"第{int(grid.code[-3:])}"
        grid.name = f"{grid.community.name.removesuffix('社区')}{road}{serial}片区"
        grid.extent = bounds_of(grid, rng)
    return grids


# --- old compounds ------------------------------------------------------------------------------
def _sanqiao_sizes(old: list[Compound], rng) -> dict[int, int]:
    """Households of Sanqiao's old compounds: 220 under 100, three exactly 100, the rest more."""
    here = [c for c in old if c.street.code == SANQIAO]
    rng.shuffle(here)
    sizes = [rng.choice((96, 98, 99)) for _ in range(4)]
    sizes += [rng.randint(12, 95) for _ in range(SANQIAO_SMALL - len(sizes))]
    sizes += [SMALL] * 3
    sizes += [rng.randint(101, 340) for _ in range(len(here) - len(sizes))]
    return {id(compound): size for compound, size in zip(here, sizes, strict=True)}


# --- newer compounds ----------------------------------------------------------------------------
def _raise_new(compound: Compound, rng) -> None:
    """As any managed compound, but built after the policy year and, in Sanqiao, not small."""
    while True:
        raise_managed(compound, rng)
        households = [x.households for x in compound.buildings]
        if compound.built_year > OLD_UNTIL and sum(households) > SMALL:
            break
    if compound.management == "单位自管":
        compound.unit = rng.choice(XINGHUALING_UNITS)
    year = compound.built_year
    facts_managed(compound, rng)
    # What the published shares are counted from is known of every compound.
    compound.built_year, compound.households = year, sum(households)
    for building, count in zip(compound.buildings, households, strict=True):
        building.households = count


# --- people -------------------------------------------------------------------------------------
def _people(district, compounds, old, grids, rng) -> People:
    people, registry = People(), Registry(district, rng)
    least = {}  # full members who belong to the branch, so that it has three at least
    for grid in grids:
        for index, compound in enumerate(grid.compounds):
            least[compound.code] = max(1, 4 - len(grid.compounds)) if index == 0 else 1
    counts = {c.code: max(least[c.code], min(14, round(c.households * 0.042))) for c in old}
    for grid in grids:  # not more than a branch may have
        while sum(counts[c.code] for c in grid.compounds) > 48:
            counts[max(grid.compounds, key=lambda c: counts[c.code]).code] -= 1
    newer = [c for c in compounds if c.code not in counts]
    weights = [float(c.households) for c in newer]
    spread = shares(MEMBERS - sum(counts.values()), weights, at_least=1)
    counts |= {c.code: number for c, number in zip(newer, spread, strict=True)}
    free = [c.code for c in compounds for _ in range(counts[c.code] - least.get(c.code, 0))]
    rng.shuffle(free)
    serving = defaultdict(int)
    for code in free[:POSTS]:
        serving[code] += 1
    for compound in compounds:
        people.members += _members(registry, compound, counts, serving, least)
    add_committees(people, registry, district)
    for grid in grids:
        # Cadres of street and community lead the branches beside their office (S1-7).
        cadre = registry.person(grid.community.code, 27, 56)
        people.grid_heads[grid.code] = cadre
        is_single = len(grid.compounds) == 1  # then the topology founds a compound branch
        name = f"{grid.compounds[0].name if is_single else grid.name}党支部"
        people.branches.append(Branch(grid, name, is_single, cadre, []))
    return people


def _members(registry, compound, counts, serving, least) -> list[tuple[Compound, Person]]:
    rng = registry.rng
    sure, posts = least.get(compound.code, 0), serving[compound.code]
    others = counts[compound.code] - posts
    kinds = rng.choices((RESIDENT, RETIRED), (42, 58), k=sure)
    kinds += rng.choices((RESIDENT, RETIRED, FLOATING), (38, 52, 10), k=others - sure)
    kinds += [SERVING] * posts
    found = []
    for index, kind in enumerate(kinds):
        is_new = index >= sure and kind in (RESIDENT, SERVING) and rng.random() < 0.04
        status = "中共预备党员" if is_new else "中共党员"
        found.append((compound, member_of(registry, compound, kind, status)))
    return found


# --- clusters -----------------------------------------------------------------------------------
PREMISES = ("改造", "闲置物业用房", "其他闲置用房")


def _cluster(grid: Grid, people: People, rng) -> Cluster:
    branch = next(b for b in people.branches if b.grid is grid)
    here = {c.code for c in grid.compounds}
    members = sum(compound.code in here for compound, _ in people.members)
    host = rng.choice(grid.compounds)
    venue = rng.choice(host.buildings).name
    evidence = {
        "党组织": f"{branch.name}，书记{branch.secretary.name}（社区干部兼任）",
        "活动阵地": f"{host.name}{venue}一层，挂牌小区党群服务站",
        "党员台账": f"登记四类党员{members}名",
        "联系机制": f"连心卡发放{sum(c.households for c in grid.compounds)}户，包联公示上墙",
        "应急预案": f"《{grid.name}应急动员预案》（2026年修订）",
    }
    checked_on = workday(date(2026, 4, 7) + timedelta(days=rng.randrange(80)))
    code = f"{grid.community.code}-P{int(grid.code[-3:]):02d}"
    premises = rng.choice(PREMISES)
    return Cluster(code, grid.name, grid, branch.name, evidence, premises, checked_on)


# --- what must come out -------------------------------------------------------------------------
def figures(made: Scenario) -> list[tuple]:
    """Key, value, requirement, kind and note of each (requirements of S1)."""
    every = len(made.compounds)
    old = sum(c.built_year <= OLD_UNTIL for c in made.compounds)
    sanqiao = [c for c in made.compounds if c.street.code == SANQIAO]
    small = sum(c.households < SMALL for c in sanqiao)
    small_percent = percent(small, len(sanqiao))
    posts = sum(bool(p.post) for _, p in made.people.members)
    clustered = sum(len(c.grid.compounds) for c in made.clusters)
    return [
        ("compounds", every, "S1-1", "published", ""),
        ("old_compounds", old, "S1-1", "published", "built in 2000 or before"),
        ("old_share_percent", percent(old, every), "S1-1", "published", "one decimal"),
        ("sanqiao_compounds", len(sanqiao), "S1-2", "published", "street 140107002"),
        ("sanqiao_under_100", small, "S1-2", "published", "exactly 100 is not under 100"),
        ("sanqiao_under_100_percent", small_percent, "S1-2", "published", ""),
        ("clusters", len(made.clusters), "S1-5", "published", "compounds or areas"),
        ("clustered_compounds", clustered, "S1-5", "published", "each in exactly one"),
        ("clusters_with_five_haves", len(made.clusters), "S1-6", "published", "270/270"),
        ("branches", len(made.people.branches), "S1-7", "published", "one for each cluster"),
        ("venues", len(made.clusters), "S1-8", "published", "156N standard"),
        ("members", len(made.people.members), "S1-9", "published", 'as "more than 18,000"'),
        ("posts_claimed", posts, "S1-11", "published", 'as "more than 4,200"'),
        ("emergency_plans", len(made.clusters), "S1-12", "published", ""),
        ("viability_income_yuan", 60_000, "S1-3", "published", "100 x 100 m² x 0.5 x 12"),
        ("committees", len(made.people.committees), "S1-17", "scenario", ""),
    ]
