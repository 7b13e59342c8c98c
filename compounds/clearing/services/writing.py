"""Taking steps, set-based: lock, judge, write cases, steps and the register's columns at once.

One compound and twenty thousand go the same way: all or nothing, one step row each, the register
in step with its case, summaries refreshed, and the log last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _n

from compounds.registry import sources
from compounds.registry.models import Compound, ManagementMode, Stage, Strategy
from compounds.registry.rules import UNMANAGED_MODES, is_unmanaged
from compounds.registry.services import tallies
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import insert_many, update_many
from governance.foundation.errors import StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import calendar

from .. import rules
from ..errors import Refused, StepRefused
from ..models import Case, Transition, WatchPolicy
from . import evidence
from .evidence import Read

Kind = Transition.Kind
# Who manages a compound once it is served, by strategy; a firm where nothing else is said.
MODES: Mapping[str, str] = {
    Strategy.UNIT_COBUILD: ManagementMode.UNIT,
    Strategy.FALLBACK: ManagementMode.COMMUNITY,
}
VERBS = {
    Kind.OPEN: "open",
    Kind.ADVANCE: "advance",
    Kind.CONFIRM: "confirm",
    Kind.RETURN: "return",
    Kind.SUSPEND: "suspend",
    Kind.RESUME: "resume",
    Kind.LOSS: "lose",
    Kind.LEAVE: "leave",
}
COLUMNS = (
    "state",
    "strategy",
    "provider",
    "entered_on",
    "due_on",
    "planned_on",
    "confirmed_by",
    "confirmed_on",
    "served_from",
    "first_cleared_on",
    "cleared_on",
    "rebound_count",
    "watched_until",
    "band",
    "resumes_to",
    "version",
    "updated_at",
)
READ_OF_COMPOUNDS = (
    "pk",
    "code",
    "name",
    "status",
    "district_id",
    "street_id",
    "community_id",
    "stage",
    "strategy",
    "first_cleared_on",
    "management_mode",
    "is_unmanaged",
    "provenance",
)


@dataclass
class Move:
    """A case about to take a step, with what was known of it; `case` is changed in place."""

    case: Case
    compound: Compound
    kind: str
    to_state: str
    on: dt.date
    read: Read | None = None
    document: str = ""
    reason: str = ""
    late: int = 0
    before: str = ""
    strategy_before: str = ""
    mode: str = ""
    months: int = rules.WATCH_MONTHS
    pauses: tuple[rules.Pause, ...] = field(default=())


def new_batch() -> str:
    """The word that ties together what was done at once."""
    return uuid.uuid4().hex


def locked(ids: Iterable[int]) -> list[tuple[Case, Compound]]:
    """Cases with their compounds, locked: compounds first, as every writer of the register does."""
    ids = sorted(set(ids))
    wanted = Case.objects.filter(pk__among=ids).values("compound")
    compounds = {row.pk: row for row in _locked_compounds(Compound.objects.filter(pk__in=wanted))}
    rows = for_update(Case.objects).filter(pk__among=ids).order_by("pk")
    return [(row, compounds[row.compound_id]) for row in rows]


def _locked_compounds(rows) -> list[Compound]:
    return list(for_update(rows).order_by("pk").only(*READ_OF_COMPOUNDS))


def locked_compounds(ids: Iterable[int]) -> list[Compound]:
    """Compounds locked, with the columns that steps read."""
    return _locked_compounds(Compound.objects.filter(pk__among=sorted(set(ids))))


def judge(
    rows: Sequence[tuple[Case, Compound]], kind: str, *, by, on: dt.date
) -> tuple[list[Move], list[Refused]]:
    """The moves that a step makes of cases, and those that cannot take it, with all reasons."""
    reads = evidence.read([case for case, _compound in rows])
    moves, refused = [], []
    today = dates.today()
    for case, compound in rows:
        read = reads[case.pk]
        found = list(rules.refusals(read.evidence, kind, by=by.pk, on=on, today=today))
        step = rules.step(
            kind,
            case.state,
            is_confirmed=read.evidence.is_confirmed,
            resumes_to=case.resumes_to,
        )
        if step and step.rights and not any(by.scope.can(right, case) for right in step.rights):
            found.insert(0, NO_RIGHT)
        if found:
            refused.append(Refused(case.pk, compound.name, compound.code, tuple(found)))
        else:
            moves.append(Move(case, compound, kind, step.to_state, on, read))
    return moves, refused


NO_RIGHT = rules.Refusal("no_right", _n("Your post does not include this step here."))


def check_versions(rows: Sequence[tuple[Case, Compound]], versions: Mapping[int, int]) -> None:
    """Raise StaleRecord where somebody was faster."""
    for case, _compound in rows:
        if case.pk in versions and case.version != versions[case.pk]:
            raise StaleRecord(current=case)


def take(
    ids: Iterable[int],
    kind: str,
    *,
    by,
    on: dt.date,
    versions: Mapping[int, int] | None = None,
    document: str = "",
    reason: str = "",
    batch: str = "",
    only_from: str = "",
    effects: Callable[[Sequence[Move], str], None] | None = None,
) -> list[Move]:
    """Take a step with every case, or with none; `effects` happen before the log is written.

    Raises StaleRecord, StepRefused with every case refused and every reason.
    """
    rows = locked(ids)
    check_versions(rows, versions or {})
    wrong = [(case, compound) for case, compound in rows if only_from not in ("", case.state)]
    if wrong:
        raise StepRefused(
            Refused(case.pk, compound.name, compound.code, (NOT_THERE,)) for case, compound in wrong
        )
    moves, refused = judge(rows, kind, by=by, on=on)
    if refused:
        raise StepRefused(refused)
    for move in moves:
        move.document, move.reason = document.strip(), reason.strip()
    batch = batch or (new_batch() if len(moves) > 1 else "")
    write(moves, by=by, batch=batch, effects=effects)
    return moves


NOT_THERE = rules.Refusal("not_there", _n("The case is in another stage than this step is for."))


def write(
    moves: Sequence[Move],
    *,
    by,
    batch: str = "",
    effects: Callable[[Sequence[Move], str], None] | None = None,
) -> None:
    """Write moves that were judged: cases, steps, register, summaries, history, log."""
    if not moves:
        return
    terms = evidence.terms_of({move.case.district_id for move in moves})
    days = calendar()
    months = _watched_months(moves)
    now = timezone.now()
    for move in moves:
        move.months = months.get(move.case.district_id, rules.WATCH_MONTHS)
        _settle(move, terms[move.case.district_id], days, by)
        move.case.updated_at = now
    cases = [move.case for move in moves]
    update_many(Case, cases, COLUMNS)
    history.record_versions(
        Case, [c.pk for c in cases], kind=history.CHANGED, by=by, reason=moves[0].reason
    )
    add_transitions(moves, by=by, at=now, batch=batch)
    follow_register(moves, by=by, reason=moves[0].reason)
    if effects is not None:
        effects(moves, batch)
    audit.record_many(
        [act_of(move) for move in moves], by=by, reason=moves[0].reason[:300], batch=batch
    )


def _settle(move: Move, terms: Mapping[str, rules.Term], days, by) -> None:
    """Set what a step changes of its case; the state it leaves is kept on the move."""
    case, to_state, on = move.case, move.to_state, move.on
    move.before, move.strategy_before = case.state, case.strategy
    move.late = rules.days_late(case.due_on, on) if move.kind in _DUE_KINDS else 0
    case.version += 1
    _by_kind(move, by)
    if move.kind == Kind.RESUME:
        case.resumes_to = ""
        span = move.pauses
        case.due_on = rules.due_on(to_state, case.entered_on, terms, days, span)
    elif to_state != case.state:
        case.entered_on = on
        case.resumes_to = case.state if to_state == Stage.SUSPENDED else ""
        case.due_on = rules.due_on(to_state, on, terms, days)
    case.state = to_state


def _watched_months(moves: Sequence[Move]) -> dict[int, int]:
    """How long districts watch what is cleared, by the policy in force on the latest day."""
    cleared = [move for move in moves if move.to_state == Stage.CLEARED]
    if not cleared:
        return {}
    rows = WatchPolicy.objects.filter(
        district__in={move.case.district_id for move in cleared},
        state=WatchPolicy.State.PUBLISHED,
        valid_from__lte=max(move.on for move in cleared),
    ).order_by("valid_from", "pk")
    return dict(rows.values_list("district_id", "months"))


_DUE_KINDS = frozenset({Kind.ADVANCE, Kind.CONFIRM, Kind.RETURN})


def _by_kind(move: Move, by) -> None:
    case, kind, on, read = move.case, move.kind, move.on, move.read
    if kind == Kind.CONFIRM:
        case.strategy = read.strategy
        case.confirmed_by, case.confirmed_on = by, on
    elif kind == Kind.RETURN:
        if move.to_state in (Stage.CLASSIFIED, Stage.SURVEYED):
            forget_choice(case)
        if move.to_state == Stage.MATCHING:
            case.provider_id = None
    elif kind == Kind.LOSS:
        case.rebound_count += case.state == Stage.CLEARED
        case.cleared_on = case.watched_until = case.served_from = None
        case.band = ""
        forget_choice(case)
        if move.compound.management_mode != ManagementMode.ABANDONED:
            move.mode = ManagementMode.ABANDONED
    elif kind == Kind.ADVANCE:
        _onward(move)


def forget_choice(case: Case) -> None:
    """The strategy is to be confirmed anew, and a provider found anew."""
    case.strategy, case.provider_id = "", None
    case.confirmed_by_id = case.confirmed_on = None


def _onward(move: Move) -> None:
    case, to_state, on, read = move.case, move.to_state, move.on, move.read
    if to_state == Stage.CONSULTING:
        case.provider_id = read.evidence.assignment_provider
        case.planned_on = case.planned_on or read.assignment_planned_on
    elif to_state == Stage.SERVING:
        case.served_from = on
        if move.compound.management_mode in UNMANAGED_MODES:
            move.mode = MODES.get(case.strategy, ManagementMode.FIRM)
    elif to_state == Stage.CLEARED:
        case.cleared_on = on
        case.first_cleared_on = case.first_cleared_on or on
        case.watched_until = rules.months_later(on, move.months)
        case.band = ""


def add_transitions(moves: Sequence[Move], *, by, at: dt.datetime, batch: str) -> None:
    post = posts_of(by)
    insert_many(
        Transition,
        [
            Transition(
                case_id=move.case.pk,
                district_id=move.case.district_id,
                street_id=move.case.street_id,
                community_id=move.case.community_id,
                kind=move.kind,
                from_state=move.before,
                to_state=move.to_state,
                strategy=move.case.strategy or move.strategy_before,
                on=move.on,
                at=at,
                by_id=by.pk,
                post=post,
                document=move.document[:150],
                reason=move.reason[:300],
                days_late=move.late,
                batch=batch,
            )
            for move in moves
        ],
    )


def posts_of(by) -> str:
    """The posts somebody acts under, in words, kept with the step."""
    return "、".join(f"{grant.area_name} {grant.role.label}" for grant in by.scope.grants)[:200]


def follow_register(moves: Sequence[Move], *, by, reason: str = "", is_edit: bool = True) -> None:
    """Set the register's columns to their cases: stage, first day cleared, who manages, unmanaged.

    Rows that end up alike share one UPDATE. A changed mode is a correction of a fact: it has its
    source noted and, where it `is_edit`, a new version; the stage is none.
    """
    same: dict[tuple, list[int]] = {}
    corrected, changed = [], []
    for move in moves:
        row, case = move.compound, move.case
        mode = move.mode or row.management_mode
        unmanaged = is_unmanaged(mode, case.state)
        values = (case.state, case.first_cleared_on, mode, unmanaged)
        if values == (row.stage, row.first_cleared_on, row.management_mode, row.is_unmanaged):
            continue
        changed.append(row)
        if mode != row.management_mode:
            note = [sources.CAMPAIGN, move.on.isoformat()]
            row.provenance = {**row.provenance, "management_mode": note}
            corrected.append(row)
        row.stage, row.first_cleared_on = case.state, case.first_cleared_on
        row.management_mode, row.is_unmanaged = mode, unmanaged
        same.setdefault(values, []).append(row.pk)
    for (stage, first_cleared_on, mode, unmanaged), ids in same.items():
        Compound.objects.filter(pk__among=ids).update(
            stage=stage,
            first_cleared_on=first_cleared_on,
            management_mode=mode,
            is_unmanaged=unmanaged,
        )
    if corrected:
        update_many(Compound, corrected, ["provenance"])
    if corrected and is_edit:
        Compound.objects.filter(pk__among=[row.pk for row in corrected]).update(
            version=F("version") + 1, updated_at=timezone.now()
        )
    if changed:
        history.record_versions(
            Compound, [row.pk for row in changed], kind=history.CHANGED, by=by, reason=reason
        )
        tallies.refresh({row.community_id for row in changed})


def act_of(move: Move) -> audit.Act:
    changes: dict[str, Any] = {"on": [None, move.on.isoformat()]}
    if move.before != move.to_state:
        changes["state"] = [move.before, move.to_state]
    if move.strategy_before != move.case.strategy:
        changes["strategy"] = [move.strategy_before, move.case.strategy]
    if move.document:
        changes["document"] = [None, move.document]
    return audit.Act(
        verb=VERBS[move.kind],
        object_type="clearing.case",
        object_id=str(move.case.pk),
        object_label=move.compound.name[:200],
        changes=changes,
        place=(move.case.district_id, move.case.street_id, move.case.community_id),
    )
