"""Lists of what is handed over with a compound: begun from the usual lines, then edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError

from .. import rules
from ..models import PROPOSE, Assignment, HandoverItem
from .common import State, clean, locked_one

FIELDS = ("kind", "description", "quantity", "condition", "done_on", "note")
# In which states a list may be written.
WRITTEN_IN = {
    HandoverItem.Direction.IN: (State.DISTRICT_APPROVED, State.ACTIVE),
    HandoverItem.Direction.OUT: (State.ACTIVE, State.ENDED),
}


def add_default_lines(rows: Sequence[Assignment], direction: str) -> int:
    """The usual lines for assignments that have none in this direction; how many were begun."""
    begun = set(
        HandoverItem.objects.filter(
            assignment_id__among=[row.pk for row in rows], direction=direction
        ).values_list("assignment_id", flat=True)
    )
    # Stored texts are in the language of the office, whoever approves.
    with translation.override(settings.LANGUAGE_CODE):
        usual = [(line.kind, str(line.description)) for line in rules.DEFAULT_LINES[direction]]
    items = [
        HandoverItem(
            assignment=row,
            direction=direction,
            kind=kind,
            description=description,
            district_id=row.district_id,
            street_id=row.street_id,
            community_id=row.community_id,
        )
        for row in rows
        if row.pk not in begun
        for kind, description in usual
    ]
    bulk.insert_many(HandoverItem, items)
    return len(rows) - len(begun)


def may_write(row: Assignment, direction: str) -> bool:
    return row.state in WRITTEN_IN[HandoverItem.Direction(direction)]


@transaction.atomic
def start_handover(*, by, assignment: Assignment, version: int, direction: str) -> int:
    """Begin a list from the usual lines; nothing if it was begun. How many lists were begun.

    Raises NotAllowed, StaleRecord, DomainError (not in this state).
    """
    row = _held(by, assignment, version, direction)
    begun = add_default_lines([row], direction)
    if begun:
        audit.record("start_handover", row, by=by, changes={"direction": [None, direction]})
    return begun


@transaction.atomic
def edit_handover(
    *,
    by,
    assignment: Assignment,
    version: int,
    direction: str,
    lines: Iterable[Mapping[str, Any]],
) -> Assignment:
    """Write the list of one direction as given: lines with `pk` are changed, those without added.

    What is not named is taken out. Days are not before the assignment was proposed nor to come.
    Raises NotAllowed, StaleRecord, DomainError, ValidationError.
    """
    row = _held(by, assignment, version, direction)
    held = {one.pk: one for one in row.handover.filter(direction=direction)}
    acts: list[dict[str, list]] = []
    kept = set()
    for line in lines:
        values = {name: line.get(name) for name in FIELDS if name in line}
        pk = line.get("pk")
        item = held.get(pk) if pk else HandoverItem(assignment=row, direction=direction)
        if item is None:
            raise DomainError(_("A line of this list was taken out meanwhile."))
        before = {name: getattr(item, name) for name in FIELDS}
        for name, value in values.items():
            setattr(item, name, value)
        _check(item)
        kept.add(item.pk)
        changed = {
            n: [before[n], getattr(item, n)] for n in FIELDS if before[n] != getattr(item, n)
        }
        if item.pk is None or changed:
            item.version += item.pk is not None
            item.save()
            kept.add(item.pk)
            acts.append({"line": [None, item.description], **changed})
    gone = [one for pk, one in held.items() if pk not in kept]
    for one in gone:
        acts.append({"line": [one.description, None]})
        one.delete()
    if not acts:
        return row
    row.version += 1
    row._history_user = by
    row.save()
    told = [audit.act_on("edit_handover", row, {"direction": [None, direction], **act})
            for act in acts]  # fmt: skip
    audit.record_many(told, by=by)
    return row


def _held(by, assignment: Assignment, version: int, direction: str) -> Assignment:
    row = locked_one(assignment, version)
    by.scope.require(PROPOSE, row)
    if not may_write(row, direction):
        raise DomainError(_("In this state nothing is handed over in this direction."))
    return row


def _check(item: HandoverItem) -> None:
    item.place()
    clean(item)
    if item.done_on and item.done_on > dates.today():
        raise ValidationError({"done_on": _("This day lies in the future.")})
