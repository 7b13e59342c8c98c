"""The columns of the register sheet: sheet A of the survey (domain.md §8.3) and its extension."""
# ruff: noqa: E501 - tables of columns read better in one line each

import re

from django.utils.translation import gettext_noop as _

from governance.foundation import cells
from governance.foundation.fields import TagsField
from governance.foundation.texts import CellError

from ..models import Kind, ManagementMode, Ownership, ProblemTag, Renovation, UnitState
from . import columns as c

CODE = re.compile(r"\d{12}-\d{4}")

OWNERSHIP = {
    "商品房": Ownership.COMMODITY.value,
    "房改房": Ownership.REFORMED.value,
    "单位产权": Ownership.UNIT.value,
    "直管公房": Ownership.PUBLIC.value,
    "自建房": Ownership.SELF_BUILT.value,
    "回迁安置": Ownership.RESETTLEMENT.value,
    "经济适用房": Ownership.AFFORDABLE.value,
    "混合产权": Ownership.MIXED.value,
}
UNIT_STATE = {
    "存续": UnitState.ACTIVE.value,
    "已撤销": UnitState.DISSOLVED.value,
    "破产改制": UnitState.BANKRUPT.value,
    "无": UnitState.NONE.value,
}
RENOVATION = {
    "已改造": Renovation.DONE.value,
    "列入计划": Renovation.SCHEDULED.value,
    "未改造": Renovation.NONE.value,
}
MANAGEMENT = {
    "物业企业服务": ManagementMode.FIRM.value,
    "单位自管": ManagementMode.UNIT.value,
    "居民自管": ManagementMode.SELF.value,
    "社区代管": ManagementMode.COMMUNITY.value,
    "无人管理": ManagementMode.NONE.value,
    "弃管": ManagementMode.ABANDONED.value,
}
KIND = {
    "小区": Kind.COMPOUND.value,
    "楼院": Kind.COURTYARD.value,
    "独栋": Kind.BUILDING.value,
}
PROBLEM_TAGS = {
    "无人管事": ProblemTag.NO_PERSON.value,
    "无钱办事": ProblemTag.NO_MONEY.value,
    "无章理事": ProblemTag.NO_RULES.value,
    "设施老旧": ProblemTag.OLD_EQUIPMENT.value,
    "环境脏乱": ProblemTag.DIRTY.value,
    "投诉频发": ProblemTag.COMPLAINTS.value,
    "老年居民多": ProblemTag.ELDERLY.value,
}


def _compound_code(value: object) -> str | None:
    code = _plain_code(value)
    if code is not None and not CODE.fullmatch(code):
        raise CellError(
            _("A compound code has 12 digits, a stroke and 4 digits: 140105001004-0037.")
        )
    return code


_plain_code = cells.code(20)
_tags = cells.several(PROBLEM_TAGS)


def _problem_tags(value: object) -> str | None:
    codes = _tags(value)
    return TagsField.join(codes) if codes else None


COLUMNS = (
    c.running_number(),
    c.text("街道", "street_name", 60, ("街道办", "街道名称", "所属街道", "街道办事处", "乡镇街道"), fills_down=True, width=12, samples=("坞城街道", "坞城街道")),
    c.text("社区", "community_name", 60, ("社区名称", "所属社区", "社区居委会"), fills_down=True, width=14),
    c.code("区划代码", "community_code", ("社区代码", "社区编码", "统计用区划代码", "社区区划代码"), clean=cells.code(digits=12), fills_down=True, width=15),
    c.text("小区名称", "name", 100, ("小区", "名称", "小区(楼院)名称", "楼院名称", "项目名称", "小区名"), is_required=True, width=24, samples=("样例路1号院", "样例路2号院")),
    c.text("地址", "address", 200, ("详细地址", "小区地址", "坐落", "位置", "具体位置"), width=26, samples=("样例路1号", "样例路2号")),
    c.year("建成年份", "built_year", ("建成年代", "建成时间", "竣工年份", "建造年份", "建设年份", "建成年"), samples=(1986, 1998)),
    c.integer("楼栋数", "building_count", ("楼栋数量", "栋数", "幢数", "楼数", "楼幢数"), maximum=10_000, samples=(2, 5)),
    c.integer("单元数", "entrance_count", ("单元数量", "单元"), maximum=50_000, samples=(6, 18)),
    c.integer("户数", "household_count", ("总户数", "居民户数", "住户数", "户数合计"), maximum=100_000, samples=(80, 312)),
    c.integer("常住人口", "resident_count", ("人口", "常住人口数", "居民人数", "人数", "人口数"), maximum=500_000, samples=(200, 865)),
    c.area("建筑面积(㎡)", "floor_area_m2", ("总建筑面积", "房屋建筑面积", "面积"), width=13, samples=(5934.2, 21860)),
    c.area("应收费面积(㎡)", "chargeable_area_m2", ("收费面积", "应收费面积", "计费面积"), width=13, samples=(5800, 21500.5)),
    c.choice("产权性质", "ownership", OWNERSHIP, ("房屋性质", "产权类型", "房屋产权"), words={"单位宿舍": "UNIT", "公房": "PUBLIC", "回迁安置房": "RESETTLEMENT", "安置房": "RESETTLEMENT", "混合": "MIXED"}, width=11, samples=("房改房", "单位产权")),
    c.unit("原产权单位", "unit_name", 100, ("产权单位", "原单位", "隶属单位", "主管单位", "原产权单位名称"), width=20, samples=(None, "样例机械厂")),
    c.choice("单位状态", "unit_state", UNIT_STATE, ("原单位状态", "产权单位状态", "单位现状"), words={"正常": "ACTIVE", "撤销": "DISSOLVED", "破产": "BANKRUPT", "改制": "BANKRUPT", "破产/改制": "BANKRUPT"}, samples=("无", "存续")),
    c.boolean("是否三无", "is_three_none", ("三无小区", "是否三无小区", "三无"), samples=(None, None)),
    c.choice("是否改造", "renovation", RENOVATION, ("改造情况", "是否老旧小区改造", "老旧小区改造"), words={"是": "DONE", "否": "NONE", "计划改造": "SCHEDULED", "已列入计划": "SCHEDULED", "拟改造": "SCHEDULED"}, samples=("未改造", "已改造")),
    c.year("改造年份", "renovation_year", ("改造时间", "改造年度"), samples=(None, 2021)),
    c.boolean("是否围合", "is_enclosed", ("围合", "封闭", "是否封闭"), samples=("是", "是")),
    c.boolean("是否连片", "is_contiguous", ("连片", "集中连片", "是否集中连片"), samples=("否", "是")),
    c.text("连片组编号", "contiguity_group", 30, ("连片组", "片区编号", "连片编号", "片区"), samples=(None, "样例-01")),
    c.choice("现管理方式", "management_mode", MANAGEMENT, ("管理方式", "管理模式", "现有管理方式", "物业管理方式"), words={"物业服务": "FIRM", "专业物业": "FIRM", "物业企业": "FIRM", "物业公司": "FIRM", "自管": "SELF", "业主自管": "SELF", "社区托管": "COMMUNITY", "社区兜底": "COMMUNITY", "无物业": "NONE", "无": "NONE", "无人管": "NONE", "物业弃管": "ABANDONED"}, width=13, samples=("无人管理", "单位自管")),
    c.area("物业用房(㎡)", "property_rooms_m2", ("物业用房面积", "物管用房"), width=11, samples=(None, 60)),
    c.integer("停车位数", "parking_spaces", ("停车位", "车位数", "车位"), samples=(12, 96)),
    c.integer("电梯数", "lift_count", ("电梯", "电梯数量", "电梯部数"), maximum=10_000, samples=(0, 2)),
    c.boolean("有无物管会", "has_committee", ("物管会", "是否成立物管会", "有无业委会", "有无物管会或业委会", "业委会", "有无业委会(物管会)"), samples=("无", "有")),
    c.text("存在问题", "problems", 500, ("主要问题", "问题", "问题描述"), width=26, samples=("管网老化，无人值守", None)),
    c.text("摸底人", "surveyor", 50, ("调查人", "摸底人员", "填报人", "调查员"), samples=("样例甲", "样例甲")),
    c.date("摸底日期", "surveyed_on", ("调查日期", "摸底时间", "调查时间"), width=12, samples=("2026-05-25", "2026-05-25")),
    c.code("小区编码", "code", ("小区代码", "小区编号", "院落编码"), clean=_compound_code, width=19),
    c.choice("小区类型", "kind", KIND, ("类型", "小区类别"), words={"院落": "COURTYARD", "独栋楼": "BUILDING", "单体楼": "BUILDING"}, samples=("楼院", "小区")),
    c.integer("与原单位距离(m)", "unit_distance_m", ("与原单位距离", "距原单位距离"), width=12, samples=(None, 150)),
    c.boolean("管网完好", "check_pipes", ("管网",), samples=("否", "是")),
    c.boolean("供电完好", "check_power", ("供电",), samples=("是", "是")),
    c.boolean("道路完好", "check_road", ("道路",), samples=("否", "是")),
    c.boolean("大门完好", "check_gate", ("大门",), samples=("否", "是")),
    c.boolean("无主管单位", "lacks_unit", ("是否无主管单位",), samples=("是", "否")),
    c.boolean("无物业服务", "lacks_service", ("是否无物业服务",), samples=("是", "否")),
    c.boolean("无人防物防技防", "lacks_defence", ("无防范设施", "无人防、物防、技防", "是否无防范"), width=14, samples=("是", "否")),
    c.Column("问题标签", "problem_tags", c.TAGS, _problem_tags, ("问题类型",), width=18, samples=("无人管事、设施老旧", None), label_of={v: k for k, v in PROBLEM_TAGS.items()}),
    c.coordinate("经度", "longitude", 180, ("东经",), width=12, samples=(112.5621, 112.568)),
    c.coordinate("纬度", "latitude", 180, ("北纬",), width=12, samples=(37.7903, 37.7931)),
)  # fmt: skip
PLACE_FIELDS = frozenset({"street_name", "community_name", "community_code", "code"})
STORED = tuple(col.field for col in COLUMNS if col.field and col.field not in PLACE_FIELDS)
