"""kill -9 between any two statements of the way of money, and each step done again: paid once."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db.models import Count

from governance.audit import verify
from governance.foundation import dates
from subsidies.accruals import services as accruals
from subsidies.accruals.models import AccrualRun
from subsidies.entitlements.models import Entitlement
from subsidies.ledger.models import Posting, Transaction
from subsidies.ledger.proofs import PROOFS
from subsidies.payments import checks as payment_checks
from subsidies.payments import services as payments
from subsidies.payments.models import BankResult, Disbursement, PaymentLine, PaymentOrder
from subsidies.recovery import checks as recovery_checks
from subsidies.recovery import services as recovery
from subsidies.recovery.models import Clawback, Instalment
from tests.factories import make_district, make_provider
from tests.subsidies.entitlements import walking
from tests.subsidies.factories import make_money_world, make_served
from tests.subsidies.fire.killing import under_fire
from tests.subsidies.payments.owing import make_account, preview, result_rows, workbook

TODAY = dt.date(2026, 11, 20)
APRIL = dt.date(2026, 4, 1)
KILLS = 3

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


class Way:
    """The steps from approval to repayment; each may be done again by whoever lost the answer."""

    def __init__(self, tmp_path):
        self.world = world = make_money_world(make_district())
        self.people, self.folder = world.people, tmp_path
        firms = [world.provider, make_provider(world.district.area, name="样例物业乙")]
        for firm in firms:
            make_account(world, firm)
        community = world.district.community
        compounds = [world.compound] + [
            make_served(self.people, community, firm, name=f"样例{firm.pk}院").compound
            for firm in firms
        ]
        self.rows = walking.walk(
            world, [walking.draft(world, one) for one in compounds], "publicise"
        )

    # Each act reads what there is, as the page does when it is opened again.
    def approve(self):
        walking.step(self.world, "approve", self.rows)

    def compute(self):
        accruals.compute_run(
            by=self.people.officer, district=self.world.district.area, month=APRIL,
            on=dt.date(2026, 11, 3),
        )  # fmt: skip

    def reckon(self):
        accruals.execute(AccrualRun.objects.get())

    def submit_run(self):
        run = AccrualRun.objects.get()
        accruals.confirm_all(by=self.people.clerk, run=run)
        accruals.submit_run(by=self.people.officer, run=run)

    def approve_run(self):
        accruals.approve_run(
            by=self.people.finance, run=AccrualRun.objects.get(), document="计1号",
            on=dt.date(2026, 11, 4),
        )  # fmt: skip

    def draft(self):
        payments.create_disbursement(
            by=self.people.finance, indicator=self.world.indicator, on=dt.date(2026, 11, 6)
        )

    def batch(self) -> Disbursement:
        return Disbursement.objects.latest("pk")

    def submit(self):
        row = self.batch()
        payments.submit_disbursement(
            by=self.people.finance, disbursement=row, version=row.version, document="付1号"
        )

    def release(self):
        row = self.batch()
        payments.release_disbursement(
            by=self.people.cashier, disbursement=row, version=row.version,
            on=dt.date(2026, 11, 7),
        )  # fmt: skip

    def bank_file(self):
        self.file = payments.bank_rows(
            by=self.people.cashier, disbursement=self.batch(), kind="xlsx"
        )

    def answer(self):
        """The bank's file: the second order has failed."""
        row, content = self.batch(), self.content
        found = preview(self.world, row, content, self.folder)
        payments.confirm_result(
            by=self.people.finance, disbursement=row, answers=found.read.answers,
            digest=found.read.digest, name=found.read.name,
        )  # fmt: skip

    def send_back(self):
        order = PaymentOrder.objects.get(voucher="V1")
        payments.record_return(
            by=self.people.finance, order=order, version=order.version, reason="账户已销",
            on=dt.date(2026, 11, 12),
        )  # fmt: skip

    def claim(self):
        recovery.propose_clawback(
            by=self.people.officer, entitlement=self.rows[0], trigger="FALSE_DATA",
            happened_on=dt.date(2026, 11, 10), facts="面积不实", on=dt.date(2026, 11, 14),
        )  # fmt: skip

    def notify(self):
        row = Clawback.objects.get()
        recovery.notify(
            by=self.people.approver, clawback=row, version=row.version, document="追1号",
            on=dt.date(2026, 11, 15),
        )  # fmt: skip

    def receive(self):
        row = Instalment.objects.get()
        recovery.receive(
            by=self.people.finance, instalment=row, version=row.version, voucher="收1",
            received_on=dt.date(2026, 11, 18),
        )  # fmt: skip


def breaches() -> list[str]:
    checks = (*PROOFS.values(), *payment_checks.CHECKS.values(), *recovery_checks.CHECKS.values())
    return [line for check in checks for line in check()] + list(verify.breaches())


def vouchers() -> dict[str, int]:
    found = Transaction.objects.order_by("kind").values_list("kind")
    return dict(found.annotate(n=Count("pk")))


@pytest.mark.parametrize("seed", [3])
def test_each_step_killed_anywhere_and_done_again_is_done_once(seed, tmp_path):
    way, dice = Way(tmp_path), random.Random(seed)
    kills = 0

    def fire(*names):
        nonlocal kills
        for name in names:
            kills += under_fire(getattr(way, name), dice, KILLS)
            assert breaches() == [], name

    fire("approve")
    assert {row.state for row in Entitlement.objects.all()} == {"APPROVED"}
    fire("compute")
    way.reckon()
    way.submit_run()
    fire("approve_run", "draft")
    assert Disbursement.objects.count() == 1
    fire("submit", "release")
    way.bank_file()
    before = way.file
    fire("bank_file")
    way.bank_file()
    assert way.file == before
    rows = result_rows(way.batch(), failed={PaymentOrder.objects.latest("pk").pk})
    for number, row in enumerate(rows, 1):
        row[1] = f"V{number}" if row[1] else row[1]
        row[4] = dt.date(2026, 11, 9)
    way.content = workbook(*rows)
    fire("answer", "send_back")
    assert BankResult.objects.count() == 1

    # Both firms are paid again: what failed, and what came back.
    fire("draft", "submit", "release")
    rows = result_rows(way.batch())
    for number, row in enumerate(rows, 5):
        row[1], row[4] = f"V{number}", dt.date(2026, 11, 13)
    way.content = workbook(*rows)
    fire("answer", "claim", "notify", "receive")

    assert kills >= 14 * (KILLS + 1)
    paid = list(PaymentLine.objects.filter(state="PAID").values_list("accrual", "indicator"))
    assert len(paid) == len(set(paid)) == 3
    assert not PaymentLine.objects.filter(state="OPEN").exists()
    assert vouchers() == {
        "MOVEMENT": 1, "COMMITMENT": 1, "ACCRUAL": 1, "DISBURSEMENT": 2, "PAYMENT": 2,
        "FAILURE": 1, "SENT_BACK": 1, "CLAWBACK": 1, "RECOVERY": 1,
    }  # fmt: skip
    assert Clawback.objects.get().state == "RECOVERED"
    recovered = Posting.objects.get(transaction__kind="RECOVERY")
    assert recovered.amount == Clawback.objects.get().amount > Decimal(0)
