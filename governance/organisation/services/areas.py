"""Writing areas that no register row moves for: add, rename, draw.

Recoding, merging and splitting move rows of the register and live there
(`compounds.registry.services.areas`).
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.foundation import journal
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..models import Area
from ..rules import boundary_problem, outline_of

RIGHT = "area.edit"


@transaction.atomic
def add_area(
    *, by, parent: Area, code: str, name: str, boundary=None, population: int | None = None
) -> Area:
    """Add an area one level below another. Raises NotAllowed, DomainError, ValidationError."""
    above = for_update(Area.objects).get(pk=parent.pk)
    by.scope.require(RIGHT, above)
    if above.merged_into_id:
        raise DomainError(_("This area was merged into another one."), field="parent")
    area = Area(
        level=above.level + 1,
        code=code,
        name=name.strip(),
        parent=above,
        boundary=boundary,
        population=population,
        is_sample=above.is_sample,
    )
    check(area)
    area.save()
    journal.record("add", area, by=by, changes={"code": [None, code], "name": [None, area.name]})
    return area


@transaction.atomic
def rename_area(*, by, area: Area, version: int, name: str, reason: str = "") -> Area:
    """Give an area another name. Raises NotAllowed, StaleRecord, ValidationError."""
    return _change(by, area, version, {"name": name.strip()}, "rename", reason)


@transaction.atomic
def change_area(*, by, area: Area, version: int, changes: dict, reason: str = "") -> Area:
    """Correct name, boundary or population. Raises NotAllowed, StaleRecord, ValidationError."""
    unknown = set(changes) - {"name", "boundary", "population"}
    if unknown:
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    return _change(by, area, version, changes, "change", reason)


def lock(by, area: Area, version: int) -> Area:
    """The stored row, locked, if the person may edit it and it is the version they saw."""
    row = for_update(Area.objects).get(pk=area.pk)
    by.scope.require(RIGHT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.merged_into_id:
        raise DomainError(_("This area was merged into another one."))
    return row


def check(area: Area) -> None:
    """Raise ValidationError unless the area fits into the tree and its boundary is one."""
    if area.boundary is not None and (problem := boundary_problem(area.boundary)):
        raise ValidationError({"boundary": problem})
    area.full_clean(exclude=["district", "street", "community", "merged_into"])


def _change(by, area: Area, version: int, changes: dict, verb: str, reason: str) -> Area:
    row = lock(by, area, version)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    check(row)
    row.save()
    # A boundary is thousands of numbers: the record says that it changed, and tells two apart.
    noted = {name: [_brief(before[name]), _brief(value)] for name, value in changed.items()}
    journal.record(verb, row, by=by, reason=reason, changes=noted)
    return row


def _brief(value):
    return outline_of(value) if isinstance(value, dict) else value
