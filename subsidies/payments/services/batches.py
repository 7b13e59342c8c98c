"""A batch on its way to the bank: collected, submitted, released by another, or cancelled.

Until it is released nothing moves in the ledger; with the release everything of it is in payment.
"""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from itertools import groupby

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.bulk import drafts, insert_many
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.notices.services.notices import settle, tell_holders
from governance.organisation.models import Area
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.payees.questions import confirmed_of

from ..errors import NothingToPay
from ..models import PREPARE, RECONCILE, RELEASE, Disbursement, PaymentLine, PaymentOrder
from ..questions import Collected, collect, owed
from .common import (
    SENT,
    WAITING,
    LineState,
    OrderState,
    State,
    business_day,
    hold_accruals,
    locked,
    occasion,
    postings,
    require,
    store,
)

LONGEST_NAMED = 10


@transaction.atomic
def create_disbursement(
    *,
    by,
    indicator: BudgetIndicator,
    months: Collection[dt.date] = (),
    streets: Collection[int] = (),
    firms: Collection[int] = (),
    title: str = "",
    document: str = "",
    on: dt.date | None = None,
) -> Disbursement:
    """Draft a batch of everything payable out of an indicator: one order for each firm.

    `months` are first days, `streets` and `firms` ids; firms without a confirmed account, and
    months that are not settled yet, are left out (see `questions.collect`).
    Raises NotAllowed, NothingToPay, DomainError.
    """
    require(by, PREPARE, indicator.district_id)
    day = business_day(on)
    # Whoever drafts holds the district: two batches of one moment do not see the same months.
    district = for_update(Area.objects).get(pk=indicator.district_id)
    rows = owed([district.pk], indicator.pk, months=months, streets=streets, firms=firms)
    found = collect(rows, day)
    if not found.rows:
        raise NothingToPay(found.left_out)
    disbursement = Disbursement(
        district=district,
        number=_next_number(district, day.year),
        indicator=indicator,
        title=title or _title(indicator, found),
        total=found.total,
        document=document,
        prepared_by=by,
    )
    disbursement.save()
    try:
        with transaction.atomic():
            orders = _write_orders(disbursement, found)
    except IntegrityError as error:
        raise DomainError(_("Some of these months are in another batch already.")) from error
    changes = {
        "number": [None, disbursement.number],
        "indicator": [None, indicator.number],
        "total": [None, disbursement.total],
        "orders": [None, orders],
    }
    audit.record("draft", disbursement, by=by, changes=changes)
    return disbursement


def _next_number(district: Area, year: int) -> str:
    """The next number of the year: BF, the district's code, year and serial."""
    start = f"BF{district.code}{year}"
    last = (
        Disbursement.objects.filter(district=district, number__startswith=start)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    serial = int(last.removeprefix(start)) + 1 if last else 1
    return f"{start}{serial:04d}"


def _title(indicator: BudgetIndicator, found: Collected) -> str:
    months = sorted({row.month for row in found.rows})
    span = f"{months[0]:%Y-%m}"
    if len(months) > 1:
        span = f"{span}–{months[-1]:%Y-%m}"
    return f"{indicator.name} {span}"[:150]


def _write_orders(disbursement: Disbursement, found: Collected) -> int:
    """One order for each firm with its lines; returns how many orders."""
    draft_order, draft_line = drafts(PaymentOrder), drafts(PaymentLine)
    orders, groups = [], []
    for index, (firm, group) in enumerate(groupby(found.rows, lambda row: row.provider_id), 1):
        rows = list(group)
        orders.append(
            draft_order(
                disbursement_id=disbursement.pk,
                district_id=disbursement.district_id,
                reference=f"{disbursement.number}{index:03d}",
                provider_id=firm,
                payee_account_id=found.accounts[firm].pk,
                amount=sum((row.amount for row in rows), Decimal(0)),
            )
        )
        groups.append(rows)
    insert_many(PaymentOrder, orders)
    lines = [
        draft_line(
            order_id=order.pk,
            accrual_id=row.accrual_id,
            indicator_id=disbursement.indicator_id,
            amount=row.amount,
        )
        for order, rows in zip(orders, groups, strict=True)
        for row in rows
    ]
    insert_many(PaymentLine, lines)
    return len(orders)


@transaction.atomic
def submit_disbursement(
    *, by, disbursement: Disbursement, version: int, document: str = ""
) -> Disbursement:
    """Hand a draft to another finance officer.  Raises NotAllowed, StaleRecord, DomainError."""
    row = locked(by, disbursement, version, PREPARE)
    if row.state != State.DRAFT:
        raise DomainError(_("Only a draft can be submitted."))
    row.state, row.submitted_by, row.submitted_at = State.SUBMITTED, by, timezone.now()
    row.document = document or row.document
    store(row)
    tell_holders(
        RELEASE,
        row.district,
        by=by,
        kind=WAITING,
        batch=occasion("disbursement", row.pk),
        url=reverse("payments:disbursement_detail", args=[row.pk]),
        count=1,
    )
    changes = {"state": [State.DRAFT, State.SUBMITTED]}
    if document:
        changes["document"] = [disbursement.document, document]
    audit.record("submit", row, by=by, changes=changes)
    return row


@transaction.atomic
def return_disbursement(
    *, by, disbursement: Disbursement, version: int, reason: str
) -> Disbursement:
    """Hand a submitted batch back to whoever prepared it.  Raises as `submit_disbursement`."""
    row = locked(by, disbursement, version, RELEASE)
    if row.state != State.SUBMITTED:
        raise DomainError(_("Only a submitted batch can be returned."))
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    row.state, row.submitted_by, row.submitted_at = State.DRAFT, None, None
    row.reason = reason
    store(row)
    settle(occasion("disbursement", row.pk))
    changes = {"state": [State.SUBMITTED, State.DRAFT]}
    audit.record("return", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def cancel_disbursement(
    *, by, disbursement: Disbursement, version: int, reason: str
) -> Disbursement:
    """Give a batch up before it is released: its months are payable again.

    Raises NotAllowed, StaleRecord, DomainError (released, cancelled, no reason).
    """
    row = locked(by, disbursement, version, PREPARE, RELEASE)
    if row.state not in (State.DRAFT, State.SUBMITTED):
        raise DomainError(_("What was released cannot be cancelled: the bank's answer settles it."))
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    before, row.state, row.reason = row.state, State.CANCELLED, reason
    store(row)
    PaymentLine.objects.filter(order__disbursement=row).update(state=LineState.FREED)
    settle(occasion("disbursement", row.pk))
    changes = {"state": [before, State.CANCELLED]}
    audit.record("cancel", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def release_disbursement(
    *,
    by,
    disbursement: Disbursement,
    version: int,
    on: dt.date | None = None,
    document: str = "",
) -> Disbursement:
    """Order the payments of a submitted batch: from now on its money is in payment.

    Another person than the one who prepared it does so. The accounts of that moment are fixed;
    the whole is one transaction, so that a batch is released with all its postings or not.
    Raises NotAllowed, StaleRecord, DomainError (released already, by whom; a firm without an
    account, a month reversed meanwhile), Overdrawn, BooksClosed. Source: domain.md §2.6.
    """
    row = locked(by, disbursement, None, RELEASE)
    if row.state in (State.RELEASED, State.RECONCILED):
        raise DomainError(
            _("This batch was released on %(day)s by %(person)s already.")
            % {"day": row.released_on, "person": row.released_by}
        )
    row = locked(by, row, version, RELEASE)
    if row.state != State.SUBMITTED:
        raise DomainError(_("Only a submitted batch can be released."))
    if by.pk in (row.prepared_by_id, row.submitted_by_id):
        raise DomainError(_("Whoever prepared a disbursement cannot release it."))
    day = business_day(on)
    orders = list(
        PaymentOrder.objects.filter(disbursement=row).select_related("provider").order_by("pk")
    )
    moved = _fix_accounts(orders)
    lines = PaymentLine.objects.filter(order__disbursement=row)
    held = hold_accruals(lines)
    _refuse_reversed(held)
    _refuse_suspended(held)
    PaymentOrder.objects.filter(disbursement=row).update(
        state=OrderState.SENT, version=F("version") + 1, updated_at=timezone.now()
    )
    row.state, row.released_by, row.released_on = State.RELEASED, by, day
    row.document = document or row.document
    store(row)
    ledger.post(
        by=by,
        district_id=row.district_id,
        kind=Voucher.Kind.DISBURSEMENT,
        on=day,
        key=f"release:D{row.pk}",
        document=row.document or row.number,
        lines=postings(
            [order.pk for order in orders],
            lambda pk: f"pay:{pk}",
            Stage.PAYABLE,
            Stage.IN_PAYMENT,
        ),
    )
    settle(occasion("disbursement", row.pk))
    tell_holders(
        RECONCILE,
        row.district,
        by=by,
        kind=SENT,
        batch=occasion("sent", row.pk),
        url=reverse("payments:disbursement_detail", args=[row.pk]),
        count=1,
    )
    changes = {
        "state": [State.SUBMITTED, State.RELEASED],
        "released_on": [None, day],
        "total": [None, row.total],
    }
    if moved:
        changes["accounts"] = [None, moved]
    audit.record("release_payments", row, by=by, changes=changes)
    return row


def _fix_accounts(orders: list[PaymentOrder]) -> list[str]:
    """Give every order the account its firm has now; returns the firms that have a new one."""
    accounts = confirmed_of(order.provider_id for order in orders)
    without = [order.provider.name for order in orders if order.provider_id not in accounts]
    if without:
        raise DomainError(
            _("These firms have no confirmed account: %(names)s.") % {"names": _named(without)}
        )
    moved = []
    for order in orders:
        account = accounts[order.provider_id]
        if account.pk != order.payee_account_id:
            order.payee_account = account
            order.save(update_fields=["payee_account", "updated_at"])
            moved.append(f"{order.provider.name} {account.number_masked}")
    return moved


def _refuse_reversed(accruals: list[Accrual]) -> None:
    """Raise where a month of the batch is no longer payable."""
    gone = [
        f"{one.entitlement.number} {one.entitlement.compound.name} {one.month:%Y-%m}"
        for one in accruals
        if one.state != Accrual.State.POSTED
    ]
    if gone:
        raise DomainError(
            _("These months were reversed meanwhile: %(names)s. Cancel the batch and draft anew.")
            % {"names": _named(gone)}
        )


def _refuse_suspended(accruals: list[Accrual]) -> None:
    """Raise where a subsidy was halted since the batch was drafted."""
    halted = {
        f"{one.entitlement.number} {one.entitlement.compound.name}"
        for one in accruals
        if one.entitlement.state == Entitlement.State.SUSPENDED
    }
    if halted:
        raise DomainError(
            _(
                "These subsidies are suspended: %(names)s. Cancel the batch and draft it anew, or "
                "resume them first."
            )
            % {"names": _named(sorted(halted))}
        )


def _named(names: list[str]) -> str:
    more = f" +{len(names) - LONGEST_NAMED}" if len(names) > LONGEST_NAMED else ""
    return "、".join(names[:LONGEST_NAMED]) + more
