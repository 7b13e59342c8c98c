"""What became of the orders at the bank: read from its file, or entered one by one.

One file is one transaction. The same file, or the same answer, once more changes nothing.

What was paid may come back days later (退汇). The postings of the payment stand; the money goes
from paid to payable by a voucher of its own, on the bank's day or, where that is closed, today.
It stays with its indicator, also after the year's end: it was spent in that year, is owed still,
and no longer is anybody's to spend. Paid again it goes out of the same indicator, to the account
that is confirmed then; not owed any more, its month is reversed first.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.foundation.texts import plain_digits, render
from governance.notices.services.notices import settle, tell_holders
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.questions import closed_until
from subsidies.payees.rules import without_accounts

from .. import hooks, rules
from ..errors import ResultRefused
from ..models import PREPARE, RECONCILE, BankResult, Disbursement, PaymentLine, PaymentOrder
from ..reading import Read, read_result
from ..rules import Answer, Judged, Known, Order, Outcome
from .common import (
    BACK,
    FAILED,
    LineState,
    OrderState,
    State,
    hold_accruals,
    locked,
    occasion,
    postings,
    require,
    store,
)

AT_BANK = (State.RELEASED, State.RECONCILED)


class Preview(NamedTuple):
    """A file of the bank as it would be taken over; `taken`: it was read in before."""

    read: Read
    judged: Judged
    taken: BankResult | None


def preview_result(*, by, disbursement: Disbursement, path: str | Path, name: str) -> Preview:
    """What a file of the bank would do to a batch: every fault of every row; nothing is written.

    Raises NotAllowed, DomainError (not at the bank, no such file).
    """
    require(by, RECONCILE, disbursement.district_id)
    _refuse_not_sent(disbursement)
    read = read_result(path, name)
    taken = BankResult.objects.filter(disbursement=disbursement, digest=read.digest).first()
    return Preview(read, rules.judge(read.answers, _known(disbursement, read.answers)), taken)


@transaction.atomic
def confirm_result(
    *, by, disbursement: Disbursement, answers: Sequence[Answer], digest: str, name: str
) -> BankResult:
    """Take a file of the bank over: paid orders are paid, failed ones payable again, and so is
    what the bank sends back of orders paid before.

    All or nothing; the same file once more gives what was read in. Orders that the file leaves
    out stay at the bank. Raises NotAllowed, ResultRefused, DomainError, BooksClosed.
    """
    row = locked(by, disbursement, None, RECONCILE)
    _refuse_not_sent(row)
    taken = BankResult.objects.filter(disbursement=row, digest=digest).first()
    if taken is not None:
        return taken
    judged = rules.judge(answers, _known(row, answers))
    if judged.faults:
        raise ResultRefused(judged.faults)
    if not judged.changes:
        raise DomainError(_("Nothing in this file is new."))
    result = BankResult.objects.create(
        district_id=row.district_id,
        disbursement=row,
        name=name[:150],
        digest=digest,
        paid_count=len(judged.paid),
        failed_count=len(judged.failed),
        back_count=len(judged.back),
        read_by=by,
    )
    before = row.state
    _settle(row, judged, by=by, key=f"result:D{row.pk}:{digest[:16]}", document=name)
    changes = {
        "file": [None, result.name],
        "orders_paid": [None, len(judged.paid)],
        "orders_failed": [None, len(judged.failed)],
        "orders_missing": [None, len(judged.missing)],
        "state": [before, row.state],
    }
    if judged.back:
        changes["orders_sent_back"] = [None, len(judged.back)]
    audit.record("reconcile", row, by=by, changes=changes)
    return result


@transaction.atomic
def record_result(
    *,
    by,
    order: PaymentOrder,
    version: int,
    outcome: str,
    on: dt.date | None = None,
    voucher: str = "",
    amount=None,
    reason: str = "",
) -> PaymentOrder:
    """Enter what became of one order: paid by a voucher on a day, or failed for a reason.

    `amount` is the bank's where it is known; an order is paid whole or not at all.
    Raises NotAllowed, StaleRecord, DomainError, BooksClosed.
    """
    batch = locked(by, order.disbursement, None, RECONCILE)
    row = for_update(PaymentOrder.objects).get(pk=order.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state != OrderState.SENT:
        raise DomainError(_("Only an order at the bank can be settled."))
    if outcome == Outcome.FAILED and not reason:
        raise DomainError(_("Say why it failed."), field="reason")
    answer = Answer(
        number=1,
        reference=row.reference,
        outcome=Outcome(outcome),
        amount=row.amount if amount is None else amount,
        voucher=plain_digits(voucher).replace(" ", "").upper(),
        on=on,
        failure=without_accounts(reason)[:200],
    )
    judged = rules.judge([answer], _known(batch, [answer], only=row.pk))
    if judged.faults:
        first = judged.faults[0]
        raise DomainError(render(first.message, dict(first.values)), field=_field_of(judged))
    _settle(batch, judged, by=by, key=f"result:O{row.pk}:{version}", document=answer.voucher)
    row.refresh_from_db()
    changes = {"state": [OrderState.SENT, row.state]}
    if row.voucher:
        changes |= {"voucher": [None, row.voucher], "paid_on": [None, row.paid_on]}
    audit.record("reconcile", row, by=by, changes=changes, reason=answer.failure)
    return row


@transaction.atomic
def record_return(
    *,
    by,
    order: PaymentOrder,
    version: int,
    reason: str,
    on: dt.date | None = None,
    voucher: str = "",
) -> PaymentOrder:
    """Enter that the bank sent a paid order back: what it paid is payable again.

    `on` is the bank's day (none: today), `voucher` that of the return.
    Raises NotAllowed, StaleRecord, DomainError (not paid, a day that cannot be, money that was
    claimed back and repaid meanwhile), BooksClosed.
    """
    batch = locked(by, order.disbursement, None, RECONCILE)
    row = for_update(PaymentOrder.objects).get(pk=order.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state != OrderState.PAID:
        raise DomainError(_("Only what was paid can come back."))
    if not reason.strip():
        raise DomainError(_("Say why it came back."), field="reason")
    answer = Answer(
        number=1,
        reference=row.reference,
        outcome=Outcome.SENT_BACK,
        amount=row.amount,
        voucher=plain_digits(voucher).replace(" ", "").upper(),
        on=on,
        failure=without_accounts(reason)[:200],
    )
    judged = rules.judge([answer], _known(batch, [answer], only=row.pk))
    if judged.faults:
        first = judged.faults[0]
        raise DomainError(render(first.message, dict(first.values)), field="on")
    _settle(batch, judged, by=by, key=f"back:O{row.pk}", document=answer.voucher)
    row.refresh_from_db()
    return row


def _field_of(judged: Judged) -> str | None:
    """The field of the form that the first fault is about."""
    message = judged.faults[0].message.lower()
    for word, field in (("voucher", "voucher"), ("amount", "amount"), ("bank paid", "amount")):
        if word in message:
            return field
    return "on"


def _refuse_not_sent(disbursement: Disbursement) -> None:
    if disbursement.state not in AT_BANK:
        raise DomainError(_("This batch is not at the bank."))


def _known(disbursement: Disbursement, answers: Iterable[Answer], only: int | None = None) -> Known:
    """What answers are judged against: the batch, other batches, vouchers, closed books."""
    orders = PaymentOrder.objects.filter(disbursement=disbursement).order_by("pk")
    if only is not None:
        orders = orders.filter(pk=only)
    own = [
        Order(*values)
        for values in orders.values_list("pk", "reference", "amount", "state", "voucher", "paid_on")
    ]
    references = {one.reference for one in own}
    strange = sorted({a.reference for a in answers} - references)
    vouchers = sorted({a.voucher for a in answers if a.voucher})
    others, taken = {}, {}
    mine = PaymentOrder.objects.filter(district=disbursement.district_id)
    for chunk in in_chunks(strange):
        rows = mine.filter(reference__among=chunk)
        others.update(rows.values_list("reference", "disbursement__number"))
    for chunk in in_chunks(vouchers):
        rows = mine.filter(voucher__among=chunk)
        taken.update(rows.values_list("voucher", "reference"))
    return Known(
        orders=own,
        released_on=disbursement.released_on,
        as_of=dates.today(),
        closed_until=closed_until(disbursement.district_id),
        others=others,
        vouchers=taken,
    )


def _settle(row: Disbursement, judged: Judged, *, by, key: str, document: str) -> None:
    """Write what the bank answered: orders, lines and postings of a locked batch."""
    today = dates.today()
    paid: dict[dt.date, list[int]] = {}
    failed: dict[dt.date, list[int]] = {}
    back: dict[dt.date, list[int]] = {}
    for order, answer in judged.paid:
        paid.setdefault(answer.on, []).append(order.pk)
    for order, answer in judged.failed:
        failed.setdefault(answer.on or today, []).append(order.pk)
    closed = closed_until(row.district_id) if judged.back else None
    for order, answer in judged.back:
        day = answer.on or today
        back.setdefault(today if closed and day <= closed else day, []).append(order.pk)
    for day, orders in sorted(back.items()):
        _clear_the_way(orders, by=by, on=day, document=document[:150])
    at_bank = (Stage.IN_PAYMENT, LineState.OPEN)
    for kind, (source, state), target, what, days in (
        (Voucher.Kind.PAYMENT, at_bank, Stage.PAID, "paid", paid),
        (Voucher.Kind.FAILURE, at_bank, Stage.PAYABLE, "failed", failed),
        (Voucher.Kind.SENT_BACK, (Stage.PAID, LineState.PAID), Stage.PAYABLE, "back", back),
    ):
        for day, orders in sorted(days.items()):
            ledger.post(
                by=by,
                district_id=row.district_id,
                kind=kind,
                on=day,
                key=f"{key}:{what}:{day:%Y%m%d}",
                document=document[:150],
                lines=postings(orders, lambda pk, what=what: f"{what}:{pk}", source, target, state),
            )
    _write_orders(judged, by)
    _write_returns(judged, by, today)
    if not row.orders.filter(state=OrderState.SENT).exists():
        row.state = State.RECONCILED
        settle(occasion("sent", row.pk))
    store(row)
    if judged.failed:
        tell_holders(
            PREPARE,
            row.district,
            by=by,
            kind=FAILED,
            batch=f"{key}:failed",
            url=reverse("payments:disbursement_detail", args=[row.pk]),
            count=len(judged.failed),
        )
    if judged.back:
        tell_holders(
            PREPARE,
            row.district,
            by=by,
            kind=BACK,
            batch=f"{key}:back",
            url=reverse("payments:disbursement_detail", args=[row.pk]),
            count=len(judged.back),
        )
        _record_returns(judged, by)


def _clear_the_way(orders: list[int], *, by, on: dt.date, document: str) -> None:
    """Hold the months that come back, and let later rooms give up what they claim of them."""
    lines = PaymentLine.objects.filter(order__in=orders, state=LineState.PAID)
    hold_accruals(lines)
    found = lines.order_by("pk").values_list(
        "accrual__entitlement__number", "indicator_id", "accrual__month", "amount"
    )
    hooks.give_way(by=by, lines=[hooks.Back(*one) for one in found], on=on, document=document)


def _write_orders(judged: Judged, by) -> None:
    """States of orders and lines; each order is still at the bank, or nothing is written."""
    now = timezone.now()
    for found, state in ((judged.paid, OrderState.PAID), (judged.failed, OrderState.FAILED)):
        for order, answer in found:
            is_paid = state == OrderState.PAID
            done = PaymentOrder.objects.filter(pk=order.pk, state=OrderState.SENT).update(
                state=state,
                voucher=answer.voucher if is_paid else "",
                paid_on=answer.on if is_paid else None,
                failure="" if is_paid else answer.failure,
                reconciled_by=by,
                version=F("version") + 1,
                updated_at=now,
            )
            if not done:
                raise StaleRecord
        ids = [order.pk for order, _answer in found]
        for chunk in in_chunks(ids):
            PaymentLine.objects.filter(order__in=chunk, state=LineState.OPEN).update(
                state=LineState.PAID if state == OrderState.PAID else LineState.FREED
            )


def _write_returns(judged: Judged, by, today: dt.date) -> None:
    """Orders that came back: they keep the voucher and the day of their payment."""
    found = [order.pk for order, _answer in judged.back]
    if not found:
        return
    now = timezone.now()
    for order, answer in judged.back:
        done = PaymentOrder.objects.filter(pk=order.pk, state=OrderState.PAID).update(
            state=OrderState.SENT_BACK,
            back_on=answer.on or today,
            back_voucher="" if answer.voucher == order.voucher else answer.voucher,
            back_by=by,
            failure=answer.failure,
            version=F("version") + 1,
            updated_at=now,
        )
        if not done:
            raise StaleRecord
    for chunk in in_chunks(found):
        PaymentLine.objects.filter(order__in=chunk, state=LineState.PAID).update(
            state=LineState.FREED
        )


def _record_returns(judged: Judged, by) -> None:
    rows = PaymentOrder.objects.filter(pk__in=[order.pk for order, _answer in judged.back])
    audit.record_many(
        [
            audit.act_on(
                "send_back",
                row,
                {
                    "state": [OrderState.PAID, row.state],
                    "back_on": [None, row.back_on],
                    "back_voucher": [None, row.back_voucher],
                    "failure": [None, row.failure],
                },
            )
            for row in rows.order_by("pk")
        ],
        by=by,
    )
