"""Workbooks of the party grid: ledger of members, sheets D, E, F and H, and who was elected."""

from .grids import Grid, cover_of
from .pairings import CENTRE, MEMBER, Pairing
from .places import District
from .residents import People, Person
from .sheets import book, sheet
from .words import listed

MEMBERS = listed(
    "小区编码 小区名称 姓名 性别 出生年份 政治面貌 党员类别 身份 单位职务 联系电话 报到日期 "
    "认领岗位"
)
ORGANISATIONS = listed(
    "街道 社区 区划代码 组织名称 类型 书记 联系电话 正式党员数 成立日期 批复文号 换届日期"
)
LEADERS = listed("街道 社区 区划代码 小区/网格 组织名称 类型 书记 联系电话")
HEADS = listed(
    "小区编码 小区 楼栋 单元 姓名 性别 出生年份 政治面貌 身份 职务 联系电话 推选方式 推选日期"
)
GRIDS = listed(
    "网格编码 微网格编码 名称 四至范围 小区编码 小区名称 楼栋 单元 户数 网格长 联系电话 "
    "辅助员1 辅助员2 辅助员3"
)
CLUSTERS = listed(
    "片区编码 片区名称 街道 社区 区划代码 小区编码 小区名称 党组织 有党组织 党组织依据 有活动阵地 "
    "活动阵地依据 阵地来源 阵地达标 有党员台账 党员台账依据 有联系机制 联系机制依据 有应急预案 "
    "应急预案依据 核查日期"
)
PAIRINGS = listed(
    "序号 小区编码 小区名称 包联人 单位职务 联系电话 类型 对象类型 对象 起始日期 公示照片"
)
TARGETS = {MEMBER: "居民户", CENTRE: "困难户"}
KINDS = {"DISTRICT": "区委", "STREET": "街道党工委", "COMMUNITY": "社区党委"}
WIDE = (
    *("小区名称", "小区", "组织名称", "名称", "四至范围", "楼栋", "单位职务", "小区/网格"),
    *("片区编码", "片区名称", "小区编码", "党组织", "对象"),
)
MARK = "（样例数据）"


def write_party(folder, district: District, grids: list[Grid], people: People) -> None:
    for name, kind, header, rows in (
        ("members.xlsx", "党员台账", MEMBERS, member_rows(people)),
        ("organisations.xlsx", "党组织台账", ORGANISATIONS, committee_rows(district, people)),
        ("duties.xlsx", "两长四员花名册", HEADS, head_rows(people)),
        ("grids.xlsx", "微网格台账", GRIDS, grid_rows(grids, people)),
        ("leaders.xlsx", "党组织台账", LEADERS, leader_rows(district, people)),
    ):
        if rows:
            _write(folder / name, district, kind, header, rows)


def write_clusters(path, district: District, clusters: list) -> None:
    _write(path, district, "片区五有清单", CLUSTERS, cluster_rows(district, clusters))


def write_pairings(path, district: District, pairings: list[Pairing]) -> None:
    _write(path, district, "包联表", PAIRINGS, pairing_rows(pairings))


def _write(path, district: District, kind: str, header, rows: list[list]) -> None:
    title = f"{district.name}{kind}{MARK}"
    with book(path, title) as made:
        sheet(made, kind, title, header, rows, wide=WIDE)


def _about(person: Person) -> list:
    return [person.name, person.sex, person.born, person.status]


def member_rows(people: People) -> list[list]:
    return [
        [
            compound.code, compound.name, *_about(p), p.member_class, p.standing, p.work or None,
            p.phone, p.reported_on, p.post or None,
        ]
        for compound, p in people.members
    ]  # fmt: skip


def committee_rows(district: District, people: People) -> list[list]:
    names = {area.code: area.name for area in district.areas}
    rows = []
    for c in people.committees:
        above = [None, None, None]
        if c.area.level == "STREET":
            above = [c.area.name, None, None]
        elif c.area.level == "COMMUNITY":
            above = [names[c.area.parent], c.area.name, c.area.code]
        rows.append(
            [
                *above, c.name, KINDS[c.area.level], c.secretary.name, c.secretary.phone,
                None, c.elected_on, c.document, None,
            ]
        )  # fmt: skip
    return rows


def leader_rows(district: District, people: People) -> list[list]:
    streets = {area.code: area.name for area in district.areas}
    rows = []
    for branch in people.branches:
        community = branch.grid.community
        place = [streets[community.parent], community.name, community.code]
        held_for = branch.grid.compounds[0].code if branch.is_of_compound else branch.grid.code
        kind = "小区" if branch.is_of_compound else "网格"
        one = branch.secretary
        rows.append([*place, held_for, branch.name, kind, one.name, one.phone])
        for group in branch.groups:
            kind = "网格党小组" if group.grid else "院落党小组"
            one = group.leader
            rows.append([*place, group.place, group.name, kind, one.name, one.phone])
    return rows


def head_rows(people: People) -> list[list]:
    return [
        [
            h.compound.code, h.compound.name, h.building,
            f"{h.entrance}单元" if h.entrance else None, *_about(h.person), h.person.standing,
            h.duty, h.person.phone, h.chosen, h.chosen_on,
        ]
        for h in people.heads
    ]  # fmt: skip


def grid_rows(grids: list[Grid], people: People) -> list[list]:
    """Every grid, followed by its micro-grids."""
    rows = []
    for grid in grids:
        head = people.grid_heads.get(grid.code)
        rows.append(
            [
                grid.code, None, grid.name, grid.extent,
                "、".join(c.code for c in grid.compounds),
                "、".join(c.name for c in grid.compounds),
                "、".join(b.name for b in grid.buildings or ()) or None, None,
                grid.households, head and head.name, head and head.phone, None, None, None,
            ]
        )  # fmt: skip
        for micro in grid.micro_grids:
            head = people.micro_heads.get(micro.code)
            helpers = [person.name for person in people.assistants[micro.code]]
            rows.append(
                [
                    grid.code, micro.code, micro.name, micro.extent, *_cover_cells(micro),
                    micro.households, head and head.name, head and head.phone,
                    *helpers, *[None] * (3 - len(helpers)),
                ]
            )  # fmt: skip
    return rows


def _cover_cells(micro) -> list[str | None]:
    """Codes and names of compounds, buildings where not whole, entrances where not whole."""
    cover = cover_of(micro)
    parts = [(c, b, entrances) for c, inside in cover for b, entrances in inside]

    def written(compound, building):
        return f"{compound.name}/{building.name}" if len(cover) > 1 else building.name

    entrances = [
        f"{written(c, b)}/{number}单元" if len(parts) > 1 else f"{number}单元"
        for c, b, numbers in parts
        for number in numbers
    ]
    return [
        "、".join(c.code for c, _ in cover),
        "、".join(c.name for c, _ in cover),
        "、".join(written(c, b) for c, b, _ in parts) or None,
        "、".join(entrances) or None,
    ]


def cluster_rows(district: District, clusters: list) -> list[list]:
    streets = {area.code: area.name for area in district.areas}
    rows = []
    for c in clusters:
        community, has = c.grid.community, c.evidence
        rows.append(
            [
                c.code, c.name, streets[community.parent], community.name, community.code,
                "、".join(compound.code for compound in c.grid.compounds),
                "、".join(compound.name for compound in c.grid.compounds), c.branch,
                "是", has["党组织"], "是", has["活动阵地"], c.premises, "是",
                "是", has["党员台账"], "是", has["联系机制"], "是", has["应急预案"], c.checked_on,
            ]
        )  # fmt: skip
    return rows


def pairing_rows(pairings: list[Pairing]) -> list[list]:
    """Notices are hung up but not yet photographed."""
    return [
        [
            number, p.compound.code, p.compound.name, p.person.name, p.work or None,
            p.person.phone, p.kind, TARGETS.get(p.kind, "小区"),
            p.household or p.compound.name, p.starts_on, "否",
        ]
        for number, p in enumerate(pairings, start=1)
    ]  # fmt: skip
