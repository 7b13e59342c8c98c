"""Workbooks of the campaign: its progress, contracts, collections, public revenue, assessments."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from .campaign import CHARGE, CONSULT, Course, Way
from .lots import Lot, text_of
from .money import Collection, Entry, Round, Score, Visit
from .places import District
from .sheets import book, m2, sheet
from .words import listed

PROGRESS = listed(
    "小区编码 小区名称 登记日期 摸底日期 摸底核实日期 街道确认日期 定策日期 策略 承接单位 "
    "统一社会信用代码 承接提出日期 街道审核日期 对接完成日期 征求意见公示日期 征求意见完成日期 "
    "应征求户数 答复户数 同意户数 签约日期 合同编号 进驻日期 收费意见征求日期 收费日期 "
    "申请验收日期 验收日期 清零日期 首次清零日期 反弹日期 反弹原因 包联领导 文号 验收单号"
)
CONTRACTS = listed(
    "合同编号 小区编码 小区名称 合同类型 甲方 甲方类型 乙方 统一社会信用代码 服务内容 服务标准 "
    "收费方式 收费标准(元/㎡·月) 停车费(元/车位·月) 年服务费(元) 起始日期 终止日期 签订日期 "
    "备案日期 备案编号 收费面积(㎡) 标段 实际终止日期 终止原因"
)
COLLECTIONS = listed(
    "小区编码 小区 企业 年月 应收户数 应收金额 实收户数 实收金额 户收费率(%) 金额收费率(%) "
    "欠费户数 投诉件数"
)
BOOK = listed("小区编码 小区 日期 收支类别 项目 金额 支出用途 凭证号 公示日期")
ASSESSMENTS = listed(
    "轮次 小区编码 小区 企业 抽样户数 满意度得分 收费率得分 总分 等次 奖惩 评定日期"
)
STRATEGIES = {
    "UNIT_COBUILD": "单位协建", "RED_TAKEOVER": "红色物业帮建代管",
    "SUBSIDY_TRANSITION": "补贴过渡", "FALLBACK": "兜底服务",
}  # fmt: skip
KINDS = {
    "UNIT_COBUILD": "单位协建", "RED_TAKEOVER": "帮建代管", "SUBSIDY_TRANSITION": "过渡补贴",
    "FALLBACK": "购买服务",
}  # fmt: skip
ITEMS = {
    "UNIT_COBUILD": "保洁、垃圾清运、秩序维护、小修、设施维护",
    "RED_TAKEOVER": "保洁、垃圾清运、秩序维护、客户服务、小修、设施维护、绿化",
    "SUBSIDY_TRANSITION": "保洁、垃圾清运、秩序维护、小修",
    "FALLBACK": "垃圾清运、设施维护、流动巡查",
}  # fmt: skip
STANDARDS = {
    "UNIT_COBUILD": "每日保洁一次，生活垃圾日产日清，报修二十四小时内上门",
    "RED_TAKEOVER": "每日保洁两次，生活垃圾日产日清，门岗全天有人，报修两小时内响应",
    "SUBSIDY_TRANSITION": "每日保洁一次，生活垃圾日产日清，白天有人值守",
    "FALLBACK": "生活垃圾日产日清，每周巡查两次，公共照明和下水及时修复",
}  # fmt: skip
WIDE = (
    *(
        "小区编码",
        "小区名称",
        "承接单位",
        "统一社会信用代码",
        "企业名称",
        "甲方",
        "乙方",
        "服务内容",
    ),
    *("服务标准", "失管原因", "支出用途", "合同编号", "备案号", "定策文号", "批准文号", "验收单号"),
)
MARK = "（样例数据）"


@dataclass
class Campaign:
    """What a scenario tells of its campaign."""

    course: Course
    ways: list[Way]
    collections: list[Collection]
    entries: list[Entry]
    scores: list[Score]
    leaders: dict[str, str]  # by code of the compound
    round: Round | None = None
    visits: list[Visit] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    watch: tuple[date, str] | None = None  # since when the policy of the watch, by which document


def write_campaign(folder, district: District, made: Campaign, short: str) -> None:
    """`short` is what documents of the district begin with."""
    for name, kind, header, rows in (
        ("progress.xlsx", "清零推进台账", PROGRESS, progress_rows(made, short)),
        ("contracts.xlsx", "合同备案表", CONTRACTS, contract_rows(district, made, short)),
        ("collections.xlsx", "收费月报", COLLECTIONS, collection_rows(made.collections)),
        ("book.xlsx", "公共收益收支表", BOOK, book_rows(made.entries)),
        ("assessments.xlsx", "双评打分表", ASSESSMENTS, score_rows(made.scores, made.round)),
    ):
        if rows:
            title = f"{district.name}{kind}{MARK}"
            with book(folder / name, title) as workbook:
                sheet(workbook, kind, title, header, rows, wide=WIDE)
    for name, text in texts_of(made, district.code, short).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


# --- what no sheet holds ------------------------------------------------------------------------
WRITTEN = "Written by ../generate.py; do not edit."


def texts_of(made: Campaign, district: str, short: str) -> dict[str, str]:
    """Lots, the round of the assessment, inspections, and the policy of the watch."""
    found = {}
    if made.lots:
        found["lots.toml"] = text_of(made.lots, short, district)
    if made.round:
        found["rounds.toml"] = _round_text(made.round, district)
    if made.visits:
        found["inspections.toml"] = _visits_text(made.visits)
    if made.watch:
        since, document = made.watch
        lines = [f"# The usual policy of the rebound watch, published. {WRITTEN}", ""]
        lines += [f'district = "{district}"', f"valid_from = {since}", f'document = "{document}"']
        found["watch.toml"] = "\n".join(lines) + "\n"
    return found


def _round_text(one: Round, district: str) -> str:
    lines = [f"# Rounds of the double assessment (双评). {WRITTEN}", ""]
    lines += [f'district = "{district}"', "", "[[rounds]]"]
    lines += [f'name = "{one.name}"', f"starts_on = {one.starts_on}", f"ends_on = {one.ends_on}"]
    lines += [f'document = "{one.document}"', f"satisfaction_weight = {one.satisfaction_weight}"]
    lines += [f"sample_percent = {one.sample_percent}", f"sample_minimum = {one.sample_minimum}"]
    lines += ["excellent_from = 90", "good_from = 80", "passed_from = 60"]
    return "\n".join([*lines, f"closed_on = {one.closed_on}"]) + "\n"


def _visits_text(visits: list[Visit]) -> str:
    lines = [f"# Inspections on site. {WRITTEN}"]
    for visit in visits:
        lines += ["", "[[inspections]]", f'compound = "{visit.compound.code}"', f"on = {visit.on}"]
        lines.append(f"passed = {_flag(not visit.findings)}")
        if visit.findings:
            lines.append(f'findings = "{visit.findings}"')
            lines.append(f"staff_absent = {_flag(visit.staff_absent)}")
        if visit.statement_posted is not None:
            lines.append(f"statement_posted = {_flag(visit.statement_posted)}")
        if visit.mended_on:
            lines.append(f"mended_on = {visit.mended_on}")
    return "\n".join(lines) + "\n"


def _flag(value: bool) -> str:
    return "true" if value else "false"


# --- progress -----------------------------------------------------------------------------------
def progress_rows(made: Campaign, short: str) -> list[list]:
    """One row a compound; of what was lost, the first clearing and the way that came after."""
    told = [way.again or way for way in made.ways]
    papers = [
        _papers(short, "定", {w: w.approved_on for w in told}),
        _papers(short, "验", {w: w.cleared_on for w in told}, each=True),
    ]
    return [_progress_row(way, papers, made.leaders) for way in made.ways]


def _progress_row(first: Way, papers, leaders: dict[str, str]) -> list:
    w = first.again or first
    return [
        w.compound.code, w.compound.name, first.registered_on, first.surveyed_on,
        first.verified_on, w.confirmed_on, w.approved_on, STRATEGIES[w.strategy], w.provider.name,
        w.provider.code, w.proposed_on, w.reviewed_on, w.matched_on, w.noticed_on, w.consulted_on,
        w.asked if w.noticed_on else None, w.answered or None, w.agreed or None, w.signed_on,
        w.number or None, w.entered_on, w.stage_on(CONSULT), w.stage_on(CHARGE), w.inspected_on,
        w.cleared_on, w.cleared_on, first.cleared_on if first.again else None, first.lost_on,
        first.loss or None, leaders.get(w.compound.code), *(numbers.get(w) for numbers in papers),
    ]  # fmt: skip


def _papers(short: str, kind: str, days: dict[Way, date | None], each=False) -> dict[Way, str]:
    """Numbers of documents, year by year: one for what is decided on a day, or for each its own."""
    found, counts, of_day = {}, {}, {}
    dated = sorted((day, way.compound.code, way) for way, day in days.items() if day)
    for day, _code, way in dated:
        if each or day not in of_day:
            counts[day.year] = counts.get(day.year, 0) + 1
            of_day[day] = f"{short}物治{kind}〔{day.year}〕{counts[day.year]}号"
        found[way] = of_day[day]
    return found


# --- contracts ----------------------------------------------------------------------------------
def contract_rows(district: District, made: Campaign, short: str) -> list[list]:
    ways = [w for way in made.ways for w in (way, way.again) if w and w.signed_on]
    rows, counts = [], {}
    lots = {way: lot.name for lot in made.lots for way in lot.ways}
    for way in sorted(ways, key=lambda w: w.number):
        year = way.filed_on.year
        counts[year] = counts.get(year, 0) + 1
        filing = f"{short}物合备〔{year}〕{counts[year]:03d}号"
        rows.append(_contract_row(way, made.course, filing, lots.get(way)))
    return rows


def _contract_row(w: Way, course: Course, filing: str, lot: str | None) -> list:
    compound, fee, years = w.compound, w.fee, course.contract_years[w.strategy]
    last = w.entered_on.replace(year=w.entered_on.year + years) - timedelta(days=1)
    area = compound.chargeable_cm2 or compound.floor_cm2
    price = None if fee else Decimal(area * 36) / 100 / 100 * 12  # 0.36 yuan per m² and month
    parking = 40 if fee and compound.parking and compound.parking >= 15 else None
    return [
        w.number, compound.code, compound.name, KINDS[w.strategy], *_party_a(w), w.provider.name,
        w.provider.code, ITEMS[w.strategy], STANDARDS[w.strategy],
        "包干制" if fee else "购买服务", Decimal(fee) / 100 if fee else None, parking,
        price and price.quantize(Decimal("0.01")), w.entered_on, last, w.signed_on, w.filed_on,
        filing, m2(area), lot, w.ended_on, "企业退出" if w.ended_on else None,
    ]  # fmt: skip


def _party_a(w: Way) -> tuple[str, str]:
    """Who signs for the residents: the unit, the street that buys, a committee or the community."""
    compound = w.compound
    if w.strategy == "UNIT_COBUILD":
        return f"{compound.unit}（样例）", "单位"
    if w.strategy == "FALLBACK":
        return f"{compound.street.name}办事处", "街道"
    if compound.committee:
        return f"{compound.name.removesuffix('（样例）')}物业管理委员会", "物管会"
    body = "村民委员会" if compound.community.name.endswith("村") else "居民委员会"
    return compound.community.name.removesuffix("村") + body, "社区"


# --- money --------------------------------------------------------------------------------------
def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def percent(part: int, whole: int) -> Decimal | None:
    return Decimal((part * 2000 + whole) // (2 * whole)) / 10 if whole else None


def collection_rows(found: list[Collection]) -> list[list]:
    return [
        [
            x.compound.code, x.compound.name, x.provider.name, f"{x.month:%Y-%m}",
            x.billed_households, yuan(x.billed), x.paid_households, yuan(x.paid),
            percent(x.paid_households, x.billed_households), percent(x.paid, x.billed),
            x.billed_households - x.paid_households, x.complaints,
        ]
        for x in sorted(found, key=lambda x: (x.month, x.compound.code))
    ]  # fmt: skip


def book_rows(found: list[Entry]) -> list[list]:
    ordered = sorted(found, key=lambda x: (x.on, x.compound.code))
    return [
        [
            x.compound.code, x.compound.name, x.on, x.kind, x.source, yuan(x.amount),
            x.purpose or None, f"收支{x.on:%Y%m}-{number:04d}", x.published_on,
        ]
        for number, x in enumerate(ordered, start=1)
    ]  # fmt: skip


GRADES = ((9000, "优秀"), (8000, "良好"), (6000, "合格"), (0, "不合格"))
REWARDS = {"优秀": "通报表扬", "不合格": "约谈并限期整改"}


def score_rows(found: list[Score], one: Round | None) -> list[list]:
    rows = []
    for x in found:
        weight = one.satisfaction_weight
        total = (x.satisfaction * weight + x.collection * (100 - weight) + 50) // 100
        grade = next(name for least, name in GRADES if total >= least)
        rows.append(
            [
                one.name, x.compound.code, x.compound.name, x.provider.name, x.sampled,
                Decimal(x.satisfaction) / 100, Decimal(x.collection) / 100,
                Decimal(total) / 100, grade, REWARDS.get(grade), x.on,
            ]
        )  # fmt: skip
    return rows
