"""What must hold of stages, reports, books and assessments on a live database."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Q, Sum

from compounds.registry.models import Compound
from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history

from . import questions, rules
from .models import (
    Assessment,
    AssessmentRound,
    BookBalance,
    BookEntry,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from .services.assessing import grade_of


def stages() -> Iterator[str]:
    """Stages lie with their assignment, in its days; each begins after the one before it."""
    yield from misplaced(ServiceStage.objects, "assignment")
    days: dict[int, list] = {}
    rows = ServiceStage.objects.order_by("assignment", "position")
    for pk, position, day in rows.values_list("assignment_id", "position", "began_on"):
        held = days.setdefault(pk, [])
        if position != len(held) + 1:
            yield f"assignment {pk} has skipped a stage"
        elif held and day <= held[-1]:
            yield f"assignment {pk} has stages that do not follow each other"
        held.append(day)
    yield from gone_wrong(
        ServiceStage.objects,
        Q(began_on__lt=F("assignment__starts_on"))
        | Q(began_on__gt=F("assignment__ended_on"), assignment__ended_on__isnull=False)
        | Q(assignment__starts_on=None),
        "begins outside the days of its service",
    )
    yield from gone_wrong(
        ServiceStage.objects.filter(stage=rules.CHARGE),
        Q(note="") | Q(document=""),
        "charges without the outcome and the document of a consultation",
    )


def reports() -> Iterator[str]:
    """Reports and counts lie with their compound; nothing was billed before charging."""
    yield from misplaced(CollectionReport.objects, "compound")
    yield from misplaced(ComplaintCount.objects, "compound")
    yield from misplaced(Inspection.objects, "compound")
    yield from unfaithful_history(CollectionReport)
    staged = ServiceStage.objects.values("assignment__compound")
    # What a merged compound had billed by its own right has gone over to the other one.
    received = Compound.objects.filter(merged_into__isnull=False).values("merged_into")
    rows = CollectionReport.objects.filter(compound__in=staged, billed_amount__gt=0).exclude(
        compound__in=received
    )
    services = questions.services_of(rows.order_by().values("compound"))
    for pk, compound, month in rows.order_by("pk").values_list("pk", "compound_id", "month"):
        if not rules.may_bill(services.get(compound, ()), month):
            yield f"collectionreport {pk} bills a month in which charging had not begun"


def books() -> Iterator[str]:
    """Every balance is the sum of its entries, none below zero; reversals mirror their lines."""
    yield from misplaced(BookEntry.objects, "compound")
    sums: dict[int, Decimal] = {}
    rows = BookEntry.objects.order_by().values_list("compound_id", "kind").annotate(n=Sum("amount"))
    for compound, kind, amount in rows:
        sums[compound] = sums.get(compound, Decimal(0)) + rules.signed(kind, amount)
    balances = dict(BookBalance.objects.values_list("compound_id", "amount"))
    for compound in sorted(sums.keys() | balances.keys()):
        entered, held = sums.get(compound, Decimal(0)), balances.get(compound, Decimal(0))
        if entered != held:
            yield f"the book of compound {compound} holds {held}, its entries say {entered}"
    yield from gone_wrong(BookBalance.objects, Q(amount__lt=0), "is overdrawn")
    yield from gone_wrong(
        BookEntry.objects.filter(reverses__isnull=False),
        ~Q(kind=F("reverses__kind"), source=F("reverses__source"))
        | ~Q(compound=F("reverses__compound"), amount=-1 * F("reverses__amount"))
        | Q(reverses__reverses__isnull=False),
        "does not mirror the line it reverses",
    )


def assessments() -> Iterator[str]:
    """Totals and grades are what the rule of their round gives."""
    yield from misplaced(Assessment.objects, "compound")
    yield from gone_wrong(
        Assessment.objects, ~Q(round__district=F("district")), "is of another district's round"
    )
    yield from gone_wrong(
        AssessmentRound.objects.filter(state=AssessmentRound.State.CLOSED),
        Q(closed_on=None),
        "is closed without a day",
    )
    for one in Assessment.objects.select_related("round").order_by("pk").iterator():
        total = rules.total_points(
            one.satisfaction_score, one.collection_score, one.round.satisfaction_weight
        )
        if (one.total, one.grade) != (total, grade_of(one.round, total)):
            yield f"assessment {one.pk} has another total or grade than its points give"


CHECKS = {"stages": stages, "reports": reports, "books": books, "assessments": assessments}
