"""Read-only numbers of a place: of today from the register's tallies, of a past day from history.

Both come in the same shape (`rules.Cell`), so a page never knows which it shows. Everything is
cut to the reader's scope before it is counted.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.core.cache import cache
from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone

from compounds.registry.models import CommunityTally, Compound
from compounds.registry.services import tallies
from governance.foundation import dates, history
from governance.organisation.models import Area, Level

from .rules import COUNTED, DECIDED, Cell, Sums, by_area, total

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
        .values(below, "is_unmanaged", "strategy", "decision", "stage")
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
                row["stage"],
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
    """Cells of the areas below `area` as they stood at the end of a day: one query.

    Days that are over do not change; their cells are kept for an hour.
    """
    key = f"cells-{area.pk}-{day.isoformat()}-{user.scope.key}"
    found = cache.get(key) if day < dates.today() else None
    if found is None:
        found = _read_cells(user, area, day)
        cache.set(key, found, 3600)
    return found


def _read_cells(user, area: Area, day: dt.date) -> list[Cell]:
    below = BELOW[area.level]
    return [
        Cell(
            row[below],
            row["is_unmanaged"],
            row["strategy"],
            row["decision"],
            row["stage"],
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
    cells, changed = (
        cells_of_today(user, area) if day is None else (cells_of_day(user, area, day), None)
    )
    # An area merged into another is shown while something is still counted in it.
    counted = {cell.area for cell in cells}
    children = [one for one in children if one.merged_into_id is None or one.pk in counted]
    return Situation(area, children, cells, day, timezone.now(), changed)


@dataclass(frozen=True)
class Point:
    """Unmanaged compounds at the end of a day, and how many of them had a strategy."""

    day: dt.date
    unmanaged: int
    decided: int


def points_of_days(user, area: Area, days: Sequence[dt.date]) -> list[Point]:
    """The campaign at the end of each of some days (in order), in one pass over history.

    The same versions count as on the page of each day: of those dated up to its end, the one
    written last. One query, however many days.
    """
    ends = [dates.end_of_day(day) for day in days]
    versions = Compound.history.model.objects.all()
    here = user.scope.seen() & Q(**{COLUMNS[area.level]: area.pk})
    inside = versions.filter(here, history_date__lte=ends[-1]).order_by().values("id")
    columns = ("id", "history_date", "history_type", "status", "is_unmanaged", "decision")
    places = ("district_id", "street_id", "community_id")
    # All versions of a compound that was ever here, those of other places too: it may have left.
    rows = versions.filter(id__in=inside, history_date__lte=ends[-1]).order_by("id", "history_id")
    seen = {(grant.level, grant.area) for grant in user.scope.areas()}
    unmanaged, decided = [0] * len(days), [0] * len(days)

    def close(state: list[tuple[bool, bool]]) -> None:
        for index, (is_open, has_strategy) in enumerate(state):
            unmanaged[index] += is_open
            decided[index] += is_open and has_strategy

    present, state = None, []
    for pk, at, kind, status, is_unmanaged, decision, *place in rows.values_list(
        *columns, *places
    ).iterator(chunk_size=5000):
        if pk != present:
            close(state)
            present, state = pk, [(False, False)] * len(days)
        stands = (
            kind != history.DELETED
            and status == "ACTIVE"
            and bool(is_unmanaged)
            and place[area.level - 1] == area.pk
            and any((level, place[level - 1]) in seen for level in (1, 2, 3))
        )
        for index in range(bisect_left(ends, at), len(days)):
            state[index] = (stands, decision in DECIDED)
    close(state)
    return [Point(*row) for row in zip(days, unmanaged, decided, strict=True)]
