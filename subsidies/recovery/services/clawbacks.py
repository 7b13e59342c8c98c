"""追回: proposed by the officer, decided with notice by the approver, appealed against, decided.

The claim stands on the ledger from the notice on, month by month: paid → to be recovered. What an
appeal takes off is a reversal and a new posting; nothing is ever changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.services.common import business_day, need
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.services import Holder, Line, Place
from subsidies.programmes.questions import terms_of

from .. import gathering, rules, telling
from ..models import CLAIM, DECIDE, Clawback, Instalment
from ..rules import Claim, ClaimLine
from .common import (
    CLAIM_REFUSALS,
    FINE_REFUSALS,
    NotOpen,
    SamePerson,
    calendar_due,
    held_clawback,
    held_entitlement,
    past,
)

State = Clawback.State
NOTHING = Decimal("0.00")


def reckon(entitlement: Entitlement, trigger: str, happened_on: dt.date) -> Claim:
    """What would be claimed back now, with its arithmetic; nothing is written."""
    terms = terms_of([entitlement.programme_id])[entitlement.programme_id]
    paid = gathering.paid_of(entitlement, terms)
    return rules.claim_amount(terms, paid, trigger, happened_on)


def in_words(claim: Claim) -> str:
    """Why nothing is claimed."""
    return str(CLAIM_REFUSALS[claim.refusal]) % {"until": claim.until}


def lines_of(clawback: Clawback) -> tuple[ClaimLine, ...]:
    """The claim as it stands, month by month."""
    return tuple(ClaimLine.from_json(row) for row in clawback.computation.get("lines", ()))


@transaction.atomic
def propose_clawback(
    *,
    by,
    entitlement: Entitlement,
    trigger: str,
    happened_on: dt.date,
    facts: str,
    on: dt.date | None = None,
) -> Clawback:
    """Propose to claim money back: the amount follows from the programme and is kept line by line.

    Raises NotAllowed, DomainError (nothing to claim, a day to come, one is under way already).
    """
    on = business_day(on)
    row = held_entitlement(entitlement.pk)
    by.scope.require(CLAIM, row)
    past(happened_on, "happened_on")
    facts = need(facts, _("Write down what was found."), "facts")
    under_way = Clawback.objects.filter(entitlement=row, trigger=trigger)
    if under_way.exclude(state__in=[State.CANCELLED, State.RECOVERED]).exists():
        raise DomainError(_("A clawback for this reason is already under way."), field="trigger")
    claim = reckon(row, trigger, happened_on)
    if claim.refusal:
        field = "happened_on" if claim.refusal in ("TOO_LATE", "NOTHING") else "trigger"
        raise DomainError(in_words(claim), field=field)
    found = Clawback(
        entitlement=row,
        trigger=trigger,
        happened_on=happened_on,
        facts=facts,
        amount=claim.amount,
        computation=claim.as_json(),
        proposed_by=by,
    )
    _save(found)
    changes = {"trigger": [None, trigger], "amount": [None, found.amount]}
    changes["happened_on"] = [None, happened_on]
    audit.record("propose", found, by=by, changes=changes, reason=facts)
    telling.clawback_waits(found, by=by)
    return found


@transaction.atomic
def cancel_clawback(
    *, by, clawback: Clawback, version: int, reason: str, on: dt.date | None = None
) -> Clawback:
    """Take a proposal back, or refuse it: no notice was given. Raises as `notify`."""
    business_day(on)
    entitlement, row = held_clawback(clawback, version)
    if not by.scope.can(DECIDE, entitlement):
        by.scope.require(CLAIM, entitlement)
    if row.state != State.PROPOSED:
        raise NotOpen(_("Notice of this clawback was given already: it is ended by an appeal."))
    row.reason = need(reason)
    row.state = State.CANCELLED
    _save(row)
    telling.clawback_settled(row)
    changes = {"state": [State.PROPOSED, State.CANCELLED]}
    audit.record("cancel", row, by=by, changes=changes, reason=row.reason)
    return row


@transaction.atomic
def notify(
    *,
    by,
    clawback: Clawback,
    version: int,
    document: str,
    fine: Decimal = NOTHING,
    on: dt.date | None = None,
) -> Clawback:
    """Decide a clawback and give notice to the firm: it is due after the programme's days.

    Posts paid → to be recovered for each month. False data bar the firm from new applications. A
    fine is recorded beside the claim and never added to it.
    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError (no document, a fine out of
    range, other sums than were proposed), BooksClosed. Source: §5.2, domain.md §2.6.
    """
    on = business_day(on)
    entitlement, row = held_clawback(clawback, version)
    by.scope.require(DECIDE, entitlement)
    if row.state != State.PROPOSED:
        raise NotOpen(_("This clawback has been decided already."))
    if row.proposed_by_id == by.pk:
        raise SamePerson
    document = need(document, _("Give the number of the notice."), "document")
    _check_fine(row, row.amount, fine)
    claim = reckon(entitlement, row.trigger, row.happened_on)
    if claim.refusal or claim.as_json()["lines"] != row.computation.get("lines"):
        raise DomainError(
            _(
                "What was paid or claimed has changed since it was proposed: %(now)s yuan would be"
                " claimed now. Cancel the proposal and propose it anew."
            )
            % {"now": f"{claim.amount:.2f}"}
        )
    programme = entitlement.programme
    row.state, row.decided_by, row.document = State.NOTIFIED, by, document
    row.notified_on, row.due_on = on, calendar_due(on, programme.appeal_days)
    row.fine = fine
    if row.trigger == "FALSE_DATA":
        row.bans_until = rules.months_later(on, 12 * programme.ban_years)
    _save(row)
    _post(row, claim.lines, by=by, on=on, key=f"clawback:{row.pk}")
    _plan_whole(row)
    telling.clawback_notified(row, by=by)
    changes = {
        "state": [State.PROPOSED, State.NOTIFIED],
        "amount": [None, row.amount],
        "due_on": [None, row.due_on],
        "document": [None, document],
    }
    if fine:
        changes["fine"] = [None, fine]
    if row.bans_until:
        changes["bans_until"] = [None, row.bans_until]
    audit.record("notify", row, by=by, changes=changes, reason=row.facts)
    return row


@transaction.atomic
def appeal(
    *,
    by,
    clawback: Clawback,
    version: int,
    grounds: str,
    appealed_on: dt.date | None = None,
) -> Clawback:
    """Enter the firm's appeal, within the days of the notice; nothing is due until it is decided.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (too late, before the notice).
    """
    day = business_day(appealed_on, "appealed_on")
    entitlement, row = held_clawback(clawback, version)
    by.scope.require(CLAIM, entitlement)
    if row.state != State.NOTIFIED:
        raise NotOpen(_("An appeal is possible after the notice and before anything is repaid."))
    if day < row.notified_on:
        raise DomainError(
            _("It cannot be appealed against before the notice."), field="appealed_on"
        )
    last = calendar_due(row.notified_on, entitlement.programme.appeal_days)
    if day > last:
        raise DomainError(
            _("The time for an appeal ended on %(last)s.") % {"last": last}, field="appealed_on"
        )
    row.appeal = need(grounds, _("Write down the grounds of the appeal."), "grounds")
    row.appealed_on, row.state = day, State.APPEALED
    _save(row)
    telling.appeal_waits(row, by=by)
    changes = {"state": [State.NOTIFIED, State.APPEALED], "appealed_on": [None, day]}
    audit.record("appeal", row, by=by, changes=changes, reason=row.appeal)
    return row


@transaction.atomic
def decide_appeal(
    *,
    by,
    clawback: Clawback,
    version: int,
    amount: Decimal,
    decision: str,
    fine: Decimal | None = None,
    on: dt.date | None = None,
) -> Clawback:
    """Decide an appeal: `amount` is what is claimed still. All of it: dismissed; nought: upheld.

    Decided by somebody who neither proposed nor decided the claim. What is taken off is reversed
    on the ledger, and what remains is posted anew; it is due after the programme's days again.
    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError, BooksClosed.
    """
    on = business_day(on)
    entitlement, row = held_clawback(clawback, version)
    by.scope.require(DECIDE, entitlement)
    if row.state != State.APPEALED:
        raise NotOpen(_("No appeal waits for a decision."))
    if by.pk in (row.proposed_by_id, row.decided_by_id):
        raise SamePerson(
            _("An appeal is decided by somebody who neither proposed nor decided the claim.")
        )
    if on < row.appealed_on:
        raise DomainError(_("It cannot be decided before it was made."), field="on")
    if not 0 <= amount <= row.amount:
        raise DomainError(
            _("Between nought and %(most)s yuan can still be claimed.")
            % {"most": f"{row.amount:.2f}"},
            field="amount",
        )
    before, fine_before = row.amount, row.fine
    row.decision = need(decision, _("Write down the decision."), "decision")
    row.appeal_decided_by, row.appeal_decided_on = by, on
    if amount < before:
        _reverse(row, by=by, on=on)
    if amount:
        fine = row.fine if fine is None else fine
        _check_fine(row, amount, fine)
        row.fine, row.state = fine, State.CONFIRMED
        row.due_on = calendar_due(on, entitlement.programme.appeal_days)
        if amount < before:
            lines = rules.reduced(lines_of(row), amount)
            row.computation = {
                **row.computation,
                "lines": [line.as_json() for line in lines],
                "amount": str(amount),
                "before_appeal": {
                    "lines": row.computation["lines"],
                    "amount": row.computation["amount"],
                },
            }
            row.amount = amount
            _post(row, lines, by=by, on=on, key=f"clawback:{row.pk}:2")
        _plan_whole(row)
    else:
        row.state, row.fine, row.bans_until = State.CANCELLED, NOTHING, None
        Instalment.objects.filter(clawback=row, received_on=None).delete()
    _save(row)
    telling.appeal_decided(row, by=by)
    changes = {"state": [State.APPEALED, row.state], "amount": [before, amount]}
    if row.fine != fine_before:
        changes["fine"] = [fine_before, row.fine]
    audit.record("decide_appeal", row, by=by, changes=changes, reason=row.decision)
    return row


@transaction.atomic
def confirm_unappealed(*, clawback: Clawback, on: dt.date) -> bool:
    """The time for an appeal is over and none was made: the claim stands. Whether it does now.

    Called by the night run; the system records it.
    """
    entitlement, row = held_clawback(clawback, None)
    if row.state != State.NOTIFIED:
        return False
    if on <= calendar_due(row.notified_on, entitlement.programme.appeal_days):
        return False
    row.state = State.CONFIRMED
    _save(row)
    changes = {"state": [State.NOTIFIED, State.CONFIRMED]}
    audit.record("confirm", row, by=None, changes=changes)
    return True


# -- inside ----------------------------------------------------------------------------------------
def _check_fine(row: Clawback, claimed: Decimal, fine: Decimal) -> None:
    code = rules.fine_refusal(row.trigger, claimed, fine)
    if code:
        raise DomainError(FINE_REFUSALS[code], field="fine")


def _post(row: Clawback, lines: Iterable[ClaimLine], *, by, on: dt.date, key: str) -> None:
    """Paid → to be recovered, a line for each month and indicator."""
    entitlement = row.entitlement
    number = entitlement.number
    ledger.post(
        by=by,
        district_id=row.district_id,
        kind=Voucher.Kind.CLAWBACK,
        on=on,
        key=key,
        lines=[
            Line(
                source=Place(line.indicator_id, Stage.PAID, number),
                target=Place(line.indicator_id, Stage.TO_RECOVER, number),
                amount=line.amount,
                key=f"{key}:{line.indicator_id}:{line.month:%Y-%m}",
                month=line.month,
            )
            for line in lines
        ],
        document=row.document,
        reason=row.facts[:300],
        holders={
            number: Holder(entitlement.programme_id, entitlement.provider_id, entitlement.compound)
        },
    )


def _reverse(row: Clawback, *, by, on: dt.date) -> None:
    postings = Posting.objects.filter(
        transaction__district=row.district_id,
        transaction__key=f"clawback:{row.pk}",
        transaction__kind=Voucher.Kind.CLAWBACK,
        reversed_by=None,  # months that the bank sent back have left the claim before
    )
    ledger.reverse(
        by=by,
        postings=list(postings),
        on=on,
        key=f"appeal:{row.pk}",
        reason=row.decision[:300],
        document=row.document,
    )


def _plan_whole(row: Clawback) -> None:
    """One instalment of all that is not received, due with the claim."""
    kept = Instalment.objects.filter(clawback=row)
    kept.filter(received_on=None).delete()
    received = sum(kept.values_list("amount", flat=True), NOTHING)
    last = kept.order_by("-position").values_list("position", flat=True).first() or 0
    Instalment.objects.create(
        clawback=row, position=last + 1, due_on=row.due_on, amount=row.amount - received
    )


def _save(row: Clawback) -> None:
    if row.pk:
        row.version += 1
    row.place()
    row.full_clean(exclude=["entitlement", "district", "street", "community", "computation"])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # two people at once
        if row.version == 1:
            words = _("A clawback for this reason is already under way.")
            raise DomainError(words, field="trigger") from error
        raise StaleRecord(current=row) from error
