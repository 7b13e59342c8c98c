"""The steps of cases as verbs: who, when, with what; what they write; all or nothing."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from compounds.assignment.models import Assignment
from compounds.clearing import checks, rules, services
from compounds.clearing.errors import StepRefused
from compounds.clearing.models import Case, Deadline, Transition
from compounds.clearing.services import deadlines, evidence
from compounds.clearing.worklist import waiting
from compounds.contracts.models import ContractCompound
from compounds.contracts.questions import main_contracts
from compounds.fees.models import ServiceStage
from compounds.registry import checks as register_checks
from compounds.registry.models import CommunityTally, Compound
from compounds.registry.services.compounds import (
    change_compound,
    demolish_compound,
    merge_compound,
)
from governance.audit.models import AuditEntry
from governance.audit.verify import breaches
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices import kinds
from governance.notices.models import Notice
from governance.organisation.calendar import WorkCalendar, calendar
from governance.organisation.scope import Role
from governance.organisation.services.days import add_days, change_day
from tests.compounds.clearing.cases import (
    FIRST,
    TODAY,
    WAY,
    accept,
    assign,
    bring,
    classify,
    consult,
    contract,
    file,
    fresh,
    go,
    hand_over,
    make_campaign,
    make_case,
    plan,
    verify,
)
from tests.factories import make_compound, make_post, make_user


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def here(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_campaign(district)


def sound():
    every = (*checks.CHECKS.values(), *register_checks.CHECKS.values(), breaches)
    assert [one for check in every for one in check()] == []


def day(n: int) -> dt.date:
    return FIRST + dt.timedelta(days=n)


def codes(error: StepRefused) -> set[str]:
    return {refusal.code for one in error.refused for refusal in one.refusals}


# -- the whole way -----------------------------------------------------------------------------
def test_a_compound_is_walked_from_survey_to_cleared_by_the_right_people(here):
    case = make_case(here)
    everybody = (here.worker, here.clerk, here.chief, here.officer, here.approver, here.leader)

    def refuse_all_but(*allowed, on, verb=services.advance_case):
        for person in everybody:
            if person in allowed:
                continue
            with pytest.raises(StepRefused) as refused:
                go(person, case, on, verb)
            assert "no_right" in codes(refused.value)

    refuse_all_but(here.worker, here.clerk, here.officer, on=day(2))
    go(here.worker, case, day(2))
    with pytest.raises(StepRefused, match="not verified"):
        go(here.clerk, case, day(3))
    verify(case, day(4))
    refuse_all_but(here.clerk, here.officer, on=day(4))
    go(here.clerk, case, day(4))
    with pytest.raises(StepRefused, match="not written"):
        go(here.chief, case, day(5), services.confirm_case)
    plan(here.worker, case)
    with pytest.raises(StepRefused) as refused:
        go(here.approver, case, day(5))
    assert codes(refused.value) == {"no_step"}
    refuse_all_but(here.chief, on=day(6), verb=services.confirm_case)
    go(here.chief, case, day(6), services.confirm_case)
    refuse_all_but(here.approver, on=day(8))
    assert go(here.approver, case, day(8)).strategy == "SUBSIDY_TRANSITION"
    with pytest.raises(StepRefused, match="No provider"):
        go(here.clerk, case, day(9))
    row = assign(here, case, day(20))
    refuse_all_but(here.clerk, on=day(20))
    assert go(here.clerk, case, day(20)).provider == here.provider
    with pytest.raises(StepRefused) as refused:
        go(here.worker, case, day(21))
    assert codes(refused.value) == {"consulted", "signed"}
    consult(here, case, day(21), day(36))
    paper = contract(here, case, day(38))
    refuse_all_but(here.worker, here.clerk, here.officer, on=day(38))
    go(here.worker, case, day(38))
    with pytest.raises(StepRefused) as refused:
        go(here.clerk, case, day(39))
    assert codes(refused.value) == {"filed", "handed_over"}
    file(paper, day(40))
    hand_over(row, day(41))
    refuse_all_but(here.clerk, on=day(42))
    go(here.clerk, case, day(42))
    row.refresh_from_db()
    compound = Compound.objects.get()
    assert (row.state, row.starts_on) == ("ACTIVE", day(42))
    assert ServiceStage.objects.get().began_on == day(42)
    assert (compound.management_mode, compound.is_unmanaged) == ("FIRM", True)
    assert compound.provenance["management_mode"] == ["campaign", day(42).isoformat()]
    with pytest.raises(StepRefused, match="29 days; acceptance is possible after 30"):
        go(here.clerk, case, day(71))
    refuse_all_but(here.clerk, on=day(72))
    go(here.clerk, case, day(72))
    for person in (here.worker, here.clerk, here.chief, here.approver):
        with pytest.raises(NotAllowed):
            accept(person, case, day(75))
    one, done = accept(here.officer, case, day(75), board_up=False, note="未设公示栏")
    assert (one.is_passed, done.state) == (False, "ACCEPTED")
    _one, done = accept(here.officer, case, day(80))
    assert (done.state, done.cleared_on, done.first_cleared_on) == ("CLEARED", day(80), day(80))
    assert done.watched_until == dt.date(2028, 3, 26)
    assert list(Transition.objects.exclude(kind="CONFIRM").values_list("to_state", flat=True)) == [
        *WAY
    ]
    tally = CommunityTally.objects.get(stage="CLEARED")
    assert (tally.compounds, tally.cleared) == (1, 1)
    sound()


@pytest.mark.parametrize("state", WAY)
def test_every_state_is_sound_and_shown_in_the_register(here, state):
    case = bring(here, make_case(here), state)
    assert (case.state, case.compound.stage) == (state, state)
    sound()


@pytest.mark.parametrize(
    ("strategy", "mode"),
    [
        ("UNIT_COBUILD", "UNIT"),
        ("RED_TAKEOVER", "FIRM"),
        ("SUBSIDY_TRANSITION", "FIRM"),
        ("FALLBACK", "COMMUNITY"),
    ],
)
def test_who_manages_a_served_compound_follows_from_its_strategy(here, strategy, mode):
    case = make_case(here)
    classify(case.compound, strategy)
    assert bring(here, case, "SERVING").compound.management_mode == mode


def test_a_changed_classification_is_confirmed_anew(here):
    case = bring(here, make_case(here), "CLASSIFIED")
    plan(here.worker, case)
    go(here.chief, case, day(6), services.confirm_case)
    classify(case.compound, "FALLBACK")
    with pytest.raises(StepRefused, match="changed since"):
        go(here.approver, case, day(8))
    go(here.approver, case, day(8), services.return_case, reason="策略已变")
    assert fresh(case).confirmed_on is None
    go(here.chief, case, day(9), services.confirm_case)
    assert go(here.approver, case, day(10)).strategy == "FALLBACK"


def test_a_person_of_two_posts_does_not_approve_what_they_confirmed(here):
    make_post(here.chief, Role.DISTRICT_APPROVER, here.area)
    make_post(here.chief, Role.COMMUNITY_WORKER, here.community)
    here.chief = type(here.chief).objects.get(pk=here.chief.pk)
    case = bring(here, make_case(here), "CLASSIFIED")
    plan(here.chief, case)
    with pytest.raises(StepRefused, match="wrote the plan"):
        go(here.chief, case, day(6), services.confirm_case)
    plan_by_other = fresh(case)
    services.write_plan(
        by=here.worker,
        case=plan_by_other,
        version=plan_by_other.version,
        facts={"measures": "另拟"},
    )
    go(here.chief, case, day(6), services.confirm_case)
    with pytest.raises(StepRefused, match="does not approve"):
        go(here.chief, case, day(8))


def test_a_version_somebody_else_has_changed_is_refused(here):
    case = make_case(here)
    go(here.worker, case, day(2))
    with pytest.raises(StaleRecord):
        services.advance_case(by=here.clerk, case=case, version=case.version, on=day(4))


def test_outside_the_area_a_step_is_refused(here):
    stranger = make_user("x", Role.STREET_CLERK, here.other_street)
    case = make_case(here)
    with pytest.raises(StepRefused) as refused:
        go(stranger, case, day(2))
    assert "no_right" in codes(refused.value)


# -- back, pause, out --------------------------------------------------------------------------
def test_a_step_back_needs_a_reason_and_is_one_step(here):
    case = bring(here, make_case(here), "MATCHING")
    with pytest.raises(DomainError, match="reason"):
        go(here.clerk, case, day(9), services.return_case, reason=" ")
    case = go(here.clerk, case, day(9), services.return_case, reason="策略有误")
    assert (case.state, case.strategy, case.confirmed_on) == ("CLASSIFIED", "", None)
    last = Transition.objects.last()
    assert (last.kind, last.reason) == ("RETURN", "策略有误")
    sound()


def test_what_is_served_is_not_sent_back(here):
    case = bring(here, make_case(here), "SERVING")
    with pytest.raises(StepRefused):
        go(here.clerk, case, day(43), services.return_case, reason="样例")


def test_acceptance_sent_back_goes_on_serving(here):
    case = bring(here, make_case(here), "ACCEPTED")
    case = go(here.officer, case, day(73), services.return_case, reason="未进场")
    assert (case.state, case.served_from) == ("SERVING", day(42))
    sound()


def test_a_suspended_case_stands_still_and_goes_on_where_it_was(here):
    case = bring(here, make_case(here), "MATCHING")
    due = case.due_on
    case = go(here.clerk, case, day(10), services.suspend_case, reason="老旧小区改造")
    assert (case.state, case.resumes_to, case.due_on) == ("SUSPENDED", "MATCHING", None)
    with pytest.raises(StepRefused):
        go(here.clerk, case, day(11))
    case = go(here.clerk, case, day(38), services.resume_case)
    assert (case.state, case.entered_on, case.resumes_to) == ("MATCHING", day(8), "")
    assert case.due_on == due + dt.timedelta(days=28)  # both end on a working day
    sound()


def test_a_case_pauses_twice_and_every_day_of_rest_counts(here):
    case = bring(here, make_case(here), "CONSULTING")
    for first, last in ((22, 29), (36, 43)):
        go(here.clerk, case, day(first), services.suspend_case, reason="改造")
        case = go(here.clerk, case, day(last), services.resume_case)
    assert (case.due_on - day(20)).days >= 44


def test_a_demolished_compound_leaves_the_campaign(here):
    case = bring(here, make_case(here), "MATCHING")
    row = Compound.objects.get()
    demolish_compound(by=here.clerk, compound=row, version=row.version, reason="征收拆除")
    case = fresh(case)
    assert (case.state, case.compound.stage) == ("EXCLUDED", "EXCLUDED")
    assert "征收拆除" in Transition.objects.last().reason
    sound()


def test_a_merged_compound_leaves_and_the_target_goes_on(here):
    gone, stays = make_case(here), make_case(here)
    row = gone.compound
    merge_compound(
        by=here.clerk, compound=row, into=stays.compound, version=row.version, reason="合并"
    )
    assert (fresh(gone).state, fresh(stays).state) == ("MERGED", "REGISTERED")
    sound()


def test_found_managed_before_service_leaves_and_may_be_opened_again(here):
    case = bring(here, make_case(here), "MATCHING")
    change = {"by": here.clerk, "changes": {"management_mode": "FIRM"}, "reason": "已有物业"}
    row = fresh(case).compound
    change_compound(compound=row, version=row.version, **change)
    assert fresh(case).state == "EXCLUDED"
    sound()
    row = fresh(case).compound
    change["changes"] = {"management_mode": "NONE"}
    change_compound(compound=row, version=row.version, **change)
    (case,) = services.open_cases(by=here.clerk, compounds=[row.pk])
    assert (fresh(case).state, case.strategy) == ("REGISTERED", "")
    sound()


def test_what_is_served_stays_in_the_campaign_whoever_manages_it(here):
    case = bring(here, make_case(here), "CLEARED")
    row = case.compound
    change_compound(
        by=here.clerk, compound=row, version=row.version, changes={"management_mode": "SELF"}
    )
    assert fresh(case).state == "CLEARED"
    assert Compound.objects.get().is_unmanaged is True
    sound()


def test_a_case_taken_out_by_hand_says_why(here):
    case = make_case(here)
    with pytest.raises(NotAllowed):
        go(here.worker, case, day(3), services.leave_campaign, reason="不是住宅")
    case = go(here.clerk, case, day(3), services.leave_campaign, reason="不是住宅小区")
    assert case.state == "EXCLUDED"
    served = bring(here, make_case(here), "SERVING")
    with pytest.raises(DomainError, match="report a lost service"):
        go(here.clerk, served, day(50), services.leave_campaign, reason="样例")


# -- loss --------------------------------------------------------------------------------------
def test_a_confirmed_loss_starts_again_and_keeps_the_first_day(here):
    case = bring(here, make_case(here), "CLEARED")
    services.reenter_campaign(by=here.approver, case=case, on=day(200), reason="企业撤场")
    case = fresh(case)
    assert (case.state, case.rebound_count, case.cleared_on) == ("CLASSIFIED", 1, None)
    assert (case.first_cleared_on, case.compound.first_cleared_on) == (day(75), day(75))
    assert (case.strategy, case.provider, case.watched_until) == ("", None, None)
    assert case.compound.management_mode == "ABANDONED"
    row = Assignment.objects.get()
    assert (row.state, row.end_reason, row.ended_on) == ("ENDED", "LOST", day(200))
    assert list(Transition.objects.values_list("kind", flat=True))[-2:] == ["LOSS", "ADVANCE"]
    assert Case.objects.ever_cleared().count() == Case.objects.rebounded().count() == 1
    sound()
    # The old plan, contract, consultation and assignment count no more.
    with pytest.raises(StepRefused) as refused:
        go(here.chief, case, day(202), services.confirm_case)
    assert codes(refused.value) == {"planned"}
    assert {line.key for line in waiting(here.clerk)} >= {"plan"}
    assert "confirm" not in {line.key for line in waiting(here.chief)}
    plan(here.worker, case)  # the same words, said again in this round
    assert case.plan.version == 2
    assert "confirm" in {line.key for line in waiting(here.chief)}
    go(here.chief, case, day(202), services.confirm_case)
    go(here.approver, case, day(203))
    with pytest.raises(StepRefused, match="No provider"):
        go(here.clerk, case, day(204))
    assign(here, case, day(205))
    go(here.clerk, case, day(205))
    with pytest.raises(StepRefused) as refused:
        go(here.worker, case, day(206))
    assert codes(refused.value) == {"consulted", "signed"}
    sound()


def test_more_refusals_than_agreements_are_warned_of_but_people_decide(here):
    case = bring(here, make_case(here), "CONSULTING")
    row = consult(here, case, day(21), day(36))
    services.change_consultation(
        by=here.worker, consultation=row, version=1, facts={"households_agreed": 20}
    )
    contract(here, case, day(37))
    found = evidence.read([fresh(case)])[case.pk].evidence
    warned = [one for one in rules.conditions(found, "ADVANCE", day(38)) if one.is_warning]
    assert [(one.key, one.is_met, one.values["agreed"]) for one in warned] == [
        ("majority", False, 20)
    ]
    assert go(here.worker, case, day(38)).state == "CONTRACTED"


def running(case) -> ContractCompound:
    """The cover of the case's compound by its filed contract."""
    cover = case.compound.contracts.select_related("contract").get()
    ContractCompound.objects.filter(pk=cover.pk).update(is_running=True)
    return cover


def test_a_lost_service_ends_its_contract_so_that_the_next_one_can_be_filed(here):
    case = bring(here, make_case(here), "CLEARED")
    cover = running(case)
    services.reenter_campaign(by=here.approver, case=case, on=day(200), reason="企业撤场")
    cover.refresh_from_db()
    assert not cover.is_running
    cover.contract.refresh_from_db()
    ended = cover.contract
    assert (ended.state, ended.end_reason, ended.ended_on) == ("ENDED", "LOST", day(200))
    assert ended.steps.get(verb="ENDED").reason == "企业撤场"


def test_a_contract_of_several_compounds_goes_on_without_the_lost_one(here):
    case = bring(here, make_case(here), "CLEARED")
    cover = running(case)
    other = ContractCompound.objects.create(
        contract=cover.contract, compound=make_case(here).compound, is_running=True
    )
    services.reenter_campaign(by=here.approver, case=case, on=day(200), reason="企业撤场")
    cover.refresh_from_db()
    other.refresh_from_db()
    cover.contract.refresh_from_db()
    assert (cover.is_running, cover.left_on) == (False, day(200))
    assert other.is_running
    assert cover.contract.state == "FILED"
    assert main_contracts([case.compound_id], day(201)) == {}
    assert main_contracts([case.compound_id], day(100))[case.compound_id].number


def test_a_service_lost_before_it_was_cleared_counts_no_rebound(here):
    case = bring(here, make_case(here), "SERVING")
    services.reenter_campaign(by=here.approver, case=case, on=day(60), reason="企业撤场")
    assert fresh(case).rebound_count == 0
    sound()


def test_what_is_not_served_cannot_be_lost(here):
    case = bring(here, make_case(here), "MATCHING")
    with pytest.raises(StepRefused):
        services.reenter_campaign(by=here.approver, case=case, on=day(60), reason="样例")


# -- many --------------------------------------------------------------------------------------
def test_many_go_on_together_under_one_batch_and_one_notice(here):
    cases = [make_case(here) for _ in range(5)]
    for case in cases:
        bring_to = go(here.worker, case, day(2))
        assert bring_to.state == "SURVEYED"
        verify(case, day(4))
    Notice.objects.all().delete()
    services.advance_many(by=here.clerk, cases=[c.pk for c in cases], on=day(4))
    assert set(Case.objects.values_list("state", flat=True)) == {"CLASSIFIED"}
    last = Transition.objects.filter(to_state="CLASSIFIED")
    assert len(set(last.values_list("batch", flat=True))) == 1
    told = Notice.objects.filter(user=here.chief)
    assert [notice.count for notice in told] == [5]
    assert kinds.left("case.classified", here.chief) == 5
    assert kinds.left("case.classified", here.worker) == 0
    sound()


def test_all_or_nothing_with_every_refused_case_and_reason(here):
    ready, lacking = make_case(here), make_case(here)
    for case in (ready, lacking):
        go(here.worker, case, day(2))
    verify(ready, day(4))
    before = AuditEntry.objects.count()
    with pytest.raises(StepRefused) as refused:
        services.advance_many(by=here.clerk, cases=[ready.pk, lacking.pk], on=day(4))
    assert [one.code for one in refused.value.refused] == [lacking.compound.code]
    assert refused.value.refused[0].reasons == ["The survey is not verified yet"]
    assert fresh(ready).state == "SURVEYED"
    assert AuditEntry.objects.count() == before


def test_strategies_are_confirmed_and_approved_in_bulk_by_two_people(here):
    cases = [bring(here, make_case(here), "CLASSIFIED") for _ in range(3)]
    for case in cases:
        plan(here.worker, case)
    ids = [case.pk for case in cases]
    services.confirm_many(by=here.chief, cases=ids, on=day(6))
    with pytest.raises(StepRefused):
        services.approve_many(by=here.chief, cases=ids, on=day(8))
    services.approve_many(by=here.approver, cases=ids, on=day(8), document="样例批〔2026〕2号")
    assert set(Case.objects.values_list("state", flat=True)) == {"MATCHING"}
    sound()


def test_a_bulk_step_takes_the_same_number_of_statements(here):
    counts = []
    for n in (1, 3, 12):
        cases = [make_case(here).pk for _ in range(n)]
        with CaptureQueriesContext(connection) as found:
            services.advance_many(by=here.worker, cases=cases, on=day(2))
        counts.append(len(found))
    assert counts[2] == counts[1] <= 36


def test_cases_are_opened_for_what_is_unmanaged_and_has_none(here):
    make_case(here)
    wanted = make_compound(here.community)
    make_compound(here.community, management_mode="FIRM")
    elsewhere = make_compound(here.other_community)
    opened = services.open_cases(by=here.clerk, area=here.street, on=FIRST)
    assert [case.compound_id for case in opened] == [wanted.pk]
    with pytest.raises(NotAllowed):
        services.open_cases(by=here.clerk, compounds=[elsewhere.pk], on=FIRST)
    with pytest.raises(DomainError, match="Only unmanaged"):
        services.open_cases(
            by=here.clerk, compounds=[make_compound(here.community, management_mode="FIRM").pk]
        )
    assert services.open_cases(by=here.clerk, area=here.street) == []
    sound()


# -- papers ------------------------------------------------------------------------------------
def test_a_confirmed_plan_stays_as_it_was_written(here):
    case = bring(here, make_case(here), "CLASSIFIED")
    plan(here.worker, case)
    go(here.chief, case, day(6), services.confirm_case)
    case = fresh(case)
    with pytest.raises(DomainError, match="sent back"):
        services.write_plan(
            by=here.worker, case=case, version=case.version, facts={"measures": "改了"}
        )
    case = fresh(case)
    services.write_plan(by=here.worker, case=case, version=case.version, facts={"leader": "样例丙"})
    assert fresh(case).leader == "样例丙"
    sound()


def test_a_notice_hangs_for_fifteen_days(here):
    case = bring(here, make_case(here), "CONSULTING")
    with pytest.raises(DomainError, match="15 days"):
        consult(here, case, day(21), day(35))
    row = consult(here, case, day(21))
    facts = {"method": "NOTICE", "noticed_on": day(21), "closed_on": day(36)}
    services.change_consultation(by=here.worker, consultation=row, version=1, facts=facts)
    with pytest.raises(StaleRecord):
        services.change_consultation(by=here.worker, consultation=row, version=1, facts=facts)
    with pytest.raises(ValidationError, match="answered"):
        services.change_consultation(
            by=here.worker, consultation=row, version=2, facts={"households_agreed": 61}
        )


def test_acceptance_names_what_is_missing_and_is_not_done_by_who_put_it_forward(here):
    make_post(here.clerk, Role.DISTRICT_OFFICER, here.area)
    here.clerk = type(here.clerk).objects.get(pk=here.clerk.pk)
    case = bring(here, make_case(here), "ACCEPTED")
    with pytest.raises(DomainError, match="put the case forward"):
        accept(here.clerk, case, day(75))
    with pytest.raises(DomainError, match="still missing"):
        accept(here.officer, case, day(75), board_up=False)
    with pytest.raises(DomainError, match="acceptance comes after"):
        accept(here.officer, case, day(71))


# -- deadlines ---------------------------------------------------------------------------------
def test_a_set_deadline_reckons_open_cases_anew(here):
    case = bring(here, make_case(here), "MATCHING")
    with pytest.raises(NotAllowed):
        services.set_deadline(
            by=here.clerk, district=here.area, state="MATCHING", days=10, unit="WORKING"
        )
    services.set_deadline(
        by=here.officer, district=here.area, state="MATCHING", days=10, unit="WORKING"
    )
    # Entered on Tuesday 2026-01-13: ten working days.
    assert fresh(case).due_on == dt.date(2026, 1, 27)
    with pytest.raises(StaleRecord):
        services.set_deadline(
            by=here.officer, district=here.area, state="MATCHING", days=None, unit="WORKING"
        )
    services.set_deadline(
        by=here.officer, district=here.area, state="MATCHING", days=None, unit="WORKING", version=1
    )
    assert fresh(case).due_on is None
    assert Deadline.objects.get().version == 2
    sound()


def test_reckoning_anew_keeps_pauses(here):
    case = bring(here, make_case(here), "MATCHING")
    go(here.clerk, case, day(10), services.suspend_case, reason="改造")
    due = go(here.clerk, case, day(38), services.resume_case).due_on
    assert deadlines.reckon(by=here.officer, district=here.area.pk) == 0
    assert fresh(case).due_on == due


# Entered MATCHING on Tuesday 2026-01-13; thirty days on is Thursday 2026-02-12.
REST = {"is_working": False, "name": "样例休息日", "document": "样例〔2026〕1号"}


def test_days_of_rest_entered_later_move_open_deadlines(here):
    case = bring(here, make_case(here), "MATCHING")
    early = make_case(here)  # registered: no deadline
    verifying = bring(here, make_case(here), "SURVEYED")
    assert fresh(case).due_on == dt.date(2026, 2, 12)
    before = [fresh(one) for one in (case, early, verifying)]
    (row,) = add_days(
        by=here.officer, first=dt.date(2026, 2, 12), last=dt.date(2026, 2, 12), **REST
    )
    now = [fresh(one) for one in (case, early, verifying)]
    assert [one.due_on for one in now] == [dt.date(2026, 2, 13), None, before[2].due_on]
    assert [a.version - b.version for a, b in zip(now, before, strict=True)] == [1, 0, 0]
    assert Case.history.filter(id=case.pk).latest("history_id").due_on == dt.date(2026, 2, 13)
    entry = AuditEntry.objects.get(verb="reckon")
    assert (entry.object_id, entry.street_id) == (str(case.pk), here.street.pk)
    assert entry.changes == {"due_on": ["2026-02-12", "2026-02-13"]}
    assert entry.batch == AuditEntry.objects.get(object_type="organisation.specialday").batch != ""
    change_day(by=here.officer, day=row, version=1, changes={"is_working": True})
    assert fresh(case).due_on == dt.date(2026, 2, 12)
    change_day(by=here.officer, day=row, version=2, changes={"name": "样例工作日"})
    assert fresh(case).version == now[0].version + 1
    sound()
    assert not list(breaches())


def test_days_of_rest_count_for_cases_due_in_working_days(here):
    case = bring(here, make_case(here), "SURVEYED")
    due = fresh(case).due_on
    first = due - dt.timedelta(days=1)
    add_days(by=here.officer, first=first, last=due, **REST)
    lost = 2 - sum(not WorkCalendar().is_working(day) for day in (first, due))
    assert fresh(case).due_on == WorkCalendar().add_working_days(due, lost)


def test_refused_days_of_rest_move_no_deadline(here):
    case = bring(here, make_case(here), "MATCHING")
    add_days(by=here.officer, first=dt.date(2026, 2, 13), last=dt.date(2026, 2, 13), **REST)
    with pytest.raises(DomainError):
        add_days(by=here.officer, first=dt.date(2026, 2, 12), last=dt.date(2026, 2, 13), **REST)
    assert fresh(case).due_on == dt.date(2026, 2, 12)
    assert calendar().is_working(dt.date(2026, 2, 12))
