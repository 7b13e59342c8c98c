"""From a plan to work: put to approval, decided by another, proposed compound by compound."""

import uuid

import pytest
from django.urls import reverse

from compounds.assignment import services as assignments
from compounds.assignment.models import Assignment
from compounds.planning import checks
from compounds.planning.models import Adoption
from compounds.planning.services.adopting import adopt, decide, propose_differences, withdraw
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from tests.compounds.assignment.cast import active, make_cast, make_pair, proposed
from tests.compounds.planning.desk import DAY, make_bundle, make_place, make_run
from tests.factories import make_invitation, make_post, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def run(district, cast):
    return make_run(district.area, cast.officer)


def put(cast, run) -> Adoption:
    return adopt(by=cast.officer, run=run, reason="兜底最少")


def approved(cast, run) -> Adoption:
    row = put(cast, run)
    return decide(
        by=cast.approver, adoption=row, version=1, approves=True, document="小政函〔2026〕8号"
    )


def test_a_plan_is_put_to_approval_once_and_the_approver_is_told(cast, run):
    row = put(cast, run)
    assert Notice.objects.filter(user=cast.approver, kind="plan.to_approve").exists()
    with pytest.raises(DomainError):
        put(cast, run)
    withdraw(by=cast.officer, adoption=row, version=1)
    assert put(cast, run).state == Adoption.State.PROPOSED


def test_only_a_finished_plan_is_put_to_approval(district, cast):
    with pytest.raises(DomainError):
        put(cast, make_run(district.area, cast.officer, state="FAILED"))


def test_nobody_decides_on_what_they_put_to_approval(district, cast, run):
    row = put(cast, run)
    make_post(cast.officer, "district_approver", district.area)
    del cast.officer.scope
    with pytest.raises(DomainError):
        decide(by=cast.officer, adoption=row, version=1, approves=True, document="1号")
    with pytest.raises(NotAllowed):
        decide(by=cast.clerk, adoption=row, version=1, approves=True, document="1号")


def test_an_approval_names_its_document_and_a_refusal_its_reason(cast, run):
    row = put(cast, run)
    for approves in (True, False):
        with pytest.raises(DomainError) as refusal:
            decide(by=cast.approver, adoption=row, version=1, approves=approves)
        assert refusal.value.field == ("document" if approves else "refusal")
    refused = decide(by=cast.approver, adoption=row, version=1, approves=False, refusal="再议")
    assert refused.state == Adoption.State.REFUSED
    assert AuditEntry.objects.filter(verb="refuse", object_type="planning.adoption").exists()
    with pytest.raises(StaleRecord):
        decide(by=cast.approver, adoption=row, version=1, approves=True, document="1号")


def test_what_differs_is_proposed_and_what_cannot_be_is_named(district, cast, run):
    compound, firm = make_pair(district)
    never_asked, _old = make_pair(district)
    other = make_provider(district.area)
    bundle = make_bundle(run, firm)
    make_place(run, compound, bundle)
    make_place(run, never_asked, make_bundle(run, other, number=2))
    row = propose_differences(by=cast.officer, adoption=approved(cast, run), version=2)
    proposed = Assignment.objects.get()
    assert (proposed.compound, proposed.provider, proposed.prepared_by) == (
        compound,
        firm,
        cast.officer,
    )
    assert row.outcome["proposed"] == 1
    [(name, why)] = row.outcome["left_over"]
    assert never_asked.name in name
    assert why
    with pytest.raises(DomainError):
        propose_differences(by=cast.officer, adoption=row, version=3)


def test_another_provider_follows_the_one_that_serves(district, cast, run):
    compound, firm = make_pair(district)
    serving = active(cast, compound, firm, DAY)
    other = make_provider(district.area)
    make_invitation(compound, other, answer="AGREED_WITH_SUBSIDY")
    make_place(run, compound, make_bundle(run, other), outcome="MOVED", today=firm)
    propose_differences(by=cast.officer, adoption=approved(cast, run), version=2)
    follower = Assignment.objects.get(state="PROPOSED")
    assert (follower.provider, follower.replaces) == (other, serving)
    assert "小政函〔2026〕8号" in follower.reason


def test_kept_and_left_compounds_and_centres_are_no_proposals(district, cast, run):
    compound, firm = make_pair(district)
    bundle = make_bundle(run, firm)
    make_place(run, compound, bundle, outcome="KEPT", today=firm)
    make_place(run, make_pair(district)[0])
    centre = make_bundle(run, None, number=2, centre_of=district.street)
    make_place(run, make_pair(district)[0], centre)
    row = propose_differences(by=cast.officer, adoption=approved(cast, run), version=2)
    assert (row.outcome["proposed"], row.outcome["left_over"]) == (0, [])
    assert not Assignment.objects.exists()


def test_an_undecided_plan_becomes_no_work(cast, run):
    with pytest.raises(DomainError):
        propose_differences(by=cast.officer, adoption=put(cast, run), version=1)


def test_what_changed_since_the_plan_is_named_and_not_proposed(district, cast, run):
    served, firm = make_pair(district)
    managed, second = make_pair(district)
    other = make_provider(district.area)
    make_invitation(served, other, answer="AGREED_WITH_SUBSIDY")
    make_place(run, served, make_bundle(run, other))
    make_place(run, managed, make_bundle(run, second, number=2))
    adoption = approved(cast, run)
    active(cast, served, firm, DAY)
    type(managed).objects.filter(pk=managed.pk).update(is_unmanaged=False)
    row = propose_differences(by=cast.officer, adoption=adoption, version=2)
    assert row.outcome["proposed"] == 0
    assert len({why for _name, why in row.outcome["left_over"]}) == 2
    assert {name.split()[0] for name, _why in row.outcome["left_over"]} == {
        served.code,
        managed.code,
    }
    assert not Assignment.objects.filter(state="PROPOSED").exists()


def test_what_could_not_be_proposed_is_proposed_once_the_firm_agreed(district, cast, run):
    compound, firm = make_pair(district)
    later, other = make_pair(district, answer=None)
    make_place(run, compound, make_bundle(run, firm))
    make_place(run, later, make_bundle(run, other, number=2))
    row = propose_differences(by=cast.officer, adoption=approved(cast, run), version=2)
    [(_name, why)] = row.outcome["left_over"]
    assert "例外" not in why  # there is no such field on the page
    told = Notice.objects.filter(user=cast.chief, kind="assignment.to_review")
    assert told.count() == 1
    make_invitation(later, other, answer="AGREED_WITH_SUBSIDY")
    row = propose_differences(by=cast.officer, adoption=row, version=3)
    assert (row.outcome["proposed"], row.outcome["left_over"]) == (2, [])
    assert Assignment.objects.filter(state="PROPOSED").count() == 2
    assert told.count() == 2
    assert list(checks.CHECKS["adoptions"]()) == []
    with pytest.raises(DomainError):
        propose_differences(by=cast.officer, adoption=row, version=4)


def test_a_proposal_that_was_withdrawn_is_not_made_again(district, cast, run):
    compound, firm = make_pair(district)
    make_place(run, compound, make_bundle(run, firm))
    row = propose_differences(by=cast.officer, adoption=approved(cast, run), version=2)
    proposal = Assignment.objects.get()
    assignments.withdraw_assignment(
        by=cast.officer, assignment=proposal, version=proposal.version, reason="样例"
    )
    with pytest.raises(DomainError):
        propose_differences(by=cast.officer, adoption=row, version=3)


def test_the_list_of_assignments_shows_what_a_plan_proposed(client, district, cast, run):
    compound, firm = make_pair(district)
    make_place(run, compound, make_bundle(run, firm))
    adoption = approved(cast, run)
    by_hand = proposed(cast, *make_pair(district))
    client.force_login(cast.officer)
    sent = {"version": 2, "once": str(uuid.uuid4())}
    said = client.post(reverse("planning:propose", args=[adoption.pk]), sent, follow=True)
    way = f"{reverse('assignment:assignment_list')}?plan={adoption.pk}&amp;state=ALL"
    assert way in said.content.decode()
    listing = client.get(way.replace("&amp;", "&")).context["listing"]
    made = Assignment.objects.exclude(pk=by_hand.pk).get()
    assert listing.ids == [made.pk]
    for user, page in ((cast.officer, "plan_detail"), (cast.clerk, "place_list")):
        client.force_login(user)
        detail = client.get(reverse("assignment:assignment_detail", args=[made.pk]))
        assert reverse(f"planning:{page}", args=[run.pk]) in detail.content.decode()
    client.force_login(cast.elsewhere)
    assert client.get(way.replace("&amp;", "&")).context["listing"].ids == []
