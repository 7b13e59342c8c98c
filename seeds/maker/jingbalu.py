"""Jingba Road street, Jinshui, Zhengzhou, 2023: courtyards without a supervising unit.

Published: S2-1 (213 courtyards, 54 unsupervised as 9 + 29 + 16), S2-2 (one building of 36
households), S2-5 and S2-6 (a non-profit with 40 staff serves the 16), S2-9 (都市A座: 446
households, 2 lifts), S2-11 (纬三路13号院, the first to be served). All else is made up; the street
has its true name and code, communities do not (see ../README.md).
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from . import buildings as b
from . import jingbalu_campaign
from .campaign import settle_capacity
from .campaign_sheets import Campaign
from .compounds import Compound
from .days import workday
from .expected import percent
from .geometry import counter_clockwise, micro, random_point, wiggled
from .invitations import Invitation, write_invitations
from .naming import name_all
from .old import facts_old, raise_old, set_gaps
from .places import District, settle_areas, street_plan
from .providers import Maker, Provider, name_organisations
from .settling import Map, number_compounds
from .words import JINGBALU_UNITS

CODE, NAME, STREET = "410105", "金水区", "410105001"
COURTYARDS = 213
UNSUPERVISED = {"物业企业服务": 9, "居民自管": 29, "无人管理": 16}  # S2-1
TOWER, TOWER_HOUSEHOLDS, TOWER_LIFTS = "都市A座", 446, 2  # S2-9
FIRST = "纬三路13号院"  # S2-11
SMALLEST = 36  # households of the smallest courtyard, S2-2
# Its provider: 秩序维护, 环境保洁, 客户服务, 工程维修, 财务; together 40 (S2-6).
STAFF = {"ORDER": 12, "CLEANING": 14, "CUSTOMER_SERVICE": 5, "REPAIR": 6, "FINANCE": 3}
SURVEYS_FROM = date(2022, 11, 14)

_STREET = street_plan(
    STREET, "经八路街道", COURTYARDS, 54, "",
    "经三路 经五路 经六路 经七路 经八路 纬一路 纬二路 纬三路 纬四路 纬五路 政七街 红专路 东里路",
    "经八路社区 经五路社区 经三路社区 纬一路社区 纬三路社区 纬四路社区 纬五路北社区 政七街东社区 "
    "红专路南社区 东里社区",
)  # fmt: skip
# Longitude and latitude of the outline: a sketch between 花园路 and 经三路.
_OUTLINE = (
    (113.6670, 34.7660), (113.6760, 34.7652), (113.6880, 34.7655), (113.6888, 34.7740),
    (113.6885, 34.7835), (113.6780, 34.7842), (113.6672, 34.7838), (113.6665, 34.7750),
)  # fmt: skip


@dataclass
class Scenario:
    district: District
    compounds: list[Compound]
    providers: list[Provider]
    invitations: list[Invitation]
    centre: Provider
    campaign: Campaign
    short = "金经八"

    @property
    def unserved(self) -> list[Compound]:
        return [c for c in self.compounds if c.management == "无人管理"]


def make(seed: int) -> Scenario:
    rng = random.Random(seed)
    district = District(CODE, NAME, "郑州市", [_STREET])
    path = [micro(*corner) for corner in _OUTLINE]
    outline = counter_clockwise(wiggled(path, rng, {}))
    settle_areas(district, outline, {STREET: outline}, rng)
    compounds = _courtyards(district, rng)
    firms, centre = _providers(district, rng)
    invitations = write_invitations(compounds, firms, NAME, rng)
    settle_capacity([*firms, centre], invitations)
    unserved = [c for c in compounds if c.cell]
    campaign = jingbalu_campaign.run(unserved, centre, invitations, TOWER, FIRST, seed)
    return Scenario(district, compounds, [*firms, centre], invitations, centre, campaign)


# --- courtyards ---------------------------------------------------------------------------------
def _courtyards(district: District, rng) -> list[Compound]:
    board = Map(district, rng)
    compounds = [board.put("", _STREET, board.quiet_community(_STREET)) for _ in range(COURTYARDS)]
    number_compounds(compounds)
    lot = rng.sample(compounds, sum(UNSUPERVISED.values()))
    for mode, number in UNSUPERVISED.items():
        for compound in [lot.pop() for _ in range(number)]:
            compound.management = mode
            compound.cell = "refused" if mode == "无人管理" else ""
    unserved = [c for c in compounds if c.cell]
    tower, first, smallest = unserved[:3]
    for compound in compounds:
        if compound is tower:
            _raise_tower(compound, rng)
        elif compound is first:
            raise_old(compound, 236, rng)
        else:
            size = SMALLEST if compound is smallest else _size(compound, rng)
            raise_old(compound, size, rng)
            if compound is smallest:
                _put_in_one_building(compound)
        _facts(compound, rng)
    name_all(compounds, rng)
    tower.name, tower.address = TOWER, "经三路与纬五路交叉口（样例地址）"
    first.name, first.address, first.road = FIRST, "纬三路13号", "纬三路"
    if len({c.name for c in compounds}) != COURTYARDS:
        raise ValueError("two courtyards of one name")
    return compounds


def _size(compound: Compound, rng) -> int:
    """Households; nobody wants the small ones, and the units kept the large ones."""
    low, high = {
        "无人管理": (40, 150), "居民自管": (38, 190), "物业企业服务": (110, 420),
    }.get(compound.management, (42, 380))  # fmt: skip
    return rng.randint(low, high)


def _raise_tower(compound: Compound, rng) -> None:
    compound.built_year = 2003
    compound.buildings = b.build(rng, [TOWER_LIFTS], 26, 9, 43)
    b.settle_households(compound.buildings, TOWER_HOUSEHOLDS)
    compound.buildings[0].lifts = TOWER_LIFTS


def _put_in_one_building(compound: Compound) -> None:
    first, *others = compound.buildings
    for other in others:
        first.entrances += other.entrances
        first.households += other.households
        first.area_cm2 += other.area_cm2
    compound.buildings = [first]


def _facts(compound: Compound, rng) -> None:
    """Supervised means that a unit answers for it, whoever serves it (S2-1)."""
    is_supervised = not compound.management
    modes = ((compound.management, 1),)
    if is_supervised:
        modes = (("单位自管", 0.62), ("物业企业服务", 0.22), ("社区代管", 0.16))
    facts_old(
        compound, modes, rng, units=JINGBALU_UNITS, surveyed_from=SURVEYS_FROM, days=56,
        unit_share=1.0 if is_supervised else 0.0, renovated_until=2022,
    )  # fmt: skip
    compound.unit_state = "存续" if is_supervised else "无"
    if compound.built_year > 2000:
        compound.ownership = "商品房"
    compound.kind = "楼院"
    compound.committee = compound.committee and not compound.cell
    set_gaps(compound, has_no_defence=bool(compound.cell) and rng.random() < 0.7)


# --- providers ----------------------------------------------------------------------------------
def _providers(district: District, rng) -> tuple[list[Provider], Provider]:
    """Firms of the market that do not want the small courtyards, and the non-profit that came."""
    makers = Maker(district, rng)
    for front, is_red in (
        ("豫安", True), ("金水和顺", True), ("中原惠民", True), ("嵩润", False),
        ("商都家园", False), ("郑北同心", False), ("绿城安居", False), ("经纬", False),
    ):  # fmt: skip
        makers.market(front, is_red, "")
    firms = list(makers.made)
    for firm in firms:
        firm.filed_on = workday(date(2019, 3, 4) + timedelta(days=rng.randrange(1200)))
    office = district.communities_of(STREET)[0]
    place = random_point(office.ring, rng, towards_centre=0.7)
    centre = makers.add(
        "经八路街道社会事务服务中心（样例）", "52", "民办非企业", place, "经八路街道便民服务点",
        party="单独", staff=sum(STAFF.values()), served=0, served_m2=0,
        filed_on=date(2023, 3, 6), rating="A", capacity_m2=300_000, radius_m=3000,
    )  # fmt: skip
    name_organisations(makers.made, NAME)
    return firms, centre


def texts(made: Scenario) -> dict[str, str]:
    """Small files beside the workbooks: how many people of the provider do what."""
    lines = [
        "# How many people of a provider do what: 40 in five groups (S2-6), divided by lot.",
        "# Written by ../generate.py; do not edit.",
        "",
        "[[firms]]",
        f'credit_code = "{made.centre.code}"',
        *(f"{group} = {count}" for group, count in STAFF.items()),
    ]
    return {"staff.toml": "\n".join(lines) + "\n"}


# --- what must come out -------------------------------------------------------------------------
def figures(made: Scenario) -> list[tuple]:
    """Key, value, requirement, kind and note of each (requirements of S2)."""
    lacking = [c for c in made.compounds if c.lacks[0]]
    modes = Counter(c.management for c in lacking)
    tower = next(c for c in made.compounds if c.name == TOWER)
    share = percent(len(lacking), len(made.compounds))
    return [
        ("compounds", len(made.compounds), "S2-1", "published", "courtyards (楼院)"),
        ("unsupervised", len(lacking), "S2-1", "published", "无主管单位, whoever serves them"),
        ("unsupervised_share_percent", share, "S2-1", "derived", "54 of 213"),
        ("unsupervised_with_firm", modes["物业企业服务"], "S2-1", "published", ""),
        ("unsupervised_self_managed", modes["居民自管"], "S2-1", "published", ""),
        ("unmanaged", modes["无人管理"], "S2-1", "published", "unsupervised with nobody"),
        ("smallest_households", min(c.households for c in made.compounds), "S2-2", "published", ""),
        ("staff", made.centre.staff, "S2-6", "published", "in five groups"),
        ("tower_households", tower.households, "S2-9", "published", tower.name),
        ("tower_lifts", tower.lifts, "S2-9", "published", tower.name),
        ("providers", len(made.providers), "", "computed", ""),
        ("invitations", len(made.invitations), "", "computed", ""),
        *jingbalu_campaign.figures(made.campaign, TOWER),
    ]
