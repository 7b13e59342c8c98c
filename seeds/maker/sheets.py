"""The workbooks as a street office would hand them in: title row, header, rows."""

from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from .compounds import Compound
from .geometry import MICRO
from .invitations import Invitation
from .places import District
from .providers import Provider
from .words import PROBLEM_TAGS, listed

REGISTER = listed(
    "序号 街道 社区 区划代码 小区名称 地址 建成年份 楼栋数 单元数 户数 常住人口 建筑面积(㎡) "
    "应收费面积(㎡) 产权性质 原产权单位 单位状态 是否三无 是否改造 改造年份 是否围合 是否连片 "
    "连片组编号 现管理方式 物业用房(㎡) 停车位数 电梯数 有无物管会 存在问题 摸底人 摸底日期 "
    "小区编码 小区类型 与原单位距离(m) 管网完好 供电完好 道路完好 大门完好 无主管单位 无物业服务 "
    "无人防物防技防 问题标签 经度 纬度"
)
BUILDINGS = listed("小区编码 小区名称 楼栋 单元数 层数 户数 电梯数 建筑面积(㎡)")
PROVIDERS = listed(
    "企业名称 统一社会信用代码 法定代表人 类型 是否红色物业 党组织形式 党组织名称 党建指导员 "
    "从业人数 在管小区数 在管面积(㎡) 项目负责人 备案日期 信用等级 是否辖区内 有能力 有意愿 基础好 "
    "承接能力(㎡) 服务半径(m) 黑名单至 基地名称 经度 纬度"
)
INVITATIONS = listed("轮次 小区编码 小区名称 企业名称 统一社会信用代码 邀约日期 答复 答复日期 函号")
WIDE_COLUMNS = listed(
    "小区名称 地址 原产权单位 存在问题 问题标签 企业名称 统一社会信用代码 小区编码 基地名称 函号 "
    "党组织名称"
)

CREATED = datetime(2026, 5, 25, 9, 0, 0)  # fixed, so that the same rows make the same file
NARROW, WIDE = 11, 26


def yes(value: bool | None, words: str = "是否") -> str | None:
    return None if value is None else words[0] if value else words[1]


def m2(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100


def register_rows(compounds: list[Compound]) -> list[list]:
    return [_register_row(number, c) for number, c in enumerate(compounds, start=1)]


def _register_row(number: int, c: Compound) -> list:
    contiguous = bool(c.group) if c.cell or c.group else None
    place = [round(v / MICRO, 6) for v in c.place] if c.has_location else [None, None]
    return [
        number, c.street.name, c.community.name, c.community.code, c.name, c.address,
        c.built_year, c.building_count, c.entrance_count, c.households, c.residents,
        m2(c.floor_cm2), m2(c.chargeable_cm2), c.ownership, c.unit or None, c.unit_state,
        yes(c.three_none), c.renovation, c.renovated_year, yes(c.enclosed), yes(contiguous),
        c.group or None, c.management, c.rooms_m2, c.parking, c.lifts, yes(c.committee, "有无"),
        c.problems or None, c.surveyor, c.surveyed_on, c.code, c.kind, c.unit_distance,
        *(yes(check) for check in c.checks), *(yes(lack) for lack in c.lacks),
        "、".join(p for p in c.problems.split("、") if p in PROBLEM_TAGS) or None, *place,
    ]  # fmt: skip


def building_rows(compounds: list[Compound]) -> list[list]:
    return [
        [c.code, c.name, b.name, b.entrances, b.storeys, b.households, b.lifts, m2(b.area_cm2)]
        for c in compounds
        for b in c.buildings
    ]


def provider_rows(providers: list[Provider]) -> list[list]:
    return [
        [
            p.name, p.code, p.representative, p.kind, yes(p.is_red), p.party,
            p.organisation or None, yes(p.is_instructed), p.staff, p.served, p.served_m2, p.manager,
            p.filed_on, p.rating or None, yes(p.in_district), yes(p.able), yes(p.willing),
            yes(p.founded), p.capacity_m2, p.radius_m, p.blacklisted_until, p.base,
            round(p.place[0] / MICRO, 6), round(p.place[1] / MICRO, 6),
        ]
        for p in providers
    ]  # fmt: skip


def invitation_rows(invitations: list[Invitation]) -> list[list]:
    return [
        [
            i.round, i.compound.code, i.compound.name, i.provider.name, i.provider.code,
            i.invited_on, i.answer, i.answered_on, i.letter,
        ]
        for i in invitations
    ]  # fmt: skip


def write_register(path, district: District, compounds: list[Compound]) -> None:
    title = f"{district.city}{district.name}无物业小区摸底台账（样例数据）"
    with book(path, title) as made:
        sheet(made, "小区摸底台账", title, REGISTER, register_rows(compounds))
        sheet(
            made,
            "楼栋表",
            f"{district.name}楼栋表（样例数据）",
            BUILDINGS,
            building_rows(compounds),
        )


def write_providers(path, district: District, providers: list[Provider]) -> None:
    title = f"{district.name}物业企业备案表（样例数据）"
    with book(path, title) as made:
        sheet(made, "物业企业备案表", title, PROVIDERS, provider_rows(providers))


def write_invitations(path, district: District, invitations: list[Invitation]) -> None:
    title = f"{district.name}邀约记录表（样例数据）"
    with book(path, title) as made:
        sheet(made, "邀约记录表", title, INVITATIONS, invitation_rows(invitations))


def book(path, title):
    made = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    made.set_properties({"title": title, "created": CREATED})
    return made


def sheet(made, name, title, header, rows, wide=WIDE_COLUMNS) -> None:
    page = made.add_worksheet(name)
    head = made.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    page.merge_range(
        0, 0, 0, len(header) - 1, title,
        made.add_format({"bold": True, "font_size": 16, "align": "center"}),
    )  # fmt: skip
    page.freeze_panes(2, 5 if len(header) > 20 else 0)
    page.set_landscape()
    page.set_paper(9)
    page.repeat_rows(1)
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for column, label in enumerate(header):
        page.set_column(column, column, WIDE if label in wide else NARROW)
        page.write_string(1, column, label, head)
    for row, values in enumerate(rows, start=2):
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str):
                page.write_string(row, column, value)
            elif isinstance(value, date):
                page.write_datetime(row, column, value, day)
            else:
                page.write_number(row, column, value)
    page.autofilter(1, 0, 1 + len(rows), len(header) - 1)
