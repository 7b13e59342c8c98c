"""How a subsidy ends: warned of, reviewed, approved by another, ended when all is accrued."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone, translation

from compounds.clearing.models import Case, Loss
from compounds.fees.models import CollectionReport
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from governance.notices.sources import work_of
from subsidies.entitlements.models import Entitlement
from subsidies.ledger.models import Transaction
from subsidies.recovery import checks, gathering, questions, services
from subsidies.recovery.models import ExitReview
from subsidies.recovery.services.common import NotOpen, SamePerson
from tests.subsidies.factories import make_programme
from tests.subsidies.recovery.ending import (
    ENDS,
    MONTHLY,
    MONTHS,
    TODAY,
    accrue,
    another,
    approved,
    on_day,
    paid,
    standing,
)

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _today():
    with on_day(TODAY), translation.override("en"):
        yield


def breaches() -> list[str]:
    return [one for check in checks.CHECKS.values() for one in check()]


def review(world, row, **changes):
    facts = {
        "by": world.people.officer,
        "version": row.version,
        "exit_reason": "TERM",
        "exit_on": row.ends_on,
        "outcome": "CONTINUES",
        "findings": "收费率达标，合同存续",
        "document": "小店房管退〔2026〕1号",
    }
    return services.propose_exit(entitlement=row, **{**facts, **changes})


def approve(world, found, **changes):
    facts = {"by": world.people.approver, "version": found.version}
    return services.approve_exit(review=found, **{**facts, **changes})


# -- reviewed --------------------------------------------------------------------------------------
def test_the_review_keeps_what_its_own_fees_bear_with_sources(world):
    row = paid(world)
    found = review(world, row, typed={"collection": D("82")})
    assert found.contract_until == world.contract.ends_on
    account = gathering.viability.from_record(found.account)
    values = {one.key: one for one in account.inputs}
    assert values["subsidy"].value == 0
    assert values["collection"].value == 82
    assert "officer" in values["collection"].words
    assert found.account["contract"]["number"] == world.contract.number
    assert [rate for rate, *_rest in found.account["result"]["sensitivity"]] == [
        "55", "75", "82", "94.4"
    ]  # fmt: skip


def test_what_nobody_knows_stays_unknown(world):
    found = review(world, paid(world))
    account = gathering.viability.from_record(found.account)
    assert "public_revenue" in account.reckon().missing
    assert found.account["result"]["verdict"] != "VIABLE"


def test_the_subsidy_ends_with_the_approval_once_all_is_accrued(world):
    row = paid(world, MONTHS[:5])
    accrue(world, row, MONTHS[5:], amount=D("1000.00"))  # fewer days than forecast
    before = standing(world)["AVAILABLE"]
    approve(world, review(world, row))
    row.refresh_from_db()
    assert (row.state, row.exited_on, row.exit_reason) == ("EXITED", ENDS, "TERM")
    assert standing(world)["AVAILABLE"] == before + D("1750.00")
    assert "COMMITTED" not in standing(world, row)
    assert not breaches()


def test_an_approved_exit_waits_for_the_last_accrual(world):
    row = approved(world)
    accrue(world, row, MONTHS[:5])
    found = approve(world, review(world, row))
    row.refresh_from_db()
    assert row.state == "APPROVED"
    assert standing(world, row)["COMMITTED"] == MONTHLY  # still there for September
    assert services.run_recovery().ended == 0
    accrue(world, row, MONTHS[5:])
    assert services.run_recovery().ended == 1
    assert services.run_recovery().ended == 0
    row.refresh_from_db()
    assert row.state == "EXITED"
    assert Transaction.objects.filter(key=f"end:{row.number}").count() == 0  # nothing was left
    found.refresh_from_db()
    assert found.state == "APPROVED"


def test_an_end_to_come_waits_for_its_day(world):
    with on_day(dt.date(2026, 9, 20)):
        row = approved(world)
        accrue(world, row, MONTHS)
        approve(world, review(world, row))
        row.refresh_from_db()
        assert row.state == "APPROVED"
    with on_day(dt.date(2026, 9, 30)):
        assert services.run_recovery().ended == 0
    with on_day(dt.date(2026, 10, 1)):
        assert services.run_recovery().ended == 1


def test_what_is_not_accrued_can_be_given_up_for_a_breach(world):
    row = approved(world)
    accrue(world, row, MONTHS[:2])
    facts = {"exit_reason": "BREACH", "exit_on": dt.date(2026, 7, 15), "outcome": "LEAVES"}
    with pytest.raises(DomainError, match="accrued and paid"):
        review(world, row, gives_up=True)
    approve(world, review(world, row, gives_up=True, **facts))
    row.refresh_from_db()
    assert (row.state, row.exited_on) == ("EXITED", dt.date(2026, 7, 15))
    assert standing(world, row) == {"PAYABLE": MONTHLY * 2}
    assert not breaches()


def test_an_extension_ends_nothing(world):
    row = paid(world)
    approve(world, review(world, row, outcome="EXTEND"))
    row.refresh_from_db()
    assert row.state == "APPROVED"
    assert services.run_recovery().ended == 0
    with pytest.raises(DomainError, match="end of the term"):
        review(
            world, another(world), outcome="EXTEND", exit_reason="BREACH",
            exit_on=dt.date(2026, 8, 1),
        )  # fmt: skip


# -- refusals --------------------------------------------------------------------------------------
def test_preparer_and_approver_are_two(world):
    found = review(world, paid(world))
    world.people.officer.posts.update(role="district_approver")
    officer = type(world.people.officer).objects.get(pk=world.people.officer.pk)
    with pytest.raises(SamePerson):
        approve(world, found, by=officer)
    with pytest.raises(SamePerson):
        services.refuse_exit(by=officer, review=found, version=1, reason="样例")


@pytest.mark.parametrize("who", ["clerk", "leader", "approver", "finance", "auditor"])
def test_only_the_officer_prepares(world, who):
    with pytest.raises(NotAllowed):
        review(world, paid(world), by=getattr(world.people, who))


@pytest.mark.parametrize("who", ["second_officer", "finance", "clerk", "auditor"])
def test_only_the_approver_decides(world, who):
    found = review(world, paid(world))
    with pytest.raises(NotAllowed):
        approve(world, found, by=getattr(world.people, who))


def test_a_review_is_decided_once(world):
    found = review(world, paid(world))
    approve(world, found)
    with pytest.raises(StaleRecord):
        approve(world, found)
    found.refresh_from_db()
    for act in (
        lambda: approve(world, found, by=world.people.second_approver),
        lambda: services.refuse_exit(
            by=world.people.second_approver, review=found, version=found.version, reason="样例"
        ),
    ):
        with pytest.raises(NotOpen):
            act()


def test_one_review_waits_at_a_time(world):
    row = paid(world)
    review(world, row)
    with pytest.raises(DomainError, match="waits for approval"):
        review(world, row)


def test_a_stale_subsidy_is_not_reviewed(world):
    row = paid(world)
    Entitlement.objects.filter(pk=row.pk).update(version=row.version + 1)
    with pytest.raises(StaleRecord):
        review(world, row)


def test_an_edited_review_is_prepared_by_who_wrote_last(world):
    found = review(world, paid(world))
    found = services.edit_exit(
        by=world.people.second_officer,
        review=found,
        version=1,
        exit_reason="TERM",
        exit_on=ENDS,
        outcome="SUPPORTED",
        findings="街道兜底资金衔接",
        document="文2",
    )
    assert (found.prepared_by, found.outcome, found.version) == (
        world.people.second_officer, "SUPPORTED", 2
    )  # fmt: skip
    with pytest.raises(StaleRecord):
        approve(world, found, version=1)


def test_a_refused_exit_lets_the_subsidy_go_on(world):
    row = paid(world)
    found = review(world, row)
    with pytest.raises(DomainError, match="reason"):
        services.refuse_exit(by=world.people.approver, review=found, version=1, reason="")
    found = services.refuse_exit(by=world.people.approver, review=found, version=1, reason="再议")
    row.refresh_from_db()
    assert (found.state, row.state) == ("REFUSED", "APPROVED")
    assert review(world, row).state == "PREPARED"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exit_on": dt.date(2026, 9, 29)}, "ends on"),
        ({"findings": " "}, "what was found"),
        ({"exit_reason": "BREACH", "document": ""}, "by a document"),
        ({"exit_reason": "SERVICE_ENDED", "document": ""}, "Nothing here shows it"),
        ({"exit_reason": "GONE", "document": ""}, "Nothing here shows it"),
        ({"exit_reason": "BREACH", "exit_on": dt.date(2026, 10, 1)}, "cannot end later"),
        ({"exit_reason": "BREACH", "exit_on": dt.date(2026, 3, 31)}, "cannot end before"),
        ({"exit_reason": "SELF_SUFFICIENT"}, "names no collection"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_in_words(world, changes, words):
    with pytest.raises(DomainError, match=words):
        review(world, paid(world), **changes)


def test_the_end_of_the_term_is_not_reviewed_too_early(world):
    row = approved(world)
    with on_day(dt.date(2026, 8, 16)), pytest.raises(DomainError, match="from 2026-08-17"):
        review(world, row)
    with on_day(dt.date(2026, 8, 17)):
        assert review(world, row).state == "PREPARED"


def test_an_approval_needs_its_document(world):
    found = review(world, paid(world), document="")
    with pytest.raises(DomainError, match="document"):
        approve(world, found)
    assert approve(world, found, document="文1").document == "文1"


def test_only_a_running_subsidy_comes_to_its_end(world):
    row = paid(world)
    approve(world, review(world, row))
    row.refresh_from_db()
    with pytest.raises(NotOpen):
        review(world, row)


# -- early ends ------------------------------------------------------------------------------------
def collected(world, compound, percents):
    """Reports of the months before today, the last one last."""
    for back, percent in enumerate(reversed(percents), 1):
        month = gathering.months_later(TODAY.replace(day=1), -back)
        if percent is None:
            continue
        CollectionReport.objects.create(
            compound=compound,
            provider=world.provider,
            month=month,
            billed_households=80,
            paid_households=60,
            billed_amount=D("1000.00"),
            paid_amount=D(percent) * 10,
        )


@pytest.fixture
def early(world):
    """A subsidy till March whose programme ends early at 70 % held for three months."""
    programme = make_programme(
        world.district.area,
        world.people.officer,
        world.people.approver,
        name="提前退出补贴",
        exit_collection_percent=D("70"),
        exit_months=3,
    )
    return approved(
        world, programme=programme, starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 12, 31)
    )


@pytest.mark.parametrize(
    ("percents", "held"),
    [
        ((70, 70, 70), 3),
        ((70, 71, 69.99), 0),
        ((69.99, 70, 70), 2),
        ((80, None, 80), 1),
        ((80, 80, 80, None), 3),  # October is not reported yet
        ((80, 80, 80, None, None), 0),  # too long ago to prove anything
    ],
)
def test_self_sufficiency_is_held_month_by_month(world, early, percents, held):
    collected(world, early.compound, percents)
    found = gathering.collections_of([early.compound_id], TODAY).get(early.compound_id)
    assert gathering.held_for(found, D(70), TODAY) == held
    assert (questions.self_sufficient(questions.running(), TODAY) == [early]) == (held >= 3)
    facts = {"exit_reason": "SELF_SUFFICIENT", "exit_on": dt.date(2026, 10, 31)}
    if held >= 3:
        assert review(world, early, **facts).collection_percent >= 70
        return
    with pytest.raises(DomainError, match=f"held for {held}"):
        review(world, early, **facts)


def test_self_sufficiency_is_proposed_at_night(world, early):
    collected(world, early.compound, (75, 75, 75))
    assert services.run_recovery().proposed == 1
    found = ExitReview.objects.get()
    assert (found.exit_reason, found.exit_on) == ("SELF_SUFFICIENT", dt.date(2026, 10, 31))


def test_service_that_ended_is_evidence(world):
    row = approved(world)
    accrue(world, row, MONTHS[:4])
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(
        state="ENDED", ended_on=dt.date(2026, 7, 31), end_reason="LOST"
    )
    row = Entitlement.objects.get(pk=row.pk)
    assert [one.kind for one in gathering.evidence_of(row)] == ["ASSIGNMENT"]
    assert list(questions.with_service_ended(questions.unreviewed())) == [row]
    found = review(
        world, row, exit_reason="SERVICE_ENDED", exit_on=dt.date(2026, 7, 31), outcome="LEAVES",
        document="",
    )  # fmt: skip
    approve(world, found, document="文1")
    row.refresh_from_db()
    assert (row.state, row.exited_on) == ("EXITED", dt.date(2026, 7, 31))
    assert standing(world, row) == {"PAYABLE": MONTHLY * 4}


# -- at night --------------------------------------------------------------------------------------
def test_the_warning_is_told_once(world):
    approved(world)
    approved_later = another(world)
    assert approved_later.ends_on == ENDS
    with on_day(dt.date(2026, 8, 16)):
        assert services.run_recovery().warned == 0
    with on_day(dt.date(2026, 8, 17)):
        assert services.run_recovery().warned > 0
        assert services.run_recovery().warned == 0
    told = Notice.objects.filter(kind="recovery.last_month")
    assert {one.user.username for one in told} >= {"officer", "second_officer", "clerk"}
    assert {one.count for one in told} == {2}


def test_terms_that_are_over_are_proposed_for_review(world):
    row = approved(world)
    with on_day(ENDS):
        assert services.run_recovery().proposed == 0
    with on_day(ENDS + dt.timedelta(days=1)):
        assert services.run_recovery().proposed == 1
        assert services.run_recovery().proposed == 0
    found = ExitReview.objects.get()
    assert (found.entitlement, found.prepared_by, found.exit_on) == (row, None, ENDS)
    with pytest.raises(NotOpen, match="completes"):
        approve(world, found)
    done = review(world, row)
    assert done.pk == found.pk
    assert done.prepared_by == world.people.officer
    approve(world, done)


def test_a_refused_proposal_is_quiet_for_a_month(world):
    row = approved(world)
    found = review(world, row)
    services.refuse_exit(by=world.people.approver, review=found, version=1, reason="再议")
    assert services.run_recovery().proposed == 0
    with on_day(TODAY + dt.timedelta(days=31)):
        assert services.run_recovery().proposed == 1


def test_the_command_says_what_it_did(world, capsys):
    approved(world)
    call_command("run_recovery", as_of="2026-11-20")
    assert "1 exits proposed" in capsys.readouterr().out


# -- work ------------------------------------------------------------------------------------------
def lines_of(user) -> dict[str, int]:
    return {line.title: line.count for line in work_of(user) if "recovery" in line.url}


def test_what_waits_is_on_the_work_list_of_who_may_do_it(world):
    row = approved(world)
    officer, approver = world.people.officer, world.people.approver
    assert lines_of(officer) == {"Subsidies whose term is over, not reviewed": 1}
    assert lines_of(approver) == {}
    review(world, row)
    assert lines_of(officer) == {}
    assert lines_of(approver) == {"Exit reviews to approve": 1}


def test_a_confirmed_loss_is_news(world):
    row = approved(world, ends_on=dt.date(2026, 12, 31), months=9, amount=MONTHLY * 9)
    case = Case.objects.create(
        compound=row.compound,
        provider=row.provider,
        registered_on=dt.date(2026, 1, 5),
        entered_on=dt.date(2026, 3, 16),
        state="SERVING",
        strategy="SUBSIDY_TRANSITION",
        confirmed_by=world.people.leader,
        confirmed_on=dt.date(2026, 2, 1),
    )
    Loss.objects.create(
        case=case,
        lost_on=dt.date(2026, 10, 20),
        reason="撤场",
        state="CONFIRMED",
        reported_by=world.people.clerk,
        reported_at=timezone.now(),
        decided_by=world.people.leader,
        decided_on=dt.date(2026, 10, 25),
    )
    assert list(questions.with_service_ended(questions.running())) == [row]
    assert lines_of(world.people.officer)["Subsidies whose service has ended"] == 1
    services.run_recovery()
    found = ExitReview.objects.get(entitlement=row)
    assert (found.exit_reason, found.exit_on) == ("SERVICE_ENDED", dt.date(2026, 10, 20))


def test_an_extension_that_was_never_made_is_reviewed_again(world):
    """Agreed on at the end of the term, and nobody wrote the change: it is not forgotten."""
    row = approved(world)
    accrue(world, row)
    with on_day(dt.date(2026, 9, 20)):
        found = review(world, row, exit_reason="TERM", exit_on=ENDS, outcome="EXTEND",
                       on=dt.date(2026, 9, 20))  # fmt: skip
        approve(world, found, document="文1", on=dt.date(2026, 9, 20))
        assert list(questions.unreviewed(dt.date(2026, 9, 21))) == []
    assert list(questions.over_without_review(TODAY)) == [row]
    assert services.run_recovery(as_of=TODAY).proposed == 1
