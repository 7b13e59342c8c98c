"""Cleaning of workbook cells: what a clerk typed, to an exact value or a refusal that says why.

Knows the habits of hand-kept sheets (full-width digits, units behind numbers, dates in five
spellings); knows nothing of any sheet. A cleaner takes the raw value of a cell, returns the
clean value or None for a blank, and raises `CellError`.

A cell blank, or holding only a dash or stroke, means "not said": never zero.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_noop as _

from .texts import BLANKS, CellError, fold, is_blank, plain, restore, tidy

Cleaner = Callable[[object], object]

NOBODY = frozenset({"无", "没有", "无单位", "无产权单位", "无原单位", "无主管单位"})
LARGEST_INTEGER = 2_147_483_647
FIRST_SERIAL, LAST_SERIAL = 20_000, 73_050  # 1954-10-03 and 2099-12-31 in Excel's count of days
EXCEL_EPOCH = dt.date(1899, 12, 30)
WIDE_TYPES = (dt.date, dt.time, dt.timedelta)

_number = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(\D.*)?", re.ASCII | re.DOTALL)
_scientific = re.compile(r"[+-]?\d+(\.\d+)?e[+-]?\d+", re.IGNORECASE | re.ASCII)
_date = re.compile(
    r"(\d{4})(?:[-./]|年)(\d{1,2})(?:(?:[-./]|月)(\d{1,2})日?|月)?(?:[ t]?\d{1,2}:\d{2}.*)?",
    re.ASCII | re.IGNORECASE,
)
_packed_date = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)

COUNT_UNITS = frozenset({
    "个", "户", "栋", "幢", "座", "部", "台", "人", "名", "年", "层", "单元", "个单元", "家", "轮",
    "米", "m", "位", "处", "辆", "年建", "年建成",
})  # fmt: skip
AREA_UNITS = frozenset({"m2", "平方米", "平米", "平方", "平", "m"})
MONEY_UNITS = frozenset({"元", "圆", "人民币", "rmb", "¥"})
TEN_THOUSAND_UNITS = frozenset({"万m2", "万平方米", "万平米", "万平", "万"})
TRUE_WORDS = frozenset(
    ["是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "t", "1", "完好", "已"]
)
FALSE_WORDS = frozenset({
    "否", "无", "没有", "不是", "×", "✗", "✕", "x", "n", "no", "false", "f", "0", "不完好", "损坏",
    "未",
})  # fmt: skip


def text(maximum: int, *, multiline: bool = False) -> Cleaner:
    """Text of at most `maximum` characters; refuses control and direction-override characters."""

    def clean(value: object) -> str | None:
        if type(value) is not str:
            if value is None:
                return None
            if isinstance(value, dt.date):
                return plain(value)
            if isinstance(value, WIDE_TYPES):
                raise CellError(_("A time of day is not expected here: type it as text."))
            if isinstance(value, float) and abs(value) >= 1e15:
                raise CellError(_("A long number has lost digits in the sheet: type it as text."))
            value = plain(value)
        if multiline and "\n" in value:
            lines = [tidy(line) for line in value.splitlines()]
            cleaned = restore("\n".join(line for line in lines if line))
        else:
            cleaned = restore(tidy(value))
        if cleaned in BLANKS:
            return None
        if len(cleaned) > maximum:
            raise CellError(
                _("The text has %(length)s characters; at most %(maximum)s fit here."),
                length=len(cleaned),
                maximum=maximum,
            )
        return cleaned

    return clean


def name_of_unit(maximum: int) -> Cleaner:
    """The name of an office or firm; words that say there is none are a blank."""
    clean_text = text(maximum)

    def clean(value: object) -> str | None:
        cleaned = clean_text(value)
        return None if cleaned in NOBODY else cleaned

    return clean


def code(maximum: int = 32, *, digits: int | None = None) -> Cleaner:
    """An identifier kept as text with its leading zeros; `digits` asks for exactly that many.

    A numeric cell of more than 15 digits has lost digits in the sheet and is refused.
    """

    def clean(value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, (bool, *WIDE_TYPES)):
            raise CellError(_("A code is expected here: format the column as text."))
        if isinstance(value, (int, float)):
            if not abs(value) < 1e15:  # also what is no number at all
                raise CellError(
                    _(
                        "The code was typed as a number and has lost digits: format the column "
                        "as text and type it again."
                    )
                )
            if value < 0 or value != int(value):
                raise CellError(_("A code is expected here, not a calculated number."))
            value = str(int(value))
        cleaned = fold(restore(tidy(value)).replace(" ", "")).upper()
        if cleaned in BLANKS:
            return None
        if digits and _scientific.fullmatch(cleaned):
            raise CellError(
                _(
                    "The code was saved as a rounded number: format the column as text and "
                    "type it again."
                )
            )
        if digits and not (len(cleaned) == digits and cleaned.isascii() and cleaned.isdigit()):
            raise CellError(_("The code must have exactly %(digits)s digits."), digits=digits)
        if len(cleaned) > maximum:
            raise CellError(
                _("The text has %(length)s characters; at most %(maximum)s fit here."),
                length=len(cleaned),
                maximum=maximum,
            )
        return cleaned

    return clean


def _parse_number(value: object, units: frozenset[str]) -> Decimal | None:
    """The exact number in a cell, its unit taken off; raises CellError."""
    if isinstance(value, bool):
        raise CellError(_("A number is expected here, not yes or no."))
    if isinstance(value, (int, float)):
        number = Decimal(repr(value)) if value == value else Decimal("NaN")
        if not number.is_finite():
            raise CellError(_("A number is expected here."))
        return number
    if value is None:
        return None
    if isinstance(value, WIDE_TYPES):
        raise CellError(
            _("The cell holds a date: format it as a number and type the number again.")
        )
    folded = fold(tidy(value)).replace(" ", "").replace("㎡", "m2")
    folded = folded.lstrip("'")
    if folded in BLANKS:
        return None
    match = _number.fullmatch(folded) if len(folded) <= 40 else None
    if not match or _scientific.fullmatch(folded):
        raise CellError(_("A number is expected here."))
    sign, whole, fraction, unit = match.groups()
    if unit and unit not in units:
        if unit in TEN_THOUSAND_UNITS:
            raise CellError(
                _("“万” belongs in the column's header: write the number in the header's unit.")
            )
        raise CellError(_("A number is expected here; “%(unit)s” is not understood."), unit=unit)
    return Decimal(f"{sign}{whole.replace(',', '')}.{fraction or 0}")


def integer(
    *,
    maximum: int = LARGEST_INTEGER,
    minimum: int = 0,
    units: Iterable[str] = COUNT_UNITS,
) -> Cleaner:
    """A whole number from `minimum` to `maximum`; the usual units behind it are taken off."""
    allowed = frozenset(units)

    def clean(value: object) -> int | None:
        if type(value) is float and value.is_integer():  # how sheets store whole numbers
            number: int | Decimal | None = int(value)
        else:
            number = _parse_number(value, allowed)
            if number is None:
                return None
            if number != number.to_integral_value():
                raise CellError(_("A whole number is expected here."))
            number = int(number)
        if number < minimum:
            if minimum == 0:
                raise CellError(_("The number must not be negative."))
            raise CellError(_("The number must be at least %(minimum)s."), minimum=minimum)
        if number > maximum:
            raise CellError(_("The number must be at most %(maximum)s."), maximum=maximum)
        return number

    return clean


def decimal(
    *,
    places: int = 2,
    maximum: Decimal = Decimal("999999999.99"),
    minimum: Decimal = Decimal(0),
    units: Iterable[str] = AREA_UNITS,
    multiplier: int = 1,
) -> Cleaner:
    """An exact decimal rounded half up to `places`; `multiplier` is the header's unit."""
    allowed = TEN_THOUSAND_UNITS if multiplier == 10_000 else frozenset(units)
    step = Decimal(1).scaleb(-places)

    def clean(value: object) -> Decimal | None:
        number = _parse_number(value, allowed)
        if number is None:
            return None
        if number.adjusted() > 15:
            raise CellError(_("The number must be at most %(maximum)s."), maximum=str(maximum))
        number = (number * multiplier).quantize(step, rounding=ROUND_HALF_UP)
        if number < minimum:
            if minimum == 0:
                raise CellError(_("The number must not be negative."))
            raise CellError(_("The number must be at least %(minimum)s."), minimum=str(minimum))
        if number > maximum:
            raise CellError(_("The number must be at most %(maximum)s."), maximum=str(maximum))
        return number

    return clean


def year(*, minimum: int = 1900, maximum: int = 2100) -> Cleaner:
    """A year; a date cell gives its year, unless it is only a year shown as a date."""
    count = integer(maximum=LARGEST_INTEGER)

    def clean(value: object) -> int | None:
        if isinstance(value, dt.date):
            if value.year < 1949:
                raise CellError(_("The year was turned into a date: format the cell as text."))
            number = value.year
        elif isinstance(value, str) and (match := _date.fullmatch(fold(value))):
            number = int(match[1])
        else:
            number = count(value)
        if number is None:
            return None
        if not minimum <= number <= maximum:
            raise CellError(
                _("A year from %(minimum)s to %(maximum)s is expected here."),
                minimum=minimum,
                maximum=maximum,
            )
        return number

    return clean


def _day(year_: int, month: int, day: int) -> dt.date:
    try:
        date = dt.date(year_, month, day)
    except ValueError as error:
        raise CellError(_("There is no such date.")) from error
    if not 1900 <= date.year <= 2100:
        raise CellError(_("A date from 1900 to 2100 is expected here."))
    return date


def date() -> Cleaner:
    """A date: 2024-05-01, 2024/5/1, 2024.5.1, 2024年5月1日, 2024.5 (its first day), 20240501,
    a date cell or Excel's day number."""

    def clean(value: object) -> dt.date | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            return _day(value.year, value.month, value.day)
        if isinstance(value, dt.date):
            return _day(value.year, value.month, value.day)
        if isinstance(value, (bool, *WIDE_TYPES)):
            raise CellError(_("A date such as 2024-05-01 is expected here."))
        if isinstance(value, (int, float)):
            return _date_of_number(float(value))
        folded = fold(tidy(value))
        if folded in BLANKS:
            return None
        if match := _date.fullmatch(folded.replace(" ", "") if ":" not in folded else folded):
            return _day(int(match[1]), int(match[2]), int(match[3] or 1))
        if match := _packed_date.fullmatch(folded):
            return _day(int(match[1]), int(match[2]), int(match[3]))
        if folded.isascii() and folded.isdigit() and len(folded) == 5:
            return _date_of_number(float(folded))
        raise CellError(_("A date such as 2024-05-01 is expected here."))

    return clean


def _date_of_number(value: float) -> dt.date:
    if value.is_integer() and (match := _packed_date.fullmatch(str(int(value)))):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if FIRST_SERIAL <= value <= LAST_SERIAL:
        return EXCEL_EPOCH + dt.timedelta(days=int(value))
    if 1900 < value < 2101 and not value.is_integer():
        fraction = repr(value).partition(".")[2]
        if fraction == "1":
            raise CellError(
                _("%(value)s may be January or October: write it as 2024-01 or 2024-10."),
                value=str(value),
            )
        if len(fraction) <= 2:
            return _day(int(value), int(fraction), 1)
    raise CellError(_("A date such as 2024-05-01 is expected here."))


def boolean(*, true: Iterable[str] = (), false: Iterable[str] = ()) -> Cleaner:
    """Yes or no, in the words of the sheets: 是 否 有 无 √ × Y N 1 0, and those given."""
    words = {fold(word): True for word in (*TRUE_WORDS, *true)}
    words |= {fold(word): False for word in (*FALSE_WORDS, *false)}
    example = _("Write 是 or 否 here; “%(value)s” is not understood.")

    def clean(value: object) -> bool | None:
        if type(value) is str:
            known = words.get(value)
            if known is not None:
                return known
            folded = fold(tidy(value))
            if folded in BLANKS:
                return None
            known = words.get(folded)
        elif value is None or value is True or value is False:
            return value
        else:
            known = {1: True, 0: False}.get(value) if isinstance(value, (int, float)) else None
        if known is None:
            raise CellError(example, value=plain(value)[:40])
        return known

    return clean


def choice(labels: dict[str, object], *, aliases: dict[str, object] | None = None) -> Cleaner:
    """One of a closed list, by label, alias or stored code."""
    table = {fold(label): code for label, code in labels.items()}
    table |= {fold(alias): code for alias, code in (aliases or {}).items()}
    for code_ in labels.values():
        table.setdefault(fold(str(code_)), code_)
    offered = "、".join(labels)

    def clean(value: object) -> object:
        if value is None:
            return None
        known = table.get(value) if type(value) is str else None
        if known is not None:
            return known
        folded = fold(tidy(plain(value)))
        # A label such as 无 may itself look like a blank, so the table is asked first.
        known = table.get(folded, table.get(folded.replace(" ", "")))
        if known is None:
            if folded in BLANKS:
                return None
            raise CellError(
                _("“%(value)s” is not in the list: %(offered)s."),
                value=plain(value)[:40],
                offered=offered,
            )
        return known

    return clean


def several(labels: dict[str, object], *, separators: str = "、,，;；/ ") -> Cleaner:
    """Several of a closed list, one after another; the result is a sorted tuple of codes."""
    one = choice(labels)
    pattern = re.compile(f"[{re.escape(separators)}\n]+")

    def clean(value: object) -> tuple | None:
        if is_blank(value):
            return None
        parts = [part for part in pattern.split(tidy(plain(value))) if part]
        return tuple(sorted({one(part) for part in parts})) or None

    return clean


def coordinate(limit: int) -> Cleaner:
    """Degrees of longitude (limit 180) or latitude (limit 90), six places."""
    return decimal(
        places=6, maximum=Decimal(limit), minimum=Decimal(-limit), units=("°", "度", "e", "n")
    )
