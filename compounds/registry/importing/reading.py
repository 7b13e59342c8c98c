"""From the rows of a workbook to records: which sheet it is, where its header stands, and what
every cell says. Pure: no register is asked here.
"""

import datetime as dt
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from governance.foundation import cells, sealing
from governance.foundation.archives import column_letters
from governance.foundation.texts import BLANKS, CellError, fold, plain
from governance.foundation.workbooks import BrokenCell, Workbook
from governance.foundation.workbooks import Sheet as WorkbookSheet

from .columns import Column, header_key, split_unit, with_unit

HEADER_SEARCH = 40  # rows above which the header must stand
TOTALS = ("合计", "总计", "小计", "共计")
TOTAL = "计"  # what all of them hold
FOOTERS = (
    "填表人",
    "审核人",
    "制表",
    "填报",
    "备注",
    "注:",
    "说明",
    "单位负责人",
    "联系电话",
    "日期:",
)
ERROR, WARNING, NOTE = "error", "warning", "note"
LONGEST_SHOWN = 60
# Sheets repeat themselves: what a value of these types was cleaned to is remembered by column.
# Values of different types among them are never equal, unlike 1 and True.
REPEATED_TYPES = frozenset({str, float, dt.date})
REMEMBERED = 4_000  # values of a column
UNSEEN = object()


@dataclass(slots=True)
class Problem:
    """What is wrong (or odd) about a cell or a row, ready to be stored and shown."""

    message: str
    values: dict[str, Any] = field(default_factory=dict)
    level: str = ERROR
    column: str = ""
    header: str = ""
    value: str = ""

    def plain(self) -> dict:
        return {
            "message": self.message,
            "values": self.values,
            "level": self.level,
            "column": self.column,
            "header": self.header,
            "value": self.value,
        }


@dataclass(slots=True)
class Record:
    """One row: its number in the sheet and the values of the columns that say something."""

    number: int
    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return bool(self.problems) and any(problem.level == ERROR for problem in self.problems)


@dataclass(slots=True)
class Layout:
    """Where the header stands in a sheet and which column of the sheet is which."""

    row: int
    places: list[tuple[int, Column]]  # (position from 0, column)
    problems: list[Problem]
    headers: dict[str, tuple[str, str]]  # field -> (column letter, header as written)
    header_keys: tuple[str, ...] = ()
    secrets: set[str] = field(default_factory=set)  # fields whose values are shown masked

    @property
    def is_usable(self) -> bool:
        return not any(problem.level == ERROR for problem in self.problems)

    def problem(self, message: str, field_: str = "", value: Any = None, **values) -> Problem:
        """A problem about a field of a row, naming its column."""
        letter, header = self.headers.get(field_, ("", ""))
        return Problem(message, values, ERROR, letter, header, self._shown(field_, value))

    def warning(self, message: str, field_: str = "", value: Any = None, **values) -> Problem:
        letter, header = self.headers.get(field_, ("", ""))
        return Problem(message, values, WARNING, letter, header, self._shown(field_, value))

    def _shown(self, field_: str, value: Any) -> str:
        return sealing.mask_phone(plain(value)) if field_ in self.secrets else shown(value)


def shown(value: Any) -> str:
    """A value short enough for a list of errors."""
    text = plain(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def choose(sheet: WorkbookSheet, specs: Sequence) -> tuple[Any, Layout] | None:
    """The spec that fits a workbook's sheet and where its header stands; None if none does.

    The sheet's name decides between specs whose headers fit equally well.
    """
    top = []
    for number, values in sheet.rows():
        if number > HEADER_SEARCH or len(top) >= HEADER_SEARCH:
            break
        top.append((number, values))
    best: tuple[tuple, Any, int] | None = None
    name = fold(sheet.name)
    for spec in specs:
        index = spec.header_index
        for number, values in top:
            found = _matches(values, index)
            required = sum(column.is_required for column in found)
            if len(found) < 2 and not (
                len(found) == 1 and sum(map(bool, values)) == 1 and required
            ):
                continue
            named = any(fold(title) in name for title in spec.titles) if name else False
            complete = required == spec.required_count
            rank = (complete, named, len(found) / max(len(values), 1) * 0.5 + len(found), -number)
            if best is None or rank > best[0]:
                best = (rank, spec, number)
    if best is None:
        return None
    _rank, spec, row = best
    values = next(values for number, values in top if number == row)
    return spec, layout_of(spec, row, values)


def _matches(values: Sequence, index: dict[str, Column]) -> list[Column]:
    found = {}
    for value in values:
        if isinstance(value, str) and 0 < len(value) <= 60:
            key = header_key(value)
            column = index.get(key) or index.get(split_unit(key)[0])
            if column:
                found[column.header] = column
    return list(found.values())


def layout_of(spec, row: int, values: Sequence) -> Layout:
    """Match a header row to the spec's columns; unknown, doubled and missing ones are named."""
    index = spec.header_index
    layout = Layout(row, [], [], {}, tuple(header_key(value) for value in values))
    taken: dict[str, str] = {}
    for position, value in enumerate(values):
        letter = column_letters(position + 1)
        key = header_key(value)
        if not key:
            continue
        name, unit = split_unit(key)
        column = index.get(key) or index.get(name)
        if column is None:
            layout.problems.append(_unknown(spec, letter, plain(value), name))
            continue
        if column.header in taken:
            layout.problems.append(
                Problem(
                    _("The header “%(header)s” stands twice: in column %(first)s and %(second)s."),
                    {"header": column.header, "first": taken[column.header], "second": letter},
                    ERROR,
                    letter,
                    plain(value),
                )
            )
            continue
        taken[column.header] = letter
        fitting = with_unit(column, unit)
        if fitting is None:
            layout.problems.append(
                Problem(
                    _("The unit “%(unit)s” in this header is not understood; use %(header)s."),
                    {"unit": unit, "header": column.header},
                    ERROR,
                    letter,
                    plain(value),
                )
            )
            continue
        layout.places.append((position, fitting))
        if column.field:
            layout.headers[column.field] = (letter, plain(value).replace("\n", ""))
            if column.is_secret:
                layout.secrets.add(column.field)
    for column in spec.columns:
        if column.is_required and column.header not in taken:
            layout.problems.append(
                Problem(_("The column “%(header)s” is missing."), {"header": column.header})
            )
    return layout


def _unknown(spec, letter: str, written: str, name: str) -> Problem:
    near = difflib.get_close_matches(name, list(spec.header_index), n=1, cutoff=0.5)
    values = {"header": shown(written)}
    if near:
        values["nearest"] = spec.header_index[near[0]].header
        message = _(
            "The header “%(header)s” is not known and its column is not read. Is it “%(nearest)s”?"
        )
    else:
        message = _("The header “%(header)s” is not known and its column is not read.")
    return Problem(message, values, WARNING, letter, shown(written))


def records_of(book: Workbook, sheet: WorkbookSheet, layout: Layout) -> Iterator[Record]:
    """The records below the header: cells cleaned, all problems of a row gathered."""
    filled = _filled_down(book, sheet, layout)
    places = [
        (position, column.field, column.clean, {})
        for position, column in layout.places
        if column.field
    ]
    real = [place[0] for place in places]
    required = [column.field for _place, column in layout.places if column.is_required]
    keys = layout.header_keys
    blanks = BLANKS
    for number, values in sheet.rows():
        if number <= layout.row:
            continue
        width = len(values)
        said = [
            p
            for p in real
            if p < width
            and (value := values[p]) not in ("", None)
            and not (type(value) is str and value.strip() in blanks)
        ]
        if not said or _is_decoration(values, said, keys):
            continue
        if filled and number in filled:
            values = list(values)
            for position, value in filled[number]:
                if position < width and values[position] == "":
                    values[position] = value
        record = Record(number, {})
        kept = record.values
        for position, name, clean, seen in places:
            if position >= width:
                continue
            value = values[position]
            if value == "" or value is None:
                continue
            is_repeated = type(value) in REPEATED_TYPES
            if is_repeated:
                cleaned = seen.get(value, UNSEEN)
                if cleaned is not UNSEEN:
                    if cleaned is not None:
                        kept[name] = cleaned
                    continue
            try:
                if type(value) is BrokenCell:
                    raise _broken(value)
                cleaned = clean(value)
            except CellError as error:
                problem = layout.problem(error.message, name, value)
                problem.values = error.values
                record.problems.append(problem)
            else:
                if cleaned is not None:
                    kept[name] = cleaned
                if is_repeated and len(seen) < REMEMBERED:
                    seen[value] = cleaned
        for name in required:
            if name in kept:
                continue
            header = layout.headers[name][1]
            if all(problem.header != header for problem in record.problems):
                record.problems.append(layout.problem(_("This must not be blank."), name))
        yield record


def _broken(value: BrokenCell) -> CellError:
    if value == "#FORMULA":
        return CellError(
            _(
                "The cell holds a formula that was never calculated: open the file in the "
                "spreadsheet program and save it."
            )
        )
    return CellError(_("The cell shows an error of its formula: put the value itself there."))


def _is_decoration(values: Sequence, said: list[int], header_keys: tuple[str, ...]) -> bool:
    """Whether a row is a repeated header, a line of totals, or a line for signatures."""
    head = [v for v in values[:6] if v not in ("", None)]
    if not head:
        return False
    if any(type(v) is str and TOTAL in v and _word(v) in TOTALS for v in head):
        return True
    if len(said) <= 3 and _word(head[0]).startswith(FOOTERS):
        return True
    first = values[said[0]]
    if len(said) < 3 or not isinstance(first, str) or header_key(first) not in header_keys:
        return False
    keys = {header_keys[p] for p in said if p < len(header_keys)}
    return all(header_key(values[p]) in keys for p in said)


def _word(value: Any) -> str:
    return fold(plain(value)).replace(" ", "")


def _filled_down(book: Workbook, sheet: WorkbookSheet, layout: Layout) -> dict[int, list]:
    """Values of vertically merged cells for the rows they cover, in columns that allow it."""
    wanted = {position + 1: position for position, column in layout.places if column.fills_down}
    merges = [
        merge
        for merge in book.merges_of(sheet)
        if merge[1] == merge[3] and merge[1] in wanted and merge[2] > merge[0] > layout.row
    ]
    if not merges:
        return {}
    tops = {(first, column): None for first, column, _last, _same in merges}
    for number, values in sheet.rows():
        for column in wanted:
            if (number, column) in tops and column <= len(values):
                tops[number, column] = values[column - 1]
    filled: dict[int, list] = {}
    covered = 0
    for first, column, last, _same in merges:
        value = tops[first, column]
        covered += last - first
        if value in ("", None) or covered > cells.LARGEST_INTEGER or covered > 500_000:
            continue
        for number in range(first + 1, last + 1):
            filled.setdefault(number, []).append((wanted[column], value))
    return filled
