"""Writing the classes of party members, from data entry."""

import dataclasses
from typing import Any

from django.db import transaction

from governance.audit import services as audit
from governance.foundation.locks import for_update

from .models import MemberClass

NORM = "party.norm"


@transaction.atomic
def add_class(*, by, facts: dict[str, Any]) -> MemberClass:
    """Add a class of party members.  Raises NotAllowed, ValidationError."""
    by.scope.require(NORM)
    row = MemberClass(**facts)
    row.full_clean()
    row.save(force_insert=True)
    told = {name: [None, value] for name, value in facts.items() if value != ""}
    _record_class("add", row, by=by, changes=told)
    return row


@transaction.atomic
def change_class(*, by, row: MemberClass, changes: dict[str, Any]) -> MemberClass:
    """Rename a class, move it, or take it out of use.  Raises NotAllowed, ValidationError."""
    by.scope.require(NORM)
    row = for_update(MemberClass.objects).get(pk=row.pk)
    told = {n: [getattr(row, n), v] for n, v in changes.items() if getattr(row, n) != v}
    if not told:
        return row
    for name, value in changes.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    _record_class("change", row, by=by, changes=told)
    return row


def _record_class(verb: str, row: MemberClass, *, by, changes: dict) -> None:
    """A class belongs to no place: its entries lie in the district of whoever wrote it."""
    act = audit.act_on(verb, row, changes)
    place = (min(by.scope.in_districts(NORM)), None, None)
    audit.record_many([dataclasses.replace(act, place=place)], by=by)
