"""Subsidies that run, are accrued and paid, for the tests of ends, changes and claims."""

import datetime as dt
import itertools
from decimal import Decimal
from unittest import mock

from django.utils import timezone

from governance.foundation import dates
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Stage
from subsidies.ledger.services import Holder, Line, Place
from subsidies.recovery import services
from tests.subsidies.factories import make_served, make_years

STARTS, ENDS = dt.date(2026, 4, 1), dt.date(2026, 9, 30)
MONTHS = [dt.date(2026, month, 1) for month in range(4, 10)]
# 5,500 m² × 0.5 yuan.
MONTHLY = Decimal("2750.00")
TODAY = dt.date(2026, 11, 23)
_serial = itertools.count(1)


def on_day(day: dt.date):
    """The present day is another one."""
    return mock.patch.object(dates, "today", return_value=day)


def approved(world, served=None, indicator=None, **changes) -> Entitlement:
    """A subsidy of six months, approved, with its money committed."""
    people, served = world.people, served or world.served
    indicator = indicator or world.indicator
    facts = {
        "number": f"补2026-{next(_serial):04d}",
        "programme": world.programme,
        "area_m2": Decimal("5500.00"),
        "starts_on": STARTS,
        "ends_on": ENDS,
        "months": 6,
        "amount": MONTHLY * 6,
        "state": "APPROVED",
        "document": "小店房管〔2026〕9号",
        "approved_on": dt.date(2026, 4, 20),
        "prepared_by": people.clerk,
        "checked_by": people.worker,
        "reviewed_by": people.leader,
        "assessed_by": people.second_officer,
        "approved_by": people.second_approver,
        **changes,
    }
    row = Entitlement(
        compound=served.compound,
        provider=served.provider,
        assignment=served.assignment,
        contract=served.contract,
        **facts,
    )
    row.save()
    make_years(row)
    Funding.objects.create(
        entitlement=row,
        payer="DISTRICT",
        percent=100,
        indicator=indicator,
        from_month=row.starts_on.replace(day=1),
    )
    ledger.post(
        by=people.approver,
        district_id=row.district_id,
        kind="COMMITMENT",
        on=row.approved_on,
        key=f"approve:{row.number}",
        document=row.document,
        lines=[
            Line(
                Place(indicator.pk, Stage.AVAILABLE),
                Place(indicator.pk, Stage.COMMITTED, row.number),
                row.amount,
                f"commit:{row.number}:DISTRICT",
            )
        ],
        holders={row.number: Holder(row.programme_id, row.provider_id, row.compound)},
    )
    return row


def another(world, **changes) -> Entitlement:
    """One of another compound of the same firm."""
    served = make_served(world.people, world.district.community, world.provider, **changes)
    return approved(world, served)


def _move(world, row, month, kind, source, target, amount, on, indicator):
    place = {
        stage: Place(indicator.pk, stage, row.number)
        for stage in (Stage.COMMITTED, Stage.PAYABLE, Stage.IN_PAYMENT, Stage.PAID)
    }
    key = f"{kind.lower()}:{row.number}:{month:%Y-%m}:{indicator.pk}:1"
    return ledger.post(
        by=world.people.finance,
        district_id=row.district_id,
        kind=kind,
        on=on,
        key=key,
        lines=[Line(place[source], place[target], amount, key, month)],
    )


def accrue(world, row, months=MONTHS, amount=MONTHLY, indicator=None) -> None:
    """Accrue months, each on the fifth of the next."""
    indicator = indicator or world.indicator
    for month in months:
        on = _next(month, 5)
        run = AccrualRun(
            month=month,
            state="POSTED",
            prepared_by=world.people.officer,
            approved_by=world.people.finance,
            approved_at=timezone.now(),
        )
        run.place_in(world.district.area)
        run.save()
        line = Accrual(
            run=run,
            entitlement=row,
            month=month,
            index=month.month - 3,
            days_served=30,
            days_in_month=30,
            gross=amount,
            deduction=0,
            due=amount,
            state="POSTED",
        )
        line.save()
        args = (Stage.COMMITTED, Stage.PAYABLE, amount, on, indicator)
        _move(world, row, month, "ACCRUAL", *args)


def pay(world, row, months=MONTHS, amount=MONTHLY, indicator=None) -> None:
    """Pay accrued months, each on the tenth of the next."""
    indicator = indicator or world.indicator
    for month in months:
        on = _next(month, 10)
        for kind, source, target in (
            ("DISBURSEMENT", Stage.PAYABLE, Stage.IN_PAYMENT),
            ("PAYMENT", Stage.IN_PAYMENT, Stage.PAID),
        ):
            _move(world, row, month, kind, source, target, amount, on, indicator)


def paid(world, months=MONTHS, served=None, **changes) -> Entitlement:
    """A subsidy of which so many months are accrued and paid."""
    row = approved(world, served, **changes)
    accrue(world, row, months)
    pay(world, row, months)
    return row


def pay_also(world, row, indicator, amount) -> None:
    """Another indicator commits, accrues and pays an amount for the first month."""
    month, on = MONTHS[0], dt.date(2026, 5, 10)
    key = f"more:{row.number}"
    ledger.post(
        by=world.people.approver,
        district_id=row.district_id,
        kind="COMMITMENT",
        on=on,
        key=key,
        lines=[
            Line(
                Place(indicator.pk, Stage.AVAILABLE),
                Place(indicator.pk, Stage.COMMITTED, row.number),
                amount,
                key,
            )
        ],
    )
    for kind, source, target in (
        ("ACCRUAL", Stage.COMMITTED, Stage.PAYABLE),
        ("DISBURSEMENT", Stage.PAYABLE, Stage.IN_PAYMENT),
        ("PAYMENT", Stage.IN_PAYMENT, Stage.PAID),
    ):
        _move(world, row, month, kind, source, target, amount, on, indicator)


def standing(world, row=None) -> dict[str, Decimal]:
    """What stands where: of the indicator, or of one subsidy."""
    accounts = world.indicator.accounts.all()
    if row is not None:
        accounts = accounts.filter(holder=row.number)
    found: dict[str, Decimal] = {}
    for stage, balance in accounts.values_list("stage", "balance"):
        if balance:
            found[stage] = found.get(stage, Decimal(0)) + balance
    return found


def _next(month: dt.date, day: int) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=day)


# -- claims ----------------------------------------------------------------------------------------
def proposed(world, row, trigger="FALSE_DATA", happened_on=ENDS, **changes):
    return services.propose_clawback(
        by=changes.pop("by", world.people.officer),
        entitlement=row,
        trigger=trigger,
        happened_on=happened_on,
        facts="面积虚报，实测不符",
        **changes,
    )


def notified(world, row, on=dt.date(2026, 11, 2), **changes):
    found = proposed(world, row, **changes)
    return services.notify(
        by=world.people.approver, clawback=found, version=found.version,
        document="小店房管追〔2026〕1号", on=on,
    )  # fmt: skip


def appealed(world, row, **changes):
    found = notified(world, row, **changes)
    return services.appeal(
        by=world.people.officer,
        clawback=found,
        version=found.version,
        grounds="面积以产权证为准",
        appealed_on=dt.date(2026, 11, 9),
    )
