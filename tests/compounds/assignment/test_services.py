"""The chain of an assignment: who may do what, in which order, and what is recorded."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from compounds.assignment import questions, services
from compounds.assignment.checks import CHECKS
from compounds.assignment.errors import Ineligible, NotOpen, RowsRefused, SamePerson, Short
from compounds.assignment.models import Assignment, AssignmentStep, HandoverItem
from compounds.providers import serving
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from compounds.registry.services.compounds import demolish_compound, merge_compound
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices import kinds
from governance.notices.models import Notice
from tests.compounds.assignment.cast import (
    active,
    approved,
    make_cast,
    make_classified,
    make_pair,
    proposed,
    reviewed,
)
from tests.factories import (
    make_compound,
    make_district,
    make_invitation,
    make_post,
    make_provider,
    make_user,
)

pytestmark = pytest.mark.django_db
START = dt.date(2026, 6, 1)


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def pair(district):
    return make_pair(district)


def fresh(row):
    return Assignment.objects.get(pk=row.pk)


def sound():
    return [sentence for check in CHECKS.values() for sentence in check()]


# -- the whole way ---------------------------------------------------------------------------
def test_three_people_take_an_assignment_from_proposal_to_approval(cast, pair):
    row = approved(cast, *pair)
    assert (row.state, row.version) == ("DISTRICT_APPROVED", 3)
    assert (row.prepared_by, row.reviewed_by, row.approved_by) == (
        cast.clerk,
        cast.chief,
        cast.approver,
    )
    steps = list(AssignmentStep.objects.order_by("pk"))
    assert [(step.from_state, step.to_state, step.by) for step in steps] == [
        ("", "PROPOSED", cast.clerk),
        ("PROPOSED", "STREET_REVIEWED", cast.chief),
        ("STREET_REVIEWED", "DISTRICT_APPROVED", cast.approver),
    ]
    assert {step.on for step in steps} == {dates.today()}
    assert steps[0].post == "坞城街道·street_clerk"
    assert steps[2].document == "小店房管〔2026〕1号"
    verbs = AuditEntry.objects.filter(object_type="assignment.assignment").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["propose", "review", "approve"]
    assert row.history.count() == 3
    assert not sound()


def test_each_next_person_is_told_once_and_the_preparer_of_the_approval(cast, pair):
    other = make_user("chief2", "street_leader", pair[0].street)
    row = proposed(cast, *pair)
    waiting = Notice.objects.unread().filter(kind="assignment.to_review")
    assert set(waiting.values_list("user", flat=True)) == {cast.chief.pk, other.pk}
    assert kinds.left("assignment.to_review", other) == 1
    assert kinds.left("assignment.to_approve", cast.approver) == 0
    row = services.review_assignment(by=cast.chief, assignment=row, version=1)
    assert not waiting.exists()  # also for the other leader: nothing waits any more
    assert Notice.objects.unread().get(kind="assignment.to_approve").user == cast.approver
    services.approve_assignment(by=cast.approver, assignment=row, version=2)
    assert Notice.objects.unread().get().kind == "assignment.approved"
    assert Notice.objects.unread().get().user == cast.clerk


@pytest.mark.parametrize("who", ["chief", "approver", "elsewhere"])
def test_only_clerk_and_officer_of_the_place_propose(cast, pair, who):
    compound, firm = pair
    with pytest.raises(NotAllowed):
        services.propose_assignment(
            by=getattr(cast, who), compound=compound, provider=firm, strategy=compound.strategy
        )
    assert services.propose_assignment(
        by=cast.officer, compound=compound, provider=firm, strategy=compound.strategy
    )


def test_the_preparer_never_reviews_and_neither_of_them_approves(district, cast, pair):
    both = make_user("both", "street_clerk", district.street)
    make_post(both, "street_leader", district.street)
    make_post(both, "district_approver", district.area)
    compound, firm = pair
    row = services.propose_assignment(
        by=both, compound=compound, provider=firm, strategy=compound.strategy
    )
    with pytest.raises(SamePerson):
        services.review_assignment(by=both, assignment=row, version=1)
    row = services.review_assignment(by=cast.chief, assignment=row, version=1)
    with pytest.raises(SamePerson):
        services.approve_assignment(by=both, assignment=row, version=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(reviewed_by=both)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(approved_by=cast.chief)


def test_no_step_is_skipped_or_taken_by_the_wrong_post(cast, pair):
    row = proposed(cast, *pair)
    with pytest.raises(NotOpen):
        services.approve_assignment(by=cast.approver, assignment=row, version=1)
    with pytest.raises(NotAllowed):
        services.review_assignment(by=cast.clerk, assignment=row, version=1)
    with pytest.raises(NotOpen):
        services.activate_assignment(by=cast.clerk, assignment=row, starts_on=START)
    row = services.review_assignment(by=cast.chief, assignment=row, version=1)
    with pytest.raises(NotAllowed):
        services.approve_assignment(by=cast.officer, assignment=row, version=2)
    with pytest.raises(NotOpen):
        services.review_assignment(by=cast.chief, assignment=row, version=2)


def test_who_has_seen_an_older_version_is_told(cast, pair):
    row = proposed(cast, *pair)
    services.review_assignment(by=cast.chief, assignment=row, version=1)
    with pytest.raises(StaleRecord):
        services.withdraw_assignment(by=cast.clerk, assignment=row, version=1, reason="样例")


def test_a_step_back_needs_a_reason_and_clears_who_took_the_step(cast, pair):
    row = approved(cast, *pair)
    with pytest.raises(DomainError):
        services.return_assignment(by=cast.approver, assignment=row, version=3, reason="  ")
    with pytest.raises(NotAllowed):
        services.return_assignment(by=cast.chief, assignment=row, version=3, reason="样例")
    row = services.return_assignment(
        by=cast.approver, assignment=row, version=3, reason="居民有意见"
    )
    assert (fresh(row).state, fresh(row).approved_by) == ("STREET_REVIEWED", None)
    row = services.return_assignment(by=cast.chief, assignment=row, version=4, reason="重新核对")
    assert (fresh(row).state, fresh(row).reviewed_by) == ("PROPOSED", None)
    assert (
        AssignmentStep.objects.filter(reason="居民有意见").get().from_state == "DISTRICT_APPROVED"
    )
    with pytest.raises(NotOpen):
        services.return_assignment(by=cast.chief, assignment=row, version=5, reason="样例")
    assert Notice.objects.filter(kind="assignment.returned", user=cast.clerk).count() == 2
    assert not sound()


def test_a_proposal_is_withdrawn_by_the_street_an_approved_one_by_the_district(cast, pair):
    row = approved(cast, *pair)
    with pytest.raises(NotAllowed):
        services.withdraw_assignment(by=cast.clerk, assignment=row, version=3, reason="样例")
    services.withdraw_assignment(by=cast.approver, assignment=row, version=3, reason="样例")
    again = proposed(cast, *pair)
    services.withdraw_assignment(by=cast.clerk, assignment=again, version=1, reason="样例")
    assert Assignment.objects.open().count() == 0


# -- what may be proposed --------------------------------------------------------------------
def test_what_is_not_classified_or_classified_otherwise_is_refused(cast, district, pair):
    compound, firm = pair
    with pytest.raises(DomainError) as refused:
        services.propose_assignment(
            by=cast.clerk, compound=compound, provider=firm, strategy="RED_TAKEOVER"
        )
    assert refused.value.field == "strategy"
    bare = make_compound(district.community)
    with pytest.raises(NotOpen):
        services.propose_assignment(by=cast.clerk, compound=bare, provider=firm, strategy="")


def test_at_most_one_assignment_is_prepared_for_a_compound(cast, district, pair):
    compound, _firm = pair
    proposed(cast, *pair)
    other = make_provider(district.area)
    make_invitation(compound, other)
    with pytest.raises(NotOpen):
        proposed(cast, compound, other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            compound=compound, provider=other, strategy=compound.strategy, prepared_by=cast.clerk
        )


def test_a_firm_that_lacks_something_needs_a_reason_which_is_kept(cast, district):
    compound, firm = make_pair(district, answer=None)
    with pytest.raises(Ineligible) as refused:
        proposed(cast, compound, firm)
    assert [reason.code for reason in refused.value.reasons] == ["NOT_ASKED"]
    assert refused.value.field == "exception_reason"
    row = proposed(cast, compound, firm, exception_reason="口头同意，函件补办中")
    assert row.exception_reason == "口头同意，函件补办中"
    entry = AuditEntry.objects.get(object_type="assignment.assignment")
    assert entry.changes["lacks"] == [None, ["NOT_ASKED"]]


def test_no_exception_is_kept_where_nothing_is_lacking(cast, pair):
    assert proposed(cast, *pair, exception_reason="多余").exception_reason == ""


def test_a_bar_cannot_be_overruled(cast, district):
    compound, firm = make_pair(district)
    firm.blacklisted_until = dt.date(2099, 1, 1)
    firm.save()
    with pytest.raises(Ineligible) as refused:
        proposed(cast, compound, firm, exception_reason="样例")
    assert refused.value.field == "provider"
    compound, firm = make_pair(district)
    services.add_lock(by=cast.clerk, compound=compound, kind="HOLD", reason="改造中")
    with pytest.raises(Ineligible):
        proposed(cast, compound, firm, exception_reason="样例")


def test_fallback_needs_two_failed_rounds_or_a_recorded_reason(cast, district):
    """Source: S0-13, §5.1."""
    team = make_provider(district.area, kind="FALLBACK_TEAM")
    firm = make_provider(district.area)
    compound = make_classified(district.community, strategy="FALLBACK")
    make_invitation(compound, firm, round=1, answer="REFUSED")
    with pytest.raises(Ineligible) as refused:
        proposed(cast, compound, team)
    assert [reason.code for reason in refused.value.reasons] == ["ROUNDS"]
    make_invitation(compound, firm, round=2, answer="NO_ANSWER")
    assert proposed(cast, compound, team)


def test_room_that_is_promised_is_taken(cast, district):
    """5,500 m² are asked twice of a firm that has 10,000 m² left."""
    firm = make_provider(district.area, capacity_m2=12000, served_area_m2=2000)
    compounds = [make_classified(district.community) for _ in range(2)]
    for compound in compounds:
        make_invitation(compound, firm)
    proposed(cast, compounds[0], firm)
    with pytest.raises(Ineligible) as refused:
        proposed(cast, compounds[1], firm)
    assert [reason.code for reason in refused.value.reasons] == ["NO_CAPACITY"]


def test_a_firm_of_another_district_is_barred(cast, district, pair):
    far = make_provider(make_district("140107", "杏花岭区").area)
    with pytest.raises(Ineligible) as refused:
        proposed(cast, pair[0], far, exception_reason="样例")
    assert "OTHER_DISTRICT" in [reason.code for reason in refused.value.reasons]


def test_approval_refuses_who_was_barred_and_what_was_reclassified_since(cast, district, pair):
    compound, firm = pair
    row = reviewed(cast, compound, firm)
    lock = services.add_lock(
        by=cast.clerk, compound=compound, kind="BAR", provider=firm, reason="样例"
    )
    with pytest.raises(Ineligible):
        services.approve_assignment(by=cast.approver, assignment=row, version=2)
    services.release_lock(by=cast.clerk, lock=lock, version=1, reason="样例")
    Compound.objects.filter(pk=compound.pk).update(strategy="FALLBACK")
    with pytest.raises(DomainError):
        services.approve_assignment(by=cast.approver, assignment=row, version=2)
    Compound.objects.filter(pk=compound.pk).update(strategy="SUBSIDY_TRANSITION")
    assert services.approve_assignment(by=cast.approver, assignment=row, version=2)


# -- many at once ----------------------------------------------------------------------------
def test_many_are_proposed_reviewed_and_approved_with_one_notice_each(cast, district):
    firm = make_provider(district.area)
    compounds = [make_classified(district.community) for _ in range(3)]
    for compound in compounds:
        make_invitation(compound, firm)
    wanted = [services.Proposal(compound, firm) for compound in compounds]
    rows = services.propose_many(by=cast.clerk, proposals=wanted, batch="p1")
    assert Notice.objects.get(kind="assignment.to_review").count == 3
    assert set(AuditEntry.objects.filter(verb="propose").values_list("batch", flat=True)) == {"p1"}
    rows = services.review_many(
        by=cast.chief, rows=[(row.pk, row.version) for row in rows], batch="r1"
    )
    assert Notice.objects.get(kind="assignment.to_approve").count == 3
    rows = services.approve_many(
        by=cast.approver, rows=[(row.pk, row.version) for row in rows], batch="a1", document="1号"
    )
    assert {fresh(row).state for row in rows} == {"DISTRICT_APPROVED"}
    assert Notice.objects.get(kind="assignment.approved").count == 3
    assert AssignmentStep.objects.filter(batch="a1", document="1号").count() == 3
    assert not sound()


def test_of_many_proposals_none_is_written_when_one_is_refused(cast, district):
    """The firm has room for two of three."""
    firm = make_provider(district.area, capacity_m2=11000)
    compounds = [make_classified(district.community) for _ in range(3)]
    for compound in compounds:
        make_invitation(compound, firm)
    wanted = [services.Proposal(compound, firm) for compound in compounds]
    with pytest.raises(RowsRefused) as refused:
        services.propose_many(by=cast.clerk, proposals=wanted, batch="p1")
    last = max(compound.code for compound in compounds)
    assert [row.name.split()[0] for row in refused.value.rows] == [last]
    assert not Assignment.objects.exists()
    assert not Notice.objects.exists()


def test_many_are_approved_beyond_a_firms_room_only_knowingly_and_with_a_reason(cast, district):
    firm = make_provider(district.area, capacity_m2=500000)
    compounds = [make_classified(district.community) for _ in range(3)]
    for compound in compounds:
        make_invitation(compound, firm)
    wanted = [services.Proposal(compound, firm) for compound in compounds]
    rows = services.propose_many(by=cast.clerk, proposals=wanted, batch="p1")
    rows = services.review_many(by=cast.chief, rows=[(row.pk, 1) for row in rows], batch="r1")
    Provider.objects.update(capacity_m2=11000)
    told = {"by": cast.approver, "rows": [(row.pk, 2) for row in rows], "batch": "a1"}
    with pytest.raises(Short, match=firm.name) as short:
        services.approve_many(**told)
    assert "11,000.00" in str(short.value)
    assert short.value.field == "accepts_shortage"
    with pytest.raises(DomainError):
        services.approve_many(**told, accepts_shortage=True)
    assert {fresh(row).state for row in rows} == {"STREET_REVIEWED"}
    services.approve_many(**told, accepts_shortage=True, reason="企业已增派人员")
    assert {fresh(row).state for row in rows} == {"DISTRICT_APPROVED"}
    assert AssignmentStep.objects.filter(reason="企业已增派人员").count() == 3


def test_of_many_reviews_none_is_written_when_one_is_refused(cast, district):
    pairs = [make_pair(district) for _ in range(2)]
    one = proposed(cast, *pairs[0])
    other = reviewed(cast, *pairs[1])
    with pytest.raises(RowsRefused) as refused:
        services.review_many(by=cast.chief, rows=[(one.pk, 1), (other.pk, 2)], batch="r1")
    assert [row.name for row in refused.value.rows] == [str(other)]
    assert fresh(one).state == "PROPOSED"
    with pytest.raises(DomainError):
        services.review_many(by=cast.chief, rows=[(one.pk, 1), (99999, 1)], batch="r1")


def test_rows_of_another_street_do_not_exist_for_the_leader(cast, district):
    compound = make_classified(district.other_community)
    firm = make_provider(district.area)
    make_invitation(compound, firm)
    row = services.propose_assignment(
        by=cast.elsewhere, compound=compound, provider=firm, strategy=compound.strategy
    )
    with pytest.raises(DomainError):
        services.review_many(by=cast.chief, rows=[(row.pk, 1)], batch="r1")


def test_many_are_returned_with_one_reason(cast, district):
    rows = [reviewed(cast, *make_pair(district)) for _ in range(2)]
    services.return_many(
        by=cast.approver, rows=[(row.pk, 2) for row in rows], batch="b1", reason="材料不全"
    )
    assert {fresh(row).state for row in rows} == {"PROPOSED"}


# -- serving and its end ---------------------------------------------------------------------
def test_serving_is_told_to_the_room_of_firms(cast, district, pair):
    compound, firm = pair
    assert serving.served([district.area.pk]) == {}
    active(cast, compound, firm, START)
    ((count, area),) = serving.served([district.area.pk]).values()
    assert (count, area) == (1, compound.chargeable_area_m2)


def test_an_end_has_a_day_after_the_start_and_a_reason(cast, pair):
    row = active(cast, *pair, START)
    end = {"by": cast.clerk, "assignment": row, "version": row.version}
    with pytest.raises(DomainError):
        services.end_assignment(**end, ended_on=START - dt.timedelta(days=1), end_reason="EXPIRED")
    with pytest.raises(DomainError):
        services.end_assignment(**end, ended_on=dt.date(2099, 1, 1), end_reason="EXPIRED")
    with pytest.raises(DomainError):
        services.end_assignment(**end, ended_on=START, end_reason="NONSENSE")
    with pytest.raises(DomainError):  # dismissed: say why
        services.end_assignment(**end, ended_on=START, end_reason="DISMISSED")
    row = services.end_assignment(
        **end, ended_on=dt.date(2026, 8, 1), end_reason="DISMISSED", reason="业主大会决定"
    )
    assert (fresh(row).state, fresh(row).ended_on) == ("ENDED", dt.date(2026, 8, 1))
    assert AssignmentStep.objects.get(to_state="ENDED").on == dt.date(2026, 8, 1)
    assert row.handover.filter(direction="OUT").count() == 7
    assert not sound()


def test_a_successor_takes_over_when_everything_is_handed_to_it(cast, district, pair):
    compound, firm = pair
    present = active(cast, compound, firm, START)
    other = make_provider(district.area)
    make_invitation(compound, other)
    with pytest.raises(NotOpen):
        proposed(cast, compound, other)
    with pytest.raises(Ineligible):  # it serves already
        proposed(cast, compound, firm, replaces=present, exception_reason="样例")
    row = approved(cast, compound, other, replaces=present)
    take = {"by": cast.clerk, "assignment": row, "starts_on": dt.date(2026, 9, 1)}
    with pytest.raises(DomainError):
        services.replace_assignment(**take, version=row.version)
    HandoverItem.objects.filter(assignment=row).update(done_on=dt.date(2026, 9, 1))
    services.replace_assignment(**take, version=row.version)
    assert (fresh(present).state, fresh(present).end_reason) == ("ENDED", "REPLACED")
    assert fresh(row).state == "ACTIVE"
    assert not sound()


def test_two_never_serve_at_once(cast, district, pair):
    compound, firm = pair
    active(cast, compound, firm, START)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            compound=compound, provider=make_provider(district.area), strategy=compound.strategy,
            prepared_by=cast.clerk, source="IMPORT", state="ACTIVE", starts_on=START,
        )  # fmt: skip


# -- hand-over -------------------------------------------------------------------------------
def test_the_list_begins_with_approval_and_is_complete_when_every_line_has_a_day(cast, pair):
    row = reviewed(cast, *pair)
    assert questions.handover_left([row.pk], "IN") == {row.pk: 7}  # not begun is not complete
    row = services.approve_assignment(by=cast.approver, assignment=row, version=2)
    items = list(row.handover.order_by("pk"))
    assert [item.kind for item in items][:3] == ["DOCUMENTS", "OWNERS", "ROOMS"]
    lines = [{"pk": item.pk, "done_on": START} for item in items[:-1]]
    lines.append({"kind": "KEYS", "description": "大门钥匙", "quantity": 3})
    services.edit_handover(by=cast.clerk, assignment=row, version=3, direction="IN", lines=lines)
    assert questions.handover_left([row.pk], "IN") == {row.pk: 1}
    assert row.handover.count() == 7
    with pytest.raises(StaleRecord):
        services.edit_handover(
            by=cast.clerk, assignment=row, version=3, direction="IN", lines=lines
        )
    with pytest.raises(DomainError):  # nothing is handed back before it serves
        services.edit_handover(by=cast.clerk, assignment=row, version=4, direction="OUT", lines=[])
    with pytest.raises(NotAllowed):
        services.edit_handover(by=cast.chief, assignment=row, version=4, direction="IN", lines=[])
    assert not sound()


# -- locks and refusals ----------------------------------------------------------------------
def test_a_lock_is_set_once_and_released_with_a_reason(cast, pair):
    compound, firm = pair
    lock = services.add_lock(
        by=cast.clerk, compound=compound, kind="KEEP", provider=firm, reason="已达成意向"
    )
    with pytest.raises(NotOpen):
        services.add_lock(
            by=cast.clerk, compound=compound, kind="KEEP", provider=firm, reason="样例"
        )
    with pytest.raises(DomainError):
        services.release_lock(by=cast.clerk, lock=lock, version=1, reason="")
    services.release_lock(by=cast.clerk, lock=lock, version=1, reason="意向取消")
    with pytest.raises(StaleRecord):
        services.release_lock(by=cast.clerk, lock=lock, version=1, reason="样例")
    assert services.add_lock(
        by=cast.clerk, compound=compound, kind="KEEP", provider=firm, reason="样例"
    )


def test_a_firm_that_agreed_after_it_refused_is_eligible_again(cast, district):
    compound, firm = make_pair(district, answer=None)
    services.record_refusal(
        by=cast.clerk, compound=compound, provider=firm, party="PROVIDER",
        on=dt.date(2026, 5, 1), reason="距离太远",
    )  # fmt: skip
    make_invitation(compound, firm, answer="AGREED")  # answered on 25 May
    assert proposed(cast, compound, firm)


def test_a_refusal_of_the_residents_stands_until_it_is_released(cast, pair):
    compound, firm = pair
    refusal = services.record_refusal(
        by=cast.clerk, compound=compound, provider=firm, party="RESIDENTS",
        on=dt.date(2026, 5, 1), reason="以往服务差",
    )  # fmt: skip
    with pytest.raises(Ineligible):
        proposed(cast, compound, firm)
    services.release_refusal(by=cast.clerk, refusal=refusal, version=1, reason="已沟通")
    assert proposed(cast, compound, firm)


# -- the past --------------------------------------------------------------------------------
def past(compound, firm, *steps, **changes):
    return services.PastAssignment(
        compound, firm, compound.strategy, tuple(services.PastStep(*s) for s in steps), **changes
    )


def test_the_past_is_taken_over_with_its_steps_on_their_days(cast, district, pair):
    compound, firm = pair
    rows = services.record_past(
        by=cast.officer,
        batch="i1",
        rows=[
            past(
                compound, firm,
                ("PROPOSED", dt.date(2026, 1, 5), "街报〔2026〕3号"),
                ("DISTRICT_APPROVED", dt.date(2026, 1, 20)),
                ("ACTIVE", dt.date(2026, 2, 1)),
            )
        ],
    )  # fmt: skip
    assert (rows[0].state, rows[0].starts_on) == ("ACTIVE", dt.date(2026, 2, 1))
    steps = AssignmentStep.objects.order_by("pk").values_list("to_state", "on")
    assert list(steps) == [
        ("PROPOSED", dt.date(2026, 1, 5)),
        ("STREET_REVIEWED", dt.date(2026, 1, 20)),
        ("DISTRICT_APPROVED", dt.date(2026, 1, 20)),
        ("ACTIVE", dt.date(2026, 2, 1)),
    ]
    assert not sound()
    assert services.take_back_past(by=cast.officer, batch="i1") == 1
    assert not Assignment.objects.exists()
    assert not sound()


@pytest.mark.parametrize(
    "steps",
    [
        [("PROPOSED", dt.date(2026, 2, 1)), ("STREET_REVIEWED", dt.date(2026, 1, 1))],
        [("PROPOSED", dt.date(2099, 1, 1))],
        [("ACTIVE", START), ("PROPOSED", START)],
        [("ENDED", START)],  # without its reason
        [],
    ],
)
def test_steps_of_the_past_follow_each_other(cast, pair, steps):
    with pytest.raises(RowsRefused):
        services.record_past(by=cast.officer, batch="i1", rows=[past(*pair, *steps)])
    assert not Assignment.objects.exists()


def test_the_past_gives_a_compound_no_second_provider(cast, district, pair):
    compound, firm = pair
    active(cast, compound, firm, START)
    with pytest.raises(RowsRefused):
        services.record_past(
            by=cast.officer, batch="i1", rows=[past(compound, firm, ("ACTIVE", START))]
        )
    ended = past(compound, firm, ("ACTIVE", START), ("ENDED", START), end_reason="EXPIRED")
    assert services.record_past(by=cast.officer, batch="i1", rows=[ended])


def test_the_number_of_statements_does_not_grow_with_the_past(
    cast, district, django_assert_max_num_queries
):
    firm = make_provider(district.area)
    compounds = [make_classified(district.community) for _ in range(20)]
    rows = [past(compound, firm, ("ACTIVE", START)) for compound in compounds]
    with django_assert_max_num_queries(40):
        services.record_past(by=cast.officer, batch="i1", rows=rows)


# -- compounds that go -----------------------------------------------------------------------
def test_what_is_prepared_or_serves_ends_with_a_demolished_compound(cast, district, pair):
    compound, firm = pair
    row = active(cast, compound, firm, START)
    services.add_lock(by=cast.clerk, compound=compound, kind="HOLD", reason="样例")
    other, other_firm = make_pair(district)
    prepared = proposed(cast, other, other_firm)
    for one in (compound, other):
        one.refresh_from_db()
        demolish_compound(by=cast.officer, compound=one, version=one.version, reason="拆迁")
    assert (fresh(row).state, fresh(row).end_reason) == ("ENDED", "GONE")
    assert fresh(prepared).state == "WITHDRAWN"
    assert not compound.assignment_locks.standing().exists()
    assert not sound()


def test_an_assignment_moves_along_with_a_merged_compound(cast, district, pair):
    compound, firm = pair
    row = active(cast, compound, firm, START)
    into = make_classified(district.sister_community)
    compound.refresh_from_db()
    merge_compound(
        by=cast.officer, compound=compound, into=into, version=compound.version, reason="合并"
    )
    assert fresh(row).compound == into
    assert fresh(row).state == "ACTIVE"
    assert set(row.handover.values_list("community", flat=True)) == {into.community_id}
    assert not sound()


def test_of_two_that_serve_the_merged_ones_ends(cast, district, pair):
    compound, firm = pair
    row = active(cast, compound, firm, START)
    into, other = make_pair(district)
    stays = active(cast, into, other, START)
    compound.refresh_from_db()
    merge_compound(
        by=cast.officer, compound=compound, into=into, version=compound.version, reason="合并"
    )
    assert (fresh(row).state, fresh(row).end_reason) == ("ENDED", "GONE")
    assert fresh(stays).state == "ACTIVE"
    assert not sound()


def test_many_proposals_cost_no_more_statements_than_few(
    cast, district, django_assert_max_num_queries
):
    firm = make_provider(district.area, capacity_m2=None)
    wanted = []
    for _ in range(12):
        compound = make_classified(district.community)
        make_invitation(compound, firm)
        wanted.append(services.Proposal(compound, firm))
    with django_assert_max_num_queries(40):
        rows = services.propose_many(by=cast.clerk, proposals=wanted, batch="p1")
    with django_assert_max_num_queries(40):
        services.review_many(by=cast.chief, rows=[(row.pk, 1) for row in rows], batch="r1")
    with django_assert_max_num_queries(45):
        services.approve_many(by=cast.approver, rows=[(row.pk, 2) for row in rows], batch="a1")
