"""Compounds that are served: assignments with their stages, made without the way to them."""

import datetime as dt
import itertools
from decimal import Decimal

from compounds.assignment.models import Assignment
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.fees.services import add_entry
from compounds.fees.services.assessing import settle
from tests.factories import make_provider, make_user

_serial = itertools.count(1)
SERVES_FROM = dt.date(2026, 1, 5)
CONSULTED = dt.date(2026, 2, 10)
CHARGED = dt.date(2026, 3, 1)


def make_assignment(compound, provider=None, starts_on=SERVES_FROM, **changes) -> Assignment:
    people = [make_user(f"server{next(_serial)}") for _one in range(3)]
    facts = {
        "state": "ACTIVE",
        "strategy": "SUBSIDY_TRANSITION",
        "prepared_by": people[0],
        "reviewed_by": people[1],
        "approved_by": people[2],
        "starts_on": starts_on,
    }
    provider = provider or make_provider(compound.district)
    return Assignment.objects.create(compound=compound, provider=provider, **{**facts, **changes})


def make_stages(assignment, *days) -> None:
    for position, day in enumerate(days, 1):
        ServiceStage.objects.create(
            assignment=assignment,
            stage=("SERVE", "CONSULT", "CHARGE")[position - 1],
            position=position,
            began_on=day,
            document="样例决议1号" if position == 3 else "",
            note="同意收费" if position == 3 else "",
            recorded_by=assignment.prepared_by,
        )


def make_charging(compound, provider=None, charged=CHARGED) -> Assignment:
    """Served since January, consulted in February, charging since March."""
    assignment = make_assignment(compound, provider)
    make_stages(assignment, SERVES_FROM, CONSULTED, charged)
    return assignment


def make_report(compound, month, billed=(80, "2800"), paid=(66, "2310"), **changes):
    return CollectionReport.objects.create(
        compound=compound,
        month=month,
        billed_households=billed[0],
        billed_amount=Decimal(billed[1]),
        paid_households=paid[0],
        paid_amount=Decimal(paid[1]),
        **changes,
    )


def make_round(district, **changes) -> AssessmentRound:
    facts = {
        "name": "2026年上半年",
        "starts_on": dt.date(2026, 1, 1),
        "ends_on": dt.date(2026, 6, 30),
    }
    return AssessmentRound.objects.create(district=district, **{**facts, **changes})


def make_assessment(compound, round_, satisfaction="88", collection="82", **changes) -> Assessment:
    facts = {"sampled_households": 20, "assessed_on": dt.date(2026, 6, 1), **changes}
    one = Assessment(
        compound=compound,
        round=round_,
        satisfaction_score=Decimal(satisfaction),
        collection_score=Decimal(collection),
        **facts,
    )
    settle(one, round_)
    one.save()
    return one


def make_fee_rows(world) -> None:
    """A row of every kind of this room in each place of the world of the access tests."""
    officer = world.people["O"]
    home, far = world.district.area, world.far
    world.fee_round = {"own": make_round(home), "other": make_round(far, name="外区一轮")}
    world.fee_report, world.fee_entry, world.inspection, world.assessment = {}, {}, {}, {}
    for place, compound in world.compound.items():
        world.fee_report[place] = make_report(compound, dt.date(2026, 5, 1))
        ComplaintCount.objects.create(compound=compound, month=dt.date(2026, 5, 1), count=1)
        world.fee_entry[place] = add_entry(
            by=officer,
            compound=compound,
            kind="INCOME",
            source="PARKING",
            on=dt.date(2026, 5, 25),
            amount=Decimal("1200.00"),
        )
        world.inspection[place] = Inspection.objects.create(
            compound=compound,
            on=dt.date(2026, 5, 25),
            passed=False,
            findings="样例",
            order_due_on=dt.date(2026, 6, 8),
            inspected_by=officer,
        )
        world.assessment[place] = make_assessment(compound, world.fee_round["own"])
