"""The campaign of Jingba Road: sixteen courtyards in the hands of one non-profit, each by its book.

Published: S2-5 (April 2023), S2-7 (books of their own), S2-8 (serve first, charge later), S2-9
(都市A座: 421 of 446 households within two months), S2-12 (82 % on average, a slight profit), S2-13
(what is left is fed back). The other rates and all amounts are made up.
"""

import random
from datetime import date, timedelta

from .campaign import CHARGE, CONSULT, SERVE, Course, Office, Way, number_contracts
from .campaign_sheets import Campaign
from .days import after, workday, working_days_after
from .expected import percent
from .money import Collection, Entry, collection, months

COURSE = Course(
    first=date(2023, 5, 19),
    middle=date(2023, 6, 30),
    last=date(2023, 9, 28),
    as_of=date(2023, 12, 31),
    slope_days=14,
    stages={"FALLBACK": (15, 25)},
    contract_years={"FALLBACK": 5},
    fees={"FALLBACK": 50},
    tower_fee=80,
)
TOWER_PAID = 421  # of 446 households, within two months of entry (S2-9)
FIRST_ENTERED = date(2023, 4, 18)  # S2-5 says April
AVERAGE = 82  # percent, S2-12: by the last month, each courtyard counted once
FED_BACK = ("安装智能门禁", "加装AI监控", "安装一键报警柱", "更换楼道感应灯", "修复大厅地面")


def run(unserved, centre, invitations, tower_name: str, first_name: str, seed: int) -> Campaign:
    rng = random.Random(f"{seed} campaign")
    office = Office(COURSE, invitations, rng)
    ways = office.make_ways([(c, "FALLBACK") for c in unserved], [centre])
    first = next(w for w in ways if w.compound.name == first_name)
    for way in [first, *(w for w in ways if w is not first)]:
        _put_off(way, FIRST_ENTERED if way is first else after(first.entered_on, 1), office)
    tower = next(w for w in ways if w.compound.name == tower_name)
    begin = tower.entered_on
    month = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
    tower.stages = [(SERVE, begin), (CONSULT, after(begin, 7)), (CHARGE, month)]
    number_contracts(ways, "金经八")
    reports = [x for way in ways for x in _reports(way, way is tower, rng)]
    reports = _bring_to_average(reports, tower)
    entries = [x for way in ways for x in _book(way, rng)]
    return Campaign(COURSE, ways, reports, entries, [], {})


def _put_off(way: Way, day: date, office: Office) -> None:
    """Let everything from the proposal of the provider on happen later, if it was too soon."""
    while way.entered_on < day:
        way.approved_on = working_days_after(way.approved_on, 1)
        for name, on in office.walk_on(way.approved_on, lambda low, high: low + 1).items():
            setattr(way, name, on)
        office.begin_stages(way)


def _reports(way: Way, is_tower: bool, rng) -> list[Collection]:
    compound = way.compound
    area = compound.chargeable_cm2 or compound.floor_cm2
    billed = (area * way.fee + 50) // 100
    start, end = rng.uniform(0.62, 0.72), rng.uniform(0.76, 0.87)
    rows = []
    for number, month in enumerate(months(way.stage_on(CHARGE), COURSE.as_of)):
        share = start + (end - start) * min(1, number / 3)
        paid = round(compound.households * share)
        if is_tower:
            paid = TOWER_PAID + number
        rows.append(collection(way, month, compound.households, billed, paid, rng))
    return rows


def last_month(reports: list[Collection]) -> list[Collection]:
    last = max(x.month for x in reports)
    return [x for x in reports if x.month == last]


def _bring_to_average(reports: list[Collection], tower: Way) -> list[Collection]:
    """Shift what the others paid in the last month until the mean of the rates is the published."""
    last = last_month(reports)
    lacking = AVERAGE / 100 * len(last) - sum(x.paid / x.billed for x in last)
    shift = lacking / (len(last) - 1)
    shifted = []
    for x in reports:
        if x in last and x.compound is not tower.compound:
            paid = x.paid + round(x.billed * shift)
            households = min(x.billed_households, round(x.billed_households * paid / x.billed))
            x = Collection(
                x.compound, x.provider, x.month, x.billed_households, x.billed, households, paid,
                x.complaints,
            )  # fmt: skip
        shifted.append(x)
    return shifted


def _book(way: Way, rng) -> list[Entry]:
    """Parking by the quarter; at the year's end what is left of the fees goes back to the yard."""
    compound, found = way.compound, []
    spaces = max(4, compound.parking or 0)
    for quarter in months(way.cleared_on, COURSE.as_of):
        if quarter.month % 3:
            continue
        on = workday((quarter + timedelta(days=31)).replace(day=1) - timedelta(days=4))
        posted = after(on, 6)
        income = spaces * 3 * 40 * 100
        found.append(Entry(compound, on, "收入", "停车", income, "", posted))
        cost = round(income * rng.uniform(0.1, 0.2) / 100) * 100
        found.append(Entry(compound, on, "合理成本", "停车", cost, "收费管理与耗材", posted))
    on, posted = date(2023, 12, 25), date(2023, 12, 29)
    surplus = compound.households * rng.randint(14, 26) * 100
    found.append(Entry(compound, on, "收入", "结余反哺", surplus, "物业费结余转入", posted))
    spent = round(surplus * rng.uniform(0.5, 0.9) / 100) * 100
    found.append(Entry(compound, on, "支出", "结余反哺", spent, rng.choice(FED_BACK), posted))
    return found


def figures(made: Campaign, tower_name: str) -> list[tuple]:
    """What the campaign must show (key, value, requirement, kind, note)."""
    last = last_month(made.collections)
    month = f"{last[0].month:%Y-%m}"
    tower = next(x for x in made.collections if x.compound.name == tower_name)
    by_money = _mean([(x.paid, x.billed) for x in last])
    by_households = _mean([(x.paid_households, x.billed_households) for x in last])
    weighted = percent(sum(x.paid for x in last), sum(x.billed for x in last))
    households = percent(
        sum(x.paid_households for x in last), sum(x.billed_households for x in last)
    )
    tower_rate = percent(tower.paid_households, tower.billed_households)
    return [
        ("cleared", len(made.ways), "S2-5", "published", "by one non-profit"),
        ("books", len({x.compound.code for x in made.entries}), "S2-7", "published", ""),
        ("collection_reports", len(made.collections), "", "computed", ""),
        ("book_entries", len(made.entries), "", "computed", ""),
        ("collection_month", f'"{month}"', "S2-12", "scenario", "of the averages"),
        ("mean_rate_by_money_percent", by_money, "S2-12", "published", "simple mean of 16"),
        ("weighted_rate_by_money_percent", weighted, "S2-12", "computed", "all paid of all billed"),
        ("mean_rate_by_households_percent", by_households, "S2-12", "computed", ""),
        ("weighted_rate_by_households_percent", households, "S2-12", "computed", ""),
        ("tower_month", f'"{tower.month:%Y-%m}"', "S2-9", "scenario", "within two months of entry"),
        ("tower_paid_households", tower.paid_households, "S2-9", "derived", "94.4 % of 446"),
        ("tower_rate_percent", tower_rate, "S2-9", "published", "421/446 = 94.39"),
    ]


def _mean(pairs: list[tuple[int, int]]) -> str:
    """The mean of rates, in percent with one decimal, half up."""
    tenths = sum(1000 * part / whole for part, whole in pairs) / len(pairs)
    return f"{int(tenths + 0.5) / 10:.1f}"
