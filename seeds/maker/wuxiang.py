"""Wuxiang County, Changzhi: a transition subsidy of one yuan for each m², three years long.

Published: S4-12 (1 yuan per m², 1,613,398 yuan in the budget, a special fund, three years of
transition). The item names no period; read as yuan per m² and year the budget of a year gives an
area of 1,613,398 m² exactly, which is what the chargeable areas here add up to. The years, how
many compounds there are and everything about them are made up (see ../README.md).
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .campaign import Course, Office, number_contracts, settle_capacity
from .campaign_sheets import Campaign
from .compounds import Compound
from .days import workday
from .geometry import counter_clockwise, micro, split_into, wiggled
from .invitations import WITH_SUBSIDY, Desk, Invitation, numbered
from .naming import name_all
from .old import facts_old, raise_old, set_gaps
from .places import District, matched, settle_areas, street_plan
from .providers import Maker, Provider, name_organisations
from .settling import Map, number_compounds

CODE, NAME = "140429", "武乡县"
BUDGET_YUAN = 1_613_398  # S4-12
AREA_CM2 = BUDGET_YUAN * 100  # at one yuan a year, in 0.01 m²
YEARS = (2026, 2027, 2028)
ACCRUED, PAID = 10, 9  # months of the first year (subsidy.toml)
SURVEYS_FROM = date(2025, 6, 2)
SIZES = (220, 560)  # households: large ones, as the area of a small county town asks for
UNITS = ("武乡县农机厂（样例）", "武乡县供销社（样例）", "武乡县粮食局（样例）")

# Towns with their true codes; the seat of the county has most of it.
_TOWNS = (
    street_plan(
        "140429100", "丰州镇", 0, 0, "",
        "迎宾街 太行街 红星路 凤凰路 宝塔街 新建路 府前街 东风路 滨河路",
        "迎宾社区 太行社区 红星社区 凤凰社区 宝塔社区 新建社区 府前社区 滨河社区",
    ),
    street_plan(
        "140429101", "洪水镇", 0, 0, "",
        "左会路 中村街 洪水街 振兴路",
        "洪水社区 中村社区 左会社区",
    ),
)  # fmt: skip
_SHARES = (0.86, 0.14)
_OUTLINE = (
    (112.790, 36.800), (112.860, 36.795), (112.940, 36.805), (112.955, 36.850), (112.930, 36.885),
    (112.860, 36.890), (112.800, 36.880), (112.785, 36.840),
)  # fmt: skip

COURSE = Course(
    first=date(2025, 11, 12),
    middle=date(2025, 12, 8),
    last=date(2026, 1, 9),
    as_of=date(2026, 1, 31),
    slope_days=11,
    # The source tells of no fees: they are consulted on in the third year, charged after it.
    stages={"SUBSIDY_TRANSITION": (790, 1130)},
    contract_years={"SUBSIDY_TRANSITION": 5},
    fees={"SUBSIDY_TRANSITION": 30},
)
ENTERED_BY = date(2025, 12, 12)


@dataclass
class Scenario:
    district: District
    compounds: list[Compound]
    providers: list[Provider]
    invitations: list[Invitation]
    campaign: Campaign
    short = "武"


def make(seed: int) -> Scenario:
    rng = random.Random(seed)
    district = _district(rng)
    compounds = _settle(district, rng)
    providers = _providers(district, rng)
    invitations = _invite(compounds, providers, rng)
    settle_capacity(providers, invitations)
    office = Office(COURSE, invitations, random.Random(f"{seed} campaign"))
    ways = office.make_ways([(c, "SUBSIDY_TRANSITION") for c in compounds], [])
    number_contracts(ways, "武")
    if max(way.entered_on for way in ways) > ENTERED_BY:
        raise ValueError("somebody begins to serve after the applications")
    return Scenario(
        district, compounds, providers, invitations, Campaign(COURSE, ways, [], [], [], {})
    )


def _district(rng) -> District:
    district = District(CODE, NAME, "长治市", list(_TOWNS))
    path = [micro(*corner) for corner in _OUTLINE]
    outline = counter_clockwise(wiggled(path, rng, {}))
    pieces = split_into(outline, [0.6, 0.4], rng)
    pieces = matched([t.name for t in _TOWNS], pieces, wished=[(-0.5, 0.0), (0.8, 0.2)])
    rings = {town.code: piece for town, piece in zip(_TOWNS, pieces, strict=True)}
    settle_areas(district, outline, rings, rng)
    return district


def _settle(district: District, rng) -> list[Compound]:
    """Compounds until their built area bears the published one; then to the square metre."""
    board, compounds = Map(district, rng), []
    while sum(c.floor_cm2 for c in compounds) * 94 < AREA_CM2 * 100:
        (town,) = rng.choices(_TOWNS, _SHARES)
        compound = board.put("willing", town, board.quiet_community(town))
        raise_old(compound, rng.randint(*SIZES), rng)
        facts_old(
            compound, (("无人管理", 0.7), ("弃管", 0.3)), rng, units=UNITS,
            surveyed_from=SURVEYS_FROM, days=60, unit_share=0.2, renovated_until=2025,
        )  # fmt: skip
        if compound.unit:
            compound.unit_state = rng.choice(("已撤销", "破产改制"))
        set_gaps(compound, has_no_defence=rng.random() < 0.6)
        compound.committee = True
        compounds.append(compound)
    number_compounds(compounds)
    name_all(compounds, rng)
    _share_out(compounds)
    return compounds


def _share_out(compounds: list[Compound]) -> None:
    """Chargeable areas in proportion to what is built, together the published sum exactly."""
    built = sum(c.floor_cm2 for c in compounds)
    exact = [c.floor_cm2 * AREA_CM2 / built for c in compounds]
    parts = [int(x) for x in exact]
    order = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
    for at in order[: AREA_CM2 - sum(parts)]:
        parts[at] += 1
    for compound, part in zip(compounds, parts, strict=True):
        compound.chargeable_cm2 = part


def _providers(district: District, rng) -> list[Provider]:
    makers = Maker(district, rng)
    for front in ("太行情", "武乡安居", "红星家园", "凤凰物管", "漳河源", "丰州同心"):
        makers.market(front, False, "")
    for firm in makers.made:
        firm.filed_on = workday(date(2024, 3, 4) + timedelta(days=rng.randrange(300)))
        firm.capacity_m2, firm.radius_m = 420_000, 12_000
    name_organisations(makers.made, NAME)
    return makers.made


def _invite(compounds, providers, rng) -> list[Invitation]:
    desk = Desk(providers, NAME.removesuffix("县"), rng)
    for compound in compounds:
        start = compound.surveyed_on + timedelta(days=rng.randint(8, 20))
        firm = desk.firm_with_room(providers, compound, 3)
        if rng.random() < 0.25:
            desk.refusals(compound, 1, start, 1)
            start += timedelta(days=rng.randint(20, 28))
            desk.invite(compound, 2, firm, WITH_SUBSIDY, start)
        else:
            desk.invite(compound, 1, firm, WITH_SUBSIDY, start)
    return numbered(desk)


# --- what must come out -------------------------------------------------------------------------
def _until(area_cm2: int, months: int) -> Decimal:
    """One yuan a year for an area, after so many months, each rounded so that the year is exact."""
    value = Decimal(area_cm2) / 100 * months / 12
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def figures(made: Scenario) -> list[tuple]:
    """Key, value, requirement, kind and note of each (requirements of S4)."""
    areas = [c.chargeable_cm2 for c in made.compounds]
    year = sum((_until(area, 12) for area in areas), Decimal(0))
    accrued = sum((_until(area, ACCRUED) for area in areas), Decimal(0))
    paid = sum((_until(area, PAID) for area in areas), Decimal(0))
    return [
        ("budget_yuan", BUDGET_YUAN, "S4-12", "published", "161.3398万, a special fund"),
        ("rate_yuan_m2", 1, "S4-12", "published", "no period is named; read as a year"),
        ("years", len(YEARS), "S4-12", "published", "three years of transition"),
        ("area_m2", sum(areas) // 100, "S4-12", "derived", "budget of a year at one yuan"),
        ("compounds", len(made.compounds), "S4-12", "scenario", "made up, all under the subsidy"),
        ("unmanaged", len(made.compounds), "", "scenario", ""),
        ("providers", len(made.providers), "", "computed", ""),
        ("invitations", len(made.invitations), "", "computed", ""),
        ("cleared", len(made.campaign.ways), "", "computed", ""),
        ("first_year_yuan", f"{year}", "S4-12", "derived", "committed on the indicator of 2026"),
        ("later_years_yuan", f"{year * 2}", "S4-12", "derived", "obligations of 2027 and 2028"),
        ("total_yuan", f"{year * 3}", "S4-12", "derived", "three years"),
        ("accrued_yuan", f"{accrued}", "", "computed", "January to October 2026"),
        ("paid_yuan", f"{paid}", "", "computed", "January to September 2026"),
    ]
