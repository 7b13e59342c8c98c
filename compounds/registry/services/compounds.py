"""Writing a compound: add, correct, merge, demolish."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.foundation.texts import render
from governance.organisation.models import Area

from .. import rules
from ..models import Building, Compound, Status
from . import leaving, moving, tallies

# What people may edit; everything else is decided or derived.
EDITABLE = (
    "name",
    "kind",
    "address",
    "built_year",
    "building_count",
    "entrance_count",
    "household_count",
    "resident_count",
    "floor_area_m2",
    "chargeable_area_m2",
    "ownership",
    "unit_name",
    "unit_state",
    "unit_distance_m",
    "renovation",
    "renovation_year",
    "is_enclosed",
    "is_contiguous",
    "contiguity_group",
    "management_mode",
    "property_rooms_m2",
    "parking_spaces",
    "lift_count",
    "has_committee",
    "problems",
    "problem_tags",
    "lacks_unit",
    "lacks_service",
    "lacks_defence",
    "is_three_none",
    "check_pipes",
    "check_power",
    "check_road",
    "check_gate",
    "longitude",
    "latitude",
    "surveyor",
    "surveyed_on",
)


class OutsideScope(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The row would leave the writer's posts; nothing was saved."""

    def __init__(self, message=None):
        super().__init__(
            message or _("This place lies outside your posts; nothing was saved."),
            field="community",
        )


def next_codes(community: Area, count: int = 1) -> list[str]:
    """The next free compound codes of a community, in order."""
    last = (
        Compound.objects.filter(code__startswith=f"{community.code}-")
        .order_by("-code")
        .values_list("code", flat=True)
        .first()
    )
    serial = int(last.rsplit("-", 1)[1]) if last else 0
    return [f"{community.code}-{serial + step:04d}" for step in range(1, count + 1)]


def check_place(by, right: str, row) -> None:
    """Read again through the writer's scope: roll back where the row is no longer there."""
    if not by.scope.can(right, row):
        raise OutsideScope


@transaction.atomic
def add_compound(*, by, community: Area, facts: dict[str, Any], source: str = "") -> Compound:
    """Enter a compound found in the field.

    Raises OutsideScope, ValidationError (facts that cannot be, a name taken).
    """
    community = for_update(Area.objects).get(pk=community.pk)
    compound = Compound(community=community, **facts)
    compound.code = compound.code or next_codes(community)[0]
    compound.place()
    check_place(by, "registry.edit", compound)
    _validate(compound)
    note_sources(compound, facts, source, compound.surveyed_on)
    history.signed(compound, by=by).save()
    tallies.refresh([community.pk])
    audit.record("add", compound, by=by, changes={k: [None, v] for k, v in facts.items()})
    return compound


@transaction.atomic
def change_compound(
    *,
    by,
    compound: Compound,
    version: int,
    changes: dict[str, Any],
    source: str = "",
    dated_on=None,
    reason: str = "",
) -> Compound:
    """Correct facts of a compound; `version` is the one the form was opened with.

    Raises StaleRecord (with the present row), OutsideScope, ValidationError.
    """
    row = for_update(Compound.objects).get(pk=compound.pk)
    check_place(by, "registry.edit", row)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if row.version != version:
        raise StaleRecord(current=row)
    if not changed:
        return row
    if row.status != Status.ACTIVE:
        raise DomainError(_("A merged or demolished compound can no longer be changed."))
    before = {name: getattr(row, name) for name in changed}
    communities = {row.community_id}
    for name, value in changed.items():
        setattr(row, name, value)
    row.place()
    check_place(by, "registry.edit", row)
    communities.add(row.community_id)
    _validate(row)
    note_sources(row, changed, source, dated_on)
    has_left = settle_decision(row)
    row.version += 1
    history.signed(row, by=by, reason=reason).save()
    tallies.refresh(communities)
    if has_left:
        leaving.tell([row.pk], by=by, reason=reason)
    audit.record(
        "change",
        row,
        by=by,
        reason=reason,
        changes={name: [before[name], value] for name, value in changed.items()},
    )
    return row


@transaction.atomic
@audit.held()
def merge_compound(*, by, compound: Compound, into: Compound, version: int, reason: str):
    """Merge a compound into another one of the same street.

    Its buildings move along, and so does whatever else follows it (invitations, attachments),
    except a row that the other compound has already: the same provider in the same round, the
    same file. Those stay with the merged compound, where its dossier shows them.
    Raises StaleRecord, OutsideScope, DomainError.
    """
    rows = {
        row.pk: row for row in for_update(Compound.objects).filter(pk__in=[compound.pk, into.pk])
    }
    row, target = rows[compound.pk], rows[into.pk]
    for place in (row, target):
        check_place(by, "registry.merge", place)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.pk == target.pk:
        raise DomainError(_("A compound cannot be merged into itself."), field="into")
    if row.status != Status.ACTIVE or target.status != Status.ACTIVE:
        raise DomainError(_("Only active compounds can be merged."), field="into")
    if row.street_id != target.street_id:
        raise DomainError(_("Only compounds of the same street can be merged."), field="into")
    taken = set(target.buildings.values_list("number", flat=True))
    for building in row.buildings.select_related("compound"):
        building.number = _free_number(building.number, row.name, taken)
        taken.add(building.number)
        building.compound = target
        building.version += 1
        history.signed(building, by=by, reason=reason).save()
        for entrance in building.entrances.all():
            history.signed(entrance, by=by, reason=reason).save()
    _move_followers(row, target, by=by, reason=reason)
    row.status, row.merged_into = Status.MERGED, target
    row.strategy, row.decision = "", ""
    row.version += 1
    history.signed(row, by=by, reason=reason).save()
    tallies.refresh({row.community_id, target.community_id})
    leaving.tell([row.pk], by=by, reason=reason)
    if row.community_id != target.community_id:
        moving.tell([target.pk], by=by, reason=reason)
    audit.record(
        "merge",
        row,
        by=by,
        reason=reason,
        changes={"merged_into": [None, f"{target.code} {target.name}"]},
    )
    audit.record("receive", target, by=by, reason=reason, changes={"merged": [None, row.code]})
    return row


def _move_followers(row: Compound, target: Compound, *, by, reason: str) -> None:
    """Move the rows of models that say `follows_merges`, where no constraint forbids it."""
    for relation in Compound._meta.related_objects:
        model = relation.related_model
        if not getattr(model, "follows_merges", False):
            continue
        held = for_update(model._default_manager).filter(**{relation.field.name: row})
        for follower in held.order_by("pk"):
            setattr(follower, relation.field.name, target)
            try:
                follower.validate_constraints()
            except ValidationError:
                continue
            if hasattr(follower, "version"):
                follower.version += 1
            history.signed(follower, by=by, reason=reason).save()


def _free_number(number: str, owner: str, taken: set[str]) -> str:
    """A building number that the target has not got yet: the old compound's name goes in front."""
    if number not in taken:
        return number
    length = Building._meta.get_field("number").max_length
    named = f"{owner[: length - len(number) - 1]} {number}"[:length]
    serial = 2
    while named in taken:
        named = f"{number[: length - 4]} {serial}"
        serial += 1
    return named


@transaction.atomic
def demolish_compound(*, by, compound: Compound, version: int, reason: str) -> Compound:
    """Record that a compound was demolished. Raises StaleRecord, OutsideScope, DomainError."""
    row = for_update(Compound.objects).get(pk=compound.pk)
    check_place(by, "registry.merge", row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.status != Status.ACTIVE:
        raise DomainError(_("Only an active compound can be demolished."))
    row.status, row.strategy, row.decision = Status.DEMOLISHED, "", ""
    row.version += 1
    history.signed(row, by=by, reason=reason).save()
    tallies.refresh([row.community_id])
    leaving.tell([row.pk], by=by, reason=reason)
    audit.record(
        "demolish", row, by=by, reason=reason, changes={"status": ["ACTIVE", "DEMOLISHED"]}
    )
    return row


def contradictions(compound: Compound, today: dt.date) -> dict[str, str]:
    """What cannot be so, by field, in the present language."""
    facts = {name: getattr(compound, name) for name in rules.CONTRADICTABLE}
    found = rules.contradictions(facts, today)
    return {field: render(message, values) for field, message, values in found}


def _validate(compound: Compound) -> None:
    errors = contradictions(compound, dates.today())
    twin = (
        Compound.objects.active()
        .filter(community_id=compound.community_id, name=compound.name)
        .exclude(pk=compound.pk)
        .values_list("code", flat=True)
        .first()
    )
    if twin:
        errors["name"] = _("This community already has a compound of this name: %(code)s.") % {
            "code": twin
        }
    if errors:
        raise ValidationError(errors)
    compound.derive()
    compound.full_clean(exclude=["street", "district"])


def note_sources(compound: Compound, facts: dict, source: str, dated_on) -> None:
    """Remember where corrected facts come from; facts of the survey need no note."""
    if not source:
        return
    day = (dated_on or dates.today()).isoformat()
    notes = {name: [source, day] for name in facts if name in rules.DERIVED_FROM or "_" in name}
    compound.provenance = {**compound.provenance, **notes}


def settle_decision(compound: Compound) -> bool:
    """A compound that has come under management leaves the classification: whether it has."""
    has_left = not rules.is_unmanaged(compound.management_mode, compound.stage)
    if has_left:
        compound.strategy, compound.decision = "", ""
    return has_left
