"""Writing tables as workbooks and csv: streamed, without formulas, ready for A4.

Text is always written as text. Text that a spreadsheet would take for a formula gets one
apostrophe in front (`texts.neutralise`); `cells.text` takes exactly that one away again, so
that importing an export changes nothing.
"""

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import xlsxwriter
from django.utils.translation import gettext

from .texts import neutralise

TEXT, INTEGER, DECIMAL, DATE, CODE, COORDINATE = (
    "text",
    "integer",
    "decimal",
    "date",
    "code",
    "coordinate",
)
FORMATS = {INTEGER: "#,##0", DECIMAL: "#,##0.00", DATE: "yyyy-mm-dd", CODE: "@", TEXT: "@"}
FORMATS |= {COORDINATE: "0.000000", "year": "0"}
NUMERIC = frozenset({INTEGER, DECIMAL, COORDINATE, "year"})
LONGEST_LIST = 255  # what a validation list may hold


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of a table to be written. `choices` become a list to pick from."""

    header: str
    kind: str = TEXT
    width: float | None = None
    choices: Sequence[str] = ()
    is_required: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class OutSheet:
    """A table to be written: title and (label, value) lines above, the rows, lines below."""

    name: str
    columns: Sequence[OutColumn]
    rows: Iterable[Sequence]
    title: str = ""
    above: Sequence[tuple[str, str]] = ()
    below: Sequence[tuple[str, str]] = ()
    choice_rows: int = 0
    marked: frozenset[int] = field(default=frozenset())  # columns whose text is a refusal


def display_width(text: str) -> int:
    """Width of text in half-width characters; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def write_xlsx(target, sheets: Iterable[OutSheet]) -> None:
    """Write tables as a workbook to a path or binary file, one row at a time."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(target, options) as book:
        formats = _formats(book)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name[:31]), sheet, formats)


def _formats(book) -> dict:
    font = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    box = {**font, "border": 1, "border_color": "#C9C4B6"}
    made = {
        "title": book.add_format({**font, "font_size": 16, "bold": True, "align": "center"}),
        "line": book.add_format(font),
        "header": book.add_format(
            {**box, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#F6F5F1"}
        ),
        "required": book.add_format(
            {
                **box,
                "bold": True,
                "align": "center",
                "text_wrap": True,
                "bg_color": "#F6F5F1",
                "font_color": "#B3261E",
            }
        ),
        "reason": book.add_format({**box, "font_color": "#B3261E", "text_wrap": True}),
    }
    for kind, pattern in FORMATS.items():
        align = "right" if kind in NUMERIC else "left"
        made[kind] = book.add_format({**box, "num_format": pattern, "align": align})
    return made


def _write_sheet(page, sheet: OutSheet, formats: dict) -> None:
    last = max(len(sheet.columns) - 1, 0)
    for index, column in enumerate(sheet.columns):
        width = column.width or min(max(display_width(column.header) + 2, 8), 40)
        page.set_column(index, index, width)
    row = 0
    if sheet.title:
        page.set_row(row, 28)
        if last:
            page.merge_range(row, 0, row, last, sheet.title, formats["title"])
        else:
            page.write_string(row, 0, sheet.title, formats["title"])
        row += 1
    if sheet.above:
        line = "　　".join(f"{label}：{value}" for label, value in sheet.above)
        page.write_string(row, 0, line, formats["line"])
        row += 1
    page.set_row(row, 32)
    for index, column in enumerate(sheet.columns):
        style = formats["required" if column.is_required else "header"]
        page.write_string(row, index, column.header, style)
    header = row
    kinds = [column.kind for column in sheet.columns]
    styles = [formats["reason" if i in sheet.marked else k] for i, k in enumerate(kinds)]
    for values in sheet.rows:
        row += 1
        for index, value in enumerate(values):
            _write_cell(page, row, index, value, styles[index])
    for label, value in sheet.below:
        row += 1
        page.write_string(row, 0, f"{label}：{value}", formats["line"])
    _add_choices(page, sheet, header + 1, max(row, header + sheet.choice_rows))
    page.freeze_panes(header + 1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(header)
    page.set_footer("&C" + gettext("Page %(page)s of %(pages)s") % {"page": "&P", "pages": "&N"})


def _write_cell(page, row: int, index: int, value, style) -> None:
    if value is None or value == "":
        page.write_blank(row, index, None, style)
    elif isinstance(value, bool):
        page.write_string(row, index, "是" if value else "否", style)
    elif isinstance(value, (int, float, Decimal)):
        page.write_number(row, index, value, style)
    elif isinstance(value, dt.date):
        page.write_datetime(row, index, value, style)
    else:
        page.write_string(row, index, neutralise(str(value))[:32_767], style)


def _add_choices(page, sheet: OutSheet, first: int, last: int) -> None:
    for index, column in enumerate(sheet.columns):
        listed = ",".join(column.choices)
        if column.choices and len(listed) <= LONGEST_LIST and last >= first:
            page.data_validation(
                first,
                index,
                last,
                index,
                {
                    "validate": "list",
                    "source": list(column.choices),
                    "error_title": gettext("Not in the list"),
                    "error_message": gettext("Choose one of the list."),
                },
            )


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence]) -> Iterator[bytes]:
    """The table as lines of csv in UTF-8 with a mark, which spreadsheets open correctly."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield b"\xef\xbb\xbf" + writer.writerow([neutralise(header) for header in headers]).encode()
    for values in rows:
        yield writer.writerow([_csv_cell(value) for value in values]).encode()


def _csv_cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return neutralise(str(value))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value
