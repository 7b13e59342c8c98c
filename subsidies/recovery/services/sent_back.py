"""What the bank sends back was never the firm's: a claim on it gives way before it is payable.

Only the months that came back leave the claim; what was repaid of them already is no longer to be
taken off, and the return is refused until that is cleared up with the firm.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Posting
from subsidies.ledger.models import Transaction as Voucher
from subsidies.payments.hooks import Back

from .. import telling
from ..models import Clawback, Instalment
from ..rules import ClaimLine
from .clawbacks import lines_of
from .common import held_clawback
from .instalments import received_of, to_recover

State = Clawback.State
STANDS = (State.NOTIFIED, State.APPEALED, State.CONFIRMED, State.RECOVERED)
NOTHING = Decimal("0.00")
Month = tuple[dt.date, int]


def give_way(*, by, lines: Sequence[Back], on: dt.date, document: str) -> None:
    """Take months that came back out of the claims on them: reversed on the ledger, to the fen.

    A claim of which nothing is left is cancelled; the bar from new applications stays, for what
    was found has happened. A proposal is told of only: its notice is refused as it stands.
    Raises DomainError where what came back was claimed and repaid, BooksClosed.
    """
    came: dict[str, set[Month]] = defaultdict(set)
    for line in lines:
        came[line.number].add((line.month, line.indicator_id))
    for chunk in in_chunks(sorted(came)):
        rows = Clawback.objects.filter(entitlement__number__in=chunk).exclude(state=State.CANCELLED)
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            row = Clawback.objects.get(pk=pk)
            _give_way(row, came, by=by, on=on, document=document)


def _give_way(found: Clawback, came: dict[str, set[Month]], *, by, on, document: str) -> None:
    entitlement, row = held_clawback(found, None)
    months = came[entitlement.number]
    gone = [one for one in lines_of(row) if (one.month, one.indicator_id) in months]
    if not gone or row.state == State.CANCELLED:
        return
    if row.state == State.PROPOSED:
        telling.money_came_back(row, by=by)
        return
    _refuse_repaid(row, gone)
    _reverse(row, gone, by=by, on=on, document=document)
    before, state = row.amount, row.state
    kept = [one for one in lines_of(row) if one not in gone]
    row.computation = {
        **row.computation,
        "sent_back": [*row.computation.get("sent_back", ()), *(one.as_json() for one in gone)],
    }
    if kept:
        row.amount = sum((one.amount for one in kept), NOTHING)
        row.computation |= {
            "lines": [one.as_json() for one in kept],
            "amount": str(row.amount),
        }
        _cut_plan(row, before - row.amount)
        if row.instalments.exists() and not row.instalments.filter(received_on=None).exists():
            row.state = State.RECOVERED
    else:
        row.state = State.CANCELLED
        row.reason = _("The bank sent back what was claimed: nothing of it was paid.")
        Instalment.objects.filter(clawback=row, received_on=None).delete()
        telling.appeal_settled(row)
    row.version += 1
    row.save()
    telling.money_came_back(row, by=by)
    changes = {"amount": [before, row.amount if kept else NOTHING]}
    if state != row.state:
        changes["state"] = [state, row.state]
    audit.record("lower_claim", row, by=by, changes=changes, reason=document)


def _refuse_repaid(row: Clawback, gone: Sequence[ClaimLine]) -> None:
    """Raise where the firm has repaid what would be taken off the claim."""
    cut: dict[int, Decimal] = defaultdict(Decimal)
    for one in gone:
        cut[one.indicator_id] += one.amount
    left = to_recover(row)
    if any(amount > left.get(indicator, NOTHING) for indicator, amount in cut.items()):
        raise DomainError(
            _(
                "Of this payment %(claimed)s yuan were claimed back by %(document)s, and the firm "
                "has repaid %(received)s yuan of that claim already: more than would be left of "
                "it. Clear up with the firm what it is given back before the return is entered."
            )
            % {
                "claimed": f"{sum(cut.values(), NOTHING):.2f}",
                "document": row.document,
                "received": f"{received_of(row):.2f}",
            }
        )


def _reverse(row: Clawback, gone: Sequence[ClaimLine], *, by, on: dt.date, document: str) -> None:
    wanted = {(one.month, one.indicator_id) for one in gone}
    postings = Posting.objects.filter(
        transaction__district=row.district_id,
        transaction__kind=Voucher.Kind.CLAWBACK,
        transaction__key__in=[f"clawback:{row.pk}", f"clawback:{row.pk}:2"],
        reversed_by=None,
    ).select_related("source")
    ledger.reverse(
        by=by,
        postings=[one for one in postings if (one.month, one.source.indicator_id) in wanted],
        on=on,
        key=f"sent-back:{row.pk}:{row.version}",
        reason=_("The bank sent back what was claimed."),
        document=document,
    )


def _cut_plan(row: Clawback, amount: Decimal) -> None:
    """Take an amount off what is planned and has not come in: the last instalments first."""
    for one in row.instalments.filter(received_on=None).order_by("-position"):
        if amount <= 0:
            return
        if one.amount <= amount:
            amount -= one.amount
            one.delete()
        else:
            one.amount -= amount
            one.version += 1
            one.save(update_fields=["amount", "version", "updated_at"])
            return
