"""A new area by document clears the exception; the next difference is told against it."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.foundation import dates
from governance.notices.sources import work_of
from subsidies.entitlements.services import changes
from subsidies.reports import exceptions
from tests.subsidies.accruals.accruing import APRIL, make_entitlement

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = dt.date(2026, 4, 20)
CHANGED = exceptions.BY_KEY["changed"]


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


def surveyed(world, area):
    world.compound.chargeable_area_m2 = D(area)
    world.compound.save()


def told(world) -> list[str]:
    lines = list(CHANGED.lines(world.people.finance, TODAY))
    assert CHANGED.count(world.people.finance, TODAY) == len(lines)
    return [line.words for line in lines]


def test_what_a_document_has_changed_is_no_exception_any_more(world):
    row = make_entitlement(world)
    assert told(world) == []
    surveyed(world, "5000.00")
    assert "5500.00" in told(world)[0]
    change = changes.propose_change(
        by=world.people.officer,
        entitlement=row,
        version=row.version,
        kind="BASIS",
        area_m2=D("5000.00"),
        from_month=APRIL,
        document="小物函〔2026〕3号",
        reason="复测",
    )
    assert len(told(world)) == 1  # proposed alone changes nothing
    changes.approve_change(by=world.people.approver, change=change, version=change.version)
    assert told(world) == []
    assert not [one for one in work_of(world.people.officer) if "kind=changed" in one.url]
    surveyed(world, "4900.00")
    assert "5000.00" in told(world)[0]
    assert "5500.00" not in told(world)[0]
