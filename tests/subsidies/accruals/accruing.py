"""Approved entitlements with their money, for the tests of accruals."""

import datetime as dt
import itertools
from decimal import Decimal

from django.utils import timezone

from subsidies.accruals import services
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.entitlements.rules import due as rule
from subsidies.entitlements.rules.due import Basis, Given
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Stage
from subsidies.ledger.services import Holder, Line, Place
from subsidies.programmes.questions import terms_of
from tests.subsidies.factories import make_served, make_years

_serial = itertools.count(1)
D = Decimal
STARTS = dt.date(2026, 4, 1)
APRIL, MAY, JUNE = dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)
LATER = dt.date(2026, 11, 20)


def make_entitlement(world, served=None, indicators=None, programme=None, **changes) -> Entitlement:
    """An approved entitlement of a served compound, its forecast committed on the indicators."""
    served = served or world.served
    people = world.people
    programme = programme or world.programme
    compound = served.compound
    starts = changes.pop("starts_on", STARTS)
    ends = changes.pop("ends_on", rule.months_after(starts, programme.months) - dt.timedelta(1))
    area = changes.pop("area_m2", compound.chargeable_area_m2)
    row = Entitlement(
        number=f"140105-2026-{next(_serial):04d}",
        programme=programme,
        compound=compound,
        provider=served.provider,
        assignment=served.assignment,
        contract=served.contract,
        area_m2=area,
        household_count=changes.pop("household_count", None),
        area_proof="测绘报告1号",
        starts_on=starts,
        ends_on=ends,
        months=programme.months,
        amount=D(0),
        state="APPROVED",
        document="小店房管〔2026〕9号",
        approved_on=dt.date(2026, 3, 25),
        prepared_by=people.clerk,
        checked_by=people.worker,
        reviewed_by=people.leader,
        assessed_by=people.officer,
        approved_by=people.approver,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    terms = terms_of([programme.pk])[programme.pk]
    forecast = rule.forecast(
        terms,
        Basis(
            starts, ends, Given(row.area_m2), Given(row.household_count),
            Given(served.contract.fee_per_m2),
        ),
    )  # fmt: skip
    row.amount = forecast.total or D(0)
    row.save()
    make_years(row)
    indicators = indicators or {"DISTRICT": world.indicator}
    for share in terms.shares:
        Funding.objects.create(
            entitlement=row,
            payer=share.payer,
            percent=share.percent,
            indicator=indicators[share.payer],
            from_month=starts.replace(day=1),
        )
    lines = [
        Line(
            source=Place(indicators[payer].pk, Stage.AVAILABLE),
            target=Place(indicators[payer].pk, Stage.COMMITTED, row.number),
            amount=amount,
            key=f"commit:{row.number}:{payer}",
        )
        for payer, amount in forecast.shares.items()
        if amount
    ]
    if lines:
        ledger.post(
            by=people.approver,
            district_id=row.district_id,
            kind="COMMITMENT",
            on=dt.date(2026, 3, 25),
            key=f"approve:{row.number}",
            lines=lines,
            holders={row.number: Holder(programme.pk, served.provider.pk, compound)},
        )
    return row


def make_more(world, count, **changes) -> list[Entitlement]:
    """More served compounds in the same community, each with its entitlement."""
    return [
        make_entitlement(
            world,
            make_served(
                world.people,
                world.district.community,
                world.provider,
                name=f"样例{serial}院",
                chargeable_area_m2=D("1000.00"),
            ),
            **changes,
        )
        for serial in range(count)
    ]


def computed(world, month=APRIL, on=LATER):
    """A run of a month, computed."""
    run = services.compute_run(
        by=world.people.officer, district=world.district.area, month=month, on=on
    )
    services.execute(run)
    run.refresh_from_db()
    return run


def submitted(world, month=APRIL):
    run = computed(world, month)
    services.confirm_all(by=world.people.clerk, run=run)
    services.submit_run(by=world.people.officer, run=run)
    return run


def posted(world, month=APRIL, on=dt.date(2026, 5, 5)):
    """A run of a month in the ledger."""
    run = submitted(world, month)
    services.approve_run(by=world.people.finance, run=run, document="小财社〔2026〕12号", on=on)
    run.refresh_from_db()
    return run


def now(day=5) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 5, day, 9))
