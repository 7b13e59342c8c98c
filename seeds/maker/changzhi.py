"""Changzhi, 2022 and 2023: a city whose 503 unmanaged compounds are all cleared.

Published: S4-1 (503), S4-2 (461 firms and their party organisations), S4-3 (2,318 compounds), S4-11
(127 three-none compounds, 60 of them with one firm), S4-13 (four firms of villages). How they
spread over the counties, the strategies and all names are made up (see ../README.md).
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from .campaign import Course, Office, number_contracts, settle_capacity
from .campaign_sheets import Campaign
from .changzhi_firms import make_firms, units_of
from .changzhi_places import NAME, city, seats_of, three_none_of
from .compounds import SURVEYS_FROM as XIAODIAN_SURVEYS_FROM
from .compounds import Compound, facts_managed, raise_managed
from .days import workday
from .expected import percent
from .geometry import distance
from .invitations import WITH_SUBSIDY, YES, Desk, Invitation, numbered
from .lots import make_lots
from .naming import name_all
from .old import facts_old, raise_old, set_gaps
from .places import District
from .providers import Provider
from .settling import Map, number_compounds

COMPOUNDS, UNMANAGED, THREE_NONE, ONE_FIRM = 2318, 503, 127, 60
SURVEYS_FROM = date(2022, 1, 10)
NEWEST = 2021
REACH = (60, 900)  # metres around the middle of a township, growing as it fills
# How the 503 spread over the strategies: chosen, with the 127 among those renovated and tendered.
CELLS = {"unit_agrees": 84, "tendered": 231, "willing": 133, "refused": 55}
STRATEGIES = {
    "unit_agrees": "UNIT_COBUILD", "tendered": "RED_TAKEOVER", "willing": "SUBSIDY_TRANSITION",
    "refused": "FALLBACK",
}  # fmt: skip

COURSE = Course(
    first=date(2022, 5, 16),
    middle=date(2022, 10, 10),
    last=date(2023, 2, 24),
    as_of=date(2023, 3, 3),  # the day of the news item
    slope_days=34,
    stages={
        "UNIT_COBUILD": (30, 60),
        "RED_TAKEOVER": (30, 60),
        "SUBSIDY_TRANSITION": (60, 120),
        "FALLBACK": None,
    },
    contract_years=dict.fromkeys(STRATEGIES.values(), 5),
    fees={"UNIT_COBUILD": 45, "RED_TAKEOVER": 55, "SUBSIDY_TRANSITION": 45, "FALLBACK": 0},
)


@dataclass
class Scenario:
    district: District
    compounds: list[Compound]
    providers: list[Provider]
    invitations: list[Invitation]
    biggest: Provider
    campaign: Campaign
    short = "长治"

    @property
    def unmanaged(self) -> list[Compound]:
        return [c for c in self.compounds if c.cell]


def make(seed: int) -> Scenario:
    rng = random.Random(seed)
    district = city(rng)
    compounds = _settle(district, rng)
    _share_out(compounds, rng)
    units = units_of(district)
    for compound in compounds:
        furnish = _furnish_unmanaged if compound.cell else _furnish_managed
        furnish(compound, units[compound.street.code], rng)
    name_all(compounds, rng)
    providers, biggest = make_firms(district, units, rng)
    three_none = [c for c in compounds if c.three_none]
    near = {id(c) for c in _nearest_sixty(three_none, biggest)}
    invitations = _invite(compounds, providers, biggest, near, rng)
    settle_capacity(providers, invitations)
    campaign = _run(compounds, providers, invitations, seed)
    return Scenario(district, compounds, providers, invitations, biggest, campaign)


# --- compounds ----------------------------------------------------------------------------------
def _settle(district: District, rng) -> list[Compound]:
    board, compounds = Map(district, rng), []
    for county in district.streets:
        areas, weights, middles = zip(*seats_of(district, county.code), strict=True)
        for number in range(county.compounds):
            (index,) = rng.choices(range(len(areas)), weights)
            # One of each township, so that none is empty.
            index = number if number < len(areas) else index
            compound = board.put("", county, areas[index], middles[index], REACH)
            compounds.append(compound)
    number_compounds(compounds)
    return compounds


def _share_out(compounds: list[Compound], rng) -> None:
    """Which are unmanaged, and of which cell; three-none ones are renovated and tendered."""
    counties = {c.street.code: [] for c in compounds}
    for compound in compounds:
        counties[compound.street.code].append(compound)
    others = []
    for code, here in counties.items():
        chosen = rng.sample(here, here[0].street.unmanaged)
        for number, compound in enumerate(chosen):
            compound.cell = "tendered" if number < three_none_of(code) else "willing"
            if compound.cell == "tendered":
                compound.notes.add("three_none")
            else:
                others.append(compound)
    rng.shuffle(others)
    for cell, number in CELLS.items():
        number -= THREE_NONE if cell == "tendered" else 0
        for compound in [others.pop() for _ in range(number)]:
            compound.cell = cell


def _furnish_unmanaged(compound: Compound, units: tuple[str, ...], rng) -> None:
    raise_old(compound, None, rng)
    modes = (("无人管理", 0.8), ("弃管", 0.2))
    has_unit = compound.cell == "unit_agrees"
    share = 1.0 if has_unit else 0.0 if "three_none" in compound.notes else 0.3
    facts_old(
        compound, modes, rng, units=units, surveyed_from=SURVEYS_FROM, days=100,
        unit_share=share, renovated_until=NEWEST,
    )  # fmt: skip
    is_three_none = "three_none" in compound.notes
    if has_unit:
        compound.unit_state, compound.unit_distance = "存续", rng.choice((0, rng.randint(5, 180)))
    elif compound.unit:
        compound.unit_state = rng.choice(("已撤销", "破产改制"))
    set_gaps(compound, has_no_defence=is_three_none)
    if compound.cell == "tendered":  # first renovated, then tendered (S4-10)
        compound.renovation, compound.renovated_year = "已改造", rng.randint(2019, NEWEST)
        compound.checks = [True, True, rng.random() < 0.9, rng.random() < 0.8]
    compound.committee = True  # S4-3, after the campaign


def _furnish_managed(compound: Compound, units: tuple[str, ...], rng) -> None:
    while True:
        raise_managed(compound, rng)
        if compound.built_year <= NEWEST:
            break
    if compound.management == "单位自管":
        compound.unit = rng.choice(units)
    facts_managed(compound, rng)
    earlier = XIAODIAN_SURVEYS_FROM - SURVEYS_FROM
    compound.surveyed_on = workday(compound.surveyed_on - earlier)
    if compound.renovated_year:
        compound.renovated_year = min(compound.renovated_year, NEWEST)
    compound.committee = compound.management != "单位自管"


# --- invitations --------------------------------------------------------------------------------
def _nearest_sixty(three_none: list[Compound], firm: Provider) -> list[Compound]:
    """Those that one firm took: the ones nearest to where it works from (S4-11)."""
    return sorted(three_none, key=lambda c: distance(c.place, firm.place))[:ONE_FIRM]


def _invite(compounds, providers, biggest, of_biggest, rng) -> list[Invitation]:
    desk = Desk(providers, NAME.removesuffix("市"), rng)
    desk.red = [p for p in desk.red if p is not biggest]
    for compound in (c for c in compounds if c.cell):
        first = compound.surveyed_on + timedelta(days=rng.randint(10, 30))
        second = first + timedelta(days=rng.randint(25, 40))
        if compound.cell == "unit_agrees":
            desk.invite(compound, 1, desk.of_unit[compound.unit], YES, first)
        elif compound.cell == "tendered":
            firm = (
                biggest if id(compound) in of_biggest else desk.firm_with_room(desk.red, compound)
            )
            desk.invite(compound, 1, firm, YES, first)
            if rng.random() < 0.4:  # others who bid
                desk.refusals(compound, 1, first, 1)
        elif compound.cell == "willing":
            firm = desk.firm_with_room(desk.market, compound, 5)
            number, start = (1, first) if rng.random() < 0.6 else (2, second)
            if number == 2:
                desk.refusals(compound, 1, first, rng.choice((1, 2)))
            desk.invite(compound, number, firm, WITH_SUBSIDY, start)
        else:
            desk.refusals(compound, 1, first, rng.choice((1, 2)))
            desk.refusals(compound, 2, second, rng.choice((1, 2)))
    return numbered(desk)


# --- the campaign -------------------------------------------------------------------------------
def _run(compounds, providers, invitations, seed: int) -> Campaign:
    """All cleared; of fees and collections the source does not speak."""
    office = Office(COURSE, invitations, random.Random(f"{seed} campaign"))
    work = [(c, STRATEGIES[c.cell]) for c in compounds if c.cell]
    last_resort = [p for p in providers if p.kind in ("村集体企业", "流动物业")]
    ways = office.make_ways(work, last_resort)
    number_contracts(ways, "长治")
    lots = make_lots(ways, COURSE.as_of, office.rng)
    return Campaign(COURSE, ways, [], [], [], {}, lots=lots)


# --- what must come out -------------------------------------------------------------------------
def figures(made: Scenario) -> list[tuple]:
    """Key, value, requirement, kind and note of each (requirements of S4)."""
    firms = made.providers
    forms = Counter(p.party.removesuffix("+指导员") for p in firms)
    shared = {p.organisation for p in firms if p.party.startswith("联合")}
    instructed = [p for p in firms if p.is_instructed]
    both = sum(bool(p.organisation) for p in instructed)
    three_none = [c for c in made.compounds if c.three_none]
    share = percent(ONE_FIRM, len(three_none))
    rows = [
        ("compounds", len(made.compounds), "S4-3", "published", ""),
        ("unmanaged", len(made.unmanaged), "S4-1", "published", "in scope, all cleared"),
        ("providers", len(firms), "S4-2", "published", "property firms"),
        ("organisations", forms["单独"] + len(shared), "S4-2", "published", "92 + 74"),
        ("firms_alone", forms["单独"], "S4-2", "published", ""),
        ("firms_jointly", forms["联合"], "S4-2", "published", ""),
        ("joint_organisations", len(shared), "S4-2", "published", ""),
        ("firms_with_instructor", len(instructed), "S4-2", "published", ""),
        ("firms_with_both", both, "S4-2", "derived", "92 + 199 + 205 - 461"),
        ("firms_without_organisation", forms["指导员"], "S4-2", "derived", "461 - 92 - 199"),
        ("three_none", len(three_none), "S4-11", "published", ""),
        ("three_none_of_one_firm", ONE_FIRM, "S4-11", "published", made.biggest.name),
        ("three_none_share_percent", share, "S4-11", "derived", "60 of 127"),
        ("cleared", len(made.campaign.ways), "S4-1", "published", "503 of 503"),
        ("lots", len(made.campaign.lots), "S4-10", "scenario", "big carries small"),
        ("village_firms", sum(p.kind == "村集体企业" for p in firms), "S4-13", "published", ""),
        ("invitations", len(made.invitations), "", "computed", ""),
    ]
    for cell, number in CELLS.items():
        rows.append((f"decided_{STRATEGIES[cell].lower()}", number, "S0-14", "scenario", ""))
    return rows
