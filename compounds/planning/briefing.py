"""What whoever puts a plan to approval or decides on it must know, told alike on every page."""

from __future__ import annotations

from django.utils.functional import cached_property

from .comparing import Comparison
from .forecasting import Forecast
from .foreseeing import YES, Known, known_of
from .models import Adoption, PlanPlace, PlanRun
from .outcomes import Fate, Tally, fates


class Brief:
    """A finished plan in short: money, partition, forecast, what it rests on, what speaks against.

    Partition and forecast tell of the rows inside the reader's scope, figures of the whole plan.
    """

    def __init__(self, run: PlanRun, user, adoption: Adoption | None = None):
        self.run, self.user = run, user
        self.compared = Comparison(run)
        self.forecast = Forecast(run, user, adoption)

    @cached_property
    def fates(self) -> list[Fate]:
        rows = PlanPlace.objects.visible_to(self.user).filter(run=self.run)
        return fates(rows)

    @cached_property
    def tally(self) -> Tally:
        return Tally(**{one.code.lower(): one.count for one in self.fates})

    @cached_property
    def known(self) -> Known | None:
        """Where it speaks against deciding on the plan; None: nothing important is missing."""
        known = known_of(self.run)
        return known if self.run.readiness and known.verdict != YES else None

    @property
    def speaks_against(self) -> bool:
        """Is it dearer than today, or does it leave more? Then approval is nothing to press on."""
        return self.compared.worse is not None
