"""Several people at the same moment, each with a connection of his own: one act, told to the rest.

What one room alone can race is tried in its own tests (`test_at_once` of ledger, entitlements,
accruals, payments); here acts of several rooms meet on the same money.
"""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from subsidies.accruals import services as accruals
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements import services as entitlements
from subsidies.entitlements.models import Entitlement
from subsidies.ledger.models import Account, Posting, Transaction
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import budgets
from subsidies.payments import checks as payment_checks
from subsidies.payments import services as payments
from subsidies.payments.models import Disbursement, PaymentOrder
from subsidies.recovery import checks as recovery_checks
from subsidies.recovery import services as recovery
from subsidies.recovery.models import Clawback, Instalment
from tests.subsidies.entitlements.walking import APPROVED, draft, walk
from tests.subsidies.factories import grant, make_indicator, make_money_world, make_served
from tests.subsidies.payments.owing import make_account

TODAY = dt.date(2026, 11, 20)
APRIL, MAY = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
OFFICERS, BORNE = 8, 5

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture(autouse=True)
def _checked(transactional_db):
    """However they met, books, payments and claims hold."""
    yield
    rooms = (PROOFS, payment_checks.CHECKS, recovery_checks.CHECKS)
    assert [line for room in rooms for check in room.values() for line in check()] == []


def at_once(*acts) -> list:
    """What each act gave or was refused with; all begin together, whatever else fails the test."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        try:
            gate.wait(60)
            found[index] = act()
        except Exception as error:
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    failed = [one for one in found if isinstance(one, Exception) and not _is_refusal(one)]
    assert not failed, failed
    return found


def _is_refusal(error) -> bool:
    return isinstance(error, DomainError | StaleRecord)


def done(found) -> list:
    return [one for one in found if not _is_refusal(one)]


def balance(stage, indicator) -> Decimal:
    rows = Account.objects.filter(stage=stage, indicator=indicator)
    return rows.aggregate(n=Sum("balance"))["n"] or Decimal(0)


# -- approvals -------------------------------------------------------------------------------------
def test_eight_approvers_at_once_take_what_five_are_borne_of(world):
    """5,500 m² × 0.50 × 6 = 16,500.00 each; beside them the indicator is decreased and frozen."""
    served = [
        make_served(world.people, world.district.community, world.provider)
        for _n in range(OFFICERS)
    ]
    rows = walk(world, [draft(world, one.compound) for one in served], "publicise")
    small = make_indicator(world.line)
    grant(world.people, small, "82500.00")

    def approve(number):
        by = world.people.approver if number % 2 else world.people.second_approver
        return entitlements.approve(
            by=by, entitlements=[rows[number]], document=f"批{number}号", fundings=[small],
            on=APPROVED,
        )  # fmt: skip

    found = at_once(*[lambda n=n: approve(n) for n in range(OFFICERS)])
    assert len(done(found)) == BORNE
    assert Entitlement.objects.filter(state="APPROVED").count() == BORNE
    assert (balance("COMMITTED", small), balance("AVAILABLE", small)) == (Decimal(82500), 0)
    assert all("16500.00" in str(one) for one in found if _is_refusal(one))
    _decreased_while_it_is_approved(world, small, approve)


def _decreased_while_it_is_approved(world, small, approve):
    grant(world.people, small, "16500.00")
    left = Entitlement.objects.filter(state="PUBLICISED").order_by("pk").first()
    numbers = list(Entitlement.objects.order_by("pk").values_list("pk", flat=True))
    movements = [
        budgets.prepare_movement(
            by=world.people.finance, indicator=small, kind=kind, amount=Decimal("16500.00"),
            on=dt.date(2026, 11, 2), document="调减1号",
        )
        for kind in ("DECREASE", "FREEZE")
    ]  # fmt: skip
    found = at_once(
        lambda: approve(numbers.index(left.pk)),
        *[
            lambda row=row: budgets.confirm_movement(
                by=world.people.cashier, movement=row, version=row.version
            )
            for row in movements
        ],
    )
    assert len(done(found)) == 1
    assert balance("AVAILABLE", small) == 0


# -- months, ends, payments ------------------------------------------------------------------------
@pytest.fixture
def running(transactional_db, district):
    """A subsidy with a month submitted, and its firm's account."""
    world = make_money_world(district)
    make_account(world, world.provider)
    (world.row,) = walk(world, [draft(world)], "approve")
    world.run = computed(world, APRIL)
    return world


def computed(world, month) -> AccrualRun:
    run = accruals.compute_run(
        by=world.people.officer, district=world.district.area, month=month,
        on=dt.date(2026, 11, 3),
    )  # fmt: skip
    if run.computed_at is None:
        accruals.execute(run)
    run = AccrualRun.objects.get(pk=run.pk)
    accruals.confirm_all(by=world.people.clerk, run=run)
    return accruals.submit_run(by=world.people.officer, run=run)


def approve_run(world):
    return accruals.approve_run(
        by=world.people.finance, run=world.run, document="计1号", on=dt.date(2026, 11, 4)
    )


def test_an_end_approved_while_its_month_is_accrued_leaves_nothing_committed_twice(running):
    world = running
    review = recovery.propose_exit(
        by=world.people.officer, entitlement=world.row, version=world.row.version,
        exit_reason="BREACH", exit_on=dt.date(2026, 4, 30), outcome="LEAVES", findings="弃管",
        document="退1号", gives_up=True, on=dt.date(2026, 11, 5),
    )  # fmt: skip
    found = at_once(
        lambda: approve_run(world),
        lambda: recovery.approve_exit(
            by=world.people.approver, review=review, version=review.version,
            on=dt.date(2026, 11, 5),
        ),
        lambda: entitlements.suspend(
            by=world.people.officer, entitlement=Entitlement.objects.get(pk=world.row.pk),
            reason="核查", on=dt.date(2026, 11, 5),
        ),
    )  # fmt: skip
    row = Entitlement.objects.get(pk=world.row.pk)
    posted = Accrual.objects.filter(entitlement=row, state="POSTED").count()
    assert not isinstance(found[0], StaleRecord)
    assert balance("PAYABLE", world.indicator) == (Decimal("2750.00") if posted else 0)
    if row.state == "EXITED":
        assert balance("COMMITTED", world.indicator) == 0


def pay(world) -> PaymentOrder:
    payments.create_disbursement(
        by=world.people.finance, indicator=world.indicator, on=dt.date(2026, 11, 6)
    )
    batch = Disbursement.objects.latest("pk")
    batch = payments.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    payments.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=dt.date(2026, 11, 7)
    )
    order = batch.orders.get()
    return payments.record_result(
        by=world.people.finance, order=order, version=order.version, outcome="PAID",
        voucher=f"V{order.pk}", on=dt.date(2026, 11, 9),
    )  # fmt: skip


def reverse_line(world):
    return accruals.reverse_line(
        by=world.people.cashier, accrual=Accrual.objects.get(state="POSTED"), reason="有误",
        document="更正1号", on=dt.date(2026, 11, 10),
    )  # fmt: skip


def test_a_month_is_drafted_for_payment_or_reversed(running):
    approve_run(running)
    found = at_once(
        lambda: payments.create_disbursement(
            by=running.people.finance, indicator=running.indicator, on=dt.date(2026, 11, 6)
        ),
        lambda: reverse_line(running),
    )
    batch = Disbursement.objects.first()
    if len(done(found)) == 2:
        # Drafted in the same moment, reversed after it: the release refuses the batch.
        batch = payments.submit_disbursement(
            by=running.people.finance, disbursement=batch, version=1
        )
        with pytest.raises(DomainError):
            payments.release_disbursement(by=running.people.cashier, disbursement=batch, version=2)
        payments.cancel_disbursement(
            by=running.people.finance, disbursement=batch, version=batch.version, reason="冲销"
        )
    assert balance("IN_PAYMENT", running.indicator) == 0


def test_a_return_a_claim_and_its_receipt_meet_on_one_payment(running):
    """Sent back twice while it is claimed: one return, no claim on what came back."""
    world = running
    approve_run(world)
    order = pay(world)
    claim = recovery.propose_clawback(
        by=world.people.officer, entitlement=world.row, trigger="FALSE_DATA",
        happened_on=dt.date(2026, 11, 10), facts="面积不实", on=dt.date(2026, 11, 10),
    )  # fmt: skip

    def back():
        return payments.record_return(
            by=world.people.finance, order=order, version=order.version, reason="账户已销",
            on=dt.date(2026, 11, 12),
        )  # fmt: skip

    def notify():
        return recovery.notify(
            by=world.people.approver, clawback=claim, version=claim.version, document="追1号",
            on=dt.date(2026, 11, 11),
        )  # fmt: skip

    at_once(back, back, notify, notify)
    assert Transaction.objects.filter(kind="SENT_BACK").count() == 1
    assert balance("PAYABLE", world.indicator) == Decimal("2750.00")
    assert balance("TO_RECOVER", world.indicator) == 0
    claim = Clawback.objects.get()
    if claim.state == "PROPOSED":
        recovery.cancel_clawback(
            by=world.people.officer, clawback=claim, version=claim.version, reason="已退汇"
        )
    # Paid again and claimed: one of four clerks enters what came in, the rest are told.
    pay(world)
    claim = recovery.propose_clawback(
        by=world.people.officer, entitlement=world.row, trigger="FALSE_DATA",
        happened_on=dt.date(2026, 11, 10), facts="面积不实", on=dt.date(2026, 11, 13),
    )  # fmt: skip
    recovery.notify(
        by=world.people.approver, clawback=claim, version=claim.version, document="追2号",
        on=dt.date(2026, 11, 14),
    )  # fmt: skip
    part = Instalment.objects.get()

    def receive(voucher):
        return recovery.receive(
            by=world.people.finance, instalment=part, version=part.version, voucher=voucher,
            received_on=dt.date(2026, 11, 18), amount=Decimal("1000.00"),
        )  # fmt: skip

    found = at_once(*[lambda n=n: receive(f"收{n}") for n in range(4)])
    assert len(done(found)) == 1
    assert Posting.objects.filter(transaction__kind="RECOVERY").count() == 1
    assert balance("TO_RECOVER", world.indicator) == Decimal("1750.00")
