"""The way of an entitlement, from the application to the approval and the end."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from compounds.contracts.models import Contract
from compounds.registry.models import Compound
from compounds.registry.services.compounds import demolish_compound
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from subsidies.entitlements import services
from subsidies.entitlements.errors import NotOpen, NotReady, RowsRefused, SamePerson
from subsidies.entitlements.models import Entitlement, EntitlementStep, Funding, Objection
from subsidies.entitlements.questions import exceptions_of
from subsidies.ledger import questions as ledger
from subsidies.ledger.models import Transaction
from subsidies.programmes import facts as programme_facts
from subsidies.programmes.models import FundingShare
from tests.factories import make_provider, make_user
from tests.subsidies.entitlements.walking import (
    APPLIED,
    APPROVED,
    ASSESSED,
    DOCUMENT,
    POSTED,
    draft,
    fresh,
    step,
    walk,
    walked,
)
from tests.subsidies.factories import (
    grant,
    make_contract,
    make_indicator,
    make_programme,
    make_served,
)

TODAY = dt.date(2026, 11, 23)
State = Entitlement.State


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


def many(world, count, **changes):
    people = world.people
    found = [make_served(people, world.district.community, world.provider) for _n in range(count)]
    return services.apply_many(
        by=people.clerk,
        applications=[
            services.Application(one.compound, world.programme, "测绘报告") for one in found
        ],
        on=APPLIED,
        **changes,
    )


# -- applying --------------------------------------------------------------------------------------
def test_a_draft_takes_area_firm_term_and_amount_from_what_is_known(world):
    row = draft(world)
    assert row.state == State.DRAFT
    assert row.number == "140105-2026-0001"
    assert (row.area_m2, row.provider, row.contract) == (
        Decimal("5500.00"), world.provider, world.contract,
    )  # fmt: skip
    assert (row.starts_on, row.ends_on, row.months) == (
        dt.date(2026, 4, 1), dt.date(2026, 9, 30), 6,
    )  # fmt: skip
    assert row.amount == Decimal("16500.00")  # 5,500 m² × 0.5 yuan × 6 months
    assert row.due_on == dt.date(2026, 4, 15)  # 30 d after 16 March
    step_ = row.steps.get()
    assert (step_.act, step_.to_state, step_.role) == ("FORWARD", "DRAFT", "street_clerk")


def test_a_compound_has_one_open_entitlement(world):
    draft(world)
    with pytest.raises(NotOpen):
        draft(world)


def test_a_compound_that_nobody_serves_cannot_apply(world):
    world.assignment.state = "ENDED"
    world.assignment.ended_on, world.assignment.end_reason = APPLIED, "LOST"
    world.assignment.save()
    with pytest.raises(DomainError):
        draft(world)


def test_a_clerk_of_another_street_cannot_apply(world):
    with pytest.raises(NotAllowed):
        draft(world, by=world.people.far_clerk)


def test_a_blacklisted_firm_makes_no_new_application(world):
    world.provider.blacklisted_until = dt.date(2026, 12, 31)
    world.provider.save()
    with pytest.raises(DomainError, match="2026-12-31"):
        draft(world)


def test_a_barred_firm_makes_no_new_application(world, monkeypatch):
    until = dt.date(2028, 1, 1)
    bars = [lambda ids, as_of: dict.fromkeys(ids, (until, "clawback"))]
    monkeypatch.setattr(programme_facts, "_bars", bars)
    with pytest.raises(DomainError, match="2028-01-01"):
        draft(world)


def test_of_many_applications_the_refused_are_named_and_none_is_written(world):
    draft(world)
    second = make_served(world.people, world.district.community, world.provider)
    with pytest.raises(RowsRefused) as caught:
        services.apply_many(
            by=world.people.clerk,
            applications=[
                services.Application(one, world.programme, "")
                for one in (world.compound, second.compound)
            ],
            on=APPLIED,
        )
    assert [one.pk for one in caught.value.rows] == [world.compound.pk]
    assert Entitlement.objects.count() == 1


def test_numbers_go_on_from_the_last_of_the_year(world):
    rows = many(world, 3)
    assert [row.number[-4:] for row in rows] == ["0001", "0002", "0003"]
    assert draft(world).number.endswith("0004")


def test_a_retired_or_future_programme_takes_no_application(world):
    late = make_programme(
        world.district.area, name="以后的补贴", effective_from=dt.date(2026, 6, 1)
    )
    with pytest.raises(DomainError):
        draft(world, programme=late)


def test_an_application_is_handed_in_with_proof_and_documents(world):
    asked = make_programme(world.district.area, name="要件补贴", documents=" AREA CONTRACT ")
    row = draft(world, programme=asked, area_proof="", documents=["AREA"])
    with pytest.raises(NotReady) as caught:
        step(world, "submit", [row])
    assert len(caught.value.reasons) == 2
    services.edit_application(
        by=world.people.clerk,
        entitlement=fresh(row),
        facts={"area_proof": "测绘报告", "documents": ["AREA", "CONTRACT"]},
    )
    step(world, "submit", [row])
    assert fresh(row).state == State.SUBMITTED


def test_an_application_needs_a_filed_contract(world):
    row = draft(world)
    Contract.objects.filter(pk=world.contract.pk).update(state="SIGNED", filed_on=None)
    with pytest.raises(NotReady):
        step(world, "submit", [row])


def test_an_unknown_area_is_asked_for_and_never_zero(world):
    row = draft(world)
    Compound.objects.filter(pk=world.compound.pk).update(chargeable_area_m2=None)
    with pytest.raises(NotReady):
        step(world, "submit", [row])


def test_a_late_application_needs_a_reason(world):
    row = draft(world)
    last, late = dt.date(2026, 4, 15), dt.date(2026, 4, 16)
    with pytest.raises(NotReady, match="2026-04-15"):
        step(world, "submit", [row], on=late)
    step(world, "submit", [row], on=late, reason="企业资料补正")
    assert row.steps.last().reason == "企业资料补正"
    assert last < late


def test_only_a_draft_is_changed(world):
    row = walked(world, "submit")
    with pytest.raises(NotOpen):
        services.edit_application(by=world.people.clerk, entitlement=row, facts={"area_proof": "x"})


# -- the way ---------------------------------------------------------------------------------------
def test_the_way_ends_in_an_approval_that_commits_the_forecast(world):
    row = walked(world)
    assert row.state == State.APPROVED
    assert (row.document, row.approved_on) == (DOCUMENT, APPROVED)
    standing = ledger.left([world.indicator.pk])[world.indicator.pk]
    assert (standing.committed, standing.available) == (
        Decimal("16500.00"), Decimal("983500.00"),
    )  # fmt: skip
    voucher = Transaction.objects.get(kind="COMMITMENT")
    assert voucher.key == f"approve:{row.number}"
    assert voucher.postings.get().key == f"commit:{row.number}:DISTRICT:2026"
    funding = Funding.objects.get()
    assert (funding.payer, funding.percent, funding.from_month) == (
        "DISTRICT", Decimal(100), dt.date(2026, 4, 1),
    )  # fmt: skip
    states = list(row.steps.order_by("pk").values_list("to_state", flat=True))
    assert states == [
        "DRAFT", "SUBMITTED", "COMMUNITY_CHECKED", "STREET_REVIEWED", "DISTRICT_REVIEWED",
        "PUBLICISED", "APPROVED",
    ]  # fmt: skip


def test_deadlines_are_counted_in_working_days(world):
    row = walked(world, "submit")
    assert row.due_on == dt.date(2026, 3, 27)  # five working days after Friday 20 March
    row = walk(world, [draft(world, compound=second(world))], "check")[0]
    assert row.due_on == dt.date(2026, 3, 30)


def second(world):
    return make_served(world.people, world.district.community, world.provider).compound


def test_a_step_is_not_taken_before_the_one_it_follows(world):
    row = walked(world, "submit")
    for key in ("review", "assess", "publicise", "approve"):
        with pytest.raises(NotOpen):
            step(world, key, [row])


def test_five_different_people_take_the_steps(world):
    row = walked(world, "submit")
    both = make_user("both", "community_worker", world.district.community)
    from_street = make_user("leader2", "street_leader", world.district.street)
    step(world, "check", [row], by=both)
    with pytest.raises(NotAllowed):
        step(world, "review", [row], by=both)
    step(world, "review", [row], by=from_street)
    assert fresh(row).reviewed_by == from_street


def test_whoever_took_one_step_takes_no_other(world):
    people = world.people
    row = walked(world, "review")
    Entitlement.objects.filter(pk=row.pk).update(prepared_by=people.officer)
    with pytest.raises(SamePerson):
        step(world, "assess", [row])
    row = walked(world, "publicise", compound=second(world))
    Entitlement.objects.filter(pk=row.pk).update(checked_by=people.approver)
    with pytest.raises(SamePerson):
        step(world, "approve", [row])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(world):
    row = walked(world, "submit")
    seen = fresh(row)
    step(world, "check", [row])
    with pytest.raises(StaleRecord):
        services.check(by=world.people.worker, entitlements=[seen])


def test_the_examination_is_kept_and_replays(world):
    row = walked(world, "assess")
    assert row.trace["is_met"] is True
    assert row.trace["facts"]["contract_is_filed"] is True


def test_a_condition_not_met_is_named(world):
    row = walked(world, "review")
    Contract.objects.filter(pk=world.contract.pk).update(state="SIGNED", filed_on=None)
    with pytest.raises(NotReady) as caught:
        step(world, "assess", [row])
    assert len(caught.value.reasons) == 1


def test_a_row_goes_back_by_one_step_with_a_reason(world):
    row = walked(world, "assess")
    with pytest.raises(DomainError):
        services.return_entitlement(by=world.people.officer, entitlement=row, reason=" ")
    row = services.return_entitlement(
        by=world.people.officer, entitlement=fresh(row), reason="补测面积", on=ASSESSED
    )
    assert (row.state, row.assessed_by, row.trace) == (State.STREET_REVIEWED, None, None)
    assert row.due_on == dt.date(2026, 4, 9)  # ten working days, 6 April is a holiday
    assert Notice.objects.filter(user=world.people.clerk, kind="entitlement.returned").exists()
    step(world, "assess", [row])
    assert fresh(row).state == State.DISTRICT_REVIEWED


def test_a_rejected_application_makes_room_for_another(world):
    row = walked(world, "check")
    services.reject(by=world.people.leader, entitlements=[row], reason="不符合条件")
    assert draft(world).state == State.DRAFT


def test_the_street_gives_its_application_up(world):
    row = walked(world, "check")
    with pytest.raises(NotAllowed):
        services.withdraw(by=world.people.leader, entitlements=[fresh(row)], reason="误报")
    services.withdraw(by=world.people.clerk, entitlements=[fresh(row)], reason="误报")
    assert fresh(row).state == State.WITHDRAWN


def test_an_approved_one_is_not_withdrawn(world):
    row = walked(world)
    with pytest.raises(NotOpen):
        services.withdraw(by=world.people.clerk, entitlements=[row], reason="误报")


# -- the notice ------------------------------------------------------------------------------------
def test_a_notice_hangs_for_the_working_days_of_the_programme(world):
    row = walked(world, "assess")
    with pytest.raises(DomainError, match="2026-04-02"):
        step(world, "publicise", [row], ends_on=dt.date(2026, 4, 1))
    notice = step(world, "publicise", [row])
    assert (notice.starts_on, notice.ends_on) == (POSTED, dt.date(2026, 4, 2))
    with pytest.raises(NotOpen, match="2026-04-02"):
        step(world, "approve", [row], on=dt.date(2026, 4, 2))
    step(world, "approve", [row], on=APPROVED)


def test_a_notice_number_is_given_once(world):
    step(world, "publicise", walk(world, many(world, 1), "assess"))
    other = walked(world, "assess")
    with pytest.raises(DomainError):
        step(world, "publicise", [other])


def test_an_open_objection_blocks_the_approval(world):
    row = walked(world, "publicise")
    people = world.people
    objection = services.record_objection(
        by=people.officer, entitlement=row, said="面积不实", received_on=dt.date(2026, 3, 30)
    )
    with pytest.raises(NotOpen):
        step(world, "approve", [row])
    with pytest.raises(SamePerson):
        services.settle_objection(
            by=people.officer, objection=objection, is_upheld=False, answer="已核"
        )
    services.settle_objection(
        by=people.second_officer, objection=objection, is_upheld=False, answer="已复测，属实"
    )
    step(world, "approve", [row])
    assert fresh(row).state == State.APPROVED


def test_an_upheld_objection_takes_it_back(world):
    row = walked(world, "publicise")
    people = world.people
    objection = services.record_objection(
        by=people.officer, entitlement=row, said="面积不实", received_on=dt.date(2026, 3, 30)
    )
    services.settle_objection(
        by=people.approver, objection=objection, is_upheld=True, answer="重新测绘"
    )
    assert fresh(row).state == State.DISTRICT_REVIEWED
    with pytest.raises(NotOpen):
        services.settle_objection(
            by=people.approver,
            objection=Objection.objects.get(),
            is_upheld=True,
            answer="再次",
        )


# -- the approval ----------------------------------------------------------------------------------
def test_two_approvers_at_once_approve_once(world):
    row = walked(world, "publicise")
    seen = fresh(row)
    step(world, "approve", [row])
    with pytest.raises(DomainError):
        services.approve(
            by=world.people.second_approver,
            entitlements=[seen],
            document="另一文号",
            fundings=[world.indicator],
        )
    seen = fresh(row)
    with pytest.raises(NotOpen, match="approver"):
        services.approve(
            by=world.people.second_approver,
            entitlements=[seen],
            document="另一文号",
            fundings=[world.indicator],
        )
    assert Transaction.objects.filter(kind="COMMITMENT").count() == 1


def test_an_approval_needs_its_document_and_its_indicator(world):
    row = walked(world, "publicise")
    with pytest.raises(DomainError):
        step(world, "approve", [row], document=" ")
    with pytest.raises(DomainError):
        step(world, "approve", [row], fundings=[])
    assert fresh(row).state == State.PUBLICISED


def test_an_exhausted_indicator_refuses_the_batch_and_names_what_does_not_fit(world):
    small = make_indicator(world.line)
    grant(world.people, small, "40000.00")  # two of 16,500.00 fit
    rows = walk(world, many(world, 3), "publicise")
    with pytest.raises(RowsRefused) as caught:
        step(world, "approve", rows, fundings=[small])
    assert [one.pk for one in caught.value.rows] == [rows[2].pk]
    assert "7000.00" in str(caught.value.rows[0].message)
    assert "40000.00" in caught.value.message
    assert not Transaction.objects.filter(kind="COMMITMENT").exists()
    assert Entitlement.objects.filter(state="PUBLICISED").count() == 3


def test_shares_are_committed_on_the_indicator_of_each_payer(world):
    half = [{"payer": "CITY", "percent": Decimal(50)}, {"payer": "STREET", "percent": Decimal(50)}]
    shared = make_programme(world.district.area, name="市街共担", parts={FundingShare: half})
    city = make_indicator(world.line, "CITY")
    street = make_indicator(world.line, "STREET", street=world.district.street)
    for one in (city, street):
        grant(world.people, one, "100000.00")
    row = walked(world, "publicise", programme=shared)
    with pytest.raises(DomainError):
        step(world, "approve", [row], fundings=[city])
    step(world, "approve", [row], fundings=[city, street])
    left = ledger.left([city.pk, street.pk])
    assert {left[one.pk].committed for one in (city, street)} == {Decimal("8250.00")}


def test_a_ceiling_of_the_firm_refuses_what_was_publicised_above_it(world):
    capped = make_programme(world.district.area, name="封顶补贴", cap_firm_year=Decimal("20000.00"))
    rows = [
        draft(world, programme=capped),
        draft(world, programme=capped, compound=second(world)),
    ]
    rows = walk(world, rows, "assess")
    assert [row.amount for row in rows] == [Decimal("16500.00"), Decimal("3500.00")]


def test_a_hundred_and_fifty_are_approved_in_few_statements(world, django_assert_max_num_queries):
    grant(world.people, world.indicator, "2000000.00")
    rows = many(world, 150)
    for key in ("submit", "check", "review", "assess", "publicise"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            step(world, key, rows)
        # Twice as many rows as the first hundred and fifty cost the same (see the test after).
        assert len(asked) < 100, (key, len(asked))
    with django_assert_max_num_queries(80):
        step(world, "approve", rows)
    standing = ledger.left([world.indicator.pk])[world.indicator.pk]
    assert standing.committed == 150 * Decimal("16500.00")
    assert AuditEntry.objects.filter(verb="approve").count() == 150


def test_statements_do_not_grow_with_the_rows(world):
    first, rest = many(world, 2), many(world, 12)
    for key in ("submit", "check", "review", "assess", "publicise", "approve"):
        counts = []
        for number, rows in enumerate((first, rest)):
            more = {"number": f"公示{number}"} if key == "publicise" else {}
            with CaptureQueriesContext(connection) as asked:
                step(world, key, rows, **more)
            counts.append(len(asked))
        assert counts[1] <= counts[0], (key, counts)


# -- running and ended -----------------------------------------------------------------------------
def test_a_subsidy_is_suspended_and_resumed(world):
    row = walked(world)
    row = services.suspend(by=world.people.officer, entitlement=row, reason="整改")
    assert row.state == State.SUSPENDED
    with pytest.raises(NotOpen):
        services.suspend(by=world.people.officer, entitlement=fresh(row), reason="整改")
    row = services.resume(by=world.people.officer, entitlement=fresh(row))
    assert row.state == State.APPROVED


def test_an_end_releases_what_is_left_of_the_commitment(world):
    row = walked(world)
    row = services.end(
        by=world.people.approver,
        entitlement=row,
        on=dt.date(2026, 9, 30),
        exit_reason="TERM",
        document="小政退〔2026〕1号",
    )
    assert (row.state, row.exited_on) == (State.EXITED, dt.date(2026, 9, 30))
    standing = ledger.left([world.indicator.pk])[world.indicator.pk]
    assert (standing.committed, standing.available) == (0, Decimal("1000000.00"))
    with pytest.raises(NotOpen):
        services.end(by=world.people.approver, entitlement=row, on=TODAY, exit_reason="TERM")
    services.close(by=world.people.approver, entitlement=row)
    assert fresh(row).state == State.CLOSED


def test_blacklisting_ends_nothing_but_is_shown(world):
    row = walked(world)
    world.provider.blacklisted_until = dt.date(2027, 1, 1)
    world.provider.save()
    row = Entitlement.objects.select_related("compound", "provider").get(pk=row.pk)
    codes = {one.code for one in exceptions_of([row], TODAY)[row.pk]}
    assert "BLACKLIST" in codes
    assert row.state == State.APPROVED


def test_an_area_corrected_later_is_shown(world):
    row = walked(world)
    Compound.objects.filter(pk=world.compound.pk).update(chargeable_area_m2=Decimal("5000.00"))
    codes = {one.code for one in exceptions_of([fresh(row)], TODAY)[row.pk]}
    assert "AREA" in codes
    assert fresh(row).area_m2 == Decimal("5500.00")


def test_a_demolished_compound_takes_its_application_along_but_no_money(world):
    applied = walked(world, "check", compound=second(world))
    running = walked(world)
    demolisher = make_user("demolisher", "district_officer", world.district.area)
    for row in (applied, running):
        compound = Compound.objects.get(pk=row.compound_id)
        demolish_compound(by=demolisher, compound=compound, version=compound.version, reason="拆除")
    assert fresh(applied).state == State.WITHDRAWN
    assert fresh(running).state == State.APPROVED
    codes = {one.code for one in exceptions_of([fresh(running)], TODAY)[running.pk]}
    assert {"GONE", "FIRM"} <= codes
    assert Notice.objects.filter(kind="entitlement.gone").exists()


# -- for ever --------------------------------------------------------------------------------------
def test_steps_are_never_changed_or_deleted(world):
    row = draft(world)
    with pytest.raises(DatabaseError):
        EntitlementStep.objects.filter(entitlement=row).update(reason="改写")


def test_steps_are_never_deleted(world):
    row = draft(world)
    with pytest.raises(DatabaseError):
        EntitlementStep.objects.filter(entitlement=row).delete()


def test_who_has_the_next_step_is_told_once(world):
    rows = many(world, 3)
    step(world, "submit", rows)
    told = Notice.objects.get(user=world.people.worker)
    assert (told.kind, told.count) == ("entitlement.to_check", 3)


def test_another_contract_with_the_firm_is_taken_when_it_is_handed_in(world):
    served = make_served(world.people, world.district.community, make_provider(world.district.area))
    row = draft(world, compound=served.compound)
    Contract.objects.filter(pk=served.contract.pk).update(
        state="ENDED", ended_on=dt.date(2026, 3, 18), end_reason="AGREED"
    )
    served.contract.covers.update(is_running=False)
    new = make_contract(world.people, served.assignment)
    step(world, "submit", [row])
    assert fresh(row).contract == new
