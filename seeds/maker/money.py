"""What served compounds bill, collect and earn from what all own, month by month, in fen."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp

from .campaign import CHARGE, Way
from .compounds import Compound
from .days import after, workday
from .providers import Provider

HIGHEST_RATE = 0.98


@dataclass(frozen=True)
class Collection:
    compound: Compound
    provider: Provider
    month: date  # its first day
    billed_households: int
    billed: int
    paid_households: int
    paid: int
    complaints: int


@dataclass(frozen=True)
class Entry:
    """A line of the book of a compound: 收入, 合理成本 or 支出."""

    compound: Compound
    on: date
    kind: str
    source: str
    amount: int
    purpose: str
    published_on: date


@dataclass(frozen=True)
class Round:
    """双评: satisfaction and collection by weight, over the months of a round (S3-9)."""

    name: str
    starts_on: date
    ends_on: date
    closed_on: date
    document: str
    satisfaction_weight: int = 60
    sample_percent: int = 10
    sample_minimum: int = 20


@dataclass(frozen=True)
class Visit:
    """An inspection on site; what failed is ordered to be mended."""

    compound: Compound
    on: date
    findings: str = ""  # empty: passed
    staff_absent: bool = False
    statement_posted: bool | None = None
    mended_on: date | None = None


@dataclass(frozen=True)
class Score:
    """Points in hundredths."""

    compound: Compound
    provider: Provider
    sampled: int
    satisfaction: int
    collection: int
    on: date


def months(first: date, last: date):
    """First days of the months from one day's to another's."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def collections(ways: list[Way], until: date, weak: set[str], rng) -> list[Collection]:
    """Reports from the month in which charging began; rates rise as people see the service.

    What was lost again has none: of its first service the sheet of the campaign tells no days.
    """
    found = []
    for way in ways:
        if way.stage_on(CHARGE) and not way.again:
            found += _of_way(way, until, way.compound.code in weak, rng)
    return found


def _of_way(way: Way, until: date, is_weak: bool, rng) -> list[Collection]:
    compound = way.compound
    area = compound.chargeable_cm2 or compound.floor_cm2
    billed = (area * way.fee + 50) // 100
    households = compound.households - round(compound.households * rng.uniform(0, 0.06))
    start, end = rng.uniform(0.5, 0.64), rng.uniform(0.74, 0.95)
    if is_weak:
        start, end = rng.uniform(0.38, 0.46), rng.uniform(0.47, 0.56)
    rows = []
    for number, month in enumerate(months(way.stage_on(CHARGE), until)):
        rate = end - (end - start) * exp(-number / 2.5) + rng.uniform(-0.015, 0.015)
        paid_households = min(households, round(households * min(rate, HIGHEST_RATE)))
        rows.append(collection(way, month, households, billed, paid_households, rng))
    return rows


def collection(way: Way, month: date, households: int, billed: int, paid_households: int, rng):
    """A report in which those who paid have flats of about the usual size."""
    share = paid_households / households * rng.uniform(0.985, 1.015)
    paid = billed if paid_households == households else min(billed, round(billed * share))
    return Collection(
        way.compound, way.provider, month, households, billed, paid_households, paid,
        _complaints(paid_households / households, households, rng),
    )  # fmt: skip


def _complaints(rate: float, households: int, rng) -> int:
    """Who does not pay complains: about one in a hundred households where most do."""
    usual = households / 100 * (0.6 if rate > 0.65 else 2.2)
    return max(0, round(rng.gauss(usual, 0.8)))


USES = (
    "更换楼道照明灯具", "疏通公共下水管道", "修补院内道路", "更换院门及门锁", "清理屋面落水管",
    "维修单元门禁", "补种院内绿植", "增设消防器材",
)  # fmt: skip


def book(ways: list[Way], until: date, rng) -> list[Entry]:
    """A quarter's parking on common land, and now and then what piles and boards bring."""
    found = []
    for way in ways:
        parking = way.compound.parking
        if not parking or parking < 15 or not way.fee or way.again:
            continue
        for quarter in months(after(way.cleared_on, 15), until):
            on = workday((quarter + timedelta(days=31)).replace(day=1) - timedelta(days=3))
            if quarter.month % 3 == 0 and on <= until:
                found += _quarter(way.compound, on, after(on, rng.randint(5, 12)), rng)
    return found


def _quarter(compound: Compound, on: date, posted: date, rng) -> list[Entry]:
    spaces = round(compound.parking * rng.uniform(0.45, 0.8))
    incomes = [("停车", spaces * 3 * rng.choice((30, 40, 50)) * 100)]
    if compound.households > 250 and rng.random() < 0.5:
        incomes.append(("充电桩", rng.randint(600, 2400) * 100))
    if compound.households > 400:
        incomes.append(("广告", rng.randint(8, 30) * 100_00))
    found = []
    for source, income in incomes:
        cost = round(income * rng.uniform(0.08, 0.2) / 100) * 100
        found.append(Entry(compound, on, "收入", source, income, "", posted))
        found.append(Entry(compound, on, "合理成本", source, cost, "收费管理与耗材", posted))
        if source == "停车" and rng.random() < 0.6:
            spent = round((income - cost) * rng.uniform(0.3, 0.8) / 100) * 100
            found.append(Entry(compound, on, "支出", source, spent, rng.choice(USES), posted))
    return found


def assess(ways: list[Way], reports: list[Collection], one: Round, weak: set[str], rng):
    """Every compound that has reported collections in the months of the round."""
    sums: dict[str, list[int]] = {}
    for report in reports:
        if one.starts_on <= report.month <= one.ends_on:
            both = sums.setdefault(report.compound.code, [0, 0])
            both[0] += report.paid
            both[1] += report.billed
    found = []
    for way in ways:
        compound = way.compound
        if compound.code not in sums or way.ended_on:
            continue
        paid, billed = sums[compound.code]
        share = -(-compound.households * one.sample_percent // 100)
        sampled = min(compound.households, max(one.sample_minimum, share))
        low, high = (50, 68) if compound.code in weak else (74, 97)
        on = workday(one.ends_on + timedelta(days=rng.randint(5, 20)))
        found.append(
            Score(
                compound, way.provider, sampled, round(rng.uniform(low, high) * 10) * 10,
                min(10_000, (paid * 20_000 + billed) // (2 * billed)), on,
            )
        )  # fmt: skip
    return found


FINDINGS = (
    "两处垃圾桶满溢，清运不及时", "门岗白天无人值守", "公示栏未更新收支情况", "楼道照明三处不亮",
    "院内杂物堆放，消防通道受阻",
)  # fmt: skip


def inspect(ways: list[Way], until: date, weak: set[str], rng) -> list[Visit]:
    """Every weak compound fails once or twice, of the others one in eight is looked at."""
    found = []
    for way in ways:
        compound = way.compound
        first = after(way.cleared_on, 20)
        if way.again or first > until:
            continue
        if compound.code in weak:
            for number in range(rng.choice((1, 2))):
                on = workday(min(after(first, 60 * number), until))
                absent = number == 1
                mended = after(on, 9) if number == 0 and after(on, 9) <= until else None
                words = FINDINGS[1] if absent else rng.choice(FINDINGS)
                found.append(Visit(compound, on, words, absent, number == 0, mended))
        elif rng.random() < 0.12:
            found.append(Visit(compound, after(first, rng.randint(0, 20)), statement_posted=True))
    return sorted((v for v in found if v.on <= until), key=lambda v: (v.on, v.compound.code))
