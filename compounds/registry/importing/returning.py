"""What goes back to the clerk: his refused rows with their reasons, and empty templates."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
from django.utils.translation import gettext as _

from governance.foundation import dates, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.foundation.texts import neutralise, plain, restore
from governance.foundation.workbooks import BrokenCell, open_workbook
from governance.organisation.models import Area

from ..models import Import, ImportRow
from .planning import Found, survey
from .reading import ERROR
from .sheets import REASON, Sheet

LARGEST_EDITED = 3 * 2**20  # bytes; larger workbooks are written anew, row by row
MOST_EDITED_CELLS = 250_000  # of all sheets: the editing library holds every one of them


def reasons_of(batch: Import, key: str) -> dict[int, str]:
    """Row number → everything that is wrong with the row, in the present language."""
    rows = batch.rows.filter(sheet=key, state=ImportRow.State.REFUSED).order_by("number")
    return {
        row.number: "；".join(
            _reason(line["header"], line["text"])
            for line in row.problem_lines
            if line["level"] == ERROR
        )
        for row in rows.iterator()
    }


def _reason(header: str, text: str) -> str:
    text = text.rstrip(".。")
    return f"{header}：{text}" if header else text


def write_refused(batch: Import, source: Path, target: Path) -> None:
    """Write the clerk's workbook with nothing but its refused rows and a column of reasons.

    Titles, headers, widths and styles stay where the file is small enough to be edited;
    otherwise the sheets are written anew with the same headers.
    """
    book = open_workbook(source)
    found, _notes = survey(book, batch.only_sheet, batch.area.level)
    refused = [(item, reasons_of(batch, item.sheet.key)) for item in found if item.layout.is_usable]
    refused = [(item, reasons) for item, reasons in refused if reasons]
    is_small = source.stat().st_size <= LARGEST_EDITED and book.cell_count() <= MOST_EDITED_CELLS
    if book.kind == "xlsx" and is_small:
        _edit(source, target, refused)
    else:
        spreadsheets.write_xlsx(target, [_anew(item, reasons) for item, reasons in refused])


def _raw_rows(item: Found, reasons: dict[int, str]) -> Iterator[tuple[int, list, str]]:
    for number, values in item.source.rows():
        if number in reasons:
            yield number, values, reasons[number]


def _edit(source: Path, target: Path, refused: list[tuple[Found, dict[int, str]]]) -> None:
    # Formulas come as the values they last had: rows move, and references would be wrong.
    with open(source, "rb") as file:
        book = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    kept = {item.name for item, _reasons in refused}
    for page in list(book.worksheets):
        if page.title not in kept:
            book.remove(page)
    for item, reasons in refused:
        _edit_sheet(book[item.name], item, reasons)
    book.active = 0
    book.save(target)


def _edit_sheet(page, item: Found, reasons: dict[int, str]) -> None:
    header = item.layout.row
    for merged in list(page.merged_cells.ranges):
        if merged.max_row > header:
            page.unmerge_cells(str(merged))
    page.data_validations.dataValidation = [
        rule for rule in page.data_validations.dataValidation if rule.type == "list"
    ]
    page.conditional_formatting = type(page.conditional_formatting)()
    styles = {cell.column: cell._style for cell in page[header + 1]}
    rows = list(_raw_rows(item, reasons))
    width = max(len(item.layout.header_keys), 1)
    page.delete_rows(header + 1, max(page.max_row - header, 0))
    place = _reason_column(page, item, width)
    for offset, (_number, values, reason) in enumerate(rows, 1):
        for column, value in enumerate(values[:width], 1):
            if value != "" and column != place:
                cell = _put(page, header + offset, column, value)
                if column in styles:
                    cell._style = styles[column]
        _put(page, header + offset, place, reason)
    for cells in page.iter_rows(max_row=header):
        for cell in cells:
            _disarm(cell)


def _reason_column(page, item: Found, width: int) -> int:
    for position, column in item.layout.places:
        if column.header == REASON.header:
            return position + 1
    place = width + 1
    cell = page.cell(item.layout.row, place)
    cell.value = REASON.header
    cell._style = page.cell(item.layout.row, width)._style
    page.column_dimensions[cell.column_letter].width = REASON.width
    return place


def _put(page, row: int, column: int, value):
    cell = page.cell(row, column)
    value = _again(value)
    cell.value = neutralise(value) if isinstance(value, str) else value
    _disarm(cell)
    return cell


def _disarm(cell) -> None:
    """No text of the sheet is written as a formula."""
    if isinstance(cell.value, str):
        cell.data_type = "s"


def _anew(item: Found, reasons: dict[int, str]) -> OutSheet:
    header: list = []
    for number, values in item.source.rows():
        if number == item.layout.row:
            header = [plain(value) for value in values]
            break
    columns = [OutColumn(name) for name in header] + [OutColumn(REASON.header, width=REASON.width)]
    rows = (
        [*map(_again, _fitted(values, len(header))), reason]
        for _number, values, reason in _raw_rows(item, reasons)
    )
    return OutSheet(
        name=item.name or item.sheet.titles[0],
        columns=columns,
        rows=rows,
        marked=frozenset({len(header)}),
    )


def _again(value):
    """A cell's value to be written once more."""
    if isinstance(value, BrokenCell):
        return ""
    return restore(value) if isinstance(value, str) else value


def _fitted(values: list, width: int) -> list:
    return [*values[:width], *[""] * (width - len(values))]


def write_template(sheet: Sheet, area: Area, target) -> None:
    """Write an empty sheet with sample rows that fit the area; red headers must be filled."""
    title = sheet.titles[0]
    spreadsheets.write_xlsx(
        target,
        [
            OutSheet(
                name=title,
                columns=sheet.export_columns(),
                rows=sheet.sample_rows(area),
                title=title,
                above=[
                    (_("Reporting office"), area.name),
                    (_("Date"), dates.today().isoformat()),
                ],
                choice_rows=2_000,
            )
        ],
    )
