"""The city of Changzhi as one tree: counties at the level of streets, townships below them.

The tree of areas has no city above the districts, and its codes must begin with each other, which
the true codes of a city (140400) and its counties (140403) do not. So a county is 140400 and its
own last three digits, a township that and its own last three digits: each true code can be read
off. Names and true codes: see ../README.md. Development zones are left out.
"""

from .geometry import centroid, counter_clockwise, micro, split_into, wiggled
from .places import District, StreetPlan, matched, settle_areas

CODE, NAME = "140400", "长治市"

# True code, name, compounds, of them unmanaged, three-none; where on the map (east, north); roads;
# townships with the last three digits of their codes.
COUNTIES = (
    ("140403", "潞州区", 1126, 246, 92, (0.15, -0.3),
     "英雄路 延安路 太行街 解放路 长兴路 东大街 西大街 城南街 紫金街 府后街 威远门路 站前街",
     "001东街街道 002西街街道 003英雄南路街道 004英雄中路街道 005紫金街街道 006太行东街街道 "
     "007太行西街街道 008延安南路街道 009常青街道 010五马街道 013堠北庄街道 014老顶山街道 "
     "015大辛庄街道 103马厂镇 104黄碾镇 105西白兔镇"),
    ("140404", "上党区", 168, 34, 5, (0.1, -0.75),
     "迎宾路 黎都街 振兴街 光明路 东环路 新建街",
     "001韩店街道 101苏店镇 102荫城镇 103西火镇 104八义镇 106郝家庄镇 107南宋镇 201西池乡 "
     "202北呈乡 203东和乡"),
    ("140405", "屯留区", 132, 28, 4, (-0.3, -0.15),
     "麟绛大街 羿神街 新建路 工业街 府前路 西环路",
     "001麟绛街道 101上村镇 102渔泽镇 103余吾镇 104吾元镇 105张店镇 106丰宜镇 200李高乡 201路村乡 "
     "202河神庙乡"),
    ("140406", "潞城区", 152, 36, 9, (0.45, 0.0),
     "潞华街 中华大街 天脊路 府东街 学府路 北环路",
     "001潞华街道 002成家川街道 003翟店街道 100店上镇 101微子镇 102辛安泉镇 104史回镇 201黄牛蹄乡"),
    ("140423", "襄垣县", 148, 32, 4, (0.05, 0.35),
     "开元街 太行路 新建街 府前街 东湖路 长青街",
     "100古韩镇 101王桥镇 102侯堡镇 103夏店镇 104虒亭镇 105西营镇 106王村镇 107下良镇 108善福镇"),
    ("140425", "平顺县", 46, 10, 1, (0.9, -0.3),
     "青羊街 彩凤路 兴华街 平安路",
     "100青羊镇 101龙溪镇 102石城镇 103苗庄镇 104玉峡关镇 200西沟乡 201东寺头乡 202虹梯关乡 "
     "203阳高乡 204北耽车乡 206北社乡"),
    ("140426", "黎城县", 74, 15, 2, (0.85, 0.35),
     "黎侯街 兴黎路 桥西路 古县街",
     "105黎侯镇 101东阳关镇 102上遥镇 103西井镇 104黄崖洞镇 106洪井镇 107西仵镇 108程家山镇"),
    ("140427", "壶关县", 92, 20, 2, (0.55, -0.7),
     "新建路 神山街 龙丽街 学前路",
     "100龙泉镇 101百尺镇 102店上镇 103晋庄镇 104树掌镇 105大峡谷镇 106集店镇 201黄山乡 "
     "202东井岭乡 203石坡乡"),
    ("140428", "长子县", 138, 29, 3, (-0.35, -0.7),
     "丹朱街 慈林路 漳河街 神农路 鹿谷街",
     "100丹朱镇 101鲍店镇 102石哲镇 103大堡头镇 104慈林镇 105色头镇 106南漳镇 107宋村镇 108南陈镇 "
     "201碾张乡 202常张乡"),
    ("140429", "武乡县", 96, 23, 2, (-0.15, 0.9),
     "迎宾街 太行街 红星路 凤凰路 宝塔街",
     "100丰州镇 101洪水镇 102蟠龙镇 103监漳镇 104故城镇 105韩北镇 202大有乡 203贾豁乡 205上司乡 "
     "206石北乡 207涌泉乡 208分水岭乡"),
    ("140430", "沁县", 74, 16, 2, (-0.5, 0.65),
     "胜利街 北寺路 沁州街 南环路",
     "100定昌镇 101郭村镇 102故县镇 103新店镇 104漳源镇 105册村镇 106沁州黄镇 107南里镇 108松村镇 "
     "203牛寺乡 206杨安乡"),
    ("140431", "沁源县", 72, 14, 1, (-0.9, 0.15),
     "胜利路 沁河街 太岳街 北园街",
     "100沁河镇 101郭道镇 102灵空山镇 103王和镇 105王陶镇 107景凤镇 200中峪乡 201法中乡 202交口乡 "
     "203聪子峪乡 204韩洪乡 207赤石桥乡"),
)  # fmt: skip
# Degrees east and north of the south-west corner: a sketch of the city's outline.
_SHAPE = (
    (0.05, 0.1), (0.5, 0.0), (1.1, 0.02), (1.55, 0.2), (1.6, 0.55), (1.45, 0.85), (1.0, 1.05),
    (0.55, 1.2), (0.3, 1.0), (0.0, 0.75),
)  # fmt: skip
_CORNER = (111.98, 35.85)


def city(rng) -> District:
    """The city with its counties and townships; borders are no survey."""
    counties = [_county(row) for row in COUNTIES]
    district = District(CODE, NAME, "", counties)
    path = [micro(_CORNER[0] + x, _CORNER[1] + y) for x, y in _SHAPE]
    outline = counter_clockwise(wiggled(path, rng, {}))
    pieces = split_into(outline, [1.0 for _ in counties], rng)
    pieces = matched([c.name for c in counties], pieces, wished=[row[5] for row in COUNTIES])
    rings = {county.code: piece for county, piece in zip(counties, pieces, strict=True)}
    settle_areas(district, outline, rings, rng)
    return district


def _county(row) -> StreetPlan:
    code, name, compounds, unmanaged, _three_none, _where, roads, townships = row
    listed = townships.split()
    return StreetPlan(
        CODE + code[3:], name, name.removesuffix("区").removesuffix("县"), compounds, unmanaged,
        tuple(roads.split()), tuple(x[3:] for x in listed), serials=tuple(x[:3] for x in listed),
    )  # fmt: skip


def true_code(code: str) -> str:
    """The code that the Bureau of Statistics gives a county, from the one it has here."""
    return CODE[:3] + code[6:]


def three_none_of(street: str) -> int:
    return next(row[4] for row in COUNTIES if CODE + row[0][3:] == street)


def seats_of(district: District, street: str) -> list[tuple]:
    """Townships of a county with the share of its housing: streets and the county seat first."""
    found = district.communities_of(street)
    towns = [a for a in found if a.name.endswith("街道")] or found[:1]
    return [(a, 12.0 if a in towns else 1.0, centroid(a.ring)) for a in found]
