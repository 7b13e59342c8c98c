"""From a plan to work: put to approval, decided by another, then proposed compound by compound."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from compounds.assignment import services as assignments
from compounds.assignment.errors import RowsRefused
from compounds.assignment.services import Proposal
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.notices.services import settle, tell, tell_holders

from .. import forecasting
from ..models import APPROVE, PROPOSE, Adoption, PlanRun

State = Adoption.State
TO_APPROVE = "plan.to_approve"
DECIDED = "plan.decided"


@transaction.atomic
def adopt(*, by, run: PlanRun, reason: str, document: str = "", on: dt.date | None = None):
    """Put a finished plan to the district's approval; approvers are told.

    Raises NotAllowed, DomainError (not finished, put to approval already).
    """
    by.scope.require(PROPOSE, run)
    if run.state != PlanRun.State.DONE:
        raise DomainError(_("Only a finished plan can be put to approval."))
    row = Adoption(
        run=run,
        reason=reason.strip(),
        document=document,
        prepared_by=by,
        prepared_on=on or dates.today(),
    )
    if not row.reason:
        raise DomainError(_("Say why this plan."), field="reason")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("This plan has been put to approval already.")) from error
    tell_holders(APPROVE, [run], by=by, kind=TO_APPROVE, batch=_occasion(row), url=_page(run))
    audit.record("propose", row, by=by, changes={"reason": [None, row.reason]})
    return row


@transaction.atomic
def decide(
    *, by, adoption: Adoption, version: int, approves: bool, document: str = "", refusal: str = "",
    on: dt.date | None = None,
) -> Adoption:  # fmt: skip
    """Approve a plan by document, or refuse it with a reason; never one's own.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    row = _locked(adoption, version)
    by.scope.require(APPROVE, row.run)
    if row.prepared_by_id == by.pk:
        raise DomainError(_("Who put the plan to approval does not decide on it."))
    if approves and not document.strip():
        raise DomainError(_("Give the number of the approval document."), field="document")
    if not approves and not refusal.strip():
        raise DomainError(_("Say why the plan is not approved."), field="refusal")
    row.state = State.APPROVED if approves else State.REFUSED
    row.decided_by, row.decided_on = by, on or dates.today()
    row.refusal = "" if approves else refusal.strip()
    if approves:
        row.document = document.strip()
    _save(row)
    settle(_occasion(row))
    tell([row.prepared_by_id], kind=DECIDED, batch=f"{_occasion(row)}-decided", url=_page(row.run))
    verb = "approve" if approves else "refuse"
    audit.record(
        verb,
        row,
        by=by,
        changes={"state": [State.PROPOSED, row.state], "refusal": ["", row.refusal]},
    )
    return row


@transaction.atomic
def withdraw(*, by, adoption: Adoption, version: int) -> Adoption:
    """Take a plan back that nobody has decided on. Raises NotAllowed, StaleRecord, DomainError."""
    row = _locked(adoption, version)
    by.scope.require(PROPOSE, row.run)
    row.state = State.WITHDRAWN
    _save(row)
    settle(_occasion(row))
    audit.record("withdraw", row, by=by, changes={"state": [State.PROPOSED, row.state]})
    return row


@transaction.atomic
def propose_differences(*, by, adoption: Adoption, version: int) -> Adoption:
    """Propose assignments for what can be proposed now of an approved plan's changes.

    Each goes its own way afterwards: reviewed by its street, approved by the district. What cannot
    be proposed yet is named with why, and can be once that is mended: what was proposed from a plan
    before is never proposed from it again.
    Raises NotAllowed, StaleRecord, DomainError (not approved; nothing left that can be proposed).
    """
    row = _locked(adoption, version, state=State.APPROVED)
    by.scope.require(PROPOSE, row.run)
    found = forecasting.judged(row.run, row)
    wanted = {one.name: one.proposal for one in found if one.kind == forecasting.READY}
    if row.batch and not wanted:
        raise DomainError(_("Nothing more of this plan can be proposed now."))
    row.batch = row.batch or uuid.uuid4().hex
    batch = f"{row.batch[: forecasting.BATCH]}{_again(row)}"
    made, refused = _propose(wanted, by=by, batch=batch)
    others = [
        (one.name, one.why)
        for one in found
        if one.kind not in (forecasting.READY, forecasting.MADE)
    ]
    row.outcome = {
        "proposed": row.outcome.get("proposed", 0) + made,
        "last": made,
        "left_over": [*others, *refused],
    }
    _save(row)
    audit.record("propose", row, by=by, changes={"proposed": [None, made]}, batch=batch)
    return row


def _again(row: Adoption) -> str:
    """What sets the batch of proposals made later apart: its holders are told anew."""
    return f"-{row.version}" if "proposed" in row.outcome else ""


def _propose(
    wanted: dict[str, Proposal], *, by, batch: str
) -> tuple[int, Sequence[tuple[str, str]]]:
    """Propose what can be proposed; the refused are named, and no longer use up capacity."""
    left_over: list[tuple[str, str]] = []
    while wanted:
        try:
            with transaction.atomic():
                rows = assignments.propose_many(by=by, proposals=wanted.values(), batch=batch)
        except RowsRefused as error:
            for refused in error.rows:
                left_over.append((refused.name, str(refused.message)))
                del wanted[refused.name]
        else:
            return len(rows), left_over
    return 0, left_over


def _locked(adoption: Adoption, version: int, state: str = State.PROPOSED) -> Adoption:
    row = (
        for_update(Adoption.objects)
        .select_related("run__area", "prepared_by")
        .defer("run__inputs")
        .get(pk=adoption.pk)
    )
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state != state:
        raise DomainError(_("This plan is not in the state this act asks for."))
    return row


def _save(row: Adoption) -> None:
    row.version += 1
    row.save()


def _occasion(row: Adoption) -> str:
    return f"plan-{row.pk}"


def _page(run: PlanRun) -> str:
    return reverse("planning:plan_detail", args=[run.pk])
