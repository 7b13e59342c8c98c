"""Read-only numbers of the campaign: of today from the cases, of a past day from their steps.

Both come in the same shape. Everything is cut to the reader's scope before it is counted. Ever
cleared − rebound = net cleared, wherever these are shown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case as Choose
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Value, When

from compounds.registry.models import Stage, Strategy
from governance.foundation import dates

from . import rules
from .models import Case, Transition
from .rules import states

UNDECIDED = ""


class Cell(NamedTuple):
    """Cases of one place, stage and strategy: how many, ever cleared, overdue."""

    street: int
    community: int
    state: str
    strategy: str
    count: int
    ever: int
    late: int


@dataclass(frozen=True)
class Standing:
    """Where the campaign stands on a day."""

    day: dt.date
    cells: Sequence[Cell] = field(default=())

    @cached_property
    def inside(self) -> list[Cell]:
        """Cells of cases that are (still) the campaign's task."""
        return [cell for cell in self.cells if cell.state not in rules.LEFT]

    @property
    def tasks(self) -> int:
        return sum(cell.count for cell in self.inside)

    @property
    def cleared(self) -> int:
        """Ever cleared."""
        return sum(cell.ever for cell in self.inside)

    @property
    def net(self) -> int:
        return self.by_state[Stage.CLEARED]

    @property
    def rebound(self) -> int:
        """Cleared once, and not now."""
        return self.cleared - self.net

    @property
    def in_progress(self) -> int:
        return self.tasks - self.net

    @property
    def late(self) -> int:
        return sum(cell.late for cell in self.inside)

    @cached_property
    def by_state(self) -> Counter:
        found: Counter = Counter()
        for cell in self.cells:
            found[cell.state] += cell.count
        return found

    @cached_property
    def by_strategy(self) -> Counter:
        found: Counter = Counter()
        for cell in self.inside:
            found[cell.strategy] += cell.count
        return found

    def reached(self, state: str) -> int:
        """Cases that have come at least so far: now, or when they were cleared."""
        least = rules.position(state)
        return sum(
            cell.count if rules.position(cell.state) >= least else cell.ever for cell in self.inside
        )

    def of(self, column: str, pk: int) -> Standing:
        """The same of one street or community."""
        return Standing(self.day, [cell for cell in self.cells if getattr(cell, column) == pk])

    def places(self, column: str) -> list[int]:
        return sorted({getattr(cell, column) for cell in self.inside})


def _strategy(path: str, own: str = "strategy"):
    """The strategy of a case; before it is confirmed, the one the register proposes."""
    return Choose(When(**{own: ""}, then=F(f"{path}strategy")), default=F(own))


def standing(user, *, day: dt.date | None = None, inside: Q | None = None) -> Standing:
    """Where the campaign stands on a day, in the user's scope: one query.

    `inside` is a condition on the place. Of today from the cases, of a past day from the last
    step each case had taken by then.
    """
    today = dates.today()
    day = day or today
    rows = _now(user, today) if day >= today else _past(user, day)
    if inside is not None:
        rows = rows.filter(inside)
    columns = ("street_id", "community_id", "reached", "chosen", "n", "ever", "late")
    return Standing(day, [Cell(*row) for row in rows.values_list(*columns)])


def _now(user, today: dt.date):
    return (
        Case.objects.visible_to(user)
        .order_by()
        .annotate(reached=F("state"), chosen=_strategy("compound__"))
        .values("street_id", "community_id", "reached", "chosen")
        .annotate(
            n=Count("pk"),
            ever=Count("first_cleared_on"),
            late=Count("pk", filter=Q(due_on__lt=today)),
        )
    )


def steps_of_day(user, day: dt.date):
    """The last step each case had taken by the end of a day, in the user's scope.

    `chosen` is its strategy then, `was_cleared` whether it had ever been cleared.
    """
    last = (
        Transition.objects.visible_to(user)
        .filter(on__lte=day)
        .order_by()
        .values("case")
        .annotate(last=Max("pk"))
    )
    cleared = Transition.objects.filter(case=OuterRef("case"), to_state=Stage.CLEARED, on__lte=day)
    return (
        Transition.objects.filter(pk__in=last.values("last"))
        .order_by()
        .annotate(chosen=_strategy("case__compound__"), was_cleared=Exists(cleared))
    )


def _past(user, day: dt.date):
    return (
        steps_of_day(user, day)
        .annotate(reached=F("to_state"))
        .values("street_id", "community_id", "reached", "chosen")
        .annotate(
            n=Count("pk"),
            ever=Count("pk", filter=Q(was_cleared=True)),
            late=Value(0),
        )
    )


class Point(NamedTuple):
    """The campaign on a day: ever cleared, net cleared, rebound."""

    day: dt.date
    cleared: int
    net: int
    rebound: int


def trend(user, days: Iterable[dt.date], *, inside: Q | None = None) -> list[Point]:
    """Cleared, net and rebound at the end of each of some days, in rising order: two queries.

    A compound that left the campaign counts until it left, and again if its case is reopened.
    """
    days = sorted(days)
    if not days:
        return []
    steps = Transition.objects.visible_to(user).filter(on__lte=days[-1])
    cases = Case.objects.visible_to(user).filter(first_cleared_on__lte=days[-1])
    if inside is not None:
        steps, cases = steps.filter(inside), cases.filter(inside)
    moved = (
        steps.filter(Q(to_state=Stage.CLEARED) | Q(from_state=Stage.CLEARED) | _left() | _back())
        .order_by()
        .values("on")
        .annotate(
            came=Count("pk", filter=Q(to_state=Stage.CLEARED)),
            went=Count("pk", filter=Q(from_state=Stage.CLEARED)),
            left=Count("pk", filter=_left()),
            back=Count("pk", filter=_back()),
        )
        .values_list("on", "came", "went", "left", "back")
    )
    first = (
        cases.order_by()
        .values("first_cleared_on")
        .annotate(n=Count("pk"))
        .values_list("first_cleared_on", "n")
    )
    events: list[tuple[dt.date, int, int]] = [
        (on, back - left, came - went) for on, came, went, left, back in moved
    ]
    events += [(on, count, 0) for on, count in first]
    events.sort()
    found, at, ever, net = [], 0, 0, 0
    for day in days:
        while at < len(events) and events[at][0] <= day:
            ever, net = ever + events[at][1], net + events[at][2]
            at += 1
        found.append(Point(day, ever, net, ever - net))
    return found


def _left() -> Q:
    """Out of the campaign after it had been cleared."""
    return Q(kind=states.LEAVE, case__first_cleared_on__lte=F("on"))


def _back() -> Q:
    """In the campaign again, cleared before it left."""
    return Q(kind=states.OPENED, case__first_cleared_on__lte=F("on"))


STRATEGIES = tuple(Strategy.values)
