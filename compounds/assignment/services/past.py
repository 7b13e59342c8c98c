"""What was decided before this system: assignments with the steps they went, on their days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.classification.models import Decision
from compounds.providers.models import Provider
from compounds.registry.models import Compound, Strategy
from governance.audit import services as audit
from governance.foundation import bulk, dates, history
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from .. import rules
from ..errors import Refused, RowsRefused
from ..models import Assignment, AssignmentStep, HandoverItem
from .common import State, step_of
from .handover import add_default_lines


class PastStep(NamedTuple):
    """One step that was taken: the state it led to, its day and paper."""

    to_state: str
    on: dt.date
    document: str = ""
    reason: str = ""


@dataclass(frozen=True)
class PastAssignment:
    """One assignment with its steps, the first PROPOSED, each following the one before.

    A step that is left out between two others happened on the day of the next one. `replaces` is
    the index of an earlier row of the same call that it followed.
    """

    compound: Compound
    provider: Provider
    strategy: str
    steps: tuple[PastStep, ...]
    reason: str = ""
    document: str = ""
    end_reason: str = ""
    planned_on: dt.date | None = None
    replaces: int | None = None


@transaction.atomic
def record_past(*, by, rows: Iterable[PastAssignment], batch: str) -> list[Assignment]:
    """Take over assignments that went before, with their steps on the days they happened.

    All or none, in the order given; the caller has checked the right and holds the compounds.
    The number of statements does not depend on the number of rows.
    Raises RowsRefused: steps out of order or to come, another district's firm, two open ones.
    """
    rows = list(rows)
    steps = [_filled(row) for row in rows]
    _check_all(rows, steps)
    decisions = dict(
        Decision.objects.filter(
            is_current=True, compound_id__among=[row.compound.pk for row in rows]
        ).values_list("compound_id", "pk")
    )
    made = [
        _made(row, own, decisions.get(row.compound.pk), by=by, batch=batch)
        for row, own in zip(rows, steps, strict=True)
    ]
    bulk.insert_many(Assignment, made)
    linked = []
    for row, one in zip(rows, made, strict=True):
        if row.replaces is not None:
            one.replaces_id = made[row.replaces].pk
            linked.append(one)
    Assignment.objects.bulk_update(linked, ["replaces"], batch_size=500)
    ids = [one.pk for one in made]
    history.record_versions(Assignment, ids, kind=history.CREATED, by=by, reason=batch)
    taken = []
    for own, one in zip(steps, made, strict=True):
        before = ""
        for step in own:
            taken.append(
                step_of(
                    one,
                    before,
                    step.to_state,
                    by=by,
                    on=step.on,
                    document=step.document,
                    reason=step.reason,
                    batch=batch,
                )
            )
            before = step.to_state
    bulk.insert_many(AssignmentStep, taken)
    approved = [one for one in made if one.state == State.DISTRICT_APPROVED]
    add_default_lines(approved, rules.IN)
    audit.record_many((_told(one) for one in made), by=by, batch=batch)
    return made


@transaction.atomic
def take_back_past(*, by, batch: str, compounds: Iterable[int] | None = None) -> int:
    """Take out again what an import took over and nobody has touched since; how many.

    Rows that have moved on since stay, and so do those that others hang on.
    """
    found = for_update(Assignment.objects).filter(
        batch=batch, source=Assignment.Source.IMPORT, version=1, replaced_by=None
    )
    if compounds is not None:
        found = found.filter(compound__in=list(compounds))
    found = list(found.select_related("compound", "provider").order_by("pk"))
    ids = [row.pk for row in found]
    acts = [audit.act_on("take_back", row, {"state": [row.state, None]}) for row in found]
    history.record_versions(Assignment, ids, kind=history.DELETED, by=by, reason=batch)
    HandoverItem.objects.filter(assignment__in=ids).delete()
    AssignmentStep.objects.filter(assignment__in=ids).delete()
    for chunk in bulk.in_chunks(ids):
        Assignment.objects.filter(pk__in=chunk)._raw_delete(Assignment.objects.db)
    audit.record_many(acts, by=by, batch=batch)
    return len(ids)


def _filled(row: PastAssignment) -> list[PastStep]:
    """The steps with those that were left out between."""
    found: list[PastStep] = []
    for step in row.steps:
        if step.to_state in rules.FORWARD:
            known = {one.to_state for one in found}
            for state in rules.path_to(step.to_state)[:-1]:
                if state not in known:
                    found.append(PastStep(state, step.on))
        found.append(step)
    return found


def _check_all(rows: Sequence[PastAssignment], steps: Sequence[list[PastStep]]) -> None:
    opened = _already_open(rows)
    refused = []
    for index, (row, own) in enumerate(zip(rows, steps, strict=True)):
        try:
            _check(row, own)
            _check_alone(row, own[-1].to_state, opened)
            if row.replaces is not None and not 0 <= row.replaces < index:
                raise DomainError(_("What it replaced must come before it."))
        except DomainError as error:
            refused.append(Refused(f"{row.compound.code} {row.compound.name}", error.message))
    if refused:
        raise RowsRefused(refused)


def _already_open(rows: Sequence[PastAssignment]) -> set[tuple[int, bool]]:
    found = Assignment.objects.open().filter(compound_id__among=[row.compound.pk for row in rows])
    pairs = found.values_list("compound_id", "state")
    return {(compound, state == State.ACTIVE) for compound, state in pairs}


def _check_alone(row: PastAssignment, state: str, opened: set[tuple[int, bool]]) -> None:
    if not rules.is_open(state):
        return
    key = (row.compound.pk, state == State.ACTIVE)
    if key in opened:
        raise DomainError(
            _("Another provider already serves this compound.")
            if key[1]
            else _("For this compound an assignment is already prepared.")
        )
    opened.add(key)


def _check(row: PastAssignment, own: Sequence[PastStep]) -> None:
    if not own:
        raise DomainError(_("An assignment has at least the day it was proposed."))
    if row.strategy not in Strategy.values:
        raise DomainError(_("The strategy is unknown."), field="strategy")
    if row.provider.district_id != row.compound.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": row.provider.name},
            field="provider",
        )
    before, day = "", dt.date.min
    for step in own:
        if not rules.may_move(before, step.to_state):
            raise DomainError(_("The steps of this assignment do not follow each other."))
        if step.on < day:
            raise DomainError(
                _("The step of %(day)s comes before the one it follows.")
                % {"day": step.on.isoformat()}
            )
        if step.on > dates.today():
            raise DomainError(_("This day lies in the future."))
        before, day = step.to_state, step.on
    if (before == State.ENDED) != bool(row.end_reason):
        raise DomainError(_("Give the reason of the end."), field="end_reason")
    if row.end_reason and row.end_reason not in Assignment.EndReason.values:
        raise DomainError(_("The reason of the end is unknown."), field="end_reason")


def _made(
    row: PastAssignment, own: Sequence[PastStep], decision: int | None, *, by, batch: str
) -> Assignment:
    days = {step.to_state: step.on for step in own}
    one = Assignment(
        compound=row.compound,
        provider=row.provider,
        strategy=row.strategy,
        decision_id=decision,
        reason=row.reason[:300],
        document=(row.document or next((s.document for s in own if s.document), ""))[:150],
        planned_on=row.planned_on,
        state=own[-1].to_state,
        prepared_by=by,
        starts_on=days.get(State.ACTIVE),
        ended_on=days.get(State.ENDED),
        end_reason=row.end_reason,
        source=Assignment.Source.IMPORT,
        batch=batch,
    )
    one.place()
    return one


def _told(one: Assignment) -> audit.Act:
    changes = {
        "provider": [None, one.provider.name],
        "strategy": [None, one.strategy],
        "state": [None, one.state],
        "starts_on": [None, one.starts_on],
        "ended_on": [None, one.ended_on],
    }
    return audit.act_on("take_over", one, {k: v for k, v in changes.items() if v[1]})
