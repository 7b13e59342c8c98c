"""Providers' pages: list, reasons why not eligible, invitations and their answers."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from compounds.providers import rules, services
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


def test_the_list_tells_red_property_from_others(web, district):
    make_provider(district.area, name="红色物业")
    make_provider(district.area, name="普通物业", is_red=False)
    assert names(web.get(f"{LIST}?is_red=true")) == ["红色物业"]
    assert names(web.get(f"{LIST}?is_red=false")) == ["普通物业"]


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


def test_a_firms_page_lists_invitations_of_ones_own_area(web, district):
    provider = make_provider(district.area)
    inside = make_compound(district.community, name="街内院")
    outside = make_compound(district.other_community, name="街外院")
    make_invitation(inside, provider)
    make_invitation(outside, provider)
    page = web.get(reverse("providers:provider_invitations", args=[provider.pk])).content.decode()
    assert "街内院" in page
    assert "街外院" not in page


def invite(by, compound, *firms, round=1, invited_on=dt.date(2026, 11, 1), **changes):
    return services.invite_providers(
        by=by, compound=compound, providers=firms, round=round, invited_on=invited_on, **changes
    )


def test_one_letter_goes_to_several_firms_and_is_recorded_once(web, district):
    compound = make_compound(district.community)
    firms = [make_provider(district.area) for _ in range(3)]
    url = reverse("providers:invitation_add", args=[compound.code])
    data = {"round": "１", "invited_on": "2026-11-01", "letter": "函1号"}
    data["provider"] = [firm.pk for firm in firms[:2]]
    assert web.post(url, {**data, "once": "a" * 32}).status_code == 302
    found = Invitation.objects.order_by("provider")
    assert [(row.provider, row.round, row.letter) for row in found] == [
        (firm, 1, "函1号") for firm in firms[:2]
    ]
    assert {(row.street, row.answer, row.version) for row in found} == {
        (district.street, "WAITING", 1)
    }
    assert Invitation.history.filter(history_type="+").count() == 2
    again = {**data, "provider": [firm.pk for firm in firms], "once": "b" * 32}
    answer = web.post(url, again, follow=True)
    assert "2 家此前已在本轮受邀" in answer.content.decode()
    assert Invitation.objects.count() == AuditEntry.objects.filter(verb="invite").count() == 3
    assert services.next_round(compound) == 1


def test_inviting_costs_the_same_for_2_and_30_firms(district, clerk):
    def cost(count):
        compound = make_compound(district.community)
        firms = [make_provider(district.area) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            assert len(invite(clerk, compound, *firms)) == count
        return len(seen)

    cost(1)
    assert cost(2) == cost(30)


def test_one_firm_that_cannot_be_asked_stops_the_letter(district, clerk):
    compound, fine = make_compound(district.community), make_provider(district.area)
    listed = make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1))
    foreign = make_provider(make_district("140106", "迎泽区").area)
    managed = make_compound(district.community, management_mode="FIRM")
    for row, firm, changes in (
        (compound, listed, {}),
        (compound, foreign, {}),
        (managed, fine, {}),
        (compound, fine, {"invited_on": dt.date(2026, 11, 24)}),
        (compound, fine, {"round": 0}),
    ):
        with pytest.raises((DomainError, ValidationError)), transaction.atomic():
            invite(clerk, row, fine, firm, **changes)
    assert not Invitation.objects.exists()


def test_the_page_lists_eligible_firms_first_with_reasons(web, district):
    compound = make_compound(district.community, chargeable_area_m2=Decimal("5500.00"))
    grey = make_provider(district.area, name="甲企", is_red=False)
    full = make_provider(district.area, name="乙企", served_area_m2=Decimal("499000.00"))
    far = make_provider(district.area, name="丙企")
    far.bases.create(name="远处", longitude=113.56, latitude=37.78)
    fine = make_provider(district.area, name="丁企")
    fine.bases.create(name="近处", longitude=112.57, latitude=37.78)
    listed = make_provider(district.area, name="戊企", blacklisted_until=dt.date(2027, 1, 1))
    make_invitation(compound, fine, answer="REFUSED")
    page = web.get(reverse("providers:invitation_add", args=[compound.code]))
    rows = {one.provider: one for one in page.context["candidates"]}
    assert next(iter(rows)) == fine
    assert page.context["round"] == 2
    assert rows[fine].is_eligible
    assert (rows[fine].metres, rows[fine].last.answer) == (880, "REFUSED")
    assert rows[fine].room_left_m2 == Decimal("500000.00")
    assert [rows[firm].reasons for firm in (grey, full, far)] == [
        ("不是红色物业",),
        ("剩余承接能力不足",),
        ("超出服务半径",),
    ]
    assert "2027-01-01" in rows[listed].bar
    assert page.content.decode().count(" disabled>") == 1


def test_the_page_costs_the_same_for_3_and_30_firms(web, district):
    url = reverse("providers:invitation_add", args=[make_compound(district.community).code])

    def cost(count):
        for _ in range(count):
            make_provider(district.area).bases.create(name="基地", longitude=112.5, latitude=37.7)
        with CaptureQueriesContext(connection) as seen:
            web.get(url)
        return len(seen)

    cost(1)
    assert cost(2) == cost(27)


def test_the_rule_and_the_question_to_the_database_agree(district):
    today = dt.date(2026, 11, 23)
    changes = [{}]
    changes += [{name: value} for name in rules.FLAGS for value in (False, None)]
    changes = [one for one in changes if one != {"is_red": None}]
    changes += [{"party_form": form} for form in ("", *Provider.PartyForm.values)]
    changes += [{"blacklisted_until": today + dt.timedelta(days=days)} for days in (-1, 0, 1)]
    for one in changes:
        make_provider(district.area, **one)
    firms = Provider.objects.all()
    by_rule = {firm.pk for firm in firms if not firm.lacks(today)}
    assert set(firms.eligible(today).values_list("pk", flat=True)) == by_rule
    assert 0 < len(by_rule) < len(firms)


def test_the_log_keeps_the_code_of_an_answer_and_shows_the_word(client, district, clerk):
    (row,) = invite(clerk, make_compound(district.community), make_provider(district.area))
    with translation.override("en"):
        services.record_answer(
            by=clerk, invitation=row, version=1, answer="REFUSED", answered_on=dt.date(2026, 11, 2)
        )
    entry = AuditEntry.objects.get(verb="answer")
    assert entry.changes["answer"] == ["WAITING", "REFUSED"]
    client.force_login(make_user("auditor", "auditor", district.area))
    for page in (
        reverse("audit:entry_list"),
        reverse("dashboards:dossier_history", args=[row.compound.code]),
    ):
        text = client.get(page).content.decode()
        assert "拒绝" in text
        assert "REFUSED" not in text
        assert "轮次" in text


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
