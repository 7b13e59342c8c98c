"""Writing buildings with their entrances, and corrections of adjacency."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..models import Adjacency, Building, Compound, Entrance, Status
from .compounds import OutsideScope, check_place

Entrances = list[tuple[str, int | None]]


def _locked(by, compound: Compound) -> Compound:
    row = for_update(Compound.objects).get(pk=compound.pk)
    check_place(by, "registry.edit", row)
    if row.status != Status.ACTIVE:
        raise DomainError(_("A merged or demolished compound can no longer be changed."))
    return row


@transaction.atomic
def add_building(
    *, by, compound: Compound, facts: dict[str, Any], entrances: Entrances
) -> Building:
    """Enter a building and its entrances.  Raises OutsideScope, ValidationError."""
    row = _locked(by, compound)
    building = Building(compound=row, **facts)
    _check(building)
    history.signed(building, by=by).save()
    _set_entrances(building, entrances, by)
    audit.record("add_building", row, by=by, changes={"building": [None, building.number]})
    return building


@transaction.atomic
def change_building(
    *, by, building: Building, version: int, facts: dict[str, Any], entrances: Entrances
) -> Building:
    """Correct a building and its entrances.  Raises StaleRecord, OutsideScope, ValidationError."""
    compound = _locked(by, building.compound)
    row = for_update(Building.objects).get(pk=building.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in facts}
    changes = {
        name: [before[name], value] for name, value in facts.items() if before[name] != value
    }
    for name, value in facts.items():
        setattr(row, name, value)
    row.compound = compound
    _check(row)
    listed = [(e.number, e.household_count) for e in row.entrances.order_by("pk")]
    if listed != entrances:
        changes["entrances"] = [_in_words(listed), _in_words(entrances)]
        _set_entrances(row, entrances, by)
    if not changes:
        return row
    row.version += 1
    history.signed(row, by=by).save()
    audit.record(
        "change_building", compound, by=by, changes={"building": [None, row.number], **changes}
    )
    return row


@transaction.atomic
def delete_building(*, by, building: Building, version: int, reason: str) -> None:
    """Delete a building that was entered by mistake, with its entrances.

    Raises StaleRecord, OutsideScope, DomainError (records of other rooms hang on it).
    """
    compound = _locked(by, building.compound)
    row = for_update(Building.objects).get(pk=building.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    for entrance in row.entrances.all():
        _delete(entrance, by, reason)
    _delete(row, by, reason)
    audit.record(
        "delete_building",
        compound,
        by=by,
        reason=reason,
        changes={"building": [building.number, None]},
    )


def _check(building: Building) -> None:
    building.place()
    if building.floor_area_m2 is not None and building.floor_area_m2 < 0:
        raise ValidationError({"floor_area_m2": _("An area cannot be negative.")})
    twins = Building.objects.filter(compound=building.compound, number=building.number)
    if twins.exclude(pk=building.pk).exists():
        raise ValidationError({"number": _("This compound already has this building.")})
    building.full_clean(exclude=["street", "district", "community"], validate_constraints=False)


def _set_entrances(building: Building, entrances: Entrances, by) -> None:
    """Make the entrances what the list says; those that stay keep their rows."""
    kept = {entrance.number: entrance for entrance in building.entrances.all()}
    numbers = [number for number, _count in entrances]
    if len(set(numbers)) != len(numbers):
        raise ValidationError({"entrances": _("An entrance is listed twice.")})
    for number, entrance in kept.items():
        if number not in numbers:
            _delete(entrance, by, field="entrances")
    for number, count in entrances:
        entrance = kept.get(number)
        if entrance is None:
            entrance = Entrance(building=building, number=number, household_count=count)
            history.signed(entrance, by=by).save()
        elif entrance.household_count != count:
            entrance.household_count = count
            entrance.version += 1
            history.signed(entrance, by=by).save()


def _delete(row: Building | Entrance, by, reason: str = "", *, field: str | None = None) -> None:
    """Delete a row unless records of later rooms hang on it, such as the duties of its heads."""
    try:
        history.signed(row, by=by, reason=reason).delete()
    except models.ProtectedError as error:
        kinds = {capfirst(str(one._meta.verbose_name_plural)) for one in error.protected_objects}
        raise DomainError(
            _("%(name)s stays, because other records name it: %(kinds)s.")
            % {"name": row.number, "kinds": "、".join(sorted(kinds))},
            field=field,
        ) from error


def _in_words(entrances: Entrances) -> str:
    return "、".join(f"{number} {count}" if count else number for number, count in entrances)


@transaction.atomic
def correct_adjacency(
    *, by, compound: Compound, other: Compound, is_adjacent: bool | None, reason: str
) -> None:
    """State that two compounds are adjacent or not, whatever their location; None takes it back.

    Raises OutsideScope, DomainError.
    """
    if compound.pk == other.pk:
        raise DomainError(_("A compound is no neighbour of itself."), field="other")
    rows = {
        row.pk: row
        for row in for_update(Compound.objects)
        .filter(pk__in=[compound.pk, other.pk])
        .order_by("pk")
    }
    check_place(by, "registry.edit", rows[compound.pk])
    if not by.scope.can("registry.view", rows[other.pk]):
        raise OutsideScope
    if any(row.status != Status.ACTIVE for row in rows.values()):
        raise DomainError(_("A merged or demolished compound can no longer be changed."))
    first, second = sorted(rows.values(), key=lambda row: row.pk)
    found = for_update(Adjacency.objects).filter(compound=first, other=second).first()
    before = found.is_adjacent if found else None
    if before == is_adjacent and (found is None or found.reason == reason):
        return
    if is_adjacent is None:
        found.delete()
    elif found:
        found.is_adjacent, found.reason = is_adjacent, reason
        found.version += 1
        found.save()
    else:
        Adjacency.objects.create(
            compound=first, other=second, is_adjacent=is_adjacent, reason=reason
        )
    for row, its_other in ((first, second), (second, first)):
        audit.record(
            "correct_adjacency",
            row,
            by=by,
            reason=reason,
            changes={
                "other": [None, f"{its_other.code} {its_other.name}"],
                "is_adjacent": [before, is_adjacent],
            },
        )


__all__ = [
    "add_building",
    "change_building",
    "correct_adjacency",
    "delete_building",
]
