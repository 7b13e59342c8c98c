"""Read-only numbers of a place: of today from the register's tallies, of a past day from history.

Both come in the same shape (`rules.Cell`), so a page never knows which it shows. Everything is
cut to the reader's scope before it is counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from compounds.registry.models import CommunityTally, Compound
from compounds.registry.services import tallies
from governance.foundation import history
from governance.organisation.models import Area, Level

from .rules import COUNTED, Cell, Sums, by_area, total

COLUMNS = {
    Level.DISTRICT: "district_id",
    Level.STREET: "street_id",
    Level.COMMUNITY: "community_id",
}
BELOW = {Level.DISTRICT: "street_id", Level.STREET: "community_id", Level.COMMUNITY: "community_id"}


def cells_of_today(user, area: Area) -> tuple[list[Cell], dt.datetime | None]:
    """Cells of the areas below `area`, and when one of them last changed: one query."""
    below = BELOW[area.level]
    rows = (
        CommunityTally.objects.visible_to(user)
        .filter(**{COLUMNS[area.level]: area.pk})
        .order_by()
        .values(below, "is_unmanaged", "strategy", "decision")
        .annotate(changed=Max("refreshed_at"), **{f"sum_{name}": Sum(name) for name in COUNTED})
    )
    cells, changed = [], None
    for row in rows:
        changed = max(changed, row["changed"]) if changed else row["changed"]
        cells.append(
            Cell(
                row[below],
                row["is_unmanaged"],
                row["strategy"],
                row["decision"],
                **{name: row[f"sum_{name}"] for name in COUNTED},
            )
        )
    return cells, changed


def past_compounds(user, area: Area, day: dt.date) -> QuerySet:
    """Versions of the compounds that stood in `area` at the end of a day, inside the scope."""
    return (
        history.as_of(Compound, day)
        .filter(user.scope.seen())
        .filter(**{COLUMNS[area.level]: area.pk})
    )


def cells_of_day(user, area: Area, day: dt.date) -> list[Cell]:
    """Cells of the areas below `area` as they stood at the end of a past day: one query."""
    below = BELOW[area.level]
    return [
        Cell(
            row[below],
            row["is_unmanaged"],
            row["strategy"],
            row["decision"],
            floor_area_m2=row["floor_area_m2_sum"],
            chargeable_area_m2=row["chargeable_area_m2_sum"],
            **{name: row[name] for name in COUNTED if not name.endswith("_m2")},
        )
        for row in tallies.sums(past_compounds(user, area, day))
    ]


@dataclass(frozen=True)
class Situation:
    """All figures of one place on one day, and the areas below it they are broken down by."""

    area: Area
    children: Sequence[Area]
    cells: Sequence[Cell]
    day: dt.date | None
    read_at: dt.datetime
    changed_at: dt.datetime | None = None

    @cached_property
    def all(self) -> Sums:
        return total(self.cells)

    @cached_property
    def campaign(self) -> Sums:
        """The unmanaged compounds alone: what the clearing campaign is about."""
        return total(cell for cell in self.cells if cell.is_unmanaged)

    @cached_property
    def by_child(self) -> dict[int, Sums]:
        return by_area(self.cells)

    @cached_property
    def campaign_by_child(self) -> dict[int, Sums]:
        return by_area(cell for cell in self.cells if cell.is_unmanaged)

    @property
    def has_children(self) -> bool:
        return self.area.level < Level.COMMUNITY


def situation(user, area: Area, day: dt.date | None = None) -> Situation:
    """The figures of a place, today or at the end of a past day: two queries."""
    children = list(
        Area.objects.filter(parent=area, level__lte=Level.COMMUNITY).order_by("code")
        if area.level < Level.COMMUNITY
        else ()
    )
    now = timezone.now()
    if day is None:
        cells, changed = cells_of_today(user, area)
        return Situation(area, children, cells, None, now, changed)
    return Situation(area, children, cells_of_day(user, area, day), day, now)


def campaign(user, area: Area, day: dt.date | None) -> Sums:
    """Sums of the unmanaged alone, without the areas below: one query."""
    cells = cells_of_today(user, area)[0] if day is None else cells_of_day(user, area, day)
    return total(cell for cell in cells if cell.is_unmanaged)
