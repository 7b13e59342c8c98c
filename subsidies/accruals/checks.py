"""What must hold of accruals on a live database: places, sums, postings, replay."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count, Q, Sum

from governance.foundation.checking import gone_wrong, misplaced
from subsidies.entitlements.rules import due as rule
from subsidies.ledger.models import Posting

from .models import Accrual, AccrualRun

ZERO = Decimal(0)
AMOUNTS = ("gross", "deduction", "due")


def places() -> Iterator[str]:
    """Lines lie with their entitlements, in the district of their run."""
    yield from misplaced(Accrual.objects.all(), "entitlement")


def runs() -> Iterator[str]:
    """Open and posted runs count their lines; a posted run has no open line."""
    counted = AccrualRun.objects.filter(computed_at__isnull=False, state="POSTED").annotate(
        n=Count("lines", filter=Q(lines__state__in=["POSTED", "REVERSED"])),
        total_now=Sum("lines__due", filter=Q(lines__state__in=["POSTED", "REVERSED"])),
    )
    for run in counted.order_by("pk"):
        if run.n != run.line_count or (run.total_now or ZERO) != run.total:
            yield f"accrual run {run.pk} says {run.line_count} lines of {run.total}"
    yield from gone_wrong(
        Accrual.objects.filter(state__in=["PROBLEM", "COMPUTED"]),
        Q(run__state__in=["POSTED", "CANCELLED"]),
        "is open, but its run is not",
    )
    yield from gone_wrong(
        Accrual.objects.filter(state__in=["POSTED", "REVERSED"]),
        ~Q(run__state="POSTED"),
        "is posted, but its run is not",
    )
    yield from gone_wrong(
        Accrual.objects.filter(state="POSTED"),
        Q(confirmed_at=None),
        "is posted, but nobody confirmed its days",
    )


def postings() -> Iterator[str]:
    """What stands posted for a month of an entitlement is what its line says."""
    said: dict[tuple, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    lines = Accrual.objects.filter(state="POSTED").order_by()
    for number, month, gross, deduction in lines.values_list(
        "entitlement__number", "month", "gross", "deduction"
    ).iterator(chunk_size=5000):
        said[number, month] = [gross, deduction]
    posted: dict[tuple, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for at, kind, side in ((0, "ACCRUAL", "target"), (1, "DEDUCTION", "source")):
        rows = Posting.objects.filter(transaction__kind=kind, reversed_by=None).order_by()
        for number, month, total in rows.values_list(f"{side}__holder", "month").annotate(
            total=Sum("amount")
        ):
            posted[number, month][at] = total
    for key in sorted({*said, *posted}):
        if said[key] != posted[key]:
            number, month = key
            yield f"accrual {number} {month:%Y-%m}: posted {posted[key]}, not {said[key]}"


def replay() -> Iterator[str]:
    """Each line computes to its amounts from its own record."""
    lines = Accrual.objects.filter(state__in=["COMPUTED", "POSTED", "REVERSED"]).order_by("pk")
    for pk, trace, *amounts in lines.values_list("pk", "trace", *AMOUNTS).iterator(chunk_size=1000):
        try:
            due = rule.replay(trace)
        except (KeyError, ValueError, TypeError, ArithmeticError):
            yield f"accrual {pk}: its record cannot be read"
            continue
        if [due.gross, due.deduction, due.due] != amounts:
            yield f"accrual {pk} does not follow from its record"


CHECKS = {"places": places, "runs": runs, "postings": postings, "replay": replay}
