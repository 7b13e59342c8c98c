"""Money claimed back: proposed, decided with notice, appealed against, received by instalments."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from subsidies.entitlements.gathering import barred_firms as barred
from subsidies.ledger.models import Transaction
from subsidies.recovery import checks, services
from subsidies.recovery.models import Clawback, Instalment
from subsidies.recovery.rules import Part
from subsidies.recovery.services.common import NotOpen, SamePerson
from tests.subsidies.factories import grant, make_indicator, make_line
from tests.subsidies.recovery.ending import (
    ENDS,
    MONTHLY,
    MONTHS,
    TODAY,
    accrue,
    another,
    appealed,
    approved,
    notified,
    on_day,
    paid,
    pay,
    pay_also,
    proposed,
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


# -- proposed --------------------------------------------------------------------------------------
def test_the_amount_follows_from_the_programme_and_is_kept_line_by_line(world):
    row = paid(world)
    found = proposed(world, row)
    assert found.amount == MONTHLY * 6
    assert len(found.computation["lines"]) == 6
    assert sum(D(line["amount"]) for line in found.computation["lines"]) == found.amount
    assert found.state == "PROPOSED"
    assert standing(world, row) == {"PAID": MONTHLY * 6}  # nothing is posted yet


def test_unearned_is_claimed_by_days(world):
    row = paid(world)
    found = proposed(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 9, 15))
    assert found.amount == D("1375.00")  # 15 of the 30 days of September


def test_nothing_is_claimed_for_what_the_programme_does_not_name(world):
    with pytest.raises(DomainError, match="nothing is claimed back"):
        proposed(world, paid(world), trigger="LOW_SCORE")


def test_nothing_is_claimed_where_nothing_was_paid(world):
    row = approved(world)
    accrue(world, row)
    with pytest.raises(DomainError, match="Nothing has been paid"):
        proposed(world, row)


def test_leaving_long_after_the_last_payment_claims_nothing(world):
    row = paid(world, MONTHS[:1], starts_on=dt.date(2025, 4, 1), ends_on=dt.date(2026, 9, 30))
    with on_day(dt.date(2027, 6, 1)), pytest.raises(DomainError, match="later than"):
        proposed(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2027, 5, 11))


def test_what_will_happen_is_not_claimed_for(world):
    with pytest.raises(DomainError, match="future"):
        proposed(world, paid(world), happened_on=TODAY + dt.timedelta(days=1))


def test_one_clawback_for_a_reason_at_a_time(world):
    row = paid(world)
    proposed(world, row)
    with pytest.raises(DomainError, match="under way"):
        proposed(world, row)


@pytest.mark.parametrize("who", ["clerk", "leader", "approver", "finance", "auditor"])
def test_only_the_districts_officer_proposes(world, who):
    with pytest.raises(NotAllowed):
        proposed(world, paid(world), by=getattr(world.people, who))


def test_a_proposal_is_taken_back_with_a_reason(world):
    found = proposed(world, paid(world))
    with pytest.raises(DomainError, match="reason"):
        services.cancel_clawback(by=world.people.officer, clawback=found, version=1, reason=" ")
    gone = services.cancel_clawback(
        by=world.people.approver, clawback=found, version=1, reason="证据不足"
    )
    assert gone.state == "CANCELLED"
    assert not breaches()


# -- notice ----------------------------------------------------------------------------------------
def test_the_notice_puts_the_claim_on_the_ledger(world):
    row = paid(world)
    found = notified(world, row)
    assert standing(world, row) == {"TO_RECOVER": MONTHLY * 6}
    assert found.due_on == dt.date(2026, 12, 2)
    assert found.bans_until == dt.date(2029, 11, 2)
    assert [(one.due_on, one.amount) for one in found.instalments.all()] == [
        (found.due_on, MONTHLY * 6)
    ]
    posted = Transaction.objects.get(key=f"clawback:{found.pk}")
    assert posted.kind == "CLAWBACK"
    assert sorted(one.month for one in posted.postings.all()) == MONTHS
    assert not breaches()


def test_whoever_proposed_does_not_decide(world):
    found = proposed(world, paid(world))
    world.people.officer.posts.update(role="district_approver")
    officer = type(world.people.officer).objects.get(pk=world.people.officer.pk)
    with pytest.raises(SamePerson):
        services.notify(by=officer, clawback=found, version=1, document="文1")


@pytest.mark.parametrize("who", ["officer", "finance", "clerk", "auditor"])
def test_only_the_approver_decides(world, who):
    found = proposed(world, paid(world))
    with pytest.raises(NotAllowed):
        services.notify(by=getattr(world.people, who), clawback=found, version=1, document="文1")


def test_notice_needs_its_document_and_is_given_once(world):
    row = paid(world)
    found = proposed(world, row)
    with pytest.raises(DomainError, match="number of the notice"):
        services.notify(by=world.people.approver, clawback=found, version=1, document=" ")
    services.notify(by=world.people.approver, clawback=found, version=1, document="文1")
    with pytest.raises(StaleRecord):
        services.notify(by=world.people.approver, clawback=found, version=1, document="文1")
    with pytest.raises(NotOpen):
        services.notify(by=world.people.approver, clawback=found, version=2, document="文1")
    assert standing(world, row) == {"TO_RECOVER": MONTHLY * 6}


def test_a_proposal_overtaken_by_another_claim_is_proposed_anew(world):
    row = paid(world)
    early = proposed(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 9, 15))
    notified(world, row)
    with pytest.raises(DomainError, match="has changed"):
        services.notify(by=world.people.approver, clawback=early, version=1, document="文2")


def test_what_was_claimed_is_not_claimed_again(world):
    row = paid(world)
    notified(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 9, 15))
    assert proposed(world, row).amount == MONTHLY * 6 - D("1375.00")


@pytest.mark.parametrize(
    ("fine", "words"), [("1649.99", "10 to 50"), ("8250.01", "10 to 50"), ("1650.00", None)]
)
def test_a_fine_is_recorded_beside_the_claim(world, fine, words):
    row = paid(world)
    found = proposed(world, row)
    act = {
        "by": world.people.approver,
        "clawback": found,
        "version": 1,
        "document": "文1",
        "fine": D(fine),
    }
    if words:
        with pytest.raises(DomainError, match=words):
            services.notify(**act)
        return
    found = services.notify(**act)
    assert (found.fine, found.amount) == (D("1650.00"), MONTHLY * 6)
    assert standing(world, row) == {"TO_RECOVER": MONTHLY * 6}
    assert sum(one.amount for one in found.instalments.all()) == MONTHLY * 6


def test_only_false_data_bar_the_firm(world):
    row = paid(world)
    found = notified(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 9, 15))
    assert found.bans_until is None
    assert barred([world.provider.pk], TODAY) == {}


def test_a_firm_is_barred_while_the_claim_stands(world):
    row = paid(world)
    assert barred([world.provider.pk], TODAY) == {}
    found = notified(world, row)
    assert barred([world.provider.pk], TODAY) == {world.provider.pk: found.bans_until}
    assert barred([world.provider.pk], found.bans_until + dt.timedelta(days=1)) == {}


# -- appeal ----------------------------------------------------------------------------------------
def test_an_appeal_is_decided_by_somebody_new(world):
    found = appealed(world, paid(world))
    decide = {"clawback": found, "version": found.version, "amount": 0, "decision": "成立"}
    with pytest.raises(SamePerson):
        services.decide_appeal(by=world.people.approver, **decide)
    with pytest.raises(NotAllowed):
        services.decide_appeal(by=world.people.officer, **decide)


def test_an_appeal_upheld_is_a_reversal(world):
    row = paid(world)
    found = appealed(world, row)
    found = services.decide_appeal(
        by=world.people.second_approver,
        clawback=found,
        version=found.version,
        amount=D(0),
        decision="申诉成立",
    )
    assert found.state == "CANCELLED"
    assert standing(world, row) == {"PAID": MONTHLY * 6}
    assert Transaction.objects.get(key=f"appeal:{found.pk}").kind == "REVERSAL"
    assert barred([world.provider.pk], TODAY) == {}
    assert not found.instalments.exists()
    assert not breaches()
    assert proposed(world, row).amount == MONTHLY * 6  # what was taken back can be claimed anew


def test_an_appeal_upheld_in_part_leaves_the_rest(world):
    row = paid(world)
    found = appealed(world, row)
    found = services.decide_appeal(
        by=world.people.second_approver,
        clawback=found,
        version=found.version,
        amount=D("1000.01"),
        decision="部分成立",
        on=dt.date(2026, 11, 16),
    )
    assert (found.state, found.amount) == ("CONFIRMED", D("1000.01"))
    assert standing(world, row) == {"PAID": MONTHLY * 6 - D("1000.01"), "TO_RECOVER": D("1000.01")}
    assert found.due_on == dt.date(2026, 12, 16)
    assert [one.amount for one in found.instalments.all()] == [D("1000.01")]
    assert found.computation["before_appeal"]["amount"] == str(MONTHLY * 6)
    assert not breaches()


def test_an_appeal_dismissed_leaves_all_of_it(world):
    row = paid(world)
    found = appealed(world, row)
    found = services.decide_appeal(
        by=world.people.second_approver,
        clawback=found,
        version=found.version,
        amount=found.amount,
        decision="维持",
    )
    assert (found.state, found.amount) == ("CONFIRMED", MONTHLY * 6)
    assert not Transaction.objects.filter(kind="REVERSAL").exists()
    assert not breaches()


@pytest.mark.parametrize("amount", ["-0.01", "16500.01"])
def test_no_more_is_claimed_after_an_appeal(world, amount):
    found = appealed(world, paid(world))
    with pytest.raises(DomainError, match="Between nought"):
        services.decide_appeal(
            by=world.people.second_approver,
            clawback=found,
            version=found.version,
            amount=D(amount),
            decision="样例",
        )


@pytest.mark.parametrize(
    ("day", "words"), [("2026-11-01", "before the notice"), ("2026-12-03", "ended on")]
)
def test_an_appeal_comes_within_its_days(world, day, words):
    found = notified(world, paid(world))
    day = dt.date.fromisoformat(day)
    with on_day(dt.date(2026, 12, 31)), pytest.raises(DomainError, match=words):
        services.appeal(
            by=world.people.officer,
            clawback=found,
            version=found.version,
            grounds="样例",
            appealed_on=day,
        )


def test_an_appeal_on_the_last_day_counts(world):
    found = notified(world, paid(world))
    with on_day(dt.date(2026, 12, 31)):
        found = services.appeal(
            by=world.people.officer,
            clawback=found,
            version=found.version,
            grounds="样例",
            appealed_on=dt.date(2026, 12, 2),
        )
    assert found.state == "APPEALED"


def test_nothing_is_received_or_planned_while_an_appeal_waits(world):
    found = appealed(world, paid(world))
    with pytest.raises(NotOpen):
        services.receive(
            by=world.people.finance, instalment=found.instalments.get(), version=1, voucher="凭1"
        )
    with pytest.raises(NotOpen):
        services.plan_instalments(
            by=world.people.officer,
            clawback=found,
            version=found.version,
            parts=[Part(dt.date(2027, 1, 1), found.amount)],
        )


def test_an_unappealed_claim_stands_after_its_days(world):
    found = notified(world, paid(world))
    with on_day(dt.date(2026, 12, 2)):
        assert services.run_recovery().confirmed == 0
    with on_day(dt.date(2026, 12, 3)):
        assert services.run_recovery().confirmed == 1
        assert services.run_recovery().confirmed == 0
    found.refresh_from_db()
    assert found.state == "CONFIRMED"


# -- instalments -----------------------------------------------------------------------------------
def plan(world, found, *amounts, **changes):
    first = dt.date(2026, 12, 1)
    parts = [
        Part(dt.date(first.year + at // 12, (first.month - 1 + at) % 12 + 1, 1), D(amount))
        if first.month + at <= 12
        else Part(dt.date(2027, first.month + at - 12, 1), D(amount))
        for at, amount in enumerate(amounts)
    ]
    return services.plan_instalments(
        by=changes.pop("by", world.people.officer),
        clawback=found,
        version=changes.pop("version", found.version),
        parts=parts,
    )


def receive(world, instalment, **changes):
    facts = {
        "by": world.people.finance,
        "version": instalment.version,
        "voucher": "凭证1",
        **changes,
    }
    return services.receive(instalment=instalment, **facts)


def test_instalments_make_up_the_claim(world):
    found = plan(world, notified(world, paid(world)), "10000.00", "6000.00", "500.00")
    assert [one.amount for one in found.instalments.all()] == [10000, 6000, 500]
    assert not breaches()
    for amounts in (("16499.99",), ("16500.01",), ()):
        with pytest.raises(DomainError):
            plan(world, found, *amounts)
    with pytest.raises(StaleRecord):
        plan(world, found, "16500.00", version=1)
    with pytest.raises(NotAllowed):
        plan(world, found, "16500.00", by=world.people.finance)


def test_money_received_in_the_budget_year_is_available_again(world):
    row = paid(world)
    before = standing(world)["AVAILABLE"]
    found = plan(world, notified(world, row), "10000.00", "6500.00")
    first, second = found.instalments.all()
    receive(world, first)
    found.refresh_from_db()
    assert found.state == "CONFIRMED"
    assert standing(world)["AVAILABLE"] == before + 10000
    assert standing(world, row) == {"TO_RECOVER": D("6500.00")}
    receive(world, second, voucher="凭证2")
    found.refresh_from_db()
    assert found.state == "RECOVERED"
    assert standing(world, row) == {}
    assert not breaches()


def test_money_received_after_the_budget_year_goes_to_the_treasury(world):
    row = paid(world)
    found = notified(world, row)
    before = standing(world)["AVAILABLE"]
    with on_day(dt.date(2027, 1, 4)):
        receive(world, found.instalments.get())
    assert standing(world)["AVAILABLE"] == before
    assert standing(world, row) == {"RETURNED": MONTHLY * 6}
    assert not breaches()


def test_an_instalment_is_received_once(world):
    found = notified(world, paid(world))
    one = found.instalments.get()
    receive(world, one)
    with pytest.raises(StaleRecord):
        receive(world, one)
    with pytest.raises(NotOpen):
        receive(world, Instalment.objects.get(pk=one.pk))
    assert Transaction.objects.filter(kind="RECOVERY").count() == 1


def test_less_than_an_instalment_leaves_a_rest(world):
    found = notified(world, paid(world))
    receive(world, found.instalments.get(), amount=D("500.00"))
    rows = list(found.instalments.values_list("amount", "received_on"))
    assert rows == [(D("500.00"), TODAY), (D("16000.00"), None)]
    assert not breaches()
    found.refresh_from_db()
    replanned = plan(world, found, "16000.00")  # what came in stays
    assert sum(one.amount for one in replanned.instalments.all()) == MONTHLY * 6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"voucher": " "}, "voucher"),
        ({"amount": D(0)}, "Between"),
        ({"amount": D("16500.01")}, "Between"),
        ({"received_on": dt.date(2026, 11, 1)}, "before the notice"),
        ({"received_on": dt.date(2026, 11, 24)}, "future"),
    ],
)
def test_what_cannot_have_come_in_is_refused(world, changes, words):
    found = notified(world, paid(world))
    with pytest.raises(DomainError, match=words):
        receive(world, found.instalments.get(), **changes)


@pytest.mark.parametrize("who", ["officer", "approver", "clerk", "auditor"])
def test_only_finance_receives(world, who):
    found = notified(world, paid(world))
    with pytest.raises(NotAllowed):
        receive(world, found.instalments.get(), by=getattr(world.people, who))


def test_an_instalment_planned_anew_is_stale(world):
    found = notified(world, paid(world))
    old = found.instalments.get()
    plan(world, found, "16500.00")
    with pytest.raises(StaleRecord):
        receive(world, old)


def test_two_indicators_get_back_what_each_paid(world):
    """A month's share of the city and of the district come back in proportion, to the fen."""
    other = make_indicator(make_line(world.district.area, 2025))
    grant(world.people, other, "100000.00", on=dt.date(2026, 1, 5))
    row = paid(world, MONTHS[:2])
    pay_also(world, row, other, D("1000.01"))
    found = notified(world, row)
    assert found.amount == D("5500.00") + D("1000.01")
    receive(world, found.instalments.get(), amount=D("3333.33"))
    came = Transaction.objects.get(kind="RECOVERY").postings.values_list(
        "source__indicator_id", "target__stage", "amount"
    )
    assert sum(amount for _i, _s, amount in came) == D("3333.33")
    # The indicator of another year does not fill again.
    assert {indicator: stage for indicator, stage, _amount in came} == {
        world.indicator.pk: "AVAILABLE", other.pk: "RETURNED"
    }  # fmt: skip
    assert not breaches()


# -- what is told and recorded ---------------------------------------------------------------------
def test_everybody_who_is_to_act_is_told_once(world):
    row = paid(world)
    found = proposed(world, row)
    waiting = Notice.objects.filter(kind="recovery.clawback_waiting", read_at=None)
    assert {one.user.username for one in waiting} == {"approver", "second_approver"}
    services.notify(by=world.people.approver, clawback=found, version=1, document="文1")
    assert not waiting.all().exists()
    told = Notice.objects.filter(kind="recovery.clawback_notified")
    assert {one.user.username for one in told} == {"finance", "cashier", "officer"}


def test_every_step_is_in_the_log(world):
    found = appealed(world, paid(world))
    verbs = AuditEntry.objects.filter(
        object_type="recovery.clawback", object_id=str(found.pk)
    ).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["propose", "notify", "appeal"]


# -- the ledger as a whole -------------------------------------------------------------------------
STEPS = st.lists(
    st.tuples(st.sampled_from(["receive", "part", "plan"]), st.integers(1, 9)), max_size=6
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_comes_in_ledger_and_instalments_agree(world, steps):
    row = paid_again(world)
    found = notified(world, row)
    for act, number in steps:
        found = Clawback.objects.select_related("entitlement").get(pk=found.pk)
        waiting = found.instalments.filter(received_on=None).first()
        if waiting is None:
            break
        if act == "plan":
            left = sum(found.instalments.filter(received_on=None).values_list("amount", flat=True))
            part = (left / 2).quantize(D("0.01"))
            plan(world, found, *([part, left - part] if part and left > part else [left]))
        else:
            share = (waiting.amount * number / 10).quantize(D("0.01"))
            amount = max(D("0.01"), share) if act == "part" else waiting.amount
            receive(world, waiting, amount=amount)
        assert not breaches()


def paid_again(world):
    """Another subsidy for each example: the world is the same for all of them."""
    row = another(world)
    accrue(world, row, MONTHS[:2])
    pay(world, row, MONTHS[:2])
    return row


def test_an_end_of_the_term_is_no_claim(world):
    paid(world, ends_on=ENDS)
    assert not Clawback.objects.exists()


def test_what_was_paid_for_days_after_an_end_is_claimed(world):
    """May was paid whole, its end on the 10th found out afterwards: 21 of 31 days are unearned."""
    row = paid(world, MONTHS[:2])
    type(row).objects.filter(pk=row.pk).update(
        state="EXITED", exited_on=dt.date(2026, 5, 10), exit_reason="SERVICE_ENDED"
    )
    found = proposed(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 5, 10))
    assert found.amount == Decimal("1862.90")


def test_a_month_accrued_up_to_the_end_owes_nothing_for_days_after_it(world):
    row = paid(world, MONTHS[:2])
    trace = {"given": {"days": [10, "SERVICE", "2026-05-10"]}}
    row.accruals.filter(month=MONTHS[1]).update(trace=trace)
    with pytest.raises(DomainError, match="nothing is to be claimed"):
        proposed(world, row, trigger="LEFT_EARLY", happened_on=dt.date(2026, 5, 10))
