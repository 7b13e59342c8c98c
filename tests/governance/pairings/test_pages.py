"""Pages of pairings: lists and their figures, adding and ending, the notice, the working group."""

import datetime as dt
import io
import itertools

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.organisation.models import Area
from governance.pairings import figures
from governance.pairings.models import Pairing
from governance.pairings.services import pairing as services
from governance.party_grid.models import Duty
from governance.people.models import Person
from tests.governance.pairings.world import (
    make_cadre,
    make_resident,
    make_world,
    seat_centre_household,
)

TODAY = dt.date(2026, 11, 23)
_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


@pytest.fixture
def web(client, world):
    client.force_login(world.officer)
    return client


def url(name, *args, **query):
    address = reverse(f"pairings:{name}", args=args)
    return address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def send(web, address, **said):
    return web.post(address, {"once": f"{next(_token):032x}", "starts_on": "2026-05-25", **said})


def fill(world, cadres=1):
    """Cadres with two compounds each, one of them in the sister community; members, officials."""
    for i in range(cadres):
        cadre = make_cadre(world.district, f"赵样例{i}")
        services.pair_cadre(
            by=world.officer, person=cadre, compounds=[world.compounds[1], world.compounds[2]]
        )
        member = make_resident(world.home, f"钱样例{i}")
        member.set_phone("13812345678")
        member.save()
        services.pair(
            by=world.officer,
            kind="SERVING_MEMBER",
            compound=world.home,
            door=services.Door(None, None, f"1号楼1单元{i}"),
            person=member,
        )
    official = make_resident(world.home, "孙样例", standing="COMMUNITY_CADRE")
    services.pair(by=world.officer, kind="STREET_CADRE", compound=world.home, person=official)


def test_the_list_tells_who_is_paired_with_what(web, world):
    fill(world)
    text = web.get(url("pairing_list")).content.decode()
    for word in ("赵样例0", "钱样例0", "孙样例", "样例1院", "1号楼1单元0", "138****5678"):
        assert word in text
    assert "13812345678" not in text


def test_figures_equal_the_lists_they_open(web, world):
    fill(world, cadres=2)
    lone = make_cadre(world.district, "李样例")
    Pairing(
        kind="COUNTY_CADRE", person=lone, compound=world.home, starts_on=dt.date(2026, 5, 1)
    ).save()
    entrance = world.home.buildings.get().entrances.first()
    centre = make_resident(world.home, "周样例")
    seat_centre_household(centre, entrance)
    services.pair(
        by=world.officer,
        kind="CENTRE_HOUSEHOLD",
        compound=world.home,
        door=services.Door(None, None, "1号楼1单元9"),
        person=centre,
    )
    for user, area in (
        (world.officer, world.district.area),
        (world.officer, world.district.sister_community),
        (world.clerk, world.district.street),
        (world.worker, world.district.community),
    ):
        web.force_login(user)
        counts = {}
        for one in figures.figures(user, Area.objects.get(pk=area.pk)):
            listing = web.get(one.url).context["listing"]
            assert listing.counted == one.count, (one.key, user)
            assert listing.problems == []
            counts[one.key] = one.count
        if area == world.district.area:
            assert counts == {
                "COUNTY_CADRE": 5,
                "STREET_CADRE": 1,
                "SERVING_MEMBER": 2,
                "CENTRE_HOUSEHOLD": 1,
                "households": 3,
                "cadres_out": 1,
            }


def test_whoever_sees_no_people_sees_counts_without_lists(web, world):
    fill(world)
    found = figures.figures(world.leader, world.district.area)
    assert {one.key: one.count for one in found}["COUNTY_CADRE"] == 2
    assert {one.url for one in found} == {""}
    web.force_login(world.leader)
    assert web.get(url("pairing_list")).status_code == 403


def test_figures_and_lists_take_a_constant_number_of_queries(web, world):
    def count(address):
        web.get(address)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert web.get(address).status_code == 200
        return len(found)

    fill(world, cadres=1)
    pages = [url("pairing_list"), url("cadre_list"), url("group_list", all=1)]
    pages.append(url("notice_sheet", community=world.district.community.code))
    before = [count(page) for page in pages]
    for i in range(5):
        cadre = make_cadre(world.district, f"冯样例{i}")
        services.pair_cadre(by=world.officer, person=cadre, compounds=world.compounds[:3])
    assert [count(page) for page in pages] == before
    with CaptureQueriesContext(connection) as queries:
        figures.figures(world.officer, world.district.area)
    assert len(queries) <= 4


def test_cadres_out_of_bounds_are_a_list_to_work_on(web, world):
    fill(world)
    lone = make_cadre(world.district, "李样例")
    Pairing(
        kind="COUNTY_CADRE", person=lone, compound=world.home, starts_on=dt.date(2026, 5, 1)
    ).save()
    text = web.get(url("cadre_list", bounds="out")).content.decode()
    assert "李样例" in text
    assert "赵样例0" not in text
    text = web.get(url("cadre_list", bounds="none")).content.decode()
    assert "赵样例" in text
    assert "李样例" not in text


def test_a_cadre_and_two_compounds_are_entered_on_one_page(web, world):
    answer = send(
        web,
        url("cadre_add"),
        name="吴样例",
        phone="13912345678",
        work_unit="样例局 局长",
        compound_1=world.compounds[0].code,
        compound_2=world.compounds[1].name,
    )
    assert answer.status_code == 302
    person = Person.objects.get(name="吴样例")
    assert person.pairings.held().count() == 2
    assert person.work_unit == "样例局 局长"


@pytest.mark.parametrize("count", [1, 4])
def test_the_refusal_stands_beside_the_compounds(web, world, count):
    said = {f"compound_{i + 1}": c.code for i, c in enumerate(world.compounds[:count])}
    answer = send(web, url("cadre_add"), name="吴样例", **said)
    if count == 4:  # there are three lines
        assert Pairing.objects.count() == 3
        person = Person.objects.get(name="吴样例")
        said = {f"compound_{i + 1}": c.code for i, c in enumerate(world.compounds[:1])}
        answer = send(web, url("cadre_edit", person.pk), reason="调整", **said)
    assert str(services.SOURCE) in answer.context["form"].errors["compound_1"][0]
    assert "compound_1" in answer.context["form"].errors


def test_two_offices_do_not_overwrite_each_others_compounds(web, world):
    def held():
        return {one.compound for one in world.cadre.pairings.held()}

    address = url("cadre_edit", world.cadre.pk)
    wanted = world.compounds[1:4]
    said = {f"compound_{i}": one.code for i, one in enumerate(wanted, 1)}
    said |= {"reason": "调整", "starts_on": TODAY.isoformat()}
    services.pair_cadre(by=world.officer, person=world.cadre, compounds=world.compounds[:2])
    seen = web.get(address).context["form"]["opened"].value()
    services.change_cadre(by=world.officer, person=world.cadre, compounds=world.compounds[:3])
    assert send(web, address, opened=seen, **said)["Location"] == address
    assert held() == set(world.compounds[:3])
    seen = web.get(address).context["form"]["opened"].value()
    assert send(web, address, opened=seen, **said)["Location"] == url("cadre_list")
    assert held() == set(wanted)


def test_compounds_outside_the_writers_places_stay(web, world):
    services.pair_cadre(
        by=world.officer, person=world.cadre, compounds=[world.compounds[0], world.far]
    )
    web.force_login(world.clerk)
    page = web.get(url("cadre_edit", world.cadre.pk))
    assert len(page.context["form"].others) == 1
    assert "样例远院" not in page.content.decode()
    answer = send(
        web, url("cadre_edit", world.cadre.pk), reason="调整", compound_1="", compound_2=""
    )
    assert str(services.SOURCE) in str(answer.context["form"].errors)
    assert world.cadre.pairings.held().count() == 2


def test_a_member_is_paired_from_a_phone(web, world):
    web.force_login(world.worker)
    step = web.get(url("pairing_add", kind="SERVING_MEMBER", q="样例1院"))
    address = step["Location"]
    assert address == url("pair_with", world.home.code, kind="SERVING_MEMBER")
    entrance = world.home.buildings.get().entrances.first()
    answer = send(web, address, name="郑样例", entrance=f"e{entrance.pk}", door="302室")
    assert answer.status_code == 302
    row = Pairing.objects.get()
    assert (row.household, row.entrance) == ("1号楼1单元302", entrance)
    assert (row.person.name, row.person.standing) == ("郑样例", "SERVING")
    answer = send(web, address, name="王样例", entrance=f"e{entrance.pk}", door="302")
    assert "door" in answer.context["form"].errors


def test_several_of_one_name_are_asked_for(web, world):
    one, other = (make_resident(world.home, "郑样例", work_unit=f"样例{i}局") for i in "甲乙")
    entrance = world.home.buildings.get().entrances.first()
    address = url("pair_with", world.home.code, kind="SERVING_MEMBER")
    said = {"name": "郑样例", "entrance": f"e{entrance.pk}", "door": "302"}
    answer = send(web, address, **said)
    assert [c.pk for c in answer.context["form"].candidates] == [one.pk, other.pk]
    assert "样例乙局" in answer.content.decode()
    assert Pairing.objects.count() == 0
    send(web, address, person=other.pk, **said)
    assert Pairing.objects.get().person == other


def test_a_centre_household_is_chosen_among_those_of_the_compound(web, world):
    person = make_resident(world.home, "周样例")
    entrance = world.home.buildings.get().entrances.first()
    address = url("pair_with", world.home.code, kind="CENTRE_HOUSEHOLD")
    assert "周样例" not in web.get(address).content.decode()
    seat_centre_household(person, entrance)
    answer = send(web, address, holder=person.pk, entrance=f"e{entrance.pk}", door="101")
    assert answer.status_code == 302, answer.context["form"].errors
    assert Pairing.objects.get().person == person


def test_ending_asks_for_the_reason_and_keeps_two(web, world):
    fill(world)
    row = Pairing.objects.filter(kind="COUNTY_CADRE").first()
    said = {"version": row.version, "ended_on": "2026-11-01", "reason": "调离"}
    row.__class__.objects.update(starts_on=dt.date(2026, 5, 25))
    answer = send(web, url("pairing_end", row.pk), **said)
    assert str(services.SOURCE) in answer.context["form"].errors["is_all"][0]
    assert send(web, url("pairing_end", row.pk), is_all="on", **said).status_code == 302
    assert not Pairing.objects.held().filter(kind="COUNTY_CADRE").exists()
    text = web.get(url("pairing_list", state="ended", columns="end_reason")).content.decode()
    assert "调离" in text


def test_the_notice_masks_names_and_numbers_and_is_recorded(web, world):
    fill(world)
    for query in ({"community": world.district.community.code}, {"compound": world.home.code}):
        before = AuditEntry.objects.filter(verb="export").count()
        text = web.get(url("notice_sheet", **query)).content.decode()
        assert "钱样**" in text
        assert "138****5678" in text
        assert "1号楼1单元0" in text
        assert "钱样例0" not in text
        assert "13812345678" not in text
        assert AuditEntry.objects.filter(verb="export").count() == before + 1
    web.force_login(world.worker)
    other = url("notice_sheet", community=world.district.sister_community.code)
    assert web.get(other).status_code == 404
    assert "样例3院" not in web.get(url("notice_sheet")).content.decode()


def test_the_workbook_holds_what_the_list_shows(web, world):
    fill(world)
    answer = web.get(url("pairing_export", kind="SERVING_MEMBER"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book["包联表"].iter_rows(values_only=True))
    assert any("钱样例0" in row and "138****5678" in row and "在职党员" in row for row in rows)
    assert not any("赵样例0" in row for row in rows)
    assert AuditEntry.objects.filter(verb="export").count() == 1


def test_the_log_of_a_workbook_does_not_say_whose_pairings_were_looked_for(web, world):
    fill(world)
    person = Pairing.objects.filter(kind="SERVING_MEMBER").first().person
    for query in ({"person": person.pk}, {"q": person.name}):
        web.get(url("pairing_export", **query))
    told = str(list(AuditEntry.objects.filter(verb="export").values_list("changes", flat=True)))
    assert f"#{person.pk}" in told
    assert person.name not in told


@pytest.mark.parametrize("person", ["²", "9" * 40, "١"])
def test_no_number_of_a_record_finds_nobody(person, web, world):
    answer = web.get(url("pairing_list", person=person))
    assert answer.status_code == 200
    assert not answer.context["listing"].ids


def test_the_working_group_has_seven_roles_filled_or_empty(web, world):
    page = web.get(url("group_detail", world.home.code))
    assert len(page.context["roles"]) == 7
    assert page.context["filled"] == 0
    address = url("group_assign", world.home.code, role="WG_POLICE")
    assert send(web, address, name="陈样例", work_unit="样例派出所").status_code == 302
    duty = Duty.objects.get(kind="WG_POLICE")
    assert (duty.compound, duty.person.work_unit) == (world.home, "样例派出所")
    assert web.get(url("group_detail", world.home.code)).context["filled"] == 1
    text = web.get(url("group_list", roles="begun", all=1)).content.decode()
    assert "样例1院" in text
    assert "样例2院" not in text
    assert "1/7" in text
    said = {"version": duty.version, "ended_on": "2026-11-23", "reason": "调离"}
    assert send(web, url("group_end", duty.pk), **said).status_code == 302
    duty.refresh_from_db()
    assert duty.ended_on == TODAY


def test_a_role_outside_the_group_is_not_assigned_here(web, world):
    assert web.get(url("group_assign", world.home.code, role="SECRETARY")).status_code == 404
