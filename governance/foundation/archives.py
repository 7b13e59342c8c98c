"""Looks into an xlsx file before any parser does: sizes, declarations and the reach of sheets.

Every entry is really inflated, in small pieces, and counted; what the archive says of itself
is never believed. Knows zip and the outline of sheet XML; knows no cell values.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from .errors import DomainError

PIECE = 1 << 18
LONGEST_CELL = 1 << 20  # bytes of XML of one cell; the format allows 32,767 characters
MAX_MARKED = 10_000

_reference = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)([0-9]+)["']""")
_cell_start = re.compile(rb"<(?:[A-Za-z]\w*:)?c[\s/>]")
_error_cell = re.compile(rb"""<(?:\w+:)?c\s[^>]*\bt\s*=\s*["']e["'][^>]*>""")
_formula_without_value = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_declaration = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken; larger ones are refused before parsing."""

    file_bytes: int = 20 * 2**20
    rows: int = 100_000
    columns: int = 200
    cells: int = 5_000_000
    entries: int = 2_000
    inflated: int = 400 * 2**20
    other_part: int = 48 * 2**20  # styles, shared strings and the like are read whole
    ratio: int = 250
    ratio_from: int = 8 * 2**20


@dataclass(slots=True)
class Reach:
    """How far a sheet goes, and its cells that hold an error or an uncalculated formula."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


def damaged() -> DomainError:
    return DomainError(
        _("The file is damaged. Save it again in the spreadsheet program and upload that.")
    )


def too_large() -> DomainError:
    return DomainError(
        _(
            "The workbook unpacks to far more than it should hold. Copy the rows into a new, "
            "plain workbook and upload that."
        )
    )


def entries_of(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """The archive's entries, refused where there are too many, doubled or unreadable ones."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        OSError,
        ValueError,
        NotImplementedError,
    ) as e:
        raise damaged() from e
    if len(entries) > limits.entries:
        raise too_large()
    names = [entry.filename.lower().replace("\\", "/").lstrip("/") for entry in entries]
    if len(set(names)) != len(names):
        raise damaged()
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise DomainError(
                _("The file is protected by a password. Save a copy without it and upload that.")
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
    return entries


def pieces(file, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Inflate one entry in bounded pieces from its compressed bytes, believing no header."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) != 30 or header[:4] != b"PK\x03\x04":
        raise damaged()
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
        return
    inflate = zlib.decompressobj(-15)
    try:
        while not inflate.eof:
            source = inflate.unconsumed_tail
            if not source and left > 0:
                source = file.read(min(PIECE, left))
                left -= len(source)
            piece = inflate.decompress(source, PIECE)
            if not piece and not source:
                break
            if piece:
                yield piece
    except zlib.error as error:
        raise damaged() from error


def inspect(path: Path, limits: Limits) -> dict[str, Reach]:
    """Inflate and check every entry; the reach of each worksheet by its part name.

    Raises DomainError for what is too large, lies about its size or declares entities.
    """
    reaches: dict[str, Reach] = {}
    total = 0
    with open(path, "rb") as file:
        for entry in entries_of(path, limits):
            name = entry.filename.replace("\\", "/").lstrip("/").lower()
            is_sheet = name.startswith("xl/") and "sheets/" in name and name.endswith(".xml")
            is_xml = name.endswith((".xml", ".rels", ".vml"))
            scan = _SheetScan(limits) if is_sheet else None
            size, tail = 0, b""
            for piece in pieces(file, entry):
                size += len(piece)
                total += len(piece)
                if total > limits.inflated or (not is_sheet and size > limits.other_part):
                    raise too_large()
                if size > limits.ratio_from and size > limits.ratio * max(entry.compress_size, 1):
                    raise too_large()
                if is_xml:
                    if not tail and size == len(piece) and piece[:2] in (b"\xff\xfe", b"\xfe\xff"):
                        raise damaged()
                    if _declaration.search(tail + piece) or b"\0" in piece:
                        raise DomainError(
                            _(
                                "The workbook contains declarations that no spreadsheet program "
                                "writes. Save it again as .xlsx and upload that."
                            )
                        )
                    tail = piece[-16:]
                if scan:
                    scan.feed(piece)
            if size != entry.file_size:
                raise damaged()
            if scan:
                reaches[name] = scan.finish()
                if not scan.is_plain:
                    reaches[name] = _walk(file, entry, limits)
    return reaches


class _SheetScan:
    """Reads the outline of sheet XML by patterns: fast, in bounded memory, no parsing."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.reach = Reach()
        self.rest = b""
        self.referenced = 0
        self.is_over = False
        self._seen: set[bytes] = set()

    @property
    def is_plain(self) -> bool:
        """Whether every cell said where it stands; otherwise the sheet must be walked."""
        return self.referenced == self.reach.cells

    def feed(self, piece: bytes) -> None:
        if self.is_over:
            return
        data = self.rest + piece
        end = data.find(b"sheetData>", max(0, len(self.rest) - 16))
        while end != -1 and data[max(0, end - 8) : end].rpartition(b"<")[2][:1] != b"/":
            end = data.find(b"sheetData>", end + 1)
        if end != -1:
            self.is_over, self.rest = True, b""
            self._take(data[:end])
            return
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), data.rfind(b"<c>"), data.rfind(b"<row"))
        cut = cut - 16 if cut > 16 else 0  # a prefixed name begins a little earlier
        cut = data.rfind(b"<", 0, cut + 17) if cut else -1
        if cut <= 0:
            if len(data) > LONGEST_CELL:
                raise damaged()
            self.rest = data
            return
        self.rest = data[cut:]
        if len(self.rest) > LONGEST_CELL:
            raise damaged()
        self._take(data[:cut])

    def finish(self) -> Reach:
        if self.rest:
            self._take(self.rest)
            self.rest = b""
        return self.reach

    def _take(self, data: bytes) -> None:
        reach, limits = self.reach, self.limits
        reach.cells += len(_cell_start.findall(data))
        found = _reference.findall(data)
        self.referenced += len(found)
        for letters in {letters for letters, _digits in found} - self._seen:
            self._seen.add(letters)
            column = column_number(letters.decode())
            if column > limits.columns:
                refuse_columns(column, limits)
            reach.columns = max(reach.columns, column)
        for digits in {digits for _letters, digits in found}:
            row = int(digits[:9]) if len(digits) < 10 else 10**9
            if row > reach.rows:
                reach.rows = row
                if row > limits.rows + 100:
                    refuse_rows(row, limits)
        if reach.cells > limits.cells:
            raise too_large()
        if b't="e"' in data or b"t='e'" in data:
            for match in _error_cell.finditer(data):
                self._mark(match[0], "error")
        if b"<f" in data or b":f" in data:
            for match in _formula_without_value.finditer(data):
                self._mark(match[1], "formula")

    def _mark(self, tag: bytes, what: str) -> None:
        at = _reference.search(tag)
        if at and len(self.reach.broken) < MAX_MARKED:
            self.reach.broken[int(at[2]), column_number(at[1].decode())] = what


def _walk(file, entry: zipfile.ZipInfo, limits: Limits) -> Reach:
    """The reach of a sheet whose cells leave out their references, by a streaming parser."""
    reach = Reach()
    row = column = 0

    def start(name: str, attributes: dict) -> None:
        nonlocal row, column
        local = name.rpartition(":")[2]
        if local == "row":
            given = attributes.get("r", "")
            row, column = int(given) if given.isdecimal() else row + 1, 0
        elif local == "c":
            letters = re.match(r"[A-Za-z]+", attributes.get("r", ""))
            column = column_number(letters[0]) if letters else column + 1
            digits = re.search(r"[0-9]+", attributes.get("r", ""))
            place = int(digits[0]) if digits else row
            reach.cells += 1
            reach.rows, reach.columns = max(reach.rows, place), max(reach.columns, column)
            if reach.columns > limits.columns:
                refuse_columns(reach.columns, limits)
            if reach.rows > limits.rows + 100:
                refuse_rows(reach.rows, limits)
            if reach.cells > limits.cells:
                raise too_large()
            if attributes.get("t") == "e" and len(reach.broken) < MAX_MARKED:
                reach.broken[place, column] = "error"

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        for piece in pieces(file, entry):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged() from error
    return reach


def column_number(letters: str) -> int:
    """1 for A, 27 for AA; longer than any spreadsheet knows counts as a million."""
    if len(letters) > 3:
        return 1_000_000
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def refuse_rows(row: int, limits: Limits):
    raise DomainError(
        _(
            "The sheet reaches row %(row)s; at most %(limit)s rows are taken at once. Delete the "
            "empty rows below the last entry, or split the file."
        )
        % {"row": f"{row:,}", "limit": f"{limits.rows:,}"}
    )


def refuse_columns(column: int, limits: Limits):
    raise DomainError(
        _(
            "The sheet reaches column %(column)s; at most %(limit)s columns are taken. Delete "
            "the columns to the right of the last header."
        )
        % {"column": column_letters(column) if column < 20_000 else "XFD+", "limit": limits.columns}
    )
