"""What verbs of this room share: rows locked in one order, words for refusals."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import calendar
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.services.common import locked
from subsidies.ledger import services as ledger

from ..models import Clawback, ExitReview, Instalment
from ..rules import Refusal

OPEN = (Entitlement.State.APPROVED, Entitlement.State.SUSPENDED)
RUNNING = (Clawback.State.NOTIFIED, Clawback.State.APPEALED, Clawback.State.CONFIRMED)


class NotOpen(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The row has already left the state in which this act is possible."""


class SamePerson(DomainError):  # noqa: N818
    """Another person must take this step."""

    def __init__(self, message=None):
        super().__init__(message or _("Whoever prepared it does not decide it."))


END_REFUSALS = {
    "NOT_THE_LAST_DAY": _("The term ends on %(ends_on)s: its end is that day."),
    "TOO_EARLY": _("The end of the term is reviewed from %(from)s on."),
    "BEFORE_THE_TERM": _("The term begins on %(starts_on)s: it cannot end before."),
    "AFTER_THE_TERM": _("The term ends on %(ends_on)s: it cannot end later."),
}
CLAIM_REFUSALS = {
    Refusal.NO_TERM: _("By the programme nothing is claimed back for this reason."),
    Refusal.NOT_PAID: _("Nothing has been paid for this subsidy yet."),
    Refusal.ALL_CLAIMED: _("All that was paid is claimed back already."),
    Refusal.TOO_LATE: _(
        "The contract ended after %(until)s, later than the programme claims anything back."
    ),
    Refusal.NOTHING: _("By the rule of the programme nothing is to be claimed for this day."),
}
FINE_REFUSALS = {
    "NO_FINE": _("A fine belongs to false data only."),
    "OUT_OF_RANGE": _("The fine is 10 to 50 % of the claim, or none."),
}
PLAN_REFUSALS = {
    "EMPTY": _("Write down at least one instalment."),
    "TOO_MANY": _("There are 36 instalments at most."),
    "AMOUNT": _("Every instalment has an amount above nought."),
    "FEN": _("Amounts are exact to the fen."),
    "ORDER": _("Each instalment is due after the one before."),
    "BEFORE": _("No instalment is due before today."),
    "SUM": _("The instalments must make up exactly %(total)s yuan."),
}


def held_entitlement(pk: int) -> Entitlement:
    """The entitlement, locked and read anew, with its compound."""
    return locked([Entitlement(pk=pk)])[0]


def held_review(review: ExitReview, version: int) -> ExitReview:
    row = for_update(ExitReview.objects).get(pk=review.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def held_clawback(clawback: Clawback, version: int | None) -> tuple[Entitlement, Clawback]:
    """The district's book, the entitlement and the clawback: always locked in this order."""
    ledger.lock_book(clawback.district_id)
    entitlement = held_entitlement(clawback.entitlement_id)
    row = for_update(Clawback.objects).get(pk=clawback.pk)
    row.entitlement = entitlement
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return entitlement, row


def held_instalment(instalment: Instalment, version: int) -> Instalment:
    """Under the lock of its clawback. Raises StaleRecord, also for one that was planned anew."""
    row = for_update(Instalment.objects).filter(pk=instalment.pk).first()
    if row is None or row.version != version:
        raise StaleRecord(current=row)
    return row


def calendar_due(on: dt.date, days: int) -> dt.date:
    """The last of so many calendar days, moved on from a rest day (Civil Code 201, 203)."""
    return calendar().rolled(on + dt.timedelta(days=days))


def past(day: dt.date, field: str) -> dt.date:
    if day > dates.today():
        raise DomainError(_("This day lies in the future."), field=field)
    return day


def told(value: Any) -> Any:
    return str(value) if hasattr(value, "_meta") else value
