"""Firms that never existed, with credit codes whose check characters are right."""

from dataclasses import dataclass
from datetime import date, timedelta

from .compounds import person
from .days import workday
from .geometry import Point, distance, random_point
from .places import District
from .settling import Unit
from .words import COUNTS, FIRM_FRONT

CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714


@dataclass(eq=False)
class Provider:
    name: str
    code: str
    kind: str
    representative: str
    manager: str
    is_red: bool
    party: str
    staff: int
    served: int
    served_m2: int
    filed_on: date
    rating: str
    in_district: bool
    able: bool
    willing: bool
    founded: bool
    capacity_m2: int | None
    radius_m: int | None
    blacklisted_until: date | None
    base: str
    place: Point
    unit: str = ""
    organisation: str = ""  # name of its party organisation
    is_instructed: bool | None = None  # has a party-building instructor
    promised_m2: int = 0
    room_m2: int = 10**9  # what it can take on, beside what it serves already

    @property
    def is_eligible_red(self) -> bool:
        """S0-8: in the district, strong in party building, well founded, able and willing."""
        return (
            self.is_red
            and self.party != "无"
            and self.in_district
            and self.able
            and self.willing
            and self.founded
            and self.blacklisted_until is None
        )


def credit_code(prefix: str, district: str, rng) -> str:
    """18 characters; the ninth of the body and the last one are computed."""
    letters = [c for c in CODE_LETTERS if c.isalpha()]
    body = "MAY" + rng.choice(letters) + "".join(rng.choice(CODE_LETTERS) for _ in range(4))
    total = sum(
        (int(c) if c.isdigit() else ord(c) - 55) * w
        for c, w in zip(body, BODY_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    body += {10: "X", 11: "0"}.get(check, str(check))
    code = prefix + district + body
    total = sum(CODE_LETTERS.index(c) * w for c, w in zip(code, CODE_WEIGHTS, strict=True))
    return code + CODE_LETTERS[(31 - total % 31) % 31]


# What each market firm lacks; the first eight lack nothing and are red.
MARKET = (
    *(("red", "") for _ in range(8)),
    ("red", "in_district"),
    ("red", "willing"),
    ("red", "able"),
    ("red", "founded"),
    ("red", "blacklist"),
    *(("plain", "") for _ in range(9)),
    ("plain", "in_district"),
)


def make_providers(district: District, units: list[Unit], rng) -> list[Provider]:
    makers = Maker(district, rng)
    for unit in units:
        makers.unit_company(unit)
    fronts = list(FIRM_FRONT)
    rng.shuffle(fronts)
    # A firm for about every fifty compounds: larger districts have more of each sort.
    times = max(1, round(sum(s.compounds for s in district.streets) / 1157))
    fronts = [front + mark for mark in ("", *COUNTS)[:times] for front in fronts]
    for front, (colour, lack) in zip(fronts, MARKET * times, strict=False):
        makers.market(front, colour == "red", lack)
    for street in sorted(district.streets, key=lambda s: -s.unmanaged)[:3]:
        makers.public(f"{street.short}为民服务有限公司（样例）", "社区公司", "91", street)
    makers.public(
        f"{district.name}邻里社会事务服务中心（样例）", "民办非企业", "52", district.streets[0]
    )
    makers.public(
        f"{district.streets[-1].short}村集体物业服务有限公司（样例）", "村集体企业", "91",
        district.streets[-1],
    )  # fmt: skip
    makers.public("快修到家流动物业服务有限公司（样例）", "流动物业", "91", district.streets[1])
    makers.public(
        f"{district.name}环卫党员兜底服务队（样例）", "兜底队伍", "12", district.streets[0]
    )
    # Sanitation works everywhere in the district.
    makers.made[-1].capacity_m2, makers.made[-1].radius_m = None, None
    name_organisations(makers.made, district.name)
    return makers.made


def name_organisations(providers: list[Provider], place: str) -> None:
    """A party organisation for each firm that has its own, and one for every three jointly."""
    joint = 0
    for provider in providers:
        if provider.party == "单独":
            provider.organisation = f"{provider.name.removesuffix('（样例）')}党支部"
        elif provider.party == "联合":
            provider.organisation = f"{place}物业行业第{joint // 3 + 1}联合党支部"
            joint += 1
        provider.is_instructed = provider.party == "指导员"


class Maker:
    def __init__(self, district: District, rng):
        self.district, self.rng, self.made = district, rng, []

    def add(self, name, prefix, kind, place, base, **facts):
        rng = self.rng
        served = facts.pop("served", rng.randint(1, 14))
        defaults = {
            "representative": person(rng), "manager": person(rng), "is_red": False, "party": "无",
            "staff": rng.randint(8, 140), "served": served,
            "served_m2": served * rng.randint(12_000, 60_000),
            "filed_on": workday(date(2019, 1, 7) + timedelta(days=rng.randrange(2500))),
            "rating": rng.choice(("AAA", "AA", "AA", "A", "A", "A", "B", "")),
            "in_district": True, "able": True, "willing": True, "founded": True,
            "capacity_m2": None, "radius_m": None, "blacklisted_until": None,
        }  # fmt: skip
        code = credit_code(prefix, facts.pop("division", self.district.code), rng)
        provider = Provider(
            name=name, code=code, kind=kind, base=base, place=place, **{**defaults, **facts}
        )
        self.made.append(provider)
        return provider

    def unit_company(self, unit: Unit):
        rng = self.rng
        provider = self.add(
            f"{unit.name}后勤物业服务有限公司（样例）", "91", "原单位企业", unit.place,
            f"{unit.name}后勤服务部（样例）",
            party=rng.choice(("单独", "联合", "联合", "指导员")), staff=rng.randint(6, 45),
            served=len(unit.dormitories), willing=unit.agrees, able=unit.agrees,
            founded=rng.random() < 0.6, radius_m=1000, rating=rng.choice(("A", "B", "B", "")),
            capacity_m2=rng.randint(12, 30) * 10_000,
        )  # fmt: skip
        provider.unit = unit.name

    def market(self, front, is_red, lack):
        rng = self.rng
        street = rng.choices(
            self.district.streets, [s.unmanaged + 1 for s in self.district.streets]
        )[0]
        community = rng.choice(self.district.communities_of(street.code))
        place = random_point(community.ring, rng, towards_centre=0.3)
        base, division = f"{street.short}服务站", self.district.code
        parties = ("单独", "单独", "联合") if is_red else ("联合", "指导员", "无")
        ratings = ("AAA", "AA", "A") if is_red else ("AA", "A", "B", "B")
        limits = (6000, 8000, 10000) if is_red else (3000, 4000, 6000)
        if lack == "in_district":
            ring = self.district.areas[0].ring
            place = (max(x for x, _ in ring) + 9000, place[1])
            base, division = "区外总部", self.district.code[:4] + "08"
        self.add(
            f"{front}物业服务有限公司（样例）", "91", "物业企业", place, base, division=division,
            is_red=is_red,
            party=rng.choice(parties),
            staff=rng.randint(60, 260) if is_red else rng.randint(12, 90),
            served=rng.randint(5, 28) if is_red else rng.randint(1, 12),
            in_district=lack != "in_district", willing=lack != "willing", able=lack != "able",
            founded=(lack != "founded") if is_red else rng.random() < 0.5,
            blacklisted_until=date(2027, 6, 30) if lack == "blacklist" else None,
            rating="C" if lack == "blacklist" else rng.choice(ratings),
            capacity_m2=rng.randint(22, 40) * 10_000 if is_red else rng.randint(9, 22) * 10_000,
            radius_m=rng.choice(limits),
        )  # fmt: skip

    def public(self, name, kind, prefix, street):
        rng = self.rng
        community = self.district.communities_of(street.code)[0]
        self.add(
            name, prefix, kind, random_point(community.ring, rng, 0.5), f"{street.short}便民服务点",
            party=rng.choice(("联合", "指导员")), staff=rng.randint(10, 60),
            capacity_m2=rng.randint(8, 16) * 10_000, radius_m=rng.choice((4000, 6000)),
            founded=rng.random() < 0.5, rating=rng.choice(("A", "B", "")),
        )  # fmt: skip


def nearest(providers: list[Provider], place: Point, count: int = 4) -> list[Provider]:
    return sorted(providers, key=lambda p: distance(p.place, place))[:count]
