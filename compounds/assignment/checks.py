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


# Who signs for a step: the column of the assignment, the state before, the state after.
SIGNED = (
    ("reviewed_by", Assignment.State.PROPOSED, Assignment.State.STREET_REVIEWED),
    ("approved_by", Assignment.State.STREET_REVIEWED, Assignment.State.DISTRICT_APPROVED),
)
# Days of an assignment, and the step that tells of each.
DAYS = (("starts_on", Assignment.State.ACTIVE), ("ended_on", Assignment.State.ENDED))


def signers() -> Iterator[str]:
    """Reviewer and approver are who took the step, and its days are those of its steps."""
    rows = Assignment.objects.filter(source=Assignment.Source.PROCEDURE)
    for column, before, after in SIGNED:
        step = AssignmentStep.objects.filter(
            assignment=OuterRef("pk"), from_state=before, to_state=after
        ).order_by("-pk")
        yield from gone_wrong(
            rows.filter(**{f"{column}__isnull": False}).annotate(
                signer=Subquery(step.values("by")[:1])
            ),
            ~Q(signer=F(column)) | Q(signer=None),
            f"has another {column} than its steps tell",
        )
    for column, state in DAYS:
        step = AssignmentStep.objects.filter(assignment=OuterRef("pk"), to_state=state)
        yield from gone_wrong(
            rows.filter(**{f"{column}__isnull": False}).annotate(
                day=Subquery(step.order_by("-pk").values("on")[:1])
            ),
            ~Q(day=F(column)) | Q(day=None),
            f"has another {column} than its steps tell",
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
    "signers": signers,
    "compounds": compounds,
    "history": history,
}
