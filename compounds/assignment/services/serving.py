"""From approval to service and to its end, and one provider after another."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Stage
from compounds.registry.services.leaving import News
from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from .. import questions, rules
from ..errors import NotOpen
from ..models import APPROVE, PROPOSE, REVIEW, Assignment
from . import telling
from .common import State, check_move, locked_one, move, need, not_to_come, require_any
from .handover import add_default_lines

EndReason = Assignment.EndReason
# Stages of a clearing case in which somebody serves.
CASE_SERVED = frozenset({Stage.SERVING, Stage.ACCEPTED, Stage.CLEARED})
# Told of compounds (ids) whose provider a successor has replaced, before that is recorded.
replaced = News()


def is_case_served(row: Assignment) -> bool:
    return row.state == State.ACTIVE and row.compound.stage in CASE_SERVED


@transaction.atomic
def activate_assignment(
    *, by, assignment: Assignment, starts_on: dt.date, document: str = "", batch: str = ""
) -> Assignment:
    """An approved assignment serves from a day on. What it replaces ends on that day.

    The caller has checked the right and what must come before (contract, hand-over).
    Raises NotOpen, DomainError (a day to come, or before the one it replaces began).
    """
    row = locked_one(assignment, None)
    check_move(row, State.ACTIVE)
    not_to_come(starts_on, "starts_on")
    present = for_update(Assignment.objects.active())
    present = present.select_related("compound", "provider").filter(compound=row.compound_id)
    acts: list[audit.Act] = []
    for one in present:
        if one.pk != row.replaces_id:
            raise NotOpen(_("Another provider already serves this compound."))
        acts += _end(
            one, starts_on, EndReason.REPLACED, by=by, document=document, reason="", batch=batch
        )
    acts += move(
        [row],
        State.ACTIVE,
        by=by,
        verb="activate",
        on=starts_on,
        document=document.strip(),
        batch=batch,
        starts_on=starts_on,
    )
    if row.replaces_id:
        replaced.tell([row.compound_id], by=by)
    telling.done(row)
    audit.record_many(acts, by=by, batch=batch)
    return row


@transaction.atomic
def replace_assignment(
    *, by, assignment: Assignment, version: int, starts_on: dt.date, document: str = ""
) -> Assignment:
    """An approved successor takes over from the present provider, when all is handed over to it.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (it replaces nobody, lines still open).
    """
    row = locked_one(assignment, version)
    by.scope.require(PROPOSE, row)
    check_move(row, State.ACTIVE)
    if row.replaces_id is None:
        raise NotOpen(_("A first provider begins to serve by the step of its clearing case."))
    left = questions.handover_left([row.pk], rules.IN)[row.pk]
    if left:
        raise DomainError(
            _("%(count)s lines of the hand-over list have no day yet.") % {"count": left}
        )
    return activate_assignment(by=by, assignment=row, starts_on=starts_on, document=document)


@transaction.atomic
def end_assignment(
    *,
    by,
    assignment: Assignment,
    version: int,
    ended_on: dt.date,
    end_reason: str,
    reason: str = "",
    document: str = "",
) -> Assignment:
    """Record that a provider serves a compound no longer; its list of handing back is begun.

    Where the clearing case says served, it ends by a successor or by a confirmed loss. Raises
    NotAllowed, StaleRecord, NotOpen, DomainError (served, a day to come or before it began, an
    unknown reason).
    """
    row = locked_one(assignment, version)
    right = require_any(by, (PROPOSE, REVIEW, APPROVE), row)
    if end_reason != EndReason.LOST and is_case_served(row):
        raise DomainError(
            _(
                "The campaign counts this compound as served: let a successor take over, or report "
                "the loss of its service."
            )
        )
    acts = _end(
        row, ended_on, end_reason, by=by, right=right, document=document, reason=reason.strip()
    )
    audit.record_many(acts, by=by, reason=reason.strip())
    return row


def _end(
    row: Assignment,
    ended_on: dt.date,
    end_reason: str,
    *,
    by,
    document: str,
    reason: str,
    right: str = "",
    batch: str = "",
) -> list[audit.Act]:
    check_move(row, State.ENDED)
    not_to_come(ended_on, "ended_on")
    if end_reason not in EndReason.values:
        raise DomainError(_("Give the reason of the end."), field="end_reason")
    if end_reason in (EndReason.DISMISSED, EndReason.RESIGNED):
        need(reason)
    if ended_on < row.starts_on:
        raise DomainError(
            _("It served from %(day)s; it cannot end before.") % {"day": row.starts_on.isoformat()},
            field="ended_on",
        )
    acts = move(
        [row],
        State.ENDED,
        by=by,
        verb="end",
        right=right,
        on=ended_on,
        document=document.strip(),
        reason=reason,
        batch=batch,
        ended_on=ended_on,
        end_reason=str(end_reason),
    )
    add_default_lines([row], rules.OUT)
    return acts
