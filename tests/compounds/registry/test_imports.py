"""The import of the register: from a clerk's file to the register and back."""
# ruff: noqa: E501 - cases read better in one line each

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from django.utils import timezone, translation

from compounds.registry.importing import BUILDINGS, COMPOUNDS, progress, returning
from compounds.registry.models import (
    Building,
    CommunityTally,
    Compound,
    Entrance,
    Import,
    ImportRow,
)
from compounds.registry.services import import_runs, import_undoing, imports, tallies
from compounds.registry.services.compounds import change_compound
from governance.audit.models import AuditEntry
from governance.foundation import spreadsheets
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.foundation.workbooks import open_workbook
from governance.organisation.scope import Role
from tests.factories import make_building, make_compound, make_user

STATE, ROW = Import.State, ImportRow.State
TITLE = "小区摸底台账"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def desk(district, tmp_path):
    """A street clerk, her community, and a place for files."""
    clerk = make_user(role=Role.STREET_CLERK, area=district.street)
    return SimpleNamespace(clerk=clerk, folder=tmp_path, **vars(district))


def write(desk, rows, headers=None, name="台账.xlsx", sheet=TITLE, title=TITLE):
    """A workbook of dictionaries; the community of the desk is filled in unless given."""
    rows = [{"区划代码": desk.community.code, **row} for row in rows]
    headers = headers or list(dict.fromkeys(key for row in rows for key in row))
    path = desk.folder / name
    columns = [OutColumn(header) for header in headers]
    values = [[row.get(header) for header in headers] for row in rows]
    spreadsheets.write_xlsx(path, [OutSheet(sheet, columns, values, title=title)])
    return path


def check(desk, rows, by=None, **kwargs) -> Import:
    """Upload and check without confirming."""
    path = rows if not isinstance(rows, list) else write(desk, rows, **kwargs)
    by = by or desk.clerk
    batch = keep(by, path)
    import_runs.check(batch, by)
    return batch


def keep(by, path) -> Import:
    with open(path, "rb") as file:
        return imports._keep(
            by=by, file=imports.File(file), name=path.name, area=None, only_sheet=""
        )


def texts(batch) -> list[str]:
    return [
        f"{p['row']} {p['column']} {p['header']} {p['value']} {p['text']}"
        for p in imports.problems_of(batch)
    ]


def states(batch) -> list[str]:
    return list(batch.rows.order_by("number").values_list("state", flat=True))


# -- what arrives ------------------------------------------------------------------------------


def test_a_new_compound_gets_the_next_code_of_its_community(desk):
    make_compound(desk.community, code=f"{desk.community.code}-0041")
    path = write(desk, [{"小区名称": "甲院", "户数": "86户", "建筑面积(㎡)": "5,934.2㎡"}])
    imports.import_file(by=desk.clerk, path=path)
    compound = Compound.objects.get(name="甲院")
    assert compound.code == f"{desk.community.code}-0042"
    assert compound.household_count == 86
    assert compound.floor_area_m2 == Decimal("5934.20")
    assert compound.building_count is None
    assert compound.street_id == desk.street.pk


def test_a_code_whose_compound_has_moved_away_is_not_given_again(desk):
    make_compound(desk.community, code=f"{desk.community.code}-0007")
    make_compound(desk.sister_community, code=f"{desk.community.code}-0008")
    batch = imports.import_file(by=desk.clerk, path=write(desk, [{"小区名称": "新院"}]))
    assert batch.state == STATE.DONE
    assert Compound.objects.get(name="新院").code == f"{desk.community.code}-0009"


def test_sheet_a_alone_with_titles_and_signatures_is_read(desk):
    headers = [column.header for column in COMPOUNDS.columns[:30]]
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Sheet1"
    page["A1"] = "无物业小区摸底台账"
    page.merge_cells("A1:AD1")
    page["A2"] = "填报单位：坞城街道"
    page.append([])
    page.append(headers)
    for number, name in enumerate(("甲院", "乙院"), 1):
        row = {
            "序号": number,
            "街道": "坞城街道",
            "社区": "坞城东社区",
            "小区名称": name,
            "户数": 80,
        }
        page.append([row.get(header) for header in headers])
    page.append(["合计", None, None, None, "合计", None, None, None, None, 160])
    page.append(["填表人：", None, None, "审核人："])
    path = desk.folder / "a.xlsx"
    book.save(path)
    batch = imports.import_file(by=desk.clerk, path=path)
    assert batch.counts == {"compounds": {"NEW": 2}}
    assert Compound.objects.filter(community=desk.community, household_count=80).count() == 2


def test_merged_places_count_for_every_row_they_cover(desk):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["街道", "社区", "小区名称", "户数"])
    for name in ("甲院", "乙院", "丙院"):
        page.append(["坞城街道", "坞城东社区", name, 10])
    page.merge_cells("A2:A4")
    page.merge_cells("B2:B4")
    path = desk.folder / "a.xlsx"
    book.save(path)
    assert imports.import_file(by=desk.clerk, path=path).counts["compounds"]["NEW"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_tables_are_imported(desk, encoding):
    path = desk.folder / "a.csv"
    content = f"区划代码,小区名称,户数,摸底日期\r\n{desk.community.code},甲院,８６户,2026年5月\r\n"
    path.write_bytes(content.encode(encoding))
    imports.import_file(by=desk.clerk, path=path)
    compound = Compound.objects.get()
    assert (compound.household_count, compound.surveyed_on) == (86, dt.date(2026, 5, 1))


def test_headers_are_known_by_other_names_and_units(desk):
    path = write(
        desk, [{"小区": "甲院", "总户数（户）": 86, "建筑面积（万㎡）": 1.2, "是否改造\n": "是"}]
    )
    imports.import_file(by=desk.clerk, path=path)
    compound = Compound.objects.get()
    assert compound.household_count == 86
    assert compound.floor_area_m2 == Decimal("12000.00")
    assert compound.renovation == "DONE"


def test_an_unknown_header_is_named_with_the_nearest_known_one(desk):
    batch = check(desk, [{"小区名称": "甲院", "常住人囗": 5, "xyzzy": 1}])
    notes = [note["text"] for note in batch.note_lines]
    assert any("常住人囗" in note and "常住人口" in note for note in notes)
    assert any("xyzzy" in note for note in notes)
    assert batch.state == STATE.CHECKED


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        (["区划代码", "户数", "地址"], "小区名称"),
        (["区划代码", "小区名称", "户数", "总户数"], "twice"),
        (["区划代码", "小区名称", "建筑面积(亩)"], "亩"),
        (["甲", "乙", "丙"], "header row"),
    ],
)
def test_a_header_row_that_cannot_be_used_stops_the_file(desk, headers, says):
    path = write(desk, [dict.fromkeys(headers, "1")], headers=headers)
    with pytest.raises(imports.ImportRefused, match=says):
        imports.import_file(by=desk.clerk, path=path)
    assert not Compound.objects.exists()


# -- what is refused ---------------------------------------------------------------------------

NEXT_YEAR = timezone.localdate().year + 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"小区名称": ""}, "blank"),
        ({"户数": "约300"}, "number"),
        ({"户数": -1}, "negative"),
        ({"户数": "3.5"}, "whole"),
        ({"建筑面积(㎡)": "1.2万"}, "header"),
        ({"建成年份": NEXT_YEAR}, "future"),
        ({"建成年份": 1990, "改造年份": 1980}, "before it was built"),
        ({"户数": 80, "楼栋数": 0}, "building"),
        ({"摸底日期": dt.date(NEXT_YEAR, 1, 1)}, "future"),
        ({"摸底日期": "2026-02-30"}, "no such date"),
        ({"产权性质": "福利房"}, "list"),
        ({"是否围合": "也许"}, "也许"),
        ({"经度": 112.5}, "both"),
        ({"经度": 37.7, "纬度": 112.5}, "interchanged"),
        ({"经度": 1, "纬度": 1}, "country"),
        ({"区划代码": "140105999999"}, "no community"),
        ({"区划代码": 1.4010500100412345e17}, "lost digits"),
        ({"区划代码": "14010500100"}, "exactly 12"),
        ({"区划代码": None}, "community's code"),
        ({"社区": "营盘东社区"}, "belongs to"),
        ({"街道": "营盘街道"}, "belongs to"),
        ({"小区编码": "37"}, "compound code"),
        ({"小区编码": "140105002001-0001"}, "begins with"),
        ({"小区名称": "长" * 101}, "101"),
        ({"小区名称": "甲\u202e院"}, "invisible"),
        ({"小区名称": "甲\x07院"}, "invisible"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_column_and_value(desk, row, says):
    batch = check(desk, [{"小区名称": "甲院", **row}])
    assert states(batch) == [ROW.REFUSED]
    (problem, *_rest) = imports.problems_of(batch)
    assert says in problem["text"]
    assert problem["row"] == 3


def test_all_errors_come_at_once(desk):
    batch = check(
        desk,
        [
            {"小区名称": "甲院", "户数": "x", "建成年份": "y", "产权性质": "z"},
            {"小区名称": "乙院", "户数": 10},
            {"小区名称": "", "户数": "w", "建成年份": "", "产权性质": ""},
        ],
    )
    found = texts(batch)
    assert len(found) == 5
    assert found[0].startswith("3 C 户数 x ")
    assert states(batch) == [ROW.REFUSED, ROW.NEW, ROW.REFUSED]


def test_one_wrong_row_keeps_the_whole_file_out(desk):
    path = write(desk, [{"小区名称": "甲院", "户数": 1}, {"小区名称": "乙院", "户数": "x"}])
    with pytest.raises(imports.ImportRefused) as refusal:
        imports.import_file(by=desk.clerk, path=path)
    assert len(refusal.value.problems) == 1
    assert "乙" not in str(refusal.value.message)
    assert not Compound.objects.exists()
    batch = imports.import_file(by=desk.clerk, path=path, leave_out_refused=True)
    assert list(Compound.objects.values_list("name", flat=True)) == ["甲院"]
    assert batch.state == STATE.DONE


def test_doubles_within_the_file_and_against_the_register_are_refused(desk):
    other = make_compound(desk.community, name="丙院")
    mine = make_compound(desk.community, name="丁院")
    batch = check(
        desk,
        [
            {"小区名称": "甲院"},
            {"小区名称": "甲院"},
            {"小区名称": "丙院", "小区编码": mine.code},
            {"小区名称": "丙院", "小区编码": f"{desk.community.code}-9000"},
        ],
    )
    assert states(batch) == [ROW.NEW, ROW.REFUSED, ROW.REFUSED, ROW.REFUSED]
    assert "row 3" in texts(batch)[0]
    assert other.code in texts(batch)[1]
    assert other.code in texts(batch)[2]


def test_the_same_name_in_another_community_is_another_compound(desk):
    make_compound(desk.sister_community, name="甲院")
    batch = imports.import_file(by=desk.clerk, path=write(desk, [{"小区名称": "甲院"}]))
    assert batch.counts["compounds"] == {"NEW": 1}


def test_rows_outside_the_clerks_street_are_refused(desk):
    theirs = make_compound(desk.other_community, name="营盘院")
    batch = check(
        desk,
        [
            {"小区名称": "甲院", "区划代码": desk.other_community.code},
            {"小区名称": "营盘院", "区划代码": None, "小区编码": theirs.code},
            {"小区名称": "营盘院", "小区编码": theirs.code},
        ],
    )
    assert states(batch) == [ROW.REFUSED] * 3
    assert theirs.name not in " ".join(text for text in texts(batch)[2:3] if "belongs" in text)


def test_people_without_the_right_cannot_import(desk):
    leader = make_user(role=Role.STREET_LEADER, area=desk.street)
    path = write(desk, [{"小区名称": "甲院"}])
    with pytest.raises((NotAllowed, DomainError)):
        imports.import_file(by=leader, path=path)
    other = make_user(role=Role.STREET_CLERK, area=desk.other_street)
    batch = check(desk, path)
    with pytest.raises(NotAllowed):
        imports.confirm_import(by=other, batch=batch)
    assert not Import.objects.visible_to(other).exists()


@pytest.mark.parametrize("status", ["MERGED", "DEMOLISHED"])
def test_compounds_that_are_gone_are_refused(desk, status):
    target = make_compound(desk.community)
    gone = make_compound(
        desk.community, status=status, merged_into=target if status == "MERGED" else None
    )
    batch = check(desk, [{"小区名称": gone.name, "小区编码": gone.code, "户数": 1}])
    assert states(batch) == [ROW.REFUSED]


def test_odd_but_possible_facts_are_noted_not_refused(desk):
    batch = check(
        desk,
        [
            {
                "小区名称": "甲院",
                "建筑面积(㎡)": 100,
                "应收费面积(㎡)": 200,
                "户数": 90,
                "楼栋数": 4,
                "单元数": 2,
            }
        ],
    )
    row = batch.rows.get()
    assert row.state == ROW.NEW
    assert row.has_warnings
    assert len(row.problems) == 3


# -- what it does to known rows ----------------------------------------------------------------


def test_a_known_compound_is_changed_field_by_field_and_blank_leaves_it(desk):
    compound = make_compound(desk.community, name="甲院", household_count=80, built_year=1986)
    path = write(
        desk, [{"小区名称": "甲院", "户数": 86, "建成年份": None, "地址": "-", "电梯数": 0}]
    )
    batch = check(desk, path)
    row = batch.rows.get()
    assert row.state == ROW.CHANGED
    assert row.changes == {"household_count": [80, 86], "lift_count": [None, 0]}
    imports.import_file(by=desk.clerk, path=path)
    changed = Compound.objects.get(pk=compound.pk)
    assert (changed.household_count, changed.built_year, changed.lift_count) == (86, 1986, 0)
    assert changed.address == compound.address
    assert changed.version == compound.version + 1


def test_a_compound_is_renamed_by_its_code(desk):
    compound = make_compound(desk.community, name="甲院")
    path = write(desk, [{"小区名称": "新甲院", "小区编码": compound.code}])
    imports.import_file(by=desk.clerk, path=path)
    compound.refresh_from_db()
    assert compound.name == "新甲院"
    assert "新甲院" in compound.search_text


@pytest.mark.parametrize(
    ("mode", "names", "households"),
    [("BOTH", {"甲院", "乙院"}, 86), ("CREATE", {"甲院", "乙院"}, 80), ("UPDATE", {"甲院"}, 86)],
)
def test_modes_create_update_or_both(desk, mode, names, households):
    make_compound(desk.community, name="甲院", household_count=80)
    path = write(desk, [{"小区名称": "甲院", "户数": 86}, {"小区名称": "乙院", "户数": 5}])
    imports.import_file(by=desk.clerk, path=path, mode=mode)
    assert set(Compound.objects.values_list("name", flat=True)) == names
    assert Compound.objects.get(name="甲院").household_count == households


def test_corrected_facts_come_from_the_survey_again(desk):
    compound = make_compound(
        desk.community,
        name="甲院",
        provenance={
            "household_count": ["measured", "2026-01-01"],
            "built_year": ["x", "2026-01-01"],
        },
    )
    imports.import_file(by=desk.clerk, path=write(desk, [{"小区名称": "甲院", "户数": 7}]))
    compound.refresh_from_db()
    assert set(compound.provenance) == {"built_year"}


def test_derived_columns_and_tallies_follow(desk):
    path = write(desk, [{"小区名称": "甲院", "现管理方式": "弃管", "户数": 7}])
    imports.import_file(by=desk.clerk, path=path)
    compound = Compound.objects.get()
    before = {f.attname: getattr(compound, f.attname) for f in compound._meta.concrete_fields}
    compound.derive()
    assert before == {
        f.attname: getattr(compound, f.attname) for f in compound._meta.concrete_fields
    }
    assert compound.is_unmanaged is True
    assert CommunityTally.objects.get(is_unmanaged=True).households == 7


def test_history_and_audit_hold_every_row(desk):
    make_compound(desk.community, name="甲院", household_count=80)
    path = write(desk, [{"小区名称": "甲院", "户数": 86}, {"小区名称": "乙院", "户数": 5}])
    batch = imports.import_file(by=desk.clerk, path=path)
    entries = AuditEntry.objects.filter(batch=batch.batch, object_type="registry.compound")
    assert sorted(entries.values_list("verb", flat=True)) == ["add", "change"]
    assert entries.get(verb="change").changes == {"household_count": [80, 86]}
    assert entries.get(verb="add").street_id == desk.street.pk
    versions = Compound.history.filter(history_change_reason=batch.batch)
    assert sorted(versions.values_list("history_type", flat=True)) == ["+", "~"]
    assert {version.history_user_id for version in versions} == {desk.clerk.pk}


def test_the_export_of_everything_imports_without_a_change(desk):
    for number in range(5):
        make_compound(
            desk.community,
            name=f"=院{number}",
            longitude=112.561234567,
            latitude=37.7812345,
            problem_tags=" DIRTY NO_MONEY ",
            lacks_unit=True,
            lacks_service=True,
            lacks_defence=number % 2 == 0,
            unit_state="NONE",
            address="@样例路'1号",
        )
    for compound in Compound.objects.all():
        make_building(compound, floor_area_m2=Decimal("1234.56"), floors=6)
    tallies.refresh([desk.community.pk])
    path = desk.folder / "all.xlsx"
    rows = Compound.objects.order_by("code")
    spreadsheets.write_xlsx(
        path,
        [
            OutSheet(TITLE, COMPOUNDS.export_columns(), COMPOUNDS.export_rows(rows), title=TITLE),
            OutSheet(
                "楼栋表", BUILDINGS.export_columns(), BUILDINGS.export_rows(Building.objects.all())
            ),
        ],
    )
    batch = imports.import_file(by=desk.clerk, path=path)
    assert not [row.changes for row in batch.rows.all() if row.changes]
    assert batch.counts == {"compounds": {"UNCHANGED": 5}, "buildings": {"UNCHANGED": 5}}
    headers = [column.header for column in COMPOUNDS.export_columns()]
    lines = spreadsheets.csv_lines(headers, COMPOUNDS.export_rows(rows))
    (desk.folder / "all.csv").write_bytes(b"".join(lines))
    batch = imports.import_file(by=desk.clerk, path=desk.folder / "all.csv")
    assert batch.counts == {"compounds": {"UNCHANGED": 5}}
    assert batch.state == STATE.CHECKED


def test_importing_the_same_file_again_changes_nothing(desk):
    path = write(desk, [{"小区名称": "甲院", "户数": 86, "是否三无": "是"}])
    first = imports.import_file(by=desk.clerk, path=path)
    again = imports.import_file(by=desk.clerk, path=path)
    assert again.counts == {"compounds": {"UNCHANGED": 1}}
    assert list(imports.same_file(again)) == [first]


# -- several sheets ----------------------------------------------------------------------------


def two_sheets(desk, path, building="1号楼", extra=()):
    columns = [OutColumn(name) for name in ("区划代码", "小区名称", "户数")]
    buildings = [OutColumn(name) for name in ("小区名称", "楼栋", "单元数", "层数")]
    spreadsheets.write_xlsx(
        path,
        [
            OutSheet("楼栋表", buildings, [["甲院", building, 3, 6], *extra]),
            OutSheet(TITLE, columns, [[desk.community.code, "甲院", 86]]),
            OutSheet("说明", [OutColumn("请看")], [["一"], ["二"]]),
        ],
    )
    return path


def test_sheets_are_imported_in_order_and_unknown_ones_are_named(desk):
    batch = imports.import_file(by=desk.clerk, path=two_sheets(desk, desk.folder / "a.xlsx"))
    building = Building.objects.get()
    assert building.compound.name == "甲院"
    assert list(building.entrances.values_list("number", flat=True)) == ["1单元", "2单元", "3单元"]
    assert building.street_id == desk.street.pk
    assert any(note["sheet"] == "说明" for note in batch.notes)
    assert Entrance.history.filter(history_type="+").count() == 3
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert not Building.objects.exists()
    assert not Compound.objects.exists()


def test_entrances_are_added_but_never_taken_away(desk):
    compound = make_compound(desk.community, name="甲院")
    make_building(compound, "1号楼", entrances=2)
    path = two_sheets(desk, desk.folder / "a.xlsx", extra=[["甲院", "1号楼", 1, 6]])
    batch = check(desk, path)
    assert list(batch.rows.filter(sheet="buildings").values_list("state", flat=True)) == [
        ROW.CHANGED,
        ROW.REFUSED,
    ]
    batch = imports.import_file(by=desk.clerk, path=path, leave_out_refused=True)
    assert Building.objects.get().entrances.count() == 3
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    building = Building.objects.get()
    assert (building.entrances.count(), building.floors) == (2, None)


def test_only_the_sheet_asked_for_is_read(desk):
    path = two_sheets(desk, desk.folder / "a.xlsx")
    imports.import_file(by=desk.clerk, path=path, sheet="compounds")
    assert Compound.objects.exists()
    assert not Building.objects.exists()


# -- confirming, failing, undoing --------------------------------------------------------------


def test_a_changed_register_is_planned_and_shown_again(desk):
    compound = make_compound(desk.community, name="甲院", household_count=80)
    batch = check(desk, [{"小区名称": "甲院", "户数": 86}, {"小区名称": "乙院", "户数": 1}])
    imports._begin_writing(by=desk.clerk, batch=batch, mode="BOTH", leave_out_refused=False)
    change_compound(by=desk.clerk, compound=compound, version=1, changes={"household_count": 81})
    import_runs.write(batch, desk.clerk)
    assert batch.state == STATE.CHECKED
    assert batch.was_replanned
    assert batch.rows.get(state=ROW.CHANGED).changes == {"household_count": [81, 86]}
    assert not Compound.objects.filter(name="乙院").exists()


def test_a_new_row_that_somebody_else_entered_meanwhile_is_planned_again(desk):
    batch = check(desk, [{"小区名称": "甲院", "户数": 86}])
    imports._begin_writing(by=desk.clerk, batch=batch, mode="BOTH", leave_out_refused=False)
    make_compound(desk.community, name="甲院", household_count=86)
    import_runs.write(batch, desk.clerk)
    assert batch.state == STATE.CHECKED
    assert states(batch) == [ROW.UNCHANGED]


def test_an_error_in_the_middle_leaves_nothing_behind(desk, monkeypatch):
    rows = [{"小区名称": f"{n}号院", "户数": n} for n in range(1, 8)]
    path = write(desk, rows)
    batch = check(desk, path)
    imports._begin_writing(by=desk.clerk, batch=batch, mode="BOTH", leave_out_refused=False)
    monkeypatch.setattr(import_runs, "CHUNK", 3)
    taken = []

    def breaks(self, objects, context):
        taken.extend(objects)
        if len(taken) > 3:
            raise RuntimeError("the power is gone")

    monkeypatch.setattr(type(COMPOUNDS), "touch", breaks)
    import_runs.write(batch, desk.clerk)
    assert batch.state == STATE.FAILED
    assert "RuntimeError" not in batch.failure
    assert not Compound.objects.exists()
    assert not Compound.history.exists()
    assert not AuditEntry.objects.filter(verb="add").exists()
    monkeypatch.undo()
    import_runs.check(batch, desk.clerk)
    imports._begin_writing(by=desk.clerk, batch=batch, mode="BOTH", leave_out_refused=False)
    import_runs.write(batch, desk.clerk)
    assert batch.state == STATE.DONE
    assert Compound.objects.count() == 7


def test_work_that_was_killed_is_marked_and_can_be_tried_again(desk):
    batch = check(desk, [{"小区名称": "甲院"}])
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    Import.objects.filter(pk=batch.pk).update(
        state=STATE.WRITING, started_at=long_ago, uploaded_at=long_ago
    )
    assert imports.fail_stale() == 1
    batch.refresh_from_db()
    assert batch.state == STATE.FAILED
    # The dead worker wakes up, by its old name or another: it must not write any more.
    import_runs.end_work(batch, batch.run, STATE.CHECKED)
    assert batch.state == STATE.FAILED
    batch.run = "somebody else"
    import_runs.write(batch, desk.clerk)
    assert not Compound.objects.exists()
    imports.retry_import(by=desk.clerk, batch=Import.objects.get(pk=batch.pk))
    import_runs.check(batch, desk.clerk)
    assert batch.state == STATE.CHECKED


def test_work_that_shows_signs_of_life_is_left_alone(desk):
    batch = check(desk, [{"小区名称": "甲院"}])
    Import.objects.filter(pk=batch.pk).update(state=STATE.CHECKING, started_at=timezone.now())
    assert imports.fail_stale() == 0


def test_a_cancelled_check_leaves_no_rows(desk, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    path = write(desk, [{"小区名称": f"{n}号院"} for n in range(20)])
    batch = keep(desk.clerk, path)
    import_runs.check(
        batch, desk.clerk, report=lambda done, total: done and progress.ask_to_cancel(batch)
    )
    assert batch.state == STATE.CANCELLED
    assert not batch.rows.exists()


def test_stopping_the_writing_changes_nothing(desk, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    batch = check(desk, [{"小区名称": f"{n}号院"} for n in range(20)])
    imports._begin_writing(by=desk.clerk, batch=batch, mode="BOTH", leave_out_refused=False)
    import_runs.write(
        batch, desk.clerk, report=lambda done, total: done and progress.ask_to_cancel(batch)
    )
    assert batch.state == STATE.CHECKED
    assert not Compound.objects.exists()
    imports.cancel_import(by=desk.clerk, batch=batch)
    assert batch.state == STATE.CANCELLED


def test_undoing_leaves_the_register_as_before(desk):
    make_compound(desk.community, name="甲院", management_mode="NONE", provenance={"built_year": ["x", "2026-01-01"]})  # fmt: skip
    ignored = {"version", "updated_at"}

    def snapshot():
        rows = [
            {k: v for k, v in row.items() if k not in ignored}
            for row in Compound.objects.order_by("pk").values()
        ]
        tally = list(CommunityTally.objects.values("is_unmanaged", "strategy", "households"))
        return rows, tally

    before = snapshot()
    path = write(
        desk,
        [
            {"小区名称": "甲院", "建成年份": 1999, "现管理方式": "物业企业服务", "电梯数": 3},
            {"小区名称": "乙院", "户数": 5},
        ],
    )
    batch = imports.import_file(by=desk.clerk, path=path)
    assert snapshot() != before
    import_undoing.undo_import(by=desk.clerk, batch=batch, reason="错文件")
    assert {k: v for k, v in snapshot()[0][0].items() if v != before[0][0][k]} == {}
    assert snapshot() == before
    assert batch.state == STATE.DONE or Import.objects.get(pk=batch.pk).state == STATE.UNDONE
    assert Compound.history.filter(history_type="-").count() == 1
    verbs = AuditEntry.objects.filter(batch=batch.batch).values_list("verb", flat=True)
    assert {"remove", "change", "undo"} <= set(verbs)
    with pytest.raises(DomainError):
        import_undoing.undo_import(by=desk.clerk, batch=batch)


def test_a_later_edit_stands_in_the_way_of_undoing_and_is_listed(desk):
    path = write(desk, [{"小区名称": "甲院"}, {"小区名称": "乙院"}, {"小区名称": "丙院"}])
    batch = imports.import_file(by=desk.clerk, path=path)
    compound = Compound.objects.get(name="乙院")
    change_compound(by=desk.clerk, compound=compound, version=1, changes={"household_count": 3})
    make_building(Compound.objects.get(name="丙院"))
    with pytest.raises(import_undoing.LaterEdits) as refusal:
        import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert [row.label for row in refusal.value.rows] == ["乙院", "丙院"]
    assert Compound.objects.count() == 3


def test_an_edit_between_looking_and_undoing_is_not_lost(desk, monkeypatch):
    make_compound(desk.community, name="甲院", household_count=1)
    path = write(desk, [{"小区名称": "甲院", "户数": 2}, {"小区名称": "乙院"}])
    batch = imports.import_file(by=desk.clerk, path=path)
    monkeypatch.setattr(import_undoing, "obstacles_to", lambda batch, changed_only: [])
    for name in ("甲院", "乙院"):
        row = Compound.objects.get(name=name)
        change_compound(
            by=desk.clerk, compound=row, version=row.version, changes={"household_count": 9}
        )
        with pytest.raises(import_undoing.LaterEdits):
            import_undoing.undo_import(by=desk.clerk, batch=batch)
        assert Compound.objects.get(name=name).household_count == 9
        change_compound(
            by=desk.clerk, compound=row, version=row.version + 1, changes={"household_count": 2}
        )


def test_undoing_into_a_name_taken_since_is_refused_in_words(desk):
    compound = make_compound(desk.community, name="旧名院")
    path = write(desk, [{"小区名称": "新名院", "小区编码": compound.code}])
    batch = imports.import_file(by=desk.clerk, path=path)
    make_compound(desk.community, name="旧名院")
    with pytest.raises(DomainError, match="entered since then"):
        import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert Compound.objects.get(pk=compound.pk).name == "新名院"


# -- what goes back ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_large", [False, True])
def test_refused_rows_come_back_in_the_clerks_own_workbook(desk, monkeypatch, is_large):
    monkeypatch.setattr(returning, "LARGEST_EDITED", 0 if is_large else 2**30)
    rows = [
        {"小区名称": "甲院", "户数": 1, "地址": "=cmd|'/c calc'!A1"},
        {"小区名称": "乙院", "户数": "x", "地址": "=cmd|'/c calc'!A1"},
        {"小区名称": "丙院", "户数": 3},
        {"小区名称": "丁院", "户数": "y", "建成年份": 2199},
    ]
    batch = check(desk, rows)
    target = desk.folder / "back.xlsx"
    with import_runs.local_copy(batch) as source:
        returning.write_refused(batch, source, target)
    page = openpyxl.load_workbook(target)[TITLE]
    lines = [list(line) for line in page.iter_rows(values_only=True)]
    header = next(n for n, line in enumerate(lines) if "小区名称" in line)
    assert is_large or lines[0][0] == TITLE
    kept = [line[lines[header].index("小区名称")] for line in lines[header + 1 :]]
    assert kept == ["乙院", "丁院"]
    reasons = [line[lines[header].index("原因")] for line in lines[header + 1 :]]
    assert "户数" in reasons[0]
    assert reasons[1].count("；") == 1
    assert not [c for line in page.iter_rows() for c in line if c.data_type == "f"]
    # Mended, the same workbook is imported; its column of reasons is passed over.
    book = openpyxl.load_workbook(target)
    page = book[TITLE]
    page.cell(header + 2, lines[header].index("户数") + 1).value = 2
    page.cell(header + 3, lines[header].index("户数") + 1).value = 4
    page.cell(header + 3, lines[header].index("建成年份") + 1).value = 1999
    book.save(target)
    batch = imports.import_file(by=desk.clerk, path=target)
    assert batch.counts == {"compounds": {"NEW": 2}}
    assert not batch.notes
    assert Compound.objects.get(name="乙院").address == "=cmd|'/c calc'!A1"


def test_a_large_sheet_beside_the_refused_rows_is_never_edited(desk, monkeypatch):
    monkeypatch.setattr(returning, "MOST_EDITED_CELLS", 50)
    path = write(desk, [{"小区名称": "乙院", "户数": "x"}])
    book = openpyxl.load_workbook(path)
    other = book.create_sheet("别的")
    for _n in range(10):
        other.append([1] * 10)
    book.save(path)
    batch = check(desk, path)
    monkeypatch.setattr(openpyxl, "load_workbook", None)
    target = desk.folder / "back.xlsx"
    with import_runs.local_copy(batch) as source:
        returning.write_refused(batch, source, target)
    assert [sheet.name for sheet in open_workbook(target).sheets] == [TITLE]


@pytest.mark.parametrize("sheet", [COMPOUNDS, BUILDINGS])
def test_templates_import_cleanly(desk, sheet):
    if sheet is BUILDINGS:
        make_compound(desk.community)
    path = desk.folder / "template.xlsx"
    returning.write_template(sheet, desk.street, path)
    assert open_workbook(path).sheets[0].name == sheet.titles[0]
    batch = imports.import_file(by=desk.clerk, path=path)
    assert batch.counts == {sheet.key: {"NEW": 2}}
    assert not batch.notes


def test_a_thousand_rows_cost_no_more_statements_than_chunks(desk, django_assert_max_num_queries):
    rows = [{"小区名称": f"{n}号院", "户数": n, "建成年份": 1990} for n in range(1, 1201)]
    path = write(desk, rows)
    with django_assert_max_num_queries(140):
        imports.import_file(by=desk.clerk, path=path)
    assert Compound.objects.count() == 1200
