"""Data entry: who may open which table, which rows they see, and what a save does."""

import uuid

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import checks
from django.test import Client
from django.urls import reverse

from compounds.providers.models import Invitation, Provider
from compounds.registry.models import Adjacency, Building, Compound, Entrance
from governance.audit.models import AuditEntry
from governance.organisation.admin_base import ScopedModelAdmin
from governance.organisation.admin_site import scoped_admins_only
from governance.organisation.models import Area, User
from governance.organisation.scope import Role
from tests.factories import (
    make_building,
    make_compound,
    make_invitation,
    make_provider,
    make_user,
)

# Code tables and norms are the district's.
DISTRICT_TABLES = {
    "organisation_area",
    "organisation_specialday",
    "party_grid_dutykind",
    "party_grid_norm",
    "people_memberclass",
    "providers_standard",
}
TABLES = DISTRICT_TABLES | {
    "providers_invitation",
    "providers_provider",
    "providers_providerbase",
    "registry_adjacency",
    "registry_building",
    "registry_compound",
    "registry_entrance",
}


@pytest.fixture
def people(district):
    places = {
        Role.COMMUNITY_WORKER: district.community,
        Role.STREET_CLERK: district.street,
        Role.STREET_LEADER: district.street,
    }
    return {role: make_user(role.value, role, places.get(role, district.area)) for role in Role}


@pytest.fixture
def rows(district):
    """Own, sister's and another street's compound, each with a building and an invitation."""
    provider = make_provider(district.area)
    found = {}
    for key in ("community", "sister_community", "other_community"):
        compound = make_compound(getattr(district, key))
        found[key] = compound
        make_building(compound)
        make_invitation(compound, provider)
    return found


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(table, page="changelist", *args):
    return reverse(f"admin:{table}_{page}", args=args)


def form_of(page, **changes) -> dict:
    """What the browser would send back from a page of data entry."""
    form = page.context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value is None or value == "":
            continue
        data[name] = field.prepare_value(value)
    return {**data, "once": uuid.uuid4().hex, **changes}


# -- the site -----------------------------------------------------------------------------------
def test_every_table_is_scoped_and_the_libraries_have_none():
    tables = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert tables == TABLES
    assert scoped_admins_only(None) == []
    assert not admin.site.is_registered(Group)


def test_a_table_registered_without_scope_stops_the_start(monkeypatch):
    monkeypatch.setitem(admin.site._registry, User, admin.ModelAdmin(User, admin.site))
    assert "organisation.E001" in {one.id for one in checks.run_checks(tags=["admin"])}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_its_own_tables(people, role):
    entered = {
        Role.COMMUNITY_WORKER: {t for t in TABLES if t.startswith("registry")},
        Role.STREET_CLERK: TABLES - DISTRICT_TABLES,
        Role.DISTRICT_OFFICER: TABLES,
    }.get(role, set())
    client = client_of(people[role])
    index = client.get("/admin/")
    assert index.status_code == (200 if entered else 302)
    if not entered:
        assert client.get(index["Location"]).status_code == 403
        return
    listed = {
        f"{app['app_label']}_{model['object_name'].lower()}"
        for app in index.context["app_list"]
        for model in app["models"]
    }
    assert listed == entered
    for table in entered:
        assert client.get(url(table)).status_code == 200
    for table in TABLES - entered - {"organisation_area"}:
        assert client.get(url(table)).status_code == 403


@pytest.mark.parametrize("path", ["/admin/", "/admin/registry/compound/", "/admin/autocomplete/"])
def test_strangers_are_led_to_the_login(client, db, path):
    answer = client.get(path, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/account/login/")


def test_superusers_get_nothing_by_their_flag(db):
    client = client_of(make_user("root", is_superuser=True, is_staff=True))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_sites_own_doors_are_the_products(people):
    client = client_of(people[Role.STREET_CLERK])
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"
    assert client.get("/admin/login/")["Location"] == "/admin/"
    assert client.post("/admin/logout/")["Location"] == "/"
    assert client.get("/admin/").status_code == 200


# -- which rows ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.COMMUNITY_WORKER, {"community"}),
        (Role.STREET_CLERK, {"community", "sister_community"}),
        (Role.DISTRICT_OFFICER, {"community", "sister_community", "other_community"}),
    ],
)
def test_lists_pages_histories_and_searches_show_the_own_area_only(people, rows, role, seen):
    client = client_of(people[role])
    page = client.get(url("registry_compound"))
    listed = {row.pk for row in page.context["cl"].result_list}
    assert listed == {rows[key].pk for key in seen}
    assert client.get(url("registry_building")).context["cl"].result_count == len(seen)
    assert client.get(url("registry_entrance")).context["cl"].result_count == 3 * len(seen)
    for key, row in rows.items():
        building = row.buildings.get()
        status = 200 if key in seen else 404
        for table, pk in (("registry_compound", row.pk), ("registry_building", building.pk)):
            assert client.get(url(table, "change", pk)).status_code == status
            history = client.get(url(table, "history", pk))
            assert history.status_code == (302 if key in seen else 404)
        found = client.get(url("registry_compound"), {"q": row.name}).context["cl"].result_list
        assert (row in found) == (key in seen)


def test_what_lies_outside_answers_like_what_does_not_exist(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    outside = client.get(url("registry_compound", "change", rows["other_community"].pk))
    nowhere = client.get(url("registry_compound", "change", 10**9))
    assert outside.status_code == nowhere.status_code == 404
    assert outside.content == nowhere.content


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "9" * 30, "1%00", "%3Cscript%3E", "1;2", "_3A"])
def test_strange_ids_are_not_found(people, rows, pk):
    client = client_of(people[Role.STREET_CLERK])
    for page in ("change", "history", "delete"):
        answer = client.get(f"/admin/registry/compound/{pk}/{page}/")
        assert answer.status_code in (403, 404)


def autocomplete(client, model, field, term=""):
    app, name = model._meta.app_label, model._meta.model_name
    asked = {"app_label": app, "model_name": name, "field_name": field, "term": term}
    return client.get("/admin/autocomplete/", asked)


def test_autocompletes_offer_the_own_area_only(people, rows, district):
    client = client_of(people[Role.STREET_CLERK])
    for model, field in ((Building, "compound"), (Invitation, "compound"), (Adjacency, "other")):
        found = autocomplete(client, model, field).json()["results"]
        assert {int(one["id"]) for one in found} == {
            rows["community"].pk,
            rows["sister_community"].pk,
        }
        other = rows["other_community"]
        assert autocomplete(client, model, field, other.name).json()["results"] == []
    found = autocomplete(client, Compound, "community").json()["results"]
    assert {one["text"] for one in found} == {
        district.community.name,
        district.sister_community.name,
    }


@pytest.mark.parametrize(
    ("model", "field"), [(User, "id"), (AuditEntry, "actor"), (Area, "parent"), (Building, "name")]
)
def test_autocompletes_of_other_tables_stay_shut(people, model, field):
    worker = client_of(people[Role.COMMUNITY_WORKER])
    answer = autocomplete(worker, model, field)
    assert answer.status_code in (200, 403)
    if answer.status_code == 200:
        assert model is Area
        assert {one["text"] for one in answer.json()["results"]} == {"坞城东社区"}


def test_leaders_and_auditors_get_no_autocomplete(people, rows):
    for role in (Role.LEADER, Role.AUDITOR, Role.FINANCE_OFFICER, Role.ACCOUNT_ADMIN):
        assert autocomplete(client_of(people[role]), Building, "compound").status_code == 302


def test_another_streets_invitation_cannot_be_opened(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    other = rows["other_community"].invitations.get()
    assert client.get(url("providers_invitation", "change", other.pk)).status_code == 404
    assert client.get(url("providers_invitation")).context["cl"].result_count == 2


@pytest.mark.parametrize(
    "table", ["registry_compound", "registry_building", "providers_invitation"]
)
def test_lists_ask_a_fixed_number_of_queries(
    people, district, table, django_assert_max_num_queries
):
    provider = make_provider(district.area)
    for _i in range(30):
        compound = make_compound(district.community)
        make_building(compound)
        make_invitation(compound, provider)
    client = client_of(people[Role.DISTRICT_OFFICER])
    client.get(url(table))
    with django_assert_max_num_queries(14):
        client.get(url(table))


# -- writing ---------------------------------------------------------------------------------------
def test_a_compound_is_entered_by_the_service(people, district):
    client = client_of(people[Role.STREET_CLERK])
    form = {
        "community": district.community.pk,
        "name": "新录小区",
        "kind": "COMPOUND",
        "household_count": "120",
        "floor_area_m2": "5600.25",
        "problem_tags": ["NO_MONEY", "DIRTY"],
        "once": uuid.uuid4().hex,
    }
    answer = client.post(url("registry_compound", "add"), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Compound.objects.get(name="新录小区")
    assert row.code == f"{district.community.code}-0001"
    assert row.problem_tags == " DIRTY NO_MONEY "
    assert row.street == district.street
    assert AuditEntry.objects.get(verb="add").object_id == str(row.pk)
    assert row.history.count() == 1
    again = client.post(url("registry_compound", "add"), form)
    assert again["Location"] == answer["Location"]
    assert Compound.objects.count() == 1


def test_a_compound_is_corrected_by_the_service(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    row = rows["community"]
    page = client.get(url("registry_compound", "change", row.pk))
    form = form_of(page, household_count="95")
    assert client.post(page.request["PATH_INFO"], form).status_code == 302
    row.refresh_from_db()
    assert (row.household_count, row.version) == (95, 2)
    assert AuditEntry.objects.get(verb="change").changes == {"household_count": [80, 95]}


def test_nothing_changed_is_nothing_recorded(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    page = client.get(url("registry_compound", "change", rows["community"].pk))
    assert client.post(page.request["PATH_INFO"], form_of(page)).status_code == 302
    rows["community"].refresh_from_db()
    assert rows["community"].version == 1
    assert not AuditEntry.objects.filter(verb="change").exists()


def test_the_second_of_two_clerks_is_shown_both_versions(people, rows, district):
    mine = client_of(people[Role.STREET_CLERK])
    theirs = client_of(people[Role.DISTRICT_OFFICER])
    path = url("registry_compound", "change", rows["community"].pk)
    page = mine.get(path)
    their_page = theirs.get(path)
    theirs.post(path, form_of(their_page, household_count="111"))
    answer = mine.post(path, form_of(page, household_count="95"))
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert "111" in str(form.errors["household_count"])
    assert form["household_count"].value() == "95"
    assert Compound.objects.get(pk=rows["community"].pk).household_count == 111
    # Both are on the page now; saving again is saving knowingly.
    again = form_of(page, household_count="95", version_opened=form["version_opened"].value())
    assert mine.post(path, again).status_code == 302
    assert Compound.objects.get(pk=rows["community"].pk).household_count == 95


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"built_year": "2999"}, "built_year"),
        ({"floor_area_m2": "-1"}, "floor_area_m2"),
        ({"household_count": "1e400"}, "household_count"),
        ({"longitude": "nan"}, "longitude"),
        ({"surveyed_on": "2026-02-30"}, "surveyed_on"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"kind": "OTHER"}, "kind"),
        ({"problem_tags": ["OTHER"]}, "problem_tags"),
        ({"latitude": ""}, "latitude"),
        ({"household_count": str(10**12)}, "household_count"),
    ],
)
def test_values_that_cannot_be_are_refused_beside_the_field(people, rows, changes, field):
    client = client_of(people[Role.STREET_CLERK])
    row = rows["community"]
    path = url("registry_compound", "change", row.pk)
    answer = client.post(path, form_of(client.get(path), **changes))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert Compound.objects.get(pk=row.pk).version == 1


def test_decided_fields_place_and_code_cannot_be_sent_along(people, rows, district):
    client = client_of(people[Role.STREET_CLERK])
    row = rows["community"]
    path = url("registry_compound", "change", row.pk)
    forged = {
        "strategy": "FALLBACK",
        "decision": "DECIDED",
        "status": "DEMOLISHED",
        "verified_on": "2026-01-01",
        "code": "999999999999-0001",
        "community": district.other_community.pk,
        "street": district.other_street.pk,
        "household_count": "95",
    }
    client.post(path, form_of(client.get(path), **forged))
    row.refresh_from_db()
    assert row.household_count == 95
    assert (row.strategy, row.status, row.verified_on) == ("", "ACTIVE", None)
    assert row.code.startswith(district.community.code)
    assert row.community == district.community


@pytest.mark.parametrize("target", ["other_community", "street", "nothing"])
def test_nothing_is_entered_outside_the_own_area(people, district, target):
    pk = 10**9 if target == "nothing" else getattr(district, target).pk
    client = client_of(people[Role.STREET_CLERK])
    form = {"community": pk, "name": "新录小区", "kind": "COMPOUND"}
    answer = client.post(url("registry_compound", "add"), form)
    assert answer.status_code == 200
    assert "community" in answer.context["adminform"].form.errors
    assert not Compound.objects.exists()


def test_rows_outside_cannot_be_written_or_named(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    other = rows["other_community"]
    path = url("registry_compound", "change", other.pk)
    assert client.post(path, {"name": "x", "version_opened": 1}).status_code == 404
    form = {"compound": other.pk, "number": "9号楼", "entrances": "1"}
    answer = client.post(url("registry_building", "add"), form)
    assert "compound" in answer.context["adminform"].form.errors
    form = {
        "compound": other.pk,
        "provider": Provider.objects.get().pk,
        "round": 2,
        "invited_on": "2026-05-01",
        "answer": "WAITING",
    }
    answer = client.post(url("providers_invitation", "add"), form)
    assert "compound" in answer.context["adminform"].form.errors
    assert Building.objects.count() == Invitation.objects.count() == 3


def test_a_merged_compound_is_for_reading_only(people, rows):
    row = rows["community"]
    Compound.objects.filter(pk=row.pk).update(status="MERGED", merged_into=rows["sister_community"])
    client = client_of(people[Role.STREET_CLERK])
    path = url("registry_compound", "change", row.pk)
    assert b'name="_save"' not in client.get(path).content
    assert client.post(path, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("table", sorted(TABLES))
def test_nothing_is_deleted_and_no_action_is_offered(people, rows, table):
    client = client_of(people[Role.DISTRICT_OFFICER])
    model = next(
        m
        for m in admin.site._registry
        if url(table) == url(f"{m._meta.app_label}_{m._meta.model_name}")
    )
    before = model.objects.count()
    row = model.objects.first()
    if row is not None:
        for method in (client.get, client.post):
            assert method(url(table, "delete", row.pk), {"post": "yes"}).status_code == 403
    answer = client.post(url(table), {"action": "delete_selected", "_selected_action": [1]})
    assert answer.status_code in (200, 302, 403)
    assert model.objects.count() == before
    assert not admin.site._registry[model].get_actions(answer.wsgi_request)


@pytest.mark.parametrize("where", ["get", "post"])
def test_windows_of_their_own_are_shut(people, rows, where):
    client = client_of(people[Role.STREET_CLERK])
    path = url("registry_building", "add")
    if where == "get":
        assert client.get(path, {"_popup": 1}).status_code == 404
    else:
        assert client.post(path, {"_popup": 1}).status_code == 404


def test_an_address_may_name_the_compound_to_begin_with(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    path = url("registry_building", "add")
    page = client.get(path, {"compound": rows["community"].pk, "number": "9号楼"})
    assert rows["community"].name in page.content.decode()
    assert "9号楼" not in page.content.decode()
    other = client.get(path, {"compound": rows["other_community"].pk})
    assert rows["other_community"].name not in other.content.decode()
    for strange in ("abc", "9" * 30, "<script>", "-1"):
        assert client.get(path, {"compound": strange}).status_code == 200


# -- buildings, adjacency, providers, areas ------------------------------------------------------
def test_a_building_is_entered_with_its_entrances(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    form = {"compound": rows["community"].pk, "number": "9号楼", "entrances": "1 12\n\n2单元\n"}
    assert client.post(url("registry_building", "add"), form).status_code == 302
    building = Building.objects.get(number="9号楼")
    listed = list(building.entrances.order_by("pk").values_list("number", "household_count"))
    assert listed == [("1", 12), ("2单元", None)]
    path = url("registry_building", "change", building.pk)
    page = client.get(path)
    assert client.post(path, form_of(page, entrances="1 13\n2单元")).status_code == 302
    assert Entrance.objects.get(building=building, number="1").household_count == 13


@pytest.mark.parametrize(
    "entrances", ["1 x", "1 2 3", "x" * 31, "1\n1", "\n".join(map(str, range(201)))]
)
def test_entrances_that_cannot_be_are_refused(people, rows, entrances):
    client = client_of(people[Role.STREET_CLERK])
    form = {"compound": rows["community"].pk, "number": "9号楼", "entrances": entrances}
    answer = client.post(url("registry_building", "add"), form)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Building.objects.filter(number="9号楼").exists()


def test_entrances_are_for_reading(people, rows):
    client = client_of(people[Role.STREET_CLERK])
    entrance = rows["community"].buildings.get().entrances.first()
    path = url("registry_entrance", "change", entrance.pk)
    assert client.get(path).status_code == 200
    assert client.post(path, {"number": "x"}).status_code == 403
    assert client.get(url("registry_entrance", "add")).status_code == 403


@pytest.mark.parametrize("turned", [False, True])
def test_an_adjacency_may_be_typed_in_either_order(people, rows, turned):
    pair = [rows["community"], rows["sister_community"]]
    if turned:
        pair.reverse()
    form = {"compound": pair[0].pk, "other": pair[1].pk, "is_adjacent": "", "reason": "有河相隔"}
    client = client_of(people[Role.STREET_CLERK])
    answer = client.post(url("registry_adjacency", "add"), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Adjacency.objects.get()
    assert row.compound_id < row.other_id
    assert not row.is_adjacent


def test_providers_are_entered_by_district_officers_only(people, rows, district):
    provider = Provider.objects.get()
    clerk, officer = (client_of(people[r]) for r in (Role.STREET_CLERK, Role.DISTRICT_OFFICER))
    path = url("providers_provider", "change", provider.pk)
    assert clerk.get(path).status_code == 200
    assert clerk.post(path, {"name": "x"}).status_code == 403
    assert clerk.get(url("providers_provider", "add")).status_code == 403
    page = officer.get(path)
    assert officer.post(path, form_of(page, rating="AAA")).status_code == 302
    provider.refresh_from_db()
    assert provider.rating == "AAA"
    assert AuditEntry.objects.get(verb="change").changes == {"rating": ["AA", "AAA"]}


def test_an_area_officer_draws_and_moves_areas(people, rows, district):
    client = client_of(people[Role.DISTRICT_OFFICER])
    path = url("organisation_area", "change", district.street.pk)
    page = client.get(path)
    ring = "[[112.5,37.7],[112.6,37.7],[112.6,37.8],[112.5,37.7]]"
    boundary = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    assert client.post(path, form_of(page, boundary=boundary)).status_code == 302
    assert Area.objects.get(pk=district.street.pk).boundary["type"] == "Polygon"
    for bad in ("{", "[" * 100_000, '{"type":"Point"}', "NaN", '"<script>"'):
        page = client.get(path)
        answer = client.post(path, form_of(page, boundary=bad))
        assert answer.status_code == 200
        assert "boundary" in answer.context["adminform"].form.errors
    recode = url("organisation_area", "recode", district.street.pk)
    version = Area.objects.get(pk=district.street.pk).version
    form = {"code": "140105077", "reason": "令", "version": version}
    assert client.post(recode, form).status_code == 302
    assert Area.objects.get(pk=district.community.pk).code == "140105077001"


@pytest.mark.parametrize("act", ["recode", "merge", "split"])
def test_acts_on_areas_are_for_area_officers(people, district, act):
    path = url("organisation_area", act, district.street.pk)
    assert client_of(people[Role.DISTRICT_OFFICER]).get(path).status_code == 200
    assert client_of(people[Role.STREET_CLERK]).get(path).status_code == 403
    assert client_of(people[Role.STREET_CLERK]).post(path, {"x": 1}).status_code == 403


def test_a_merger_by_page_moves_rows(people, rows, district):
    client = client_of(people[Role.DISTRICT_OFFICER])
    path = url("organisation_area", "merge", district.other_street.pk)
    form = {"into": district.street.pk, "reason": "令", "version": 1, "once": uuid.uuid4().hex}
    assert client.post(path, form).status_code == 302
    rows["other_community"].refresh_from_db()
    assert rows["other_community"].street == district.street


def test_every_table_derives_from_the_scoped_base():
    assert all(isinstance(one, ScopedModelAdmin) for one in admin.site._registry.values())
