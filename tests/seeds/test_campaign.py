"""The campaigns of the scenarios as rows: days in their order, firms that may, sums that agree."""

import datetime as dt
import tomllib
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from math import cos, hypot, radians
from types import SimpleNamespace

import pytest

from compounds.clearing.rules import NOTICE_DAYS, SERVICE_DAYS
from compounds.fees import rules as fees
from governance.organisation.calendar import calendar

from .conftest import ROOT, figures_of, rows_of

DAYS = (
    "登记日期", "摸底日期", "摸底核实日期", "街道确认日期", "定策日期", "承接提出日期",
    "街道审核日期", "对接完成日期", "征求意见公示日期", "征求意见完成日期", "签约日期",
    "进驻日期", "申请验收日期", "验收日期",
)  # fmt: skip
STRATEGIES = {"单位协建": 62, "红色物业帮建代管": 26, "补贴过渡": 150, "兜底服务": 58}
SHEETS = {
    "progress": "清零推进台账", "contracts": "合同备案表", "collections": "收费月报",
    "book": "公共收益收支表", "assessments": "双评打分表",
}  # fmt: skip


def read(name: str):
    """The workbooks of a scenario that tell of its campaign; money as it stands in the cells."""
    folder = ROOT / "seeds" / name
    found = {
        key: rows_of(f"{key}.xlsx", title, folder)
        for key, title in SHEETS.items()
        if (folder / f"{key}.xlsx").is_file()
    }
    providers = rows_of("providers.xlsx", "物业企业备案表", folder)
    return SimpleNamespace(
        **{key: found.get(key, []) for key in SHEETS},
        register={r["小区编码"]: r for r in rows_of("register.xlsx", "小区摸底台账", folder)},
        providers={r["统一社会信用代码"]: r for r in providers},
        invitations=rows_of("invitations.xlsx", "邀约记录表", folder),
        figures=figures_of(folder),
    )


@pytest.fixture(scope="module")
def xiaodian():
    return read("xiaodian")


@pytest.fixture(scope="module", params=["xiaodian", "jingbalu", "changzhi"])
def campaign(request):
    return read(request.param)


# --- every campaign -----------------------------------------------------------------------------
def test_every_unmanaged_compound_is_told_once_and_was_cleared(campaign):
    unmanaged = {c for c, r in campaign.register.items() if r["现管理方式"] in ("无人管理", "弃管")}
    assert Counter(row["小区编码"] for row in campaign.progress) == dict.fromkeys(unmanaged, 1)
    assert len(unmanaged) == campaign.figures["cleared"]
    for row in campaign.progress:
        assert row["清零日期"] or row["首次清零日期"]


def test_steps_follow_each_other_and_keep_the_least_times(campaign):
    for row in campaign.progress:
        told = [row[name] for name in DAYS if row[name]]
        assert told == sorted(told), row["小区编码"]
        if row["征求意见完成日期"]:
            hung = row["征求意见完成日期"] - row["征求意见公示日期"]
            assert hung.days >= NOTICE_DAYS
        if row["验收日期"]:
            assert (row["申请验收日期"] - row["进驻日期"]).days >= SERVICE_DAYS
            assert row["清零日期"] == row["验收日期"]
        if row["收费日期"]:
            assert row["进驻日期"] < row["收费意见征求日期"] < row["收费日期"]
            assert row["收费日期"].day == 1


@pytest.mark.django_db
def test_offices_work_on_working_days(campaign):
    days = calendar()
    for row in campaign.progress:
        for name in (*DAYS, "清零日期", "反弹日期"):
            if row[name] and name != "登记日期":
                assert days.is_working(row[name]), (row["小区编码"], name, row[name])


def test_the_firm_is_one_that_the_strategy_allows(campaign):
    answers = defaultdict(dict)
    for row in campaign.invitations:
        answers[row["小区编码"]][row["统一社会信用代码"]] = row["答复"]
    flags = ("是否红色物业", "是否辖区内", "有能力", "有意愿", "基础好")
    for row in campaign.progress:
        firm = campaign.providers[row["统一社会信用代码"]]
        answer = answers[row["小区编码"]].get(row["统一社会信用代码"])
        unit = campaign.register[row["小区编码"]]["原产权单位"]
        if row["策略"] == "单位协建":
            assert firm["类型"] == "原单位企业"
            assert unit in firm["企业名称"]
            assert answer == "同意"
        elif row["策略"] == "红色物业帮建代管":
            assert all(firm[flag] == "是" for flag in flags)
            assert firm["党组织名称"]
            assert not firm["黑名单至"]
            assert answer == "同意"
        elif row["策略"] == "补贴过渡":
            assert answer in ("同意", "补贴下同意")
            assert firm["类型"] != "原单位企业"
        else:
            assert firm["类型"] in ("兜底队伍", "民办非企业", "村集体企业", "流动物业")


def test_no_firm_is_given_more_than_it_can_carry_or_reach(campaign):
    given = defaultdict(Decimal)
    for row in campaign.progress:
        place, firm = (
            campaign.register[row["小区编码"]],
            campaign.providers[row["统一社会信用代码"]],
        )
        given[row["统一社会信用代码"]] += place["应收费面积(㎡)"] or place["建筑面积(㎡)"]
        if firm["服务半径(m)"]:
            assert metres(place, firm) <= firm["服务半径(m)"], row["小区编码"]
    for code, area in given.items():
        firm = campaign.providers[code]
        if firm["承接能力(㎡)"] is not None:
            assert area <= firm["承接能力(㎡)"] - firm["在管面积(㎡)"], firm["企业名称"]


def metres(place, firm) -> float:
    north = (place["纬度"] - firm["纬度"]) * 111_320
    east = (place["经度"] - firm["经度"]) * 111_320 * cos(radians(firm["纬度"]))
    return hypot(east, north)


def test_every_service_has_its_contract(campaign):
    numbers = Counter(row["合同编号"] for row in campaign.contracts)
    assert set(numbers.values()) == {1}
    by_number = {row["合同编号"]: row for row in campaign.contracts}
    for row in campaign.progress:
        if not row["签约日期"]:
            assert not row["合同编号"]
            continue
        contract = by_number[row["合同编号"]]
        assert contract["小区编码"] == row["小区编码"]
        assert contract["统一社会信用代码"] == row["统一社会信用代码"]
        assert contract["签订日期"] == row["签约日期"]
        assert contract["起始日期"] == row["进驻日期"]
        assert 0 <= (contract["备案日期"] - contract["签订日期"]).days <= 15
        assert contract["备案日期"] <= contract["起始日期"] < contract["终止日期"]


def test_nothing_is_billed_before_charging_began(campaign):
    charged = {row["小区编码"]: row["收费日期"] for row in campaign.progress}
    served = {row["小区编码"]: row["承接单位"] for row in campaign.progress}
    for row in campaign.collections:
        month = dt.date.fromisoformat(f"{row['年月']}-01")
        assert charged[row["小区编码"]] <= month
        assert served[row["小区编码"]] == row["企业"]
        assert row["实收户数"] <= row["应收户数"]
        assert row["实收金额"] <= row["应收金额"]
        assert row["欠费户数"] == row["应收户数"] - row["实收户数"]
        for part, whole, rate in (
            ("实收户数", "应收户数", "户收费率(%)"),
            ("实收金额", "应收金额", "金额收费率(%)"),
        ):
            assert Decimal(row[rate]) == fees.rate(Decimal(row[part]), Decimal(row[whole]))


def test_no_book_ever_spends_what_it_has_not(campaign):
    left = defaultdict(Decimal)
    order = ("收入", "合理成本", "支出")
    for row in sorted(campaign.book, key=lambda r: (r["日期"], order.index(r["收支类别"]))):
        amount = row["金额"] if row["收支类别"] == "收入" else -row["金额"]
        left[row["小区编码"]] += amount
        assert left[row["小区编码"]] >= 0
        assert row["公示日期"] >= row["日期"]
        assert row["收支类别"] != "支出" or row["支出用途"]


# --- Xiaodian -----------------------------------------------------------------------------------
def test_strategies_part_the_whole(xiaodian):
    assert Counter(row["策略"] for row in xiaodian.progress) == STRATEGIES


def test_six_fell_back_and_four_were_won_again(xiaodian):
    lost = [row for row in xiaodian.progress if row["反弹日期"]]
    assert len(lost) == xiaodian.figures["rebounds"] == 6
    for row in lost:
        assert row["首次清零日期"] < row["反弹日期"] < row["定策日期"]
        assert row["反弹原因"]
    back = [row for row in lost if row["清零日期"]]
    assert len(back) == xiaodian.figures["cleared_again"] == 4
    net = [row for row in xiaodian.progress if row["清零日期"]]
    assert len(net) == xiaodian.figures["net_cleared"] == 294
    ended = {row["小区编码"]: row["实际终止日期"] for row in xiaodian.contracts if row["终止原因"]}
    assert ended == {row["小区编码"]: row["反弹日期"] for row in lost}


def test_clearing_takes_most_of_a_year_and_is_fastest_in_the_middle(xiaodian):
    first = [row["首次清零日期"] or row["清零日期"] for row in xiaodian.progress]
    months = Counter((day.year, day.month) for day in first)
    assert min(first) < dt.date(2026, 3, 1)
    assert dt.date(2026, 10, 1) < max(first) < dt.date(2026, 11, 14)
    busiest = max(months, key=months.get)
    assert (2026, 5) <= busiest <= (2026, 8)
    assert months[busiest] > 4 * months[min(months)]
    assert min(row["登记日期"] for row in xiaodian.progress) < dt.date(2025, 11, 10)


def test_what_the_street_buys_is_free_for_residents(xiaodian):
    for row in xiaodian.contracts:
        is_bought = row["合同类型"] == "购买服务"
        assert is_bought == (row["收费方式"] == "购买服务")
        assert is_bought == (row["收费标准(元/㎡·月)"] is None)
        assert is_bought == (row["年服务费(元)"] is not None)
    fallback = {row["小区编码"] for row in xiaodian.progress if row["策略"] == "兜底服务"}
    assert fallback.isdisjoint(row["小区编码"] for row in xiaodian.collections)


def test_some_collect_little_for_two_quarters_so_that_the_watch_has_work(xiaodian):
    sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in xiaodian.collections:
        quarter = fees.quarter_of(dt.date.fromisoformat(f"{row['年月']}-01"))
        both = sums[row["小区编码"], quarter]
        both[0] += Decimal(row["实收金额"])
        both[1] += Decimal(row["应收金额"])
    spring, summer = dt.date(2026, 4, 1), dt.date(2026, 7, 1)
    weak = [
        code
        for code, quarter in sums
        if quarter == summer
        and (code, spring) in sums
        and all(sums[code, q][0] / sums[code, q][1] < Decimal("0.6") for q in (spring, summer))
    ]
    assert 5 <= len(weak) <= 20


def test_assessment_points_follow_from_the_reports_of_the_quarter(xiaodian):
    written = tomllib.loads((ROOT / "seeds/xiaodian/rounds.toml").read_text(encoding="utf-8"))
    (one,) = written["rounds"]
    sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in xiaodian.collections:
        if one["starts_on"] <= dt.date.fromisoformat(f"{row['年月']}-01") <= one["ends_on"]:
            sums[row["小区编码"]][0] += Decimal(row["实收金额"])
            sums[row["小区编码"]][1] += Decimal(row["应收金额"])
    assert {row["小区编码"] for row in xiaodian.assessments} == set(sums)
    for row in xiaodian.assessments:
        assert row["收费率得分"] == fees.collection_points(*sums[row["小区编码"]])
        total = fees.total_points(row["满意度得分"], row["收费率得分"], one["satisfaction_weight"])
        assert row["总分"] == total
        assert one["ends_on"] < row["评定日期"] <= one["closed_on"]


# --- Jingba Road --------------------------------------------------------------------------------
def test_sixteen_courtyards_collect_82_percent_on_average_both_ways_told():
    street = read("jingbalu")
    last = [row for row in street.collections if row["年月"] == street.figures["collection_month"]]
    assert len(last) == 16
    money = [(Decimal(row["实收金额"]), Decimal(row["应收金额"])) for row in last]
    doors = [(row["实收户数"], row["应收户数"]) for row in last]
    figures = street.figures
    assert float(fees.simple_mean(money)) == figures["mean_rate_by_money_percent"] == 82.0
    assert float(fees.weighted_mean(money)) == figures["weighted_rate_by_money_percent"]
    assert float(fees.simple_mean(doors)) == figures["mean_rate_by_households_percent"]
    assert float(fees.weighted_mean(doors)) == figures["weighted_rate_by_households_percent"]
    assert figures["mean_rate_by_money_percent"] != figures["weighted_rate_by_money_percent"]


def test_the_tower_reached_94_percent_within_two_months():
    street = read("jingbalu")
    (way,) = [row for row in street.progress if row["小区名称"] == "都市A座"]
    month = street.figures["tower_month"]
    (row,) = [r for r in street.collections if r["小区"] == "都市A座" and r["年月"] == month]
    assert (row["实收户数"], row["应收户数"]) == (421, 446)
    assert row["户收费率(%)"] == Decimal("94.4")
    last = fees.month_end(dt.date.fromisoformat(f"{month}-01"))
    assert last <= way["进驻日期"].replace(month=way["进驻日期"].month + 2)


def test_the_first_courtyard_was_entered_in_april_2023_by_the_non_profit():
    street = read("jingbalu")
    first = min(street.progress, key=lambda row: row["进驻日期"])
    assert first["小区名称"] == "纬三路13号院"
    assert (first["进驻日期"].year, first["进驻日期"].month) == (2023, 4)
    assert len({row["统一社会信用代码"] for row in street.progress}) == 1


def test_every_courtyard_has_a_book_of_its_own_and_feeds_its_surplus_back():
    street = read("jingbalu")
    books = defaultdict(list)
    for row in street.book:
        books[row["小区编码"]].append(row)
    assert len(books) == street.figures["books"] == 16
    for rows in books.values():
        assert any(r["项目"] == "结余反哺" and r["收支类别"] == "支出" for r in rows)


# --- Changzhi -----------------------------------------------------------------------------------
def test_one_firm_serves_sixty_of_the_three_none_compounds():
    city = read("changzhi")
    three_none = {code for code, row in city.register.items() if row["是否三无"] == "是"}
    served = Counter(row["承接单位"] for row in city.progress if row["小区编码"] in three_none)
    ((_firm, number),) = served.most_common(1)
    assert (number, sum(served.values())) == (60, 127)
    share = (Decimal(6000) / 127).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert float(share) == city.figures["three_none_share_percent"] == 47.2
    assert max(row["清零日期"] for row in city.progress) <= dt.date(2023, 3, 3)
