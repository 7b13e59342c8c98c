"""The columns of the sheet 合同备案表, and what their cells mean."""
# ruff: noqa: E501 - tables of columns read better in one line each

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_noop as _

from compounds.providers.models import validate_credit_code
from compounds.registry.importing import columns as c
from governance.foundation import cells, spreadsheets
from governance.foundation.texts import BLANKS, CellError, fold, plain, tidy

from ..models import Contract, ContractItem

Kind, PartyA, FeeMode = Contract.Kind, Contract.PartyA, Contract.FeeMode
KIND = {
    "帮建代管": Kind.TAKEOVER.value,
    "单位协建": Kind.CO_BUILD.value,
    "过渡补贴": Kind.TRANSITION.value,
    "共享物业": Kind.SHARED.value,
    "捆绑标段": Kind.LOT.value,
    "购买服务": Kind.PURCHASE.value,
    "居民自管": Kind.SELF.value,
    "应急物业": Kind.EMERGENCY.value,
}
KIND_WORDS = {
    "红色物业": "TAKEOVER",
    "补贴过渡": "TRANSITION",
    "共享物业协议": "SHARED",
    "捆绑": "LOT",
    "标段": "LOT",
    "政府购买服务": "PURCHASE",
    "兜底服务": "PURCHASE",
    "兜底": "PURCHASE",
    "自管": "SELF",
    "应急": "EMERGENCY",
    "应急服务": "EMERGENCY",
}
PARTY_A = {
    "物管会": PartyA.MANAGEMENT_COMMITTEE.value,
    "业委会": PartyA.OWNERS_COMMITTEE.value,
    "社区": PartyA.COMMUNITY.value,
    "街道": PartyA.STREET.value,
    "单位": PartyA.UNIT.value,
    "区": PartyA.DISTRICT.value,
}
PARTY_A_WORDS = {
    "物业管理委员会": "MANAGEMENT_COMMITTEE",
    "业主委员会": "OWNERS_COMMITTEE",
    "居委会": "COMMUNITY",
    "社区居委会": "COMMUNITY",
    "街道办": "STREET",
    "街道办事处": "STREET",
    "原单位": "UNIT",
}
# What a party's name says of its kind, the first that fits.
PARTY_A_NAMES = (
    (("物管会", "物业管理委员会"), "MANAGEMENT_COMMITTEE"),
    (("业委会", "业主委员会", "业主大会"), "OWNERS_COMMITTEE"),
    (("社区", "居委会", "居民委员会"), "COMMUNITY"),
    (("街道",), "STREET"),
)
FEE_MODE = {
    "包干制": FeeMode.LUMP_SUM.value,
    "酬金制": FeeMode.REMUNERATION.value,
    "按次收费": FeeMode.PER_USE.value,
    "购买服务": FeeMode.PURCHASED.value,
    "不收费": FeeMode.FREE.value,
}
FEE_MODE_WORDS = {
    "包干": "LUMP_SUM",
    "酬金": "REMUNERATION",
    "按次": "PER_USE",
    "政府购买": "PURCHASED",
    "财政购买": "PURCHASED",
    "免费": "FREE",
    "无偿": "FREE",
}
# How a kind is charged where the sheet does not say.
USUAL_MODE = {"SHARED": "PER_USE", "PURCHASE": "PURCHASED", "SELF": "FREE"}
ItemKind = ContractItem.Kind
ITEMS = {
    "保洁": ItemKind.CLEANING.value,
    "垃圾清运": ItemKind.REFUSE.value,
    "秩序维护": ItemKind.ORDER.value,
    "客户服务": ItemKind.CUSTOMER.value,
    "小修": ItemKind.REPAIR.value,
    "设施维护": ItemKind.FACILITIES.value,
    "绿化": ItemKind.GREENING.value,
    "电梯维保": ItemKind.LIFTS.value,
    "消防": ItemKind.FIRE.value,
    "管道化粪池": ItemKind.SEWERS.value,
    "门禁监控": ItemKind.ACCESS.value,
    "停车管理": ItemKind.PARKING.value,
    "流动巡查": ItemKind.PATROL.value,
    "其他": ItemKind.OTHER.value,
}
ITEM_WORDS = {
    "保洁服务": "CLEANING",
    "清扫保洁": "CLEANING",
    "垃圾清理": "REFUSE",
    "保安": "ORDER",
    "秩序": "ORDER",
    "客服": "CUSTOMER",
    "维修": "REPAIR",
    "小修小补": "REPAIR",
    "公共设施维护": "FACILITIES",
    "设施设备维护": "FACILITIES",
    "设施维修": "FACILITIES",
    "绿化养护": "GREENING",
    "电梯": "LIFTS",
    "消防维护": "FIRE",
    "管道疏通": "SEWERS",
    "管道清掏": "SEWERS",
    "化粪池清掏": "SEWERS",
    "门禁": "ACCESS",
    "监控": "ACCESS",
    "停车": "PARKING",
    "停车服务": "PARKING",
    "巡查": "PATROL",
    "流动服务": "PATROL",
}
RENEWAL = {
    "未决定": Contract.Renewal.OPEN.value,
    "续签": Contract.Renewal.RENEW.value,
    "更换": Contract.Renewal.CHANGE.value,
    "企业不续": Contract.Renewal.LEAVE.value,
}
END_REASON = {
    "到期": Contract.EndReason.EXPIRED.value,
    "续签": Contract.EndReason.RENEWED.value,
    "业主解聘": Contract.EndReason.DISMISSED.value,
    "企业退出": Contract.EndReason.RESIGNED.value,
    "协商解除": Contract.EndReason.AGREED.value,
    "小区灭失": Contract.EndReason.GONE.value,
    "失管": Contract.EndReason.LOST.value,
}
FEE_UNITS = frozenset({
    "元", "元/m2·月", "元/m2.月", "元/m2/月", "元/m2", "元/平方米·月", "元/平方米.月", "元/平方米/月",
    "元/平方米", "元/m2月", "元每m2每月", "元/月·m2",
})  # fmt: skip
MONEY_UNITS = frozenset(
    {"元", "元/年", "元/车位·月", "元/月", "元/个·月", "元/车位/月", "元/位·月"}
)
_RANGE = re.compile(r"\s*(?:至|到|—+|–|~|～|－－|--)\s*")
_PLAIN_RANGE = re.compile(r"(\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?)\s*-\s*(\d{4}[-./年].+)")
_day = cells.date()
ENDLESS = frozenset({"无固定期限", "不定期", "长期"})


def _credit_code(value: object) -> str | None:
    code = cells.code(18)(value)
    if code is None:
        return None
    try:
        validate_credit_code(code.upper())
    except ValidationError as error:
        raise CellError(_("This is not a valid unified social credit code.")) from error
    return code.upper()


def _term(value: object) -> str | None:
    """起止日期: "2025-06-01至2028-05-31", its end left out where there is no fixed term."""
    text = tidy(plain(value)) if value is not None else ""
    if fold(text) in BLANKS:
        return None
    first, _sep, last = (
        text.partition("起") if "起" in text and "至" not in text else (text, "", "")
    )
    whole = _PLAIN_RANGE.fullmatch(first)
    parts = list(whole.groups()) if whole else _RANGE.split(first, maxsplit=1)
    start = _day(parts[0].removesuffix("起"))
    end = parts[1].removesuffix("止") if len(parts) > 1 else last
    if start is None:
        raise CellError(_("Write the term as 2025-06-01至2028-05-31."))
    if end in ENDLESS or not end:
        return f"{start}至无固定期限"
    return f"{start}至{_day(end)}"


_items = cells.several(ITEMS | ITEM_WORDS)


def _item_kinds(value: object) -> str | None:
    kinds = _items(value)
    return None if kinds is None else " ".join(sorted(kinds))


def _money(header: str, field: str, aliases=(), *, units=MONEY_UNITS, places=2, **more) -> c.Column:
    clean = cells.decimal(places=places, units=units)
    return c.Column(header, field, spreadsheets.DECIMAL, clean, tuple(aliases), **more)


COLUMNS = (
    c.running_number(),
    c.text("合同编号", "number", 60, ("合同号", "合同备案编号"), is_required=True, fills_down=True, width=24, samples=("样例合同-001",)),
    c.code("小区编码", "compound_code", ("小区代码",), width=20),
    c.text("小区名称", "compound_name", 100, ("小区", "项目名称"), width=24),
    c.choice("合同类型", "kind", KIND, ("类型", "合同种类"), words=KIND_WORDS, fills_down=True, width=12, samples=("过渡补贴",)),
    c.text("甲方", "party_a_name", 100, ("甲方名称", "甲方(物管会/业委会/社区)"), fills_down=True, width=24, samples=("样例小区物管会",)),
    c.choice("甲方类型", "party_a", PARTY_A, words=PARTY_A_WORDS, fills_down=True, width=10, samples=("物管会",)),
    c.text("乙方", "provider_name", 100, ("乙方名称", "企业名称", "物业企业"), fills_down=True, width=26),
    c.code("统一社会信用代码", "credit_code", ("信用代码", "社会信用代码"), clean=_credit_code, fills_down=True, width=22),
    c.Column("服务内容", "item_kinds", c.TAGS, _item_kinds, ("服务事项", "服务项目"), width=30, fills_down=True, samples=("保洁、垃圾清运、秩序维护",), label_of={v: k for k, v in ITEMS.items()}),
    c.text("服务标准", "quality", 1000, ("服务质量", "服务等级"), fills_down=True, width=24, samples=("丁级",)),
    c.choice("收费方式", "fee_mode", FEE_MODE, ("计费方式",), words=FEE_MODE_WORDS, fills_down=True, width=12, samples=("包干制",)),
    _money("收费标准(元/㎡·月)", "fee_per_m2", ("收费标准", "物业费标准"), units=FEE_UNITS, places=4, fills_down=True, width=12, samples=(Decimal("0.5"),)),
    _money("停车费(元/车位·月)", "parking_fee", ("停车费",), fills_down=True, width=12),
    _money("年服务费(元)", "yearly_price", ("年服务费", "购买服务费", "年度服务费"), fills_down=True, width=14),
    c.text("收费约定", "fee_note", 300, ("收费说明", "收费标准说明"), fills_down=True, width=24, samples=("按季度收取",)),
    c.Column("起止日期", "term", spreadsheets.TEXT, _term, ("合同期限", "服务期限", "起止时间"), width=26, fills_down=True, samples=("2026-06-01至2029-05-31",)),
    c.date("起始日期", "starts_on", ("开始日期", "合同开始日期"), fills_down=True, width=12),
    c.date("终止日期", "ends_on", ("结束日期", "合同结束日期", "到期日期"), fills_down=True, width=12),
    c.date("签订日期", "signed_on", ("签订时间", "签约日期"), fills_down=True, width=12, samples=("2026-05-20",)),
    c.date("备案日期", "filed_on", ("备案时间",), fills_down=True, width=12, samples=("2026-05-25",)),
    c.text("备案编号", "filing_number", 60, ("备案号", "备案文号"), fills_down=True, width=20, samples=("样例备案-001",)),
    c.area("建筑/收费面积(㎡)", "area_m2", ("收费面积(㎡)", "应收费面积(㎡)", "建筑面积(㎡)", "建筑/收费面积"), width=14),
    c.text("附件", "document", 150, ("附件名称", "合同文本"), fills_down=True, width=24, samples=("样例合同文本",)),
    c.text("标段", "lot_name", 100, ("标段名称", "捆绑包"), fills_down=True, width=16),
    c.text("原合同编号", "follows_number", 60, ("续签自", "上一合同编号"), fills_down=True, width=20),
    c.choice("续约情况", "renewal", RENEWAL, ("续签情况",), fills_down=True, width=10),
    c.date("实际终止日期", "ended_on", ("解除日期", "终止时间"), fills_down=True, width=12),
    c.choice("终止原因", "end_reason", END_REASON, ("解除原因",), fills_down=True, width=12),
)  # fmt: skip
# The term goes out as one cell and comes in as one cell or two.
IMPORT_ONLY = frozenset({"starts_on", "ends_on"})
# What rows say of their contract, as stored; the provider by its code, others by their names.
OWN = (
    "kind",
    "party_a",
    "party_a_name",
    "quality",
    "fee_mode",
    "fee_per_m2",
    "parking_fee",
    "yearly_price",
    "fee_note",
    "starts_on",
    "ends_on",
    "signed_on",
    "filed_on",
    "filing_number",
    "document",
    "renewal",
    "ended_on",
    "end_reason",
)
NAMED = ("credit_code", "lot_name", "follows_number")
PARTS = (*OWN, *NAMED, "item_kinds")
SAID_OF_CONTRACT = frozenset((*PARTS, "term", "provider_name"))
NEEDED = (
    ("kind", _("Say which kind of contract it is.")),
    ("party_a_name", _("Say who party A is.")),
    ("starts_on", _("Give the term: 2025-06-01至2028-05-31.")),
    ("signed_on", _("Give the day of signing: only signed contracts stand in this sheet.")),
)
