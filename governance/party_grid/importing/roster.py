"""The columns of the roster and the words that its cells are written in."""

# ruff: noqa: E501 - tables of columns read better in one line each
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from governance.foundation import cells, dates, spreadsheets
from governance.people import matching
from governance.people.models import Person

from ..models import Duty
from ..rules import BUILDING_HEAD, CENTRE_HOUSEHOLD, ENTRANCE_HEAD, Seat

OLDEST = 120
HEADS = (BUILDING_HEAD, ENTRANCE_HEAD)
PLACES = (Seat.BUILDING, Seat.ENTRANCE, Seat.COMPOUND)
KIND_WORDS = {
    "楼长": BUILDING_HEAD,
    "楼门长": ENTRANCE_HEAD,
    "中心户": CENTRE_HOUSEHOLD,
    "中心户长": CENTRE_HOUSEHOLD,
}
SEX = {"男": Person.Sex.MALE.value, "女": Person.Sex.FEMALE.value}
STATUS = {
    "中共党员": Person.PoliticalStatus.FULL_MEMBER.value,
    "中共预备党员": Person.PoliticalStatus.PROBATIONARY.value,
    "共青团员": Person.PoliticalStatus.LEAGUE.value,
    "民主党派": Person.PoliticalStatus.OTHER_PARTY.value,
    "群众": Person.PoliticalStatus.NONE.value,
}
STATUS_WORDS = {
    "党员": "FULL_MEMBER",
    "正式党员": "FULL_MEMBER",
    "预备党员": "PROBATIONARY",
    "团员": "LEAGUE",
    "无党派": "NONE",
    "无党派人士": "NONE",
}
STANDING = {
    "离退休": Person.Standing.RETIRED.value,
    "在职": Person.Standing.SERVING.value,
    "热心居民": Person.Standing.KEEN_RESIDENT.value,
    "县级干部": Person.Standing.COUNTY_CADRE.value,
    "街道干部": Person.Standing.STREET_CADRE.value,
    "社区干部": Person.Standing.COMMUNITY_CADRE.value,
}
STANDING_WORDS = {"退休": "RETIRED", "离休": "RETIRED", "居民": "KEEN_RESIDENT"}
CHOSEN = {
    "选举": Duty.Chosen.ELECTED.value,
    "推荐": Duty.Chosen.RECOMMENDED.value,
    "自荐": Duty.Chosen.VOLUNTEERED.value,
    "任命": Duty.Chosen.APPOINTED.value,
    "兼任": Duty.Chosen.CONCURRENT.value,
}
CHOSEN_WORDS = {
    "民主选举": "ELECTED",
    "民主推选": "ELECTED",
    "推选": "ELECTED",
    "组织推荐": "RECOMMENDED",
    "居民推荐": "RECOMMENDED",
    "自愿": "VOLUNTEERED",
    "自愿报名": "VOLUNTEERED",
    "指派": "APPOINTED",
    "兼": "CONCURRENT",
}


class Age(c.Column):
    """An age in the sheet, a year of birth in the register."""

    __slots__ = ()

    def shown(self, value):
        return None if value is None else dates.today().year - value


def _age():
    whole = cells.integer(maximum=2100, units=cells.COUNT_UNITS | {"岁", "周岁", "年"})

    def clean(value: object) -> int | None:
        number = whole(value)
        if number is not None and OLDEST < number < 1900:
            raise cells.CellError(_("An age or a year of birth is expected here."))
        return number

    return clean


COLUMNS = (
    c.running_number(),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19, fills_down=True),
    c.text("小区", "compound_name", 100, ("小区名称", "所属小区"), width=22, fills_down=True, samples=("样例路1号院", "样例路1号院")),
    c.text("楼栋", "building", 30, ("楼号", "栋号", "楼栋号", "幢号"), width=10, fills_down=True, samples=("样例1号楼", "样例1号楼")),
    c.text("单元", "entrance", 30, ("单元号",), width=10, samples=(None, "1单元")),
    c.text("姓名", "name", 50, ("名字", "人员姓名"), is_required=True, width=10, samples=("样例甲", "样例乙")),
    c.choice("性别", "sex", SEX, width=6, samples=("男", "女")),
    Age("年龄", "birth_year", spreadsheets.INTEGER, _age(), ("岁数", "出生年份", "出生年"), width=6, samples=(63, 45)),
    c.choice("政治面貌", "political_status", STATUS, words=STATUS_WORDS, width=13, samples=("中共党员", "群众")),
    c.choice("身份", "standing", STANDING, ("身份(离退休/在职/热心居民)", "人员身份"), words=STANDING_WORDS, width=10, samples=("离退休", "热心居民")),
    c.text("职务", "position", 40, ("担任职务", "岗位"), is_required=True, width=12, samples=("楼栋长", "单元长")),
    c.code("联系电话", "phone", ("电话", "手机", "手机号", "手机号码", "联系方式"), clean=matching.phone_cell(), width=15, is_secret=True, samples=("13800000001", "13800000002")),
    c.choice("推选方式", "chosen", CHOSEN, ("产生方式",), words=CHOSEN_WORDS, width=10, samples=("选举", "推荐")),
    c.date("推选日期", "starts_on", ("推选时间", "任职日期"), width=12, samples=("2026-05-25", "2026-05-25")),
)  # fmt: skip
