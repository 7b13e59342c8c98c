"""The whole chain with every room's own services: applied for, approved, accrued, paid."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from subsidies.accruals import services as accruals
from subsidies.entitlements.models import Entitlement
from subsidies.payments import services as payments
from subsidies.payments.models import PaymentOrder
from tests.factories import make_provider
from tests.subsidies.accruals.accruing import make_entitlement
from tests.subsidies.entitlements.walking import draft, walk
from tests.subsidies.factories import make_served
from tests.subsidies.payments.owing import make_account

MONTHS = [dt.date(2026, month, 1) for month in range(4, 10)]
LATER = dt.date(2026, 11, 20)
RELEASED, PAID = dt.date(2026, 11, 9), dt.date(2026, 11, 11)
AREAS = ("5600.00", "1234.57", "333.33")


def serve(world) -> list:
    """Three more compounds in service: two of another firm, one of them in another street."""
    people, places = world.people, world.district
    other = make_provider(places.area, name="样例物业乙")
    world.other_provider = other
    rows = [
        make_served(people, places.community, world.provider, name="样例二院"),
        make_served(people, places.community, other, name="样例三院"),
        make_served(people, places.communities[2], other, name="样例四院"),
    ]
    for row, area in zip(rows, AREAS, strict=True):
        row.compound.chargeable_area_m2 = Decimal(area)
        row.compound.save()
    return rows


def approve(world, served) -> list[Entitlement]:
    """The world's own and those of its community walk every step; the far one is approved."""
    near = [one for one in served if one.compound.street_id == world.compound.street_id]
    far = [one for one in served if one not in near]
    rows = walk(world, [draft(world), *(draft(world, one.compound) for one in near)])
    return rows + [make_entitlement(world, one, number="样例-9001") for one in far]


def accrue(world, months=MONTHS) -> None:
    """Every month computed, its days confirmed by both streets, approved into the ledger."""
    people = world.people
    for month in months:
        run = accruals.compute_run(
            by=people.officer, district=world.district.area, month=month, on=LATER
        )
        accruals.execute(run)
        run.refresh_from_db()
        for clerk in (people.clerk, people.far_clerk):
            accruals.confirm_all(by=clerk, run=run)
        accruals.submit_run(by=people.officer, run=run)
        run.refresh_from_db()
        after = dt.date(2026, month.month + 1, 5)
        accruals.approve_run(
            by=people.finance, run=run, document=f"小财社〔2026〕{month.month}号", on=after
        )


def pay(world, failed=()) -> SimpleNamespace:
    """All that is payable, released and paid by voucher; firms of `failed` are refused."""
    people = world.people
    batch = payments.create_disbursement(by=people.finance, indicator=world.indicator, on=RELEASED)
    batch = payments.submit_disbursement(
        by=people.finance, disbursement=batch, version=1, document="小财付〔2026〕1号"
    )
    batch = payments.release_disbursement(
        by=people.cashier, disbursement=batch, version=2, on=RELEASED
    )
    for serial, order in enumerate(PaymentOrder.objects.filter(disbursement=batch), 1):
        is_bad = order.provider_id in failed
        payments.record_result(
            by=people.finance,
            order=order,
            version=order.version,
            outcome="FAILED" if is_bad else "PAID",
            on=None if is_bad else PAID,
            voucher="" if is_bad else f"V{serial:04d}",
            reason="户名不符" if is_bad else "",
        )
    return batch


def whole(world, *, months=MONTHS, failed=()) -> SimpleNamespace:
    """From the application to the voucher."""
    served = serve(world)
    entitlements = approve(world, served)
    accrue(world, months)
    for provider in (world.provider, world.other_provider):
        make_account(world, provider)
    batch = pay(world, failed)
    return SimpleNamespace(served=served, entitlements=entitlements, batch=batch)
