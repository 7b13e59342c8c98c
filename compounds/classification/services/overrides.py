"""Overrides: a person's decision against the rules, prepared by one and approved by another.

An override stands on the decision it corrects: approving or ending one writes a new decision from
the evidence already stored.  Facts are read again only by a run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..errors import NotOpen, SamePerson
from ..models import Decision, Override
from ..telling import APPROVE, tell_ended, tell_waiting
from .judging import Overriding, stated
from .writing import Move, store

PROPOSE = "override.propose"
_VERBS = {
    Override.State.REJECTED: "reject",
    Override.State.WITHDRAWN: "withdraw",
    Override.State.EXPIRED: "expire",
}


@transaction.atomic
def propose_override(
    *, by, compound: Compound, strategy: str, reason: str, document: str, expires_on: dt.date
) -> Override:
    """Propose another strategy for a classified compound.

    Raises NotAllowed, NotOpen (not classified, an override already open), ValidationError.
    """
    row = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(PROPOSE, row)
    present = _current(row)
    if present is None or _has_left(row):
        raise NotOpen(_("Classify this compound first; an override corrects a classification."))
    if Override.objects.open().filter(compound=row).exists():
        raise NotOpen(_("This compound already has an open override."))
    if strategy == present.strategy:
        raise DomainError(_("The compound already has this strategy."), field="strategy")
    override = Override(
        compound=row,
        strategy=strategy,
        reason=reason.strip(),
        document=document.strip(),
        expires_on=expires_on,
        prepared_by=by,
        prepared_at=timezone.now(),
    )
    override.place()
    if expires_on and expires_on < dates.today():
        raise ValidationError({"expires_on": _("The last day lies in the past.")})
    override.full_clean(exclude=["prepared_by", "compound"], validate_constraints=False)
    try:
        with transaction.atomic():
            override.save()
    except IntegrityError as error:
        raise NotOpen(_("This compound already has an open override.")) from error
    tell_waiting(override, by=by)
    audit.record(
        "propose",
        override,
        by=by,
        reason=override.reason,
        changes={"strategy": [present.strategy, strategy], "document": ["", override.document]},
    )
    return override


@transaction.atomic
def approve_override(*, by, override: Override, version: int) -> Override:
    """Put a proposed override into force; the compound gets the new strategy at once.

    Raises NotAllowed, SamePerson (the preparer), StaleRecord, NotOpen.
    """
    compound, row = _locked(override, version, (Override.State.PROPOSED,))
    by.scope.require(APPROVE, row)
    if row.prepared_by_id == by.pk:
        raise SamePerson(_("You proposed this override, so somebody else must approve it."))
    if row.expires_on < dates.today():
        raise NotOpen(_("The last day of this override has passed. Propose it anew."))
    present = _current(compound)
    if present is None or _has_left(compound):
        raise NotOpen(_("The compound is no longer classified, so there is nothing to override."))
    row.state = Override.State.APPROVED
    row.approved_by, row.approved_at = by, timezone.now()
    row.version += 1
    row.save()
    _settle(compound, present, row, by=by, reason=row.reason)
    tell_ended(row, by=by)
    audit.record("approve", row, by=by, changes={"state": ["PROPOSED", "APPROVED"]})
    return row


@transaction.atomic
def reject_override(*, by, override: Override, version: int, reason: str) -> Override:
    """Turn a proposal down.  Raises NotAllowed, StaleRecord, NotOpen, ValidationError."""
    _compound, row = _locked(override, version, (Override.State.PROPOSED,))
    by.scope.require(APPROVE, row)
    _refuse_silence(reason)
    return _close(row, Override.State.REJECTED, by=by, reason=reason)


@transaction.atomic
def withdraw_override(*, by, override: Override, version: int, reason: str) -> Override:
    """Take back a proposal, or end an approved override before its last day.

    A proposal is withdrawn by those who may propose; an approved one by those who may approve.
    Raises NotAllowed, StaleRecord, NotOpen, ValidationError.
    """
    compound, row = _locked(override, version, Override.OPEN)
    was_approved = row.state == Override.State.APPROVED
    by.scope.require(APPROVE if was_approved else PROPOSE, row)
    _refuse_silence(reason)
    if was_approved:
        _settle(compound, _current(compound), None, by=by, reason=reason)
    return _close(row, Override.State.WITHDRAWN, by=by, reason=reason)


def expire_overrides(*, by=None, as_of: dt.date | None = None) -> int:
    """End every override whose last day has passed; for the nightly job.  Returns how many."""
    as_of = as_of or dates.today()
    ended = 0
    for pk in list(Override.objects.overdue(as_of).order_by("pk").values_list("pk", flat=True)):
        ended += _expire(pk, by, as_of)
    return ended


@transaction.atomic
def _expire(pk: int, by, as_of: dt.date) -> int:
    override = Override.objects.get(pk=pk)
    compound = for_update(Compound.objects).get(pk=override.compound_id)
    row = for_update(Override.objects).get(pk=pk)
    if row.state not in Override.OPEN or row.expires_on >= as_of:
        return 0
    was_approved = row.state == Override.State.APPROVED
    if was_approved:
        _settle(compound, _current(compound), None, by=by, reason="")
    _close(row, Override.State.EXPIRED, by=by)  # its state is the reason
    return 1


def end_decisions(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End what stands on compounds that have left: their decisions and open overrides.

    The register calls this inside the transaction that holds the compounds' rows (see
    `registry.services.leaving`) and clears its own columns.
    """
    now, acts = timezone.now(), []
    for chunk in in_chunks(ids):
        Decision.objects.filter(compound_id__in=chunk, is_current=True).update(
            is_current=False, superseded_at=now
        )
        rows = Override.objects.open().filter(compound_id__in=chunk).order_by("pk")
        rows = list(for_update(rows.select_related("compound")))
        if not rows:
            continue
        Override.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=Override.State.WITHDRAWN,
            closed_by=by,
            closed_at=now,
            version=F("version") + 1,
            updated_at=now,
        )
        acts += [
            audit.act_on("withdraw", row, {"state": [row.state, Override.State.WITHDRAWN.value]})
            for row in rows
        ]
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def _has_left(compound: Compound) -> bool:
    """Whether nothing is classified here any more: managed, merged or demolished since."""
    return compound.status != Status.ACTIVE or not compound.is_unmanaged


def _current(compound: Compound) -> Decision | None:
    return Decision.objects.filter(compound=compound, is_current=True).first()


def _locked(override: Override, version: int, states) -> tuple[Compound, Override]:
    """The compound first, then the override: the order in which runs lock as well."""
    compound = for_update(Compound.objects).get(pk=override.compound_id)
    row = for_update(Override.objects).get(pk=override.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state not in states:
        raise NotOpen(_("This override has already been dealt with."))
    return compound, row


def _refuse_silence(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Give a reason.")})


def _close(row: Override, state: str, *, by, reason: str = "") -> Override:
    before = row.state
    row.state = state
    row.closed_by, row.closed_at = by, timezone.now()
    row.closing_reason = reason.strip()[:300]
    row.version += 1
    row.save()
    tell_ended(row, by=by)
    audit.record(_VERBS[state], row, by=by, reason=reason, changes={"state": [before, state]})
    return row


def _settle(
    compound: Compound, present: Decision | None, override: Override | None, *, by, reason: str
) -> None:
    """Write the decision anew from its own evidence, with or without an override above it.

    Where the compound has left the classification, its decision ends instead.
    """
    if present is None:
        return
    if _has_left(compound):
        store([], [compound.pk], [], by=by, reason=reason)
        return
    record = {key: value for key, value in present.record.items() if key != "override"}
    if override is not None:
        record["override"] = Overriding(
            override.pk, override.strategy, override.document, override.expires_on
        ).as_json()
    outcome, strategy, subsidy = stated(record)
    decision = Decision(
        compound=compound,
        run=present.run,
        policy_id=present.policy_id,
        rule_id=present.rule_id,
        override=override,
        outcome=outcome,
        strategy=strategy,
        missing=present.missing,
        nearest_percent=present.nearest_percent,
        nearest_fact=present.nearest_fact,
        subsidy=subsidy,
        record=record,
        digest=present.digest,
        decided_by=by,
        decided_at=timezone.now(),
    )
    decision.place()
    moves = []
    if (compound.strategy, compound.decision) != (strategy, outcome):
        moves.append(
            Move(
                compound.pk,
                compound.name,
                (compound.district_id, compound.street_id, compound.community_id),
                (compound.strategy, compound.decision),
                (strategy, outcome),
            )
        )
    store([decision], [compound.pk], moves, by=by, reason=reason)
