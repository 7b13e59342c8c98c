"""Districts: their streets, communities, roads and shapes.

Xiaodian's district, streets, town and townships carry their real names and statistical codes
(see ../README.md for the source). Communities are named after roads and places in the manner of
the district; their codes are well formed but given out here. Boundaries are drawn by hand after
the true relative positions and are no survey.
"""

from dataclasses import dataclass, field

from . import words
from .geometry import (
    Ring,
    centroid,
    counter_clockwise,
    double_area,
    micro,
    share_borders,
    split_into,
    wiggled,
)


@dataclass(frozen=True)
class StreetPlan:
    code: str
    name: str
    short: str
    compounds: int
    unmanaged: int
    roads: tuple[str, ...]
    communities: tuple[str, ...]
    corners: str = ""
    villages: int = 0  # the last so many communities are villages (codes from 200)
    serials: tuple[str, ...] = ()  # last three digits of the communities, where they are known


@dataclass(frozen=True)
class Area:
    code: str
    name: str
    level: str
    parent: str
    ring: Ring


@dataclass
class District:
    code: str
    name: str
    city: str
    streets: list[StreetPlan]
    areas: list[Area] = field(default_factory=list)

    def communities_of(self, street: str) -> list[Area]:
        return [a for a in self.areas if a.level == "COMMUNITY" and a.parent == street]


# Corners of the hand-drawn map of Xiaodian, longitude and latitude (WGS84).
CORNERS = {
    "a": (112.5360, 37.8310), "b": (112.5535, 37.8330), "c": (112.5800, 37.8320),
    "d": (112.6060, 37.8335), "e": (112.6400, 37.8260), "f": (112.6520, 37.8030),
    "g": (112.6555, 37.7780), "h": (112.6500, 37.7520), "i": (112.6590, 37.7220),
    "j": (112.6545, 37.6900), "k": (112.6400, 37.6720), "l": (112.6220, 37.6400),
    "m": (112.5980, 37.6210), "n": (112.5520, 37.6175), "o": (112.5040, 37.6240),
    "p": (112.5075, 37.6520), "q": (112.5160, 37.6800), "r": (112.5225, 37.7030),
    "s": (112.5280, 37.7300), "t": (112.5305, 37.7555), "u": (112.5325, 37.7780),
    "v": (112.5345, 37.7965), "w": (112.5355, 37.8150),
    "A": (112.5535, 37.8125), "B": (112.5800, 37.8118), "C": (112.5545, 37.7960),
    "D": (112.5965, 37.8100), "E": (112.5960, 37.7862), "F": (112.5765, 37.7868),
    "G": (112.6215, 37.7790), "H": (112.6180, 37.7430), "I": (112.5775, 37.7560),
    "J": (112.5935, 37.7415), "K": (112.5945, 37.7020), "L": (112.5620, 37.6990),
    "M": (112.5560, 37.6560), "N": (112.5560, 37.7872),
}  # fmt: skip


def street_plan(code, name, compounds, unmanaged, corners, roads, communities, villages=0):
    short = name.removesuffix("街道").removesuffix("镇").removesuffix("乡")
    return StreetPlan(
        code, name, short, compounds, unmanaged,
        tuple(roads.split()), tuple(communities.split()), corners, villages,
    )  # fmt: skip


XIAODIAN_STREETS = [
    street_plan(
        "140105001", "坞城街道", 170, 66, "ABDEFNC",
        "坞城路 学府街 坞城南路 坞城东街 坞城西街 师范街 许坦西街 王村南街 长风街 南中环街",
        "学府社区 师范街社区 坞城路东社区 坞城路西社区 坞城东街社区 坞城西街社区 许坦西社区 "
        "王村南社区 寇庄南社区 长风南社区 文华苑社区 学苑社区 坞城新村社区 中环北社区 书香苑社区 "
        "坞城南社区",
    ),
    street_plan(
        "140105002", "营盘街道", 170, 70, "bcBA",
        "并州南路 亲贤北街 体育路 康宁街 寇庄西路 寇庄北街 长治路 王村北街 南内环街 亲贤街",
        "营盘社区 并州南路东社区 并州南路西社区 亲贤北社区 体育路社区 康宁社区 寇庄社区 寇庄西社区 "
        "长治路东社区 王村北社区 南内环南社区 亲贤社区 体北社区 康乐社区 营西社区 新寇社区",
    ),
    street_plan(
        "140105003", "北营街道", 130, 34, "cdefgGEDB",
        "北营北路 北营南路 马练营路 太榆路 许坦东街 北营东街 东中环路 南站街",
        "北营社区 北营北社区 北营南社区 马练营社区 许坦东社区 太榆路社区 南站社区 东中环社区 "
        "并东社区 铁新社区 新营社区 北营东社区 郑村社区 东峰社区",
    ),
    street_plan(
        "140105004", "平阳路街道", 150, 48, "abACvw",
        "平阳路 亲贤街 长风街 平阳南路 滨河东路 南内环街 长治路 平阳路西街",
        "平阳社区 平阳北社区 平阳南社区 平阳西社区 长风社区 长风西社区 亲贤西社区 汾滨社区 "
        "滨河社区 长治路西社区 平阳新区社区 南内环西社区 景汾社区",
    ),
    street_plan(
        "140105005", "黄陵街道", 90, 14, "FEGHJI",
        "太榆路 黄陵路 电子街 唐槐路 龙盛街 武洛街 黄陵南街",
        "黄陵社区 黄陵北社区 黄陵南社区 电子街社区 唐槐社区 龙盛社区 武洛社区 新纪元社区 杨庄社区 "
        "榆东社区",
    ),
    street_plan(
        "140105006", "小店街道", 170, 38, "tIJKLrs",
        "人民南路 人民北路 昌盛街 昌盛西街 通达街 真武路 汾东大街 正阳街 康宁东街 小店正街",
        "小店社区 人民南路社区 人民北路社区 昌盛社区 昌盛西社区 通达社区 真武社区 汾东社区 "
        "正阳社区 东街社区 西街社区 南街社区 北街社区 嘉汾社区 汾东南社区 新店社区",
    ),
    street_plan(
        "140105007", "龙城街道", 110, 12, "vCNFItu",
        "龙城大街 晋阳街 南中环街 长治路 滨河东路 龙城北街 高新街 创业街",
        "龙城社区 龙城北社区 龙城南社区 晋阳街社区 晋阳东社区 高新社区 创业社区 汾河社区 "
        "南中环社区 嘉节社区 龙馨社区 亲龙社区",
    ),
    street_plan(
        "140105100", "北格镇", 60, 6, "LKklmnopM",
        "北格街 大运路 格盛街 南格路 蒲水街 北格东路",
        "北格社区 格盛社区 大运社区 北格东社区 南格村 东蒲村 张花村 辛庄村",
        villages=4,
    ),
    street_plan(
        "140105200", "西温庄乡", 57, 5, "GghijkKJH",
        "温庄街 机场东路 太太路 武宿街 温庄南街 空港路",
        "温庄社区 空港社区 武宿社区 温庄南社区 西温庄村 东温庄村 西攒村 大吴村",
        villages=4,
    ),
    street_plan(
        "140105201", "刘家堡乡", 50, 3, "rLMpq",
        "刘堡街 大运路 汾河东路 堡南路 王吴路",
        "刘堡社区 汾河湾社区 堡南社区 刘家堡村 王吴村 西草寨村 洛阳村",
        villages=4,
    ),
]  # fmt: skip
XIAODIAN_OUTLINE = "abcdefghijklmnopqrstuvw"


def xiaodian(rng, compounds: int = 1157, unmanaged: int = 296) -> District:
    """Xiaodian with its true streets; another number of compounds is spread in proportion."""
    streets = XIAODIAN_STREETS
    if compounds != 1157:
        streets = _spread(streets, compounds, unmanaged)
    district = District("140105", "小店区", "太原市", streets)
    memory: dict = {}

    def drawn(corners):
        path = [micro(*CORNERS[corner]) for corner in corners]
        return counter_clockwise(wiggled(path, rng, memory))

    rings = {street.code: drawn(street.corners) for street in streets}
    settle_areas(district, drawn(XIAODIAN_OUTLINE), rings, rng)
    return district


# Degrees east and north of the south-west corner.
GENERIC_SHAPE = (
    (0, 0.01), (0.05, 0), (0.11, 0.008), (0.12, 0.05), (0.1, 0.095), (0.05, 0.1), (0.004, 0.09),
)  # fmt: skip


def other(rng, code: str, name: str, compounds: int, unmanaged: int, centre=(112.55, 37.87)):
    """A district of any size whose streets and communities are made up."""
    number = max(2, min(len(words.GENERIC_STREETS), round(compounds / 110)))
    per_street = max(2, round(compounds / 10 / number))
    streets = []
    for index, front in enumerate(words.GENERIC_STREETS[:number]):
        places = rng.sample(words.GENERIC_PLACES, min(per_street, len(words.GENERIC_PLACES)))
        roads = " ".join(rng.sample(words.GENERIC_ROADS, 8))
        communities = " ".join(f"{front}{place}社区" for place in places)
        street_code = f"{code}{index + 1:03d}"
        streets.append(street_plan(street_code, f"{front}街道", 1, 0, "", roads, communities))
    streets = _spread(streets, compounds, unmanaged, [1.0 for _ in streets])
    district = District(code, name, "", streets)
    size = max(1.0, (compounds / 1200) ** 0.5)
    west, south = centre[0] - 0.06 * size, centre[1] - 0.05 * size
    path = [
        micro(
            west + size * x + rng.uniform(-0.004, 0.004),
            south + size * y + rng.uniform(-0.004, 0.004),
        )
        for x, y in GENERIC_SHAPE
    ]
    outline = counter_clockwise(wiggled(path, rng, {}))
    pieces = split_into(outline, [1.0 for _ in streets], rng)
    rings = {street.code: piece for street, piece in zip(streets, pieces, strict=True)}
    settle_areas(district, outline, rings, rng)
    return district


def _spread(streets, compounds, unmanaged, weights=None):
    """The same streets with other numbers of compounds, in proportion."""
    all_weights = weights or [float(s.compounds) for s in streets]
    totals = shares(compounds, all_weights, at_least=1)
    bad = shares(unmanaged, weights or [float(s.unmanaged) for s in streets])
    surplus = 0
    for index, total in enumerate(totals):
        if bad[index] > total:
            surplus += bad[index] - total
            bad[index] = total
    for index, total in enumerate(totals):
        room = min(surplus, total - bad[index])
        bad[index] += room
        surplus -= room
    return [
        StreetPlan(
            s.code, s.name, s.short, total, number, s.roads, s.communities, s.corners, s.villages
        )
        for s, total, number in zip(streets, totals, bad, strict=True)
    ]


def shares(total: int, weights: list[float], at_least: int = 0) -> list[int]:
    """Whole numbers in proportion to the weights that sum to the total (largest remainder)."""
    rest = total - at_least * len(weights)
    exact = [rest * weight / sum(weights) for weight in weights]
    whole = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda i: (whole[i] - exact[i], i))
    for index in order[: rest - sum(whole)]:
        whole[index] += 1
    return [value + at_least for value in whole]


def settle_areas(district: District, outline: Ring, rings: dict[str, Ring], rng) -> None:
    """Cut the streets into communities and file every area of the district.

    Now and then two cuts meet a hand's breadth apart and a sliver is left: then cut afresh.
    """
    for _ in range(50):
        district.areas = _cut_communities(district, outline, rings, rng)
        if fills_exactly(district.areas):
            return
    raise ValueError("the communities never filled their streets")


def fills_exactly(areas: list[Area]) -> bool:
    """True when the children of every area have together exactly its area."""
    inside: dict[str, int] = {}
    for area in areas:
        inside[area.parent] = inside.get(area.parent, 0) + double_area(area.ring)
    return all(inside.get(a.code, double_area(a.ring)) == double_area(a.ring) for a in areas)


def _cut_communities(district, outline, rings, rng) -> list[Area]:
    drawn = {district.code: outline, **rings}
    rows = [(district.code, district.name, "DISTRICT", "")]
    for street in district.streets:
        rows.append((street.code, street.name, "STREET", district.code))
        weights = [rng.uniform(0.75, 1.3) for _ in street.communities]
        pieces = split_into(rings[street.code], weights, rng)
        first_village = len(street.communities) - street.villages
        pieces = matched(street.communities, pieces)
        for index, (name, piece) in enumerate(zip(street.communities, pieces, strict=True)):
            serial = index + 1 if index < first_village else 200 + index - first_village
            code = f"{street.code}{street.serials[index] if street.serials else f'{serial:03d}'}"
            rows.append((code, name, "COMMUNITY", street.code))
            drawn[code] = piece
    drawn = share_borders(drawn)
    return [Area(*row, drawn[row[0]]) for row in rows]


# Where a name says it lies within its street: east and north, -1 to 1.
LEANINGS = {"东": (1, 0), "西": (-1, 0), "南": (0, -1), "北": (0, 1)}
ROAD_LEANINGS = {
    "南内环": (0, 1), "南中环": (0, 1), "中环北": (0, -1), "长风南": (0, 1), "滨河": (-1, 0),
    "汾滨": (-1, 0), "汾河": (-1, 0), "景汾": (-1, 0), "长治路东": (-1, 0), "长治路西": (1, 0),
    "许坦东": (-1, 0), "南站": (0.6, 0), "东中环": (1, 0), "太榆路": (-0.6, 0), "亲贤": (0, 0.7),
    "亲贤北": (0, 1), "学府": (0, -0.3), "榆东": (1, 0), "空港": (0, 0.8), "武宿": (-0.5, 0.9),
}  # fmt: skip


def matched(names, pieces: list[Ring], wished=None) -> list[Ring]:
    """Give each name a piece: 北 to the north, 滨河 to the river; swaps until none helps.

    `wished`: where each lies, east and north, -1 to 1; otherwise its name says so.
    """
    middles = [centroid(piece) for piece in pieces]
    spans = [(min(axis), max(axis) - min(axis) or 1) for axis in zip(*middles, strict=True)]
    at = [
        tuple(2 * (m[i] - low) / width - 1 for i, (low, width) in enumerate(spans)) for m in middles
    ]
    wished = wished or [_leaning(name) for name in names]

    def cost(name, place):
        return sum((w - a) ** 2 for w, a in zip(wished[name], at[place], strict=True))

    order = list(range(len(pieces)))
    better = True
    while better:
        better = False
        for i in range(len(order)):
            for j in range(i):
                now = cost(i, order[i]) + cost(j, order[j])
                if cost(i, order[j]) + cost(j, order[i]) < now - 1e-9:
                    order[i], order[j] = order[j], order[i]
                    better = True
    return [pieces[place] for place in order]


def _leaning(name: str) -> tuple[float, float]:
    stem = name.removesuffix("社区").removesuffix("村")
    found = max((key for key in ROAD_LEANINGS if stem.startswith(key)), key=len, default="")
    if found:
        return ROAD_LEANINGS[found]
    return next((LEANINGS[c] for c in reversed(stem) if c in LEANINGS), (0, 0))
