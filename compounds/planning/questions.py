"""What other rooms ask of plans, read-only."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from compounds.assignment import origins

from .forecasting import BATCH
from .models import Adoption, PlanPlace, PlanRun


def latest_place(user, compound) -> PlanPlace | None:
    """A compound's place in the plan that counts, inside the reader's scope.

    That is the one approved last, else, for who sees that plan whole, the one put to approval
    last; never one that was merely reckoned. Its `adoption` is the state of the adoption. One
    query.
    """
    approved = Q(run__adoptions__state=Adoption.State.APPROVED)
    put = Q(run__adoptions__state=Adoption.State.PROPOSED)
    whole = Q(run__in=PlanRun.objects.visible_to(user).values("pk"))
    return (
        PlanPlace.objects.visible_to(user)
        .filter(approved | put & whole, compound=compound)
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


def approved_runs(user):
    """Approved plans of wider areas, as far as they place compounds inside the reader's posts."""
    mine = PlanPlace.objects.visible_to(user).filter(run=OuterRef("pk"))
    return (
        PlanRun.objects.filter(Exists(mine), adoptions__state=Adoption.State.APPROVED)
        .exclude(pk__in=PlanRun.objects.visible_to(user).values("pk"))
        .annotate(decided_on=F("adoptions__decided_on"), document=F("adoptions__document"))
        .select_related("area")
        .defer("inputs", "figures", "bound", "area__boundary")
        .order_by("-decided_on", "-pk")
    )


def origin(user, *, number: int | None = None, batch: str = "") -> origins.Origin | None:
    """The approved plan of a number, or whose proposals bear a batch, where it may be read."""
    rows = Adoption.objects.exclude(batch="").filter(state=Adoption.State.APPROVED)
    wanted = rows.filter(pk=number) if batch == "" else rows.filter(batch__startswith=batch[:BATCH])
    row = wanted.select_related("run__area").defer("run__inputs", "run__area__boundary").first()
    if row is None:
        return None
    if PlanRun.objects.visible_to(user).filter(pk=row.run_id).exists():
        page = "planning:plan_detail"
    elif approved_runs(user).filter(pk=row.run_id).exists():
        page = "planning:place_list"
    else:
        return None
    return origins.Origin(row.batch[:BATCH], str(row.run), reverse(page, args=[row.run_id]))


def connect() -> None:
    origins.register(origin)
