"""Pages of clusters: the list and its figures, one cluster, its checks and its switch."""

import datetime as dt
import io
import itertools

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.clusters import figures
from governance.clusters.models import Cluster, FiveHave
from governance.foundation import dates
from governance.organisation.models import Area
from tests.factories import make_compound, make_person
from tests.governance.clusters.world import check, make_cluster, make_passing, make_world

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
    address = reverse(f"clusters:{name}", args=args)
    return address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def send(web, address, **said):
    return web.post(address, {"once": f"{next(_token):032x}", **said})


def test_figures_equal_the_lists_they_open(web, world):
    make_passing(world)
    half = make_cluster(world, "P02", area=world.district.street)
    check(world, half, "VENUE", by=world.officer)
    make_cluster(world, "P03", area=world.district.other_community)
    for user, area, total in (
        (world.officer, world.district.area, 3),
        (world.leader, world.district.street, 2),
        (world.clerk, world.district.street, 2),
        (world.worker, world.district.community, 1),
    ):
        web.force_login(user)
        found = figures.figures(user, Area.objects.get(pk=area.pk))
        for one in found:
            assert one.total == total
            assert web.get(one.url).context["listing"].counted == one.count, one.key
            if one.missing_url:
                listing = web.get(one.missing_url).context["listing"]
                assert listing.counted == one.missing, one.key
    counts = {one.key: one.count for one in figures.figures(world.officer, world.district.area)}
    assert (counts["passing"], counts["VENUE"], counts["clusters"]) == (1, 2, 3)


def test_pages_take_a_constant_number_of_queries(web, world):
    def count(address):
        web.get(address)
        with CaptureQueriesContext(connection) as found:
            assert web.get(address).status_code == 200
        return len(found)

    cluster = make_passing(world)
    pages = [url("cluster_list"), url("cluster_detail", cluster.pk)]
    before = [count(page) for page in pages]
    for i in range(5):
        compound = make_compound(world.district.community)
        make_person(compound)
        cluster.members.create(compound=compound)
        make_cluster(world, f"Q{i}")
    assert [count(page) for page in pages] == before
    with CaptureQueriesContext(connection) as queries:
        figures.figures(world.officer, world.district.area)
    assert len(queries) <= 2


def test_the_list_shows_each_item_as_mark_and_word(web, world):
    make_passing(world)
    make_cluster(world, "P02")
    text = web.get(url("cluster_list")).content.decode()
    assert text.count("✓") == 5
    assert text.count('class="unk">?') == 5
    text = web.get(url("cluster_list", missing="VENUE")).content.decode()
    assert "样例P02片区" in text
    assert "样例P01片区" not in text


def test_a_cluster_is_entered_and_gets_its_compounds(web, world):
    web.force_login(world.worker)
    answer = send(
        web,
        url("cluster_add"),
        area=world.district.community.pk,
        code="140105001001-P07",
        name="样例七片区",
        organisation=world.branch.pk,
    )
    cluster = Cluster.objects.get()
    assert answer["Location"] == url("cluster_compounds", cluster.pk)
    page = web.get(answer["Location"])
    assert "样例1院" in page.content.decode()
    said = {"version": 1, "compounds": [c.pk for c in world.compounds[:2]]}
    assert send(web, answer["Location"], **said).status_code == 302
    assert cluster.members.count() == 2


def test_the_page_of_compounds_says_where_each_lies(web, world):
    make_cluster(world, compounds=world.compounds[:1])
    other = make_cluster(world, "P02")
    address = url("cluster_compounds", other.pk)
    assert "（样例P01片区）" in web.get(address).content.decode()
    said = {"version": 1, "compounds": [world.compounds[0].pk]}
    answer = send(web, address, **said)
    assert "样例P01片区" in answer.context["form"].errors["is_moving"][0]
    assert send(web, address, is_moving="on", **said).status_code == 302
    assert other.members.count() == 1


def test_one_cluster_shows_marks_evidence_and_what_the_register_says(web, world):
    cluster = make_passing(world)
    check(world, cluster, "VENUE", evidence="1号楼一层", premises="IDLE", meets_standard=True)
    text = web.get(url("cluster_detail", cluster.pk)).content.decode()
    for word in ("1号楼一层", "样例片区党支部", "样例1院", "worker", "2026-11-23", "156N"):
        assert word in text
    world.branch.dissolved_on, world.branch.dissolution_document = TODAY, "样例文"
    world.branch.save()
    page = web.get(url("cluster_detail", cluster.pk))
    assert page.context["in_place"] == 4


def test_a_check_is_saved_or_refused_beside_its_field(web, world):
    cluster = make_cluster(world, compounds=world.compounds[:3])
    address = url("item_check", cluster.pk, item="LEDGER")
    said = {"is_met": "true", "evidence": "台账", "checked_on": "2026-11-20", "version": 1}
    answer = send(web, address, **said)
    assert "样例3院" in answer.context["form"].errors["is_met"][0]
    said["without_members"] = [world.compounds[2].pk]
    assert send(web, address, **said).status_code == 302
    row = FiveHave.objects.get(cluster=cluster, item="LEDGER")
    assert (row.is_met, row.checked_on) == (True, dt.date(2026, 11, 20))
    said = {"is_met": "true", "evidence": "", "checked_on": "2026-11-20", "version": 1}
    answer = send(web, url("item_check", cluster.pk, item="CONTACT"), **said)
    assert "evidence" in answer.context["form"].errors
    assert web.get(url("item_check", cluster.pk, item="NONSENSE")).status_code == 404


def test_emergency_mode_is_switched_by_a_post_with_a_reason(web, world):
    cluster = make_cluster(world)
    address = url("emergency_switch", cluster.pk)
    assert web.get(address).status_code == 405
    answer = send(web, address, version=1, is_emergency="1", reason="")
    assert "reason" in answer.context["form"].errors
    assert send(web, address, version=1, is_emergency="1", reason="暴雨").status_code == 302
    cluster.refresh_from_db()
    assert cluster.is_emergency
    assert web.get(url("cluster_list", emergency="true")).context["listing"].counted == 1
    web.force_login(world.leader)
    assert send(web, address, version=2, is_emergency="0", reason="止").status_code == 403


def test_the_workbook_holds_what_the_list_shows_and_is_recorded(web, world):
    make_passing(world)
    make_cluster(world, "P02")
    answer = web.get(url("cluster_export", passes="true"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book["片区五有清单"].iter_rows(values_only=True))
    assert any("P01" in row for row in rows)
    assert not any("P02" in row for row in rows)
    assert AuditEntry.objects.filter(verb="export").count() == 1
