"""Ratings, credit points, cards and staff: each with its history, none of it lost."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.providers import entry, questions
from compounds.providers.checks import standing as check
from compounds.providers.models import Card, CreditEvent, RatingEntry, StaffGroup, Standard
from compounds.providers.services import standing
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.factories import make_compound, make_district, make_provider, make_user

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


@pytest.fixture
def firm(district):
    return make_provider(district.area, rating="", staff_count=40)


@pytest.fixture
def web(client, officer):
    client.force_login(officer)
    return client


def rate(by, firm, rating, day, **changes):
    return standing.add_rating(by=by, provider=firm, rating=rating, issued_on=day, **changes)


def test_the_rating_issued_last_is_the_firms_whenever_it_is_entered(officer, firm):
    rate(officer, firm, "A", dt.date(2026, 3, 1), score=Decimal("72.5"), issuer="市协会")
    firm.refresh_from_db()
    assert firm.rating == "A"
    rate(officer, firm, "C", dt.date(2025, 3, 1))
    firm.refresh_from_db()
    assert firm.rating == "A"
    rate(officer, firm, "AA", dt.date(2026, 3, 1))
    firm.refresh_from_db()
    assert (firm.rating, firm.version) == ("AA", 4)
    assert list(check()) == []
    assert AuditEntry.objects.latest("id").changes["rating"] == ["A", "AA"]


def test_a_rating_is_neither_of_a_day_to_come_nor_beyond_its_points(officer, firm):
    with pytest.raises(DomainError):
        rate(officer, firm, "A", dt.date(2026, 11, 24))
    with pytest.raises(ValidationError):
        rate(officer, firm, "A", TODAY, score=Decimal("-1"))
    with pytest.raises(ValidationError):
        rate(officer, firm, "AAAA", TODAY)
    assert not RatingEntry.objects.exists()


def test_a_rating_typed_with_the_facts_joins_the_others_and_cannot_be_wiped(officer, firm):
    entry.change_provider(by=officer, provider=firm, version=1, changes={"rating": "B"})
    assert RatingEntry.objects.get().rating == "B"
    firm.refresh_from_db()
    with pytest.raises(DomainError):
        entry.change_provider(by=officer, provider=firm, version=2, changes={"rating": ""})
    assert list(check()) == []


def test_points_make_the_score_of_their_day(officer, firm):
    for points, day in (("2.5", 1), ("-10", 20), ("3", 23)):
        standing.add_credit_event(
            by=officer,
            provider=firm,
            points=Decimal(points),
            reason="样例",
            on=dt.date(2026, 11, day),
        )
    assert questions.credit_of(firm, TODAY) == (Decimal("75.5"), "A")
    assert questions.credit_of(firm, dt.date(2026, 11, 19)) == (Decimal("82.5"), "AA")


def test_a_district_may_score_by_its_own_scale_from_a_day_on(officer, district, firm):
    facts = {"district": district.area, "effective_from": dt.date(2026, 6, 1), "base": 60}
    entry.add_standard(by=officer, facts={**facts, "b_from": 50, "a_from": 65})
    assert questions.credit_of(firm, TODAY) == (Decimal(60), "B")
    assert questions.credit_of(firm, dt.date(2026, 5, 31)) == (Decimal(80), "AA")
    with pytest.raises(ValidationError):
        entry.add_standard(
            by=officer, facts={**facts, "effective_from": TODAY, "aaa_from": 70, "aa_from": 80}
        )
    assert Standard.objects.count() == 1


def test_only_the_district_gives_points_and_cards(district, firm):
    for role, area in (("street_leader", district.street), ("district_approver", district.area)):
        by = make_user(role, role, area)
        with pytest.raises(NotAllowed):
            standing.add_credit_event(by=by, provider=firm, points=Decimal(1), reason="x", on=TODAY)
        with pytest.raises(NotAllowed):
            give(by, firm)
    far = make_user("far", "district_officer", make_district("140106", "外区").area)
    with pytest.raises(NotAllowed):
        give(far, firm)
    assert not CreditEvent.objects.exists()


def give(by, firm, colour="YELLOW", **changes):
    facts = {"reason": "整改不力", "given_on": TODAY, **changes}
    return standing.give_card(by=by, provider=firm, colour=colour, **facts)


def test_a_card_is_corrected_once(officer, firm):
    card = give(officer, firm, correct_by=dt.date(2026, 12, 1))
    with pytest.raises(DomainError):
        standing.correct_card(
            by=officer, card=card, version=1, corrected_on=dt.date(2026, 11, 22), correction="x"
        )
    facts = {"corrected_on": TODAY, "correction": "已补足人员"}
    standing.correct_card(by=officer, card=card, version=1, **facts)
    with pytest.raises(StaleRecord):
        standing.correct_card(by=officer, card=card, version=1, **facts)
    with pytest.raises(DomainError):
        standing.correct_card(by=officer, card=card, version=2, **facts)


def test_the_page_says_when_a_red_card_is_due(web, officer, firm):
    page = reverse("providers:provider_standing", args=[firm.pk])
    for _ in range(2):
        give(officer, firm)
    assert "应发红牌" not in web.get(page).content.decode()
    give(officer, firm)
    assert "应发红牌" in web.get(page).content.decode()
    give(officer, firm, colour="RED")
    assert "应发红牌" not in web.get(page).content.decode()


def test_a_card_for_a_compound_is_named_to_those_only_who_see_it(client, district, officer, firm):
    compound = make_compound(district.other_community, name="街外院")
    give(officer, firm, compound=compound)
    page = reverse("providers:provider_standing", args=[firm.pk])
    history = reverse("providers:provider_history", args=[firm.pk])
    client.force_login(make_user("clerk", "street_clerk", district.street))
    for url in (page, history):
        assert "街外院" not in client.get(url).content.decode()
    client.force_login(officer)
    assert "街外院" in client.get(page).content.decode()
    assert AuditEntry.objects.filter(object_type="registry.compound", verb="give_card").exists()


def test_a_card_is_given_by_the_code_of_a_compound_one_sees(web, district, firm):
    inside = make_compound(district.community)
    far = make_compound(make_district("140106", "外区").community)
    url = reverse("providers:card_give", args=[firm.pk])
    sent = {"colour": "YELLOW", "reason": "样例", "given_on": "2026-11-23"}
    answer = web.post(url, {**sent, "compound_code": far.code, "once": "a" * 32})
    assert "compound_code" in answer.context["form"].errors
    sent["compound_code"] = inside.code
    assert web.post(url, {**sent, "once": "b" * 32}).status_code == 302
    assert Card.objects.get().compound == inside


# -- staff (S2-6) ----------------------------------------------------------------------------------
def test_forty_people_in_five_groups_are_set_on_one_form(web, firm):
    url = reverse("providers:staff_edit", args=[firm.pk])
    sent = {"ORDER": "１６", "CLEANING": "14", "CUSTOMER_SERVICE": "4", "REPAIR": "4"}
    sent |= {"FINANCE": "2", "version": 1}
    assert web.post(url, {**sent, "once": "a" * 32}).status_code == 302
    assert sum(StaffGroup.objects.values_list("count", flat=True)) == 40
    assert StaffGroup.objects.count() == 5
    page = web.get(reverse("providers:provider_staff", args=[firm.pk]))
    assert not page.context["is_contradicted"]
    stale = web.post(url, {**sent, "ORDER": "17", "once": "b" * 32})
    assert stale.status_code == 302
    assert StaffGroup.objects.get(group="ORDER").count == 16


def test_groups_that_add_up_to_something_else_are_told(web, officer, firm):
    entry.set_staff(by=officer, provider=firm, version=1, counts={"ORDER": 30, "OTHER": None})
    page = web.get(reverse("providers:provider_staff", args=[firm.pk]))
    assert page.context["is_contradicted"]
    assert "分组合计 30 人" in page.content.decode()
    assert AuditEntry.objects.latest("id").changes == {"秩序维护": [None, 30]}


def test_tabs_cost_the_same_however_much_there_is(web, officer, district, firm):
    tabs = ("detail", "staff", "standing", "blacklist", "invitations", "norms", "history")

    def cost(name):
        with CaptureQueriesContext(connection) as seen:
            assert web.get(reverse(f"providers:provider_{name}", args=[firm.pk])).status_code == 200
        return len(seen)

    firm.bases.create(name="东站", longitude=112.5, latitude=37.8)
    give(officer, firm, compound=make_compound(district.community))
    rate(officer, firm, "A", TODAY)
    [cost(name) for name in tabs]
    few = {name: cost(name) for name in tabs}
    for _ in range(12):
        give(officer, firm, compound=make_compound(district.community))
        rate(officer, firm, "A", TODAY)
        firm.bases.create(name=f"基地{_}", longitude=112.5, latitude=37.8)
        standing.add_credit_event(
            by=officer, provider=firm, points=Decimal(1), reason="x", on=TODAY
        )
    assert {name: cost(name) for name in tabs} == few
    assert max(few.values()) <= 16
