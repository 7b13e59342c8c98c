"""Taking a posted line back: its postings are reversed, and the month can be accrued again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Posting

from ..errors import NotOpen
from ..hooks import held
from ..models import APPROVE, Accrual
from .common import POSTED, REVERSED, business_day
from .deciding import keys_of

# Nothing is accrued for these any more.
OVER = ("EXITED", "CLOSED")


def postings_of(accrual: Accrual):
    """The postings of a line, with what took them back."""
    keys = [
        key
        for payer, *_rest in accrual.shares
        for key in keys_of(accrual.entitlement.number, accrual.month, accrual.attempt, payer)
    ]
    return Posting.objects.filter(key__in=keys)


def _release(line: Accrual, *, by, on: dt.date, document: str) -> None:
    """Give back at once what a line of a subsidy that is over leaves committed.

    Nothing accrues it any more, and its end has released the rest already.
    """
    number = line.entitlement.number
    ledger.post(
        by=by,
        district_id=line.district_id,
        kind="RELEASE",
        on=on,
        key=f"release:accrual{line.pk}",
        document=document,
        lines=[
            ledger.Line(
                ledger.Place(indicator, "COMMITTED", number),
                ledger.Place(indicator, "AVAILABLE"),
                Decimal(gross),
                f"release:accrual{line.pk}:{payer}",
            )
            for payer, indicator, gross, _deducted in line.shares
            if Decimal(gross)
        ],
    )


@transaction.atomic
def reverse_line(
    *,
    by,
    accrual: Accrual,
    reason: str,
    document: str,
    on: dt.date | None = None,
    version: int | None = None,
) -> Accrual:
    """Reverse a posted line that is in no payment. Raises NotAllowed, NotOpen, StaleRecord,
    DomainError, BooksClosed, Overdrawn.
    """
    line = for_update(Accrual.objects).select_related("entitlement", "run").get(pk=accrual.pk)
    by.scope.require(APPROVE, line)
    if version is not None and line.version != version:
        raise StaleRecord(current=line)
    if line.state != POSTED:
        raise NotOpen(_("Only a posted line can be reversed."))
    if not reason.strip():
        raise DomainError(_("Say why it is reversed."), field="reason")
    if not document.strip():
        raise DomainError(_("Name the document of the reversal."), field="document")
    day = business_day(on)
    if said := held([line.pk]).get(line.pk):
        raise NotOpen(said)
    if line.run.approved_by_id == by.pk:
        raise NotOpen(_("Whoever approved an accrual does not reverse its lines."))
    postings = list(postings_of(line))
    if postings:
        ledger.reverse(
            by=by,
            postings=postings,
            on=day,
            key=f"reverse:accrual{line.pk}",
            reason=reason.strip(),
            document=document.strip(),
        )
        if line.entitlement.state in OVER:
            _release(line, by=by, on=day, document=document.strip())
    line.state, line.version = REVERSED, line.version + 1
    line.save()
    told = {"state": [POSTED, REVERSED], "document": [None, document.strip()]}
    audit.record("reverse", line, by=by, changes=told, reason=reason.strip())
    return line
