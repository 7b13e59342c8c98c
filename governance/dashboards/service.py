"""What the campaign knows of one compound: its case, who serves it, by which contract, how well."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from compounds.assignment.models import Assignment
from compounds.clearing.models import Case, Loss, Transition, WatchScore, WatchTask
from compounds.contracts.models import Contract
from compounds.fees.models import Assessment, BookBalance, CollectionReport, ServiceStage
from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.money import percent

MONTHS = 6
STEPS = 6


class CompoundService:
    """One compound for one reader, newest first; every part is read when it is asked for."""

    def __init__(self, user, compound: Compound):
        self.user = user
        self.compound = compound

    @property
    def today(self) -> dt.date:
        return dates.today()

    @cached_property
    def case(self) -> Case | None:
        found = Case.objects.filter(compound=self.compound).select_related("provider")
        return found.first()

    @property
    def may_open(self) -> bool:
        """Whether the reader may open the case that is missing."""
        row = self.compound
        return bool(row.is_unmanaged) and self.user.scope.can("case.work", row)

    @property
    def days_left(self) -> int | None:
        """Days until the case is due; negative once it is late."""
        due = self.case and self.case.due_on
        return dates.days_left(due, self.today) if due else None

    @cached_property
    def steps(self) -> list[Transition]:
        found = Transition.objects.filter(case__compound=self.compound)
        return list(found.order_by("-on", "-pk").select_related("by")[:STEPS])

    @cached_property
    def assignments(self) -> list[Assignment]:
        found = Assignment.objects.filter(compound=self.compound).select_related("provider")
        return list(found.exclude(state=Assignment.State.WITHDRAWN).order_by("-pk")[:5])

    @cached_property
    def contracts(self) -> list[Contract]:
        found = Contract.objects.filter(covers__compound=self.compound)
        found = found.exclude(state=Contract.State.CANCELLED).select_related("provider")
        return list(found.order_by("-starts_on", "-pk")[:5])

    @cached_property
    def stages(self) -> list[ServiceStage]:
        active = Assignment.objects.active().filter(compound=self.compound)
        return list(ServiceStage.objects.filter(assignment__in=active).order_by("position"))

    @cached_property
    def months(self) -> list[tuple[CollectionReport, object, object]]:
        """Reports of the last months, each with both rates in percent."""
        found = CollectionReport.objects.filter(compound=self.compound).order_by("-month")
        return [
            (
                one,
                percent(one.paid_households, one.billed_households, 1),
                percent(one.paid_amount, one.billed_amount, 1),
            )
            for one in found[:MONTHS]
        ]

    @cached_property
    def balance(self) -> BookBalance | None:
        return BookBalance.objects.filter(compound=self.compound).first()

    @cached_property
    def assessment(self) -> Assessment | None:
        found = Assessment.objects.filter(compound=self.compound).select_related("round")
        return found.order_by("-assessed_on", "-pk").first()

    @cached_property
    def score(self) -> WatchScore | None:
        found = WatchScore.objects.filter(case__compound=self.compound, is_current=True)
        return found.defer("record").first()

    @cached_property
    def tasks(self) -> list[WatchTask]:
        found = WatchTask.objects.filter(case__compound=self.compound, done_on=None)
        return list(found.order_by("due_on"))

    @cached_property
    def losses(self) -> list[Loss]:
        return list(Loss.objects.filter(case__compound=self.compound).order_by("-lost_on", "-pk"))
