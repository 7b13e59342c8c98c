"""Proof of stored decisions, apart from the services that wrote them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q
from django.utils import timezone

from compounds.registry.models import Compound, Status
from governance.foundation.checking import gone_wrong, misplaced

from .models import Decision, Override, Policy, Run, Trial
from .rules import check_policy, replays
from .services.judging import stated

CHUNK = 2000


def replay_decisions(*, current_only: bool = True) -> Iterator[str]:
    """Sentences naming decisions that do not follow from their own record; none when all do."""
    decisions = Decision.objects.order_by("pk")
    if current_only:
        decisions = decisions.filter(is_current=True)
    rows = decisions.values_list(
        "pk", "compound__code", "record", "outcome", "strategy", "subsidy"
    ).iterator(chunk_size=CHUNK)
    for pk, code, record, outcome, strategy, subsidy in rows:
        if not replays(record):
            yield f"decision {pk} of {code} does not replay from its record"
        elif stated(record) != (outcome, strategy, subsidy):
            yield f"decision {pk} of {code} says something else than its record"


def register_agrees() -> Iterator[str]:
    """Sentences naming compounds whose two columns differ from their current decision."""
    differing = (
        Decision.objects.filter(is_current=True)
        .exclude(compound__strategy=F("strategy"), compound__decision=F("outcome"))
        .filter(compound__status="ACTIVE", compound__is_unmanaged=True)
    )
    for code in differing.values_list("compound__code", flat=True).iterator(chunk_size=CHUNK):
        yield f"compound {code} does not carry its current decision"
    left = ~Q(compound__status=Status.ACTIVE) | ~Q(compound__is_unmanaged=True)
    for model, standing in ((Decision, Q(is_current=True)), (Override, Q(state__in=Override.OPEN))):
        stale = model.objects.filter(standing).filter(left).order_by("pk")
        for code in stale.values_list("compound__code", flat=True).iterator(chunk_size=CHUNK):
            yield f"compound {code} has left and still has a {model._meta.model_name}"
    orphans = Compound.objects.exclude(decision="").exclude(decisions__is_current=True)
    for code in orphans.values_list("code", flat=True).iterator(chunk_size=CHUNK):
        yield f"compound {code} carries a decision it does not have"
    doubled = (
        Decision.objects.filter(is_current=True)
        .order_by()
        .values("compound__code")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in doubled:
        yield f"compound {row['compound__code']} has {row['n']} current decisions"
    unfounded = Decision.objects.filter(is_current=True, outcome="OVERRIDDEN").exclude(
        Q(override__state=Override.State.APPROVED)
    )
    for pk in unfounded.values_list("pk", flat=True):
        yield f"decision {pk} rests on an override that is not approved"


def places() -> Iterator[str]:
    """Open overrides stand where their compound stands, runs and what-ifs where their area."""
    yield from misplaced(Override.objects.open(), "compound")
    for model in (Run, Trial):
        wrong = Q()
        for column in ("district", "street", "community"):
            wrong |= ~Q(**{f"{column}_id": F(f"area__{column}_id")}) & ~Q(
                **{f"{column}_id": None, f"area__{column}_id": None}
            )
        yield from gone_wrong(model.objects, wrong, "lies elsewhere than its area")


def policies() -> Iterator[str]:
    """What is published is sound, and published by somebody else than its preparer."""
    for policy in Policy.objects.exclude(state=Policy.State.DRAFT).order_by("pk"):
        for problem in check_policy(policy.as_rules())[:1]:
            yield f"policy {policy.pk} is published with a fault: {problem.code}"
        if policy.prepared_by_id == policy.published_by_id:
            yield f"policy {policy.pk} was published by its preparer"
        published_on = timezone.localdate(policy.published_at)
        if policy.effective_from < published_on and not policy.retroactive_reason:
            yield f"policy {policy.pk} begins before its publication without a reason"


CHECKS = {
    "decisions": replay_decisions,
    "register": register_agrees,
    "places": places,
    "policies": policies,
}
