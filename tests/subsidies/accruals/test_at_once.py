"""Several people and workers at the same moment: one run, each line once, posted once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection

from governance.foundation.errors import DomainError
from subsidies.accruals import services
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.ledger.models import Account, Posting
from tests.subsidies.accruals.accruing import APRIL, LATER, make_entitlement, make_more, submitted

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def at_once(act) -> list:
    """What each of several callers got, or its refusal; all begin together."""
    barrier = threading.Barrier(AT_ONCE)

    def run(_number):
        try:
            barrier.wait(timeout=30)
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_one_of_several_officers_opens_the_accrual_and_workers_write_each_line_once(
    world, monkeypatch
):
    make_more(world, 5)
    monkeypatch.setattr(services.computing, "STEP", 2)
    idle = SimpleNamespace(enqueue=lambda pk: None)
    monkeypatch.setattr(services.computing, "carry_out", idle)

    def open_run():
        return services.compute_run(
            by=world.people.officer, district=world.district.area, month=APRIL, on=LATER
        )

    found = at_once(open_run)
    assert len([one for one in found if isinstance(one, AccrualRun)]) == 1
    run = AccrualRun.objects.get()
    at_once(lambda: services.execute(run))
    run.refresh_from_db()
    assert run.computed_at is not None
    assert Accrual.objects.filter(run=run).count() == run.line_count == 5


def test_an_accrual_approved_by_several_at_once_is_posted_once(world):
    world.compound.chargeable_area_m2 = Decimal("5600.00")
    world.compound.save()
    entitlement = make_entitlement(world)
    run = submitted(world)
    found = at_once(lambda: services.approve_run(by=world.people.finance, run=run, document="文"))
    assert len([one for one in found if isinstance(one, AccrualRun)]) == 1
    assert Posting.objects.filter(transaction__kind="ACCRUAL").count() == 1
    payable = Account.objects.get(holder=entitlement.number, stage="PAYABLE")
    assert payable.balance == Decimal("2800.00")
