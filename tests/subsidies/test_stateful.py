"""Public money under fire: whatever people do, in any order and killed at any statement, the books
hold, nothing is overdrawn and nothing is paid twice (I1 to I5).
"""

import datetime as dt
import os
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from governance.foundation.errors import DomainError
from governance.foundation.money import split, to_fen
from subsidies.accruals import checks as accrual_checks
from subsidies.accruals import services as accruals
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements import checks as entitlement_checks
from subsidies.entitlements.models import Entitlement, TermChange
from subsidies.entitlements.services import changes
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Account, Closing, Posting, Stage, Transaction
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import budgets
from subsidies.payments import checks as payment_checks
from subsidies.payments import services as payments
from subsidies.payments.models import Disbursement, PaymentLine, PaymentOrder
from subsidies.payments.rules import Answer, Outcome
from subsidies.recovery import checks as recovery_checks
from subsidies.recovery import services as recovery
from subsidies.recovery.models import Clawback, ExitReview, Instalment
from subsidies.recovery.rules import Part
from tests.factories import make_district, make_provider
from tests.subsidies.entitlements import walking
from tests.subsidies.factories import make_indicator, make_money_world, make_served
from tests.subsidies.payments.owing import make_account

TODAY = dt.date(2026, 11, 20)
MONTHS = [dt.date(2026, month, 1) for month in range(4, 10)]
AREAS = ("5600", "3333.33", "0.05", "12000.07")
CHECKED = (entitlement_checks, accrual_checks, payment_checks, recovery_checks)
DONE = (Stage.PAID, Stage.TO_RECOVER, Stage.RETURNED)


class Killed(Exception):  # noqa: N818 - it is no error
    """The process ends here: no statement after this one."""


class Killing:
    """Lets so many writes through and none after them."""

    def __init__(self, left: int):
        self.left = left

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            if self.left == 0:
                raise Killed
            self.left -= 1
        return execute(sql, params, many, context)


class Money(RuleBasedStateMachine):
    """People of a district do what they like with a year's money."""

    @initialize(granted=st.sampled_from(("9000.00", "60000.00", "400000.00")))
    def begin(self, granted):
        self.world = make_money_world(make_district(), granted)
        self.people = self.world.people
        self.other = make_indicator(self.world.line)
        firms = [self.world.provider, make_provider(self.world.district.area, name="样例物业乙")]
        for firm in firms:
            make_account(self.world, firm)
        self.compounds = [
            make_served(
                self.people,
                self.world.district.community,
                firms[number % 2],
                name=f"样例{number}院",
                chargeable_area_m2=Decimal(area),
            ).compound
            for number, area in enumerate(AREAS)
        ]
        self.killed_after = None
        for number in range(2):
            self.approve(number=number)
        self.accrue()

    def do(self, *acts):
        """Acts one after the other; a killed one is done again, a refused one changes nothing."""
        for act in acts:
            count = Posting.objects.count()
            try:
                if self.killed_after is not None:
                    killing, self.killed_after = Killing(self.killed_after), None
                    try:
                        with transaction.atomic(), connection.execute_wrapper(killing):
                            act()
                        continue
                    except Killed:
                        assert Posting.objects.count() == count
                with transaction.atomic():
                    act()
            except DomainError:
                assert Posting.objects.count() == count
                return

    @rule(writes=st.integers(0, 12))
    def kill(self, writes):
        self.killed_after = writes

    # -- budget --------------------------------------------------------------------------------
    @rule(
        kind=st.sampled_from(("GRANT", "INCREASE", "DECREASE", "FREEZE", "RELEASE", "TRANSFER")),
        amount=st.sampled_from(("0.01", "5000.00", "60000.00")),
    )
    def move(self, kind, amount):
        def prepare():
            self.movement = budgets.prepare_movement(
                by=self.people.finance,
                indicator=self.world.indicator,
                kind=kind,
                amount=Decimal(amount),
                on=dt.date(2026, 11, 2),
                document="小财〔2026〕9号",
                to_indicator=self.other if kind == "TRANSFER" else None,
            )

        self.movement = None
        self.do(prepare)
        if self.movement is not None:
            row = self.movement
            self.do(
                lambda: budgets.confirm_movement(
                    by=self.people.cashier, movement=row, version=row.version
                )
            )

    # -- entitlements --------------------------------------------------------------------------
    @rule(number=st.integers(0, len(AREAS) - 1))
    def approve(self, number):
        compound = self.compounds[number]
        self.do(lambda: walking.draft(self.world, compound))
        rows = list(Entitlement.objects.filter(compound=compound, state="DRAFT"))
        if rows:
            for key in walking.ORDER[1:-2]:
                self.do(lambda key=key: walking.step(self.world, key, rows))
            self.do(
                lambda: walking.step(
                    self.world, "publicise", rows, number=f"小物公示〔2026〕{rows[0].pk}号"
                )
            )
        waiting = list(Entitlement.objects.filter(state="PUBLICISED"))
        if waiting:
            self.do(lambda: walking.step(self.world, "approve", waiting))

    # -- months --------------------------------------------------------------------------------
    @rule()
    def accrue(self):
        district, people = self.world.district.area, self.people
        done = set(AccrualRun.objects.filter(state="POSTED").values_list("month", flat=True))
        open_ = AccrualRun.objects.filter(state__in=("DRAFT", "SUBMITTED"))
        if not open_.exists():
            month = next((one for one in MONTHS if one not in done), MONTHS[-1])
            self.do(
                lambda: accruals.compute_run(
                    by=people.officer, district=district, month=month, on=dt.date(2026, 11, 3)
                )
            )
        if not open_.exists():
            return
        if open_.get().computed_at is None:
            accruals.execute(open_.get())
        self.do(
            lambda: accruals.confirm_all(by=people.clerk, run=open_.get()),
            lambda: accruals.submit_run(by=people.officer, run=open_.get()),
            lambda: accruals.approve_run(
                by=people.finance, run=open_.get(), document="计1号", on=dt.date(2026, 11, 4)
            ),
        )
        left = open_.first()
        if left is not None:
            self.do(lambda: accruals.cancel_run(by=people.officer, run=left, reason="样例"))

    @rule(number=st.integers(0, 30))
    def reverse(self, number):
        lines = list(Accrual.objects.filter(state="POSTED").order_by("pk"))
        if lines:
            line = lines[number % len(lines)]
            self.do(
                lambda: accruals.reverse_line(
                    by=self.people.finance,
                    accrual=line,
                    reason="样例",
                    document="更正1号",
                    on=dt.date(2026, 11, 5),
                )
            )

    # -- payments ------------------------------------------------------------------------------
    @rule()
    def pay(self):
        """The usual month: accrued, ordered, answered."""
        self.accrue()
        self.disburse()
        self.answer(number=0, is_paid=True)

    @rule()
    def disburse(self):
        people = self.people
        self.do(
            lambda: payments.create_disbursement(
                by=people.finance, indicator=self.world.indicator, on=dt.date(2026, 11, 6)
            )
        )
        row = Disbursement.objects.filter(state="DRAFT").first()
        if row is not None:
            self.do(
                lambda: payments.submit_disbursement(
                    by=people.finance, disbursement=row, version=row.version, document="付1号"
                )
            )
        row = Disbursement.objects.filter(state="SUBMITTED").first()
        if row is not None:
            sent = lambda: payments.release_disbursement(  # noqa: E731
                by=people.cashier,
                disbursement=row,
                version=row.version,
                on=dt.date(2026, 11, 7),
            )
            self.do(sent)
            self.do(sent)  # the page sent twice

    @rule(state=st.sampled_from(("DRAFT", "SUBMITTED")))
    def cancel(self, state):
        row = Disbursement.objects.filter(state=state).first()
        if row is not None:
            self.do(
                lambda: payments.cancel_disbursement(
                    by=self.people.finance, disbursement=row, version=row.version, reason="样例"
                )
            )

    @rule(said=st.lists(st.sampled_from(("PAID", "FAILED", "PENDING")), min_size=2, max_size=4))
    def read(self, said):
        """The bank's file about a batch, and the same file once more."""
        row = Disbursement.objects.filter(state="RELEASED").first()
        if row is None:
            return
        answers = [
            Answer(
                number=number,
                reference=order.reference,
                outcome=Outcome(outcome),
                amount=order.amount,
                voucher=f"V{order.pk}" if outcome == "PAID" else "",
                on=dt.date(2026, 11, 9),
                failure="户名不符" if outcome == "FAILED" else "",
            )
            for number, (order, outcome) in enumerate(
                zip(row.orders.order_by("pk"), said, strict=False), 2
            )
        ]
        digest = f"{row.pk}:{'-'.join(said)}"
        act = lambda: payments.confirm_result(  # noqa: E731
            by=self.people.finance, disbursement=row, answers=answers, digest=digest, name="f.xlsx"
        )
        self.do(act)
        self.do(act)

    @rule(number=st.integers(0, 10), is_by_file=st.booleans())
    def send_back(self, number, is_by_file):
        """The bank sends back what it said was paid; the page, or the file, comes twice."""
        orders = list(PaymentOrder.objects.filter(state="PAID").order_by("pk"))
        if not orders:
            return
        order, day = orders[number % len(orders)], dt.date(2026, 11, 16)
        answer = Answer(2, order.reference, Outcome.SENT_BACK, order.amount, "", day, "户名不符")
        if is_by_file:
            act = lambda: payments.confirm_result(  # noqa: E731
                by=self.people.finance,
                disbursement=order.disbursement,
                answers=[answer],
                digest=f"back:{order.pk}",
                name="b.xlsx",
            )
        else:
            act = lambda: payments.record_return(  # noqa: E731
                by=self.people.finance,
                order=order,
                version=order.version,
                reason="户名不符",
                on=day,
            )
        self.do(act)
        self.do(act)

    @rule(number=st.integers(0, 10), is_paid=st.booleans())
    def answer(self, number, is_paid):
        orders = list(PaymentOrder.objects.filter(state="SENT").order_by("pk"))
        if orders:
            order = orders[number % len(orders)]
            said = {"voucher": f"V{order.pk}"} if is_paid else {"reason": "户名不符"}
            answered = lambda: payments.record_result(  # noqa: E731
                by=self.people.finance,
                order=order,
                version=order.version,
                outcome="PAID" if is_paid else "FAILED",
                on=dt.date(2026, 11, 9),
                **said,
            )
            self.do(answered)
            self.do(answered)

    # -- back ----------------------------------------------------------------------------------
    @rule(number=st.integers(0, 10))
    def claim(self, number):
        paid = Account.objects.filter(stage=Stage.PAID, balance__gt=0).values("holder")
        rows = list(Entitlement.objects.filter(number__in=paid).order_by("pk"))
        if not rows:
            return
        row = rows[number % len(rows)]
        self.do(
            lambda: recovery.propose_clawback(
                by=self.people.officer,
                entitlement=row,
                trigger="FALSE_DATA",
                happened_on=dt.date(2026, 11, 10),
                facts="面积不实",
                on=dt.date(2026, 11, 10),
            )
        )
        found = Clawback.objects.filter(entitlement=row, state="PROPOSED").first()
        if found is not None:
            self.do(
                lambda: recovery.notify(
                    by=self.people.approver,
                    clawback=found,
                    version=found.version,
                    document="追1号",
                    on=dt.date(2026, 11, 11),
                )
            )

    @rule(part=st.sampled_from(("", "0.01", "100.00")))
    def receive(self, part):
        """An instalment comes in, whole or in part; the page is sent twice."""
        row = Instalment.objects.filter(received_on=None).order_by("pk").first()
        if row is None:
            return
        act = lambda: recovery.receive(  # noqa: E731
            by=self.people.finance,
            instalment=row,
            version=row.version,
            voucher=f"收{row.pk}",
            received_on=dt.date(2026, 11, 12),
            amount=Decimal(part) if part else None,
        )
        self.do(act)
        self.do(act)

    @rule(number=st.integers(0, 5), parts=st.integers(1, 3))
    def plan(self, number, parts):
        rows = list(Clawback.objects.filter(state__in=("NOTIFIED", "CONFIRMED")).order_by("pk"))
        if not rows:
            return
        row = rows[number % len(rows)]
        left = row.amount - recovery.instalments.received_of(row)
        amounts = split(left, [Decimal(1)] * parts) if left > 0 else []
        self.do(
            lambda: recovery.plan_instalments(
                by=self.people.officer,
                clawback=row,
                version=row.version,
                parts=[
                    Part(dt.date(2026, 12, 1) + dt.timedelta(days=30 * at), amount)
                    for at, amount in enumerate(amounts)
                ],
                on=dt.date(2026, 11, 13),
            )
        )

    @rule(number=st.integers(0, 5), left=st.sampled_from(("0", "0.01", "half", "all")))
    def appeal(self, number, left):
        rows = list(Clawback.objects.filter(state="NOTIFIED").order_by("pk"))
        if not rows:
            return
        row = rows[number % len(rows)]
        self.do(
            lambda: recovery.appeal(
                by=self.people.officer,
                clawback=row,
                version=row.version,
                grounds="以产权证为准",
                appealed_on=dt.date(2026, 11, 13),
            )
        )
        found = Clawback.objects.get(pk=row.pk)
        kept = {"half": to_fen(found.amount / 2), "all": found.amount}
        self.do(
            lambda: recovery.decide_appeal(
                by=self.people.second_approver,
                clawback=found,
                version=found.version,
                amount=kept[left] if left in kept else Decimal(left),
                decision="样例",
                on=dt.date(2026, 11, 14),
            )
        )

    # -- changes and ends ------------------------------------------------------------------------
    @rule(
        number=st.integers(0, 10),
        kind=st.sampled_from(("EXTENSION", "BASIS", "FUNDING")),
        area=st.sampled_from(("100.01", "9000")),
        month=st.sampled_from((4, 8, 9)),
    )
    def change(self, number, kind, area, month):
        """A document changes a subsidy that runs: more or less is committed, or by another."""
        rows = list(Entitlement.objects.filter(state="APPROVED").order_by("pk"))
        if not rows:
            return
        row = rows[number % len(rows)]
        said = {
            "EXTENSION": {"months": 1},
            "BASIS": {"from_month": dt.date(2026, month, 1), "area_m2": Decimal(area)},
            "FUNDING": {
                "from_month": dt.date(2026, month, 1),
                "indicator": self.other,
                "payer": "DISTRICT",
            },
        }[kind]
        self.do(
            lambda: changes.propose_change(
                by=self.people.officer,
                entitlement=row,
                version=row.version,
                kind=kind,
                document="改1号",
                reason="样例",
                on=dt.date(2026, 11, 14),
                **said,
            )
        )
        found = TermChange.objects.filter(entitlement=row, state="PREPARED").first()
        if found is not None:
            act = lambda: changes.approve_change(  # noqa: E731
                by=self.people.approver,
                change=found,
                version=found.version,
                on=dt.date(2026, 11, 14),
            )
            self.do(act)
            self.do(act)
            if TermChange.objects.filter(pk=found.pk, state="PREPARED").exists():
                self.do(
                    lambda: changes.refuse_change(
                        by=self.people.approver,
                        change=found,
                        version=found.version,
                        reason="样例",
                        on=dt.date(2026, 11, 14),
                    )
                )

    @rule(number=st.integers(0, 10), gives_up=st.booleans())
    def leave(self, number, gives_up):
        """A subsidy ends by a breach: what is not accrued waits for its month, or is given up."""
        rows = list(Entitlement.objects.filter(state="APPROVED").order_by("pk"))
        if not rows:
            return
        row = rows[number % len(rows)]
        self.do(
            lambda: recovery.propose_exit(
                by=self.people.officer,
                entitlement=row,
                version=row.version,
                exit_reason="BREACH",
                exit_on=dt.date(2026, 8, 15),
                outcome="LEAVES",
                findings="样例",
                document="退1号",
                gives_up=gives_up,
                on=dt.date(2026, 11, 15),
            )
        )
        found = ExitReview.objects.filter(entitlement=row, state="PREPARED").first()
        if found is not None:
            self.do(
                lambda: recovery.approve_exit(
                    by=self.people.approver,
                    review=found,
                    version=found.version,
                    on=dt.date(2026, 11, 15),
                )
            )

    @rule()
    def night(self):
        """The night run ends what can end now; as often as one likes."""
        self.do(lambda: recovery.run_recovery(as_of=dt.date(2026, 11, 16)))

    # -- books ---------------------------------------------------------------------------------
    @rule(month=st.sampled_from((3, 3, 9, 10)))
    def close(self, month):
        """Mostly long ago; what is closed in October can hold back nothing of November."""
        until = dt.date(2026, month + 1, 1) - dt.timedelta(days=1)
        district = self.world.district.area
        self.do(lambda: ledger.close(by=self.people.finance, district=district, until=until))

    @rule()
    def reopen(self):
        row = Closing.objects.filter(reopened_at=None).order_by("-until").first()
        if row is not None:
            self.do(
                lambda: ledger.reopen(
                    by=self.people.approver,
                    closing=row,
                    version=row.version,
                    document="反1号",
                    reason="样例",
                )
            )

    # -- always --------------------------------------------------------------------------------
    @invariant()
    def the_books_hold(self):
        if not hasattr(self, "compounds"):
            return
        assert [one for proof in PROOFS.values() for one in proof()] == []
        for room in CHECKED:
            assert [one for check in room.CHECKS.values() for one in check()] == []
        # What has ended holds nothing back.
        ended = Entitlement.objects.filter(state="EXITED").values("number")
        assert not Account.objects.filter(
            holder__in=ended, stage=Stage.COMMITTED, balance__gt=0
        ).exists()
        paid = PaymentLine.objects.filter(state="PAID").aggregate(s=Sum("amount"))["s"] or 0
        balances = dict(Account.objects.order_by().values_list("stage").annotate(Sum("balance")))
        recovered = (
            Posting.objects.filter(
                transaction__kind=Transaction.Kind.RECOVERY, target__stage=Stage.AVAILABLE
            ).aggregate(s=Sum("amount"))["s"]
            or 0
        )
        # I2: what was paid is what stands as paid, claimed back, returned or available again.
        assert paid == sum(balances.get(stage, 0) for stage in DONE) + recovered
        # I5: no entitlement is paid more than was approved.
        lines = Q(accruals__payment_lines__state="PAID")
        for row in Entitlement.objects.annotate(
            paid=Sum("accruals__payment_lines__amount", filter=lines, default=Decimal(0))
        ):
            assert row.paid <= row.amount


@pytest.mark.slow
@pytest.mark.django_db
def test_no_sequence_of_acts_overdraws_or_pays_twice(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)

    class Rolled(Money):
        """Each run in a transaction of its own, taken back at its end."""

        def __init__(self):
            super().__init__()
            self.block = transaction.atomic()
            self.block.__enter__()

        def teardown(self):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # Longer by hand: STATEFUL="200x30" plays two hundred years of thirty acts.
    examples, steps = os.environ.get("STATEFUL", "3x14").split("x")
    run_state_machine_as_test(
        Rolled,
        settings=settings(
            max_examples=int(examples),
            stateful_step_count=int(steps),
            deadline=None,
            derandomize="STATEFUL" not in os.environ,
            phases=[Phase.generate],
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
