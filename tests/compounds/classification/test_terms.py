"""From when until when a policy is in force: replacing, reaching back, retiring."""

import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from compounds.classification import services
from compounds.classification.errors import NoPolicyInForce, NotOpen
from compounds.classification.models import Decision, Policy
from compounds.classification.rules import Term, succession, term_fault
from governance.audit.models import AuditEntry

from .pages import AS_OF, client_of, text_of
from .policies import REASON, TERMS, make_draft, make_people, make_policy, make_sample

HOME = "/classification/policies/"
MARCH, MAY, JULY = dt.date(2026, 3, 1), dt.date(2026, 5, 1), dt.date(2026, 7, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)


@pytest.fixture
def people(district):
    return make_people(district)


# --- pure -------------------------------------------------------------------------------------


def test_each_edition_ends_where_the_next_begins():
    standings = succession([Term(2, JULY), Term(1, MARCH)])
    assert (standings[1].last_day, standings[1].replaced_by) == (JULY - DAY, 2)
    assert (standings[2].last_day, standings[2].replaces) == (None, 1)


def test_a_temporary_edition_does_not_bring_its_predecessor_back():
    standings = succession([Term(1, MARCH), Term(2, MAY, MAY + 9 * DAY)])
    assert standings[1].is_in_force(MAY - DAY)
    assert not any(row.is_in_force(JULY) for row in standings.values())


def test_an_edition_retired_before_its_first_day_replaces_nothing():
    standings = succession([Term(1, MARCH), Term(2, JULY, None, JULY - DAY)])
    assert (standings[1].last_day, standings[1].replaced_by) == (None, None)
    assert not standings[2].is_ever
    assert standings[2].is_over(MARCH)


@pytest.mark.parametrize(
    ("begins", "ends", "is_fault"),
    [
        (JULY, None, False),
        (JULY, MAY, True),  # over before today
        (MAY, None, False),  # reaches back into edition 1
        (MARCH, None, True),  # the same day as edition 1
        (MARCH - DAY, None, True),  # would be replaced by an older edition
        (MARCH - DAY, AS_OF, True),
        (AS_OF, JULY + 8 * DAY, False),  # until the day before edition 2
        (AS_OF, JULY + 9 * DAY, True),
    ],
)
def test_a_new_term_begins_last_or_ends_before_the_next(begins, ends, is_fault):
    published = [Term(1, MARCH)]
    if ends and ends > JULY:
        published.append(Term(2, JULY + 9 * DAY))
    assert bool(term_fault(Term(9, begins, ends), published, today=AS_OF)) == is_fault


# --- the service ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_query_and_the_rule_agree_on_every_day(district, people):
    make_policy(district, people)
    make_policy(district, people, effective_from=MAY, effective_until=AS_OF + 9 * DAY)
    void = make_policy(district, people, effective_from=JULY)
    services.retire_policy(by=people.approver, policy=void, version=void.version, reason="撤")
    again = make_policy(district, people, effective_from=JULY)
    make_policy(district, people, effective_from=JULY + 40 * DAY)
    make_draft(district, people, effective_from=MAY)
    standings = services.standings_of(district.area.pk)
    seen = set()
    for number in range(-5, 200):
        day = MARCH + number * DAY
        by_query = list(Policy.objects.in_force(day).values_list("edition", flat=True))
        by_rule = [edition for edition, row in standings.items() if row.is_in_force(day)]
        assert by_query == by_rule
        assert len(by_rule) <= 1
        seen.update(by_rule)
    assert seen == {1, 2, again.edition, again.edition + 1}
    begins = sorted(row.begins for row in standings.values() if row.is_ever)
    assert all(one < other for one, other in pairwise(begins))


@pytest.mark.django_db
def test_beginning_before_today_needs_a_reason_that_stays(district, people):
    draft = make_draft(district, people)
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        services.publish_policy(by=people.approver, policy=draft, version=1, reason="  ")
    assert "retroactive_reason" in refusal.value.message_dict
    services.publish_policy(by=people.approver, policy=draft, version=1, reason=REASON)
    assert Policy.objects.get().retroactive_reason == REASON
    entry = AuditEntry.objects.get(verb="publish")
    assert (entry.reason, entry.changes["retroactive_reason"]) == (REASON, [None, REASON])


@pytest.mark.django_db
def test_beginning_today_keeps_no_reason(district, people):
    policy = make_policy(district, people, effective_from=AS_OF)
    assert policy.retroactive_reason == ""


@pytest.mark.django_db
def test_decisions_keep_their_policy_when_another_reaches_back(district, people):
    old = make_policy(district, people)
    make_sample(district)
    services.run_classification(by=people.officer, as_of=AS_OF)
    before = set(Decision.objects.values_list("pk", "policy_id"))
    new = make_policy(district, people, effective_from=MAY)
    assert set(Decision.objects.values_list("pk", "policy_id")) == before
    assert services.policy_in_force(district.area, AS_OF) == new
    assert services.policy_in_force(district.area, MAY - DAY) == old
    run = services.run_classification(by=people.officer, as_of=AS_OF)
    assert run.policy == new
    assert Decision.objects.filter(policy=old).count() == len(before)


@pytest.mark.django_db
def test_terms_that_clash_are_refused_and_said_on_the_page(district, people):
    make_policy(district, people, effective_from=JULY)
    for begins in (JULY, AS_OF):
        draft = make_draft(district, people, effective_from=begins)
        with pytest.raises(ValidationError), transaction.atomic():
            services.publish_policy(by=people.approver, policy=draft, version=1)
        page = client_of(people.approver, "en").get(f"{HOME}{draft.pk}/")
        assert "Edition 1 begins" in text_of(page)
        assert "/publish/" not in page.content.decode()
    bounded = make_policy(district, people, effective_from=AS_OF, effective_until=JULY - DAY)
    assert services.policy_in_force(district.area, AS_OF) == bounded


@pytest.mark.django_db
def test_the_database_refuses_two_that_begin_on_one_day(district, people):
    make_policy(district, people, effective_from=JULY)
    draft = make_draft(district, people)
    draft.effective_from, draft.state = JULY, "PUBLISHED"
    draft.published_by, draft.published_at = people.approver, draft.created_at
    with pytest.raises(DatabaseError), transaction.atomic():
        draft.save()


@pytest.mark.django_db
def test_a_retired_policy_stays_replaced_unless_it_never_began(district, people):
    first = make_policy(district, people)
    coming = make_policy(district, people, effective_from=JULY)
    services.retire_policy(by=people.approver, policy=coming, version=2, reason="有误")
    assert services.policy_in_force(district.area, JULY) == first
    begun = make_policy(district, people, effective_from=MAY)
    with pytest.raises(NotOpen), transaction.atomic():
        services.retire_policy(
            by=people.approver, policy=first, version=first.version, reason="已被取代"
        )
    services.retire_policy(by=people.approver, policy=begun, version=2, reason="有误")
    with pytest.raises(NoPolicyInForce):
        services.policy_in_force(district.area, AS_OF)
    assert services.policy_in_force(district.area, AS_OF - DAY) == begun


@pytest.mark.django_db
def test_a_retired_policy_can_be_replaced_from_its_own_first_day(district, people):
    wrong = make_policy(district, people, effective_from=MAY)
    services.retire_policy(by=people.approver, policy=wrong, version=2, reason="有误")
    right = make_policy(district, people, effective_from=MAY)
    assert services.policy_in_force(district.area, MAY) == right
    assert not services.standings_of(district.area.pk)[wrong.edition].is_ever


# --- the page ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_replaced_policy_names_the_edition_that_replaced_it(district, people):
    first = make_policy(district, people)
    second = make_policy(district, people, effective_from=MAY, title="第二版")
    client = client_of(people.leader, "en")
    page = client.get(f"{HOME}{first.pk}/")
    assert page.context["policy"].replaced_by == second
    assert f'<a href="{HOME}{second.pk}/">第二版' in page.content.decode()
    assert "Replaced from" in text_of(page)
    answer = client.get(f"{HOME}{second.pk}/")
    assert f'<a href="{HOME}{first.pk}/">{TERMS["title"]}' in answer.content.decode()
    assert REASON in text_of(answer)
    assert "until further notice" in text_of(answer)
    groups = dict(client.get(HOME).context["groups"])
    assert groups == {"In force": [second], "No longer in force": [first]}


@pytest.mark.django_db
def test_the_reason_is_asked_for_only_where_it_is_needed(district, people):
    reaching = make_draft(district, people)
    coming = make_draft(district, people, effective_from=JULY)
    client = client_of(people.approver)
    address = f"{HOME}{reaching.pk}/"
    assert 'name="retroactive_reason"' in client.get(address).content.decode()
    assert "retroactive_reason" not in client.get(f"{HOME}{coming.pk}/").content.decode()
    client.post(f"{address}publish/", {"version": 1, "retroactive_reason": " "})
    assert Policy.objects.get(pk=reaching.pk).is_draft
    client.post(f"{address}publish/", {"version": 1, "retroactive_reason": REASON})
    assert Policy.objects.get(pk=reaching.pk).retroactive_reason == REASON
