"""Exit reviews: prepared by the district's officer, decided by the approver; then it ends.

The end releases what is committed and not accrued, so it waits until all months up to the last
day are accrued, unless the approver gives up what is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from subsidies.entitlements import services as entitlements
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.services.common import business_day, need
from subsidies.ledger import services as ledger

from .. import gathering, rules, telling
from ..models import EXIT_APPROVE, EXIT_REVIEW, ExitReview
from .common import (
    END_REFUSALS,
    OPEN,
    NotOpen,
    SamePerson,
    held_entitlement,
    held_review,
)

State, Outcome = ExitReview.State, ExitReview.Outcome
Reason = Entitlement.ExitReason
# Reasons for which something else must show that it is so, or a document.
PROVED = (Reason.SERVICE_ENDED, Reason.GONE)
Typed = Mapping[str, Decimal | None]


@transaction.atomic
def propose_exit(
    *,
    by,
    entitlement: Entitlement,
    version: int,
    exit_reason: str,
    exit_on: dt.date,
    outcome: str,
    findings: str,
    document: str = "",
    gives_up: bool = False,
    typed: Typed | None = None,
    on: dt.date | None = None,
) -> ExitReview:
    """Review the end of a subsidy: what its own fees bear is reckoned and kept with sources.

    `typed` are inputs of the account that nobody knew. One that the night run proposed is
    completed. Raises NotAllowed, StaleRecord, NotOpen, DomainError.
    """
    on = business_day(on)
    row = held_entitlement(entitlement.pk)
    by.scope.require(EXIT_REVIEW, row)
    if row.version != version:
        raise StaleRecord(current=row)
    review = ExitReview.objects.filter(entitlement=row, state=State.PREPARED).first()
    if review is not None and review.prepared_by_id is not None:
        raise DomainError(_("An exit review of this subsidy waits for approval already."))
    review = review or ExitReview(entitlement=row)
    review.entitlement = row
    _write(
        review,
        by=by,
        on=on,
        exit_reason=exit_reason,
        exit_on=exit_on,
        outcome=outcome,
        findings=findings,
        document=document,
        gives_up=gives_up,
        typed=typed,
    )
    _save(review)
    audit.record("propose", review, by=by, changes=_told(review), reason=review.findings)
    telling.exit_waits(review, by=by)
    return review


@transaction.atomic
def edit_exit(
    *,
    by,
    review: ExitReview,
    version: int,
    exit_reason: str,
    exit_on: dt.date,
    outcome: str,
    findings: str,
    document: str = "",
    gives_up: bool = False,
    typed: Typed | None = None,
    on: dt.date | None = None,
) -> ExitReview:
    """Write a review that is not decided yet anew; whoever writes it last has prepared it."""
    on = business_day(on)
    entitlement = held_entitlement(review.entitlement_id)
    row = held_review(review, version)
    row.entitlement = entitlement
    by.scope.require(EXIT_REVIEW, entitlement)
    _decidable(row)
    before = _told(row)
    _write(
        row,
        by=by,
        on=on,
        exit_reason=exit_reason,
        exit_on=exit_on,
        outcome=outcome,
        findings=findings,
        document=document,
        gives_up=gives_up,
        typed=typed,
    )
    row.version += 1
    _save(row)
    after = {name: pair[1] for name, pair in _told(row).items()}
    changes = {
        name: [before[name][1], value] for name, value in after.items() if before[name][1] != value
    }
    audit.record("change", row, by=by, changes=changes, reason=row.findings)
    telling.exit_waits(row, by=by)
    return row


@transaction.atomic
def approve_exit(
    *,
    by,
    review: ExitReview,
    version: int,
    document: str = "",
    on: dt.date | None = None,
) -> ExitReview:
    """Approve an exit review. The subsidy ends at once if all its months are accrued.

    Where months are not accrued, or the last day is still to come, the night run ends it later;
    an extension ends nothing. Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError.
    """
    on = business_day(on)
    ledger.lock_book(review.district_id)
    entitlement = held_entitlement(review.entitlement_id)
    row = held_review(review, version)
    row.entitlement = entitlement
    by.scope.require(EXIT_APPROVE, entitlement)
    _decidable(row)
    if row.prepared_by_id is None:
        raise NotOpen(_("An officer completes what the night run proposed; then it is approved."))
    if row.prepared_by_id == by.pk:
        raise SamePerson
    _check_end(row, row.exit_reason, row.exit_on, on)
    row.document = (document or row.document).strip()
    if not row.document:
        raise DomainError(_("Give the document."), field="document")
    row.state, row.approved_by, row.approved_on = State.APPROVED, by, on
    row.version += 1
    _save(row)
    changes = {"state": [State.PREPARED, State.APPROVED], "document": [None, row.document]}
    telling.exit_decided(row)
    if may_end(row, on):
        _end(row, on=on)
    audit.record("approve", row, by=by, changes=changes, reason=row.findings)
    return row


@transaction.atomic
def refuse_exit(
    *, by, review: ExitReview, version: int, reason: str, on: dt.date | None = None
) -> ExitReview:
    """Refuse an exit review with a reason: the subsidy goes on. Raises as `approve_exit`."""
    on = business_day(on)
    entitlement = held_entitlement(review.entitlement_id)
    row = held_review(review, version)
    row.entitlement = entitlement
    by.scope.require(EXIT_APPROVE, entitlement)
    _decidable(row)
    if row.prepared_by_id is None:
        raise NotOpen(_("An officer completes what the night run proposed; then it is approved."))
    if row.prepared_by_id == by.pk:
        raise SamePerson
    row.reason = need(reason)
    row.state, row.approved_by, row.approved_on = State.REFUSED, by, on
    row.version += 1
    _save(row)
    telling.exit_decided(row)
    changes = {"state": [State.PREPARED, State.REFUSED]}
    audit.record("reject", row, by=by, changes=changes, reason=row.reason)
    return row


@transaction.atomic
def end_approved(*, review: ExitReview, on: dt.date | None = None) -> bool:
    """End the subsidy of an approved review if its time has come; whether it did.

    It is posted in the name of who approved it.
    """
    on = business_day(on)
    ledger.lock_book(review.district_id)
    entitlement = held_entitlement(review.entitlement_id)
    row = for_update(ExitReview.objects).get(pk=review.pk)
    row.entitlement = entitlement
    if row.state != State.APPROVED or not may_end(row, on):
        return False
    _end(row, on=on)
    return True


def may_end(review: ExitReview, on: dt.date) -> bool:
    """Whether an approved review ends its subsidy on a day: it is over and all is accrued."""
    entitlement = review.entitlement
    if review.outcome == Outcome.EXTEND or entitlement.state not in OPEN:
        return False
    if review.exit_reason == Reason.TERM and review.exit_on != entitlement.ends_on:
        return False  # extended meanwhile
    if review.exit_on >= on and not review.gives_up:
        return False
    return review.gives_up or not gathering.not_accrued(entitlement, review.exit_on)


def _end(review: ExitReview, *, on: dt.date) -> None:
    entitlements.end(
        by=review.approved_by,
        entitlement=review.entitlement,
        on=review.exit_on,
        exit_reason=review.exit_reason,
        document=review.document,
        reason=review.findings[:300],
        posted_on=on,
    )


# -- inside ----------------------------------------------------------------------------------------
def _decidable(row: ExitReview) -> None:
    if row.state != State.PREPARED:
        raise NotOpen(_("This exit review has been decided already."))


def _write(
    review: ExitReview,
    *,
    by,
    on: dt.date,
    exit_reason: str,
    exit_on: dt.date,
    outcome: str,
    findings: str,
    document: str,
    gives_up: bool,
    typed: Typed | None,
) -> None:
    """What a review says, with the account of the day it is written."""
    row = review.entitlement
    if row.state not in OPEN:
        raise NotOpen(_("Only a running subsidy comes to its end."))
    if outcome == Outcome.EXTEND and exit_reason != Reason.TERM:
        raise DomainError(_("An extension is proposed at the end of the term."), field="outcome")
    review.exit_reason, review.exit_on, review.outcome = exit_reason, exit_on, outcome
    review.findings = need(findings, _("Write down what was found."), "findings")
    review.document, review.gives_up = document.strip(), gives_up
    if gives_up and exit_reason in (Reason.TERM, Reason.SELF_SUFFICIENT):
        raise DomainError(
            _("What was served is accrued and paid: nothing is given up for this reason."),
            field="gives_up",
        )
    _check_end(review, exit_reason, exit_on, on)
    _check_proof(review, on)
    collection = gathering.collections_of([row.compound_id], on).get(row.compound_id)
    contract = gathering.contract_of(row, on)
    gathered = gathering.account_of(row, on, typed, str(by))
    review.collection_percent = collection.percent if collection else None
    review.account = gathering.record_of(row, gathered, contract, on)
    review.contract_until = contract.ends_on if contract else None
    review.prepared_by = by


def _check_end(review: ExitReview, exit_reason: str, exit_on: dt.date, on: dt.date) -> None:
    row = review.entitlement
    code = rules.end_refusal(
        reason=exit_reason,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        exit_on=exit_on,
        as_of=on,
    )
    if code:
        values = {
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "from": rules.warns_from(row.ends_on),
        }
        raise DomainError(END_REFUSALS[code] % values, field="exit_on")


def _check_proof(review: ExitReview, on: dt.date) -> None:
    """An early end is shown by what other rooms know, or by a document."""
    row = review.entitlement
    if review.exit_reason == Reason.SELF_SUFFICIENT:
        _check_self_sufficient(row, on)
    elif review.exit_reason == Reason.BREACH and not review.document:
        raise DomainError(_("A breach is shown by a document."), field="document")
    elif review.exit_reason in PROVED and not review.document:
        kinds = {one.kind for one in gathering.evidence_of(row)}
        if not kinds or (review.exit_reason == Reason.GONE and "GONE" not in kinds):
            raise DomainError(
                _("Nothing here shows it yet: give the document that does."), field="document"
            )


def _check_self_sufficient(row: Entitlement, on: dt.date) -> None:
    wanted, months = row.programme.exit_collection_percent, row.programme.exit_months
    if wanted is None:
        raise DomainError(
            _("The programme names no collection from which it ends early."), field="exit_reason"
        )
    collection = gathering.collections_of([row.compound_id], on).get(row.compound_id)
    held = gathering.held_for(collection, wanted, on)
    if held < months:
        raise DomainError(
            _(
                "A collection of %(wanted)s %% must be held for %(months)s months in a row;"
                " it was held for %(held)s."
            )
            % {"wanted": wanted, "months": months, "held": held},
            field="exit_reason",
        )


def _save(review: ExitReview) -> None:
    review.place()
    review.full_clean(exclude=["entitlement", "district", "street", "community", "account"])
    try:
        with transaction.atomic():
            review.save()
    except IntegrityError as error:  # two people at once
        raise DomainError(
            _("An exit review of this subsidy waits for approval already.")
        ) from error


def _told(review: ExitReview) -> dict[str, list]:
    names = ("exit_reason", "exit_on", "outcome", "findings", "document", "gives_up")
    found = {name: [None, getattr(review, name)] for name in names}
    for name in ("collection_percent", "contract_until"):
        found[name] = [None, getattr(review, name)]
    return found


def is_pending(review: ExitReview) -> bool:
    """Approved, and the subsidy still runs: months are to be accrued, or it is not over yet."""
    return (
        review.state == State.APPROVED
        and review.outcome != Outcome.EXTEND
        and review.entitlement.state in OPEN
    )
