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
from compounds.assignment.models import Assignment
from compounds.assignment.services import Proposal
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.notices.services import settle, tell, tell_holders

from ..models import APPROVE, PROPOSE, Adoption, PlanPlace, PlanRun

State, Outcome = Adoption.State, PlanPlace.Outcome
TO_APPROVE = "plan.to_approve"
DECIDED = "plan.decided"
# What changes for a compound: these become proposals.
DIFFERENT = (Outcome.MOVED, Outcome.TAKEN)


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


def differences(run: PlanRun):
    """Places of a plan whose provider is another than today's, and is a firm that exists."""
    return (
        PlanPlace.objects.filter(run=run, outcome__in=DIFFERENT, bundle__provider__isnull=False)
        .select_related("compound", "bundle__provider")
        .order_by("compound__code")
    )


def given_up(run: PlanRun):
    """Places of a plan that leave to fallback what somebody serves today; never proposed."""
    return PlanPlace.objects.filter(run=run, outcome=Outcome.LEFT, today__isnull=False)


@transaction.atomic
def propose_differences(*, by, adoption: Adoption, version: int) -> Adoption:
    """Propose assignments for what an approved plan changes; what cannot be proposed is named.

    Each goes its own way afterwards: reviewed by its street, approved by the district. Firms that
    were not invited or did not agree are not proposed, nor is what has changed since the plan: they
    are on the list of what is left over.
    Raises NotAllowed, StaleRecord, DomainError (not approved; proposed already).
    """
    row = _locked(adoption, version, state=State.APPROVED)
    by.scope.require(PROPOSE, row.run)
    if row.batch:
        raise DomainError(_("The proposals of this plan have been made already."))
    places = list(differences(row.run))
    serving = {
        one.compound_id: one
        for one in Assignment.objects.active().filter(
            compound_id__among=[place.compound_id for place in places]
        )
    }
    overtaken = {
        _name(place): why
        for place in places
        if (why := _overtaken(place, serving.get(place.compound_id)))
    }
    wanted = {
        _name(place): Proposal(
            compound=place.compound,
            provider=place.bundle.provider,
            reason=_("plan of %(day)s, approved by %(document)s")
            % {"day": row.run.as_of, "document": row.document},
            document=row.document,
            replaces=serving.get(place.compound_id),
        )
        for place in places
        if _name(place) not in overtaken
    }
    row.batch = str(uuid.uuid4())
    made, left_over = _propose(wanted, by=by, batch=row.batch)
    row.outcome = {"proposed": made, "left_over": [*overtaken.items(), *left_over]}
    _save(row)
    audit.record("propose", row, by=by, changes={"proposed": [None, made]}, batch=row.batch)
    return row


def _name(place: PlanPlace) -> str:
    return f"{place.compound.code} {place.compound.name}"


def _overtaken(place: PlanPlace, serving: Assignment | None) -> str:
    """Why a compound is no longer as the plan found it; empty where it is."""
    if (serving.provider_id if serving else None) != place.today_id:
        return _("Its provider has changed since the plan was made.")
    return "" if place.compound.is_unmanaged else _("It is no longer unmanaged.")


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
