"""The checks of assignments notice every tampering."""

import datetime as dt

import pytest

from compounds.assignment import checks
from compounds.assignment.models import Assignment, AssignmentStep, HandoverItem
from compounds.registry.models import Compound
from tests.compounds.assignment.cast import active, make_cast, make_pair
from tests.factories import make_area, make_provider, make_user

pytestmark = pytest.mark.django_db
START = dt.date(2026, 6, 1)


@pytest.fixture
def row(district):
    return active(make_cast(district), *make_pair(district), START)


def steps_to(state):
    return AssignmentStep.objects.filter(to_state=state)


def other_district():
    return make_area(1, "140106", "样例区", None)


TAMPERINGS = {
    "places": {
        "the place of an assignment": lambda row: Assignment.objects.update(
            community_id=row.street_id
        ),
        "the place of a line handed over": lambda row: HandoverItem.objects.update(
            street_id=row.district_id
        ),
        "a firm of another district": lambda row: Assignment.objects.update(
            provider=make_provider(other_district())
        ),
    },
    "steps": {
        "a state without its step": lambda row: steps_to("ACTIVE").delete(),
        "no step at all": lambda row: AssignmentStep.objects.all().delete(),
        "a step that is left out": lambda row: steps_to("STREET_REVIEWED").delete(),
    },
    "signers": {
        "another approver": lambda row: Assignment.objects.update(approved_by=make_user("else")),
        "who took the step": lambda row: steps_to("STREET_REVIEWED").update(by=row.approved_by),
        "the first day of service": lambda row: Assignment.objects.update(
            starts_on=START + dt.timedelta(days=1)
        ),
        "the day of the step": lambda row: steps_to("ACTIVE").update(on=dt.date(2025, 1, 1)),
    },
    "compounds": {
        "a compound that is gone": lambda row: Compound.objects.update(status="DEMOLISHED"),
    },
    "history": {
        "a value without history": lambda row: Assignment.objects.update(reason="样例改动"),
    },
}


def found(name: str) -> list[str]:
    return list(checks.CHECKS[name]())


def test_a_served_compound_is_sound(row):
    assert [line for name in checks.CHECKS for line in found(name)] == []


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name, tamperings in TAMPERINGS.items() for what in tamperings],
)
def test_a_tampering_is_noticed(row, name, what):
    TAMPERINGS[name][what](row)
    assert found(name)


def test_every_check_is_tried_that_the_database_does_not_hold_itself():
    # Three people: constraints of the table refuse anything else.
    assert set(TAMPERINGS) == set(checks.CHECKS) - {"people"}
