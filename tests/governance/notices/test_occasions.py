"""What happens in the rooms reaches those it concerns: overrides, proposals, bulk edits."""

import datetime as dt

import pytest
from django.utils import translation

from compounds.classification import services as classification
from compounds.registry.services.bulk import change_many, verify_survey
from governance.notices.models import Notice
from governance.party_grid.services import proposals
from tests.compounds.classification.policies import make_policy
from tests.factories import DAY, make_compound, make_user
from tests.governance.party_grid.places import make_layout


@pytest.fixture
def people(district):
    class People:
        worker = make_user("worker", "community_worker", district.community)
        clerk = make_user("clerk", "street_clerk", district.street)
        leader = make_user("leader", "street_leader", district.street)
        officer = make_user("officer", "district_officer", district.area)
        approver = make_user("approver", "district_approver", district.area)
        stranger = make_user("stranger", "street_leader", district.other_street)

    return People


def told(user) -> list[str]:
    return list(Notice.objects.of(user).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def override(district, people):
    compound = make_compound(district.community)
    make_policy(district, people)
    classification.run_classification(by=people.officer, area=district.area, as_of=DAY)
    return classification.propose_override(
        by=people.clerk,
        compound=compound,
        strategy="FALLBACK",
        reason="居民要求",
        document="样例纪要1号",
        expires_on=dt.date(2198, 1, 1),
    )


def test_who_may_approve_an_override_hears_that_one_waits(override, people):
    assert told(people.leader) == told(people.approver) == ["override.waiting"]
    assert not told(people.clerk)
    assert not told(people.stranger)
    assert not told(people.worker)


def test_an_approved_override_waits_no_longer_and_its_preparer_hears_of_it(override, people):
    classification.approve_override(by=people.leader, override=override, version=override.version)
    assert not Notice.objects.of(people.approver).unread().exists()
    notice = Notice.objects.of(people.clerk).get()
    assert notice.kind == "override.approved"
    with translation.override("en"):
        assert notice.title == f"{override.community}: your override was approved"


def test_whoever_withdraws_their_own_override_is_not_told(override, people):
    classification.withdraw_override(
        by=people.clerk, override=override, version=override.version, reason="撤回"
    )
    assert not told(people.clerk)
    assert not Notice.objects.unread().exists()


def test_a_proposal_of_organisations_is_told_to_who_may_apply_it(district, people):
    make_layout(district.community, {1: "A", 2: "BC"})
    proposal = proposals.prepare_proposal(by=people.clerk, area=district.street)
    assert told(people.leader) == told(people.approver) == ["proposal.waiting"]
    assert not told(people.clerk)
    assert not told(people.stranger)
    proposals.apply_steps(
        by=people.leader, proposal=proposal, document_number="样例1号", document_on=DAY
    )
    assert not Notice.objects.of(people.approver).unread().exists()
    assert told(people.clerk) == ["proposal.applied"]


def test_a_proposal_replaces_the_earlier_one_and_one_without_steps_is_not_told(district, people):
    make_layout(district.community, {1: "A"})
    proposals.prepare_proposal(by=people.clerk, area=district.street)
    again = proposals.prepare_proposal(by=people.clerk, area=district.street)
    unread = Notice.objects.of(people.leader).unread()
    assert [row.url for row in unread] == [f"/party-grid/proposals/{again.pk}/"]
    proposals.apply_steps(
        by=people.leader, proposal=again, document_number="样例1号", document_on=DAY
    )
    proposals.prepare_proposal(by=people.clerk, area=district.street)
    assert not Notice.objects.of(people.approver).unread().exists()


def test_a_bulk_edit_is_one_notice_to_each_worker_concerned(district, people):
    rows = [make_compound(district.community, refresh=False).pk for _number in range(3)]
    rows.append(make_compound(district.sister_community, refresh=False).pk)
    change_many(by=people.clerk, ids=rows, changes={"is_enclosed": False})
    notice = Notice.objects.get()
    assert notice.user == people.worker
    assert (notice.kind, notice.count) == ("compounds.changed", 3)
    change_many(by=people.clerk, ids=rows, changes={"is_enclosed": False})
    assert Notice.objects.count() == 1, "nothing has changed"


def test_a_verified_survey_is_told_to_the_worker_but_ones_own_edit_is_not(district, people):
    row = make_compound(district.community, verified_on=None)
    verify_survey(by=people.clerk, ids=[row.pk])
    assert told(people.worker) == ["compounds.verified"]
    change_many(by=people.worker, ids=[row.pk], changes={"is_enclosed": False})
    assert told(people.worker) == ["compounds.verified"]
