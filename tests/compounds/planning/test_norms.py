"""Planning norms: each with its source, fixed once a plan rests on them."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.planning.models import Norms
from compounds.planning.services.norms import change_norms, enter_norms
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.compounds.planning.desk import make_norms, make_run
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FACTS = {
    "document": "小物〔2026〕3号",
    "fee": Decimal("0.55"),
    "sources": {"fee": ["STATED", "物价部门公示"]},
}


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


def test_norms_are_entered_with_their_sources(district, officer):
    row = enter_norms(
        by=officer, district=district.area, effective_from=dt.date(2026, 1, 1), facts=FACTS
    )
    assert row.evidence_of("fee") == ("STATED", "物价部门公示")
    assert row.evidence_of("travel") == (Norms.Evidence.GUESS, "")
    assert AuditEntry.objects.filter(verb="create", object_type="planning.norms").exists()


def test_the_latest_norms_that_hold_on_a_day_are_in_force(district):
    make_norms(district.area, effective_from=dt.date(2026, 1, 1))
    later = make_norms(district.area, effective_from=dt.date(2026, 7, 1))
    in_force = Norms.objects.in_force
    assert in_force(district.area.pk, dt.date(2025, 12, 31)) is None
    assert in_force(district.area.pk, dt.date(2026, 6, 30)).effective_from == dt.date(2026, 1, 1)
    assert in_force(district.area.pk, dt.date(2026, 7, 1)) == later


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("collection_percent", Decimal(101)),
        ("fee", Decimal(-1)),
        ("months", 5),
        ("ramp_months", 40),
    ],
)
def test_numbers_that_cannot_be_are_refused(district, officer, name, value):
    with pytest.raises(DomainError):
        enter_norms(
            by=officer,
            district=district.area,
            effective_from=dt.date(2026, 1, 1),
            facts={**FACTS, name: value},
        )
    assert not Norms.objects.exists()


def test_a_street_clerk_enters_no_norms(district):
    clerk = make_user("clerk", "street_clerk", district.street)
    with pytest.raises(NotAllowed):
        enter_norms(
            by=clerk, district=district.area, effective_from=dt.date(2026, 1, 1), facts=FACTS
        )


def test_norms_are_corrected_until_a_plan_rests_on_them(district, officer):
    row = make_norms(district.area)
    changed = change_norms(by=officer, norms=row, version=1, facts=FACTS)
    assert changed.fee == Decimal("0.55")
    with pytest.raises(StaleRecord):
        change_norms(by=officer, norms=row, version=1, facts=FACTS)
    make_run(district.area, officer, row)
    with pytest.raises(DomainError):
        change_norms(by=officer, norms=row, version=2, facts={"fee": Decimal("0.60")})
    assert Norms.objects.get().fee == Decimal("0.55")
