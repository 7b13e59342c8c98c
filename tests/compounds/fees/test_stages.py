"""Serve, consult, charge: by the service, with who may and what is asked."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from compounds.fees.models import ServiceStage
from compounds.fees.services import begin_stage
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.scope import Role
from tests.compounds.fees.serving import CHARGED, CONSULTED, SERVES_FROM, make_assignment
from tests.factories import make_compound, make_user


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 10))


@pytest.fixture
def clerk(district):
    return make_user(role=Role.STREET_CLERK, area=district.street)


@pytest.fixture
def assignment(district):
    return make_assignment(make_compound(district.community))


def test_a_service_goes_from_serving_to_charging(clerk, assignment):
    said = {"by": clerk, "assignment": assignment}
    begin_stage(**said, stage="SERVE", began_on=SERVES_FROM)
    with pytest.raises(DomainError):  # S0-12
        begin_stage(**said, stage="CHARGE", began_on=CHARGED, document="1号", note="同意")
    begin_stage(**said, stage="CONSULT", began_on=CONSULTED)
    with pytest.raises(DomainError) as refused:
        begin_stage(**said, stage="CHARGE", began_on=CHARGED, document="1号", note="  ")
    assert refused.value.field == "note"
    begin_stage(**said, stage="CHARGE", began_on=CHARGED, document="1号", note="同意")
    with pytest.raises(DomainError):
        begin_stage(**said, stage="CHARGE", began_on=CHARGED, document="1号", note="同意")
    assert [one.position for one in ServiceStage.objects.all()] == [1, 2, 3]
    assert AuditEntry.objects.filter(verb="begin").count() == 3


@pytest.mark.parametrize("state", ["PROPOSED", "WITHDRAWN"])
def test_who_does_not_serve_yet_begins_nothing(clerk, assignment, state):
    type(assignment).objects.update(state=state)
    with pytest.raises(DomainError):
        begin_stage(by=clerk, assignment=assignment, stage="SERVE", began_on=SERVES_FROM)


def test_no_stage_begins_in_the_future_or_after_the_end(clerk, assignment):
    said = {"by": clerk, "assignment": assignment, "stage": "SERVE"}
    with pytest.raises(DomainError):
        begin_stage(**said, began_on=dt.date(2026, 6, 11))
    type(assignment).objects.update(
        state="ENDED", ended_on=dt.date(2026, 2, 1), end_reason="RESIGNED"
    )
    with pytest.raises(DomainError):
        begin_stage(**said, began_on=dt.date(2026, 2, 2))


def test_only_who_may_enter_fees_here_begins_a_stage(district, assignment):
    for role, area in (
        ("street_leader", district.street),
        ("finance_officer", district.area),
        ("street_clerk", district.other_street),
    ):
        with pytest.raises(NotAllowed):
            begin_stage(
                by=make_user(role=role, area=area),
                assignment=assignment,
                stage="SERVE",
                began_on=SERVES_FROM,
            )


def test_the_database_knows_one_of_each_stage_in_its_place(clerk, assignment):
    begin_stage(by=clerk, assignment=assignment, stage="SERVE", began_on=SERVES_FROM)
    for stage, position in (("SERVE", 1), ("CHARGE", 2)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceStage.objects.create(
                assignment=assignment,
                stage=stage,
                position=position,
                began_on=CONSULTED,
                recorded_by=clerk,
            )
