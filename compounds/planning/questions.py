"""What other rooms ask of plans, read-only."""

from __future__ import annotations

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When

from .models import Adoption, PlanPlace, PlanRun

# The weightiest first: approved, put to approval, merely reckoned.
RANKS = {Adoption.State.APPROVED: 2, Adoption.State.PROPOSED: 1}


def latest_place(user, compound) -> PlanPlace | None:
    """A compound's place in the plan that counts most, inside the reader's scope.

    That is the latest approved one, else the latest put to approval, else the latest finished;
    its `adoption` says which (the state of the adoption, or None). One query.
    """
    open_ = Adoption.objects.filter(run=OuterRef("run"), state__in=RANKS).values("state")[:1]
    rank = Case(
        *(When(adoption=state, then=Value(rank)) for state, rank in RANKS.items()),
        default=Value(0),
        output_field=IntegerField(),
    )
    return (
        PlanPlace.objects.visible_to(user)
        .filter(compound=compound, run__state=PlanRun.State.DONE)
        .annotate(adoption=Subquery(open_))
        .annotate(rank=rank)
        .select_related("run__area", "bundle__provider", "bundle__centre_of", "today")
        .defer(
            "account",
            "run__inputs",
            "run__figures",
            "run__bound",
            "run__readiness",
            "run__area__boundary",
            "bundle__account",
            "bundle__centre_of__boundary",
        )
        .order_by("-rank", "-run_id")
        .first()
    )
