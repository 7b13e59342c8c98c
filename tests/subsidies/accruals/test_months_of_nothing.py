"""A month accrued with nothing is accrued all the same: no change reaches back into it."""

import datetime as dt

import pytest

from governance.foundation import dates
from governance.foundation.errors import DomainError
from subsidies.accruals.models import Accrual
from subsidies.entitlements import services
from subsidies.entitlements.services.courses import accrued_months
from tests.subsidies.accruals.accruing import APRIL, make_entitlement, posted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 20))


def test_a_month_without_a_day_of_service_counts_as_accrued(world):
    row = make_entitlement(world)
    officer = world.people.officer
    row = services.suspend(by=officer, entitlement=row, reason="整改", on=dt.date(2026, 4, 1))
    row = services.resume(by=officer, entitlement=row, on=dt.date(2026, 5, 1))
    posted(world, APRIL)
    line = Accrual.objects.get()
    assert (line.month, line.due, line.days_served) == (APRIL, 0, 0)
    assert accrued_months(row.number, row.district_id) == {APRIL}
    row.refresh_from_db()
    with pytest.raises(DomainError):
        services.suspend(by=officer, entitlement=row, reason="整改", on=dt.date(2026, 4, 20))
