"""The 461 property firms of Changzhi and their party organisations, exactly as S4-2 counts them.

92 firms have an organisation of their own and 199 share 74; 205 have an instructor, 35 of them
beside an organisation, so that the 170 firms without one all have an instructor.
"""

from .buildings import distribute
from .changzhi_places import COUNTIES, seats_of, true_code
from .geometry import offset
from .places import District, shares
from .providers import Maker, Provider
from .words import CHANGZHI_UNITS, FIRM_FIRST, FIRM_SECOND

FIRMS, OWN, JOINT, JOINT_ORGANISATIONS = 461, 92, 199, 74
INSTRUCTED, INSTRUCTED_BESIDE = 205, 35
VILLAGE_FIRMS, MOBILE = 4, 3
RED = 70
BIGGEST = "鑫鹰智慧物业服务有限公司（样例）"


def units_of(district: District) -> dict[str, tuple[str, ...]]:
    """Work units of each county."""
    names = list(CHANGZHI_UNITS)
    weights = [float(c.compounds) for c in district.streets]
    counts = shares(len(names), weights, at_least=1)
    return {
        county.code: tuple(names.pop() for _ in range(number))
        for county, number in zip(district.streets, counts, strict=True)
    }


def make_firms(district: District, units: dict, rng) -> tuple[list[Provider], Provider]:
    """All firms, and the one that takes sixty compounds."""
    makers = Maker(district, rng)
    counties = [c.code for c in district.streets]
    weights = [float(row[2]) for row in COUNTIES]
    fronts = [a + b for a in FIRM_FIRST for b in FIRM_SECOND]
    rng.shuffle(fronts)
    market = FIRMS - len(CHANGZHI_UNITS) - VILLAGE_FIRMS - MOBILE - 1

    def place(county: str):
        _areas, chances, middles = zip(*seats_of(district, county), strict=True)
        (middle,) = rng.choices(middles, chances)
        return offset(middle, rng.uniform(-900, 900), rng.uniform(-900, 900))

    def add(name: str, kind: str, county: str, **facts) -> Provider:
        facts.setdefault("capacity_m2", rng.randint(6, 24) * 10_000)
        return makers.add(
            name, "91", kind, place(county), f"{name.removesuffix('（样例）')[:8]}项目部",
            division=true_code(county), **facts,
        )  # fmt: skip

    biggest = add(
        BIGGEST, "物业企业", counties[0], served=88, staff=420, rating="AAA",
        capacity_m2=1_200_000,
    )  # fmt: skip
    for county, unit in ((county, unit) for county, here in units.items() for unit in here):
        room = rng.randint(12, 24) * 10_000
        name = f"{unit}后勤物业服务有限公司（样例）"
        company = add(name, "原单位企业", county, capacity_m2=room)
        company.unit = unit
    for county, number in zip(counties, shares(market, weights, at_least=4), strict=True):
        short = next(s.name for s in district.streets if s.code == county)
        for _ in range(number):
            add(f"{short}{fronts.pop()}物业服务有限公司（样例）", "物业企业", county)
    for number in range(VILLAGE_FIRMS):
        county = counties[(3, 4, 8, 9)[number]]
        short = next(s.short for s in district.streets if s.code == county)
        add(f"{short}村集体联合物业服务有限公司（样例）", "村集体企业", county)
    for number in range(MOBILE):
        add(f"{fronts.pop()}流动物业服务有限公司（样例）", "流动物业", counties[number])
    _organise(makers.made, biggest, district, rng)
    return makers.made, biggest


def _organise(firms: list[Provider], biggest: Provider, district: District, rng) -> None:
    others = [firm for firm in firms if firm is not biggest]
    rng.shuffle(others)
    own, others = [biggest, *others[: OWN - 1]], others[OWN - 1 :]
    joint, rest = others[:JOINT], others[JOINT:]
    for firm in own:
        firm.party, firm.organisation = "单独", f"{firm.name.removesuffix('（样例）')}党支部"
    joint.sort(key=lambda firm: firm.code[2:8])  # firms of one county share
    sizes = distribute(JOINT, JOINT_ORGANISATIONS, 2, 6, rng)
    for number, size in enumerate(sizes, start=1):
        name = f"长治市物业行业第{number}联合党支部"
        for _ in range(size):
            firm = joint.pop()
            firm.party, firm.organisation = "联合", name
    for firm in rest:
        firm.party, firm.is_instructed = "指导员", True
    organised = [firm for firm in firms if firm.organisation and firm is not biggest]
    for firm in rng.sample(organised, INSTRUCTED_BESIDE):
        firm.is_instructed = True
        firm.party += "+指导员"
    market = [f for f in organised if f.kind == "物业企业" and f.able and f.willing]
    for firm in [biggest, *rng.sample(market, RED - 1)]:
        firm.is_red, firm.founded, firm.rating = True, True, firm.rating or "A"
        firm.capacity_m2 = max(firm.capacity_m2, 160_000)
