"""The sheet 包联表: from a clerk's file to the register, and back."""

import datetime as dt

import pytest
from django.core.files import File

from compounds.registry.importing import returning
from compounds.registry.models import ImportRow
from compounds.registry.services import import_runs, import_undoing, imports
from governance.audit.models import AuditEntry
from governance.foundation import dates, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.pairings.importing import PAIRINGS
from governance.pairings.models import Pairing
from governance.pairings.services import pairing as services
from governance.people.models import Person
from tests.governance.pairings.world import (
    make_cadre,
    make_resident,
    make_world,
    seat_centre_household,
)
from tests.governance.people.leaks import tables_holding

PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def world(district):
    return make_world(district)


def write(path, rows, title="包联表"):
    headers = list(dict.fromkeys(key for one in rows for key in one))
    values = [[one.get(header) for header in headers] for one in rows]
    spreadsheets.write_xlsx(path, [OutSheet(title, [OutColumn(h) for h in headers], values)])
    return path


@pytest.fixture
def load(world, tmp_path):
    def load(*rows, by=None, **more):
        path = write(tmp_path / "a.xlsx", rows)
        return imports.import_file(by=by or world.officer, path=path, **more)

    return load


def cadre_row(compound, name="李县干", **changes):
    said = {"小区编码": compound.code, "包联人": name, "单位职务": "样例局 局长", "类型": "县干"}
    return {**said, "对象类型": "小区", "对象": compound.name, "起始日期": "2026-05-25", **changes}


def member_row(compound, name="张党员", household="1号楼1单元302", **changes):
    said = {"小区编码": compound.code, "包联人": name, "单位职务": "样例厂", "类型": "在职党员"}
    return {**said, "对象类型": "居民户", "对象": household, "起始日期": "2026年5月25日", **changes}


def refusals(load, *rows, **more):
    """Sentences by row of what an import refuses."""
    with pytest.raises(imports.ImportRefused) as error:
        load(*rows, **more)
    return [(p["row"], p["message"]) for p in error.value.problems]


def test_a_sheet_of_all_four_kinds_is_taken(load, world):
    home = world.home
    centre = make_resident(home, "中心甲", standing="RETIRED")
    seat_centre_household(centre, home.buildings.get().entrances.first())
    load(
        *(cadre_row(compound) for compound in world.compounds[:3]),
        {**cadre_row(home, "王街干"), "类型": "街社", "单位职务": "样例街道 干部"},
        member_row(home, 联系电话=PHONE),
        {**member_row(home, "中心甲", "1-1-101"), "类型": "党员中心户", "对象类型": "困难户"},
    )
    counts = {kind: Pairing.objects.filter(kind=kind).count() for kind in Pairing.Kind.values}
    assert counts == {
        "COUNTY_CADRE": 3,
        "STREET_CADRE": 1,
        "SERVING_MEMBER": 1,
        "CENTRE_HOUSEHOLD": 1,
    }
    cadre = Person.objects.get(name="李县干")
    assert (cadre.standing, cadre.is_member, cadre.street) == ("COUNTY_CADRE", True, None)
    assert cadre.work_unit == "样例局 局长"
    official = Person.objects.get(name="王街干")
    assert (official.standing, official.street, official.community) == (
        "STREET_CADRE",
        world.district.street,
        None,
    )
    member = Pairing.objects.get(kind="SERVING_MEMBER")
    assert (member.household, member.entrance.number) == ("1号楼1单元302", "1单元")
    assert member.starts_on == dt.date(2026, 5, 25)
    assert member.person.phone_masked == "138****5678"
    assert Pairing.objects.get(kind="CENTRE_HOUSEHOLD").household == "1号楼1单元101"
    assert tables_holding(PHONE) == []
    text = " ".join(f"{e.object_label} {e.changes}" for e in AuditEntry.objects.all())
    for secret in ('县干"', "李县干", "张党员", "302", "101", "样例厂"):
        assert secret not in text


@pytest.mark.parametrize("count", [1, 4])
def test_a_cadres_rows_are_judged_together(load, world, count):
    rows = [cadre_row(compound) for compound in world.compounds[:count]]
    found = refusals(load, *rows)
    assert len(found) == count
    assert all(
        str(services.SOURCE) in message or "%(source)s" in message for _row, message in found
    )
    assert Pairing.objects.count() == 0


def test_the_registers_compounds_count_too(load, world):
    services.pair_cadre(by=world.officer, person=world.cadre, compounds=world.compounds[:2])
    load(cadre_row(world.compounds[2], world.cadre.name))
    assert world.cadre.pairings.held().count() == 3
    assert len(refusals(load, cadre_row(world.compounds[3], world.cadre.name))) == 1


def test_rows_far_apart_are_judged_together(load, world, monkeypatch):
    monkeypatch.setattr("governance.foundation.bulk.CHUNK", 2)
    monkeypatch.setattr("compounds.registry.importing.planning.CHUNK", 2)
    monkeypatch.setattr("compounds.registry.services.import_runs.CHUNK", 2)
    first, *others = (cadre_row(compound) for compound in world.compounds[:3])
    members = [member_row(world.home, f"党员{i}", f"1号楼1单元{i}") for i in range(1, 6)]
    load(first, *members, *others)
    assert Pairing.objects.filter(kind="COUNTY_CADRE").count() == 3
    assert Person.objects.filter(name="李县干").count() == 1


def test_two_cadres_of_one_name_are_told_apart_by_their_numbers(load, world):
    a, b, c, d = world.compounds[:4]
    rows = [cadre_row(x, 联系电话=PHONE) for x in (a, b)]
    rows += [cadre_row(x, 联系电话="13987654321") for x in (c, d)]
    load(*rows)
    people = Person.objects.filter(name="李县干")
    assert [one.pairings.count() for one in people.order_by("pk")] == [2, 2]


def test_all_errors_come_at_once(load, world):
    home = world.home
    make_resident(home, "退休甲", standing="RETIRED")
    found = refusals(
        load,
        member_row(home),
        member_row(home, "李党员"),  # household taken by the row above
        member_row(home, household="1号楼1单元303"),  # a second household
        member_row(home, "赵党员", "9号楼1单元1"),
        member_row(home, "退休甲", "1号楼1单元304"),
        {**member_row(home, "周党员", "1号楼1单元305"), "类型": "中心户", "对象类型": "困难户"},
        {**member_row(home, "吴党员", "1号楼1单元306"), "对象类型": "小区"},
        member_row(home, "郑党员", "1号楼1单元307", 起始日期="2027-01-01"),
        cadre_row(home, "孙县干", 类型="县长"),
    )
    assert {row for row, _message in found} == set(range(3, 11))
    assert Pairing.objects.count() == 0


def test_the_same_row_twice_is_refused_with_its_row(load, world):
    found = refusals(load, *(cadre_row(c) for c in world.compounds[:2]), cadre_row(world.home))
    assert len(found) == 1
    assert found[0][0] == 4


def test_only_the_district_imports_county_level_cadres(load, world):
    rows = [cadre_row(compound) for compound in world.compounds[:2]]
    assert len(refusals(load, *rows, by=world.clerk, area=world.district.street)) == 2
    load(*rows)
    again = load(*rows, by=world.clerk, area=world.district.street)  # known already
    assert again.count(ImportRow.State.UNCHANGED) == 2


def test_rows_outside_the_area_are_refused(load, world):
    row = member_row(world.far)
    assert len(refusals(load, row, by=world.clerk, area=world.district.street)) == 1


def test_importing_an_export_changes_nothing(load, world, tmp_path):
    test_a_sheet_of_all_four_kinds_is_taken(load, world)
    path = tmp_path / "out.xlsx"
    sheet = OutSheet("包联表", PAIRINGS.export_columns(), PAIRINGS.export_rows(Pairing.objects))
    spreadsheets.write_xlsx(path, [sheet])
    before = sorted(Pairing.objects.values_list("pk", "version", "starts_on"))
    batch = imports.import_file(by=world.officer, path=path)
    assert batch.count(ImportRow.State.UNCHANGED) == 6
    assert batch.count("WARNED") == 0
    assert sorted(Pairing.objects.values_list("pk", "version", "starts_on")) == before


def test_a_corrected_day_is_an_update(load, world):
    load(member_row(world.home))
    batch = load(member_row(world.home, 起始日期="2026-06-01"))
    assert batch.count(ImportRow.State.CHANGED) == 1
    assert Pairing.objects.get().starts_on == dt.date(2026, 6, 1)
    import_undoing.undo_import(by=world.officer, batch=batch)
    assert Pairing.objects.get().starts_on == dt.date(2026, 5, 25)


def test_undoing_leaves_the_register_as_it_was(load, world):
    make_resident(world.home, "张党员", standing="", political_status="")
    people = sorted(Person.objects.values_list("name", "standing", "political_status"))
    batch = load(*(cadre_row(c) for c in world.compounds[:2]), member_row(world.home))
    assert Person.objects.get(name="张党员").standing == "SERVING"
    import_undoing.undo_import(by=world.officer, batch=batch)
    assert Pairing.objects.count() == 0
    assert sorted(Person.objects.values_list("name", "standing", "political_status")) == people


def test_a_register_that_changed_since_the_preview_is_planned_anew(load, world, tmp_path):
    path = write(tmp_path / "b.xlsx", [cadre_row(world.compounds[0], world.cadre.name)])
    services.pair_cadre(by=world.officer, person=world.cadre, compounds=world.compounds[1:3])
    with path.open("rb") as file:
        batch = imports.upload_import(by=world.officer, file=File(file), name="b.xlsx")
    import_runs.check(batch, world.officer)
    assert batch.count(ImportRow.State.NEW) == 1
    services.pair_cadre(by=world.officer, person=world.cadre, compounds=[world.compounds[3]])
    batch.__class__.objects.filter(pk=batch.pk).update(state="WRITING")
    batch.refresh_from_db()
    import_runs.write(batch, world.officer)
    assert batch.was_replanned
    assert batch.count(ImportRow.State.REFUSED) == 1
    assert world.cadre.pairings.held().count() == 3


def test_the_template_imports_cleanly(world, tmp_path):
    make_cadre(world.district, "样例")
    path = tmp_path / "template.xlsx"
    returning.write_template(PAIRINGS, world.district.area, path)
    batch = imports.import_file(by=world.officer, path=path)
    assert batch.count(ImportRow.State.NEW) == 2
