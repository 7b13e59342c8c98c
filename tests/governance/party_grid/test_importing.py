"""The sheets of the party grid: from a clerk's file to the register and back."""

import datetime as dt
import json
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files import File
from django.urls import reverse
from django.utils import translation

from compounds.registry.importing import returning
from compounds.registry.importing.sheets import sheet_of
from compounds.registry.models import Import, ImportRow
from compounds.registry.services import import_runs, import_undoing, imports
from compounds.registry.services.import_undoing import LaterEdits
from governance.audit.models import AuditEntry
from governance.foundation import sealing
from governance.foundation.errors import NotAllowed
from governance.foundation.spreadsheets import OutColumn, OutSheet, write_xlsx
from governance.organisation.models import Area, Level
from governance.organisation.scope import Role
from governance.party_grid.importing import DUTIES, GRIDS, ORGANISATIONS
from governance.party_grid.models import Duty, GridCover, PartyOrganisation
from governance.people.models import Person
from governance.people.services import erase_person
from tests.factories import make_building, make_compound, make_user

STATE, ROW = Import.State, ImportRow.State
PHONE, OTHER_PHONE = "13800138001", "13900139002"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def desk(district, tmp_path, monkeypatch):
    """A street clerk, a compound of two buildings and one of one, and a place for files."""
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 1))
    clerk = make_user(role=Role.STREET_CLERK, area=district.street)
    home = make_compound(district.community, name="样例花园")
    near = make_compound(district.community, name="样例家园")
    buildings = [make_building(home, f"{n}号楼", household_count=36) for n in (1, 2)]
    make_building(near, "1号楼", household_count=40)
    far = make_compound(district.other_community, name="样例别院")
    return SimpleNamespace(
        clerk=clerk,
        folder=tmp_path,
        home=home,
        near=near,
        far=far,
        buildings=buildings,
        grid=f"{district.community.code}001",
        **vars(district),
    )


def write(desk, sheet, rows):
    headers = list(dict.fromkeys(key for row in rows for key in row))
    path = desk.folder / f"{sheet.titles[0]}.xlsx"
    values = [[row.get(header) for header in headers] for row in rows]
    columns = [OutColumn(header) for header in headers]
    write_xlsx(path, [OutSheet(sheet.titles[0], columns, values, title=sheet.titles[0])])
    return path


def bring_in(desk, sheet, *rows, by=None) -> Import:
    return imports.import_file(by=by or desk.clerk, path=write(desk, sheet, rows))


def check(desk, path, by=None) -> Import:
    by = by or desk.clerk
    with open(path, "rb") as file:
        batch = imports._keep(by=by, file=File(file), name="表.xlsx", area=None, only_sheet="")
    import_runs.check(batch, by)
    return batch


def checked(desk, sheet, *rows, by=None) -> Import:
    return check(desk, write(desk, sheet, rows), by)


def said_of(batch, level="error") -> list[str]:
    return [
        line["text"]
        for row in batch.rows.order_by("pk")
        for line in row.problem_lines
        if line["level"] == level
    ]


def counts(batch) -> dict:
    return {state: batch.count(state) for state in ROW.values if batch.count(state)}


def taken_in_again(desk, sheet, queryset) -> dict:
    """The counts of an export of the sheet imported again."""
    path = desk.folder / "export.xlsx"
    rows = list(sheet.export_rows(queryset))
    write_xlsx(path, [OutSheet(sheet.titles[0], sheet.export_columns(), rows)])
    batch = check(desk, path)
    assert not said_of(batch), said_of(batch)
    changed = [row.changes for row in batch.rows.all() if row.changes]
    assert not changed, changed
    return counts(batch)


def head(name="张三", **more) -> dict:
    row = {"小区": "样例花园", "楼栋": "1号楼", "单元": "1单元", "姓名": name, "职务": "单元长"}
    return {**row, **more}


# -- duties ----------------------------------------------------------------------------------------
def test_a_roster_makes_people_and_duties(desk):
    bring_in(
        desk,
        DUTIES,
        head(
            **{
                "性别": "男",
                "年龄": "６３岁",
                "政治面貌": "党员",
                "身份": "离退休",
                "联系电话": "138 0013-8001",
                "推选方式": "选举",
                "推选日期": "2026年5月1日",
            }
        ),
        head("李四", **{"楼栋": "1栋", "单元": None, "职务": "楼栋长"}),
        head("张三", **{"单元": None, "职务": "宣传员", "联系电话": PHONE}),
    )
    person = Person.objects.get(name="张三")
    assert (person.sex, person.birth_year, person.political_status) == ("M", 1963, "FULL_MEMBER")
    assert (person.standing, person.compound, person.phone_masked) == (
        "RETIRED",
        desk.home,
        "138****8001",
    )
    assert sealing.unseal(person.phone_sealed) == PHONE
    first = Duty.objects.get(kind="ENTRANCE_HEAD")
    assert (first.person, first.entrance.number, first.building) == (
        person,
        "1单元",
        desk.buildings[0],
    )
    assert (first.chosen, first.starts_on, first.compound) == (
        "ELECTED",
        dt.date(2026, 5, 1),
        desk.home,
    )
    assert (first.district, first.street, first.community) == (
        desk.area,
        desk.street,
        desk.community,
    )
    assert person.duties.count() == 2
    assert Duty.objects.get(kind="BUILDING_HEAD").person.name == "李四"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (head(单元="9单元"), "no such entrance"),
        (head(楼栋="7号楼"), "no such building"),
        (head(单元=None), "held for an entrance"),
        (head(小区="没有的院"), "no compound of this name"),
        (head(小区="样例别院"), "no compound of this name in your area"),
        (head(职务="书记"), "not in the list"),
        (head(年龄="很老"), "A number is expected"),
        (head(联系电话="12345"), "no telephone number"),
        (head(联系电话="139****9999"), "ends like this"),
        (head(职务="党员中心户", 政治面貌="群众"), "Only party members"),
        (head(推选日期="2027-01-01"), "lies in the future"),
        (head(性别="中"), "not in the list"),
    ],
)
def test_a_bad_row_of_the_roster_is_refused_with_its_reason(desk, row, words):
    batch = checked(desk, DUTIES, row)
    assert counts(batch) == {ROW.REFUSED: 1}
    assert any(words in said for said in said_of(batch)), said_of(batch)


def test_two_heads_of_one_entrance_in_a_sheet_are_refused(desk):
    batch = checked(desk, DUTIES, head("张三"), head("李四"))
    assert counts(batch) == {ROW.NEW: 1, ROW.REFUSED: 1}
    assert "names 张*" in said_of(batch)[0]


def test_a_seat_that_is_taken_names_its_holder(desk):
    bring_in(desk, DUTIES, head("张三丰"))
    batch = checked(desk, DUTIES, head("李四"))
    assert said_of(batch) == ["单元长 here is 张** already: end that duty in the system first."]


def test_the_same_row_twice_is_one_duty(desk):
    batch = checked(desk, DUTIES, head(职务="宣传员"), head(职务="宣传员"))
    assert counts(batch) == {ROW.NEW: 1, ROW.REFUSED: 1}
    assert "already stands in row" in said_of(batch)[0]


def test_another_number_is_another_person_and_none_is_unclear(desk):
    bring_in(desk, DUTIES, head(联系电话=PHONE), head(单元="2单元", 联系电话=OTHER_PHONE))
    assert Person.objects.filter(name="张三").count() == 2
    batch = checked(desk, DUTIES, head(单元="3单元"))
    assert counts(batch) == {ROW.NEW: 1}
    assert "Several people of this name" in said_of(batch, "warning")[0]


def test_a_person_of_the_register_is_found_by_number_across_compounds(desk):
    bring_in(desk, DUTIES, head(联系电话=PHONE))
    bring_in(desk, DUTIES, head(小区="样例家园", 联系电话=PHONE))
    person = Person.objects.get(name="张三")
    assert person.duties.count() == 2
    assert person.compound == desk.home


def test_a_third_head_post_warns_of_overload(desk):
    batch = checked(desk, DUTIES, *(head(单元=f"{n}单元") for n in (1, 2, 3)))
    assert counts(batch) == {ROW.NEW: 3}
    assert said_of(batch, "warning") == ["This person now heads 3 places; the norm is 2."]


def test_a_corrected_roster_changes_the_person_and_undoing_puts_it_back(desk):
    bring_in(desk, DUTIES, head(联系电话=PHONE, 身份="在职"))
    batch = bring_in(desk, DUTIES, head(联系电话=OTHER_PHONE, 身份="离退休", 推选方式="任命"))
    assert counts(batch) == {ROW.CHANGED: 1}
    person = Person.objects.get()
    assert (person.standing, sealing.unseal(person.phone_sealed)) == ("RETIRED", OTHER_PHONE)
    assert Duty.objects.get().chosen == "APPOINTED"
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    person.refresh_from_db()
    assert (person.standing, sealing.unseal(person.phone_sealed)) == ("SERVING", PHONE)
    assert person.phone_hash == sealing.fingerprint(PHONE)
    assert Duty.objects.get().chosen == ""


def seat_cadre(desk, phone=OTHER_PHONE) -> Person:
    """Somebody whose record the district keeps holds a role in the compound of the clerk."""
    person = Person(name="王五", political_status="FULL_MEMBER", standing="COUNTY_CADRE")
    person.set_phone(phone)
    person.place_in(desk.area)
    person.save()
    duty = Duty(person=person, kind_id="WG_COUNTY_CADRE", seat="COMPOUND", compound=desk.home)
    duty.save()
    return person


def test_a_roster_does_not_change_whom_others_keep(desk):
    person = seat_cadre(desk)
    row = head("王五", 职务="县级领导", 联系电话=PHONE, 身份="离退休", 推选方式="任命")
    batch = bring_in(desk, DUTIES, row)
    assert said_of(batch, "warning") == [
        "The record of 王* is kept outside your posts: what the sheet says of it is left out."
    ]
    assert Duty.objects.get().chosen == "APPOINTED"
    kept = Person.objects.get()
    assert (kept.standing, kept.version) == ("COUNTY_CADRE", 1)
    assert sealing.unseal(kept.phone_sealed) == OTHER_PHONE
    officer = make_user(role=Role.DISTRICT_OFFICER, area=desk.area)
    bring_in(desk, DUTIES, row, by=officer)
    person.refresh_from_db()
    assert person.standing == "RETIRED"
    told = AuditEntry.objects.get(object_type="people.person", verb="change")
    assert told.object_id == str(person.pk)
    assert set(told.changes) == {"standing", "phone_masked"}
    assert PHONE not in str(told.changes)


def test_undoing_a_roster_takes_its_people_away_unless_used_since(desk):
    known = Person(name="王五", compound=desk.home)
    known.place_in(desk.community)
    known.save()
    batch = bring_in(
        desk,
        DUTIES,
        head(联系电话=PHONE),
        head("李四", 单元="2单元"),
        head("王五", 单元="3单元", 联系电话=OTHER_PHONE),
    )
    assert Person.objects.get(name="王五").phone_hash
    bring_in(desk, DUTIES, head("李四", 楼栋="2号楼", 单元="1单元"))
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert set(Person.objects.values_list("name", flat=True)) == {"李四", "王五"}
    assert not Person.objects.get(name="王五").phone_hash
    assert Duty.objects.get().building == desk.buildings[1]
    told = AuditEntry.objects.filter(object_type="people.person")
    assert list(told.order_by("pk").values_list("verb", "object_label")) == [
        ("add", "张*"),
        ("add", "李*"),
        ("change", "王*"),
        ("change", "王*"),
        ("remove", "张*"),
    ]


def test_an_ended_duty_stands_in_the_way_of_undoing(desk):
    batch = bring_in(desk, DUTIES, head())
    Duty.objects.update(ended_on=dt.date(2026, 6, 1), version=2)
    with pytest.raises(LaterEdits):
        import_undoing.undo_import(by=desk.clerk, batch=batch)


def test_an_exported_roster_changes_nothing_and_shows_no_number(desk):
    bring_in(
        desk,
        DUTIES,
        head(联系电话=PHONE, 年龄=63, 政治面貌="中共预备党员", 推选方式="自荐"),
        head(单元="2单元", 联系电话=OTHER_PHONE),
        head("李四", 楼栋="2号楼", 单元=None, 职务="调解员"),
        head("王五", 楼栋=None, 单元=None, 职务="街道干部"),
    )
    assert PHONE not in json.dumps(list(DUTIES.export_rows(Duty.objects.all())), default=str)
    assert taken_in_again(desk, DUTIES, Duty.objects.all()) == {ROW.UNCHANGED: 4}


@pytest.mark.parametrize("sheet", ["duties", "organisations", "grids"])
def test_no_number_is_kept_in_clear(desk, sheet):
    good = {
        "duties": head(联系电话=PHONE),
        "organisations": {
            "社区": desk.community.name,
            "组织名称": "样例社区党委",
            "类型": "社区党委",
            "书记": "张三",
            "联系电话": PHONE,
        },
        "grids": {"网格编码": desk.grid, "名称": "第一网格", "网格长": "张三", "联系电话": PHONE},
    }[sheet]
    refused = {**good, "联系电话": f"{PHONE}77"}
    spec = sheet_of(sheet)
    batch = checked(desk, spec, good, refused)
    assert batch.count(ROW.REFUSED) == 1
    bring_in(desk, spec, good)
    assert Person.objects.get().phone_masked == "138****8001"
    for rows in (ImportRow.objects.values(), AuditEntry.objects.values(), Person.objects.values()):
        text = json.dumps(list(rows), default=str, ensure_ascii=False)
        assert PHONE not in text
    audit = json.dumps(list(AuditEntry.objects.values()), default=str, ensure_ascii=False)
    assert "张三" not in audit


# -- grids -----------------------------------------------------------------------------------------
def cell(desk, number="", **more) -> dict:
    return {
        "网格编码": desk.grid,
        "微网格编码": f"{desk.grid}{number}" if number else None,
        "名称": f"网格{number}",
        **more,
    }


def test_grids_and_micro_grids_stand_in_any_order_with_covers_and_people(desk):
    bring_in(
        desk,
        GRIDS,
        cell(
            desk,
            "01",
            四至范围="东至样例路",
            小区名称="样例花园",
            楼栋="1号楼",
            单元="1单元、2单元",
            网格长="张三",
            辅助员1="李四",
            辅助员2="王五",
        ),
        cell(
            desk,
            "02",
            小区编码=f"{desk.home.code}、{desk.near.code}",
            楼栋="2号楼，样例家园/1",
            单元="样例花园/2号楼/3",
        ),
        cell(desk, 名称="第一网格", 小区名称="样例花园、样例家园", 网格长="赵六", 联系电话=PHONE),
    )
    grid = Area.objects.get(code=desk.grid)
    micro = Area.objects.get(code=f"{desk.grid}01")
    assert (grid.level, grid.parent, grid.community, grid.name) == (
        Level.GRID,
        desk.community,
        desk.community,
        "第一网格",
    )
    assert (micro.level, micro.parent, micro.extent) == (Level.MICRO_GRID, grid, "东至样例路")
    assert {cover.compound for cover in grid.covers.all()} == {desk.home, desk.near}
    assert [cover.entrance.number for cover in micro.covers.order_by("entrance")] == [
        "1单元",
        "2单元",
    ]
    second = Area.objects.get(code=f"{desk.grid}02").covers
    assert {
        (c.compound, c.building.number, c.entrance and c.entrance.number) for c in second.all()
    } == {
        (desk.home, "2号楼", "3单元"),
        (desk.near, "1号楼", None),
    }
    assert {(d.kind_id, d.person.name) for d in micro.duties.all()} == {
        ("MICRO_GRID_HEAD", "张三"),
        ("ASSISTANT", "李四"),
        ("ASSISTANT", "王五"),
    }
    assert grid.duties.get().kind_id == "GRID_HEAD"
    grids = Area.objects.filter(level__gte=Level.GRID)
    assert taken_in_again(desk, GRIDS, grids) == {ROW.UNCHANGED: 3}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"网格编码": "14010500100", "微网格编码": None}, "exactly 15 digits"),
        ({"网格编码": "140105999999001", "微网格编码": None}, "no community of the district"),
        ({"微网格编码": "14010500100200101"}, "must begin with"),
        ({"小区名称": "样例别院"}, "no compound of this community"),
        ({"小区名称": "样例花园", "楼栋": "9号楼"}, "no building"),
        (
            {"小区名称": "样例花园", "楼栋": "1号楼、2号楼", "单元": "1单元"},
            "Say of which building",
        ),
        ({"小区名称": "样例花园", "楼栋": "1号楼", "单元": "9单元"}, "no entrance"),
        ({"小区名称": "样例花园、样例家园", "楼栋": "1号楼"}, "Several of the compounds"),
        ({"楼栋": "1号楼"}, "Name the compound"),
        ({"户数": "三百"}, "A number is expected"),
        ({"名称": None}, "needs a name"),
        ({"联系电话": PHONE}, "Whose number"),
    ],
)
def test_a_bad_row_of_the_grids_is_refused_with_its_reason(desk, change, words):
    batch = checked(desk, GRIDS, {**cell(desk, "01"), "网格名称": "第一网格", **change})
    assert counts(batch) == {ROW.REFUSED: 1}
    assert any(words in said for said in said_of(batch)), said_of(batch)


def test_an_exported_grid_tells_its_buildings_and_households(desk):
    bring_in(desk, GRIDS, cell(desk, **{"小区名称": "样例花园", "楼栋": "1号楼、2号楼"}))
    bring_in(desk, GRIDS, {"网格编码": f"{desk.grid[:12]}002", "名称": "空网格"})
    names = [column.header for column in GRIDS.export_columns()]
    rows = [dict(zip(names, row, strict=True)) for row in GRIDS.export_rows(Area.objects.all())]
    assert [(row["楼栋数"], row["户数"]) for row in rows] == [(2, 72), (None, None)]


def test_another_streets_grid_is_refused(desk):
    batch = checked(desk, GRIDS, {"网格编码": f"{desk.other_community.code}001", "名称": "别处"})
    assert "outside the area you may import for" in said_of(batch)[0]


def test_a_micro_grid_needs_its_grid_or_its_name(desk):
    assert "add a row for it" in said_of(checked(desk, GRIDS, cell(desk, "01")))[0]
    batch = bring_in(desk, GRIDS, cell(desk, "01", 网格名称="第一网格"))
    assert Area.objects.get(code=desk.grid).name == "第一网格"
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert not Area.objects.filter(level__gte=Level.GRID).exists()


def test_a_building_lies_in_one_micro_grid(desk):
    rows = [cell(desk)] + [cell(desk, n, 小区名称="样例花园", 楼栋="1号楼") for n in ("01", "02")]
    assert "lies in 网格01 already" in said_of(checked(desk, GRIDS, *rows))[0]


def test_sums_are_compared_and_not_stored(desk):
    batch = checked(desk, GRIDS, cell(desk, 小区名称="样例花园", 楼栋数=3, 户数="７２户"))
    assert said_of(batch, "warning") == ["The register has 2 here, the sheet 3."]


def test_new_covers_replace_the_former_and_undoing_restores_them(desk):
    bring_in(desk, GRIDS, cell(desk, 小区名称="样例花园"))
    batch = bring_in(desk, GRIDS, cell(desk, 名称="新名", 小区名称="样例家园", 网格长="张三"))
    assert counts(batch) == {ROW.CHANGED: 1}
    assert GridCover.objects.get().compound == desk.near
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert GridCover.objects.get().compound == desk.home
    assert Area.objects.get(code=desk.grid).name == "网格"
    assert not Duty.objects.exists()
    assert not Person.objects.exists()


def test_a_grid_whose_head_was_seated_later_is_not_undone(desk):
    batch = bring_in(desk, GRIDS, cell(desk))
    second = bring_in(desk, GRIDS, cell(desk, 网格长="张三"))
    with pytest.raises(LaterEdits):
        import_undoing.undo_import(by=desk.clerk, batch=batch)
    import_undoing.undo_import(by=desk.clerk, batch=second)


def test_a_grid_has_one_head(desk):
    bring_in(desk, GRIDS, cell(desk, 网格长="张三"))
    assert (
        "网格长 here is 张* already" in said_of(checked(desk, GRIDS, cell(desk, 网格长="李四")))[0]
    )


# -- organisations ---------------------------------------------------------------------------------
def organisation(desk, name, kind, scope=None, **more) -> dict:
    return {
        "街道": desk.street.name,
        "社区": desk.community.name,
        "小区/网格": scope,
        "组织名称": name,
        "类型": kind,
        **more,
    }


def test_the_tree_of_a_community_comes_in_any_order(desk):
    bring_in(desk, GRIDS, cell(desk, 名称="第一网格", 小区名称="样例家园"))
    bring_in(
        desk,
        ORGANISATIONS,
        organisation(desk, "第一党小组", "党小组", "样例花园/1号楼", 书记="钱七"),
        organisation(
            desk,
            "花园党支部",
            "小区",
            "样例花园",
            书记="张三",
            联系电话=PHONE,
            正式党员数="１２名",
            成立日期="2024.6.15",
            批复文号="样例发〔2024〕2号",
        ),
        organisation(desk, "网格党支部", "网格", desk.grid, 换届日期="2027-01-01"),
        organisation(desk, "第一党小组", "院落党小组", "样例家园"),
        organisation(desk, "联合党支部", "联合", "样例花园、样例家园"),
        organisation(desk, "东社区党委", "社区党委", 书记="李四", 成立日期="2024-06-01"),
        by=desk.clerk,
    )
    branch = PartyOrganisation.objects.get(name="花园党支部")
    committee = PartyOrganisation.objects.get(name="东社区党委")
    assert (branch.kind, branch.reach, branch.compound, branch.parent) == (
        4,
        "COMPOUND",
        desk.home,
        committee,
    )
    assert (branch.full_member_count, branch.term_until) == (12, dt.date(2027, 6, 15))
    assert committee.term_until == dt.date(2029, 6, 1)
    secretary = branch.duties.get()
    assert (secretary.kind_id, secretary.person.name) == ("SECRETARY", "张三")
    assert secretary.person.political_status == "FULL_MEMBER"
    grid_branch = PartyOrganisation.objects.get(name="网格党支部")
    assert (grid_branch.reach, grid_branch.grid.code) == ("GRID", desk.grid)
    assert list(grid_branch.compounds.all()) == [desk.near]
    joint = PartyOrganisation.objects.get(name="联合党支部")
    assert joint.is_joint
    assert set(joint.compounds.all()) == {desk.home, desk.near}
    groups = PartyOrganisation.objects.filter(kind=5).order_by("parent__name")
    assert [(g.reach, g.parent.name) for g in groups] == [
        ("COURTYARD", "网格党支部"),
        ("BUILDING", "花园党支部"),
    ]
    assert groups[1].building == desk.buildings[0]
    assert groups[1].duties.get().kind_id == "GROUP_LEADER"
    assert taken_in_again(desk, ORGANISATIONS, PartyOrganisation.objects.all()) == {
        ROW.UNCHANGED: 6
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("支部", "小区", "没有的院"), "no compound or grid"),
        (("支部", "小区", "样例花园、样例家园"), "Exactly one compound"),
        (("支部", "网格", "样例花园"), "Exactly one grid"),
        (("支部", "联合", "样例花园"), "names several compounds"),
        (("小组", "楼栋党小组", "样例花园"), "A building belongs here"),
        (("小组", "党小组", "样例花园/9号楼"), "no building"),
        (("小组", "党小组", "样例花园"), "A group belongs to a branch"),
        (("支部", "小区", None), "Name the compound or grid"),
        (("支部", "支部", "样例花园"), "not in the list"),
        (("支部", "小区", "样例别院"), "no compound or grid"),
    ],
)
def test_a_bad_row_of_the_organisations_is_refused_with_its_reason(desk, row, words):
    name, kind, scope = row
    batch = checked(desk, ORGANISATIONS, organisation(desk, name, kind, scope))
    assert counts(batch) == {ROW.REFUSED: 1}
    assert any(words in said for said in said_of(batch)), said_of(batch)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"社区": "没有的社区"}, "no such community"),
        ({"街道": "营盘街道", "社区": "营盘东社区"}, "outside the area you may import for"),
        ({"类型": "街道党工委", "街道": "营盘街道"}, "outside the area you may import for"),
        ({"类型": "区委"}, "outside the area you may import for"),
        ({"正式党员数": "十二"}, "A number is expected"),
        ({"成立日期": "2024-06-01", "换届日期": "2024-01-01"}, "ends after the founding"),
        ({"上级组织": "没有的党委"}, "no such organisation above"),
        ({"书记": None, "联系电话": PHONE}, "Whose number"),
    ],
)
def test_places_numbers_and_terms_of_organisations_are_checked(desk, change, words):
    row = {**organisation(desk, "东社区党委", "社区党委", 书记="张三"), **change}
    batch = checked(desk, ORGANISATIONS, row)
    assert any(words in said for said in said_of(batch)), said_of(batch)


def test_a_secretary_known_as_no_member_is_refused(desk):
    person = Person(name="张三", political_status="NONE")
    person.place_in(desk.community)
    person.save()
    row = organisation(desk, "花园党支部", "小区", "样例花园", 书记="张三")
    assert "Only party members" in said_of(checked(desk, ORGANISATIONS, row))[0]
    Person.objects.update(political_status="PROBATIONARY")
    assert "full party member" in said_of(checked(desk, ORGANISATIONS, row))[0]


def test_a_compound_has_one_branch_and_an_organisation_one_secretary(desk):
    row = organisation(desk, "花园党支部", "小区", "样例花园", 书记="张三")
    batch = checked(desk, ORGANISATIONS, row, organisation(desk, "另一支部", "小区", "样例花园"))
    assert "is a branch for it already" in said_of(batch)[0]
    bring_in(desk, ORGANISATIONS, row)
    batch = checked(
        desk,
        ORGANISATIONS,
        {**row, "书记": "李四"},
        organisation(desk, "另一支部", "小区", "样例花园"),
    )
    assert said_of(batch) == [
        "书记 here is 张* already: end that duty in the system first.",
        "花园党支部 stands for it already.",
    ]


def test_groups_of_one_number_stand_in_different_branches(desk):
    rows = [
        organisation(desk, f"{home}党支部", "小区", home, 党小组数=2)
        for home in ("样例花园", "样例家园")
    ]
    groups = [
        organisation(desk, "第一党小组", "院落党小组", home, 上级组织=f"{home}党支部")
        for home in ("样例花园", "样例家园")
    ]
    bring_in(desk, ORGANISATIONS, *rows, groups[0])
    batch = bring_in(desk, ORGANISATIONS, *rows, *groups)
    assert counts(batch) == {ROW.UNCHANGED: 3, ROW.NEW: 1}
    assert said_of(batch, "warning")[-1] == "The register has 1 here, the sheet 2."
    assert PartyOrganisation.objects.filter(name="第一党小组").count() == 2


def test_a_branch_that_becomes_joint_is_put_back_by_undoing(desk):
    bring_in(desk, ORGANISATIONS, organisation(desk, "党支部", "小区", "样例花园"))
    batch = bring_in(
        desk,
        ORGANISATIONS,
        organisation(desk, "党支部", "联合", "样例花园、样例家园", 正式党员数=5),
    )
    branch = PartyOrganisation.objects.get()
    assert (branch.is_joint, branch.compound, branch.compounds.count()) == (True, None, 2)
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    branch.refresh_from_db()
    assert (branch.is_joint, branch.compound, branch.full_member_count) == (False, desk.home, None)
    assert branch.compounds.get() == desk.home


def test_undoing_organisations_takes_all_of_them_away(desk):
    batch = bring_in(
        desk,
        ORGANISATIONS,
        organisation(desk, "花园党支部", "小区", "样例花园", 书记="张三"),
        organisation(desk, "第一党小组", "党小组", "样例花园", 书记="李四"),
    )
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert not PartyOrganisation.objects.exists()
    assert not Duty.objects.exists()
    assert not Person.objects.exists()


# -- all three -------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["grids", "organisations", "duties"])
def test_the_rows_of_a_template_import_cleanly_twice(desk, key):
    sheet, path = sheet_of(key), desk.folder / "template.xlsx"
    above = PartyOrganisation(kind=2, name="坞城街道党工委")
    above.place_in(desk.street)
    above.save()
    returning.write_template(sheet, desk.street, path)
    batch = imports.import_file(by=desk.clerk, path=path)
    assert set(counts(batch)) == {ROW.NEW}, said_of(batch)
    assert not said_of(batch, "warning")
    assert set(counts(check(desk, path))) == {ROW.UNCHANGED}


def test_one_workbook_may_hold_all_three(desk):
    parts = [
        (DUTIES, [head()]),
        (ORGANISATIONS, [organisation(desk, "网格党支部", "网格", "第一网格")]),
        (GRIDS, [cell(desk, 名称="第一网格", 小区名称="样例花园")]),
    ]
    path = desk.folder / "全部.xlsx"
    sheets = []
    for sheet, rows in parts:
        values = [list(row.values()) for row in rows]
        sheets.append(OutSheet(sheet.titles[0], [OutColumn(h) for h in rows[0]], values))
    write_xlsx(path, sheets)
    batch = imports.import_file(by=desk.clerk, path=path)
    assert counts(batch) == {ROW.NEW: 3}
    branch = PartyOrganisation.objects.get()
    assert (branch.grid.code, branch.compounds.get()) == (desk.grid, desk.home)
    import_undoing.undo_import(by=desk.clerk, batch=batch)
    assert not Area.objects.filter(level=Level.GRID).exists()


def test_only_those_who_may_import_do(desk):
    worker = make_user(role=Role.COMMUNITY_WORKER, area=desk.community)
    with pytest.raises(NotAllowed):
        bring_in(desk, DUTIES, head(), by=worker)
    stranger = make_user(role=Role.STREET_CLERK, area=desk.other_street)
    assert (
        "no compound of this name in your area"
        in said_of(checked(desk, DUTIES, head(), by=stranger))[0]
    )


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.LEADER])
def test_who_sees_no_people_sees_no_row_of_their_import(desk, client, role):
    batch = bring_in(desk, DUTIES, head("张三丰"))
    reader = make_user(role=role, area=desk.area)
    client.force_login(reader)
    page = client.get(reverse("registry:import_detail", args=[batch.pk]))
    assert "张三丰" not in page.content.decode()
    client.force_login(desk.clerk)
    page = client.get(reverse("registry:import_detail", args=[batch.pk]), {"rows": "ALL"})
    assert "张三丰" in page.content.decode()


def test_files_of_lists_hold_no_names_for_those_who_see_no_people(desk, client):
    bring_in(desk, GRIDS, cell(desk, 网格长="张三丰", 联系电话=PHONE))
    bring_in(desk, DUTIES, head("李小四", 联系电话=OTHER_PHONE))
    for role, sees in ((Role.FINANCE_OFFICER, False), (Role.AUDITOR, True)):
        client.force_login(make_user(role=role, area=desk.area))
        answer = client.get(reverse("party_grid:grid_export"))
        (desk.folder / "网格.xlsx").write_bytes(b"".join(answer.streaming_content))
        book = openpyxl.load_workbook(desk.folder / "网格.xlsx")
        cells = [value for row in book.active.iter_rows(values_only=True) for value in row]
        assert desk.grid in cells
        assert ("张三丰" in cells) is sees
        assert PHONE not in cells
        status = client.get(reverse("party_grid:duty_export")).status_code
        assert status == (200 if sees else 403)
    told = AuditEntry.objects.filter(verb="export").order_by("pk")
    assert [entry.object_label for entry in told] == ["微网格台账 xlsx"] * 2 + [
        "两长四员花名册 xlsx"
    ]


def test_rows_of_imports_forget_whose_data_are_deleted(desk):
    bring_in(desk, DUTIES, head("张三丰", 联系电话=PHONE, 年龄=63))
    bring_in(desk, GRIDS, cell(desk, 网格长="张三丰", 联系电话=PHONE, 辅助员1="李四"))
    Duty.objects.filter(person__name="张三丰").update(ended_on=dt.date(2026, 6, 1))
    person = Person.objects.get(name="张三丰")
    assert person.duties.count() == 2
    erase_person(by=desk.clerk, person=person, version=person.version, reason="本人申请")
    kept = list(ImportRow.objects.values("label", "changes", "context", "problems"))
    text = json.dumps(kept, ensure_ascii=False)
    assert "张三丰" not in text
    assert "1963" not in text
    assert "李四" in text
