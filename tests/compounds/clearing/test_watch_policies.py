"""Policies of the watch: drafted by one, published by another, then fixed."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from compounds.classification.errors import NotOpen, SamePerson
from compounds.clearing.models import WatchPolicy, WatchSignal
from compounds.clearing.models.watch import WatchPolicyIsPublished
from compounds.clearing.rules import watch as rules
from compounds.clearing.services import watch_policies, watch_trying
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.compounds.clearing import watching as w
from tests.factories import DAY, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(district):
    return w.make_people(district)


@pytest.fixture
def draft(district, people):
    return watch_policies.create_policy(
        by=people.officer,
        district=district.area,
        title="反弹预警办法",
        document="样例〔2026〕9号",
        valid_from=dt.date(2026, 6, 1),
    )


@pytest.fixture
def published(people, draft):
    return watch_policies.publish_policy(by=people.approver, policy=draft, version=1)


def test_a_draft_begins_with_the_usual_signals(draft):
    assert [tuple(one) for one in draft.as_rule().weights] == list(rules.default_weights())


def test_a_published_policy_cannot_be_changed_by_any_way(people, published):
    with pytest.raises(WatchPolicyIsPublished):
        watch_policies.save_policy(
            by=people.officer, policy=published, version=2, terms={"red_from": 70}
        )
    published.red_from = 70
    with pytest.raises(WatchPolicyIsPublished):
        published.save()
    with pytest.raises(WatchPolicyIsPublished):
        WatchPolicy.objects.filter(pk=published.pk).update(red_from=70)
    with pytest.raises(WatchPolicyIsPublished):
        published.delete()
    with pytest.raises(WatchPolicyIsPublished):
        published.signals.all().delete()
    with pytest.raises(WatchPolicyIsPublished):
        WatchSignal.objects.filter(policy=published).update(points=1)


@pytest.mark.parametrize(
    ("model", "change"),
    [(WatchPolicy, {"red_from": 70}), (WatchPolicy, {"state": "DRAFT"})],
)
def test_the_database_itself_keeps_it(published, model, change):
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        model._base_manager.filter(pk=published.pk)._update(
            [(model._meta.get_field(name), None, value) for name, value in change.items()]
        )


def test_nobody_publishes_their_own(district, people, draft):
    make_post(people.officer, "district_approver", district.area)
    del people.officer.scope
    with pytest.raises(SamePerson):
        watch_policies.publish_policy(by=people.officer, policy=draft, version=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        WatchPolicy.objects.filter(pk=draft.pk).update(published_by=people.officer)


def test_only_what_is_sound_and_has_a_number_is_published(people, draft):
    def publish(version):
        watch_policies.publish_policy(by=people.approver, policy=draft, version=version)

    save = {"by": people.officer, "policy": draft}
    watch_policies.save_policy(version=1, terms={"document": ""}, **save)
    with pytest.raises(DomainError) as refused:
        publish(2)
    assert refused.value.field == "document"
    watch_policies.save_policy(
        version=2,
        terms={"document": "样例〔2026〕9号"},
        weights=[rules.Weight("staff_absent", None, 10)],
        **save,
    )
    with pytest.raises(watch_policies.WatchPolicyNotSound):
        publish(3)


def test_rights_and_versions_are_checked(people, draft):
    with pytest.raises(NotAllowed):
        watch_policies.save_policy(by=people.clerk, policy=draft, version=1)
    with pytest.raises(NotAllowed):
        watch_policies.publish_policy(by=people.officer, policy=draft, version=1)
    with pytest.raises(StaleRecord):
        watch_policies.save_policy(by=people.officer, policy=draft, version=7)
    with pytest.raises(StaleRecord):
        watch_policies.publish_policy(by=people.approver, policy=draft, version=7)


def test_the_newest_that_has_begun_is_in_force_and_retiring_brings_the_last_back(
    district, people, published
):
    usual = w.make_watch_policy(district, people)

    def in_force(day):
        return watch_policies.policy_in_force(district.area, day)

    assert in_force(dt.date(2026, 5, 31)) == usual
    assert in_force(dt.date(2026, 6, 1)) == published
    with pytest.raises(DomainError):
        watch_policies.retire_policy(by=people.approver, policy=published, version=2, reason=" ")
    watch_policies.retire_policy(by=people.approver, policy=published, version=2, reason="样例")
    assert in_force(dt.date(2026, 6, 1)) == usual
    with pytest.raises(NotOpen):
        watch_policies.retire_policy(by=people.approver, policy=published, version=3, reason="样例")


def test_trying_says_what_publishing_would_do(district, people, draft):
    w.make_watch_policy(district, people)
    w.make_sound(w.make_cleared(district.community, people), people)
    w.make_cleared(district.community, people)
    trying = watch_trying.try_watch_policy(by=people.officer, policy=draft, as_of=DAY)
    assert (trying.total, trying.matrix[""]["GREEN"], trying.matrix[""]["RED"]) == (2, 1, 1)
    assert dict(trying.sums) == {"GREEN": 1, "YELLOW": 0, "RED": 1}
    with pytest.raises(NotAllowed):
        watch_trying.try_watch_policy(by=people.clerk, policy=draft)
