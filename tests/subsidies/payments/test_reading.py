"""Result files of banks, the honest and the hostile: every row is judged, nothing half taken."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from governance.foundation.errors import DomainError
from subsidies.payments import rules
from subsidies.payments.reading import read_result
from subsidies.payments.rules import Answer, Known, Order, Outcome, judge, settled_from
from tests.subsidies.payments.owing import HEAD, D, workbook

RELEASED, PAID, TODAY = (dt.date(2026, 8, day) for day in (3, 5, 20))
ORDERS = (
    Order(1, "BF1001", D("2750.00"), "SENT"),
    Order(2, "BF1002", D("0.07"), "SENT"),
    Order(3, "BF1003", D("10.00"), "PAID", "V9", PAID),
    Order(4, "BF1004", D("20.00"), "FAILED"),
)
KNOWN = Known(
    orders=ORDERS,
    released_on=RELEASED,
    as_of=TODAY,
    closed_until=None,
    others={"BF2001": "BF2"},
    vouchers={"V9": "BF1003", "V8": "BF2009"},
)
GOOD = {"reference": "BF1001", "outcome": Outcome.PAID, "amount": D("2750.00"), "voucher": "V1",
        "on": PAID}  # fmt: skip


def judged(*changes, known=KNOWN):
    answers = [Answer(number=i, **{**GOOD, **change}) for i, change in enumerate(changes, 2)]
    return judge(answers, known)


def test_a_good_row_settles_its_order_and_names_what_is_missing():
    found = judged({})
    assert [(order.pk, answer.voucher) for order, answer in found.paid] == [(1, "V1")]
    assert [order.pk for order in found.missing] == [2]
    assert not found.faults


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{"reference": "BF9999"}], "no order"),
        ([{"reference": "BF2001"}], "another batch"),
        ([{}, {"voucher": "V2"}], "more than once"),
        ([{"amount": D("2000")}], "whole or not"),
        ([{"amount": D("2750.01")}], "not that of the order"),
        ([{"amount": D("2749.9999")}], "whole or not"),
        ([{"amount": D("0")}], "not that of the order"),
        ([{"amount": None}], "amount is missing"),
        ([{"voucher": ""}], "voucher number is missing"),
        ([{"voucher": "V8"}], "taken already"),
        ([{"on": None}], "day of the payment is missing"),
        ([{"on": dt.date(2026, 8, 21)}], "future"),
        ([{"on": dt.date(2026, 8, 2)}], "released on"),
        ([{"reference": "BF1003", "voucher": "V1", "amount": D("10")}], "reconciled already"),
        ([{"reference": "BF1003", "outcome": Outcome.FAILED}], "reconciled already"),
        ([{"reference": "BF1004", "amount": D("20")}], "payable again"),
        ([{"outcome": Outcome.FAILED, "amount": D("5")}], "not that of the order"),
        ([{"outcome": Outcome.FAILED, "on": dt.date(2026, 9, 1)}], "future"),
        ([{}, {"reference": "BF1002", "amount": D("0.07")}], "stands in the file more than once"),
    ],
)
def test_each_fault_is_named(changes, words):
    found = judged(*changes)
    assert any(words in fault.message for fault in found.faults), found.faults


def test_all_faults_of_a_row_come_at_once():
    found = judged({"amount": D("1"), "voucher": "", "on": dt.date(2030, 1, 1)})
    assert len(found.faults) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "BF1003", "voucher": "V9", "amount": D("10.00")},
        {
            "reference": "BF1004",
            "outcome": Outcome.FAILED,
            "amount": None,
            "voucher": "",
            "on": None,
        },
    ],
)
def test_what_is_known_already_is_left_as_it_is(change):
    found = judged(change)
    assert (len(found.unchanged), found.faults, found.changes) == (1, (), False)


def test_an_order_on_its_way_stays_at_the_bank():
    found = judged({"outcome": Outcome.PENDING, "amount": None, "voucher": "", "on": None})
    assert [order.pk for order in found.pending] == [1]
    assert not found.changes


def test_closed_books_are_a_fault_of_the_row():
    known = Known(orders=ORDERS, released_on=RELEASED, as_of=TODAY, closed_until=PAID)
    assert "closed" in judged({}, known=known).faults[0].message


@pytest.mark.parametrize(
    ("month", "settlement", "ended", "first"),
    [
        ((2026, 3), "MONTH", None, (2026, 4, 1)),
        ((2026, 12), "MONTH", None, (2027, 1, 1)),
        ((2026, 1), "QUARTER", None, (2026, 4, 1)),
        ((2026, 12), "QUARTER", None, (2027, 1, 1)),
        ((2026, 2), "YEAR", None, (2027, 1, 1)),
        ((2026, 2), "YEAR", (2026, 5, 10), (2026, 5, 11)),
        ((2026, 5), "QUARTER", (2026, 5, 10), (2026, 6, 1)),
        ((2024, 2), "MONTH", (2024, 2, 29), (2024, 3, 1)),
    ],
)
def test_a_month_is_settled_after_its_cycle_or_the_end(month, settlement, ended, first):
    end = dt.date(*ended) if ended else None
    assert settled_from(dt.date(*month, 1), settlement, end) == dt.date(*first)


def test_it_is_due_so_many_days_after_it_became_payable():
    assert rules.due_on(dt.date(2026, 5, 5), dt.date(2026, 4, 1), 30) == dt.date(2026, 6, 4)
    assert rules.due_on(dt.date(2026, 5, 5), dt.date(2026, 7, 1), 30) == dt.date(2026, 7, 31)


# -- files -----------------------------------------------------------------------------------------
ROW = ("BF1001", "V1", 2750, "成功", PAID, None)


def read(tmp_path, content, name="a.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_result(path, name)


def test_a_workbook_is_read_however_the_bank_names_its_columns(tmp_path):
    head = (
        "序号",
        "业务参考号",
        "付款金额(元)",
        "交易状态",
        "入账日期",
        "回单号",
        "附言",
        "收款账号",
    )
    rows = [
        (
            1,
            "ｂｆ1001 ",
            "2，750.00".replace("，", ","),
            "交易成功",
            "2026年8月5日",
            "v1",
            None,
            "62",
        ),
        (2, "BF1002", "0.07元", "退汇", "2026/8/5", None, "账号6222020200112233445不存在", "62"),
        ("合计", None, "2750.07", None, None, None, None, None),
    ]
    found = read(tmp_path, workbook(*rows, head=head, title="Sheet1"))
    assert found.answers == (
        Answer(2, "BF1001", Outcome.PAID, D("2750.0000"), "V1", PAID, ""),
        Answer(3, "BF1002", Outcome.SENT_BACK, D("0.0700"), "", PAID, "账号****45不存在"),
    )
    assert not found.unread
    assert found.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_table_is_read_in_the_encodings_of_banks(tmp_path, encoding):
    text = ",".join(HEAD) + "\r\n" + "BF1001,V1,2750.00,成功,20260805,\r\n"
    found = read(tmp_path, text.encode(encoding), "a.csv")
    assert found.answers == (Answer(2, "BF1001", Outcome.PAID, D("2750.0000"), "V1", PAID, ""),)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("BF1001", "V1", "两千", "成功", PAID), "金额"),
        (("BF1001", "V1", -5, "成功", PAID), "金额"),
        (("BF1001", "V1", "1e400", "成功", PAID), "金额"),
        (("BF1001", "V1", float("inf"), "成功", PAID), "金额"),
        (("BF1001", "V1", 2750, "也许", PAID), "结果"),
        (("BF1001", "V1", 2750, None, PAID), "结果"),
        (("BF1001", "V1", None, "成功", PAID), "金额"),
        ((None, "V1", 2750, "成功", PAID), "参考号"),
        (("BF1001", "V1", 2750, "成功", "2026-02-30"), "日期"),
        (("BF1001", "V1", 2750, "成功", "昨天"), "日期"),
        (("BF1001", "V" * 61, 2750, "成功", PAID), "凭证号"),
        (("BF1001", 1.5e17, 2750, "成功", PAID), "凭证号"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_row(tmp_path, row, column):
    content = workbook(ROW, row) if row[2] != float("inf") else _text(ROW, row)
    found = read(tmp_path, content, "a.xlsx")
    assert [(one.number, one.column) for one in found.unread] == [(3, column)]
    assert len(found.answers) == 1


def _text(*rows):
    lines = [",".join("" if v is None else str(v) for v in row) for row in (HEAD, *rows)]
    return "\r\n".join(lines).encode()


def _two_sheets():
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROW)))
    book.copy_worksheet(book.active)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _zip(**entries):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


HOSTILE = {
    "empty": b"",
    "spaces": b"   \r\n ",
    "text": "你好，世界".encode(),
    "picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
    "pdf": b"%PDF-1.7\n%%EOF",
    "old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "web page": b"<html><table><tr><td>1</td></tr></table></html>",
    "program": b"MZ" + bytes(range(256)) * 8,
    "archive": _zip(a="b"),
    "bomb": _zip(**{"[Content_Types].xml": "<a/>", "xl/workbook.xml": "0" * 60_000_000}),
    "cut off": workbook(ROW)[:900],
    "no header": workbook(head=("甲", "乙"), title="结果"),
    "header alone": workbook(),
    "no result column": workbook(("BF1001", 5), head=("参考号", "金额")),
    "doubled header": workbook(ROW, head=("参考号", "凭证号", "金额", "结果", "日期", "金额")),
    "two sheets": _two_sheets(),
    "endless field": ('参考号,金额,结果\r\n"' + "a" * 40_000).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_result_is_refused_in_words(tmp_path, name):
    with pytest.raises(DomainError) as refused:
        read(tmp_path, HOSTILE[name], "result.xlsx")
    assert str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_formula_is_text_or_its_value_never_run(tmp_path):
    found = read(tmp_path, _text(("=CMD()", "=1+1", "2750", "成功", "2026-08-05", "=HYPERLINK()")))
    answer = found.answers[0]
    assert (answer.reference, answer.voucher) == ("=CMD()", "=1+1")
    assert judge(found.answers, KNOWN).faults
