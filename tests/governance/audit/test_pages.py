"""The log's pages: who reads what, filters, words, the export, an object's history."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from compounds.registry.models import ManagementMode
from compounds.registry.services import compounds
from compounds.registry.services.areas import merge_areas
from governance.audit import services
from governance.audit.models import AuditEntry, ChainCheck
from governance.foundation import dates
from governance.organisation.scope import Role
from tests.factories import make_compound, make_user

LOG = "/audit/"


@pytest.fixture
def people(district):
    return {
        role: make_user(role.value, role, area, display_name=f"某{role.label}")
        for role, area in (
            (Role.AUDIT_ADMIN, district.area),
            (Role.AUDITOR, district.area),
            (Role.STREET_CLERK, district.street),
            (Role.DISTRICT_OFFICER, district.area),
            (Role.SECURITY_ADMIN, district.area),
        )
    } | {"street auditor": make_user("streetaud", Role.AUDITOR, district.street)}


@pytest.fixture
def acts(people, district):
    """The officer corrects a compound here and one in the other street."""
    found = []
    for community in (district.community, district.other_community):
        row = make_compound(community)
        found.append(
            compounds.change_compound(
                by=people[Role.DISTRICT_OFFICER],
                compound=row,
                version=1,
                changes={"household_count": 95, "management_mode": "FIRM"},
                reason="入户核对",
            )
        )
    return found


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def entries(client, **asked):
    return [line.entry for line in client.get(LOG, asked).context["lines"]]


@pytest.mark.parametrize("role", [Role.STREET_CLERK, Role.DISTRICT_OFFICER, Role.SECURITY_ADMIN])
def test_the_log_is_for_auditors(people, acts, role):
    client = client_of(people[role])
    for path in (LOG, f"{LOG}export/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{LOG}verify/").status_code == 403


def test_auditors_of_the_district_read_all_and_of_a_street_their_own(people, acts, district):
    with transaction.atomic():
        services.record("login", people[Role.STREET_CLERK], by=people[Role.STREET_CLERK])
    verbs = [one.verb for one in entries(client_of(people[Role.AUDIT_ADMIN]))]
    assert verbs == ["login", "change", "change"]
    found = entries(client_of(people["street auditor"]))
    assert [one.object_id for one in found] == [str(acts[0].pk)]


def test_changes_are_shown_in_words(people, acts):
    page = client_of(people[Role.AUDITOR]).get(LOG)
    changes = {one.name: (one.before, one.after) for one in page.context["lines"][0].changes}
    modes = tuple(str(ManagementMode(code).label) for code in ("NONE", "FIRM"))
    assert changes == {"户数": ("80", "95"), "现管理方式": modes}
    text = page.content.decode()
    assert "入户核对" in text
    assert f'href="/compounds/{acts[1].code}/"' in text


def test_filters_narrow_the_log(people, acts):
    client = client_of(people[Role.AUDITOR])
    today = dates.today()
    assert len(entries(client, who="某区物业")) == 2
    assert len(entries(client, who=Role.DISTRICT_OFFICER)) == 2
    assert entries(client, who="别人") == []
    assert len(entries(client, verb="change")) == 2
    assert entries(client, verb="login") == []
    assert len(entries(client, kind="registry.compound")) == 2
    assert entries(client, kind="organisation.post") == []
    assert len(entries(client, object=acts[0].name)) == 1
    assert len(entries(client, since=today, until=today)) == 2
    assert entries(client, until=today - dt.timedelta(days=1)) == []
    assert entries(client, since=today + dt.timedelta(days=1)) == []


def test_a_filter_that_cannot_be_is_told_and_left_out(people, acts):
    page = client_of(people[Role.AUDITOR]).get(LOG, {"since": "2026-02-30", "verb": "nothing"})
    assert page.status_code == 200
    assert len(page.context["lines"]) == 2
    assert page.content.decode().count('class="errorlist"') == 2


def test_the_list_asks_a_fixed_number_of_queries(people, acts, django_assert_max_num_queries):
    by = people[Role.DISTRICT_OFFICER]
    with transaction.atomic():
        services.record_many([services.act_on("change", acts[0]) for _i in range(60)], by=by)
    client = client_of(people[Role.AUDITOR])
    client.get(LOG)
    with django_assert_max_num_queries(14):
        client.get(LOG)


def test_an_export_holds_what_is_shown_and_is_itself_recorded(people, acts):
    with transaction.atomic():
        services.record("change", acts[0], by=None, reason="=HYPERLINK(1)")
    answer = client_of(people[Role.AUDITOR]).get(f"{LOG}export/", {"kind": "registry.compound"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    body = rows[3:]
    assert len(body) == 3
    assert any("户数：80 → 95" in str(cell) for row in body for cell in row)
    assert not any(cell.data_type == "f" for row in book.active.iter_rows() for cell in row)
    entry = AuditEntry.objects.filter(verb="export").get()
    assert entry.changes["rows"] == [None, 3]
    assert entry.actor == people[Role.AUDITOR]


def test_the_page_says_how_far_the_chain_was_verified(people, acts):
    client = client_of(people[Role.AUDIT_ADMIN])
    assert client.get(LOG).context["check"] is None
    assert client.post(f"{LOG}verify/").status_code == 302
    assert client.get(LOG).context["check"].length == 2
    assert AuditEntry.objects.filter(verb="verify_chain").count() == 1
    ChainCheck.objects.create(length=1, digest="x", breach="entry 1 was changed")
    assert "entry 1 was changed" in client.get(LOG).content.decode()


def test_a_history_is_read_by_whoever_sees_the_row(people, acts, district):
    path = f"{LOG}objects/registry.compound/{acts[0].pk}/"
    outside = f"{LOG}objects/registry.compound/{acts[1].pk}/"
    clerk = client_of(people[Role.STREET_CLERK])
    assert clerk.get(path).status_code == 200
    assert clerk.get(outside).status_code == 404
    assert clerk.get(f"{LOG}objects/organisation.user/1/").status_code == 404
    assert client_of(people[Role.SECURITY_ADMIN]).get(path).status_code == 404
    assert client_of(people[Role.AUDITOR]).get(outside).status_code == 200


def test_a_history_goes_with_its_compound_when_areas_are_merged(people, acts, district):
    row, path = acts[1], f"{LOG}objects/registry.compound/{acts[1].pk}/"
    dossier = f"/compounds/{row.code}/history/"
    here = client_of(people[Role.STREET_CLERK])
    there = client_of(make_user("there", Role.STREET_CLERK, district.other_street))
    assert (here.get(path).status_code, there.get(path).status_code) == (404, 200)
    source, target = district.other_community, district.community
    merge_areas(
        by=people[Role.DISTRICT_OFFICER],
        area=source,
        into=target,
        version=source.version,
        reason="撤并",
    )
    assert (here.get(path).status_code, there.get(path).status_code) == (200, 404)
    assert "入户核对" in here.get(path).content.decode()
    assert "入户核对" in here.get(dossier).content.decode()
    assert client_of(people[Role.AUDIT_ADMIN]).get(path).status_code == 200


@pytest.mark.parametrize("kind", ["nothing", "a.b", "registry.compound<script>", "registry"])
def test_histories_of_nothing_are_not_found(people, kind):
    assert client_of(people[Role.AUDITOR]).get(f"{LOG}objects/{kind}/1/").status_code == 404


def test_entries_about_rooms_that_are_gone_still_show(people):
    with transaction.atomic():
        services.record_many(
            [services.Act("oddly", "gone.model", "7", "旧物", {"x": [1, None], "y": "z"})], by=None
        )
    assert client_of(people[Role.AUDITOR]).get(LOG).status_code == 200
