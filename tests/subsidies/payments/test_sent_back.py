"""退汇: paid, and days later sent back by the bank; payable again, and paid once in the end."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from subsidies.accruals import hooks
from subsidies.accruals.models import Accrual
from subsidies.accruals.services import reverse_line
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Closing, Posting
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import budgets
from subsidies.payments import checks, services
from subsidies.payments.errors import ResultRefused
from subsidies.payments.models import BankResult, Disbursement, PaymentOrder
from subsidies.payments.questions import owed
from subsidies.recovery import checks as recovery_checks
from subsidies.recovery import questions as recovery_questions
from subsidies.recovery import services as recovery
from subsidies.recovery.models import Clawback
from subsidies.recovery.rules import Part
from subsidies.reports.exceptions import BY_KEY
from tests.subsidies.payments.owing import (
    APRIL,
    MARCH,
    PAID,
    TODAY,
    D,
    balances,
    confirm,
    line_states,
    make_account,
    orders_of,
    owe_three,
    preview,
    released,
    result_rows,
    workbook,
)

BACK = dt.date(2026, 8, 12)
WHY = "收款人账号户名不符"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture(autouse=True)
def _checked(request, world):
    """Whatever a test has done, books, payments and claims hold."""
    yield
    if "tamper" not in request.fixturenames:
        assert not breaches()


def breaches():
    every = {**PROOFS, **checks.CHECKS, **{f"r:{k}": v for k, v in recovery_checks.CHECKS.items()}}
    return [line for check in every.values() for line in check()]


@pytest.fixture
def paid(world, tmp_path):
    """A batch of three firms, reconciled."""
    owe_three(world)
    batch = released(world)
    confirm(world, batch, preview(world, batch, workbook(*result_rows(batch)), tmp_path))
    batch.refresh_from_db()
    return batch


def first(batch, world) -> PaymentOrder:
    """The order of the world's own firm: two months of 2,750.00."""
    return next(one for one in orders_of(batch) if one.provider_id == world.provider.pk)


def back(world, order, by=None, **changes):
    said = {"version": order.version, "on": BACK, "reason": WHY, "voucher": "T1", **changes}
    return services.record_return(by=by or world.people.finance, order=order, **said)


def read_back(world, batch, order, tmp_path, *cells):
    row = [order.reference, "T1", order.amount, "退汇", BACK, WHY]
    for at, value in cells:
        row[at] = value
    return preview(world, batch, workbook(row), tmp_path, "back.xlsx")


# -- by hand and by file ---------------------------------------------------------------------------
def test_what_comes_back_is_payable_again_and_keeps_the_voucher_of_its_payment(world, paid):
    order = first(paid, world)
    march, april = Accrual.objects.filter(payment_lines__order=order).order_by("month")
    assert hooks.paid_of([march.pk])[march.pk].amount == D("2750.00")
    order = back(world, order)
    assert (order.state, order.voucher[:1], order.paid_on) == ("SENT_BACK", "V", PAID)
    assert (order.back_on, order.back_voucher, order.failure) == (BACK, "T1", WHY)
    assert balances(world)["PAID"] == D("2001.07")
    assert balances(world)["PAYABLE"] == D("5500.00")
    voucher = Voucher.objects.get(kind="SENT_BACK")
    assert (voucher.on, voucher.document, voucher.postings.count()) == (BACK, "T1", 2)
    assert set(voucher.postings.values_list("month", flat=True)) == {MARCH, APRIL}
    # Sheet L: not paid, without voucher and day.
    assert hooks.paid_of([march.pk, april.pk]) == {}
    assert hooks.held([march.pk]) == {}
    assert {row.accrual_id for row in owed([world.district.area.pk])} == {march.pk, april.pk}
    paid.refresh_from_db()
    assert (paid.state, sorted(line_states(paid))) == (
        "RECONCILED",
        ["FREED", "FREED", "PAID", "PAID", "PAID"],
    )
    assert BY_KEY["failed"].count(world.people.officer, TODAY) == 2
    assert AuditEntry.objects.filter(verb="send_back", object_id=str(order.pk)).exists()
    assert Notice.objects.get(kind="disbursement.back").user == world.people.cashier


def test_the_same_by_the_banks_file_and_the_file_twice_changes_nothing(world, paid, tmp_path):
    order = first(paid, world)
    found = read_back(world, paid, order, tmp_path)
    assert [one.pk for one, _answer in found.judged.back] == [order.pk]
    result = confirm(world, paid, found)
    assert (result.paid_count, result.failed_count, result.back_count) == (0, 0, 1)
    assert confirm(world, paid, found) == result
    assert Voucher.objects.filter(kind="SENT_BACK").count() == 1
    assert balances(world)["PAYABLE"] == D("5500.00")
    # Another file that says the same, and one that lists the payments once more.
    again = read_back(world, paid, order, tmp_path, (1, "T1-1"))
    assert (again.judged.changes, len(again.judged.unchanged)) == (False, 1)
    whole = preview(world, paid, workbook(*result_rows(paid), head=("参考号", "凭证号", "金额",
        "结果", "日期", "备注栏")), tmp_path, "all.xlsx")  # fmt: skip
    assert (whole.judged.faults, len(whole.judged.unchanged)) == ((), 3)
    with pytest.raises(DomainError, match="new"):
        confirm(world, paid, again)
    assert BankResult.objects.count() == 2


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        (2, "5499.99", "comes back whole"),
        (4, dt.date(2026, 8, 4), "cannot come back before"),
        (4, dt.date(2026, 9, 2), "future"),
        (3, "失败", "must be 退汇"),
    ],
)
def test_a_return_that_cannot_be_is_named_and_nothing_is_taken(
    world, paid, tmp_path, at, value, words
):
    found = read_back(world, paid, first(paid, world), tmp_path, (at, value))
    assert [fault for fault in found.judged.faults if words in fault.message]
    with pytest.raises(ResultRefused):
        confirm(world, paid, found)
    assert "PAYABLE" not in balances(world)


def test_an_order_still_at_the_bank_that_comes_back_has_failed(world, tmp_path):
    owe_three(world)
    batch = released(world)
    order = first(batch, world)
    confirm(world, batch, read_back(world, batch, order, tmp_path))
    order.refresh_from_db()
    assert (order.state, order.voucher, order.failure) == ("FAILED", "", WHY)
    assert Voucher.objects.filter(kind="FAILURE").count() == 1


def test_it_comes_back_once_and_only_after_it_was_paid(world, paid):
    order = first(paid, world)
    with pytest.raises(NotAllowed):
        back(world, order, by=world.people.officer)
    with pytest.raises(DomainError, match="why"):
        back(world, order, reason=" ")
    with pytest.raises(DomainError, match="before"):
        back(world, order, on=dt.date(2026, 8, 4))
    done = back(world, order)
    with pytest.raises(StaleRecord):
        back(world, order)  # the page sent twice
    with pytest.raises(DomainError, match="Only what was paid"):
        back(world, done)
    with pytest.raises(DomainError, match="at the bank"):
        services.record_result(
            by=world.people.finance, order=done, version=done.version, outcome="PAID", voucher="X"
        )
    assert Voucher.objects.filter(kind="SENT_BACK").count() == 1


# -- paid again ------------------------------------------------------------------------------------
def test_it_is_paid_again_to_the_account_confirmed_then_and_once(world, paid, tmp_path):
    order = back(world, first(paid, world))
    new = make_account(world, world.provider)
    again = released(world)
    (fresh,) = orders_of(again)
    assert (fresh.payee_account, fresh.amount) == (new, D("5500.00"))
    assert fresh.payee_account_id != order.payee_account_id
    confirm(world, again, preview(world, again, workbook(*result_rows(again)), tmp_path))
    assert balances(world)["PAID"] == D("7501.07")
    assert "PAYABLE" not in balances(world)
    # It may come back once more: another order, another voucher.
    fresh.refresh_from_db()
    back(world, fresh, voucher="T2")
    assert balances(world)["PAYABLE"] == D("5500.00")
    assert Voucher.objects.filter(kind="SENT_BACK").count() == 2


def test_what_came_back_and_is_not_owed_any_more_is_reversed(world, paid, monkeypatch):
    back(world, first(paid, world))
    line = Accrual.objects.get(month=APRIL, entitlement__provider=world.provider)
    keys = Posting.objects.filter(key=f"accrue:{line.pk}")
    monkeypatch.setattr("subsidies.accruals.services.reversing.postings_of", lambda _line: keys)
    reverse_line(by=world.people.cashier, accrual=line, reason="重复", document="更正1号")
    assert balances(world)["PAYABLE"] == D("2750.00")
    assert [row.month for row in owed([world.district.area.pk])] == [MARCH]


# -- closed months, another year -------------------------------------------------------------------
def close(world, until, **changes):
    return ledger.close(
        by=world.people.finance, district=world.district.area, until=until, **changes
    )


def test_in_closed_books_it_is_posted_today_and_the_banks_day_is_kept(world, paid):
    close(world, dt.date(2026, 8, 31))
    order = back(world, first(paid, world))
    assert order.back_on == BACK
    assert Voucher.objects.get(kind="SENT_BACK").on == TODAY
    assert Closing.objects.get().until == dt.date(2026, 8, 31)


def test_a_file_of_days_on_both_sides_of_the_close_is_taken_whole(world, paid, tmp_path):
    close(world, dt.date(2026, 8, 31))
    one, two, _three = orders_of(paid)
    rows = [
        [one.reference, "T1", one.amount, "退汇", BACK, WHY],
        [two.reference, "T2", 0, "已退回", TODAY, WHY],
    ]
    found = preview(world, paid, workbook(*rows), tmp_path)
    assert confirm(world, paid, found).back_count == 2
    assert Voucher.objects.get(kind="SENT_BACK").on == TODAY


def test_money_of_last_year_stays_with_its_indicator_and_is_paid_out_of_it_again(
    world, paid, tmp_path, monkeypatch
):
    """Spent in its year and owed still: it is nobody's to spend, in either year."""
    monkeypatch.setattr(dates, "today", lambda: dt.date(2027, 1, 15))
    rest = balances(world)["AVAILABLE"]
    lapse_more = lapsed(world, rest)
    close(world, dt.date(2026, 12, 31), document="小财结〔2026〕1号")
    order = first(paid, world)
    with pytest.raises(DomainError, match="closed"):
        lapse_more()
    order = back(world, order, on=dt.date(2027, 1, 11))
    voucher = Voucher.objects.get(kind="SENT_BACK")
    assert voucher.on == dt.date(2027, 1, 11)
    money = balances(world)
    assert (money["PAYABLE"], money.get("AVAILABLE", D(0))) == (D("5500.00"), D(0))
    batch = services.create_disbursement(
        by=world.people.finance, indicator=world.indicator, on=dt.date(2027, 1, 12)
    )
    assert (batch.indicator.line.year, batch.total) == (2026, D("5500.00"))
    batch = services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    batch = services.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=dt.date(2027, 1, 12)
    )
    (order,) = orders_of(batch)
    services.record_result(
        by=world.people.finance, order=order, version=order.version, outcome="PAID",
        on=dt.date(2027, 1, 13), voucher="V2027",
    )  # fmt: skip
    assert balances(world)["PAID"] == D("7501.07")


def lapsed(world, amount):
    """Let what is left of the year lapse, so that it can be closed; gives the same act again."""

    def lapse(on=dt.date(2026, 12, 31), value=amount):
        row = budgets.prepare_movement(
            by=world.people.finance, indicator=world.indicator, kind="LAPSE", amount=value,
            on=on, document="小财结〔2026〕1号",
        )  # fmt: skip
        return budgets.confirm_movement(by=world.people.cashier, movement=row, version=row.version)

    lapse()
    return lambda: lapse(value=D("0.01"))


# -- claims ----------------------------------------------------------------------------------------
def claim(world, batch, *, notified=True, trigger="FALSE_DATA"):
    """A claim on all that the world's own firm was paid."""
    order = first(batch, world)
    entitlement = order.lines.first().accrual.entitlement
    row = recovery.propose_clawback(
        by=world.people.officer,
        entitlement=entitlement,
        trigger=trigger,
        happened_on=dt.date(2026, 8, 10),
        facts="面积虚报",
        on=dt.date(2026, 8, 10),
    )
    if not notified:
        return row
    return recovery.notify(
        by=world.people.approver, clawback=row, version=row.version, document="追〔2026〕1号",
        on=dt.date(2026, 8, 11),
    )  # fmt: skip


def test_a_proposed_claim_is_refused_as_it_stands_once_its_money_came_back(world, paid):
    row = claim(world, paid, notified=False)
    back(world, first(paid, world))
    with pytest.raises(DomainError, match="changed"):
        recovery.notify(
            by=world.people.approver, clawback=row, version=row.version, document="追1号"
        )
    assert Notice.objects.filter(kind="recovery.money_came_back").count() == 1


def test_a_claim_on_what_came_back_is_cancelled_and_the_bar_stays(world, paid):
    row = claim(world, paid)
    assert balances(world)["TO_RECOVER"] == D("5500.00")
    back(world, first(paid, world))
    row.refresh_from_db()
    assert row.state == "CANCELLED"
    assert not row.instalments.exists()
    assert "TO_RECOVER" not in balances(world)
    assert balances(world)["PAYABLE"] == D("5500.00")
    assert world.provider.pk in recovery_questions.barred([world.provider.pk], as_of=TODAY)
    assert AuditEntry.objects.filter(verb="lower_claim").count() == 1


def test_only_the_months_that_came_back_leave_a_claim(world, tmp_path):
    """April was paid by an order of its own and comes back; March is claimed still."""
    owe_three(world)
    for months in ([MARCH], [APRIL]):
        batch = released(world, months=months, firms=[world.provider.pk])
        confirm(world, batch, preview(world, batch, workbook(*result_rows(batch)), tmp_path))
    row = claim(world, batch)
    recovery.plan_instalments(
        by=world.people.officer, clawback=row, version=row.version, on=dt.date(2026, 8, 12),
        parts=[Part(dt.date(2026, 9, 30), D("2000.00")),
               Part(dt.date(2026, 10, 31), D("3500.00"))],
    )  # fmt: skip
    back(world, first(batch, world), on=dt.date(2026, 8, 20))
    row.refresh_from_db()
    assert (row.state, row.amount) == ("NOTIFIED", D("2750.00"))
    assert [line["month"] for line in row.computation["lines"]] == ["2026-03-01"]
    assert [line["month"] for line in row.computation["sent_back"]] == ["2026-04-01"]
    plan = list(row.instalments.order_by("position").values_list("amount", flat=True))
    assert plan == [D("2000.00"), D("750.00")]
    money = balances(world)
    assert (money["TO_RECOVER"], money["PAYABLE"]) == (D("2750.00"), D("4751.07"))
    # An appeal afterwards takes off what is left, and no more.
    row = recovery.appeal(
        by=world.people.officer, clawback=row, version=row.version, grounds="以产权证为准",
        appealed_on=dt.date(2026, 8, 20),
    )  # fmt: skip
    row = recovery.decide_appeal(
        by=world.people.second_approver, clawback=row, version=row.version, amount=D("1000.00"),
        decision="部分成立", on=dt.date(2026, 8, 25),
    )  # fmt: skip
    assert balances(world)["TO_RECOVER"] == D("1000.00")


def test_what_the_firm_has_repaid_of_it_is_cleared_up_first(world, paid):
    row = claim(world, paid)
    recovery.receive(
        by=world.people.finance, instalment=row.instalments.get(), version=1, voucher="收1",
        received_on=dt.date(2026, 8, 14), amount=D("100.00"),
    )  # fmt: skip
    with pytest.raises(DomainError, match=r"repaid 100\.00"):
        back(world, first(paid, world))
    assert PaymentOrder.objects.get(pk=first(paid, world).pk).state == "PAID"
    assert Clawback.objects.get().state == "CONFIRMED"


# -- what the checks see ---------------------------------------------------------------------------
@pytest.fixture
def tamper():
    """What the test does is to be noticed."""


def test_a_return_without_its_posting_is_noticed(world, paid, tamper):
    order = first(paid, world)
    PaymentOrder.objects.filter(pk=order.pk).update(
        state="SENT_BACK", back_on=BACK, back_by=world.people.finance
    )
    order.lines.update(state="FREED")
    assert any("was sent back, posted is None" in line for line in checks.returns())
    assert any("is posted as paid" in line for line in checks.ledger())


# -- pages -----------------------------------------------------------------------------------------
def test_the_page_of_an_order_takes_a_return_and_says_what_became_of_it(world, paid, client):
    client.force_login(world.people.finance)
    order = first(paid, world)
    page = reverse("payments:order_detail", args=[order.pk])
    address = reverse("payments:order_back", args=[order.pk])
    assert address in client.get(page).content.decode()
    said = {"version": order.version, "on": "2026-08-12", "reason": WHY, "voucher": "T 1"}
    said |= {"once": "a" * 32}
    assert client.post(address, said).status_code == 302
    assert client.post(address, said).status_code == 302  # sent twice
    shown = client.get(page)
    text = shown.content.decode()
    assert WHY in text
    assert "2026-08-12" in text
    assert shown.context["again"] == []
    assert address not in text
    released(world)
    assert f"{Disbursement.objects.latest('pk').number}001" in client.get(page).content.decode()


def test_the_page_of_the_banks_file_shows_returns_before_they_are_taken(world, paid, client):
    client.force_login(world.people.finance)
    order = first(paid, world)
    address = reverse("payments:result_read", args=[paid.pk])
    batch_page = client.get(reverse("payments:disbursement_detail", args=[paid.pk]))
    assert address in batch_page.content.decode()
    file = io.BytesIO(workbook([order.reference, "T1", order.amount, "退汇", BACK, WHY]))
    file.name = "back.xlsx"
    shown = client.post(address, {"file": file, "once": "b" * 32})
    assert [one.pk for one, _answer, _firm in shown.context["back"]] == [order.pk]
    confirmed = client.post(
        reverse("payments:result_confirm", args=[paid.pk]),
        {"payload": shown.context["payload"], "once": "c" * 32},
    )
    assert confirmed.status_code == 302
    assert paid.results.latest("pk").back_count == 1
    page = client.get(reverse("payments:disbursement_detail", args=[paid.pk]))
    assert WHY in page.content.decode()
    answer = client.get(reverse("payments:disbursement_export", args=[paid.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert any(order.voucher == cell.value for row in book.active for cell in row)


def test_an_account_that_was_refused_is_named_before_it_is_paid_again(world, paid, client):
    client.force_login(world.people.finance)
    new = f"{reverse('payments:disbursement_new')}?indicator={world.indicator.pk}"
    detail = reverse("payments:disbursement_detail", args=[paid.pk])
    assert not client.get(detail).context["next_words"]
    back(world, first(paid, world))
    assert WHY in client.get(new).content.decode()
    assert client.get(detail).context["next_words"]
    make_account(world, world.provider)
    assert WHY not in client.get(new).content.decode()
    released(world)
    assert not client.get(detail).context["next_words"]
