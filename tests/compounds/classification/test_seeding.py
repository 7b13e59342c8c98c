"""The policy of the Xiaodian scenario, loaded through the services."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from compounds.classification import seeding
from compounds.classification.models import Policy, Run
from governance.organisation.models import Post
from tests.factories import make_user

from .policies import EXPECTED, XIAODIAN, make_people, make_sample, results

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[3] / "seeds" / "xiaodian"


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 1))


def silent(*told):
    """A report that nobody reads."""


def test_the_scenario_is_published_and_classified_once(district):
    people = make_people(district)
    sample = make_sample(district)
    written = seeding.load(FOLDER, by=people.officer, report=silent)
    assert written == 2 + 7
    policy = Policy.objects.get()
    assert (policy.state, policy.prepared_by, policy.published_by) == (
        "PUBLISHED",
        people.officer,
        people.approver,
    )
    assert policy.as_rules() == XIAODIAN
    assert (policy.subsidy_rate, policy.subsidy_months) == (Decimal("0.50"), 6)
    assert results(sample) == EXPECTED
    assert seeding.load(FOLDER, by=people.officer, report=silent) == 0
    assert (Policy.objects.count(), Run.objects.count()) == (1, 1)


def test_without_a_second_person_the_policy_stays_a_draft(district):
    officer = make_user(role="district_officer", area=district.area)
    told = []
    assert seeding.load(FOLDER, by=officer, report=told.append) == 1
    assert Policy.objects.get().is_draft
    assert len(told) == 1
    approver = make_user(role="district_approver", area=district.area)
    Post.objects.filter(user=approver).update(valid_until=dt.date(2026, 5, 31))
    assert seeding.load(FOLDER, by=officer, report=told.append) == 0
    assert seeding.load(FOLDER, by=officer, report=silent, publisher=approver_again(district)) == 1
    assert Policy.objects.get().state == "PUBLISHED"


def approver_again(district):
    return make_user(role="district_approver", area=district.area)


def test_a_folder_without_a_policy_is_no_fault(tmp_path):
    assert seeding.load(tmp_path, by=object(), report=silent) == 0
    assert seeding.load(FOLDER, by=None, report=silent) == 0
