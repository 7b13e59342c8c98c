"""A term is paid by one area, and by no other instead; a stated day is of this century."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.foundation.errors import DomainError
from subsidies.entitlements import services
from subsidies.entitlements.errors import NotReady
from subsidies.entitlements.gathering import basis_of
from subsidies.programmes.models import RateStep
from subsidies.programmes.questions import terms_of
from subsidies.programmes.rules import Step, Terms, faults
from subsidies.reports.rules.whatif import Subject, run
from tests.subsidies.factories import make_programme, make_served

D = Decimal


@pytest.mark.django_db
def test_an_unknown_floor_area_is_not_another_area(world):
    steps = ({"from_month": 1, "to_month": 6, "basis": "FLOOR_AREA", "rate": D("1")},)
    programme = make_programme(world.district.area, name="建筑面积", parts={RateStep: steps})
    terms = terms_of([programme.pk])[programme.pk]
    served = make_served(
        world.people, world.district.community, world.provider, name="样例二院",
        floor_area_m2=None, chargeable_area_m2=D("1000.00"),
    )  # fmt: skip
    assert not basis_of(terms, served.compound).is_known
    row = services.apply(
        by=world.people.clerk, compound=served.compound, programme=programme, area_proof="测绘"
    )
    assert (row.area_m2, row.amount) == (None, 0)
    with pytest.raises(NotReady):
        services.submit(by=world.people.clerk, entitlements=[row], reason="-")


def test_a_trial_counts_no_other_area_either():
    terms = Terms(months=1, steps=(Step(1, 1, "FLOOR_AREA", D(1)),))
    subject = Subject(1, 1, 1, {}, dt.date(2026, 4, 1), chargeable_area_m2=D(1000))
    (found,) = run(terms, [subject]).outcomes
    assert found.problem == "AREA_UNKNOWN"


def test_one_term_is_not_paid_by_two_areas():
    def found(*bases):
        steps = tuple(Step(at, at, basis, D(1)) for at, basis in enumerate(bases, start=1))
        return "two_areas" in {one.code for one in faults(Terms(months=2, steps=steps))}

    assert found("CHARGEABLE_AREA", "FLOOR_AREA")
    assert found("FLOOR_AREA", "FEE_SHARE")
    assert not found("FLOOR_AREA", "HOUSEHOLDS")
    assert not found("CHARGEABLE_AREA", "COLLECTED_AREA")


@pytest.mark.django_db
@pytest.mark.parametrize("day", [dt.date(9999, 12, 31), dt.date(1, 1, 1)])
def test_a_stated_day_of_another_century_is_refused(world, day):
    programme = make_programme(world.district.area, name="自定起始", start_rule="STATED")
    with pytest.raises(DomainError) as refused:
        services.apply(
            by=world.people.clerk, compound=world.compound, programme=programme,
            area_proof="测绘", starts_on=day,
        )  # fmt: skip
    assert refused.value.field == "starts_on"
