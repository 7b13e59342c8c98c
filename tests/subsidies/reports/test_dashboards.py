"""Money on the pages of areas and in the dossier of a compound."""

import datetime as dt
import re
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.foundation import dates
from subsidies.ledger.models import Stage
from subsidies.reports import figures
from tests.factories import make_compound
from tests.scenes import standing
from tests.subsidies.reports import chain
from tests.subsidies.reports.test_pages import make_paid

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today():
    with mock.patch.object(dates, "today", return_value=TODAY):
        yield


@pytest.fixture(scope="module")
def paid(django_db_setup, django_db_blocker):
    with standing(django_db_blocker, make_paid) as scene:
        yield scene


@pytest.fixture
def run(paid, db):
    return paid()


@pytest.mark.parametrize("level", ["area", "street", "community"])
def test_money_of_an_area_opens_a_list_of_just_that_sum(level, run, client):
    client.force_login(run.people.officer)
    area = getattr(run.district, level)
    page = client.get(reverse("dashboards:area_clearing", args=[area.code]))
    lines = page.context["campaign"].money
    assert [line.amount > 0 for line in lines] == [True, False, True, False]
    shown = ("committed", "owed", "paid", "to_recover")
    for line, name in zip(lines, shown, strict=True):
        assert f"{line.amount:,.2f}" in page.content.decode()
        answer = client.get(line.href)
        assert answer.context["totals"][name] == line.amount
        assert sum(getattr(one, name) for one in answer.context["lines"]) == line.amount


def test_money_stands_for_today_alone(run, client):
    client.force_login(run.people.officer)
    page = reverse("dashboards:area_clearing", args=[run.district.area.code])
    assert client.get(page, {"as_of": "2026-10-01"}).context["campaign"].money == []


def test_the_dossier_shows_every_month_with_its_voucher(run, client):
    client.force_login(run.people.leader)
    address = reverse("dashboards:dossier_money", args=[run.compound.code])
    text = client.get(address).content.decode()
    row = run.run.entitlements[0]
    assert row.number in text
    assert len(re.findall(r"V000\d", text)) == 2
    assert chain.PAID.isoformat() in text
    assert f"{row.amount:,.2f}" in text
    assert reverse("reports:posting_list") not in text  # a street sees no ledger
    client.force_login(run.people.auditor)
    assert reverse("reports:posting_list") in client.get(address).content.decode()


def test_the_dossier_costs_the_same_for_two_months_as_for_six(run, client):
    client.force_login(run.people.leader)
    address = reverse("dashboards:dossier_money", args=[run.compound.code])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    chain.accrue(run, chain.MONTHS[2:])
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_a_compound_without_a_subsidy_says_so(run, client):
    client.force_login(run.people.leader)
    compound = make_compound(run.district.community, name="样例自管院")
    address = reverse("dashboards:dossier_money", args=[compound.code])
    assert client.get(address).status_code == 200


def test_the_postings_of_a_subsidy_sum_to_nothing_owed(run, client):
    client.force_login(run.people.finance)
    row = run.run.entitlements[0]
    for flow, amount in (("balance", Decimal(0)), ("entitled", row.amount)):
        answer = client.get(reverse("reports:posting_list"), {"holder": row.number, "flow": flow})
        assert answer.context["total"] == amount
    money = figures.money_of(run.people.finance, None, 2026)
    paid = client.get(reverse("reports:posting_list"), {"year": "2026", "stage": Stage.PAID})
    assert paid.context["total"] == money.paid
