"""What must hold of assignments on a live database."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, Subquery

from compounds.registry.models import Status
from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history

from . import rules
from .models import Assignment, AssignmentLock, AssignmentStep, HandoverItem, Refusal


def places() -> Iterator[str]:
    """Rows lie where their compound lies, and firms belong to its district."""
    for model in (Assignment, AssignmentLock, Refusal):
        yield from misplaced(model.objects, "compound")
        yield from gone_wrong(
            model.objects,
            Q(provider__isnull=False) & ~Q(provider__district_id=F("district_id")),
            "names a provider of another district",
        )
    yield from misplaced(HandoverItem.objects, "assignment")


def steps() -> Iterator[str]:
    """The state of every assignment is that of its last step, and steps follow each other."""
    last = AssignmentStep.objects.filter(assignment=OuterRef("pk")).order_by("-pk")
    rows = Assignment.objects.annotate(told=Subquery(last.values("to_state")[:1]))
    for pk in rows.exclude(told=F("state")).order_by("pk").values_list("pk", flat=True):
        yield f"assignment {pk} is in another state than its last step says"
    for pk in rows.filter(told=None).order_by("pk").values_list("pk", flat=True):
        yield f"assignment {pk} has no step"
    before: dict[int, str] = {}
    ways = AssignmentStep.objects.order_by("assignment_id", "pk").values_list(
        "pk", "assignment_id", "from_state", "to_state", "reason"
    )
    for pk, assignment, left, reached, reason in ways.iterator(chunk_size=2000):
        if left != before.get(assignment, "") or not rules.may_move(left, reached):
            yield f"step {pk} of assignment {assignment} does not follow the one before"
        elif reached in rules.FORWARD and rules.goes_back(left, reached) and not reason:
            yield f"step {pk} of assignment {assignment} goes back without a reason"
        before[assignment] = reached


def people() -> Iterator[str]:
    """What was decided here was decided by three people."""
    decided = Assignment.objects.filter(source=Assignment.Source.PROCEDURE)
    yield from gone_wrong(
        decided,
        Q(reviewed_by=F("prepared_by"))
        | Q(approved_by=F("prepared_by"))
        | Q(approved_by=F("reviewed_by")),
        "was decided by fewer than three people",
    )


def compounds() -> Iterator[str]:
    """Nothing is open for a compound that is no longer there."""
    yield from gone_wrong(
        Assignment.objects.open(),
        ~Q(compound__status=Status.ACTIVE),
        "is open for a compound that is no longer there",
    )


def history() -> Iterator[str]:
    """The newest version of each row equals the row, and versions have no gaps."""
    yield from unfaithful_history(Assignment)


CHECKS = {
    "places": places,
    "steps": steps,
    "people": people,
    "compounds": compounds,
    "history": history,
}
