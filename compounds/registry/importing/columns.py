"""Columns of sheets: the header a clerk writes, the value it means, and how it is shown again.

Pure. A `Column` is declared once and serves the import, the template and the export.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from governance.foundation import cells, spreadsheets
from governance.foundation.cells import Cleaner
from governance.foundation.texts import fold, plain

BOOLEAN, CHOICE, TAGS = "boolean", "choice", "tags"
YES, NO = "是", "否"
TEN_THOUSAND_YUAN = "万元"
HEADER_NOISE = re.compile(r"[\s*＊※:：\"'“”]+")
UNIT = re.compile(r"(.+?)[(\[【〔](.*)[)\]】〕]")
UNIT_AFTER_STROKE = re.compile(r"(.+?)[/,，](m2|万m2|户|个|栋|人|m|米|平方米|万平方米)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `header` as exported, `aliases` as also understood, `field` it fills.

    `samples` are the cells of the template's sample rows. `fills_down` columns may be merged
    over several rows. A column without a field is read over (the running number). What a secret
    column holds is never repeated in full, not even where it is refused.
    """

    header: str
    field: str
    kind: str
    clean: Cleaner
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    width: float | None = None
    samples: tuple[Any, ...] = ()
    choices: tuple[str, ...] = ()
    fills_down: bool = False
    label_of: Mapping[Any, str] = field(default_factory=dict)
    scaled: Callable[[int], Cleaner] | None = None
    is_secret: bool = False
    is_money: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.kind in (spreadsheets.INTEGER, spreadsheets.DECIMAL)

    def shown(self, value: Any) -> Any:
        """The cell that means `value`; cleaning it gives `value` again."""
        if value is None or value == "":
            return None
        if self.kind == BOOLEAN:
            return YES if value else NO
        if self.kind == TAGS:
            codes = value.split() if isinstance(value, str) else value
            return "、".join(self.label_of.get(code, code) for code in codes)
        return self.label_of.get(value, value) if self.label_of else value

    def out(self) -> spreadsheets.OutColumn:
        """How the column is written."""
        return spreadsheets.OutColumn(
            header=self.header,
            kind=spreadsheets.TEXT if self.kind in (BOOLEAN, CHOICE, TAGS) else self.kind,
            width=self.width,
            choices=self.choices if self.kind in (BOOLEAN, CHOICE) else (),
            is_required=self.is_required,
        )

    def to_plain(self, value: Any) -> Any:
        """The value as JSON keeps it."""
        if isinstance(value, (Decimal, dt.date)):
            return str(value)
        return list(value) if isinstance(value, tuple) else value

    def from_plain(self, value: Any) -> Any:
        """The value again from JSON."""
        if value is None:
            return None
        if self.kind == spreadsheets.DECIMAL:
            return Decimal(value)
        if self.kind == spreadsheets.DATE:
            return dt.date.fromisoformat(value)
        return value


def running_number(header: str = "序号") -> Column:
    return Column(
        header, "", spreadsheets.INTEGER, lambda value: None, ("编号", "No.", "NO"), width=6
    )


def text(header: str, field_: str, maximum: int, aliases: Iterable[str] = (), **more) -> Column:
    return Column(header, field_, spreadsheets.TEXT, cells.text(maximum), tuple(aliases), **more)


def unit(header: str, field_: str, maximum: int, aliases: Iterable[str] = (), **more) -> Column:
    """The name of a work unit, where clerks also write that there is none."""
    clean = cells.name_of_unit(maximum)
    return Column(header, field_, spreadsheets.TEXT, clean, tuple(aliases), **more)


def code(header: str, field_: str, aliases: Iterable[str] = (), *, clean=None, **more) -> Column:
    return Column(header, field_, spreadsheets.CODE, clean or cells.code(), tuple(aliases), **more)


def integer(
    header: str, field_: str, aliases: Iterable[str] = (), *, maximum: int = 1_000_000, **more
) -> Column:
    cleaner = cells.integer(maximum=maximum)
    return Column(header, field_, spreadsheets.INTEGER, cleaner, tuple(aliases), **more)


def area(header: str, field_: str, aliases: Iterable[str] = (), **more) -> Column:
    """An area in m²; the header may say 万㎡ instead."""
    return Column(
        header,
        field_,
        spreadsheets.DECIMAL,
        cells.decimal(),
        tuple(aliases),
        scaled=lambda factor: cells.decimal(multiplier=factor),
        **more,
    )


def money(
    header: str, field_: str, aliases: Iterable[str] = (), *, minimum: Decimal = Decimal(0), **more
) -> Column:
    """An amount in yuan; the header may say 万元 instead."""

    def cleaner(factor: int) -> Cleaner:
        return cells.decimal(minimum=minimum, units=cells.MONEY_UNITS, multiplier=factor)

    return Column(
        header,
        field_,
        spreadsheets.DECIMAL,
        cleaner(1),
        tuple(aliases),
        scaled=cleaner,
        is_money=True,
        **more,
    )


def year(header: str, field_: str, aliases: Iterable[str] = (), **more) -> Column:
    return Column(header, field_, "year", cells.year(), tuple(aliases), **more)


def date(header: str, field_: str, aliases: Iterable[str] = (), **more) -> Column:
    return Column(header, field_, spreadsheets.DATE, cells.date(), tuple(aliases), **more)


def boolean(header: str, field_: str, aliases: Iterable[str] = (), **more) -> Column:
    return Column(
        header, field_, BOOLEAN, cells.boolean(), tuple(aliases), choices=(YES, NO), **more
    )


def choice(
    header: str,
    field_: str,
    labels: Mapping[str, Any],
    aliases: Iterable[str] = (),
    *,
    words: Mapping[str, Any] | None = None,
    **more,
) -> Column:
    """One of a closed list; `words` are other spellings of its labels."""
    return Column(
        header,
        field_,
        CHOICE,
        cells.choice(dict(labels), aliases=dict(words or {})),
        tuple(aliases),
        choices=tuple(labels),
        label_of={value: label for label, value in labels.items()},
        **more,
    )


def coordinate(header: str, field_: str, limit: int, aliases: Iterable[str] = (), **more) -> Column:
    clean = cells.coordinate(limit)

    def as_float(value: object) -> float | None:
        number = clean(value)
        return None if number is None else float(number)

    return Column(header, field_, spreadsheets.COORDINATE, as_float, tuple(aliases), **more)


def header_key(value: object) -> str:
    """A header without white space, marks and width differences."""
    return _key_of(plain(value))


@lru_cache(maxsize=2000)  # asked of the first cell of every row
def _key_of(text: str) -> str:
    return HEADER_NOISE.sub("", fold(text))


def split_unit(key: str) -> tuple[str, str]:
    """A header key's name and the unit behind it in brackets or after a stroke."""
    match = UNIT.fullmatch(key) or UNIT_AFTER_STROKE.fullmatch(key)
    return (match[1], match[2]) if match else (key, "")


def header_index(columns: Sequence[Column]) -> dict[str, Column]:
    """Every known spelling of every header, with and without its unit."""
    index: dict[str, Column] = {}
    for column in columns:
        for spelling in (column.header, *column.aliases):
            key = header_key(spelling)
            index.setdefault(key, column)
            index.setdefault(split_unit(key)[0], column)
    return index


def with_unit(column: Column, unit: str) -> Column | None:
    """The column as its header's unit wants it read; None if the unit does not fit."""
    if not unit or not column.is_numeric:
        return column
    unit = unit.removeprefix("单位").lstrip(":")
    if column.is_money:
        if unit == TEN_THOUSAND_YUAN:
            return replace(column, clean=column.scaled(10_000))
        return column if unit in cells.MONEY_UNITS else None
    if column.scaled:
        if unit in cells.TEN_THOUSAND_UNITS - {"万"}:
            return replace(column, clean=column.scaled(10_000))
        return column if unit in cells.AREA_UNITS else None
    if unit in cells.COUNT_UNITS | {"家", "%"}:
        return column
    own = {split_unit(header_key(name))[1] for name in (column.header, *column.aliases)}
    return column if _spelt(unit) in {_spelt(one) for one in own if one} else None


_UNIT_NOISE = re.compile(r"[·.．・/每]")


def _spelt(unit: str) -> str:
    """A unit however its parts are joined: 元/㎡·月 and 元/平方米/月 are one."""
    return _UNIT_NOISE.sub("", unit).replace("平方米", "m2").replace("平米", "m2")
