"""Opening workbooks: what is taken, and what is refused before any parser sees it."""
# ruff: noqa: E501 - cases read better in one line each

import contextlib
import datetime as dt
import io
import resource
import struct
import time
import zipfile
import zlib
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from django.utils import translation

from governance.foundation import spreadsheets
from governance.foundation.archives import Limits
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.foundation.workbooks import BrokenCell, open_workbook

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)  # fmt: skip
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def make_xlsx(path, sheet_data, *, extra=None, dimension="A1"):
    """An xlsx by hand, with any sheet XML."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets><sheet name="甲" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/><sheetData>{sheet_data}</sheetData></worksheet>',
        **(extra or {}),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rows_of(path, **limits):
    book = open_workbook(path, limits=Limits(**limits) if limits else None)
    return [row for sheet in book.sheets for row in sheet.rows()]


def refusal_of(path, **limits) -> str:
    with pytest.raises(DomainError) as refusal:
        rows_of(path, **limits)
    return str(refusal.value)


ONE_CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>小区</t></is></c></row>'


def test_a_plain_workbook_is_read_whatever_its_name(tmp_path):
    assert rows_of(make_xlsx(tmp_path / "台账.pdf", ONE_CELL)) == [(1, ["小区"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_tables_are_read_in_the_usual_encodings(tmp_path, encoding, mark):
    path = tmp_path / "a.xlsx"
    path.write_bytes(f"小区名称{mark}户数\r\n体育路{mark}86\r\n".encode(encoding))
    assert rows_of(path) == [(1, ["小区名称", "户数"]), (2, ["体育路", "86"])]


def test_quoted_line_breaks_stay_in_their_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('名称,问题\n甲,"一\n二"\n乙,三\n'.encode())
    assert rows_of(path)[1:] == [(2, ["甲", "一\n二"]), (3, ["乙", "三"])]


def zipped(names) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (OLE + "Workbook".encode("utf-16-le"), ".xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (zipped(["content.xml", "mimetype"]), ".ods"),
        (zipped(["[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"]), "macros"),
        (zipped(["[Content_Types].xml", "xl/workbook.bin"]), ".xlsb"),
        (zipped(["[Content_Types].xml", "word/document.xml"]), "text document"),
        (zipped(["a.txt"]), "archive"),
        (b"PK\x03\x04 torn", "damaged"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"Rar!\x1a\x07", "archive"),
        (b"\x1f\x8b\x08\0", "archive"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "web page"),
        (bytes(range(256)) * 40, "neither"),
        (b"\xff\xff\xff\xff,\xfe\xfe\n", "neither"),
    ],
)
def test_every_other_kind_of_file_is_named_and_refused(tmp_path, content, says):
    path = tmp_path / "台账.xlsx"
    path.write_bytes(content)
    assert says in refusal_of(path)


def test_a_file_above_the_limit_is_refused(tmp_path):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL)
    assert "MB" in refusal_of(path, file_bytes=100)


def test_the_limits_are_settings(tmp_path, settings):
    settings.IMPORT_MAX_ROWS = 10
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 200)
    assert "row" in refusal_of(path)


@contextlib.contextmanager
def bounded():
    """Fails where the peak of memory or the time grows too far."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= 150 * 1024
    assert time.monotonic() - began <= 6  # twice the goal: tests share the machine


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        "<row r='1'><c r = 'XFD1'><v>1</v></c></row>",
        '<row r="1"><x:c xmlns:x="u" r="ZZZZZZ1"><v>1</v></x:c></row>',
        '<row r="900000"><c r="A900000"><v>1</v></c></row>',
        '<row r="99999999999999999999"><c r="A99999999999999999999"><v>1</v></c></row>',
        "<row>" + "<c><v>1</v></c>" * 5000 + "</row>",
        '<row r="2000000"><c><v>1</v></c></row>',
    ],
)
def test_far_cells_are_refused_without_making_room_for_them(tmp_path, cells):
    path = make_xlsx(tmp_path / "a.xlsx", cells)
    with bounded():
        refusal_of(path)


def test_a_million_rows_are_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    page = book.add_worksheet()
    for row in range(1_000_000):
        page.write_number(row, 0, row)
    book.close()
    with bounded():
        assert "row" in refusal_of(path)


def test_a_lying_dimension_changes_nothing(tmp_path):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL, dimension="A1:XFD1048576")
    assert rows_of(path) == [(1, ["小区"])]


def test_cells_without_references_are_counted_and_read(tmp_path):
    cell = '<c t="inlineStr"><is><t>甲</t></is></c>'
    path = make_xlsx(tmp_path / "a.xlsx", f"<row>{cell}{cell}</row>")
    assert rows_of(path) == [(1, ["甲", "甲"])]


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "x.bin"])
def test_an_inflating_archive_is_refused(tmp_path, name):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL)
    inner = "bomb" + name.replace("/", "") if "sheet1" in name else name
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(inner, "w") as f:
        for _step in range(600):
            f.write(b" " * 2**20)
    assert path.stat().st_size < 2**20
    with bounded():
        assert "unpacks" in refusal_of(path)


def test_a_header_that_lies_about_the_size_does_not_help(tmp_path):
    inner = b" " * (64 * 2**20)
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL, extra={"xl/sharedStrings.xml": inner})
    data = bytearray(path.read_bytes())
    true_size, claimed = struct.pack("<I", len(inner)), struct.pack("<I", 100)
    assert data.count(true_size) >= 2
    path.write_bytes(bytes(data.replace(true_size, claimed)))
    refusal_of(path)


def test_a_small_lie_about_the_size_is_refused_too(tmp_path):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL, extra={"xl/other.xml": "<a>" + "x" * 5000})
    data = path.read_bytes().replace(struct.pack("<I", 5003), struct.pack("<I", 5002))
    path.write_bytes(data)
    assert "damaged" in refusal_of(path)


def test_torn_compression_is_refused(tmp_path):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL * 50)
    data = bytearray(path.read_bytes())
    at = data.find(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml") + 4
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))
    assert "damaged" in refusal_of(path)
    with pytest.raises(zlib.error):
        zlib.decompressobj(-15).decompress(b"\xff" * 20)


def test_too_many_entries_are_refused(tmp_path):
    extra = {f"xl/media/{n}.txt": "x" for n in range(50)}
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL, extra=extra)
    refusal_of(path, entries=20)


def test_doubled_entries_are_refused(tmp_path):
    path = make_xlsx(tmp_path / "a.xlsx", ONE_CELL)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<other/>")
    assert "damaged" in refusal_of(path)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!doctype x [<!ENTITY % p SYSTEM "http://127.0.0.1/">]>',
    ],
)
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/styles.xml", "docProps/core.xml"])
def test_declared_entities_are_refused(tmp_path, declaration, part):
    extra = {part: f'<?xml version="1.0"?>{declaration}<sst/>'}
    assert "declarations" in refusal_of(make_xlsx(tmp_path / "a.xlsx", ONE_CELL, extra=extra))


def test_xml_in_another_encoding_cannot_hide_a_declaration(tmp_path):
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><sst/>'.encode("utf-16")
    refusal_of(make_xlsx(tmp_path / "a.xlsx", ONE_CELL, extra={"xl/sharedStrings.xml": hidden}))


def test_cells_with_errors_and_uncalculated_formulas_are_marked_not_lost(tmp_path):
    path = make_xlsx(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="C1"><f>A1+1</f></c><c r="D1"><f>A1+1</f><v>2</v></c></row>'
        '<row r="2"><c r="A2"><v>5</v></c></row>',
    )
    ((_n, first), second) = rows_of(path)
    assert first[0] == 1.0
    assert isinstance(first[1], BrokenCell)
    assert isinstance(first[2], BrokenCell)
    assert first[3] == 2.0
    assert second == (2, [5.0, "", "", ""]) or second == (2, [5.0])


def test_row_numbers_are_those_of_the_sheet(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    page = book.add_worksheet()
    page.write(4, 2, "甲")
    page.write(7, 3, 5)
    book.close()
    assert rows_of(tmp_path / "a.xlsx") == [(5, ["", "", "甲", ""]), (8, ["", "", "", 5.0])]


@pytest.mark.parametrize("content", ['a,"b\n' + "c,d\n" * 60_000, "a," + "x" * 2_000_000])
def test_endless_fields_of_text_tables_are_refused(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    refusal_of(path)


def test_too_many_columns_of_text_tables_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join("x" * 1 for _ in range(400)))
    assert "column" in refusal_of(path)


COLUMNS = [
    OutColumn("名称", width=20, is_required=True),
    OutColumn("户数", "integer"),
    OutColumn("面积(㎡)", "decimal"),
    OutColumn("日期", "date"),
    OutColumn("编码", "code"),
    OutColumn("围合", choices=("是", "否")),
]
ROWS = [
    ["=1+1", 86, Decimal("5934.20"), dt.date(2024, 5, 1), "00123", True],
    ["@甲", None, None, None, "140105001004-0037", False],
]


def test_a_written_workbook_reads_back_the_same_and_holds_no_formula(tmp_path):
    path = tmp_path / "a.xlsx"
    sheet = OutSheet(
        "甲", COLUMNS, ROWS, title="台账", above=[("填报单位", "某街道")], choice_rows=50
    )
    spreadsheets.write_xlsx(path, [sheet])
    rows = rows_of(path)
    assert [row for row, _v in rows] == [1, 2, 3, 4, 5]
    assert rows[3][1] == ["'=1+1", 86.0, 5934.2, dt.date(2024, 5, 1), "00123", "是"]
    assert rows[4][1][0] == "'@甲"
    page = openpyxl.load_workbook(path)["甲"]
    assert not [c for line in page.iter_rows() for c in line if c.data_type == "f"]
    assert page.page_setup.orientation == "landscape"
    assert page.print_title_rows == "$3:$3"
    assert page.data_validations.dataValidation[0].formula1 == '"是,否"'
    assert page.freeze_panes == "A4"


def test_a_written_csv_opens_in_spreadsheets_and_holds_no_formula():
    lines = b"".join(spreadsheets.csv_lines(["名称", "户数"], [["=cmd|'/c'!A1", 1], ["a,b", None]]))
    assert lines.startswith(b"\xef\xbb\xbf")
    assert lines.decode("utf-8-sig").splitlines() == ["名称,户数", "'=cmd|'/c'!A1,1", '"a,b",']
