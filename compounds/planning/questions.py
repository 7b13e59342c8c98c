"""What other rooms ask of plans, read-only."""

from __future__ import annotations

from django.db.models import F

from .models import Adoption, PlanPlace

COUNT = (Adoption.State.APPROVED, Adoption.State.PROPOSED)


def latest_place(user, compound) -> PlanPlace | None:
    """A compound's place in the plan that counts, inside the reader's scope.

    That is the one approved last, else the one put to approval last, never one that was merely
    reckoned; its `adoption` is the state of the adoption. One query.
    """
    return (
        PlanPlace.objects.visible_to(user)
        .filter(compound=compound, run__adoptions__state__in=COUNT)
        .annotate(
            adoption=F("run__adoptions__state"),
            put=F("run__adoptions"),
            decided_on=F("run__adoptions__decided_on"),
        )
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
        .order_by(F("decided_on").desc(nulls_last=True), "-put")
        .first()
    )
