"""What the district decides: its norms from a day on, and its kinds of duties."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..models import Duty, DutyKind, Norm

NORM = "party.norm"


@transaction.atomic
def add_norm(*, by, facts: dict[str, Any]) -> Norm:
    """Enter norms from a day on. Raises NotAllowed, ValidationError."""
    row = Norm(**facts)
    by.scope.require(NORM, row.district)
    row.full_clean()
    row.save()
    audit.record("add", row, by=by, changes={name: [None, _noted(v)] for name, v in facts.items()})
    return row


@transaction.atomic
def change_norm(*, by, norm: Norm, version: int, changes: dict[str, Any]) -> Norm:
    """Correct norms. Raises NotAllowed, StaleRecord, ValidationError."""
    row = for_update(Norm.objects).get(pk=norm.pk)
    by.scope.require(NORM, row.district)
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.full_clean()
    row.save()
    noted = {name: [_noted(before[name]), _noted(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, changes=noted)
    return row


@transaction.atomic
def add_kind(*, by, facts: dict[str, Any]) -> DutyKind:
    """Name another kind of duty. Raises NotAllowed, ValidationError."""
    by.scope.require(NORM)
    row = DutyKind(**facts)
    row.full_clean()
    row.save(force_insert=True)
    audit.record("add", row, by=by, changes={name: [None, value] for name, value in facts.items()})
    return row


@transaction.atomic
def change_kind(*, by, kind: DutyKind, changes: dict[str, Any]) -> DutyKind:
    """Correct a kind of duty. Its seat stays while duties of the kind exist.

    Raises NotAllowed, DomainError, ValidationError.
    """
    by.scope.require(NORM)
    row = for_update(DutyKind.objects).get(pk=kind.pk)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if "seat" in changed and Duty.objects.filter(kind=row).exists():
        raise DomainError(
            _("Duties of this kind exist, so what it is held for stays. Name another kind."),
            field="seat",
        )
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(error.message_dict) from error
    row.save()
    audit.record(
        "change", row, by=by, changes={name: [before[name], v] for name, v in changed.items()}
    )
    return row


def _noted(value):
    return str(value) if hasattr(value, "pk") else value
