"""What verbs of this room share: the lock on rows, the recorded step, the notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update

from .. import rules
from ..errors import NotOpen
from ..models import Assignment, AssignmentStep

State = Assignment.State


def clean(row) -> None:
    """Check the plain fields of a row: what it refers to was read here, and is not asked again."""
    row.clean_fields(
        exclude=[field.name for field in row._meta.concrete_fields if field.is_relation]
    )


def require_any(by, rights: Iterable[str], row) -> str:
    """The first of some rights that a post grants for a row. Raises NotAllowed."""
    for right in rights:
        if by.scope.can(right, row):
            return right
    raise NotAllowed()


def post_of(by, right: str, row) -> str:
    """The post by which somebody acts: area and role, as text that outlives the post."""
    if by is None:
        return ""
    held = [grant for grant in by.scope.grants if not right or right in grant.rights]
    near = [grant for grant in held if grant.area in (row.district_id, row.street_id)]
    for grant in (*near, *held, *by.scope.grants):
        return f"{grant.area_name}·{grant.role.value}"
    return ""


def not_to_come(day: dt.date, field: str) -> None:
    if day > dates.today():
        raise DomainError(_("This day lies in the future."), field=field)


def need(reason: str, field: str = "reason") -> str:
    """A reason, stripped. Raises DomainError if there is none."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Give a reason."), field=field)
    return reason


def locked(assignments: Iterable[Assignment]) -> list[Assignment]:
    """The rows, locked: compounds first and then assignments, each in the order of their ids."""
    ids = {row.pk for row in assignments}
    owners = Assignment.objects.filter(pk__in=ids).values("compound")
    list(for_update(Compound.objects).filter(pk__in=owners).order_by("pk"))
    return list(
        for_update(Assignment.objects)
        .select_related("compound", "provider", "compound__community")
        .filter(pk__in=ids)
        .order_by("pk")
    )


def locked_one(assignment: Assignment, version: int | None) -> Assignment:
    """One row, locked, as the caller has seen it. Raises StaleRecord."""
    (row,) = locked([assignment])
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return row


def check_move(row: Assignment, to: str) -> None:
    """Raise NotOpen unless the step is one of the way."""
    if not rules.may_move(row.state, to):
        raise NotOpen(
            _("%(compound)s is %(state)s: this step is not possible from there.")
            % {"compound": row.compound, "state": row.get_state_display()}
        )


def move(
    rows: Sequence[Assignment],
    to: str,
    *,
    by,
    verb: str,
    right: str = "",
    on: dt.date | None = None,
    document: str = "",
    reason: str = "",
    batch: str = "",
    **fields: Any,
) -> list[audit.Act]:
    """Take rows of one state to the next one, with what the step sets; answers what to record.

    Five statements, however many rows. Callers hold the rows and have checked the step.
    """
    ids = [row.pk for row in rows]
    Assignment.objects.filter(pk__in=ids).update(
        state=to, version=F("version") + 1, updated_at=timezone.now(), **fields
    )
    history.record_versions(Assignment, ids, kind=history.CHANGED, by=by, reason=reason)
    acts = []
    steps = []
    for row in rows:
        changes: dict[str, list] = {"state": [row.state, to]}
        for name, value in fields.items():
            before = getattr(row, name)
            if before != value and not hasattr(value, "pk") and not hasattr(before, "pk"):
                changes[name] = [before, value]
        if document:
            changes["document"] = [None, document]
        acts.append(audit.act_on(verb, row, changes))
        steps.append(
            step_of(
                row, row.state, to, by=by, right=right, on=on, document=document, reason=reason,
                batch=batch,
            )
        )  # fmt: skip
        row.state, row.version = to, row.version + 1
        for name, value in fields.items():
            setattr(row, name, value)
    AssignmentStep.objects.bulk_create(steps, batch_size=500)
    return acts


def step_of(
    row: Assignment,
    before: str,
    after: str,
    *,
    by,
    right: str = "",
    on: dt.date | None = None,
    document: str = "",
    reason: str = "",
    batch: str = "",
) -> AssignmentStep:
    """A step, not yet written."""
    return AssignmentStep(
        assignment=row,
        from_state=before,
        to_state=after,
        on=on or dates.today(),
        at=timezone.now(),
        by=by,
        post=post_of(by, right, row),
        document=document[:150],
        reason=reason[:300],
        batch=batch,
    )
