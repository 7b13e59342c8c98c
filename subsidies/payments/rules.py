"""When a month is to be paid, and what a bank's answer means. Pure; amounts in yuan.

A row of the bank is about one order as a whole: an order is paid or it has failed. What cannot be
taken is named row by row, all at once, and then nothing of the file is taken.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop as _


class Outcome(StrEnum):
    """What the bank says of an order."""

    PAID = "PAID"
    FAILED = "FAILED"
    PENDING = "PENDING"
    # 退汇: of an order that was paid it says that the money came back, of others that it failed.
    SENT_BACK = "SENT_BACK"


def settled_from(month: dt.date, settlement: str, ended_on: dt.date | None = None) -> dt.date:
    """The first day on which a month of service may be paid.

    Monthly: the day after it ends; quarterly and yearly: the day after the quarter or the year,
    or after the entitlement has ended, if that is sooner. Source: §4.4 (settlement cycle).
    """
    last = {"QUARTER": (month.month - 1) // 3 * 3 + 3, "YEAR": 12}.get(settlement, month.month)
    first = _after(month.year, last)
    if ended_on is None:
        return first
    return max(_after(month.year, month.month), min(first, ended_on + dt.timedelta(days=1)))


def _after(year: int, month: int) -> dt.date:
    return dt.date(year + month // 12, month % 12 + 1, 1)


def due_on(payable_on: dt.date, settled_on: dt.date, days: int) -> dt.date:
    """Until when it is to be paid: so many days after it became payable (§5.2: 30 d)."""
    return max(payable_on, settled_on) + dt.timedelta(days=days)


# -- what the bank answered ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Answer:
    """A row of the bank's file: `number` is its row in the sheet."""

    number: int
    reference: str
    outcome: Outcome
    amount: Decimal | None = None
    voucher: str = ""
    on: dt.date | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the batch as it stands; `state` is SENT, PAID, FAILED or SENT_BACK."""

    pk: int
    reference: str
    amount: Decimal
    state: str
    voucher: str = ""
    paid_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be taken: a sentence to be translated and its values."""

    number: int
    reference: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a file would do: orders to be settled, and what stays as it is.

    `back`: orders that were paid and that the bank sends back now. `unchanged`: orders of which
    the file says what is known; `pending`: those the bank is still at; `missing`: orders at the
    bank of which the file says nothing.
    """

    paid: tuple[tuple[Order, Answer], ...]
    failed: tuple[tuple[Order, Answer], ...]
    back: tuple[tuple[Order, Answer], ...]
    unchanged: tuple[Order, ...]
    pending: tuple[Order, ...]
    missing: tuple[Order, ...]
    faults: tuple[Fault, ...]

    @property
    def changes(self) -> bool:
        return bool(self.paid or self.failed or self.back)


@dataclass(frozen=True, slots=True)
class Known:
    """What the answers of a batch are judged against.

    `others`: batch by reference of other batches; `vouchers`: reference by voucher taken already.
    """

    orders: Sequence[Order]
    released_on: dt.date
    as_of: dt.date
    closed_until: dt.date | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    vouchers: Mapping[str, str] = field(default_factory=dict)


def judge(answers: Iterable[Answer], known: Known) -> Judged:
    """Which orders a file settles, and every fault of every row."""
    answers = list(answers)
    orders = {order.reference: order for order in known.orders}
    times = Counter(answer.reference for answer in answers)
    vouchers = Counter(a.voucher for a in answers if a.voucher and a.outcome == Outcome.PAID)
    found: dict[str, list] = {
        name: [] for name in ("paid", "failed", "back", "unchanged", "pending")
    }
    faults: list[Fault] = []
    for answer in answers:
        order = orders.get(answer.reference)
        said = list(_faults(answer, order, times, vouchers, known))
        faults += [Fault(answer.number, answer.reference, *one) for one in said]
        if said or order is None:
            continue
        if is_return(answer, order):
            found["back"].append((order, answer))
        elif order.state != "SENT":
            found["unchanged"].append(order)
        elif answer.outcome == Outcome.PENDING:
            found["pending"].append(order)
        else:
            key = "paid" if answer.outcome == Outcome.PAID else "failed"
            found[key].append((order, answer))
    missing = [o for o in known.orders if o.state == "SENT" and o.reference not in times]
    return Judged(**{k: tuple(v) for k, v in found.items()}, missing=tuple(missing),
                  faults=tuple(faults))  # fmt: skip


def _faults(answer: Answer, order: Order | None, times: Counter, vouchers: Counter, known: Known):
    """(sentence, values) of everything that is wrong with a row."""
    if order is None:
        if answer.reference in known.others:
            yield (
                _("This reference belongs to another batch, %(batch)s."),
                {"batch": known.others[answer.reference]},
            )
        else:
            yield _("There is no order of this reference."), {}
        return
    if times[answer.reference] > 1:
        yield _("This order stands in the file more than once."), {}
    if is_return(answer, order):
        yield from back_faults(answer, order, known.as_of)
        return
    if order.state != "SENT":
        yield from _differs(answer, order)
        return
    if answer.outcome == Outcome.PENDING:
        return
    yield from amount_faults(answer.outcome, answer.amount, order.amount)
    yield from day_faults(answer.on, known, is_needed=answer.outcome == Outcome.PAID)
    if answer.outcome != Outcome.PAID:
        return
    if not answer.voucher:
        yield _("The voucher number is missing: a payment is proved by its voucher."), {}
    elif vouchers[answer.voucher] > 1:
        yield _("This voucher stands in the file more than once."), {}
    elif answer.voucher in known.vouchers:
        yield (
            _("This voucher is taken already, by order %(reference)s."),
            {"reference": known.vouchers[answer.voucher]},
        )


def is_return(answer: Answer, order: Order) -> bool:
    """Whether the bank sends back what it said it had paid."""
    return order.state == "PAID" and answer.outcome == Outcome.SENT_BACK


def back_faults(answer: Answer, order: Order, as_of: dt.date):
    """What cannot be of a return: a part of the order, a day to come or before the payment.

    Closed books are no fault of it: the bank's day stays with the order, and it is posted today.
    """
    if answer.amount is not None and answer.amount not in (0, order.amount):
        yield (
            _(
                "The bank sent back %(amount)s of %(ordered)s yuan. A transfer comes back whole: "
                "clear it up with the bank."
            ),
            {"amount": f"{answer.amount:f}", "ordered": f"{order.amount:.2f}"},
        )
    if answer.on is None:
        return
    if answer.on > as_of:
        yield _("This date lies in the future."), {}
    elif order.paid_on and answer.on < order.paid_on:
        yield (
            _("It was paid on %(day)s: it cannot come back before."),
            {"day": str(order.paid_on)},
        )


DID_NOT_ARRIVE = (Outcome.FAILED, Outcome.SENT_BACK)


def _differs(answer: Answer, order: Order):
    """The order is settled already: the same once more is harmless, anything else is not."""
    if answer.outcome in DID_NOT_ARRIVE and order.state in DID_NOT_ARRIVE:
        return
    same = (answer.voucher, answer.on, answer.amount) == (
        order.voucher,
        order.paid_on,
        order.amount,
    )
    # A list of all payments since the release still tells of one that came back afterwards.
    if answer.outcome == Outcome.PAID and order.state in ("PAID", "SENT_BACK") and same:
        return
    if order.state == "PAID" and answer.outcome == Outcome.FAILED:
        yield (
            _(
                "This order is reconciled already: paid on %(day)s by voucher %(voucher)s. If the "
                "bank sent it back afterwards, its result must be 退汇."
            ),
            {"day": str(order.paid_on), "voucher": order.voucher},
        )
    elif order.state == "PAID":
        yield (
            _("This order is reconciled already: paid on %(day)s by voucher %(voucher)s."),
            {"day": str(order.paid_on), "voucher": order.voucher},
        )
    else:
        yield (
            _(
                "This order is reconciled already: the money did not arrive, and what it held is "
                "payable again. A payment of it would be a second one: clear it up with the bank."
            ),
            {},
        )


def amount_faults(outcome: str, amount: Decimal | None, ordered: Decimal):
    """A paid amount that is not the order's; a failed one may be left out or nothing."""
    if amount is None or (outcome in DID_NOT_ARRIVE and amount == 0):
        if outcome == Outcome.PAID:
            yield _("The amount is missing."), {}
        return
    values = {"amount": f"{amount:f}", "ordered": f"{ordered:.2f}"}
    if amount == ordered:
        return
    if outcome == Outcome.PAID and 0 < amount < ordered:
        yield (
            _(
                "The bank paid %(amount)s of %(ordered)s yuan. An order is paid whole or not at "
                "all: have the bank pay the rest or take it back, then read the result again."
            ),
            values,
        )
    else:
        yield _("The amount %(amount)s is not that of the order, %(ordered)s."), values


def day_faults(on: dt.date | None, known: Known, *, is_needed: bool):
    """A day that cannot be: missing, to come, before the release, or in closed books."""
    if on is None:
        if is_needed:
            yield _("The day of the payment is missing."), {}
        return
    if on > known.as_of:
        yield _("This date lies in the future."), {}
    elif on < known.released_on:
        yield (
            _("The batch was released on %(day)s: nothing of it can be paid before."),
            {"day": str(known.released_on)},
        )
    elif known.closed_until and on <= known.closed_until:
        yield (
            _("The books are closed until %(until)s: reopen them, or ask for another voucher."),
            {"until": str(known.closed_until)},
        )
