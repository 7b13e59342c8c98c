"""The pages: constant numbers of statements, seating on the phone page, and who sees no names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.foundation import dates
from governance.organisation.models import Area
from governance.party_grid.models import Duty, DutyKind, GridCover, Norm, PartyOrganisation
from governance.people.models import Person
from tests.factories import make_building, make_compound, make_person, make_user

from .whole import hold, make_whole

pytestmark = pytest.mark.django_db
LISTS = {
    "organisation_list": {},
    "grid_list": {},
    "grid_list finding": {"finding": "few"},
    "duty_list": {},
    "duty_list expiring": {"state": "expiring", "all": "0"},
    "vacancy_list": {"kind": "CENTRE_HOUSEHOLD"},
    "vacancy_list assistants": {"kind": "ASSISTANT"},
    "overload_list": {},
    "uncovered_list": {"all": "1"},
    "coverage": {"all": "1"},
}


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


@pytest.fixture
def worker(district, client):
    worker = make_user("worker", "community_worker", district.community)
    client.force_login(worker)
    return worker


def statements(client, name: str, query: dict) -> int:
    url = reverse(f"party_grid:{name.split()[0]}")
    client.get(url, query)  # the places of the scope are read once a minute
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, query).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
def test_lists_need_the_same_number_of_statements_whatever_they_show(
    name, district, officer, client
):
    client.force_login(officer)
    whole = make_whole(district.community)
    whole.duties[12].ended_on = dates.today()
    whole.duties[12].save()
    bare = make_compound(district.community)
    doors = make_building(bare, entrances=3).entrances.all()
    busy = make_person(bare)
    for door in doors:
        hold(door, "ENTRANCE_HEAD", "ENTRANCE", busy)
    make_building(make_compound(district.sister_community), entrances=2)
    before = statements(client, name, LISTS[name])
    for community in (district.community, district.sister_community, district.other_community):
        for _number in range(2):
            Duty.objects.filter(pk__in=[d.pk for d in make_whole(community).duties][::3]).update(
                ended_on=dates.today()
            )
    assert statements(client, name, LISTS[name]) == before <= 26


def test_the_heads_of_a_compound_need_the_same_number_of_statements(district, worker, client):
    whole = make_whole(district.community)
    url = reverse("party_grid:compound_heads", args=[whole.compound.code])
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    for number in range(2, 8):
        building = make_building(whole.compound, f"{number}号楼", entrances=4)
        hold(building, "BUILDING_HEAD", "BUILDING")
    with CaptureQueriesContext(connection) as after:
        client.get(url)
    assert len(after) == len(before) <= 12


@pytest.fixture
def yard(district):
    compound = make_compound(district.community)
    make_building(compound, entrances=2)
    return compound


def heads(compound) -> str:
    return reverse("party_grid:compound_heads", args=[compound.code])


def key_of(row) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def test_a_worker_fills_replaces_and_ends_in_the_yard(yard, worker, client):
    building = yard.buildings.get()
    key = key_of(building)
    opened = client.get(heads(yard), {"open": key, "act": "seat"}).context["opened"]
    assert (opened.key, opened.act) == (key, "seat")
    sent = {"open": key, "act": "seat", "kind": "BUILDING_HEAD", "name": "样例楼长"}
    answer = client.post(heads(yard), sent)
    assert answer.status_code == 302
    duty = Duty.objects.held().get()
    assert (duty.person.name, duty.building) == ("样例楼长", building)
    sent = {
        **sent,
        "act": "replace",
        "version": 1,
        "name": "样例接任",
        "ended_on": dates.today().isoformat(),
        "reason": "搬走",
    }
    assert client.post(heads(yard), sent).status_code == 302
    assert Duty.objects.held().get().person.name == "样例接任"
    held = Duty.objects.held().get()
    sent = {**sent, "act": "end", "version": held.version}
    assert client.post(heads(yard), sent).status_code == 302
    assert not Duty.objects.held().exists()


def test_a_name_in_the_register_is_asked_about_before_somebody_is_entered_twice(
    yard, worker, client
):
    known = make_person(yard, name="样例同名")
    door = yard.buildings.get().entrances.first()
    sent = {"open": key_of(door), "kind": "ENTRANCE_HEAD", "name": "样例同名"}
    answer = client.post(heads(yard), sent)
    assert answer.status_code == 200
    assert "who" in answer.context["opened"].form.errors
    assert client.post(heads(yard), {**sent, "who": str(known.pk)}).status_code == 302
    assert Duty.objects.get().person == known
    other = yard.buildings.get().entrances.last()
    client.post(heads(yard), {**sent, "open": key_of(other), "who": "new"})
    assert Person.objects.filter(name="样例同名").count() == 2


def test_somebody_else_was_quicker(yard, worker, client):
    building = yard.buildings.get()
    duty = hold(building, "BUILDING_HEAD", "BUILDING")
    Duty.objects.filter(pk=duty.pk).update(version=2)
    sent = {
        "open": key_of(building),
        "act": "end",
        "version": 1,
        "ended_on": dates.today().isoformat(),
        "reason": "搬走",
    }
    answer = client.post(heads(yard), sent)
    assert answer.status_code == 200
    assert answer.context["opened"].form.errors
    assert Duty.objects.held().exists()


def test_leaders_see_figures_and_organisations_and_no_people(district, client):
    whole = make_whole(district.community)
    person = whole.duties[0].person
    Person.objects.filter(duties__in=whole.duties).update(name="样例某某")
    client.force_login(make_user("leader", "leader", district.area))
    pages = [
        heads(whole.compound),
        reverse("party_grid:organisation_detail", args=[whole.branch.pk]),
        reverse("party_grid:grid_detail", args=[whole.grid.code]),
        *(reverse(f"party_grid:{name}") for name in ("duty_list", "organisation_list")),
        reverse("party_grid:grid_list") + "?columns=head,name",
        reverse("party_grid:duty_list") + f"?columns=person,phone&sort=person&person={person.pk}",
    ]
    for url in pages:
        answer = client.get(url)
        assert answer.status_code == 200
        assert "样例某某" not in answer.content.decode(), url
    found = client.get(reverse("party_grid:duty_list"), {"q": "样例某某"}).context["listing"]
    assert found.counted == len(whole.duties)  # the search by name is none of theirs


def test_an_organisation_is_founded_changed_and_dissolved_on_its_pages(district, worker, client):
    compound = make_compound(district.community)
    url = reverse("party_grid:organisation_add") + f"?area={district.community.code}"
    sent = {"kind": 4, "name": "样例党支部", "reach": "COMPOUND", "compound": compound.pk}
    assert client.post(url, sent).status_code == 302
    row = PartyOrganisation.objects.get()
    assert list(row.compounds.all()) == [compound]
    url = reverse("party_grid:organisation_edit", args=[row.pk])
    sent = {"name": "新名党支部", "reach": "COMPOUND", "compound": compound.pk, "version": 1}
    assert client.post(url, sent).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.covers.count()) == ("新名党支部", 0)
    url = reverse("party_grid:organisation_dissolve", args=[row.pk])
    sent = {"version": 2, "dissolved_on": dates.today().isoformat(), "document_number": "1号"}
    assert client.post(url, sent).status_code == 302
    row.refresh_from_db()
    assert row.dissolved_on == dates.today()


def test_a_grid_is_drawn_and_covers_a_part(district, worker, client, yard):
    url = reverse("party_grid:grid_add") + f"?area={district.community.code}"
    assert client.post(url, {"name": "样例网格", "extent": "", "boundary": ""}).status_code == 302
    cover = reverse("party_grid:grid_cover", args=[f"{district.community.code}001"])
    door = yard.buildings.get().entrances.first()
    sent = {"compound": yard.code, "extent": "parts", "entrances": [door.pk]}
    assert client.post(cover, sent).status_code == 302
    assert GridCover.objects.get().entrance == door
    wrong = reverse("party_grid:grid_edit", args=[f"{district.community.code}001"])
    for text in ("[", '{"type": "Point"}', "[" * 5000):
        answer = client.post(wrong, {"name": "样例网格", "boundary": text, "version": 1})
        assert answer.status_code == 200
        assert "boundary" in answer.context["form"].errors


def test_the_district_sets_its_norms_and_kinds(district, officer, client):
    client.force_login(officer)
    usual = {name: getattr(Norm(), name) for name in Norm().as_rules().__dataclass_fields__}
    sent = {**usual, "district": district.area.pk, "effective_from": "2026-01-01"}
    answer = client.post(reverse("admin:party_grid_norm_add"), {**sent, "head_posts_max": 1})
    assert answer.status_code == 302
    assert Norm.objects.get().head_posts_max == 1
    url = reverse("admin:party_grid_dutykind_change", args=["SAFETY"])
    kind = {"name": "消防员", "name_en": "fire warden", "seat": "BUILDING", "position": 9}
    assert client.post(url, kind).status_code == 302
    assert DutyKind.objects.get(key="SAFETY").name == "消防员"
    hold(make_building(make_compound(district.community)), "SAFETY", "BUILDING")
    answer = client.post(url, {**kind, "seat": "GRID"})
    assert answer.status_code == 200
    assert DutyKind.objects.get(key="SAFETY").seat == "BUILDING"


def test_who_fills_a_seat_filled_meanwhile_is_told_and_loses_nothing(yard, worker, client):
    building = yard.buildings.get()
    duty = hold(building, "BUILDING_HEAD", "BUILDING")
    sent = {"open": key_of(building), "act": "seat", "kind": "BUILDING_HEAD", "name": "样例楼长"}
    answer = client.post(heads(yard), sent)
    text = answer.content.decode()
    assert answer.context["opened"].is_taken
    assert 'role="alert"' in text
    assert not answer.context["opened"].form.errors
    assert 'value="样例楼长"' in text
    assert Duty.objects.held().get() == duty


def test_covering_parts_needs_a_part_and_a_refusal_keeps_the_ticks(district, worker, client, yard):
    client.post(
        reverse("party_grid:grid_add") + f"?area={district.community.code}",
        {"name": "样例网格", "extent": "", "boundary": ""},
    )
    grid = Area.objects.get(code=f"{district.community.code}001")
    cover = reverse("party_grid:grid_cover", args=[grid.code])
    answer = client.post(cover, {"compound": yard.code, "extent": "parts"})
    assert answer.status_code == 200
    assert answer.context["problem"]
    assert not GridCover.objects.exists()
    door = yard.buildings.get().entrances.first()
    sent = {"compound": yard.code, "extent": "somehow", "entrances": [door.pk]}
    (part,) = client.post(cover, sent).context["parts"]
    assert [one["ticked"] for one in part["doors"]] == [True, False]


def test_a_list_is_searched_with_full_width_digits_too(district, officer, client):
    client.force_login(officer)
    whole = make_whole(district.community)
    code = whole.grid.code
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    url = reverse("party_grid:grid_list")
    plain = client.get(url, {"q": code}).context["listing"].ids
    assert plain
    assert client.get(url, {"q": wide}).context["listing"].ids == plain


@pytest.mark.parametrize("name", ["grid_list", "organisation_list", "duty_list"])
def test_lists_lead_to_the_import_for_those_who_import(district, officer, worker, client, name):
    url, door = reverse(f"party_grid:{name}"), reverse("registry:import_add")
    assert door not in client.get(url).content.decode()
    client.force_login(officer)
    assert door in client.get(url).content.decode()


def test_an_ended_duty_of_an_erased_person_says_so(district, officer, client):
    client.force_login(officer)
    duty = make_whole(district.community).duties[0]
    Duty.objects.filter(pk=duty.pk).update(ended_on=dates.today())
    Person.objects.filter(pk=duty.person_id).update(name="")
    answer = client.get(reverse("party_grid:duty_list"), {"state": "ended"})
    assert f'/people/{duty.person_id}/">{Person()}</a>' in answer.content.decode()
