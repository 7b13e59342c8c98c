"""Accruals from the computed month to the ledger and back."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from compounds.fees.models import Inspection
from compounds.providers.models import BlacklistEntry
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.models import User
from subsidies.accruals import hooks, questions, services
from subsidies.accruals.errors import DaysMissing, Exhausted, NoLongerSo, NotOpen, SamePerson
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.accruals.services import Stated
from subsidies.accruals.services.computing import wanted_of
from subsidies.entitlements.models import Entitlement, EntitlementStep, TermChange
from subsidies.entitlements.rules import due as rule
from subsidies.ledger import services as ledger
from subsidies.ledger.errors import BooksClosed
from subsidies.ledger.models import Account, Closing, Posting, Transaction
from subsidies.ledger.services import Line, Place
from subsidies.programmes.models import Deduction, FundingShare
from tests.factories import make_post, make_user
from tests.subsidies.accruals.accruing import (
    APRIL,
    JUNE,
    LATER,
    MAY,
    computed,
    make_entitlement,
    make_more,
    posted,
    submitted,
)
from tests.subsidies.factories import grant, make_indicator, make_programme, make_served

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def entitlement(world):
    world.compound.chargeable_area_m2 = D("5600.00")
    world.compound.save()
    return make_entitlement(world)


def balances(entitlement) -> dict[str, Decimal]:
    return {row.stage: row.balance for row in Account.objects.filter(holder=entitlement.number)}


# -- computing -------------------------------------------------------------------------------------
def test_a_month_is_computed_with_all_that_it_rests_on(world, entitlement):
    run = computed(world)
    line = run.lines.get()
    assert (line.gross, line.deduction, line.due) == (D("2800.00"), D("0.00"), D("2800.00"))
    assert (line.days_served, line.days_in_month, line.index) == (30, 30, 1)
    assert (line.basis, line.basis_value, line.rate) == (
        "CHARGEABLE_AREA",
        D("5600.00"),
        D("0.5000"),
    )
    assert line.shares == [["DISTRICT", world.indicator.pk, "2800.00", "0.00"]]
    again = rule.replay(line.trace)
    assert (again.gross, again.due) == (line.gross, line.due)
    assert (run.line_count, run.problem_count, run.total) == (1, 0, D("2800.00"))
    assert run.computed_at is not None


def test_the_work_is_handed_over_when_the_run_is_committed(
    world, entitlement, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = services.compute_run(
            by=world.people.officer, district=world.district.area, month=APRIL, on=LATER
        )
    run.refresh_from_db()
    assert run.computed_at is not None
    assert run.lines.count() == 1


def test_a_month_that_is_not_over_is_not_accrued(world, entitlement):
    with pytest.raises(DomainError):
        services.compute_run(
            by=world.people.officer,
            district=world.district.area,
            month=APRIL,
            on=dt.date(2026, 4, 30),
        )
    computed(world, on=dt.date(2026, 5, 1))


def test_only_one_run_of_a_district_is_open(world, entitlement):
    computed(world)
    with pytest.raises(NotOpen), transaction.atomic():
        computed(world, MAY)


def test_missed_months_are_caught_up_and_keep_their_month(world, entitlement):
    run = computed(world, JUNE)
    assert list(run.lines.order_by("month").values_list("month", "index")) == [
        (APRIL, 1),
        (MAY, 2),
        (JUNE, 3),
    ]


def test_a_month_is_accrued_once_and_the_last_after_the_term_is_nothing(world, entitlement):
    posted(world)
    run = computed(world, dt.date(2026, 10, 1))
    assert run.lines.count() == 5
    assert sum(run.lines.values_list("due", flat=True)) == D("14000.00")


def test_killed_between_two_steps_the_next_attempt_goes_on(world, entitlement, monkeypatch):
    make_more(world, 4)
    run = services.compute_run(
        by=world.people.officer, district=world.district.area, month=APRIL, on=LATER
    )
    monkeypatch.setattr(services.computing, "STEP", 2)
    done = services.computing.compute_months

    def dies_in_the_second_step(row, chunk):
        if row.lines.exists():
            raise KeyboardInterrupt
        return done(row, chunk)

    monkeypatch.setattr(services.computing, "compute_months", dies_in_the_second_step)
    with pytest.raises(KeyboardInterrupt):
        services.execute(run)
    run.refresh_from_db()
    assert run.computed_at is None
    assert run.lines.count() == run.line_count == 2
    with pytest.raises(NotOpen):
        services.confirm_all(by=world.people.clerk, run=run)
    monkeypatch.setattr(services.computing, "compute_months", done)
    services.execute(run)
    run.refresh_from_db()
    assert run.lines.count() == run.line_count == run.expected == 5
    assert run.computed_at is not None
    services.execute(run)  # again: nothing is left
    assert run.lines.count() == 5


def test_what_is_missing_is_a_problem_by_name_and_no_zero(world):
    make_entitlement(world, area_m2=None)
    line = computed(world).lines.get()
    assert (line.state, line.due) == ("PROBLEM", None)
    assert [code for code, _values in line.problems] == ["AREA_UNKNOWN"]


def test_days_are_those_of_service_under_a_contract(world, entitlement):
    world.assignment.state, world.assignment.end_reason = "ENDED", "RESIGNED"
    world.assignment.ended_on = dt.date(2026, 5, 17)
    world.assignment.save()
    run = computed(world, JUNE)
    lines = {line.month: line for line in run.lines.all()}
    assert (lines[MAY].days_served, lines[MAY].due) == (17, D("1535.48"))
    assert [code for code, _v in lines[JUNE].problems] == ["NOT_IN_SERVICE"]


def test_without_a_contract_in_force_nothing_is_paid(world, entitlement):
    contract = world.contract
    contract.state, contract.end_reason = "ENDED", "DISMISSED"
    contract.ended_on = dt.date(2026, 4, 20)
    contract.save()
    run = computed(world, MAY)
    lines = {line.month: line for line in run.lines.all()}
    assert lines[APRIL].days_served == 20
    assert [code for code, _v in lines[MAY].problems] == ["NO_CONTRACT"]


def test_an_area_that_fell_is_to_be_re_based_and_one_that_rose_is_only_noted(world, entitlement):
    world.compound.chargeable_area_m2 = D("5500.00")
    world.compound.save()
    run = computed(world)
    assert run.lines.get().problems == [["AREA_FELL", {"approved": "5600.00", "now": "5500.00"}]]
    TermChange.objects.create(
        entitlement=entitlement,
        kind="BASIS",
        from_month=APRIL,
        area_m2=D("5500.00"),
        document="小房管变〔2026〕3号",
        reason="复测",
        state="APPROVED",
        prepared_by=world.people.officer,
        approved_by=world.people.approver,
        approved_on=dt.date(2026, 5, 3),
    )
    services.recompute(by=world.people.officer, run=run)
    line = run.lines.get()
    assert (line.state, line.due) == ("COMPUTED", D("2750.00"))
    world.compound.chargeable_area_m2 = D("6000.00")
    world.compound.save()
    services.recompute(by=world.people.officer, run=run)
    line = run.lines.get()
    assert line.due == D("2750.00")
    assert [code for code, _v in line.trace["notes"]] == ["AREA_ROSE"]


def test_a_blacklisted_firm_is_paid_only_by_a_decision_with_its_reason(world, entitlement):
    BlacklistEntry.objects.create(
        provider=world.provider,
        state="IN_FORCE",
        reason="样例",
        source="IMPORT",
        decided_on=dt.date(2026, 4, 20),
        proposed_on=dt.date(2026, 4, 1),
        term_from=dt.date(2026, 4, 20),
        term_until=dt.date(2027, 4, 19),
    )
    run = computed(world)
    line = run.lines.get()
    assert [code for code, _v in line.problems] == ["BLACKLISTED"]
    finance = world.people.finance
    with pytest.raises(DomainError):
        services.decide_problem(by=finance, accrual=line, code="BLACKLISTED", reason=" ")
    with pytest.raises(NotAllowed):
        services.decide_problem(
            by=world.people.clerk, accrual=line, code="BLACKLISTED", reason="已整改"
        )
    services.decide_problem(by=finance, accrual=line, code="BLACKLISTED", reason="已整改")
    line.refresh_from_db()
    assert (line.state, line.due) == ("COMPUTED", D("2800.00"))
    assert line.trace["notes"] == [["BLACKLISTED_PAID", {"reason": "已整改"}]]
    services.recompute(by=world.people.officer, run=run)
    line.refresh_from_db()
    assert line.state == "COMPUTED"


def test_computing_costs_the_same_statements_for_one_as_for_twenty(
    world, entitlement, django_assert_max_num_queries
):
    wanted = wanted_of(world.district.area.pk, APRIL)
    run = AccrualRun(month=APRIL, prepared_by=world.people.officer)
    run.place_in(world.district.area)
    run.save()
    with django_assert_max_num_queries(30) as one:
        services.computing.compute_months(run, wanted)
    make_more(world, 20)
    wanted = wanted_of(world.district.area.pk, APRIL)
    assert len(wanted) == 20
    with django_assert_max_num_queries(30) as many:
        services.computing.compute_months(run, wanted)
    on_sqlite_each_row_is_one = [q for q in many.captured_queries if "INSERT" not in q["sql"]]
    before = [q for q in one.captured_queries if "INSERT" not in q["sql"]]
    assert len(on_sqlite_each_row_is_one) == len(before)


def test_days_of_a_suspension_do_not_count(world, entitlement):
    for act, on in (("SUSPEND", dt.date(2026, 4, 11)), ("RESUME", dt.date(2026, 4, 21))):
        EntitlementStep.objects.create(
            entitlement=entitlement,
            act=act,
            from_state="APPROVED",
            to_state="SUSPENDED" if act == "SUSPEND" else "APPROVED",
            on=on,
            by=world.people.officer,
        )
    line = computed(world).lines.get()
    assert line.days_served == 20
    assert line.due == D("1866.67")


def test_what_is_approved_meanwhile_comes_in_when_it_is_computed_again(world, entitlement):
    run = computed(world)
    (later,) = make_more(world, 1)
    services.recompute(by=world.people.officer, run=run)
    assert run.lines.filter(entitlement=later).count() == 1
    run.refresh_from_db()
    assert run.line_count == 2


def test_nothing_is_posted_on_a_day_to_come(world, entitlement):
    run = submitted(world)
    with pytest.raises(DomainError):
        services.approve_run(
            by=world.people.finance, run=run, document="文", on=dt.date(2998, 1, 1)
        )


# -- days ------------------------------------------------------------------------------------------
def test_the_street_confirms_days_and_others_need_a_reason(world, entitlement):
    run = computed(world)
    line = run.lines.get()
    clerk = world.people.clerk
    with pytest.raises(DomainError):
        services.confirm_days(by=clerk, run=run, stated={line.pk: Stated(15)})
    with pytest.raises(DomainError):
        services.confirm_days(by=clerk, run=run, stated={line.pk: Stated(31, "多")})
    with pytest.raises(NotAllowed):
        services.confirm_days(by=world.people.far_clerk, run=run, stated={line.pk: Stated(30)})
    services.confirm_days(by=clerk, run=run, stated={line.pk: Stated(15, "停摆半月")})
    line.refresh_from_db()
    assert (line.days_served, line.due, line.days_reason) == (15, D("1400.00"), "停摆半月")
    assert line.confirmed_by == clerk
    assert rule.replay(line.trace).due == D("1400.00")
    run.refresh_from_db()
    assert run.total == D("1400.00")


def test_confirmed_days_survive_a_recompute_unless_the_days_reckoned_change(world, entitlement):
    run = computed(world)
    line = run.lines.get()
    services.confirm_days(by=world.people.clerk, run=run, stated={line.pk: Stated(15, "停摆")})
    services.recompute(by=world.people.officer, run=run)
    line.refresh_from_db()
    assert (line.days_served, line.due) == (15, D("1400.00"))
    assert line.confirmed_at is not None
    world.assignment.state, world.assignment.end_reason = "ENDED", "RESIGNED"
    world.assignment.ended_on = dt.date(2026, 4, 10)
    world.assignment.save()
    services.recompute(by=world.people.officer, run=run)
    line.refresh_from_db()
    assert (line.days_served, line.confirmed_at) == (10, None)


def test_two_clerks_on_one_line_do_not_overwrite_each_other(world, entitlement):
    run = computed(world)
    line = run.lines.get()
    stated = {line.pk: Stated(29, "一", version=line.version)}
    services.confirm_days(by=world.people.clerk, run=run, stated=stated)
    with pytest.raises(StaleRecord):
        services.confirm_days(by=world.people.second_clerk, run=run, stated=stated)


def test_a_clerk_confirms_the_lines_of_his_street_only(world, entitlement):
    far = make_served(world.people, world.district.other_community, world.provider, name="样例远院")
    make_entitlement(world, far)
    run = computed(world)
    assert services.confirm_all(by=world.people.clerk, run=run) == 1
    with pytest.raises(DaysMissing) as refused:
        services.submit_run(by=world.people.officer, run=run)
    assert "营盘街道 1" in str(refused.value)
    assert services.confirm_all(by=world.people.far_clerk, run=run) == 1
    services.submit_run(by=world.people.officer, run=run)


def test_caps_are_cut_again_after_days_changed(world):
    world.programme = None
    from_factory = make_capped(world)
    first, second = make_more(world, 2, programme=from_factory)
    run = computed(world)
    assert list(run.lines.order_by("entitlement__number").values_list("due", flat=True)) == [
        D("500.00"),
        D("200.00"),
    ]
    line = run.lines.get(entitlement=first)
    services.confirm_days(by=world.people.clerk, run=run, stated={line.pk: Stated(12, "停摆")})
    services.confirm_all(by=world.people.clerk, run=run)
    services.submit_run(by=world.people.officer, run=run)
    assert run.lines.get(entitlement=first).due == D("200.00")
    assert run.lines.get(entitlement=second).due == D("500.00")


def make_capped(world):
    return make_programme(
        world.district.area,
        world.people.officer,
        world.people.approver,
        name="封顶补贴",
        cap_firm_year=D("700.00"),
    )


# -- approval --------------------------------------------------------------------------------------
def test_an_approved_run_is_posted_committed_to_payable(world, entitlement):
    run = posted(world)
    assert run.state == "POSTED"
    assert balances(entitlement) == {"COMMITTED": D("14000.00"), "PAYABLE": D("2800.00")}
    posting = Posting.objects.get(transaction__kind="ACCRUAL")
    assert posting.month == APRIL
    assert posting.key == f"accrue:{entitlement.number}:2026-04:1:DISTRICT"
    assert posting.transaction.on == dt.date(2026, 5, 5)
    assert run.lines.get().state == "POSTED"
    found = questions.payable(world.district.area.pk, world.indicator.pk)
    assert [(one.amount, one.month, one.indicator_id) for one in found] == [
        (D("2800.00"), APRIL, world.indicator.pk)
    ]
    assert AuditEntry.objects.filter(verb="approve", object_id=str(run.pk)).exists()


def test_preparer_and_approver_are_different_people(world, entitlement):
    run = submitted(world)
    both = make_user("both", "district_officer", world.district.area)
    for user in (both, world.people.officer):
        make_post(user, "finance_officer", world.district.area)
    both, officer = User.objects.get(pk=both.pk), User.objects.get(pk=world.people.officer.pk)
    with pytest.raises(SamePerson):
        services.approve_run(by=officer, run=run, document="文")
    with pytest.raises(NotAllowed):
        services.approve_run(by=world.people.approver, run=run, document="文")
    services.approve_run(by=both, run=run, document="文", on=dt.date(2026, 5, 5))


def test_problem_lines_stay_out_and_come_back_in_the_next_run(world, entitlement):
    unknown = make_served(world.people, world.district.community, world.provider, name="样例缺院")
    lacking = make_entitlement(world, unknown, area_m2=None)
    run = posted(world)
    assert run.lines.get(entitlement=lacking).state == "DROPPED"
    assert run.problem_count == 1
    later = computed(world, MAY)
    assert sorted(later.lines.filter(entitlement=lacking).values_list("month", flat=True)) == [
        APRIL,
        MAY,
    ]


def test_what_was_committed_bears_each_line_or_nothing_is_posted(world, entitlement):
    run = submitted(world)
    # Something has used up what was committed for this compound.
    ledger.post(
        by=world.people.approver,
        district_id=world.district.area.pk,
        kind="RELEASE",
        on=dt.date(2026, 5, 1),
        key="release:test",
        lines=[
            Line(
                Place(world.indicator.pk, "COMMITTED", entitlement.number),
                Place(world.indicator.pk, "AVAILABLE"),
                D("14000.01"),
                "release:test",
            )
        ],
    )
    with pytest.raises(Exhausted) as refused:
        services.approve_run(by=world.people.finance, run=run, document="文")
    assert "样例一院" in str(refused.value)
    assert not Transaction.objects.filter(kind="ACCRUAL").exists()
    run.refresh_from_db()
    assert run.state == "SUBMITTED"
    assert run.lines.get().state == "COMPUTED"


def test_a_closed_month_takes_no_accrual(world, entitlement):
    run = submitted(world)
    Closing.objects.create(
        district=world.district.area,
        until=dt.date(2026, 5, 31),
        last_number=2,
        digest="0" * 64,
        closed_by=world.people.finance,
    )
    with pytest.raises(BooksClosed):
        services.approve_run(
            by=world.people.finance, run=run, document="文", on=dt.date(2026, 5, 31)
        )
    services.approve_run(by=world.people.finance, run=run, document="文", on=dt.date(2026, 6, 1))


def test_two_payers_each_bear_their_half_and_deductions_go_back_to_them(world):
    programme = make_programme(
        world.district.area,
        world.people.officer,
        world.people.approver,
        name="两级分担",
        parts={
            **_parts(
                shares=(
                    {"payer": "DISTRICT", "percent": D(50)},
                    {"payer": "STREET", "percent": D(50)},
                ),
                deductions=({"trigger": "STAFF_ABSENT", "percent": D("10")},),
            )
        },
    )
    street = make_indicator(world.line, payer="STREET", street=world.district.street)
    grant(world.people, street, "50000")
    world.compound.chargeable_area_m2 = D("3333.34")
    world.compound.save()
    row = make_entitlement(
        world,
        programme=programme,
        indicators={"DISTRICT": world.indicator, "STREET": street},
    )
    Inspection.objects.create(
        compound=world.compound,
        on=dt.date(2026, 4, 9),
        passed=True,
        staff_absent=True,
        inspected_by=world.people.clerk,
    )
    line = posted(world).lines.get()
    assert (line.gross, line.deduction, line.due) == (D("1666.67"), D("166.67"), D("1500.00"))
    assert line.shares == [
        ["DISTRICT", world.indicator.pk, "833.34", "83.34"],
        ["STREET", street.pk, "833.33", "83.33"],
    ]
    payable = {
        account.indicator_id: account.balance
        for account in Account.objects.filter(holder=row.number, stage="PAYABLE")
    }
    assert payable == {world.indicator.pk: D("750.00"), street.pk: D("750.00")}
    assert Transaction.objects.filter(kind="DEDUCTION").count() == 1


def _parts(shares, deductions):
    return {FundingShare: shares, Deduction: deductions}


def test_the_whole_term_pays_out_exactly_what_was_committed(world, entitlement):
    world.compound.chargeable_area_m2 = D("3333.33")
    world.compound.save()
    odd = make_more(world, 1)[0]
    for month in range(4, 10):
        posted(world, dt.date(2026, month, 1), on=dt.date(2026, month + 1, 5))
        if month == 4:
            world.compound.chargeable_area_m2 = D("5600.00")
            world.compound.save()
    assert balances(odd) == {"COMMITTED": D("0.00"), "PAYABLE": odd.amount}
    found = questions.accrued_months([odd.pk])[odd.pk]
    assert len(found) == 6
    assert sum(due for _month, due in found) == odd.amount


# -- back ------------------------------------------------------------------------------------------
def test_a_returned_run_is_open_again_and_a_cancelled_one_leaves_its_months(world, entitlement):
    run = submitted(world)
    with pytest.raises(DomainError):
        services.return_run(by=world.people.finance, run=run, reason=" ")
    services.return_run(by=world.people.finance, run=run, reason="天数再核")
    run.refresh_from_db()
    assert (run.state, run.submitted_by) == ("DRAFT", None)
    services.cancel_run(by=world.people.officer, run=run, reason="重做")
    assert run.lines.get().state == "DROPPED"
    with pytest.raises(NotOpen):
        services.submit_run(by=world.people.officer, run=run)
    assert computed(world).lines.filter(state="COMPUTED").count() == 1


def test_a_reversed_line_frees_its_month_which_is_accrued_again(world, entitlement):
    line = posted(world).lines.get()
    finance = world.people.cashier
    with pytest.raises(NotOpen):
        services.reverse_line(by=world.people.finance, accrual=line, reason="误", document="文")
    with pytest.raises(DomainError):
        services.reverse_line(by=finance, accrual=line, reason="误", document="")
    services.reverse_line(
        by=finance, accrual=line, reason="天数有误", document="小财更〔2026〕1号",
        on=dt.date(2026, 5, 9),
    )  # fmt: skip
    assert balances(entitlement) == {"COMMITTED": D("16800.00"), "PAYABLE": D("0.00")}
    assert questions.payable(world.district.area.pk) == []
    with pytest.raises(NotOpen):
        services.reverse_line(by=finance, accrual=line, reason="误", document="文")
    posted(world, on=dt.date(2026, 5, 10))
    again = Accrual.objects.get(entitlement=entitlement, state="POSTED")
    assert (again.month, again.attempt) == (APRIL, 2)
    assert balances(entitlement) == {"COMMITTED": D("14000.00"), "PAYABLE": D("2800.00")}


def test_a_line_that_a_later_room_holds_is_not_reversed(world, entitlement, monkeypatch):
    line = posted(world).lines.get()
    monkeypatch.setattr(hooks, "_held", [lambda ids: dict.fromkeys(ids, "in a batch")])
    with pytest.raises(NotOpen, match="in a batch"):
        services.reverse_line(by=world.people.finance, accrual=line, reason="误", document="文")


def test_only_the_right_posts_act(world, entitlement):
    for name in ("clerk", "finance", "leader", "approver", "auditor"):
        with pytest.raises(NotAllowed):
            services.compute_run(
                by=getattr(world.people, name),
                district=world.district.area,
                month=APRIL,
                on=LATER,
            )
    run = submitted(world)
    for name in ("clerk", "officer", "approver", "auditor"):
        with pytest.raises(NotAllowed):
            services.return_run(by=getattr(world.people, name), run=run, reason="x")
    with pytest.raises(StaleRecord):
        services.approve_run(by=world.people.finance, run=run, document="文", version=run.version)


# -- what changed meanwhile ------------------------------------------------------------------------
def ending(monkeypatch, entitlement, day):
    """An approved exit of the entitlement waits until what is served is accrued."""
    monkeypatch.setattr(hooks, "_ends", [lambda ids: dict.fromkeys(ids, day)])


def test_nothing_is_accrued_beyond_an_approved_exit(world, entitlement, monkeypatch):
    ending(monkeypatch, entitlement, dt.date(2026, 5, 10))
    run = computed(world, JUNE)
    days = dict(run.lines.values_list("month", "days_served"))
    assert days == {APRIL: 30, MAY: 10}
    assert computed_again(world, run) == days


def computed_again(world, run) -> dict:
    services.recompute(by=world.people.officer, run=run)
    return dict(run.lines.exclude(state="DROPPED").values_list("month", "days_served"))


@pytest.mark.parametrize("happens", ["changed", "halted", "exit"])
def test_what_changed_since_it_was_computed_is_not_posted(world, entitlement, monkeypatch, happens):
    run = submitted(world)
    rows = Entitlement.objects.filter(pk=entitlement.pk)
    if happens == "changed":
        rows.update(version=entitlement.version + 1)
    elif happens == "halted":
        rows.update(state="SUSPENDED")
    else:
        ending(monkeypatch, entitlement, dt.date(2026, 4, 11))
    with pytest.raises(NoLongerSo) as refused:
        services.approve_run(by=world.people.finance, run=run, document="文")
    assert "样例一院" in str(refused.value)
    assert not Transaction.objects.filter(kind="ACCRUAL").exists()
    services.return_run(by=world.people.finance, run=run, reason="再算")
    with pytest.raises(NoLongerSo):
        services.submit_run(by=world.people.officer, run=run)
    services.recompute(by=world.people.officer, run=run)
    if happens == "halted":
        assert run.lines.get().state == "DROPPED"
        return
    services.confirm_all(by=world.people.clerk, run=run)
    services.submit_run(by=world.people.officer, run=run)
    services.approve_run(by=world.people.finance, run=run, document="文")
    assert run.lines.get().days_served == (11 if happens == "exit" else 30)


def test_no_month_is_due_more_than_is_left_of_the_approval(world, entitlement):
    rows = [
        Line(
            Place(world.indicator.pk, "COMMITTED", entitlement.number),
            Place(world.indicator.pk, "AVAILABLE"),
            D("13000.00"),
            "release:test",
        )
    ]
    ledger.post(
        by=world.people.approver, district_id=world.district.area.pk, kind="RELEASE",
        on=dt.date(2026, 4, 1), key="release:test", lines=rows,
    )  # fmt: skip
    run = computed(world, MAY)
    lines = {line.month: line for line in run.lines.all()}
    assert {month: line.due for month, line in lines.items()} == {
        APRIL: D("2800.00"),
        MAY: D("1000.00"),
    }
    assert "CAP_COMMITTED" in [one.code for one in rule.lines_of(lines[MAY].trace)]
    assert rule.replay(lines[MAY].trace).due == D("1000.00")
    services.confirm_days(
        by=world.people.clerk, run=run, stated={lines[APRIL].pk: Stated(15, "半月")}
    )
    services.confirm_all(by=world.people.clerk, run=run)
    services.submit_run(by=world.people.officer, run=run)
    services.approve_run(by=world.people.finance, run=run, document="文")
    assert balances(entitlement) == {"COMMITTED": D("1400.00"), "PAYABLE": D("2400.00")}


def test_shares_of_several_payers_stay_within_what_each_was_committed_for(world):
    shares = [
        FundingShare(payer="DISTRICT", percent=D(70)),
        FundingShare(payer="STREET", percent=D(30)),
    ]
    assert rule._borne(D("100.00"), shares, (D("70.00"), D("30.00"))) == D("100.00")
    for left in ((D("70.00"), D("10.01")), (D("33.33"), D("30.00")), (D("0.01"), D("0.00"))):
        found = rule._borne(D("100.00"), shares, left)
        parts = rule.shares_of(shares, found, D("0.00"))
        assert all(part.gross <= room for part, room in zip(parts, left, strict=True))
        more = rule.shares_of(shares, found + D("0.02"), D("0.00"))
        assert any(part.gross > room for part, room in zip(more, left, strict=True))


def test_a_line_of_a_subsidy_that_is_over_gives_its_money_back_when_reversed(world, entitlement):
    line = posted(world).lines.get()
    Entitlement.objects.filter(pk=entitlement.pk).update(
        state="EXITED", exited_on=dt.date(2026, 4, 30), exit_reason="SERVICE_ENDED"
    )
    before = balances(entitlement)["COMMITTED"]
    services.reverse_line(by=world.people.cashier, accrual=line, reason="误", document="文")
    assert balances(entitlement) == {"COMMITTED": before, "PAYABLE": D("0.00")}


def test_who_confirmed_days_does_not_approve_them(world, entitlement):
    run = computed(world)
    both = make_user("both", "finance_officer", world.district.area)
    make_post(both, "street_clerk", world.district.area)
    both = User.objects.get(pk=both.pk)
    services.confirm_all(by=both, run=run)
    services.submit_run(by=world.people.officer, run=run)
    with pytest.raises(NotOpen):
        services.approve_run(by=both, run=run, document="文")
