"""Providers' pages: list, reasons why not eligible, invitations and their answers."""

import datetime as dt
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.providers import services
from compounds.providers.models import Invitation, Provider
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from tests.factories import (
    make_compound,
    make_district,
    make_invitation,
    make_provider,
    make_user,
)

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


LIST = "/providers/"


def names(answer):
    found = dict(Provider.objects.values_list("pk", "name"))
    return [found[pk] for pk in answer.context["listing"].ids]


def test_the_list_shows_the_providers_of_ones_district(web, district):
    make_provider(district.area, name="本区物业")
    make_provider(make_district("140106", "迎泽区").area, name="外区物业")
    assert names(web.get(LIST)) == ["本区物业"]


def test_the_list_and_detail_need_the_register(client, district):
    provider = make_provider(district.area)
    client.force_login(make_user("accounts", "account_admin", district.area))
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("providers:provider_detail", args=[provider.pk])).status_code == 404


def test_the_list_costs_the_same_for_5_and_60_rows(web, district):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            web.get(LIST)
        return len(seen)

    for _ in range(5):
        make_provider(district.area)
    cost()
    few = cost()
    for _ in range(55):
        make_provider(district.area)
    assert cost() == few <= 10


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "符合"),
        ({"is_red": False}, "不是红色物业"),
        ({"is_willing": None}, "没有意愿"),
        ({"blacklisted_until": dt.date(2026, 11, 23)}, "在黑名单内"),
        ({"party_form": "NONE"}, "没有党组织"),
    ],
)
def test_every_provider_is_eligible_or_says_why_not(web, district, facts, reason):
    provider = make_provider(district.area, **facts)
    assert reason in web.get(LIST).content.decode()
    shown = bool(names(web.get(f"{LIST}?eligible=true")))
    assert shown == (not provider.lacks(dt.date(2026, 11, 23)))
    assert bool(names(web.get(f"{LIST}?eligible=false"))) != shown


def test_detail_lists_invitations_of_ones_own_area(web, district):
    provider = make_provider(district.area)
    inside = make_compound(district.community, name="街内院")
    outside = make_compound(district.other_community, name="街外院")
    make_invitation(inside, provider)
    make_invitation(outside, provider)
    page = web.get(reverse("providers:provider_detail", args=[provider.pk])).content.decode()
    assert "街内院" in page
    assert "街外院" not in page


def test_an_invitation_is_recorded_with_its_round(web, district):
    compound, provider = make_compound(district.community), make_provider(district.area)
    url = reverse("providers:invitation_add", args=[compound.code])
    data = {"provider": provider.pk, "round": "１", "invited_on": "2026-11-01", "letter": "函1号"}
    assert web.post(url, {**data, "once": "a" * 32}).status_code == 302
    found = Invitation.objects.get()
    assert (found.round, found.street, found.answer) == (1, district.street, "WAITING")
    again = web.post(url, {**data, "once": "b" * 32})
    assert "provider" in again.context["form"].errors
    assert services.next_round(compound) == 1


def test_managed_compounds_and_blacklisted_firms_are_not_invited(district, clerk):
    managed = make_compound(district.community, management_mode="FIRM")
    listed = make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1))
    compound, provider = make_compound(district.community), make_provider(district.area)
    for row, firm in ((managed, provider), (compound, listed)):
        with pytest.raises(DomainError):
            services.invite_provider(
                by=clerk, compound=row, provider=firm, round=1, invited_on=dt.date(2026, 11, 1)
            )
    assert not Invitation.objects.exists()


def test_an_answer_is_recorded_with_its_day_and_in_the_log(web, district):
    row = make_invitation(
        make_compound(district.community),
        make_provider(district.area),
        answer="WAITING",
        answered_on=None,
    )
    url = reverse("providers:answer_record", args=[row.pk])
    data = {"answer": "AGREED_WITH_SUBSIDY", "version": 1}
    bad = ({}, {"answered_on": "2026-05-24"}, {"answered_on": "2999-01-01"})
    for day in bad:
        answer = web.post(url, {**data, **day, "once": f"{next(_token):032x}"})
        assert "answered_on" in answer.context["form"].errors
    assert web.post(url, {**data, "answered_on": "2026-06-01", "once": "c" * 32}).status_code == 302
    row.refresh_from_db()
    assert (row.answer, row.answered_on, row.version) == (
        "AGREED_WITH_SUBSIDY",
        dt.date(2026, 6, 1),
        2,
    )
    assert AuditEntry.objects.get(verb="answer").object_id == str(row.compound_id)


def test_a_stale_answer_is_refused(district, clerk):
    row = make_invitation(make_compound(district.community), make_provider(district.area))
    with pytest.raises(StaleRecord):
        services.record_answer(
            by=clerk, invitation=row, version=7, answer="REFUSED", answered_on=dt.date(2026, 6, 1)
        )


@pytest.mark.parametrize("name", ["invitation_add", "answer_record"])
def test_inviting_needs_the_scope_and_the_right(client, district, name):
    inside, outside = make_compound(district.community), make_compound(district.other_community)
    provider = make_provider(district.area)

    def url(row):
        if name == "invitation_add":
            return reverse(f"providers:{name}", args=[row.code])
        return reverse(f"providers:{name}", args=[make_invitation(row, provider).pk])

    inside, outside = url(inside), url(outside)
    client.force_login(make_user("clerk", "street_clerk", district.street))
    assert client.get(inside).status_code == 200
    assert client.get(outside).status_code == 404
    client.force_login(make_user("worker", "community_worker", district.community))
    assert client.get(inside).status_code == 403


def asked(answer):
    found = {row.pk: row.compound.name for row in Invitation.objects.select_related("compound")}
    return [found[pk] for pk in answer.context["listing"].ids]


def test_invitations_wait_oldest_first_and_are_cut_to_ones_places(web, district):
    firm, page = make_provider(district.area), reverse("providers:invitation_list")
    waiting = {"answer": "WAITING", "answered_on": None}
    rows = [
        make_invitation(
            make_compound(area, name=name), firm, invited_on=dt.date(2026, 5, day), **facts
        )
        for area, name, day, facts in (
            (district.community, "新函院", 20, waiting),
            (district.sister_community, "旧函院", 3, waiting),
            (district.other_community, "街外院", 2, waiting),
            (district.community, "已答院", 1, {}),
        )
    ]
    answer = web.get(page)
    assert asked(answer) == ["旧函院", "新函院"]
    assert reverse("providers:answer_record", args=[rows[0].pk]) in answer.content.decode()
    assert asked(web.get(f"{page}?answer=ALL")) == ["已答院", "旧函院", "新函院"]
    assert asked(web.get(f"{page}?answer=AGREED&round=1&q=已答")) == ["已答院"]
    assert asked(web.get(f"{page}?answer=ALL&round=2")) == []
    assert asked(web.get(f"{page}?community={district.sister_community.code}")) == ["旧函院"]
    assert asked(web.get(f"{page}?street={district.other_street.code}")) == []


def test_only_who_may_record_an_answer_finds_the_door_to_it(client, district):
    waiting = {"answer": "WAITING", "answered_on": None}
    row = make_invitation(
        make_compound(district.community), make_provider(district.area), **waiting
    )
    client.force_login(make_user("leader", "leader", district.area))
    page = client.get(reverse("providers:invitation_list")).content.decode()
    assert row.compound.name in page
    assert reverse("providers:answer_record", args=[row.pk]) not in page


def test_the_list_of_invitations_costs_the_same_for_3_and_40_rows(web, district):
    page, firm = reverse("providers:invitation_list"), make_provider(district.area)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert web.get(page).context["listing"].ids
        return len(seen)

    def add(count):
        for _ in range(count):
            compound = make_compound(district.community, refresh=False)
            make_invitation(compound, firm, answer="WAITING", answered_on=None)

    add(3)
    cost()
    few = cost()
    add(37)
    assert cost() == few <= 10


def test_the_desk_names_invitations_without_an_answer(web, district):
    row = make_invitation(
        make_compound(district.community),
        make_provider(district.area),
        answer="WAITING",
        answered_on=None,
    )
    page = web.get(reverse("dashboards:home"))
    door = reverse("providers:invitation_list") + "?answer=WAITING"
    assert door in page.content.decode()
    assert asked(web.get(door)) == [row.compound.name]
