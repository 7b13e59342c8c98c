"""Who finds a draft on the workbench."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subsidies.programmes.worklist import work_of

from .editions import TODAY, make_draft, make_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_people(district)


def test_a_sound_draft_waits_for_whoever_may_publish_it(district, people):
    draft = make_draft(district, people)
    (line,) = work_of(people.approver)
    assert (line.count, line.url) == (1, f"/programmes/{draft.pk}/")
    assert list(work_of(people.officer)) == []
    make_draft(district, people, name="第二项目")
    (line,) = work_of(people.approver)
    assert (line.count, line.url) == (2, "/programmes/")


def test_a_draft_with_faults_or_without_a_document_waits_for_nobody_else(district, people):
    make_draft(district, people, shares=())
    make_draft(district, people, name="第二项目", document_number="")
    assert list(work_of(people.approver)) == []


def test_ones_own_draft_is_not_ones_own_to_publish(district, people):
    draft = make_draft(district, people)
    type(draft).objects.filter(pk=draft.pk).update(prepared_by=people.approver)
    assert list(work_of(people.approver)) == []


def test_without_the_right_nothing_is_asked(district, people):
    people.clerk.scope.has("programme.publish")
    with CaptureQueriesContext(connection) as seen:
        assert list(work_of(people.clerk)) == []
    assert len(seen) == 0
