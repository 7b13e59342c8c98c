"""Instalments of a clawback: planned to the fen, received by finance with a voucher."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.money import split
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.services.common import business_day, need
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.services import Holder, Line, Place

from .. import rules, telling
from ..models import CLAIM, RECEIVE, Clawback, Instalment
from ..rules import Part
from .clawbacks import lines_of
from .common import PLAN_REFUSALS, NotOpen, held_clawback, held_instalment

State = Clawback.State
NOTHING = Decimal("0.00")
PAYABLE = (State.NOTIFIED, State.CONFIRMED)


def received_of(clawback: Clawback) -> Decimal:
    """What has come in of a clawback (yuan)."""
    rows = clawback.instalments.filter(received_on__isnull=False)
    return rows.aggregate(sum=Sum("amount"))["sum"] or NOTHING


@transaction.atomic
def plan_instalments(
    *,
    by,
    clawback: Clawback,
    version: int,
    parts: Sequence[Part],
    on: dt.date | None = None,
) -> Clawback:
    """Agree on instalments for all that is not received yet; they make it up to the fen.

    Raises NotAllowed, StaleRecord, NotOpen (no notice, an appeal waits), DomainError (the plan).
    """
    on = business_day(on)
    entitlement, row = held_clawback(clawback, version)
    by.scope.require(CLAIM, entitlement)
    if row.state not in PAYABLE:
        raise NotOpen(_("Instalments are planned after the notice, while no appeal waits."))
    left = row.amount - received_of(row)
    codes = rules.plan_refusals(parts, left, on)
    if codes:
        words = " ".join(str(PLAN_REFUSALS[code]) % {"total": f"{left:.2f}"} for code in codes)
        raise DomainError(words)
    Instalment.objects.filter(clawback=row, received_on=None).delete()
    last = row.instalments.order_by("-position").values_list("position", flat=True).first() or 0
    Instalment.objects.bulk_create(
        Instalment(clawback=row, position=last + at, due_on=part.due_on, amount=part.amount)
        for at, part in enumerate(parts, 1)
    )
    row.version += 1
    row.save(update_fields=["version", "updated_at"])
    plan = [f"{part.due_on.isoformat()} {part.amount}" for part in parts]
    audit.record("plan_instalments", row, by=by, changes={"instalments": [None, plan]})
    return row


@transaction.atomic
def receive(
    *,
    by,
    instalment: Instalment,
    version: int,
    voucher: str,
    received_on: dt.date | None = None,
    amount: Decimal | None = None,
) -> Instalment:
    """Record that an instalment came in, by its voucher; less than it leaves a rest to come.

    Within the budget year of an indicator the money is available there again, after it it goes to
    the treasury. With the last one the clawback is recovered.
    Raises NotAllowed, StaleRecord (received or planned anew meanwhile), NotOpen, DomainError,
    BooksClosed.
    """
    on = business_day(received_on, "received_on")
    entitlement, row = held_clawback(instalment.clawback, None)
    by.scope.require(RECEIVE, entitlement)
    held = held_instalment(instalment, version)
    if held.received_on is not None:
        raise NotOpen(_("This instalment was received already."))
    if row.state not in PAYABLE:
        raise NotOpen(_("Money is received after the notice, while no appeal waits."))
    if on < row.notified_on:
        raise DomainError(_("It cannot come in before the notice."), field="received_on")
    amount = held.amount if amount is None else amount
    if not 0 < amount <= held.amount:
        raise DomainError(
            _("Between 0.01 and %(most)s yuan of this instalment can come in.")
            % {"most": f"{held.amount:.2f}"},
            field="amount",
        )
    voucher = need(voucher, _("Give the voucher number."), "voucher")
    shares = _shares(row, amount)
    if amount < held.amount:
        last = row.instalments.order_by("-position").values_list("position", flat=True).first()
        Instalment.objects.create(
            clawback=row, position=last + 1, due_on=held.due_on, amount=held.amount - amount
        )
    held.amount, held.received_on, held.received_by = amount, on, by
    held.voucher = voucher
    held.indicator_id = next(iter(shares)) if len(shares) == 1 else None
    held.version += 1
    held.clean_fields(exclude=["clawback", "received_by"])
    held.save()
    _post(entitlement, row, held, shares, by=by, on=on)
    before = row.state
    is_last = not row.instalments.filter(received_on=None).exists()
    row.state = State.RECOVERED if is_last else State.CONFIRMED
    row.version += 1
    row.save(update_fields=["state", "version", "updated_at"])
    if is_last:
        telling.clawback_recovered(row, by=by)
    changes = {"amount": [None, amount], "voucher": [None, voucher], "received_on": [None, on]}
    if before != row.state:
        changes["state"] = [before, row.state]
    audit.record("receive_money", row, by=by, changes=changes)
    return held


# -- inside ----------------------------------------------------------------------------------------
def to_recover(clawback: Clawback) -> dict[int, Decimal]:
    """By indicator: what of a clawback is still to come in, as the ledger has it."""
    left: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines_of(clawback):
        left[line.indicator_id] += line.amount
    came = Posting.objects.filter(
        key__startswith=f"recover:{clawback.pk}:",
        transaction__kind=Voucher.Kind.RECOVERY,
        reversed_by=None,
    )
    for indicator, amount in came.values_list("source__indicator_id", "amount"):
        left[indicator] -= amount
    return {indicator: amount for indicator, amount in sorted(left.items()) if amount > 0}


def _shares(row: Clawback, amount: Decimal) -> dict[int, Decimal]:
    """What of an amount each indicator gets: in proportion to what it lacks."""
    left = to_recover(row)
    parts = split(amount, list(left.values()))
    return {one: part for one, part in zip(left, parts, strict=True) if part > 0}


def _post(
    entitlement: Entitlement,
    row: Clawback,
    held: Instalment,
    shares: dict[int, Decimal],
    *,
    by,
    on: dt.date,
) -> None:
    """To be recovered → available within the indicator's year, else returned to the treasury."""
    number = entitlement.number
    years = dict(BudgetIndicator.objects.filter(pk__in=shares).values_list("pk", "line__year"))
    ledger.post(
        by=by,
        district_id=row.district_id,
        kind=Voucher.Kind.RECOVERY,
        on=on,
        key=f"receive:{held.pk}",
        lines=[
            Line(
                source=Place(indicator, Stage.TO_RECOVER, number),
                target=Place(indicator, Stage.AVAILABLE)
                if years[indicator] == on.year
                else Place(indicator, Stage.RETURNED, number),
                amount=amount,
                key=f"recover:{row.pk}:{held.pk}:{indicator}",
            )
            for indicator, amount in shares.items()
        ],
        document=held.voucher,
        reason=row.document,
        holders={
            number: Holder(entitlement.programme_id, entitlement.provider_id, entitlement.compound)
        },
    )
