"""A run with a line in each place, for the test of who may open what."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from compounds.assignment.models import Assignment
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements.models import Entitlement
from subsidies.programmes.models import Programme

MONTH = dt.date(2026, 4, 1)


def make_accrual_rows(world, far_people) -> None:
    """`accrual_run` of the own and a far district, `accrual` in each place."""
    now = timezone.make_aware(dt.datetime(2026, 5, 3, 9))

    def make_run(area, by) -> AccrualRun:
        run = AccrualRun(month=MONTH, prepared_by=by, computed_at=now, line_count=3)
        run.place_in(area)
        run.save()
        return run

    officer = world.people["O"]
    run = make_run(world.district.area, officer)
    world.accrual_run = {"own": run, "other": make_run(world.far, far_people.officer)}
    programme = Programme.objects.create(
        district=world.district.area,
        name="计提样例",
        edition=1,
        effective_from=MONTH,
        months=6,
        prepared_by=officer,
    )
    world.accrual = {
        place: _line(run, programme, compound, world.provider["own"], officer, place)
        for place, compound in world.compound.items()
    }


def _line(run, programme, compound, provider, by, place) -> Accrual:
    assignment = Assignment.objects.create(
        compound=compound,
        provider=provider,
        strategy="SUBSIDY_TRANSITION",
        state="WITHDRAWN",
        prepared_by=by,
    )
    entitlement = Entitlement.objects.create(
        number=f"样例-{place}",
        programme=programme,
        compound=compound,
        provider=provider,
        assignment=assignment,
        starts_on=MONTH,
        ends_on=dt.date(2026, 9, 30),
        months=6,
        amount=Decimal(0),
        state="WITHDRAWN",
        prepared_by=by,
    )
    return Accrual.objects.create(
        run=run,
        entitlement=entitlement,
        month=MONTH,
        index=1,
        days_in_month=30,
        days_served=30,
        basis_value=Decimal("1000.0000"),
        rate=Decimal("0.5000"),
        gross=Decimal("500.00"),
        deduction=Decimal("0.00"),
        due=Decimal("500.00"),
        state="COMPUTED",
        confirmed_by=by,
        confirmed_at=run.computed_at,
    )
