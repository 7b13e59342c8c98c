"""Pure arithmetic of the dashboards: sums of register cells, shares, ranks. No ORM, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction

from compounds.registry.rules import IN_SERVICE
from governance.foundation.money import percent

# Fewer compounds than this and a share says nothing: such areas are listed apart, unranked.
LEAGUE_MINIMUM = {"street": 10, "community": 5}


@dataclass(frozen=True, slots=True)
class Cell:
    """Compounds of one area in one state, counted and summed; the shape of today and of a past day.

    `area` is the id of the street or community the figures are shown for.
    """

    area: int
    is_unmanaged: bool | None
    strategy: str
    decision: str
    stage: str = ""
    compounds: int = 0
    buildings: int = 0
    entrances: int = 0
    households: int = 0
    floor_area_m2: Decimal = Decimal(0)
    chargeable_area_m2: Decimal = Decimal(0)
    cleared: int = 0
    surveyed: int = 0
    verified: int = 0
    complete: int = 0
    missing_facts: int = 0
    asked_facts: int = 0


COUNTED = tuple(item.name for item in fields(Cell))[5:]
DECIDED = ("DECIDED", "OVERRIDDEN")


@dataclass(frozen=True)
class Sums:
    """Sums of cells: of all compounds, or of one area, or of the unmanaged alone."""

    compounds: int = 0
    buildings: int = 0
    entrances: int = 0
    households: int = 0
    floor_area_m2: Decimal = Decimal(0)
    chargeable_area_m2: Decimal = Decimal(0)
    cleared: int = 0
    surveyed: int = 0
    verified: int = 0
    complete: int = 0
    missing_facts: int = 0
    asked_facts: int = 0
    unmanaged: int = 0
    unknown: int = 0
    strategies: dict[str, int] = field(default_factory=dict)
    decisions: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)

    @property
    def served(self) -> int:
        """Compounds somebody serves now, cleared or about to be."""
        return sum(self.stages.get(stage, 0) for stage in IN_SERVICE)

    @property
    def net_cleared(self) -> int:
        """Cleared and still served (§5.7): what was cleared, without what fell back."""
        return self.stages.get("CLEARED", 0)

    @property
    def rebound(self) -> int:
        """Cleared once, and not now."""
        return self.cleared - self.net_cleared

    @property
    def net_cleared_percent(self) -> Decimal | None:
        return share_down(self.net_cleared, self.unmanaged)

    @property
    def managed(self) -> int:
        return self.compounds - self.unmanaged - self.unknown

    @property
    def unmanaged_percent(self) -> Decimal | None:
        """S0-1: 296 of 1157 is 26."""
        return percent(self.unmanaged, self.compounds)

    @property
    def classified(self) -> int:
        return sum(self.decisions.get(state, 0) for state in DECIDED)

    @property
    def waiting(self) -> int:
        return self.decisions.get("INCOMPLETE", 0)

    @property
    def unmatched(self) -> int:
        return self.decisions.get("UNMATCHED", 0)

    @property
    def unclassified(self) -> int:
        return self.decisions.get("", 0)

    @property
    def completeness(self) -> Decimal | None:
        """Known key facts of all key facts asked for, in percent."""
        return share_down(self.asked_facts - self.missing_facts, self.asked_facts)

    @property
    def classified_percent(self) -> Decimal | None:
        return share_down(self.classified, self.unmanaged)


def share_down(part: int, whole: int) -> Decimal | None:
    """Percent rounded half up, but never 100 while something is left nor 0 once it has begun."""
    share = percent(part, whole)
    if share == 100 and part < whole:
        return Decimal(99)
    if share == 0 and part > 0:
        return Decimal(1)
    return share


def total(cells: Iterable[Cell]) -> Sums:
    """Sums over the cells; strategies, decisions, stages are counted among the unmanaged alone."""
    sums = dict.fromkeys(COUNTED, 0)
    sums["floor_area_m2"] = sums["chargeable_area_m2"] = Decimal(0)
    unmanaged = unknown = 0
    strategies: dict[str, int] = {}
    decisions: dict[str, int] = {}
    stages: dict[str, int] = {}
    for cell in cells:
        for name in COUNTED:
            sums[name] += getattr(cell, name)
        if cell.is_unmanaged:
            unmanaged += cell.compounds
            decisions[cell.decision] = decisions.get(cell.decision, 0) + cell.compounds
            stages[cell.stage] = stages.get(cell.stage, 0) + cell.compounds
            if cell.strategy:
                strategies[cell.strategy] = strategies.get(cell.strategy, 0) + cell.compounds
        elif cell.is_unmanaged is None:
            unknown += cell.compounds
    return Sums(
        unmanaged=unmanaged,
        unknown=unknown,
        strategies=strategies,
        decisions=decisions,
        stages=stages,
        **sums,
    )


def by_area(cells: Iterable[Cell]) -> dict[int, Sums]:
    """Sums of each area that has cells."""
    grouped: dict[int, list[Cell]] = {}
    for cell in cells:
        grouped.setdefault(cell.area, []).append(cell)
    return {area: total(found) for area, found in grouped.items()}


@dataclass(frozen=True)
class Standing:
    """A row of the league: the area, part and whole of the measure, and its rank."""

    area: int
    part: int
    whole: int
    rank: int | None

    @property
    def percent(self) -> Decimal | None:
        return share_down(self.part, self.whole)


def league(
    rows: Sequence[tuple[int, int, int]], minimum: int
) -> tuple[list[Standing], list[Standing]]:
    """(ranked, too small to rank) of rows (area, part, whole), best first.

    Equal exact shares have equal ranks, and the next rank counts them all: 1, 1, 3.
    """
    large = [row for row in rows if row[2] >= minimum and row[2] > 0]
    small = [Standing(*row, rank=None) for row in rows if row not in large]
    shares = {area: Fraction(part, whole) for area, part, whole in large}
    ranked = [
        Standing(area, part, whole, 1 + sum(other > shares[area] for other in shares.values()))
        for area, part, whole in large
    ]
    return sorted(ranked, key=lambda row: (row.rank, -row.whole)), small
