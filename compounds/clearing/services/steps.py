"""The steps of a case: opened, moved on, confirmed, sent back, suspended, resumed, out of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.assignment import services as assignments
from compounds.assignment.models import Assignment
from compounds.contracts.services import end_lost
from compounds.fees import services as fees
from compounds.registry.models import Compound, Stage, Status
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import insert_many
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.notices import services as notices
from governance.organisation.calendar import calendar
from governance.organisation.models import Area, Level

from .. import rules
from ..errors import NotInCampaign
from ..models import Case, Transition
from . import evidence, writing
from .writing import Kind, Move

_COLUMN = {Level.DISTRICT: "district", Level.STREET: "street", Level.COMMUNITY: "community"}
# Who is told that cases have come to a state: the right that moves them on from there.
_TOLD = {
    Stage.SURVEYED: "registry.verify",
    Stage.CLASSIFIED: "case.confirm",
    Stage.MATCHING: "case.advance",
    Stage.ACCEPTED: "case.accept",
}


# -- opening -----------------------------------------------------------------------------------
def without_case(rows):
    """Unmanaged compounds that no case is about, or only one that has left the campaign."""
    return rows.filter(status=Status.ACTIVE, is_unmanaged=True).filter(
        Q(case=None) | Q(case__state=Stage.EXCLUDED)
    )


@transaction.atomic
def open_cases(
    *,
    by,
    area: Area | None = None,
    compounds: Iterable[int] | None = None,
    on: dt.date | None = None,
    document: str = "",
) -> list[Case]:
    """Open a case for unmanaged compounds (ids), or for all in an area that have none.

    Those that have one already are passed over. Raises NotAllowed, DomainError (a compound that
    is managed or gone, a day in the future).
    """
    on = on or dates.today()
    if on > dates.today():
        raise DomainError(_("The day lies in the future."), field="on")
    wanted = Compound.objects.all()
    if area is not None:
        wanted = wanted.filter(**{_COLUMN[Level(area.level)]: area.pk})
    if compounds is not None:
        compounds = sorted(set(compounds))
        wanted = wanted.filter(pk__among=compounds)
        gone = wanted.exclude(status=Status.ACTIVE, is_unmanaged=True).values_list(
            "name", flat=True
        )
        if names := list(gone[:3]):
            raise DomainError(
                _("Only unmanaged compounds have a case: %(names)s.") % {"names": "、".join(names)}
            )
    ids = list(without_case(wanted).values_list("pk", flat=True))
    rows = writing.locked_compounds(ids)
    for row in rows:
        by.scope.require("case.work", row)
    again = {
        case.compound_id: case for case in for_update(Case.objects).filter(compound__among=ids)
    }
    for case in again.values():
        if case.state == Stage.EXCLUDED and on < case.entered_on:
            raise DomainError(
                _("A case left the campaign on %(day)s and cannot be opened again before.")
                % {"day": case.entered_on.isoformat()},
                field="on",
            )
    late_comers = [c for c in again.values() if c.state != Stage.EXCLUDED]
    rows = [row for row in rows if row.pk not in {case.compound_id for case in late_comers}]
    return _open(rows, again, by=by, on=on, document=document)


def _open(
    rows: Sequence[Compound], again: Mapping[int, Case], *, by, on: dt.date, document: str
) -> list[Case]:
    terms = evidence.terms_of({row.district_id for row in rows})
    days, now = calendar(), timezone.now()
    new, moves = [], []
    for row in rows:
        case = again.get(row.pk) or Case(compound_id=row.pk, registered_on=on)
        before = case.state if case.pk else ""
        case.district_id, case.street_id, case.community_id = (
            row.district_id,
            row.street_id,
            row.community_id,
        )
        case.state, case.entered_on = Stage.REGISTERED, on
        case.due_on = rules.due_on(case.state, on, terms[row.district_id], days)
        if case.pk:
            writing.forget_choice(case)
            case.served_from = case.cleared_on = case.watched_until = None
            case.version += 1
            case.updated_at = now
        else:
            new.append(case)
        moves.append(
            Move(case, row, Kind.OPEN, Stage.REGISTERED, on, document=document, before=before)
        )
    if not moves:
        return []
    insert_many(Case, new)
    history.record_versions(Case, [c.pk for c in new], kind=history.CREATED, by=by)
    old = [move.case for move in moves if move.before]
    writing.update_many(Case, old, writing.COLUMNS)
    history.record_versions(Case, [c.pk for c in old], kind=history.CHANGED, by=by)
    batch = writing.new_batch() if len(moves) > 1 else ""
    writing.add_transitions(moves, by=by, at=now, batch=batch)
    writing.follow_register(moves, by=by)
    audit.record_many([writing.act_of(move) for move in moves], by=by, batch=batch)
    return [move.case for move in moves]


# -- on and back -------------------------------------------------------------------------------
@transaction.atomic
def advance_case(
    *, by, case: Case, version: int, on: dt.date, document: str = "", reason: str = ""
) -> Case:
    """Move a case on to the next state; in CLASSIFIED this is the district's approval.

    Raises StaleRecord, StepRefused (right, day, people, and every condition that is not met).
    """
    moves = _take([case.pk], Kind.ADVANCE, {case.pk: version}, by, on, document, reason)
    return moves[0].case


@transaction.atomic
def confirm_case(
    *, by, case: Case, version: int, on: dt.date, document: str = "", reason: str = ""
) -> Case:
    """The street confirms the proposed strategy: the case takes it. Raises as `advance_case`."""
    moves = _take([case.pk], Kind.CONFIRM, {case.pk: version}, by, on, document, reason)
    return moves[0].case


@transaction.atomic
def return_case(
    *, by, case: Case, version: int, on: dt.date, reason: str, document: str = ""
) -> Case:
    """Send a case one step back, with a reason. Raises as `advance_case`, DomainError."""
    _need(reason)
    moves = _take([case.pk], Kind.RETURN, {case.pk: version}, by, on, document, reason)
    return moves[0].case


@transaction.atomic
def suspend_case(
    *, by, case: Case, version: int, on: dt.date, reason: str, document: str = ""
) -> Case:
    """Let a case rest, as during a renovation; its deadline stands still. Raises as above."""
    _need(reason)
    moves = _take([case.pk], Kind.SUSPEND, {case.pk: version}, by, on, document, reason)
    return moves[0].case


@transaction.atomic
def resume_case(
    *, by, case: Case, version: int, on: dt.date, document: str = "", reason: str = ""
) -> Case:
    """Take a suspended case up where it was; its deadline moves on by the pause."""
    rows = writing.locked([case.pk])
    writing.check_versions(rows, {case.pk: version})
    moves, refused = writing.judge(rows, Kind.RESUME, by=by, on=on)
    if refused:
        raise writing.StepRefused(refused)
    pauses = pauses_of([case.pk], until=on)
    for move in moves:
        move.document, move.reason = document.strip(), reason.strip()
        entered_on, spans = pauses[move.case.pk]
        move.case.entered_on, move.pauses = entered_on, spans
    writing.write(moves, by=by)
    return moves[0].case


def pauses_of(
    ids: Iterable[int], *, until: dt.date
) -> dict[int, tuple[dt.date, tuple[rules.Pause, ...]]]:
    """Since when cases have been in their state (or the one they rest in), and their pauses."""
    steps: dict[int, list[rules.Past]] = {}
    rows = Transition.objects.filter(case__among=sorted(set(ids))).order_by("case", "pk")
    for case, kind, from_state, to_state, on in rows.values_list(
        "case_id", "kind", "from_state", "to_state", "on"
    ):
        steps.setdefault(case, []).append(rules.Past(kind, from_state, to_state, on))
    found = {}
    for case, own in steps.items():
        last = rules.spans(own, until)[-1]
        found[case] = (last.since, last.pauses)
    return found


# -- many at once ------------------------------------------------------------------------------
@transaction.atomic
def advance_many(
    *,
    by,
    cases: Iterable[int],
    on: dt.date,
    document: str = "",
    reason: str = "",
    versions: Mapping[int, int] | None = None,
    only_from: str = "",
) -> list[Case]:
    """Move many cases (ids) on by one step each: all of them, or none with the refused named."""
    moves = _take(cases, Kind.ADVANCE, versions or {}, by, on, document, reason, only_from)
    return [move.case for move in moves]


@transaction.atomic
def confirm_many(*, by, cases: Iterable[int], on: dt.date, document: str = "", reason: str = ""):
    """The street confirms many strategies together. Raises StepRefused with every case."""
    moves = _take(cases, Kind.CONFIRM, {}, by, on, document, reason)
    return [move.case for move in moves]


@transaction.atomic
def approve_many(*, by, cases: Iterable[int], on: dt.date, document: str = "", reason: str = ""):
    """The district approves many confirmed strategies together. Raises StepRefused."""
    moves = _take(cases, Kind.ADVANCE, {}, by, on, document, reason, Stage.CLASSIFIED)
    return [move.case for move in moves]


def preview(
    *, by, cases: Iterable[int], kind: str, on: dt.date
) -> tuple[list[writing.Move], list[writing.Refused]]:
    """What a step would do to cases, and which it would be refused for; nothing is written."""
    ids = sorted(set(cases))
    rows = Case.objects.filter(pk__among=ids).select_related("compound").order_by("compound__code")
    return writing.judge([(row, row.compound) for row in rows], kind, by=by, on=on)


# -- leaving and coming back -------------------------------------------------------------------
@transaction.atomic
def leave_campaign(
    *, by, case: Case, version: int, on: dt.date, reason: str, document: str = ""
) -> Case:
    """Take a case out of the campaign by hand, where nobody serves yet.

    A compound that was demolished or found managed leaves by the register's own page; this is
    for what was never a residential compound. Raises NotAllowed, StaleRecord, DomainError.
    """
    _need(reason)
    rows = writing.locked([case.pk])
    writing.check_versions(rows, {case.pk: version})
    row, compound = rows[0]
    by.scope.require("case.suspend", row)
    if row.state in rules.SERVED:
        raise DomainError(_("What is served does not leave the campaign: report a lost service."))
    moves, refused = writing.judge(rows, Kind.LEAVE, by=by, on=on)
    if refused:
        raise writing.StepRefused(refused)
    _refuse_assigned([compound.pk])
    moves[0].document, moves[0].reason = document.strip(), reason.strip()
    writing.write(moves, by=by)
    return moves[0].case


def _refuse_assigned(compounds: Sequence[int]) -> None:
    if Assignment.objects.open().filter(compound__among=compounds).exists():
        raise DomainError(_("A provider is proposed or approved: withdraw that first."))


@transaction.atomic
def reenter_campaign(*, by, case: Case, on: dt.date, reason: str, document: str = "") -> Case:
    """A confirmed loss: the case falls back and starts again at the choice of a strategy.

    The first day it was cleared is kept, the counter grows, the register says abandoned, the
    assignment ends as lost. Whoever calls has checked the right. Raises StepRefused, DomainError.
    """
    _need(reason)
    rows = writing.locked([case.pk])
    if not rows:
        raise NotInCampaign
    batch = writing.new_batch()
    for kind in (Kind.LOSS, Kind.ADVANCE):
        moves, refused = writing.judge(rows, kind, by=by, on=on)
        if refused:
            raise writing.StepRefused(refused)
        for move in moves:
            move.document, move.reason = document.strip(), reason.strip()
        writing.write(moves, by=by, batch=batch)
    compound = rows[0][1]
    end_lost(by=by, compound_id=compound.pk, on=on, reason=reason, document=document)
    active = Assignment.objects.active().filter(compound_id=compound.pk).first()
    if active is not None:
        assignments.end_assignment(
            by=by,
            assignment=active,
            version=active.version,
            ended_on=max(on, active.starts_on),
            end_reason=Assignment.EndReason.LOST,
            reason=reason,
            document=document,
        )
    return rows[0][0]


# -- shared ------------------------------------------------------------------------------------
def _need(reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="reason")


def _take(
    ids: Iterable[int],
    kind: str,
    versions: Mapping[int, int],
    by,
    on: dt.date,
    document: str,
    reason: str,
    only_from: str = "",
) -> list[Move]:
    moves = writing.take(
        ids,
        kind,
        by=by,
        on=on,
        versions=versions,
        document=document,
        reason=reason,
        only_from=only_from,
        effects=lambda moves, batch: _serve(moves, batch, by),
    )
    if not moves:
        raise NotInCampaign
    _tell(moves, by)
    return moves


def _serve(moves: Sequence[Move], batch: str, by) -> None:
    """What begins with a service: its assignment becomes active, its first stage begins."""
    entering = [
        move for move in moves if move.to_state == Stage.SERVING and move.kind == Kind.ADVANCE
    ]
    found = Assignment.objects.in_bulk([m.read.assignment for m in entering])
    for move in entering:
        row = found[move.read.assignment]
        if row.state != Assignment.State.ACTIVE:
            row = (
                assignments.activate_assignment(
                    by=by, assignment=row, starts_on=move.on, document=move.document, batch=batch
                )
                or row
            )
        if not row.stages.exists():
            fees.begin_stage(
                by=by, assignment=row, stage="SERVE", began_on=move.on, document=move.document
            )


def _tell(moves: Sequence[Move], by) -> None:
    """Tell whoever moves the cases on that they have come; many at once are one notice."""
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for move in moves:
        if move.kind == Kind.CONFIRM:
            groups.setdefault(("case.approve", Stage.CLASSIFIED, "confirmed"), []).append(move.case)
        elif move.kind == Kind.RETURN and move.to_state in rules.states.FORWARD:
            right = rules.states.FORWARD[move.to_state]
            groups.setdefault((right, move.to_state, "returned"), []).append(move.case)
        elif move.kind == Kind.ADVANCE and move.to_state in _TOLD:
            groups.setdefault((_TOLD[move.to_state], move.to_state, ""), []).append(move.case)
    for (right, state, how), cases in groups.items():
        kind = {"confirmed": "case.confirmed", "returned": "case.returned"}.get(
            how, f"case.{state.lower()}"
        )
        url = f"{reverse('clearing:case_list')}?state={state}"
        notices.tell_holders(
            right, cases, by=by, kind=kind, batch=f"case-{writing.new_batch()}", url=url
        )
