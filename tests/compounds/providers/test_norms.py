"""Norms of cost: the district's, a firm's own, the reference table; shares and the campaign."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.providers import entry, questions, rules, serving
from compounds.providers.candidates import candidates
from compounds.providers.models import CostNorm
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
def web(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def campaign(monkeypatch):
    """What the campaign tells; nothing at first."""
    told = {}
    monkeypatch.setattr(serving, "_sources", [lambda districts: told])
    return told


def facts(district, **changes):
    return {
        "district": district.area,
        "item": "CLEANING",
        "kind": "POSTS",
        "measure": "FLOOR_AREA",
        "quantity": Decimal(12000),
        "monthly_wage": Decimal("2600.00"),
        "source": "区物业中心测算",
        "valid_from": dt.date(2026, 1, 1),
        **changes,
    }


def items(norms):
    return {norm.item: norm for norm in norms}


def test_a_district_without_norms_reckons_with_the_reference_table(district):
    found = questions.norms_for(district.area.pk, as_of=TODAY)
    assert found == rules.DEFAULTS
    assert {norm.pk for norm in found} == {None}


def test_a_firms_own_norm_goes_before_the_districts(district, officer):
    firm = make_provider(district.area)
    entry.add_norm(by=officer, facts=facts(district))
    own = entry.add_norm(by=officer, facts=facts(district, provider=firm, quantity=Decimal(15000)))
    whole = items(questions.norms_for(district.area.pk, as_of=TODAY))
    its = items(questions.norms_for(district.area.pk, firm.pk, as_of=TODAY))
    assert whole.keys() == {"CLEANING"}
    assert whole["CLEANING"].quantity == 12000
    assert (its["CLEANING"].quantity, its["CLEANING"].pk) == (15000, own.pk)
    other = make_provider(district.area)
    assert items(questions.norms_for(district.area.pk, other.pk, as_of=TODAY)) == whole


def test_a_firms_own_norm_stands_beside_the_reference_table(district, officer):
    firm = make_provider(district.area)
    entry.add_norm(by=officer, facts=facts(district, provider=firm))
    its = items(questions.norms_for(district.area.pk, firm.pk, as_of=TODAY))
    assert its["CLEANING"].is_own
    assert its.keys() == {norm.item for norm in rules.DEFAULTS}


def test_norms_count_from_and_until_their_days(district, officer):
    entry.add_norm(by=officer, facts=facts(district, valid_until=dt.date(2026, 6, 30)))
    entry.add_norm(
        by=officer,
        facts=facts(district, valid_from=dt.date(2026, 7, 1), quantity=Decimal(10000)),
    )

    def quantity(day):
        found = items(questions.norms_for(district.area.pk, as_of=day))
        return found["CLEANING"].quantity if "CLEANING" in found else None

    assert quantity(dt.date(2026, 6, 30)) == 12000
    assert quantity(dt.date(2026, 7, 1)) == 10000
    assert quantity(dt.date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": None},
        {"quantity": Decimal(0)},
        {"monthly_wage": None},
        {"kind": "COST"},
        {"kind": "PERCENT", "percent": Decimal(10)},
        {"kind": "PERCENT", "measure": "WAGES", "percent": Decimal(201)},
        {"measure": "WAGES"},
        {"source": ""},
        {"valid_until": dt.date(2025, 12, 31)},
    ],
)
def test_a_norm_that_cannot_be_reckoned_with_is_refused(district, officer, changes):
    with pytest.raises(ValidationError):
        entry.add_norm(by=officer, facts=facts(district, **changes))


def test_an_item_has_one_norm_from_a_day(district, officer):
    entry.add_norm(by=officer, facts=facts(district))
    with pytest.raises(ValidationError):
        entry.add_norm(by=officer, facts=facts(district))
    with pytest.raises(IntegrityError), transaction.atomic():
        CostNorm.objects.create(**facts(district))
    firm = make_provider(make_district("140106", "外区").area)
    with pytest.raises(ValidationError):
        entry.add_norm(by=officer, facts=facts(district, provider=firm))


def test_the_reference_table_is_taken_over_once(web, district, officer):
    assert web.post(reverse("providers:norm_adopt"), {"once": "a" * 32}).status_code == 302
    assert CostNorm.objects.count() == len(rules.DEFAULTS)
    own = items(questions.norms_for(district.area.pk, as_of=TODAY))
    usual = items(rules.DEFAULTS)
    assert own.keys() == usual.keys()
    for name in own:
        for field in ("kind", "measure", "quantity", "monthly_wage", "amount", "percent"):
            assert getattr(own[name], field) == getattr(usual[name], field)
    with pytest.raises(DomainError):
        entry.adopt_norms(by=officer, district=district.area, valid_from=TODAY)


def test_norms_are_the_districts_business(district, officer):
    norm = entry.add_norm(by=officer, facts=facts(district))
    clerk = make_user("clerk", "street_clerk", district.street)
    with pytest.raises(NotAllowed):
        entry.change_norm(by=clerk, norm=norm, version=1, changes={"quantity": Decimal(1)})
    entry.change_norm(by=officer, norm=norm, version=1, changes={"quantity": Decimal(9000)})
    with pytest.raises(StaleRecord):
        entry.change_norm(by=officer, norm=norm, version=1, changes={"quantity": Decimal(8000)})


def test_the_form_of_a_norm_says_what_is_missing(web, district):
    url = reverse("providers:norm_add")
    sent = {"item": "LIFT", "kind": "COST", "measure": "LIFTS", "source": "维保合同"}
    sent |= {"evidence": "STATED", "valid_from": "2026-01-01"}
    answer = web.post(url, {**sent, "once": "a" * 32})
    assert answer.context["form"].errors.keys() == {"amount"}
    assert web.post(url, {**sent, "amount": "4,800", "once": "b" * 32}).status_code == 302
    assert CostNorm.objects.get().amount == Decimal("4800.00")
    page = web.get(reverse("providers:norm_list")).content.decode()
    assert "每部电梯每年 4,800.00 元" in page


# -- shares and the campaign -----------------------------------------------------------------------
def test_until_the_campaign_tells_shares_are_those_filed(monkeypatch, district):
    monkeypatch.setattr(serving, "_sources", [])
    one = make_provider(district.area, served_count=60, served_area_m2=Decimal(600))
    make_provider(district.area, served_count=67, served_area_m2=Decimal(400))
    found, is_told = questions.shares_of(district.area.pk, TODAY)
    assert not is_told
    assert {share.provider: share.count_percent for share in found}[one.pk] == Decimal("47.2")


def test_the_campaign_goes_before_what_was_filed_and_both_are_shown(web, district, campaign):
    firm = make_provider(district.area, served_count=3, served_area_m2=Decimal("499000.00"))
    make_provider(district.area)
    campaign[firm.pk] = (60, Decimal("2500.00"))
    found, is_told = questions.shares_of(district.area.pk, TODAY)
    assert is_told
    assert [(share.provider, share.count) for share in found] == [(firm.pk, 60)]
    page = web.get(reverse("providers:share_list"))
    (row,) = page.context["rows"]
    assert row["filed"] == (3, Decimal("499000.00"))
    assert row["left"] == Decimal("-1500.00")
    assert "份额集中" in page.content.decode()
    detail = web.get(reverse("providers:provider_detail", args=[firm.pk])).content.decode()
    assert "60 个小区" in detail


def test_what_the_campaign_gave_is_no_longer_free(district, officer, campaign):
    compound = make_compound(district.community)
    firm = make_provider(district.area)
    (before,) = candidates(officer, compound, round=1, as_of=TODAY)
    assert before.is_eligible
    campaign[firm.pk] = (1, Decimal("499000.00"))
    (after,) = candidates(officer, compound, round=1, as_of=TODAY)
    assert after.room_left_m2 == Decimal("1000.00")
    assert not after.is_eligible


def test_district_pages_cost_the_same_for_3_and_40_firms(web, district, campaign):
    pages = ("share_list", "base_list", "norm_list", "organisation_list", "blacklist_list")

    def cost(name):
        with CaptureQueriesContext(connection) as seen:
            assert web.get(reverse(f"providers:{name}")).status_code == 200
        return len(seen)

    def add(count):
        for _ in range(count):
            firm = make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1))
            firm.bases.create(name="基地", longitude=112.5, latitude=37.8)
            campaign[firm.pk] = (2, Decimal(100))

    add(3)
    [cost(name) for name in pages]
    few = {name: cost(name) for name in pages}
    add(37)
    assert {name: cost(name) for name in pages} == few
    assert max(few.values()) <= 14
