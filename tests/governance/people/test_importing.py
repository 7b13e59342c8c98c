"""The sheet 党员台账: who is meant by a row, and that no number is kept in clear."""

import datetime as dt

import pytest

from compounds.registry.models import ImportRow
from compounds.registry.services import import_undoing, imports
from governance.audit.models import AuditEntry
from governance.foundation import dates, sealing, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.people import services
from governance.people.importing import MEMBERS
from governance.people.models import Person
from tests.factories import make_compound, make_person, make_post, make_user
from tests.governance.people.leaks import tables_holding

PHONE, OTHER_PHONE = "13812345678", "13987654321"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


@pytest.fixture
def compound(district):
    return make_compound(district.community, name="样例路1号院")


def row(compound, name="张三丰", **changes):
    return {
        "小区编码": compound.code,
        "小区名称": compound.name,
        "姓名": name,
        "政治面貌": "中共党员",
        "党员类别": "居民党员",
        **changes,
    }


def write(path, rows, title="党员台账"):
    headers = list(dict.fromkeys(key for one in rows for key in one))
    values = [[one.get(header) for header in headers] for one in rows]
    spreadsheets.write_xlsx(path, [OutSheet(title, [OutColumn(h) for h in headers], values)])
    return path


@pytest.fixture
def load(clerk, tmp_path):
    def load(*rows, title="党员台账", **more):
        path = write(tmp_path / "a.xlsx", rows, title)
        return imports.import_file(by=clerk, path=path, **more)

    return load


def test_a_member_comes_with_everything_the_ledger_says(load, compound, district):
    load(
        row(
            compound,
            性别="男",
            出生年份="1958",
            身份="离退休",
            单位职务="样例单位",
            联系电话="138 1234 5678",
            报到日期="2026-05-25",
            认领岗位="楼道清洁",
        ),
        title="四类党员台账",
    )
    person = Person.objects.get()
    assert (person.name, person.sex, person.birth_year) == ("张三丰", "M", 1958)
    assert (person.compound, person.community) == (compound, district.community)
    assert (person.member_class_id, person.standing) == ("RESIDENT", "RETIRED")
    assert (person.reported_on, person.post_claimed) == (dt.date(2026, 5, 25), "楼道清洁")
    assert person.phone_masked == "138****5678"
    assert sealing.unseal(person.phone_sealed) == PHONE


def test_no_number_and_no_name_is_kept_that_need_not_be(load, compound):
    batch = load(row(compound, 联系电话=PHONE, 出生年份=1958, 单位职务="样例单位"))
    assert tables_holding(PHONE) == []
    one = batch.rows.get()
    assert one.changes["phone"] == [None, "138****5678"]
    assert "phone" not in one.context
    text = " ".join(f"{e.object_label} {e.changes}" for e in AuditEntry.objects.all())
    assert "张**" in text
    for secret in ("三丰", "样例单位", "1958", "5678"):
        assert secret not in text


def test_a_refused_number_is_kept_masked(load, compound):
    with pytest.raises(imports.ImportRefused) as error:
        load(row(compound, 联系电话="1381234567"), row(compound, 联系电话="1391234567890"))
    assert tables_holding("1381234567", "1391234567890") == []
    assert [problem["value"] for problem in error.value.problems] == ["********67", "139****7890"]


@pytest.mark.parametrize("column", ["姓名", "单位职务", "认领岗位"])
def test_a_number_in_a_text_is_refused_and_not_repeated(load, compound, column):
    said = {"姓名": "张三", column: "张三 138 1234 5678"}
    with pytest.raises(imports.ImportRefused):
        load(row(compound, **said))
    assert tables_holding(PHONE, "138 1234 5678") == []


def test_an_unread_column_of_identity_numbers_is_left_out(load, compound):
    load(row(compound, 身份证号="11010519491231002X"))
    assert tables_holding("11010519491231002X") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"姓名": ""},
        {"党员类别": "第五类"},
        {"党员类别": ""},
        {"政治面貌": "群众"},
        {"出生年份": 2030},
        {"报到日期": "2099-01-01"},
        {"小区编码": "140105001001-9999", "小区名称": "没有的院"},
    ],
)
def test_rows_that_cannot_be_are_refused(load, compound, changes):
    with pytest.raises(imports.ImportRefused):
        load(row(compound, **changes))
    assert not Person.objects.exists()


def test_rows_outside_the_area_are_refused(load, district):
    with pytest.raises(imports.ImportRefused):
        load(row(make_compound(district.other_community)))


def test_known_members_are_found_by_number_then_by_name(load, compound):
    by_number = make_person(compound, name="张三丰", phone=PHONE)
    by_name = make_person(compound, name="李四光")
    load(
        row(compound, 联系电话=PHONE, 认领岗位="巡逻", 报到日期="2026-05-25"),
        row(compound, "李四光", 联系电话=OTHER_PHONE),
    )
    assert Person.objects.count() == 2
    by_number.refresh_from_db()
    by_name.refresh_from_db()
    assert by_number.post_claimed == "巡逻"
    assert by_number.member_class_id == "RESIDENT"
    assert sealing.unseal(by_name.phone_sealed) == OTHER_PHONE


def test_somebody_of_the_same_name_with_another_number_is_another_person(load, compound):
    make_person(compound, name="张三丰", phone=PHONE)
    load(row(compound, 联系电话=OTHER_PHONE))
    assert Person.objects.filter(name="张三丰").count() == 2
    with pytest.raises(imports.ImportRefused):
        load(row(compound))


def test_two_of_one_name_come_in_one_file(load, compound):
    load(row(compound, 联系电话=PHONE), row(compound, 联系电话=OTHER_PHONE))
    assert Person.objects.count() == 2


def test_the_same_file_again_changes_nothing(load, compound):
    rows = [row(compound, 联系电话=PHONE, 性别="男"), row(compound, "李四光")]
    load(*rows)
    batch = load(*rows)
    assert batch.count(ImportRow.State.UNCHANGED) == 2


def test_a_member_who_moved_is_moved(load, compound, district):
    person = make_person(compound, name="张三丰", phone=PHONE)
    there = make_compound(district.sister_community, name="样例路2号院")
    batch = load(row(there, 联系电话=PHONE))
    person.refresh_from_db()
    assert (person.compound, person.community) == (there, district.sister_community)
    import_undoing.undo_import(by=batch.uploaded_by, batch=batch)
    person.refresh_from_db()
    assert (person.compound, person.community) == (compound, district.community)


def test_a_member_whose_record_others_keep_is_not_moved(load, clerk, compound, district):
    make_post(clerk, "auditor", district.area)  # sees the people of the district
    theirs = make_person(make_compound(district.other_community), name="张三丰", phone=PHONE)
    with pytest.raises(imports.ImportRefused):
        load(row(compound, 联系电话=PHONE))
    theirs.refresh_from_db()
    assert theirs.community == district.other_community


def test_undoing_takes_new_members_away_and_puts_changed_ones_back(load, clerk, compound):
    person = make_person(compound, name="李四光", member_class_id="RETIRED", phone="")
    batch = load(
        row(compound, 联系电话=PHONE), row(compound, "李四光", 联系电话=OTHER_PHONE, 性别="女")
    )
    person.refresh_from_db()
    assert (person.member_class_id, person.phone_masked) == ("RESIDENT", "139****4321")
    import_undoing.undo_import(by=clerk, batch=batch)
    row_ = Person.objects.get()
    assert (row_.member_class_id, row_.sex) == ("RETIRED", "")
    assert (row_.phone_sealed, row_.phone_hash, row_.phone_masked) == ("", "", "")
    assert tables_holding(PHONE, OTHER_PHONE) == []


def test_who_was_corrected_since_stands_in_the_way_of_undoing(load, clerk, compound):
    batch = load(row(compound))
    person = Person.objects.get()
    services.change_person(by=clerk, person=person, version=1, changes={"sex": "M"})
    with pytest.raises(import_undoing.LaterEdits):
        import_undoing.undo_import(by=clerk, batch=batch)


def test_deleting_a_person_reaches_the_rows_of_imports(load, clerk, compound):
    batch = load(row(compound, 联系电话=PHONE))
    services.erase_person(by=clerk, person=Person.objects.get(), version=1, reason="本人申请")
    one = batch.rows.get()
    assert (one.label, one.changes, one.context) == ("", {}, {})
    assert tables_holding("三丰") == []


def test_members_of_a_compound_of_the_same_workbook_are_taken(clerk, district, tmp_path):
    register = {"区划代码": district.community.code, "小区名称": "新院", "户数": 20}
    sheets = [
        ("小区摸底台账", [register]),
        ("党员台账", [{"小区名称": "新院", "姓名": "张三丰", "党员类别": "居民党员"}]),
    ]
    out = [
        OutSheet(name, [OutColumn(h) for h in rows[0]], [list(one.values()) for one in rows])
        for name, rows in sheets
    ]
    spreadsheets.write_xlsx(tmp_path / "a.xlsx", out)
    imports.import_file(by=clerk, path=tmp_path / "a.xlsx")
    assert Person.objects.get().compound.name == "新院"


def test_the_export_comes_in_again_unchanged(load, clerk, compound, tmp_path):
    load(row(compound, 联系电话=PHONE, 单位职务="=1+1", 认领岗位="巡逻", 报到日期="2026-05-25"))
    path = tmp_path / "b.xlsx"
    people = Person.objects.members()
    sheet = OutSheet("党员台账", MEMBERS.export_columns(), MEMBERS.export_rows(people))
    spreadsheets.write_xlsx(path, [sheet])
    batch = imports.import_file(by=clerk, path=path)
    assert batch.count(ImportRow.State.UNCHANGED) == 1


def test_rows_of_people_are_shown_to_those_who_see_people(client, load, compound, district):
    batch = load(row(compound, 联系电话=PHONE))
    for role, is_told in (("finance_officer", False), ("leader", False), ("auditor", True)):
        client.force_login(make_user(role, role, district.area))
        page = client.get(f"/register/imports/{batch.pk}/?rows=ALL").content.decode()
        assert ("张三丰" in page) is is_told, role
        assert PHONE not in page
