"""What the database itself refuses, and what a published policy never allows."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from compounds.classification.models import Condition, Decision, Override, Policy, Rule
from compounds.classification.models.policies import PolicyIsPublished
from tests.factories import make_compound, make_district, make_user

from .policies import make_draft, make_people, make_policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 1))


@pytest.fixture
def people(district):
    return make_people(district)


def refused_by_database(change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


def test_publisher_is_never_the_preparer(district, people):
    draft = make_draft(district, people)
    draft.state, draft.published_at = "PUBLISHED", timezone.now()
    draft.published_by = draft.prepared_by
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save()


def test_published_without_a_publisher_is_impossible(district, people):
    draft = make_draft(district, people)
    draft.state = "PUBLISHED"
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save()


def test_published_policy_refuses_every_way_of_changing_it(district, people):
    policy = make_policy(district, people)
    policy.title = "另一个"
    rule = policy.rules.first()
    condition = rule.conditions.first()
    for change in (
        policy.save,
        policy.delete,
        lambda: Policy.objects.filter(pk=policy.pk).update(title="另一个"),
        lambda: Policy.objects.filter(pk=policy.pk).delete(),
        rule.save,
        rule.delete,
        lambda: policy.rules.update(strategy="FALLBACK"),
        lambda: policy.rules.all().delete(),
        lambda: Rule.objects.create(policy=policy, position=9, strategy="FALLBACK"),
        lambda: Rule.objects.bulk_create([Rule(policy=policy, position=9, strategy="FALLBACK")]),
        condition.save,
        condition.delete,
        lambda: rule.conditions.update(value=1),
        lambda: rule.conditions.all().delete(),
        lambda: Condition.objects.bulk_create(
            [Condition(rule=rule, position=9, fact="households", operator="ge", value=1)]
        ),
    ):
        with pytest.raises(PolicyIsPublished), transaction.atomic():
            change()
    policy.refresh_from_db()
    assert policy.title == "样例定策标准"
    assert policy.rules.count() == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE classification_policy SET title = 'x'",
        "UPDATE classification_policy SET subsidy_rate = 60",
        "UPDATE classification_policy SET retroactive_reason = 'x'",
        "UPDATE classification_policy SET ended_on = '2026-05-01'",
        "UPDATE classification_policy SET state = 'RETIRED'",
        "UPDATE classification_policy SET state = 'DRAFT', published_by_id = NULL,"
        " published_at = NULL",
        "DELETE FROM classification_condition",
        "UPDATE classification_condition SET operator = 'lt'",
        "UPDATE classification_rule SET strategy = 'FALLBACK'",
        "INSERT INTO classification_rule (policy_id, position, strategy, note)"
        " SELECT id, 9, 'FALLBACK', '' FROM classification_policy",
        "INSERT INTO classification_condition (rule_id, position, fact, operator, value,"
        " alternative) SELECT id, 9, 'households', 'ge', '1', 0 FROM classification_rule",
    ],
)
def test_the_database_itself_keeps_a_published_policy(district, people, statement):
    make_policy(district, people)

    def execute():
        with connection.cursor() as cursor:
            cursor.execute(statement)

    refused_by_database(execute)


def test_a_draft_may_be_changed_and_deleted(district, people):
    draft = make_draft(district, people)
    draft.title = "另一个"
    draft.save()
    draft.rules.first().delete()
    draft.delete()
    assert not Policy.objects.exists()


def test_retiring_is_the_only_change_left(district, people):
    policy = make_policy(district, people)
    policy.state, policy.ended_on = "RETIRED", dt.date(2026, 5, 31)
    policy.save(update_fields=["state", "ended_on"])
    with pytest.raises(PolicyIsPublished):
        policy.save()
    refused_by_database(lambda: Policy.objects.filter(pk=policy.pk).update(state="PUBLISHED"))


def test_the_policy_that_began_last_is_in_force(district, people):
    first = make_policy(district, people)
    second = make_policy(district, people, effective_from=dt.date(2026, 9, 1))
    ended = make_policy(
        district,
        people,
        effective_from=dt.date(2026, 10, 1),
        effective_until=dt.date(2026, 10, 31),
    )
    make_draft(district, people, effective_from=dt.date(2026, 11, 1))

    def in_force(day):
        return Policy.objects.filter(district=district.area).in_force(day).first()

    assert in_force(dt.date(2026, 2, 28)) is None
    assert in_force(dt.date(2026, 3, 1)) == first
    assert in_force(dt.date(2026, 9, 1)) == second
    assert in_force(dt.date(2026, 10, 31)) == ended
    assert in_force(dt.date(2026, 11, 1)) is None


def _override(compound, people, **changes):
    facts = {
        "compound": compound,
        "strategy": "FALLBACK",
        "reason": "样例",
        "document": "样例",
        "expires_on": dt.date(2027, 1, 1),
        "prepared_by": people.clerk,
        "prepared_at": timezone.now(),
    }
    return Override(**{**facts, **changes})


def test_one_open_override_per_compound(district, people):
    compound = make_compound(district.community)
    _override(compound, people).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        _override(compound, people).save()
    _override(compound, people, state="REJECTED").save()


def test_approver_of_an_override_is_never_its_preparer(district, people):
    compound = make_compound(district.community)
    with pytest.raises(IntegrityError), transaction.atomic():
        _override(
            compound,
            people,
            state="APPROVED",
            approved_by=people.clerk,
            approved_at=timezone.now(),
        ).save()


def _decision(compound, policy, **changes):
    facts = {
        "compound": compound,
        "policy": policy,
        "outcome": "UNMATCHED",
        "record": {},
        "digest": "0",
        "decided_at": timezone.now(),
    }
    return Decision(**{**facts, **changes})


def test_one_current_decision_per_compound(district, people):
    compound, policy = make_compound(district.community), make_policy(district, people)
    _decision(compound, policy).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        _decision(compound, policy).save()
    _decision(compound, policy, is_current=False, superseded_at=timezone.now()).save()


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "DECIDED"},
        {"outcome": "INCOMPLETE", "strategy": "FALLBACK"},
        {"is_current": False},
        {"superseded_at": timezone.now()},
    ],
)
def test_a_decision_that_cannot_be_is_refused(district, people, changes):
    compound, policy = make_compound(district.community), make_policy(district, people)
    with pytest.raises(IntegrityError), transaction.atomic():
        _decision(compound, policy, **changes).save()


def test_the_evidence_of_a_decision_cannot_be_rewritten(district, people):
    compound, policy = make_compound(district.community), make_policy(district, people)
    _decision(compound, policy).save()
    refused_by_database(lambda: Decision.objects.update(record={"facts": {}}))
    refused_by_database(lambda: Decision.objects.update(outcome="DECIDED", strategy="FALLBACK"))
    Decision.objects.update(is_current=False, superseded_at=timezone.now())


def test_people_see_policies_of_their_district_only(district, people):
    make_policy(district, people)
    assert Policy.objects.visible_to(people.worker).count() == 1
    stranger = make_user(role="district_officer", area=make_district("140106", "迎泽区").area)
    assert Policy.objects.visible_to(stranger).count() == 0
