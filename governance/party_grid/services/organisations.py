"""Party organisations: found, change, dissolve, and the compounds they cover."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from ..models import OrganisationCover, PartyOrganisation
from ..rules import OrganisationKind, Reach, term_end
from .duties import EDIT, end_all, norms_of

FACTS = (
    "kind",
    "reach",
    "is_joint",
    "name",
    "parent",
    "grid",
    "compound",
    "building",
    "full_member_count",
    "founded_on",
    "document_number",
    "term_until",
)
CHANGEABLE = tuple(name for name in FACTS if name != "kind")
LEVELS = {
    OrganisationKind.DISTRICT_COMMITTEE: Level.DISTRICT,
    OrganisationKind.WORKING_COMMITTEE: Level.STREET,
    OrganisationKind.COMMUNITY_COMMITTEE: Level.COMMUNITY,
}
COVERING = (OrganisationKind.BRANCH, OrganisationKind.GROUP)


@transaction.atomic
def add_organisation(
    *,
    by,
    area: Area,
    facts: dict[str, Any],
    compounds: Iterable[Compound] | None = None,
    right: str = EDIT,
) -> PartyOrganisation:
    """Found an organisation in an area. Without `compounds` it covers the one it is of.

    Without an end of the term the norms give one from the day of its founding.
    Raises NotAllowed, DomainError, ValidationError.
    """
    area = for_update(Area.objects).get(pk=area.pk)
    by.scope.require(right, area)
    row = PartyOrganisation(**facts)
    row.place_in(area)
    if row.term_until is None and row.founded_on:
        row.term_until = term_end(row.founded_on, row.kind, norms_of(row))
    _check(row, area)
    row.save()
    if compounds is None and row.compound_id and row.kind in COVERING:
        compounds = [row.compound]
    covered = _set_compounds(row, compounds or [])
    changes = {name: [None, _noted(value)] for name, value in facts.items() if value}
    audit.record("found", row, by=by, changes={**changes, **covered})
    return row


@transaction.atomic
def change_organisation(
    *,
    by,
    organisation: PartyOrganisation,
    version: int,
    changes: dict[str, Any],
    compounds: Iterable[Compound] | None = None,
    reason: str = "",
    right: str = EDIT,
) -> PartyOrganisation:
    """Change facts of a standing organisation, and the compounds it covers where given.

    Raises NotAllowed, StaleRecord, DomainError, ValidationError.
    """
    row = _lock(by, organisation, version, right)
    if unknown := set(changes) - set(CHANGEABLE):
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    for name, value in changed.items():
        setattr(row, name, value)
    _check(row, row.community or row.street or row.district)
    covered = {} if compounds is None else _set_compounds(row, compounds)
    if not changed and not covered:
        return row
    row.version += 1
    row.save()
    noted = {name: [_noted(before[name]), _noted(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, reason=reason, changes={**noted, **covered})
    return row


@transaction.atomic
def set_compounds(
    *,
    by,
    organisation: PartyOrganisation,
    version: int,
    compounds: Iterable[Compound],
    reason: str = "",
    right: str = EDIT,
) -> PartyOrganisation:
    """Make the compounds that an organisation covers these. Raises as `change_organisation`."""
    return change_organisation(
        by=by,
        organisation=organisation,
        version=version,
        changes={},
        compounds=compounds,
        reason=reason,
        right=right,
    )


@transaction.atomic
def dissolve_organisation(
    *,
    by,
    organisation: PartyOrganisation,
    version: int,
    dissolved_on: dt.date,
    document_number: str,
    reason: str = "",
    right: str = EDIT,
) -> PartyOrganisation:
    """Dissolve an organisation by a document: its duties end that day, its covers are kept.

    Raises NotAllowed, StaleRecord, DomainError (organisations below it still stand).
    """
    row = _lock(by, organisation, version, right)
    if dissolved_on > dates.today():
        raise DomainError(_("This day lies in the future."), field="dissolved_on")
    if row.founded_on and dissolved_on < row.founded_on:
        raise DomainError(
            _("An organisation is dissolved after it was founded."), field="dissolved_on"
        )
    if not document_number.strip():
        raise DomainError(_("Give the number of the document."), field="document_number")
    below = row.children.standing().order_by("name").values_list("name", flat=True)[:4]
    if below:
        raise DomainError(
            _("Organisations below it still stand: %(names)s. Re-attach or dissolve them first.")
            % {"names": "、".join(below[:3]) + ("…" if len(below) > 3 else "")}
        )
    row.dissolved_on, row.dissolution_document = dissolved_on, document_number.strip()
    row.version += 1
    row.save()
    held = for_update(row.duties.held()).select_related("kind", "person")
    acts = end_all(held, dissolved_on, row.dissolution_document)
    noted = {
        "dissolved_on": [None, dissolved_on],
        "dissolution_document": [None, row.dissolution_document],
    }
    acts.append(audit.act_on("dissolve", row, noted))
    audit.record_many(acts, by=by, reason=reason)
    return row


def _lock(by, organisation: PartyOrganisation, version: int, right: str) -> PartyOrganisation:
    # The area first, as whoever applies a proposal does.
    area = organisation.community_id or organisation.street_id or organisation.district_id
    for_update(Area.objects).get(pk=area)
    row = for_update(PartyOrganisation.objects).get(pk=organisation.pk)
    by.scope.require(right, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.dissolved_on is not None:
        raise DomainError(_("This organisation has been dissolved."))
    return row


def _check(row: PartyOrganisation, area: Area) -> None:
    """The organisation fits its place, its parent and the constraints."""
    level = LEVELS.get(row.kind, Level.COMMUNITY)
    # Joint branches may reach beyond one community, so a branch may belong to the street.
    levels = {level, Level.STREET} if row.kind in COVERING else {level}
    if area.level not in levels:
        raise DomainError(_("This kind of organisation is not founded there."), field="kind")
    if row.parent_id:
        _check_parent(row)
    for name in ("grid", "compound", "building"):
        place = getattr(row, name)
        if place is not None and not _lies_in(place, area):
            raise DomainError(_("This lies outside the area of the organisation."), field=name)
    if row.building_id and row.compound_id and row.building.compound_id != row.compound_id:
        raise DomainError(_("The building is one of another compound."), field="building")
    if row.kind == OrganisationKind.BRANCH and not row.is_joint:
        needed = {Reach.COMPOUND: "compound", Reach.GRID: "grid"}.get(row.reach)
        if needed and getattr(row, f"{needed}_id") is None:
            raise DomainError(_("Say what the branch stands for."), field=needed)
    _refuse_breaches(row)


def _check_parent(row: PartyOrganisation) -> None:
    parent = for_update(PartyOrganisation.objects).get(pk=row.parent_id)
    if parent.dissolved_on is not None:
        raise DomainError(_("This organisation has been dissolved."), field="parent")
    if row.kind == OrganisationKind.GROUP and parent.kind != OrganisationKind.BRANCH:
        raise DomainError(_("A group belongs to a branch."), field="parent")
    if parent.kind >= row.kind or parent.district_id != row.district_id:
        raise DomainError(
            _("The organisation above is of a higher level and of the same district."),
            field="parent",
        )
    for column in ("street_id", "community_id"):
        above = getattr(parent, column)
        if above is not None and above != getattr(row, column):
            raise DomainError(_("The organisation above lies elsewhere."), field="parent")


_FIELDS = {
    "partyorg_parent": "parent",
    "partyorg_reach": "reach",
    "partyorg_term_after_founding": "term_until",
    "partyorg_compound_branch_once": "compound",
    "partyorg_grid_branch_once": "grid",
    "partyorg_name_once": "name",
}


def _refuse_breaches(row: PartyOrganisation) -> None:
    """What the database would refuse, beside its field."""
    row.full_clean(
        exclude=["district", "street", "community", "compounds"], validate_constraints=False
    )
    for constraint in row._meta.constraints:
        try:
            constraint.validate(PartyOrganisation, row)
        except ValidationError as error:
            field = _FIELDS.get(constraint.name)
            raise DomainError("；".join(error.messages), field=field) from error


def _lies_in(place, area: Area) -> bool:
    column = {Level.DISTRICT: "district_id", Level.STREET: "street_id"}.get(
        area.level, "community_id"
    )
    return getattr(place, column) == area.pk


def _set_compounds(row: PartyOrganisation, compounds: Iterable[Compound]) -> dict[str, list]:
    """Make the covers these; what changed, for the record."""
    wanted = {compound.pk: compound for compound in compounds}
    if wanted and row.kind not in COVERING:
        raise DomainError(_("Only branches and groups cover compounds."), field="compounds")
    for compound in wanted.values():
        column = "community_id" if row.community_id else "street_id"
        if getattr(compound, column) != getattr(row, column):
            raise DomainError(
                _("%(name)s lies outside the area of the organisation.") % {"name": compound},
                field="compounds",
            )
    held = dict(row.covers.values_list("compound_id", "compound__name"))
    if gone := set(held) - set(wanted):
        row.covers.filter(compound__in=gone).delete()
    new = [pk for pk in wanted if pk not in held]
    there = for_update(Compound.objects.active()).filter(pk__in=new)
    if len(there.order_by("pk").values_list("pk")) < len(new):
        raise DomainError(
            _("A merged or demolished compound can no longer be changed."), field="compounds"
        )
    OrganisationCover.objects.bulk_create(
        OrganisationCover(organisation=row, compound_id=pk) for pk in new
    )
    if not gone and not new:
        return {}
    return {
        "compounds": [sorted(held.values()), sorted(compound.name for compound in wanted.values())]
    }


def _noted(value):
    return str(value) if hasattr(value, "pk") else value
