"""Correcting the ticked rows of a list, or all rows that its filters show."""

from urllib.parse import quote

import pytest
from django.urls import reverse

from compounds.registry.models import Compound
from compounds.registry.services import bulk
from compounds.registry.views import bulk as views
from governance.audit.models import AuditEntry
from governance.organisation.scope import Role
from tests.factories import make_compound, make_post, make_user

LIST = "is_unmanaged=true&sort=-household_count&page=2"


@pytest.fixture
def clerk(district):
    return make_user(role=Role.STREET_CLERK, area=district.street)


@pytest.fixture
def web(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def rows(district):
    """Three unmanaged compounds of the clerk's street, one managed, one of another street."""
    for number in range(3):
        make_compound(district.community, name=f"{number}院", household_count=number)
    make_compound(district.community, name="有人管", management_mode="FIRM")
    make_compound(district.other_community, name="外街院")


def address(listed=LIST) -> str:
    return f"{reverse('registry:bulk_edit')}?all=1&list={quote(listed)}&fields=has_committee"


def send(web, seen, act="save", listed=LIST):
    facts = {"fields": "has_committee", "has_committee": "false", "source": "site"}
    sent = {"all": "1", "list": listed, "seen": seen, "act": act, "once": seen[-32:]}
    return web.post(reverse("registry:bulk_edit"), facts | sent)


def seen_of(web, listed=LIST) -> str:
    return web.get(address(listed)).context["selection"].seen


def settled() -> set[str]:
    return set(Compound.objects.filter(has_committee=False).values_list("name", flat=True))


def test_the_list_offers_to_correct_all_its_rows_with_its_filters(web, rows):
    shown = web.get(f"{reverse('registry:compound_list')}?q=院&is_unmanaged=true")
    assert "bulk-edit/?all=1&amp;list=q%3D%25E9%2599%25A2%26is_unmanaged%3Dtrue" in (
        shown.content.decode()
    )


def test_all_filtered_rows_are_shown_then_changed_each_with_its_entry(web, rows):
    shown = send(web, seen_of(web), act="preview")
    page = shown.content.decode()
    assert shown.context["changing"]["count"] == 3
    assert [row.name for row in shown.context["selection"].first] == ["0院", "1院", "2院"]
    assert "外街院" not in page
    assert settled() == set()
    response = send(web, seen_of(web))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('registry:compound_list')}?{LIST}"
    assert settled() == {"0院", "1院", "2院"}
    assert AuditEntry.objects.filter(verb="change").count() == 3
    assert Compound.history.filter(has_committee=False, version=2).count() == 3


@pytest.mark.parametrize("change", ["more", "fewer", "others"])
def test_a_list_that_has_changed_is_asked_about_again(web, rows, district, change):
    seen = seen_of(web)
    if change != "fewer":
        make_compound(district.community, name="新院")
    if change != "more":
        row = Compound.objects.get(name="0院")
        row.management_mode = "FIRM"
        row.save()
    response = send(web, seen)
    assert response.status_code == 409
    assert str(response.context["changed"]) in response.content.decode()
    words = {"more": ("3", "4"), "fewer": ("3", "2"), "others": ()}[change]
    assert all(word in str(response.context["changed"]) for word in words)
    assert settled() == set()
    assert send(web, response.context["selection"].seen).status_code == 302
    assert len(settled()) == {"more": 4, "fewer": 2, "others": 3}[change]


def test_a_list_that_changes_at_the_last_moment_is_not_written(web, clerk, rows):
    found = Compound.objects.filter(is_unmanaged=True)
    with pytest.raises(bulk.SelectionChanged):
        bulk.change_filtered(
            by=clerk,
            rows=found,
            seen=bulk.fingerprint(found.values_list("pk", flat=True)),  # the other street's too
            changes={"has_committee": False},
        )
    assert settled() == set()


def test_only_what_the_writer_may_edit_belongs_to_the_list(client, district, rows):
    seer = make_user(role=Role.LEADER, area=district.area)
    make_post(seer, Role.COMMUNITY_WORKER, district.other_community)
    client.force_login(seer)
    assert send(client, seen_of(client)).status_code == 302
    assert settled() == {"外街院"}


def test_merged_and_demolished_rows_are_left_alone(web, rows):
    Compound.objects.filter(name="0院").update(status="DEMOLISHED")
    listed = "status=ALL&is_unmanaged=true"
    assert send(web, seen_of(web, listed), listed=listed).status_code == 302
    assert settled() == {"1院", "2院"}
    assert b'name="fields"' not in web.get(address("status=DEMOLISHED")).content


@pytest.mark.parametrize("listed", ["household_count_min=x", "strategy=NONE", "as_of=2026-01-01"])
def test_filters_that_cannot_be_understood_are_not_left_out(web, rows, listed):
    response = web.get(address(listed))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('registry:compound_list')}?{listed}"
    assert send(web, "4.x", listed=listed).status_code == 302
    assert settled() == set()


def test_a_list_above_the_limit_is_to_be_narrowed(web, rows, monkeypatch):
    monkeypatch.setattr(views, "MOST_FILTERED", 2)
    response = web.get(address(), follow=True)
    assert any("2" in str(message) for message in response.context["messages"])
    assert settled() == set()


def test_where_to_return_is_always_the_list(web, rows):
    back = web.get(address("//evil.example/?x=<script>")).context["selection"].back
    assert back.startswith(f"{reverse('registry:compound_list')}?")
    assert "<" not in back


@pytest.mark.parametrize("name", ["bulk_edit", "verify"])
def test_ticked_rows_return_to_the_list_they_came_from(web, rows, name):
    pk = Compound.objects.get(name="0院").pk
    sent = {"ids": pk, "list": LIST, "fields": "has_committee", "has_committee": "false"}
    url = reverse(f"registry:{name}")
    assert LIST.replace("&", "&amp;") in web.get(url, {"ids": pk, "list": LIST}).content.decode()
    response = web.post(url, sent | {"source": "site", "act": "save", "once": "c" * 32})
    assert response["Location"] == f"{reverse('registry:compound_list')}?{LIST}"


def test_a_leader_corrects_no_list(client, district, rows):
    client.force_login(make_user(role=Role.LEADER, area=district.area))
    assert client.get(address()).status_code == 403


def test_a_whole_list_takes_as_many_statements_as_a_short_one(
    web, district, django_assert_max_num_queries
):
    for number in range(60):
        make_compound(district.community, name=f"{number}院", refresh=False)
    seen = seen_of(web)
    with django_assert_max_num_queries(45):
        send(web, seen)
    assert len(settled()) == 60
