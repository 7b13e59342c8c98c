"""Cleaning of cells: tables of what clerks type."""
# ruff: noqa: E501 - cases read better in one line each

import datetime as dt
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.foundation import cells, texts
from governance.foundation.texts import CellError


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("312", 312),
        (312.0, 312),
        (312, 312),
        ("３１２", 312),
        ("1,157", 1157),
        ("1，157 户", 1157),
        ("86户", 86),
        ("5 栋", 5),
        ("12部", 12),
        ("200人", 200),
        ("18个", 18),
        ("6 个单元", 6),
        ("150m", 150),
        ("312.0", 312),
        ("  7  ", 7),
        (0.0, 0),
        ("0", 0),
        ("", None),
        (None, None),
        ("-", None),
        ("—", None),
        ("/", None),
    ],
)
def test_whole_numbers_are_read_as_clerks_write_them(typed, means):
    assert cells.integer()(typed) == means


@pytest.mark.parametrize(
    "typed",
    ["约300户", "300多", "三百", "-3", -3.0, 3.5, "3.5", True, float("nan"), float("inf"), 1e300,
     "1e5", "12,34", "NaN", "1/2", dt.date(2024, 5, 1), dt.time(3), "9" * 60, "=1+1"],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused(typed):
    with pytest.raises(CellError):
        cells.integer()(typed)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("5934.20", "5934.20"),
        (5934.2, "5934.20"),
        (5934.199999999999, "5934.20"),
        ("1.005", "1.01"),
        ("5,934.2㎡", "5934.20"),
        ("5934.2 平方米", "5934.20"),
        ("5934.2m2", "5934.20"),
        ("５９３４．２ｍ²", "5934.20"),
        (0, "0.00"),
    ],
)
def test_areas_are_exact_to_two_places_half_up(typed, means):
    assert cells.decimal()(typed) == Decimal(means)


def test_ten_thousand_square_metres_count_only_where_the_header_says_so():
    with pytest.raises(CellError) as refusal:
        cells.decimal()("1.2万㎡")
    assert "header" in refusal.value.message
    in_header = cells.decimal(multiplier=10_000)
    assert in_header("1.2") == Decimal("12000.00")
    assert in_header("1.2万㎡") == Decimal("12000.00")
    with pytest.raises(CellError):
        in_header("12000㎡")


@pytest.mark.parametrize("typed", ["-1", -0.01, "abc", "1e400", float("inf"), 1e12, "1.2.3"])
def test_impossible_areas_are_refused(typed):
    with pytest.raises(CellError):
        cells.decimal()(typed)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024/5/1", "2024-05-01"),
        ("2024.5.1", "2024-05-01"),
        ("2024.5", "2024-05-01"),
        (2024.5, "2024-05-01"),
        (2024.12, "2024-12-01"),
        ("2024年5月", "2024-05-01"),
        ("2024年5月1日", "2024-05-01"),
        ("２０２４年５月１日", "2024-05-01"),
        ("2024 年 5 月 1 日", "2024-05-01"),
        ("20240501", "2024-05-01"),
        (20240501.0, "2024-05-01"),
        (45413.0, "2024-05-01"),
        (45413.75, "2024-05-01"),
        ("45413", "2024-05-01"),
        (dt.date(2024, 5, 1), "2024-05-01"),
        (dt.datetime(2024, 5, 1, 23, 59), "2024-05-01"),
        ("2024-05-01 08:30:00", "2024-05-01"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_dates_are_read_in_every_usual_spelling(typed, means):
    assert cells.date()(typed) == dt.date.fromisoformat(means)


@pytest.mark.parametrize(
    "typed",
    ["2023-02-29", "2024-13-01", "昨天", "5月1日", 2024.0, 2024.1, "24-5-1", 7.0, 1e9, True,
     dt.time(8), dt.timedelta(hours=30), "1066-10-14", "9999-12-31", float("nan")],
)  # fmt: skip
def test_impossible_and_ambiguous_dates_are_refused(typed):
    with pytest.raises(CellError):
        cells.date()(typed)


@pytest.mark.parametrize(
    ("typed", "means"),
    [("1986", 1986), ("1986年", 1986), (1986.0, 1986), (dt.date(1986, 5, 1), 1986), ("1986年5月", 1986)],
)  # fmt: skip
def test_years_come_from_years_and_dates(typed, means):
    assert cells.year()(typed) == means


@pytest.mark.parametrize("typed", [dt.date(1905, 6, 8), "80年代", 86, 3000, "不详"])
def test_years_that_a_sheet_has_mangled_are_refused(typed):
    with pytest.raises(CellError):
        cells.year()(typed)


@pytest.mark.parametrize("typed", ["是", "有", "√", "Y", "y", "Yes", 1.0, "1", True, "Ｙ", " 是 "])
def test_yes_in_all_its_spellings(typed):
    assert cells.boolean()(typed) is True


@pytest.mark.parametrize("typed", ["否", "无", "×", "N", "no", 0.0, "0", False])
def test_no_in_all_its_spellings(typed):
    assert cells.boolean()(typed) is False


@pytest.mark.parametrize("typed", ["可能", 2.0, "是否", dt.date(2024, 1, 1)])
def test_neither_yes_nor_no_is_refused(typed):
    with pytest.raises(CellError):
        cells.boolean()(typed)


def test_a_blank_is_not_no():
    assert cells.boolean()("") is None
    assert cells.boolean()("-") is None


def test_choices_are_read_by_label_alias_and_code():
    clean = cells.choice({"已改造": "DONE", "无": "NONE"}, aliases={"改造完": "DONE"})
    assert clean("已改造") == clean("改造完") == clean("DONE") == "DONE"
    assert clean("无") == "NONE"
    assert clean("") is None
    with pytest.raises(CellError, match="已改造、无"):
        clean("在改")


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("140105001004", "140105001004"),
        (140105001004.0, "140105001004"),
        ("１４０１０５００１００４", "140105001004"),
        (" 1401 0500 1004 ", "140105001004"),
    ],
)
def test_codes_keep_their_digits(typed, means):
    assert cells.code(digits=12)(typed) == means


def test_codes_keep_leading_zeros():
    assert cells.code()("007") == "007"


@pytest.mark.parametrize("typed", [1.4010519860101123e17, 1e15, "1.40105E+11", 1.5, -7.0, True])
def test_codes_that_lost_digits_are_refused(typed):
    with pytest.raises(CellError):
        cells.code(digits=12)(typed)


@pytest.mark.parametrize(
    "typed", ["a\x00b", "a\x07b", "abc\u202egpj.exe", "a\u2066b", "\ud800", "x" * 101]
)
def test_hidden_characters_and_overlong_text_are_refused(typed):
    with pytest.raises(CellError):
        cells.text(100)(typed)


def test_text_is_composed_trimmed_and_free_of_invisible_marks():
    assert cells.text(100)("  e\u0301cole\u200b \n 1号院\ufeff ") == "école 1号院"
    assert cells.text(100)("\u3000体育路 12 号院\u3000") == "体育路 12 号院"


def test_a_long_number_is_not_taken_for_text():
    with pytest.raises(CellError):
        cells.text(100)(1.4010519860101123e17)
    assert cells.text(100)(12.0) == "12"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@a", "'=1", "''=1", "\t=1", "＝1"])
def test_formula_text_is_neutralised_and_comes_back_exactly(text):
    assert not texts.neutralise(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert texts.restore(texts.neutralise(text)) == text


@given(st.text(max_size=60))
def test_restoring_undoes_neutralising_for_any_text(text):
    assert texts.restore(texts.neutralise(text)) == text
    assert not texts.neutralise(text)[:1] or texts.neutralise(text)[0] not in "=+-@\t\r\n"


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(anything)
def test_no_value_breaks_a_cleaner(value):
    cleaners = (
        cells.text(30), cells.code(digits=12), cells.code(), cells.integer(), cells.decimal(),
        cells.year(), cells.date(), cells.boolean(), cells.choice({"甲": "A"}),
        cells.several({"甲": "A"}), cells.coordinate(180),
    )  # fmt: skip
    problems = []
    for clean in cleaners:
        try:
            clean(value)
        except CellError as error:
            problems.append(str(error))
    assert all(problems)


@given(st.integers(0, 10**9))
def test_any_count_survives_units_and_width(number):
    wide = unicodedata.normalize("NFC", str(number)).translate(
        {ord(str(d)): chr(0xFF10 + d) for d in range(10)}
    )
    clean = cells.integer()
    assert clean(f"{number:,}户") == clean(wide) == clean(float(number)) == number


@given(st.decimals(0, 10**8, places=2))
def test_any_area_survives_its_own_text(area):
    assert cells.decimal()(str(area)) == area
    assert cells.decimal()(float(area)) == area


@pytest.mark.parametrize("typed", ["无", " 没有", "无单位", "/", None])
def test_a_word_for_no_work_unit_is_not_its_name(typed):
    assert cells.name_of_unit(100)(typed) is None


def test_the_name_of_a_work_unit_may_begin_with_a_word_for_none():
    assert cells.name_of_unit(100)("无线电一厂") == "无线电一厂"
