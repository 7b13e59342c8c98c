"""Grids and micro-grids: draw, change, and what they cover."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Building, Compound, Entrance, Status
from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level
from governance.organisation.rules import boundary_problem, outline_of

from ..models import GridCover
from .duties import EDIT

CHANGEABLE = ("name", "extent", "boundary")
# Last number of a code of each level.
LAST = {Level.GRID: 999, Level.MICRO_GRID: 99}


@transaction.atomic
def add_grid(
    *, by, parent: Area, name: str, code: str = "", extent: str = "", boundary=None
) -> Area:
    """Draw a grid in a community, or a micro-grid in a grid; its code is the next free one.

    Raises NotAllowed, DomainError, ValidationError.
    """
    above = for_update(Area.objects).get(pk=parent.pk)
    by.scope.require(EDIT, above)
    if above.level not in (Level.COMMUNITY, Level.GRID) or above.merged_into_id:
        raise DomainError(_("A grid lies in a community, a micro-grid in a grid."), field="parent")
    area = Area(
        level=above.level + 1,
        code=code or next_code(above),
        name=name.strip(),
        parent=above,
        extent=extent.strip(),
        boundary=boundary,
        is_sample=above.is_sample,
    )
    _check(area)
    area.save()
    noted = {"code": [None, area.code], "name": [None, area.name], "extent": [None, area.extent]}
    audit.record("add", area, by=by, changes={k: pair for k, pair in noted.items() if pair[1]})
    return area


@transaction.atomic
def change_grid(*, by, grid: Area, version: int, changes: dict[str, Any], reason: str = "") -> Area:
    """Correct name, extent or boundary. Raises NotAllowed, StaleRecord, ValidationError."""
    row = _lock(by, grid, version)
    if unknown := set(changes) - set(CHANGEABLE):
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    _check(row)
    row.save()
    noted = {name: [_brief(before[name]), _brief(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, reason=reason, changes=noted)
    return row


@transaction.atomic
def set_cover(
    *,
    by,
    grid: Area,
    compound: Compound,
    is_whole: bool,
    buildings: Iterable[Building] = (),
    entrances: Iterable[Entrance] = (),
    version: int | None = None,
    reason: str = "",
) -> list[GridCover]:
    """Make these parts of a compound, or the whole of it, what the grid covers of it.

    Nothing named takes the compound out of the grid. A part named by another grid of the level
    is refused. `version`: of the grid that was shown. Raises NotAllowed, StaleRecord, DomainError.
    """
    row = _lock(by, grid, version)
    place = for_update(Compound.objects).get(pk=compound.pk)
    if place.community_id != row.community_id:
        raise DomainError(_("A grid covers compounds of its own community."), field="compound")
    if place.status != Status.ACTIVE and (is_whole or buildings or entrances):
        raise DomainError(_("A merged or demolished compound can no longer be changed."))
    wanted = _wanted(row, place, is_whole, list(buildings), list(entrances))
    held = {
        (one.building_id, one.entrance_id): one
        for one in for_update(row.covers)
        .filter(compound=place)
        .select_related("compound", "building", "entrance")
    }
    gone = [one for key, one in held.items() if key not in wanted]
    new = [one for key, one in wanted.items() if key not in held]
    _refuse_taken(row, new)
    before = [_name(one) for one in held.values()]
    GridCover.objects.filter(pk__in=[one.pk for one in gone]).delete()
    for one in new:
        one.save()
    if gone or new:
        row.version += 1
        row.save()
        after = [_name(one) for one in wanted.values()]
        audit.record(
            "cover" if wanted else "uncover",
            row,
            by=by,
            reason=reason,
            changes={"covers": [before, after], "compound": [None, place.name]},
        )
    return list(row.covers.filter(compound=place))


def next_code(above: Area) -> str:
    """The next free code below a community or grid. Raises DomainError where none is left."""
    last = LAST[Level(above.level + 1)]
    width = len(str(last))
    taken = set(above.children.values_list("code", flat=True))
    for number in range(1, last + 1):
        code = f"{above.code}{number:0{width}d}"
        if code not in taken:
            return code
    raise DomainError(_("There is no free code left under %(name)s.") % {"name": above})


def _lock(by, grid: Area, version: int | None = None) -> Area:
    row = for_update(Area.objects).get(pk=grid.pk)
    by.scope.require(EDIT, row)
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    if row.merged_into_id:
        raise DomainError(_("This area was merged into another one."))
    return row


def _check(area: Area) -> None:
    if area.boundary is not None and (problem := boundary_problem(area.boundary)):
        raise ValidationError({"boundary": problem})
    area.full_clean(exclude=["district", "street", "community", "merged_into"])
    twins = Area.objects.active().filter(parent=area.parent, name=area.name).exclude(pk=area.pk)
    if twins.exists():
        raise ValidationError({"name": _("A grid of this name lies there already.")})


def _wanted(grid, compound, is_whole, buildings, entrances) -> dict[tuple, GridCover]:
    """The rows by (building, entrance); an entrance of a named building needs no row."""
    if is_whole:
        return {(None, None): GridCover(grid=grid, compound=compound)}
    for one in buildings:
        if one.compound_id != compound.pk:
            raise DomainError(_("The building is one of another compound."), field="parts")
    found = {
        (one.pk, None): GridCover(grid=grid, compound=compound, building=one) for one in buildings
    }
    for one in entrances:
        if one.building.compound_id != compound.pk:
            raise DomainError(_("The building is one of another compound."), field="parts")
        if (one.building_id, None) not in found:
            found[one.building_id, one.pk] = GridCover(
                grid=grid, compound=compound, building=one.building, entrance=one
            )
    return found


def _refuse_taken(grid: Area, covers: list[GridCover]) -> None:
    """An entrance lies in one grid of a level: no other names it, its building or a part of it."""
    buildings = [one.building_id for one in covers if one.building_id and not one.entrance_id]
    entrances = [one.entrance_id for one in covers if one.entrance_id]
    beside = GridCover.objects.filter(grid__level=grid.level).exclude(grid=grid)
    taken = beside.filter(building__in=buildings) | beside.filter(
        building__in=[one.building_id for one in covers if one.entrance_id], entrance=None
    )
    if entrances:
        taken |= beside.filter(entrance__in=entrances)
    first = taken.select_related("grid", "building", "entrance", "compound").first()
    if first:
        raise DomainError(
            _("%(part)s lies in %(grid)s already. Take it out there first.")
            % {"part": _name(first), "grid": first.grid},
            field="parts",
        )


def _name(cover: GridCover) -> str:
    return " ".join(str(one) for one in (cover.building, cover.entrance) if one) or str(
        cover.compound
    )


def _brief(value):
    return outline_of(value) if isinstance(value, dict) else value
