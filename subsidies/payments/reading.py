"""The bank's result file (xlsx or csv) as answers; what its cells say is cleaned as in imports.

Nothing of it is kept but references, amounts, vouchers, days and reasons of failure, in which
account numbers are cut down.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

import contextlib
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.reading import ERROR, Layout, choose, records_of
from governance.foundation import cells, spreadsheets
from governance.foundation.errors import DomainError
from governance.foundation.texts import render
from governance.foundation.workbooks import open_workbook
from subsidies.payees.rules import without_accounts

from .rules import Answer, Outcome

LARGEST = Decimal("9999999999.9999")
RESULTS = {
    "成功": Outcome.PAID.value,
    "失败": Outcome.FAILED.value,
    "处理中": Outcome.PENDING.value,
    "退汇": Outcome.SENT_BACK.value,
}
WORDS = {
    **dict.fromkeys(("已付", "已付款", "付款成功", "支付成功", "交易成功", "处理成功", "已入账", "入账成功", "成功入账", "划款成功", "拨付成功", "已拨付", "success"), "PAID"),
    **dict.fromkeys(("失败", "付款失败", "支付失败", "交易失败", "处理失败", "划款失败", "拨付失败", "未成功", "未付", "fail", "failed"), "FAILED"),
    **dict.fromkeys(("已退汇", "退汇成功", "退票", "已退票", "已退回", "退回", "资金退回", "退款", "returned"), "SENT_BACK"),
    **dict.fromkeys(("待处理", "在途", "已受理", "受理中", "处理中", "未处理", "银行处理中", "pending"), "PENDING"),
}  # fmt: skip


def _amount(multiplier: int) -> cells.Cleaner:
    """Four places, so that what differs by less than a fen is seen to differ."""
    return cells.decimal(places=4, maximum=LARGEST, units=cells.MONEY_UNITS, multiplier=multiplier)


COLUMNS = (
    c.running_number(),
    c.code("参考号", "reference", ("付款参考号", "业务参考号", "客户参考号", "参考编号", "业务编号", "付款编号", "指令编号", "备注参考号"), clean=cells.code(60), is_required=True),
    c.code("凭证号", "voucher", ("凭证号码", "凭证编号", "支付凭证号", "回单号", "回单编号", "交易流水号", "银行流水号"), clean=cells.code(60)),
    c.Column("金额", "amount", spreadsheets.DECIMAL, _amount(1), ("交易金额", "付款金额", "支付金额", "拨付金额", "发生额", "实付金额", "金额(元)"), is_required=True, scaled=_amount, is_money=True),
    c.choice("结果", "outcome", RESULTS, ("处理结果", "付款结果", "支付结果", "交易结果", "交易状态", "付款状态", "处理状态", "状态"), words=WORDS, is_required=True),
    c.date("日期", "on", ("付款日期", "支付日期", "交易日期", "入账日期", "记账日期", "拨付日期", "处理日期", "交易时间")),
    c.text("失败原因", "failure", 500, ("退汇原因", "退票原因", "失败说明", "原因", "附言", "失败信息", "处理信息")),
)  # fmt: skip


@dataclass(frozen=True)
class ResultSheet:
    """What `choose` needs to know of a kind of sheet."""

    titles: tuple[str, ...] = ("银行处理结果", "付款结果", "支付结果", "拨付结果")
    columns: tuple[c.Column, ...] = COLUMNS

    @cached_property
    def header_index(self) -> dict[str, c.Column]:
        return c.header_index(self.columns)

    @cached_property
    def required_count(self) -> int:
        return sum(column.is_required for column in self.columns)


SHEET = ResultSheet()


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that could not be read, in words."""

    number: int
    column: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a file. `digest` is of the file's bytes; `notes` are of its headers."""

    name: str
    digest: str
    answers: tuple[Answer, ...]
    unread: tuple[Unread, ...]
    notes: tuple[str, ...] = ()


def read_result(path: str | Path, name: str) -> Read:
    """The bank's answers in a file.

    Raises DomainError where it is no such file: of another kind, damaged, without the headers.
    """
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    with contextlib.closing(open_workbook(path)) as book:
        fitting = []
        for sheet in book.sheets:
            if not sheet.is_hidden and (found := choose(sheet, [SHEET])) is not None:
                fitting.append((sheet, found[1]))
        if not fitting:
            raise DomainError(
                _(
                    "This is no result of the bank: a header row with 参考号, 金额 and 结果 was not "
                    "found."
                ),
                field="file",
            )
        if len(fitting) > 1:
            raise DomainError(
                _("Several sheets of this workbook hold results: keep one of them."), field="file"
            )
        (sheet, layout), = fitting  # fmt: skip
        _refuse_headers(layout)
        answers, unread = _read_rows(book, sheet, layout)
    if not answers and not unread:
        raise DomainError(_("The file holds no row below its header."), field="file")
    notes = tuple(render(one.message, one.values) for one in layout.problems if one.level != ERROR)
    return Read(name, digest, tuple(answers), tuple(unread), notes)


def _refuse_headers(layout: Layout) -> None:
    wrong = [render(one.message, one.values) for one in layout.problems if one.level == ERROR]
    if wrong:
        raise DomainError(" ".join(wrong), field="file")


def _read_rows(book, sheet, layout: Layout) -> tuple[list[Answer], list[Unread]]:
    answers, unread = [], []
    for record in records_of(book, sheet, layout):
        said = record.values
        for one in record.problems:
            unread.append(
                Unread(
                    record.number,
                    one.header,
                    without_accounts(one.value),
                    render(one.message, one.values),
                )
            )
        if record.problems:
            continue
        answers.append(
            Answer(
                number=record.number,
                reference=said["reference"],
                outcome=Outcome(said["outcome"]),
                amount=said["amount"],
                voucher=said.get("voucher", ""),
                on=said.get("on"),
                failure=without_accounts(said.get("failure", ""))[:200],
            )
        )
    return answers, unread
