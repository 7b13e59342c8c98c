"""Numbers of the watch over what somebody sees: bands, cleared, net cleared, rebounds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from compounds.registry.models import Stage
from governance.foundation import dates

from .models import Case, Loss, WatchScore, WatchTask
from .rules import watch as rules


@dataclass(frozen=True)
class Watching:
    """How the cleared compounds stand. Net cleared is cleared less rebounds."""

    cleared: int
    net: int
    green: int
    yellow: int
    red: int
    open_tasks: int
    late_tasks: int
    open_losses: int

    @property
    def rebound(self) -> int:
        return self.cleared - self.net

    @property
    def watched(self) -> int:
        return self.green + self.yellow + self.red


def watching(user) -> Watching:
    """Four statements, whatever there is."""
    seen = user.scope.seen()
    out = Q(state__in=[Stage.MERGED, Stage.EXCLUDED])
    cases = Case.objects.filter(seen).aggregate(
        cleared=Count("pk", filter=Q(first_cleared_on__isnull=False) & ~out),
        net=Count("pk", filter=Q(state=Stage.CLEARED)),
    )
    bands = dict(
        WatchScore.objects.filter(seen, is_current=True)
        .order_by()
        .values_list("band")
        .annotate(n=Count("pk"))
    )
    tasks = (
        WatchTask.objects.filter(seen)
        .open()
        .aggregate(n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=dates.today())))
    )
    return Watching(
        cases["cleared"],
        cases["net"],
        bands.get(rules.GREEN, 0),
        bands.get(rules.YELLOW, 0),
        bands.get(rules.RED, 0),
        tasks["n"],
        tasks["late"],
        Loss.objects.filter(seen).open().count(),
    )
