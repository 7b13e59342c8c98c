"""Opening a workbook that somebody uploaded: its kind by content, its size before parsing.

`open_workbook` gives sheets whose rows are plain values; `cells` cleans those. Everything
that cannot be read is refused with a sentence that says what the file is and what to do.
"""

import codecs
import csv
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import python_calamine as calamine
from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .archives import Limits, Reach, damaged, entries_of, inspect, refuse_columns, refuse_rows
from .errors import DomainError

Row = tuple[int, list]
HEAD = 65_536
LONGEST_FIELD = 32_767  # what a spreadsheet cell can hold


class BrokenCell(str):
    """Stands for a cell that shows an error, or a formula nobody calculated."""

    __slots__ = ()


BROKEN = {"error": BrokenCell("#ERROR"), "formula": BrokenCell("#FORMULA")}


@dataclass(slots=True)
class Sheet:
    """One sheet: its name, whether it is hidden, and its rows with their numbers."""

    name: str
    is_hidden: bool
    source: "Workbook" = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """(row number as the clerk sees it, values from column A on), empty rows left out."""
        return self.source.rows_of(self)


class Workbook:
    """An opened workbook; `kind` is "xlsx" or "csv"."""

    kind: str
    sheets: list[Sheet]

    def rows_of(self, sheet: Sheet) -> Iterator[Row]:
        raise NotImplementedError

    def row_count(self, sheet: Sheet) -> int:
        """About how many rows the sheet has, for progress only."""
        return 0

    def cell_count(self) -> int:
        """How many cells all sheets have together, hidden ones too; 0 where that is not known."""
        return 0

    def close(self) -> None:
        """Let go of what was parsed, at once: sheets and workbook hold each other."""

    def merges_of(self, sheet: Sheet) -> list[tuple[int, int, int, int]]:
        """Merged ranges as (first row, first column, last row, last column), counted from 1."""
        return []


def current_limits() -> Limits:
    """The limits of this installation (settings IMPORT_MAX_BYTES, _ROWS, _COLUMNS)."""
    default = Limits()
    return Limits(
        file_bytes=getattr(settings, "IMPORT_MAX_BYTES", default.file_bytes),
        rows=getattr(settings, "IMPORT_MAX_ROWS", default.rows),
        columns=getattr(settings, "IMPORT_MAX_COLUMNS", default.columns),
    )


def open_workbook(path: str | Path, *, limits: Limits | None = None) -> Workbook:
    """Open an uploaded file after checking what it is and how large; raises DomainError.

    The file's name is not looked at. Memory stays bounded whatever the file claims.
    """
    path, limits = Path(path), limits or current_limits()
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise DomainError(
            _("The file has %(size)s MB; at most %(limit)s MB are taken. Split it and try again.")
            % {"size": f"{size / 2**20:.1f}", "limit": f"{limits.file_bytes / 2**20:.0f}"}
        )
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise DomainError(_("The file is empty."))
    if head.startswith(b"PK"):
        _refuse_other_archives(path, limits)
        return _Xlsx(path, inspect(path, limits), limits)
    _refuse_known_formats(path, head)
    return _Csv(path, _encoding_of(path, head), limits)


def _refuse_other_archives(path: Path, limits: Limits) -> None:
    names = {entry.filename.replace("\\", "/").lstrip("/") for entry in entries_of(path, limits)}
    if "xl/vbaProject.bin" in names or any(n.lower().endswith("vbaproject.bin") for n in names):
        raise DomainError(
            _("The workbook contains macros. Save it as a plain workbook (.xlsx) and upload that.")
        )
    if "xl/workbook.bin" in names:
        raise DomainError(_("This is a binary workbook (.xlsb). Save it as .xlsx and upload that."))
    if "content.xml" in names and "mimetype" in names:
        raise DomainError(
            _("This is an OpenDocument file (.ods). Save it as .xlsx and upload that.")
        )
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise DomainError(
            _("This is a text document or a presentation, not a workbook. Upload the workbook.")
        )
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise DomainError(
            _("This is a compressed archive, not a workbook. Unpack it and upload the workbook.")
        )


def _refuse_known_formats(path: Path, head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with open(path, "rb") as file:
            content = file.read(2**21)
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise DomainError(
                _("The file is protected by a password. Save a copy without it and upload that.")
            )
        raise DomainError(
            _("This is a workbook of the old kind (.xls). Save it as .xlsx and upload that.")
        )
    if head.startswith(b"%PDF"):
        raise DomainError(_("This is a PDF. Upload the workbook that it was printed from."))
    images = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
    if head.startswith(images) and (head[:2] != b"BM" or b"\0" in head[:32]):
        raise DomainError(_("This is a picture. Upload the workbook itself."))
    if head.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")):
        raise DomainError(
            _("This is a compressed archive, not a workbook. Unpack it and upload the workbook.")
        )
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:512].lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"{\\rtf")):
        raise DomainError(
            _(
                "This is a web page or a document with a workbook's name. Open it in the "
                "spreadsheet program, save it as .xlsx, and upload that."
            )
        )


def _encoding_of(path: Path, head: bytes) -> str:
    """The encoding in which the whole file can be read; raises DomainError."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "gb18030")
        odd = sum(byte < 32 and byte not in b"\t\r\n\x0b\x0c" for byte in head)
        if odd > max(8, len(head) // 100):
            raise _unknown()
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with open(path, "rb") as file:
                while piece := file.read(1 << 20):
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
            return encoding
        except UnicodeError:
            continue
    raise _unknown()


def _unknown() -> DomainError:
    return DomainError(
        _("The file is neither a workbook (.xlsx) nor a text table (.csv in UTF-8 or GB18030).")
    )


class _Xlsx(Workbook):
    kind = "xlsx"

    def __init__(self, path: Path, reaches: dict[str, Reach], limits: Limits):
        self._limits = limits
        try:
            self._book = calamine.CalamineWorkbook.from_path(path)
            listed = list(self._book.sheets_metadata)
        except calamine.PasswordError as error:
            raise DomainError(
                _("The file is protected by a password. Save a copy without it and upload that.")
            ) from error
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise damaged() from error
        except BaseException as error:  # a panic of the parser is no Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            raise damaged() from error
        self._reaches = reaches
        self._broken = _broken_by_sheet(path, reaches)
        self._opened: tuple[str, object] | None = None
        self.sheets = [
            Sheet(meta.name, meta.visible != calamine.SheetVisibleEnum.Visible, self)
            for meta in listed
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        if not self.sheets:
            raise damaged()

    def close(self) -> None:
        self._opened = self._book = None

    def _sheet(self, name: str):
        if self._opened and self._opened[0] == name:
            return self._opened[1]
        self._opened = None
        try:
            sheet = self._book.get_sheet_by_name(name)
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise damaged() from error
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            raise damaged() from error
        self._opened = (name, sheet)
        return sheet

    def rows_of(self, sheet: Sheet) -> Iterator[Row]:
        opened = self._sheet(sheet.name)
        broken = self._broken.get(sheet.name, {})
        if opened.start is None:
            return
        indent = [""] * opened.start[1]
        by_row: dict[int, list[tuple[int, str]]] = {}
        for (row, column), what in broken.items():
            by_row.setdefault(row, []).append((column, what))
        number = 0
        for number, values in enumerate(opened.iter_rows(), 1):
            if number in by_row:
                values = _with_broken(indent + values, by_row.pop(number))
                yield number, values
            elif any(value != "" for value in values):
                yield number, indent + values if indent else values
        for row in sorted(row for row in by_row if row > number):
            yield row, _with_broken([], by_row[row])

    def row_count(self, sheet: Sheet) -> int:
        return self._sheet(sheet.name).total_height

    def cell_count(self) -> int:
        return sum(reach.cells for reach in self._reaches.values())

    def merges_of(self, sheet: Sheet) -> list[tuple[int, int, int, int]]:
        merges = self._sheet(sheet.name).merged_cell_ranges or []
        return [(a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in merges[:100_000]]


def _with_broken(values: list, marks: list[tuple[int, str]]) -> list:
    for column, what in marks:
        values += [""] * (column - len(values))
        if values[column - 1] in ("", 0.0):  # what the parser makes of such a cell
            values[column - 1] = BROKEN[what]
    return values


def _broken_by_sheet(path: Path, reaches: dict[str, Reach]) -> dict[str, dict]:
    """Broken cells by sheet name; sheets are matched to parts by the workbook's relations."""
    if not any(reach.broken for reach in reaches.values()):
        return {}
    with zipfile.ZipFile(path) as archive:
        try:
            book = fromstring(archive.read("xl/workbook.xml"))
            links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        except (KeyError, ElementTree.ParseError) as error:
            raise damaged() from error
    targets = {}
    for link in links:
        target = link.get("Target", "").lower()
        targets[link.get("Id")] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
    found = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            key = next((v for k, v in sheet.attrib.items() if k.rpartition("}")[2] == "id"), None)
            reach = reaches.get(targets.get(key, ""))
            if reach and reach.broken:
                found[sheet.get("name")] = reach.broken
    return found


class _Csv(Workbook):
    kind = "csv"

    def __init__(self, path: Path, encoding: str, limits: Limits):
        self._path, self._encoding, self._limits = path, encoding, limits
        self.sheets = [Sheet("", False, self)]
        with open(path, encoding=encoding, newline="") as file:
            sample = list(itertools.islice((line[:4096] for line in file), 20))
        counts = {mark: sum(line.count(mark) for line in sample) for mark in ",\t;，"}
        best = max(counts, key=counts.get)
        self._delimiter = best if counts[best] else ","

    def rows_of(self, sheet: Sheet) -> Iterator[Row]:
        limits = self._limits
        with open(self._path, encoding=self._encoding, newline="") as file:
            reader = csv.reader(_bounded_lines(file), delimiter=self._delimiter)
            number = 0
            while True:
                number += 1
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise _field_too_long(number) from error
                if number > limits.rows + 100:
                    refuse_rows(number, limits)
                if len(values) > limits.columns:
                    if any(value.strip() for value in values[limits.columns :]):
                        refuse_columns(len(values), limits)
                    values = values[: limits.columns]
                if any(values):
                    if max(map(len, values)) > LONGEST_FIELD:
                        raise _field_too_long(number)
                    yield number, values

    def row_count(self, sheet: Sheet) -> int:
        with open(self._path, "rb") as file:
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def _bounded_lines(file) -> Iterator[str]:
    """Lines of the file, none longer than the csv reader is allowed to hold."""
    while line := file.readline(1 << 20):
        if len(line) == 1 << 20:
            raise _field_too_long(0)
        yield line


def _field_too_long(number: int) -> DomainError:
    if not number:
        return DomainError(_("A line of the file is too long for a table."))
    return DomainError(
        _(
            "From row %(row)s on, a field does not end: probably a quotation mark is missing or "
            "too many. Mend that row and upload the file again."
        )
        % {"row": number}
    )
