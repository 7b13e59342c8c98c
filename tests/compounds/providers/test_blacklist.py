"""The blacklist: every step by its own people, in order, once; it blocks new work and ends none."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from compounds.providers import rules, services
from compounds.providers.checks import standing
from compounds.providers.models import BlacklistEntry, Invitation
from compounds.providers.services import blacklist
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.factories import make_compound, make_invitation, make_post, make_provider, make_user

TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(day=TODAY)
    monkeypatch.setattr(dates, "today", lambda: now.day)
    return now


@pytest.fixture
def people(district, clock):
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        chief=make_user("chief", "street_leader", district.street),
        officer=make_user("officer", "district_officer", district.area),
        approver=make_user("approver", "district_approver", district.area),
    )


@pytest.fixture
def firm(district):
    return make_provider(district.area)


@pytest.fixture
def entry(people, firm, district):
    return blacklist.propose(
        by=people.officer, provider=firm, reason="擅自撤离", street=district.street
    )


def opinion(people, entry, **changes):
    facts = {"by": people.chief, "is_supported": True, "opinion": "属实", "version": 1, **changes}
    return blacklist.give_opinion(entry=entry, **facts)


def notice(people, entry, **changes):
    facts = {"by": people.officer, "version": 2, "notified_on": TODAY, **changes}
    return blacklist.notify_firm(entry=entry, heard_until=dt.date(2026, 12, 1), **facts)


def hearing(people, entry, **changes):
    facts = {"by": people.officer, "version": 3, "heard_on": TODAY, "hearing": "愿整改", **changes}
    return blacklist.record_hearing(entry=entry, **facts)


def decision(people, entry, **changes):
    facts = {
        "by": people.approver,
        "version": 4,
        "is_granted": True,
        "decision": "事实清楚",
        "term_until": dt.date(2027, 11, 22),
        **changes,
    }
    return blacklist.decide(entry=entry, **facts)


def in_force(people, entry):
    opinion(people, entry)
    notice(people, entry)
    hearing(people, entry)
    return decision(people, entry)


def test_the_whole_way_blocks_new_invitations_and_leaves_old_ones(people, firm, district, entry):
    old = make_invitation(make_compound(district.community), firm)
    row = in_force(people, entry)
    firm.refresh_from_db()
    assert (row.state, row.term_from) == ("IN_FORCE", TODAY)
    assert firm.blacklisted_until == dt.date(2027, 11, 22)
    assert rules.is_blacklisted(firm, TODAY)
    assert list(standing()) == []
    with pytest.raises(DomainError):
        services.invite_providers(
            by=people.clerk,
            compound=make_compound(district.community),
            providers=[firm],
            round=1,
            invited_on=TODAY,
        )
    assert Invitation.objects.get() == old
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs[:5] == [
        "propose_blacklisting",
        "give_opinion",
        "notify",
        "hear",
        "blacklist",
    ]


def test_no_step_can_be_skipped_or_taken_twice(people, entry):
    steps = [opinion, notice, hearing, decision]
    for done in range(len(steps)):
        current = BlacklistEntry.objects.get()
        for later in steps[done + 1 :]:
            with pytest.raises(DomainError), transaction.atomic():
                later(people, entry, version=current.version)
        steps[done](people, entry, version=current.version)
    current = BlacklistEntry.objects.get()
    for step in (opinion, notice, hearing, decision):
        with pytest.raises(DomainError), transaction.atomic():
            step(people, entry, version=current.version)


def test_every_step_is_of_its_own_people(people, district, entry):
    other_chief = make_user("other", "street_leader", district.other_street)
    for by in (people.officer, people.approver, people.clerk, other_chief):
        with pytest.raises(NotAllowed):
            opinion(people, entry, by=by)
    opinion(people, entry)
    for by in (people.chief, people.approver):
        with pytest.raises(NotAllowed):
            notice(people, entry, by=by)
    notice(people, entry)
    hearing(people, entry)
    for by in (people.chief, people.officer):
        with pytest.raises(NotAllowed):
            decision(people, entry, by=by)
    with pytest.raises(NotAllowed):
        blacklist.propose(
            by=people.chief, provider=entry.provider, reason="x", street=district.street
        )


def test_who_proposed_it_does_not_decide_it(people, district, firm):
    make_post(people.approver, "district_officer", district.area)
    entry = blacklist.propose(
        by=people.approver, provider=firm, reason="擅自撤离", street=district.street
    )
    opinion(people, entry)
    notice(people, entry)
    hearing(people, entry)
    with pytest.raises(DomainError):
        decision(people, entry)
    entry.refresh_from_db()
    entry.decided_by = people.approver
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()


def test_nothing_is_decided_while_the_firm_may_be_heard(people, clock, entry):
    opinion(people, entry)
    notice(people, entry)
    with pytest.raises(DomainError):
        decision(people, entry, version=3)
    clock.day = dt.date(2026, 12, 1)
    with pytest.raises(DomainError):
        decision(people, entry, version=3)
    clock.day = dt.date(2026, 12, 2)
    assert decision(people, entry, version=3).state == "IN_FORCE"


def test_the_streets_opinion_does_not_bind_the_district(people, entry):
    opinion(people, entry, is_supported=False)
    notice(people, entry)
    hearing(people, entry)
    assert decision(people, entry).state == "IN_FORCE"


def test_a_rejected_proposal_blocks_nobody_and_a_new_one_may_follow(people, firm, district, entry):
    opinion(people, entry)
    notice(people, entry)
    hearing(people, entry)
    assert decision(people, entry, is_granted=False, term_until=None).state == "REJECTED"
    firm.refresh_from_db()
    assert firm.blacklisted_until is None
    blacklist.propose(by=people.officer, provider=firm, reason="再犯", street=district.street)


def test_a_term_is_given_and_does_not_lie_behind(people, entry):
    opinion(people, entry)
    notice(people, entry)
    hearing(people, entry)
    for term in (None, dt.date(2026, 11, 22)):
        with pytest.raises(DomainError):
            decision(people, entry, term_until=term)


def test_one_blacklisting_of_a_firm_is_open_at_a_time(people, firm, district, entry):
    with pytest.raises(DomainError):
        blacklist.propose(by=people.officer, provider=firm, reason="x", street=district.street)
    with pytest.raises(IntegrityError), transaction.atomic():
        BlacklistEntry.objects.create(provider=firm, reason="x", proposed_on=TODAY)


def test_the_second_of_two_who_decide_at_once_is_told(people, district, entry):
    opinion(people, entry)
    notice(people, entry)
    hearing(people, entry)
    decision(people, entry)
    second = make_user("second", "district_approver", district.area)
    with pytest.raises(StaleRecord):
        decision(people, entry, by=second, is_granted=False)
    assert BlacklistEntry.objects.get().state == "IN_FORCE"


def test_lifting_needs_a_reason_and_frees_the_firm_at_once(people, firm, entry):
    row = in_force(people, entry)
    with pytest.raises(NotAllowed):
        blacklist.lift(by=people.officer, entry=row, version=row.version, reason="x")
    row = blacklist.lift(by=people.approver, entry=row, version=row.version, reason="已整改")
    firm.refresh_from_db()
    assert (row.state, firm.blacklisted_until) == ("LIFTED", None)
    assert AuditEntry.objects.latest("id").reason == "已整改"
    assert list(standing()) == []


def test_after_its_term_a_firm_may_be_proposed_again(people, clock, firm, district, entry):
    in_force(people, entry)
    clock.day = dt.date(2027, 11, 23)
    firm.refresh_from_db()
    assert not rules.is_blacklisted(firm, clock.day)
    blacklist.propose(by=people.officer, provider=firm, reason="再犯", street=district.street)
    entry.refresh_from_db()
    assert entry.state == "ENDED"
    assert list(standing()) == []


def test_the_page_offers_each_step_to_its_people_only(client, people, entry):
    page = reverse("providers:provider_blacklist", args=[entry.provider_id])
    door = reverse("providers:blacklist_opinion", args=[entry.pk])
    for name, sees in (("chief", True), ("officer", False), ("approver", False), ("clerk", False)):
        client.force_login(getattr(people, name))
        assert (door in client.get(page).content.decode()) is sees
    opinion(people, entry)
    client.force_login(people.chief)
    late = client.get(door, follow=True)
    assert "此步已办理" in late.content.decode()
