"""The checks of the campaign notice every tampering."""

import datetime as dt

import pytest

from compounds.clearing import checks
from compounds.clearing.models import Case, Plan, Transition
from compounds.registry.models import CommunityTally, Compound
from tests.compounds.clearing.cases import TODAY, bring, make_campaign, make_case


@pytest.fixture
def here(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_campaign(district)


def found() -> list[str]:
    return [sentence for check in checks.CHECKS.values() for sentence in check()]


def last(case):
    return Transition.objects.filter(case=case).order_by("-pk")[:1].values("pk")


TAMPERINGS = {
    "the state of a case": lambda case: Case.objects.filter(pk=case.pk).update(state="SERVING"),
    "the stage in the register": lambda case: Compound.objects.update(stage="SERVING"),
    "a stage without a case": lambda case: Compound.objects.filter(case=None).update(
        stage="MATCHING"
    ),
    "the first day in the register": lambda case: Compound.objects.update(first_cleared_on=None),
    "the first day of the case": lambda case: Case.objects.update(
        first_cleared_on=dt.date(2026, 1, 1)
    ),
    "the counter": lambda case: Case.objects.update(rebound_count=3),
    "the day of a step": lambda case: Transition.objects.filter(pk__in=last(case)).update(
        on=dt.date(2025, 1, 1)
    ),
    "the kind of a step": lambda case: Transition.objects.filter(kind="CONFIRM").update(
        kind="ADVANCE"
    ),
    "where a step began": lambda case: Transition.objects.filter(to_state="SERVING").update(
        from_state="MATCHING"
    ),
    "a step that is gone": lambda case: Transition.objects.filter(to_state="SERVING").delete(),
    "the place of a case": lambda case: Case.objects.update(street_id=case.district_id),
    "the place of a step": lambda case: Transition.objects.update(community_id=case.street_id),
    "the summary": lambda case: CommunityTally.objects.filter(stage="CLEARED").update(compounds=5),
    "the summary of the cleared": lambda case: CommunityTally.objects.update(cleared=0),
    "who confirmed": lambda case: Case.objects.update(
        confirmed_by=Transition.objects.get(to_state="MATCHING").by
    ),
    "who wrote the plan": lambda case: Plan.objects.update(prepared_by=case.confirmed_by),
    "that it is unmanaged": lambda case: Compound.objects.update(is_unmanaged=False),
    "the assignment": lambda case: case.compound.assignments.update(state="DISTRICT_APPROVED"),
    "the day it was served from": lambda case: Case.objects.update(served_from=None),
    "a value without history": lambda case: Case.objects.update(leader="样例丁"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_tampering_is_noticed(here, what):
    make_case(here)
    case = bring(here, make_case(here), "CLEARED")
    Compound.objects.create(
        community=here.community, name="无档小区", code=f"{here.community.code}-9998"
    )
    assert found() == []
    TAMPERINGS[what](case)
    assert found() != []
