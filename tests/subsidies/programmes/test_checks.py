"""The checks of programmes hold for what the services wrote and notice what went around them."""

import pytest

from subsidies.programmes import rules
from subsidies.programmes.checks import CHECKS
from subsidies.programmes.models import Programme, RateStep

from .editions import TODAY, D, make_draft, make_people, make_published

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_people(district)


def breaches() -> set[str]:
    return {name for name, check in CHECKS.items() if list(check())}


def publish_around_the_service(programme, by):
    """As somebody with the database in hand would: a draft is still open to change."""
    Programme.objects.filter(pk=programme.pk).update(
        state="PUBLISHED", published_by=by, published_at="2026-06-01T00:00:00Z"
    )


def test_what_the_services_wrote_holds(district, people):
    make_published(district, people)
    make_draft(district, people, name="甲", steps=(), shares=())
    assert breaches() == set()


def test_published_terms_with_a_hole_are_noticed(district, people):
    draft = make_draft(district, people, steps=(rules.Step(1, 3, "FLOOR_AREA", D("0.5")),))
    publish_around_the_service(draft, people.approver)
    assert breaches() == {"terms of programmes"}


def test_a_published_programme_without_a_document_is_noticed(district, people):
    draft = make_draft(district, people, document_number="")
    publish_around_the_service(draft, people.approver)
    assert breaches() == {"states of programmes"}


def test_a_gap_in_a_table_is_noticed(district, people):
    draft = make_draft(district, people)
    RateStep.objects.filter(programme=draft).update(position=7)
    assert breaches() == {"rows of programmes"}
