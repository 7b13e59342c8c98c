"""The reports as workbooks in the district's form: title, unit, day, rows, who filled them in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from governance.foundation.spreadsheets import (
    CODE,
    DATE,
    DECIMAL,
    INTEGER,
    TEXT,
    OutColumn,
    OutSheet,
)
from subsidies.entitlements.obligations import Need
from subsidies.programmes.models import FundingShare

from . import budgets, exceptions, holders, lines, performance, public, statements
from .rules import whatif
from .rules.flows import Sums

TOTAL = "合计"
YUAN, YUAN_AND_M2 = "元", "元、户、㎡"
OVERVIEW = "资金总览"
OBLIGATIONS = "以后年度支出责任"
POSTINGS = "分录明细"
STATEMENT = "对账单"
FIRMS = "企业往来汇总表"
PUBLIC = "公示名单"
PERFORMANCE = "补贴资金绩效自评表"
HOLDERS = "补贴资金分小区情况表"
EXCEPTIONS = "资金异常清单"
WHATIF = "补贴测算表"


def _columns(*columns: tuple[str, str, int]) -> list[OutColumn]:
    return [OutColumn(header, kind, width) for header, kind, width in columns]


def _sheet(name, columns, rows, *, unit, measure=YUAN, day, title="", by=""):
    return OutSheet(
        name,
        columns,
        rows,
        title=title or name,
        above=[("填报单位", unit), ("填报日期", day.isoformat()), ("单位", measure)],
        below=[("填表人", f"{by}　　　　审核人：")],
    )


# -- the year --------------------------------------------------------------------------------------
def overview(budget: budgets.Budget, **about) -> OutSheet:
    columns = _columns(
        ("预算科目", TEXT, 28),
        ("指标文号", TEXT, 20),
        ("指标名称", TEXT, 28),
        *((str(stage.label), DECIMAL, 15) for stage in budgets.COLUMNS),
        ("累计应付", DECIMAL, 15),
    )

    def cells(one: budgets.Money) -> list[Any]:
        return [*(one.at(stage) for stage in budgets.COLUMNS), one.accrued]

    def rows() -> Iterable[Sequence]:
        for line, inside in budget.lines:
            for one in inside:
                yield [line.name, one.indicator.number, one.indicator.name, *cells(one)]
        yield [TOTAL, None, None, *cells(budget.total)]

    return _sheet(OVERVIEW, columns, rows(), title=f"{budget.year}年{OVERVIEW}", **about)


def obligations(needs: Iterable[Need], **about) -> OutSheet:
    """以后年度支出责任: what approved subsidies need of budgets to come."""
    columns = _columns(
        ("预算年度", INTEGER, 10),
        ("补贴笔数", INTEGER, 10),
        ("承担方", TEXT, 12),
        ("金额", DECIMAL, 18),
    )
    payers = dict(FundingShare.Payer.choices)
    found = list(needs)
    rows: list[list] = [
        [one.year, one.count, str(payers[payer]), amount]
        for one in found
        for payer, amount in one.payers
    ]
    rows.append([None, None, TOTAL, sum((one.amount for one in found), Decimal(0))])
    return _sheet(OBLIGATIONS, columns, rows, **about)


def postings(found: lines.Postings, limit: int, **about) -> OutSheet:
    columns = _columns(
        ("凭证号", INTEGER, 9),
        ("日期", DATE, 12),
        ("业务", TEXT, 14),
        ("指标", TEXT, 20),
        ("由", TEXT, 10),
        ("至", TEXT, 10),
        ("小区", TEXT, 24),
        ("企业", TEXT, 28),
        ("申领编号", TEXT, 18),
        ("服务月", TEXT, 9),
        ("金额", DECIMAL, 15),
        ("文号", TEXT, 24),
    )

    def rows() -> Iterable[Sequence]:
        for row in found.page_rows[:limit]:
            own = row.source if row.source.holder else row.target
            yield [
                row.transaction.number,
                row.transaction.on,
                row.transaction.get_kind_display(),
                row.source.indicator.number,
                row.source.get_stage_display(),
                row.target.get_stage_display(),
                own.compound.name if own.compound_id else None,
                own.provider.name if own.provider_id else None,
                own.holder,
                f"{row.month:%Y-%m}" if row.month else None,
                row.amount * found.sign(row),
                row.transaction.document,
            ]

    return _sheet(POSTINGS, columns, rows(), **about)


def abnormal(kind: exceptions.Kind, user, today: dt.date, **about) -> OutSheet:
    columns = _columns(
        ("申领编号", TEXT, 18),
        ("街道", TEXT, 14),
        ("小区", TEXT, 24),
        ("企业", TEXT, 28),
        ("情况", TEXT, 50),
        ("日期", DATE, 12),
        ("金额", DECIMAL, 15),
    )
    rows = (
        [
            line.entitlement.number,
            line.entitlement.compound.street.name,
            line.entitlement.compound.name,
            line.entitlement.provider.name,
            line.words,
            line.day,
            line.amount,
        ]
        for line in kind.lines(user, today)
    )
    return _sheet(EXCEPTIONS, columns, rows, title=f"{EXCEPTIONS}：{kind.label}", **about)


def held(found: holders.Holders, limit: int, **about) -> OutSheet:
    columns = _columns(
        ("申领编号", TEXT, 18),
        ("街道", TEXT, 14),
        ("小区编码", CODE, 20),
        ("小区", TEXT, 24),
        ("企业", TEXT, 28),
        ("补贴项目", TEXT, 24),
        ("已批", DECIMAL, 15),
        ("应付", DECIMAL, 15),
        ("已付", DECIMAL, 15),
        ("待追回", DECIMAL, 15),
    )

    def rows() -> Iterable[Sequence]:
        for row in found.rows[:limit]:
            one = found.line(row)
            yield [
                one.number, one.street, one.code, one.compound, one.firm, one.programme,
                one.committed, one.owed, one.paid, one.to_recover,
            ]  # fmt: skip

    return _sheet(HOLDERS, columns, rows(), **about)


# -- firms -----------------------------------------------------------------------------------------
_SUMS = ("核定", "计提", "扣减", "已付", "追回", "退回")


def _sums(sums: Sums) -> list[Any]:
    return [sums.entitled, sums.accrued, sums.deducted, sums.paid, sums.claimed, sums.repaid]


def statement(found: statements.Statement, **about) -> OutSheet:
    """By compound and month, with opening and closing balance of each compound and of all."""
    columns = _columns(
        ("街道", TEXT, 14),
        ("小区", TEXT, 26),
        ("服务月", TEXT, 9),
        ("期初余额", DECIMAL, 14),
        *((header, DECIMAL, 14) for header in _SUMS),
        ("期末余额", DECIMAL, 14),
    )

    def rows() -> Iterable[Sequence]:
        for one in found.lines:
            street, name = one.compound.street.name, one.compound.name
            for line in one.months:
                month = f"{line.month:%Y-%m}" if line.month else None
                yield [street, name, month, None, *_sums(line.sums), None]
            yield [street, f"{name} 小计", None, one.opening, *_sums(one.sums), one.closing]
        yield [TOTAL, None, None, found.opening, *_sums(found.sums), found.closing]

    title = f"{found.provider.name}{STATEMENT}（{found.period}）"
    return _sheet(STATEMENT, columns, rows(), title=title, **about)


def firms(found: list[statements.FirmLine], period, **about) -> OutSheet:
    columns = _columns(
        ("企业", TEXT, 32),
        ("统一社会信用代码", CODE, 22),
        ("期初余额", DECIMAL, 14),
        *((header, DECIMAL, 14) for header in _SUMS),
        ("期末余额", DECIMAL, 14),
    )
    rows = [
        [one.provider.name, one.provider.credit_code, one.opening, *_sums(one.sums), one.closing]
        for one in found
    ]
    return _sheet(FIRMS, columns, rows, title=f"{FIRMS}（{period}）", **about)


# -- the public ------------------------------------------------------------------------------------
def public_list(found: public.PublicList, **about) -> OutSheet:
    columns = _columns(
        ("序号", INTEGER, 6),
        ("街道", TEXT, 14),
        ("社区", TEXT, 16),
        ("小区", TEXT, 26),
        ("企业", TEXT, 30),
        ("补贴项目", TEXT, 24),
        ("面积（㎡）或户数", TEXT, 16),
        ("标准", TEXT, 22),
        ("起始", DATE, 12),
        ("截止", DATE, 12),
        ("补贴月数", INTEGER, 9),
        ("金额（元）", TEXT, 16),
    )

    def shown(value) -> str:
        return public.HIDDEN if value is None else f"{value:,}"

    def rows() -> Iterable[Sequence]:
        for one in found.lines:
            quantity, amount = one.quantity, one.amount
            yield [
                one.number, one.street, one.community, one.compound, one.firm, one.programme,
                shown(quantity) if one.is_hidden or quantity is not None else None,
                one.rate, one.starts_on, one.ends_on, one.months, shown(amount),
            ]  # fmt: skip
        yield [TOTAL, *[None] * 10, shown(found.total)]

    return _sheet(
        PUBLIC, columns, rows(), title=f"补贴资金{PUBLIC}（{found.period}）", measure=YUAN, **about
    )


# -- effect ----------------------------------------------------------------------------------------
def effect(found: performance.Performance, **about) -> OutSheet:
    columns = _columns(
        ("口径", TEXT, 12),
        ("名称", TEXT, 30),
        ("补贴小区", INTEGER, 9),
        ("惠及户数", INTEGER, 9),
        ("面积（㎡）", DECIMAL, 14),
        ("补贴月数", INTEGER, 9),
        ("应付（元）", DECIMAL, 14),
        ("实付（元）", DECIMAL, 14),
        ("每户每月（元）", DECIMAL, 12),
        ("补贴前收费率（%）", DECIMAL, 12),
        ("补贴后收费率（%）", DECIMAL, 12),
        ("已收费小区", INTEGER, 9),
        ("退出", INTEGER, 8),
        ("自主运行", INTEGER, 9),
        ("反弹", INTEGER, 8),
    )

    def cells(one) -> list[Any]:
        return [
            one.compounds, one.households, one.area_m2, one.months, one.due, one.paid,
            one.per_household_month, one.before, one.after, one.charging, one.exits,
            one.continuing, one.rebounds,
        ]  # fmt: skip

    def rows() -> Iterable[Sequence]:
        for _key, title, group in found.groups:
            for line in group:
                yield [str(title), line.name, *cells(line.effect)]
        yield [TOTAL, None, *cells(found.total)]

    return _sheet(
        PERFORMANCE,
        columns,
        rows(),
        title=f"{PERFORMANCE}（{found.period}）",
        measure=YUAN_AND_M2,
        **about,
    )


# -- what if ---------------------------------------------------------------------------------------
def whatif_months(results: Sequence[tuple[str, whatif.Result]], **about) -> OutSheet:
    """Month by month, a column for each variant."""
    columns = _columns(("月份", TEXT, 12), *((name, DECIMAL, 18) for name, _result in results))
    months = sorted({month for _name, result in results for month in result.by_month})
    rows: list[list] = [
        [f"{month:%Y-%m}", *(result.by_month.get(month, 0) for _name, result in results)]
        for month in months
    ]
    rows.append([TOTAL, *(result.total for _name, result in results)])
    return _sheet(WHATIF, columns, rows, **about)


def whatif_moves(name: str, moves: Iterable[Any], **about) -> OutSheet:
    """Compounds that come in or drop out under a variant, with why they are out."""
    columns = _columns(
        ("街道", TEXT, 14),
        ("小区编码", CODE, 20),
        ("小区", TEXT, 26),
        ("变化", TEXT, 10),
        ("原因", TEXT, 50),
        ("金额（元）", DECIMAL, 15),
    )
    rows = [
        [one.street, one.code, one.name, "新增" if one.comes_in else "退出", one.why, one.amount]
        for one in moves
    ]
    return _sheet(f"进出小区 {name}", columns, rows, **about)
