"""Pages of money before any is paid, and what waits or failed: each in a district of its own."""

import datetime as dt
from unittest import mock

import pytest

from governance.foundation import dates
from subsidies.accruals.models import Accrual
from subsidies.reports import exceptions
from tests.factories import make_user
from tests.subsidies.reports import chain
from tests.subsidies.reports.test_pages import PAGES, TODAY, counted, get

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with mock.patch.object(dates, "today", return_value=TODAY):
        yield


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_without_any_money(name, district, client):
    client.force_login(make_user("somebody", "finance_officer", district.area))
    assert get(client, name, PAGES[name]).status_code == 200


def test_months_payable_for_too_long_are_named(world):
    chain.approve(world, [])
    chain.accrue(world, chain.MONTHS[:1])
    run = Accrual.objects.get().run
    run.approved_at = dates.end_of_day(TODAY - dt.timedelta(days=30))
    run.save()
    assert "overdue" not in counted(world)
    run.approved_at = dates.end_of_day(TODAY - dt.timedelta(days=31))
    run.save()
    assert counted(world)["overdue"] == 1
    (line,) = exceptions.BY_KEY["overdue"].lines(world.people.finance, TODAY)
    assert line.amount == Accrual.objects.get().due


def test_a_failed_payment_is_named_until_it_is_in_a_batch_again(world):
    chain.approve(world, [])
    chain.accrue(world, chain.MONTHS[:1])
    chain.make_account(world, world.provider)
    chain.pay(world, failed={world.provider.pk})
    assert counted(world)["failed"] == 1
    with mock.patch.object(chain, "PAID", chain.PAID + dt.timedelta(days=1)):
        chain.pay(world)
    assert "failed" not in counted(world)
