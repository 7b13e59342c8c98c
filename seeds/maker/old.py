"""Old compounds: built to a wished number of households before 2001, mostly unit dormitories."""

from datetime import date, timedelta

from . import buildings as b
from .compounds import Compound, ownership_of, person, problems_of, sum_up
from .days import workday


def raise_old(compound: Compound, households: int | None, rng) -> None:
    """Walk-ups of a number of households, or of one drawn by lot."""
    low, high = rng.choices(((14, 60), (60, 99), (100, 180), (180, 420)), (38, 28, 22, 12))[0]
    households = households or rng.randint(low, high)
    year = rng.choices((range(1965, 1980), range(1980, 1990), range(1990, 2001)), (14, 46, 40))[0]
    compound.built_year = rng.choice(year)
    storeys = rng.choice((5, 6, 6, 6, 7)) if compound.built_year >= 1980 else rng.choice((3, 4, 5))
    flats = 3 if rng.random() < 0.3 else 2
    if households < 2 * storeys * flats:
        storeys = max(2, round(households / (2 * flats)))
    left = max(1, round(households / (storeys * flats)))
    entrances = []
    while left:
        entrances.append(min(left, rng.choice((2, 3, 3, 4))))
        left -= entrances[-1]
    mean = min(80.0, 50 + (compound.built_year - 1965) * 0.6 + rng.uniform(0, 8))
    compound.buildings = b.build(rng, entrances, storeys, flats, mean)
    resize(compound, households)


def resize(compound: Compound, households: int) -> None:
    """Bring the households to a number, and the floor area along with them."""
    before = sum(x.households for x in compound.buildings)
    area = sum(x.area_cm2 for x in compound.buildings)
    b.settle_households(compound.buildings, households)
    b.settle_area(compound.buildings, area * households // before)


def facts_old(
    compound: Compound,
    modes: tuple,
    rng,
    *,
    units: tuple[str, ...],
    surveyed_from: date,
    days: int = 120,
    unit_share: float = 0.52,
    renovated_until: int = 2025,
) -> None:
    """What is known of one: `modes` are ways of management with their weights (S1-4)."""
    sum_up(compound, rng, rng.uniform(1.8, 2.7))
    names, weights = zip(*modes, strict=True)
    (compound.management,) = rng.choices(names, weights)
    if compound.management == "单位自管" or rng.random() < unit_share:
        compound.unit = rng.choice(units)
        compound.ownership = rng.choice(("房改房", "房改房", "单位产权", "混合产权"))
        compound.unit_state = rng.choice(("存续", "已撤销", "破产改制", "破产改制"))
        if compound.management == "单位自管":
            compound.unit_state = "存续"
        compound.unit_distance = rng.choice((0, rng.randint(5, 200), rng.randint(200, 1800)))
    else:
        compound.ownership = ownership_of(compound.built_year, rng)
    compound.renovation = rng.choice(("未改造", "未改造", "列入计划", "已改造"))
    if compound.renovation == "已改造":
        compound.renovated_year = rng.randint(2018, renovated_until)
    compound.checks = [rng.random() < chance for chance in (0.35, 0.6, 0.5, 0.4)]
    compound.enclosed = rng.random() < 0.6
    compound.committee = rng.random() < 0.3
    compound.rooms_m2 = rng.choice((0, 0, 15, 20, 36, 48))
    compound.parking = round(compound.households * rng.uniform(0.02, 0.3))
    set_gaps(compound, has_no_defence=rng.random() < 0.4)
    compound.problems = problems_of(compound, rng)
    compound.surveyor = person(rng)
    compound.surveyed_on = workday(surveyed_from + timedelta(days=rng.randrange(days)))


def set_gaps(compound: Compound, *, has_no_defence: bool) -> None:
    """三无: no unit that lives, no service, no defence; only all three make it so (S4-9)."""
    unserved = compound.management in ("无人管理", "弃管")
    compound.lacks = [compound.unit_state != "存续", unserved, has_no_defence]
    compound.three_none = all(compound.lacks)
