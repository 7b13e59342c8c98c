"""Several people and machines at once: one release, one payment; never more than is payable."""

import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.models import User
from subsidies.ledger.models import Transaction as Voucher
from subsidies.payments import checks, services
from subsidies.payments.errors import ResultRefused
from subsidies.payments.models import BankResult, Disbursement, PaymentLine
from subsidies.payments.questions import owed
from tests.factories import make_district, make_user
from tests.subsidies.factories import make_money_world
from tests.subsidies.payments.owing import (
    PAID,
    RELEASED,
    TODAY,
    D,
    balances,
    confirm,
    draft,
    orders_of,
    owe_three,
    preview,
    released,
    result_rows,
    workbook,
)

RESULTS = ("成功", "失败", "处理中", "")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


def at_once(acts):
    """Run acts at the same moment; what each of them gave or was refused with."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        try:
            gate.wait(10)
            found[index] = act()
        except DomainError as error:
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def breaches():
    return [line for check in checks.CHECKS.values() for line in check()]


@pytest.mark.django_db(transaction=True)
def test_two_releasers_and_two_drafts_at_once_leave_one_of_each():
    world = make_money_world(make_district())
    owe_three(world)
    third = make_user("third", "finance_officer", world.district.area)
    drafted = at_once([lambda: draft(world), lambda: draft(world)])
    assert sum(isinstance(one, Disbursement) for one in drafted) == 1
    batch = Disbursement.objects.get()
    services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)

    def release(user):
        # Each with its own person: what a request reads anew.
        by = User.objects.get(pk=user.pk)
        return services.release_disbursement(
            by=by, disbursement=Disbursement(pk=batch.pk), version=2, on=RELEASED
        )

    found = at_once([lambda: release(world.people.cashier), lambda: release(third)])
    assert sum(isinstance(one, Disbursement) for one in found) == 1
    assert Voucher.objects.filter(kind="DISBURSEMENT").count() == 1
    batch.refresh_from_db()
    refused = next(one for one in found if isinstance(one, DomainError))
    assert str(batch.released_by) in str(refused)
    _read_twice_at_once(world, batch)


def _read_twice_at_once(world, batch):
    folder = Path(tempfile.mkdtemp())
    try:
        content = workbook(*result_rows(batch))
        read = preview(world, batch, content, folder)
        found = at_once([lambda: confirm(world, batch, read)] * 3)
    finally:
        shutil.rmtree(folder)
    assert {one.pk for one in found} == {BankResult.objects.get().pk}
    assert balances(world)["PAID"] == D("7501.07")
    assert not breaches()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    answers=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(RESULTS),
                st.sampled_from([D("0"), D("0.01"), D("-1"), D("1000")]),
                st.integers(0, 3),
            ),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=3,
    )
)
@pytest.mark.django_db
def test_whatever_the_bank_answers_no_more_is_paid_than_is_payable(answers):
    """Random results of batch after batch: money is in one place each, and paid once."""
    with transaction.atomic():
        _play(answers)
        transaction.set_rollback(True)


def _play(answers):
    world = make_money_world(make_district())
    owe_three(world)
    folder = Path(tempfile.mkdtemp())
    try:
        for serial, said in enumerate(answers):
            if not owed([world.district.area.pk]):
                break
            batch = released(world)
            _answer(world, batch, said, serial, folder)
            money = balances(world)
            stages = ("PAYABLE", "IN_PAYMENT", "PAID")
            assert sum(money.get(stage, D(0)) for stage in stages) == D("7501.07")
            assert not breaches()
    finally:
        shutil.rmtree(folder)
    paid = list(PaymentLine.objects.filter(state="PAID").values_list("accrual", "indicator"))
    assert len(paid) == len(set(paid))


def _answer(world, batch, said, serial, folder):
    rows = []
    pairs = zip(orders_of(batch), said, strict=False)
    for i, (order, (result, change, voucher)) in enumerate(pairs):
        if result:
            number = f"V{serial}{i}{voucher}" if voucher else None
            rows.append([order.reference, number, order.amount + change, result, PAID])
    for _ in range(2):  # the same file once more
        if not rows:
            return
        read = preview(world, batch, workbook(*rows), folder)
        try:
            confirm(world, batch, read)
        except (ResultRefused, DomainError):
            return
