"""Pages of people: who sees whom, numbers masked, shown once, looked for whole."""

import datetime as dt
import io
import itertools
import logging

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.people import services
from governance.people.models import MemberClass, Person
from tests.factories import make_compound, make_person, make_user

PHONE = "13812345678"
IDENTITY = "11010519491231002X"
LIST = "/people/"
_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


@pytest.fixture
def web(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def compound(district):
    return make_compound(district.community, name="样例路1号院")


@pytest.fixture
def person(compound):
    return make_person(
        compound, name="张三丰", phone=PHONE, identity=IDENTITY, member_class_id="RETIRED"
    )


def url(name, *args):
    return reverse(f"people:{name}", args=args)


def once():
    return {"once": f"{next(_token):032x}"}


def names(answer):
    return [Person.objects.get(pk=pk).name for pk in answer.context["listing"].ids]


def test_the_list_shows_people_of_ones_places_with_masked_numbers(web, person, district):
    make_person(make_compound(district.other_community), name="远方人")
    answer = web.get(LIST)
    page = answer.content.decode()
    assert names(answer) == ["张三丰"]
    assert "138****5678" in page
    assert PHONE not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=三丰", ["张三丰"]),
        ("q=5678", []),
        ("q=13812345678", []),
        ("political_status=MEMBER", ["张三丰", "李在职"]),
        ("political_status=NONE", ["王居民"]),
        ("member_class=RETIRED", ["张三丰"]),
        ("member_class=unknown", ["李在职"]),
        ("standing=KEEN_RESIDENT", ["王居民"]),
        ("reported=true", ["李在职"]),
        ("has_post=true", ["李在职"]),
        ("has_phone=true", ["张三丰"]),
        ("presence=LEFT", ["赵离开"]),
        ("compound=样例路1号", ["张三丰"]),
        ("sort=-birth_year", ["李在职", "王居民", "张三丰"]),
    ],
)
def test_the_list_is_filtered(web, person, district, query, found):
    other = make_compound(district.sister_community, name="别处院")
    make_person(
        other,
        name="李在职",
        reported_on=dt.date(2026, 5, 25),
        post_claimed="巡逻",
        birth_year=1990,
    )
    make_person(
        other,
        name="王居民",
        political_status="NONE",
        standing="KEEN_RESIDENT",
        birth_year=1970,
    )
    make_person(other, name="赵离开", left_on=dt.date(2026, 5, 25))
    Person.objects.filter(pk=person.pk).update(birth_year=1950)
    assert sorted(names(web.get(f"{LIST}?{query}"))) == sorted(found)


def test_a_number_in_the_search_is_told_where_it_belongs(web, person):
    answer = web.get(f"{LIST}?q={PHONE}")
    assert answer.context["listing"].problems
    assert not answer.context["listing"].ids


def test_the_figures_of_the_classes_lead_to_the_filtered_list(web, person, compound):
    make_person(compound, name="李四")
    answer = web.get(LIST)
    figures = {one["code"]: one for one in answer.context["figures"]}
    assert (figures["RETIRED"]["count"], figures["unknown"]["count"]) == (1, 1)
    assert answer.context["members"] == 2
    assert names(web.get(LIST + figures["RETIRED"]["url"])) == ["张三丰"]
    assert names(web.get(LIST + figures["unknown"]["url"])) == ["李四"]
    assert len(names(web.get(LIST + answer.context["members_url"]))) == 2


def test_the_list_costs_the_same_for_5_and_60_people(web, compound):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            web.get(LIST)
        return len(seen)

    for _ in range(5):
        make_person(compound)
    cost()
    few = cost()
    for _ in range(55):
        make_person(compound)
    assert cost() == few <= 12


def test_the_ledger_costs_the_same_for_5_and_60_people(web, compound, district):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            web.get(url("member_ledger"), {"community": district.community.code})
        return len(seen)

    for _ in range(5):
        make_person(compound)
    cost()
    few = cost()
    for _ in range(55):
        make_person(compound)
    assert cost() == few <= 14


def test_a_person_is_shown_masked_with_what_was_done(web, clerk, person):
    services.change_person(by=clerk, person=person, version=1, changes={"sex": "M"})
    answer = web.get(url("person_detail", person.pk))
    page = answer.content.decode()
    assert "138****5678" in page
    assert "****002X" in page
    assert [line.entry.verb for line in answer.context["lines"]] == ["change"]
    for secret in (PHONE, IDENTITY, person.phone_hash, person.phone_sealed):
        assert secret not in page


def test_the_number_is_shown_once_recorded_and_not_kept_by_the_browser(web, clerk, person, caplog):
    caplog.set_level(logging.DEBUG)
    address = url("person_reveal", person.pk)
    assert web.get(address).status_code == 405
    answer = web.post(address, {"reason": "上门走访"})
    assert answer.content.decode().count(PHONE) == 1
    assert "no-store" in answer["Cache-Control"]
    entry = AuditEntry.objects.get(verb="reveal")
    assert (entry.actor, entry.reason, entry.object_id) == (clerk, "上门走访", str(person.pk))
    assert PHONE not in web.get(url("person_detail", person.pk)).content.decode()
    assert PHONE not in caplog.text
    assert PHONE not in str(list(web.session.items()))


def test_without_a_reason_the_number_stays_masked(web, person):
    answer = web.post(url("person_reveal", person.pk), {"reason": " "})
    assert PHONE not in answer.content.decode()
    assert answer.context["form"].errors
    assert not AuditEntry.objects.filter(verb="reveal").exists()


def test_who_may_not_reveal_is_offered_nothing_and_refused(client, person, district):
    client.force_login(make_user("leader", "street_leader", district.street))
    answer = client.get(url("person_detail", person.pk))
    assert not answer.context["may_reveal"]
    assert client.post(url("person_reveal", person.pk), {"reason": "样例"}).status_code == 403
    client.force_login(make_user("finance", "finance_officer", district.area))
    assert client.get(url("person_detail", person.pk)).status_code == 404
    assert client.get(LIST).status_code == 403


def test_a_person_is_found_by_the_whole_number_only(web, person):
    address = url("person_find")
    answer = web.post(address, {"number": "138 1234 5678"})
    page = answer.content.decode()
    assert answer.context["found"] == [person]
    assert PHONE not in page
    assert "138 1234 5678" not in page
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(verb="find").count() == 1
    answer = web.post(address, {"number": "5678"})
    assert answer.context["form"].errors["number"]
    assert web.get(f"{address}?number={PHONE}").context["found"] is None


def test_a_person_is_entered_and_corrected(web, compound):
    sent = {
        "name": "李四光",
        "political_status": "FULL_MEMBER",
        "member_class": "RETIRED",
        "compound": compound.name,
        "phone": "１３９８７６５４３２１",
    }
    answer = web.post(url("person_add"), sent | once())
    person = Person.objects.get()
    assert answer["Location"] == url("person_detail", person.pk)
    assert (person.compound, person.phone_masked) == (compound, "139****4321")
    sent = sent | {"version": "1", "phone": "", "compound": compound.code, "birth_year": "1950"}
    web.post(url("person_edit", person.pk), sent | once())
    person.refresh_from_db()
    assert (person.birth_year, person.phone_masked) == (1950, "139****4321")
    sent |= {"version": "2", "clear_phone": "on"}
    web.post(url("person_edit", person.pk), sent | once())
    person.refresh_from_db()
    assert person.phone_masked == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": "123"}, "phone"),
        ({"identity": "110105194912310021"}, "identity"),
        ({"compound": "没有的院"}, "compound"),
        ({"compound": ""}, "area"),
        ({"birth_year": "2100"}, "birth_year"),
        ({"reported_on": "2099-01-01"}, "reported_on"),
        ({"political_status": "", "member_class": "RETIRED"}, "member_class"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(web, compound, changes, field):
    sent = {"name": "李四", "compound": compound.code, "political_status": "FULL_MEMBER"}
    answer = web.post(url("person_add"), sent | changes | once())
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Person.objects.exists()


def test_two_who_correct_at_once_see_both_versions(web, clerk, person, compound):
    services.change_person(by=clerk, person=person, version=1, changes={"birth_year": 1951})
    sent = {"name": "张三丰", "compound": compound.code, "birth_year": "1952", "version": "1"}
    sent |= {"political_status": "FULL_MEMBER", "member_class": "RETIRED"}
    answer = web.post(url("person_edit", person.pk), sent | once())
    assert [line["name"] for line in answer.context["conflict"]] == ["birth_year"]
    sent["version"] = "2"
    web.post(url("person_edit", person.pk), sent | once())
    person.refresh_from_db()
    assert person.birth_year == 1952


def test_leaving_coming_back_and_deleting(web, person):
    sent = {"left_on": "2026-11-01", "version": "1"}
    web.post(url("person_leave", person.pk), sent | once())
    assert names(web.get(LIST)) == []
    web.post(url("person_return", person.pk), {"version": "2"} | once())
    assert names(web.get(LIST)) == ["张三丰"]
    sent = {"version": "3", "reason": "本人申请"}
    assert web.post(url("person_erase", person.pk), sent | once()).status_code == 200
    web.post(url("person_erase", person.pk), sent | {"is_certain": "on"} | once())
    person.refresh_from_db()
    assert person.is_erased
    assert "张三丰" not in web.get(url("person_detail", person.pk)).content.decode()
    assert not web.get(f"{LIST}?presence=ALL").context["listing"].ids


def test_the_ledger_groups_members_by_compound(web, person, compound, district):
    make_person(compound, name="王居民", political_status="NONE")
    answer = web.get(url("member_ledger"), {"community": district.community.code})
    (group,) = answer.context["groups"]
    assert group["name"] == compound.name
    assert [one["name"] for one in group["members"]] == ["张三丰"]
    assert PHONE not in answer.content.decode()
    counts = web.get(url("member_ledger")).context["places"]
    assert [(line["place"].code, line["total"]) for line in counts] == [
        (district.community.code, 1)
    ]


def test_the_ledger_leaves_as_a_workbook_with_masked_numbers(web, person, compound, district):
    Person.objects.filter(pk=person.pk).update(work_unit="=1+1")
    make_person(make_compound(district.other_community), name="远方人")
    answer = web.get(url("member_export"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row]
    assert {"张三丰", "138****5678", "'=1+1"} <= set(cells)
    assert PHONE not in cells
    assert "远方人" not in cells
    entry = AuditEntry.objects.get(verb="export")
    assert entry.changes["rows"] == [None, 1]


def test_no_ledger_leaves_without_both_rights(client, person, district):
    client.force_login(make_user("finance", "finance_officer", district.area))
    assert client.get(url("member_export")).status_code == 403
    assert client.get(url("member_ledger")).status_code == 403


def test_the_district_keeps_the_classes(client, district):
    client.force_login(make_user("officer", "district_officer", district.area))
    sent = {"code": "TEMP", "name": "临时党员", "position": "9", "is_active": "on"}
    client.post("/admin/people/memberclass/add/", sent)
    assert MemberClass.objects.get(pk="TEMP").name == "临时党员"
    sent = {"name": "临时在册党员", "name_en": "", "position": "9"}
    client.post("/admin/people/memberclass/TEMP/change/", sent)
    row = MemberClass.objects.get(pk="TEMP")
    assert (row.name, row.is_active) == ("临时在册党员", False)
    assert AuditEntry.objects.filter(object_type="people.memberclass").count() == 2


def test_a_person_leads_to_the_duties_and_pairings_held(web, person):
    text = web.get(url("person_detail", person.pk)).content.decode()
    for name in ("party_grid:duty_list", "pairings:pairing_list"):
        assert f"{reverse(name)}?person={person.pk}" in text
