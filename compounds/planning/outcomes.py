"""What becomes of the compounds of a plan: one partition, told alike on every page.

Who serves counts, not the strategy of the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum

from .models import PlanPlace, PlanRun

Outcome = PlanPlace.Outcome


class Fate(NamedTuple):
    """One of the five outcomes: its code, its word, how many."""

    code: str
    label: Any
    count: int
    households: int


@dataclass(frozen=True)
class Tally:
    """Compounds by what becomes of them; the five sum to all there are."""

    kept: int
    moved: int
    taken: int
    lost: int
    stays: int

    @property
    def total(self) -> int:
        return self.kept + self.moved + self.taken + self.lost + self.stays

    @property
    def changed(self) -> int:
        """Those for whom anything differs from today."""
        return self.moved + self.taken + self.lost

    @property
    def left(self) -> int:
        """Those left to fallback in the plan."""
        return self.lost + self.stays

    @property
    def left_today(self) -> int:
        """Those in fallback today."""
        return self.taken + self.stays


COUNTS = {code.lower(): Count("pk", filter=Q(outcome=code)) for code in Outcome}


def fates(rows) -> list[Fate]:
    """The partition of some places with its words and households. One query."""
    sums = {
        f"{code}_households": Sum("households", filter=Q(outcome=code), default=0)
        for code in Outcome
    }
    found = rows.order_by().aggregate(**COUNTS, **sums)
    return [
        Fate(code, label, found[code.lower()], found[f"{code}_households"])
        for code, label in Outcome.choices
    ]


def tallies(runs: Iterable[PlanRun]) -> Mapping[int, Tally]:
    """The partition of each finished plan. One query where a plan does not keep it, else none."""
    done = [run for run in runs if run.state == PlanRun.State.DONE]
    kept = {run.pk: run.figures["outcomes"] for run in done if "outcomes" in run.figures}
    others = [run.pk for run in done if run.pk not in kept]
    if others:
        rows = PlanPlace.objects.filter(run__in=others).order_by().values("run")
        kept |= {row.pop("run"): row for row in rows.annotate(**COUNTS)}
    return {pk: Tally(**found) for pk, found in kept.items()}
