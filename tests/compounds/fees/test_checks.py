"""The checks of stages, reports, books and assessments notice every tampering."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.fees import checks
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    BookBalance,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.fees.services import add_entry
from governance.organisation.scope import Role
from tests.compounds.fees.serving import (
    SERVES_FROM,
    make_assessment,
    make_charging,
    make_report,
    make_round,
)
from tests.factories import make_compound, make_user

MAY = dt.date(2026, 5, 1)


@pytest.fixture
def w(district):
    """A compound that charges, with a report, a book, an inspection and an assessment."""
    compound = make_compound(district.community)
    officer = make_user(role=Role.DISTRICT_OFFICER, area=district.area)
    district.assignment = make_charging(compound)
    make_report(compound, MAY)
    ComplaintCount.objects.create(compound=compound, month=MAY, count=1)
    Inspection.objects.create(compound=compound, on=MAY, passed=True, inspected_by=officer)
    add_entry(
        by=officer,
        compound=compound,
        kind="INCOME",
        source="PARKING",
        on=MAY,
        amount=Decimal(1200),
    )
    make_assessment(compound, make_round(district.area))
    return district


def elsewhere(model):
    return lambda w: model.objects.update(community=w.sister_community)


TAMPERINGS = {
    "stages": {
        "a stage elsewhere": elsewhere(ServiceStage),
        "a stage that is left out": lambda w: ServiceStage.objects.filter(position=2).delete(),
        "a stage before the one before it": lambda w: ServiceStage.objects.filter(
            position=3
        ).update(began_on=SERVES_FROM),
        "a stage before the service": lambda w: ServiceStage.objects.filter(position=1).update(
            began_on=SERVES_FROM - dt.timedelta(days=1)
        ),
        "a stage after the service": lambda w: type(w.assignment).objects.update(
            state="ENDED", ended_on=SERVES_FROM, end_reason="OTHER"
        ),
        "charging without a document": lambda w: ServiceStage.objects.filter(position=3).update(
            document=""
        ),
    },
    "reports": {
        "a report elsewhere": elsewhere(CollectionReport),
        "complaints elsewhere": elsewhere(ComplaintCount),
        "an inspection elsewhere": elsewhere(Inspection),
        "a bill before charging": lambda w: CollectionReport.objects.update(
            month=dt.date(2026, 1, 1)
        ),
        "a report without history": lambda w: CollectionReport.objects.update(
            paid_amount=Decimal(1)
        ),
    },
    "books": {
        "another balance": lambda w: BookBalance.objects.update(amount=Decimal(1)),
        "no balance": lambda w: BookBalance.objects.all().delete(),
    },
    "assessments": {
        "an assessment elsewhere": elsewhere(Assessment),
        "another total": lambda w: Assessment.objects.update(total=Decimal(100)),
        "another grade": lambda w: Assessment.objects.update(grade="样例"),
        "other points": lambda w: Assessment.objects.update(satisfaction_score=Decimal(10)),
        "a closed round without a day": lambda w: AssessmentRound.objects.update(state="CLOSED"),
    },
}


def found(name: str) -> list[str]:
    return list(checks.CHECKS[name]())


def test_what_was_entered_is_sound(w):
    assert [line for name in checks.CHECKS for line in found(name)] == []


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name, tamperings in TAMPERINGS.items() for what in tamperings],
)
def test_a_tampering_is_noticed(w, name, what):
    TAMPERINGS[name][what](w)
    assert found(name)


def test_every_check_is_tried():
    assert set(TAMPERINGS) == set(checks.CHECKS)
