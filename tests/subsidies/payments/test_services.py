"""A batch on its way: collected, released by another, answered by the bank, paid once."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from subsidies.accruals import hooks
from subsidies.accruals.models import Accrual
from subsidies.ledger.models import Closing, Posting
from subsidies.ledger.models import Transaction as Voucher
from subsidies.payees import services as payees
from subsidies.payments import checks, services
from subsidies.payments.errors import NothingToPay, ResultRefused
from subsidies.payments.models import BankResult, Disbursement, PaymentLine, PaymentOrder
from subsidies.payments.questions import LeftOut, choices, collect, owed
from subsidies.payments.worklist import work_of
from tests.subsidies.factories import make_programme
from tests.subsidies.payments.owing import (
    APRIL,
    MARCH,
    MAY,
    PAID,
    RELEASED,
    TODAY,
    D,
    accrue,
    balances,
    confirm,
    draft,
    line_states,
    make_account,
    orders_of,
    owe,
    owe_three,
    preview,
    released,
    result_rows,
    workbook,
)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture(autouse=True)
def _checked(request, world):
    """Whatever a test has done, the checks find nothing."""
    yield
    if "tamper" not in request.fixturenames:
        assert not breaches()


def breaches():
    return [line for check in checks.CHECKS.values() for line in check()]


def cancel(world, batch, by=None):
    return services.cancel_disbursement(
        by=by or world.people.finance, disbursement=batch, version=batch.version, reason="重做"
    )


def test_a_batch_holds_one_order_for_each_firm_and_a_line_for_each_month(world):
    owe_three(world)
    batch = draft(world)
    assert (batch.number, batch.state, batch.total) == ("BF14010520260001", "DRAFT", D("7501.07"))
    orders = orders_of(batch)
    assert [(o.reference, o.amount, o.lines.count()) for o in orders] == [
        ("BF14010520260001001", D("0.07"), 1),
        ("BF14010520260001002", D("2001.00"), 2),
        ("BF14010520260001003", D("5500.00"), 2),
    ]
    assert balances(world)["PAYABLE"] == D("7501.07")
    assert not owed([world.district.area.pk])
    with pytest.raises(NothingToPay):
        draft(world)


def test_firms_without_a_confirmed_account_are_named_and_left_out(world):
    owe_three(world)
    owe(world, "样例物业丁", account=False)
    waiting = owe(world, "样例物业戊", account=False)
    payees.propose_account(
        by=world.people.finance,
        provider=waiting.provider,
        holder=waiting.provider.name,
        bank="样例银行",
        number="123456789",
        number_again="123456789",
    )
    found = collect(owed([world.district.area.pk], world.indicator.pk), TODAY)
    assert [(row.provider, why) for row, why in found.left_out] == [
        ("样例物业丁", LeftOut.NO_ACCOUNT),
        ("样例物业戊", LeftOut.NO_ACCOUNT),
    ]
    assert draft(world).total == found.total == D("7501.07")
    with pytest.raises(NothingToPay) as refused:
        draft(world)
    assert len(refused.value.left_out) == 2


def test_months_streets_and_firms_choose_what_is_paid(world):
    owe_three(world)
    assert draft(world, months=[APRIL]).total == D("3750.50")
    assert draft(world, streets=[world.district.other_street.pk]).total == D("0.07")
    assert draft(world, firms=[world.provider.pk]).total == D("2750.00")
    assert draft(world).total == D("1000.50")
    numbers = Disbursement.objects.order_by("pk").values_list("number", flat=True)
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003", "0004"]


def test_what_is_settled_by_the_quarter_waits_for_its_end(world):
    world.programme = make_programme(world.district.area, name="按季结算补贴", settlement="QUARTER")
    entitlement = owe(world, months=(MARCH, APRIL))
    rows = owed([world.district.area.pk])
    assert [row.settled_on for row in rows] == [dt.date(2026, 4, 1), dt.date(2026, 7, 1)]
    found = collect(rows, dt.date(2026, 6, 30))
    assert [(row.month, why) for row, why in found.left_out] == [(APRIL, LeftOut.NOT_SETTLED)]
    assert [row.month for row in found.rows] == [MARCH]
    assert len(collect(rows, dt.date(2026, 7, 1)).rows) == 2
    assert entitlement.number == rows[0].entitlement


def test_a_release_by_another_person_posts_everything_and_fixes_the_accounts(world):
    owe_three(world)
    batch = draft(world)
    batch = services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    assert Notice.objects.get(kind="disbursement.waiting").user == world.people.cashier
    assert any("released" in str(line.url) or line.count for line in work_of(world.people.cashier))
    with pytest.raises(DomainError, match="cannot release"):
        services.release_disbursement(by=world.people.finance, disbursement=batch, version=2)
    new = payees.propose_account(
        by=world.people.finance,
        provider=world.provider,
        holder=world.provider.name,
        bank="新银行",
        number="999900001111",
        number_again="999900001111",
    )
    payees.confirm_account(by=world.people.cashier, account=new, version=1)
    batch = services.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=RELEASED
    )
    assert (batch.state, batch.released_on) == ("RELEASED", RELEASED)
    assert orders_of(batch)[2].payee_account == new
    assert {order.state for order in orders_of(batch)} == {"SENT"}
    money = balances(world)
    assert money["IN_PAYMENT"] == D("7501.07")
    assert "PAYABLE" not in money
    voucher = Voucher.objects.get(kind="DISBURSEMENT")
    assert (voucher.on, voucher.postings.count()) == (RELEASED, 5)
    assert not voucher.postings.filter(month=None).exists()
    with pytest.raises(DomainError, match="cashier"):
        services.release_disbursement(by=world.people.cashier, disbursement=batch, version=2)
    assert Voucher.objects.filter(kind="DISBURSEMENT").count() == 1


def test_the_database_itself_keeps_preparer_and_releaser_apart(world):
    owe_three(world)
    batch = draft(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disbursement.objects.filter(pk=batch.pk).update(
            state="RELEASED", released_by=world.people.finance, released_on=RELEASED
        )


def test_a_batch_waits_until_every_firm_has_its_account_again(world):
    owe_three(world)
    batch = draft(world)
    batch = services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    world.provider.payee_accounts.update(state="REPLACED")
    with pytest.raises(DomainError, match="样例物业甲"):
        services.release_disbursement(by=world.people.cashier, disbursement=batch, version=2)
    assert "IN_PAYMENT" not in balances(world)
    make_account(world, world.provider)


def test_a_month_reversed_meanwhile_is_not_paid_out_of_another_one(world):
    entitlement = owe(world, months=(MARCH, APRIL))
    batch = draft(world, months=[MARCH])
    batch = services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    march = Accrual.objects.get(entitlement=entitlement, month=MARCH)
    assert batch.number in hooks.held([march.pk])[march.pk]
    Accrual.objects.filter(pk=march.pk).update(state="REVERSED")
    with pytest.raises(DomainError, match="2026-03"):
        services.release_disbursement(by=world.people.cashier, disbursement=batch, version=2)
    cancel(world, batch)


def test_cancelling_before_the_release_frees_the_months(world):
    owe_three(world)
    batch = cancel(world, draft(world))
    assert (batch.state, set(line_states(batch))) == ("CANCELLED", {"FREED"})
    assert draft(world).total == batch.total
    sent = Disbursement.objects.order_by("pk").last()
    sent = services.submit_disbursement(by=world.people.finance, disbursement=sent, version=1)
    sent = services.release_disbursement(by=world.people.cashier, disbursement=sent, version=2)
    with pytest.raises(DomainError, match="cannot be cancelled"):
        cancel(world, sent)


def test_a_batch_is_returned_for_a_reason(world):
    owe_three(world)
    batch = services.submit_disbursement(
        by=world.people.finance, disbursement=draft(world), version=1
    )
    with pytest.raises(DomainError):
        services.return_disbursement(
            by=world.people.cashier, disbursement=batch, version=2, reason=""
        )
    batch = services.return_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, reason="缺付款申请"
    )
    assert (batch.state, batch.submitted_by) == ("DRAFT", None)
    with pytest.raises(StaleRecord):
        services.submit_disbursement(by=world.people.finance, disbursement=batch, version=2)


@pytest.mark.parametrize("who", ["officer", "approver", "auditor", "clerk"])
def test_only_finance_officers_pay(world, who):
    owe_three(world)
    by = getattr(world.people, who)
    with pytest.raises(NotAllowed):
        services.create_disbursement(by=by, indicator=world.indicator)
    batch = released(world)
    for act in (
        lambda: services.submit_disbursement(by=by, disbursement=batch, version=3),
        lambda: services.release_disbursement(by=by, disbursement=batch, version=3),
        lambda: services.cancel_disbursement(by=by, disbursement=batch, version=3, reason="a"),
        lambda: services.bank_rows(by=by, disbursement=batch, kind="csv"),
        lambda: services.record_result(
            by=by, order=orders_of(batch)[0], version=2, outcome="FAILED", reason="a"
        ),
        lambda: services.confirm_result(
            by=by, disbursement=batch, answers=(), digest="a", name="a"
        ),
    ):
        with pytest.raises(NotAllowed):
            act()


# -- what the bank answers -------------------------------------------------------------------------
def test_paid_orders_are_paid_and_failed_ones_payable_again(world, tmp_path):
    owe_three(world)
    batch = released(world)
    failing = orders_of(batch)[1]
    found = preview(world, batch, workbook(*result_rows(batch, {failing.pk})), tmp_path)
    assert not found.judged.faults
    assert (len(found.judged.paid), len(found.judged.failed)) == (2, 1)
    result = confirm(world, batch, found)
    assert (result.paid_count, result.failed_count) == (2, 1)
    batch.refresh_from_db()
    assert batch.state == "RECONCILED"
    money = balances(world)
    assert (money["PAID"], money["PAYABLE"]) == (D("5500.07"), D("2001.00"))
    assert "IN_PAYMENT" not in money
    states = [(o.state, bool(o.voucher), o.failure) for o in orders_of(batch)]
    assert states == [("PAID", True, ""), ("FAILED", False, "户名不符"), ("PAID", True, "")]
    assert line_states(batch) == ["PAID", "FREED", "FREED", "PAID", "PAID"]
    assert Voucher.objects.get(kind="PAYMENT").on == PAID
    assert not Posting.objects.filter(transaction__kind="PAYMENT", month=None).exists()
    again = draft(world)
    assert again.total == D("2001.00")
    paid = hooks.paid_of(Accrual.objects.values_list("pk", flat=True))
    assert sum(one.amount for one in paid.values()) == D("5500.07")
    assert {one.paid_on for one in paid.values()} == {PAID}
    told = Notice.objects.get(kind="disbursement.failed")
    assert told.count == 1


def test_the_same_file_twice_changes_nothing(world, tmp_path):
    owe_three(world)
    batch = released(world)
    content = workbook(*result_rows(batch))
    first = confirm(world, batch, preview(world, batch, content, tmp_path))
    before = (Posting.objects.count(), AuditEntry.objects.count(), balances(world))
    again = preview(world, batch, content, tmp_path)
    assert again.taken == first
    assert len(again.judged.unchanged) == 3
    assert confirm(world, batch, again) == first
    assert (Posting.objects.count(), AuditEntry.objects.count(), balances(world)) == before
    assert BankResult.objects.count() == 1


def test_a_longer_file_takes_the_known_rows_as_they_are(world, tmp_path):
    owe_three(world)
    batch = released(world)
    rows = result_rows(batch)
    confirm(world, batch, preview(world, batch, workbook(rows[0]), tmp_path))
    batch.refresh_from_db()
    assert batch.state == "RELEASED"
    found = preview(world, batch, workbook(*rows), tmp_path)
    assert (len(found.judged.unchanged), len(found.judged.paid)) == (1, 2)
    confirm(world, batch, found)
    batch.refresh_from_db()
    assert batch.state == "RECONCILED"
    more = preview(world, batch, workbook(*rows, head=(*rows[0][:0], *_head())), tmp_path)
    with pytest.raises(DomainError, match="Nothing in this file is new"):
        confirm(world, batch, more._replace(read=_renamed(more.read)))


def _head():
    return ("付款参考号", "回单号", "付款金额(元)", "交易状态", "入账日期", "附言")


def _renamed(read):
    return type(read)(read.name, "f" * 64, read.answers, read.unread, read.notes)


def test_rows_missing_from_the_file_stay_at_the_bank(world, tmp_path):
    owe_three(world)
    batch = released(world)
    rows = result_rows(batch)
    rows[1][3] = "处理中"
    found = preview(world, batch, workbook(*rows[:2]), tmp_path)
    assert [len(getattr(found.judged, name)) for name in ("paid", "pending", "missing")] == [1] * 3
    confirm(world, batch, found)
    assert [order.state for order in orders_of(batch)] == ["PAID", "SENT", "SENT"]
    assert balances(world)["IN_PAYMENT"] == D("7501.00")


def test_one_wrong_row_keeps_the_whole_file_out(world, tmp_path):
    owe_three(world)
    batch = released(world)
    rows = result_rows(batch)
    rows[2][2] = D("5499.99")
    found = preview(world, batch, workbook(*rows), tmp_path)
    assert [fault.number for fault in found.judged.faults] == [4]
    with pytest.raises(ResultRefused):
        confirm(world, batch, found)
    assert balances(world)["IN_PAYMENT"] == D("7501.07")
    assert {order.state for order in orders_of(batch)} == {"SENT"}


def test_books_closed_on_the_day_of_the_payment_are_said_beforehand(world, tmp_path):
    owe_three(world)
    batch = released(world)
    Closing.objects.create(
        district=world.district.area,
        until=dt.date(2026, 8, 31),
        closed_by=world.people.cashier,
        last_number=1,
        digest="0" * 64,
    )
    found = preview(world, batch, workbook(*result_rows(batch)), tmp_path)
    assert len(found.judged.faults) == 3
    order = orders_of(batch)[0]
    with pytest.raises(DomainError, match="closed"):
        services.record_result(
            by=world.people.finance, order=order, version=2, outcome="PAID", on=PAID, voucher="V1"
        )


def test_one_order_is_entered_by_hand(world):
    owe_three(world)
    batch = released(world)
    first, second, third = orders_of(batch)
    row = services.record_result(
        by=world.people.finance, order=first, version=2, outcome="PAID", on=PAID, voucher="v 001"
    )
    assert (row.state, row.voucher, row.paid_on) == ("PAID", "V001", PAID)
    for wrong, field in (
        ({"outcome": "PAID", "on": PAID, "voucher": "V001"}, "voucher"),
        ({"outcome": "PAID", "on": PAID, "voucher": ""}, "voucher"),
        ({"outcome": "PAID", "on": None, "voucher": "V2"}, "on"),
        ({"outcome": "PAID", "on": dt.date(2026, 9, 2), "voucher": "V2"}, "on"),
        ({"outcome": "PAID", "on": dt.date(2026, 8, 2), "voucher": "V2"}, "on"),
        ({"outcome": "PAID", "on": PAID, "voucher": "V2", "amount": D("2000.99")}, "amount"),
        ({"outcome": "FAILED", "reason": ""}, "reason"),
    ):
        with pytest.raises(DomainError) as refused:
            services.record_result(by=world.people.finance, order=second, version=2, **wrong)
        assert refused.value.field == field, wrong
    failed = services.record_result(
        by=world.people.finance,
        order=second,
        version=2,
        outcome="FAILED",
        on=PAID,
        reason="账号6222020200001111不存在",
    )
    assert (failed.state, failed.failure) == ("FAILED", "账号****11不存在")
    with pytest.raises(StaleRecord):
        services.record_result(
            by=world.people.finance, order=first, version=2, outcome="PAID", on=PAID, voucher="V9"
        )
    services.record_result(
        by=world.people.finance, order=third, version=2, outcome="PAID", on=PAID, voucher="V3"
    )
    batch.refresh_from_db()
    assert batch.state == "RECONCILED"
    assert balances(world)["PAID"] == D("5500.07")


def test_a_voucher_is_taken_once_in_the_district(world, tmp_path):
    owe_three(world)
    first = released(world, months=[APRIL])
    confirm(world, first, preview(world, first, workbook(*result_rows(first)), tmp_path))
    second = released(world, months=[MARCH])
    rows = result_rows(second)
    rows[0][1] = orders_of(first)[0].voucher.lower()
    found = preview(world, second, workbook(*rows), tmp_path)
    assert [fault.values["reference"] for fault in found.judged.faults] == [
        orders_of(first)[0].reference
    ]


def test_a_failed_order_is_paid_by_a_later_batch_once(world, tmp_path):
    entitlement = owe(world, months=(MARCH,))
    for attempt in range(2):
        batch = released(world)
        failing = {orders_of(batch)[0].pk} if not attempt else ()
        confirm(
            world, batch, preview(world, batch, workbook(*result_rows(batch, failing)), tmp_path)
        )
    lines = PaymentLine.objects.filter(accrual__entitlement=entitlement).order_by("pk")
    assert [line.state for line in lines] == ["FREED", "PAID"]
    assert balances(world)["PAID"] == D("2750.00")
    first = Disbursement.objects.order_by("pk").first()
    late = preview(world, first, workbook(*result_rows(first)), tmp_path, "late.xlsx")
    assert "second one" in late.judged.faults[0].message


def test_a_released_batch_without_its_file_says_so_and_gives_it_again(world):
    """Whatever stopped between release and file: the state tells, the file is made again."""
    owe_three(world)
    batch = released(world)
    rows = services.bank_rows(by=world.people.cashier, disbursement=batch, kind="xlsx")
    assert rows == services.bank_rows(by=world.people.cashier, disbursement=batch, kind="xlsx")
    assert [row[3] for row in rows] == [o.payee_account.number() for o in orders_of(batch)]
    exports = AuditEntry.objects.filter(verb="export")
    assert exports.count() == 2
    numbers = [row[3] for row in rows]
    assert not any(number in str(exports.values()) for number in numbers)
    services.record_result(
        by=world.people.finance,
        order=orders_of(batch)[0],
        version=2,
        outcome="PAID",
        on=PAID,
        voucher="V1",
    )
    assert len(services.bank_rows(by=world.people.cashier, disbursement=batch, kind="csv")) == 2


def test_there_is_no_bank_file_before_the_release(world):
    owe_three(world)
    with pytest.raises(DomainError, match="after the release"):
        services.bank_rows(by=world.people.cashier, disbursement=draft(world), kind="csv")


def test_the_money_of_another_month_is_not_offered_where_the_ledger_has_less(world):
    entitlement = owe(world, months=(MARCH,))
    extra = accrue(world, entitlement, MAY)
    Accrual.objects.filter(pk=extra.pk).update(
        due=D("9000"), gross=D("9000"), shares=[["DISTRICT", world.indicator.pk, "9000.00", "0"]]
    )
    found = collect(owed([world.district.area.pk]), TODAY)
    assert {why for _row, why in found.left_out} == {LeftOut.LEDGER}
    assert not found.rows


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: PaymentOrder.objects.filter(state="SENT").update(amount=D("1.00")),
        lambda: PaymentLine.objects.filter(order__state="SENT").update(state="FREED"),
        lambda: PaymentOrder.objects.filter(state="SENT").update(
            state="PAID", voucher="X", paid_on=PAID
        ),
        lambda: Disbursement.objects.filter(state="RELEASED").update(total=D("1.00")),
        lambda: Disbursement.objects.filter(state="RELEASED").update(state="RECONCILED"),
        lambda: Accrual.objects.update(state="REVERSED"),
        lambda: PaymentLine.objects.filter(amount__gt=D("1")).update(amount=D("1.00")),
    ],
)
def test_the_checks_find_what_was_tampered_with(world, tamper):
    owe(world)
    released(world)
    assert not breaches()
    tamper()
    assert breaches()


# -- halted subsidies, blacklisted firms -----------------------------------------------------------
def suspend(entitlement):
    type(entitlement).objects.filter(pk=entitlement.pk).update(state="SUSPENDED")


def test_what_is_suspended_is_left_out_and_stops_a_release(world):
    entitlement = owe(world, months=(MARCH,))
    other = owe(world, "样例物业丙", (MARCH,))
    batch = draft(world)
    batch = services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    suspend(entitlement)
    with pytest.raises(DomainError, match=f"suspended: {entitlement.number}"):
        services.release_disbursement(by=world.people.cashier, disbursement=batch, version=2)
    cancel(world, batch)
    found = collect(owed([world.district.area.pk], world.indicator.pk), TODAY)
    assert [(row.entitlement, why) for row, why in found.left_out] == [
        (entitlement.number, LeftOut.SUSPENDED)
    ]
    assert [row.entitlement for row in found.rows] == [other.number]


def test_payable_lines_are_narrowed_in_the_database(world, django_assert_num_queries):
    owe_three(world)
    place = [world.district.area.pk]
    with django_assert_num_queries(2):
        rows = owed(place, months=[APRIL], firms=[world.provider.pk])
    assert [(row.month, row.provider_id) for row in rows] == [(APRIL, world.provider.pk)]
    found = choices(place)
    assert found["months"] == [MARCH, APRIL]
    assert [name for name, _pk in found["firms"]] == ["样例物业丙", "样例物业乙", "样例物业甲"]
    assert len(found["streets"]) == 2
