"""Questions about ends and claims: conditions the database knows, set-based."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum

from compounds.clearing.models import Loss
from compounds.registry.models import Status
from governance.foundation import dates
from governance.foundation.bulk import in_chunks
from subsidies.entitlements.models import Entitlement, TermChange

from . import gathering, rules
from .models import Clawback, ExitReview, Instalment

OPEN = (Entitlement.State.APPROVED, Entitlement.State.SUSPENDED)
EVER = (*OPEN, Entitlement.State.EXITED, Entitlement.State.CLOSED)
IN_FORCE = (
    Clawback.State.NOTIFIED,
    Clawback.State.APPEALED,
    Clawback.State.CONFIRMED,
    Clawback.State.RECOVERED,
)


def ends(entitlement_ids: Iterable[int]) -> dict[int, dt.date]:
    """By running subsidy: the last day of its approved exit, which waits to be carried out."""
    wanted = set(entitlement_ids)
    rows = (
        ExitReview.objects.filter(state=ExitReview.State.APPROVED, entitlement__state__in=OPEN)
        .exclude(outcome=ExitReview.Outcome.EXTEND)
        .exclude(Q(exit_reason="TERM") & ~Q(exit_on=F("entitlement__ends_on")))
        .order_by("-exit_on")
    )
    return {pk: day for pk, day in rows.values_list("entitlement_id", "exit_on") if pk in wanted}


# -- which subsidies -------------------------------------------------------------------------------
def running() -> QuerySet[Entitlement]:
    return Entitlement.objects.filter(state__in=OPEN)


def is_reviewed(as_of: dt.date | None = None) -> Exists:
    """An exit review waits, or was approved for the end the term has now.

    An extension that was agreed on counts until the term is over: then it was made, and the term
    has another end, or it is reviewed anew.
    """
    rows = ExitReview.objects.filter(entitlement=OuterRef("pk"))
    as_of = as_of or dates.today()
    changing = TermChange.objects.filter(
        entitlement=OuterRef("entitlement"), kind=TermChange.Kind.EXTENSION, state="PREPARED"
    )
    waits = Q(state=ExitReview.State.PREPARED)
    done = Q(state=ExitReview.State.APPROVED) & (
        ~Q(outcome=ExitReview.Outcome.EXTEND) & ~Q(exit_reason="TERM")
        | Q(exit_reason="TERM", exit_on=OuterRef("ends_on"))
        & (~Q(outcome=ExitReview.Outcome.EXTEND) | Q(exit_on__gte=as_of) | Exists(changing))
    )
    return Exists(rows.filter(waits | done))


def unreviewed(as_of: dt.date | None = None) -> QuerySet[Entitlement]:
    return running().filter(~is_reviewed(as_of))


def near_their_end(as_of: dt.date) -> QuerySet[Entitlement]:
    """Running subsidies whose last month is near or has begun, and nobody reviews their end."""
    return unreviewed(as_of).filter(ends_on__lte=rules.latest_end_warned(as_of), ends_on__gte=as_of)


def over_without_review(as_of: dt.date) -> QuerySet[Entitlement]:
    """Running subsidies whose term is over, and nobody reviews their end."""
    return unreviewed(as_of).filter(ends_on__lt=as_of)


def service_ended() -> Q:
    """Assignment or contract ended within the term, a confirmed loss, or the compound gone."""
    losses = Loss.objects.filter(
        case__compound=OuterRef("compound"),
        state=Loss.State.CONFIRMED,
        lost_on__gte=OuterRef("starts_on"),
        lost_on__lt=OuterRef("ends_on"),
    )
    return (
        Q(assignment__ended_on__lt=F("ends_on"))
        | Q(contract__ended_on__lt=F("ends_on"))
        | ~Q(compound__status=Status.ACTIVE)
        | Exists(losses)
    )


def with_service_ended(rows: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
    return rows.filter(service_ended())


def self_sufficient(rows: QuerySet[Entitlement], as_of: dt.date) -> list[Entitlement]:
    """Those whose collection has reached what ends their programme early, for long enough."""
    asked = list(
        rows.filter(programme__exit_collection_percent__isnull=False).select_related("programme")
    )
    known = gathering.collections_of([row.compound_id for row in asked], as_of)
    return [
        row
        for row in asked
        if gathering.held_for(
            known.get(row.compound_id), row.programme.exit_collection_percent, as_of
        )
        >= row.programme.exit_months
    ]


# -- claims ----------------------------------------------------------------------------------------
def barred(provider_ids: Iterable[int], *, as_of: dt.date) -> dict[int, dt.date]:
    """Firms that may not apply after a false claim, each until when (domain.md §2.6)."""
    found: dict[int, dt.date] = {}
    for chunk in in_chunks(sorted(set(provider_ids))):
        rows = (
            Clawback.objects.filter(
                # A claim may be cancelled since the bank sent the money back: the bar stays.
                entitlement__provider__in=chunk,
                state__in=[*IN_FORCE, Clawback.State.CANCELLED],
                bans_until__gte=as_of,
            )
            .order_by()
            .values_list("entitlement__provider")
            .annotate(until=Max("bans_until"))
        )
        found |= dict(rows)
    return found


def overdue_instalments(as_of: dt.date) -> QuerySet[Instalment]:
    """Instalments that should have come in; none while an appeal waits."""
    return Instalment.objects.filter(
        received_on=None,
        due_on__lt=as_of,
        clawback__state__in=[Clawback.State.NOTIFIED, Clawback.State.CONFIRMED],
    )


def has_overdue(as_of: dt.date) -> Exists:
    """For clawbacks: an instalment of it is overdue."""
    return Exists(overdue_instalments(as_of).filter(clawback=OuterRef("pk")))


def sums(clawbacks: QuerySet[Clawback]) -> dict[str, Decimal]:
    """Claimed by notice, received, and to come, of some clawbacks (yuan)."""
    in_force = clawbacks.filter(state__in=IN_FORCE).order_by()
    claimed = in_force.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    received = Instalment.objects.filter(
        clawback__in=in_force.values("pk"), received_on__isnull=False
    ).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {"claimed": claimed, "received": received, "to_come": claimed - received}


def is_extended_since() -> Q:
    """For approved reviews of the end of a term: the term has another end by now."""
    return Q(exit_reason="TERM") & ~Q(exit_on=F("entitlement__ends_on"))


def bars(provider_ids: Iterable[int], as_of: dt.date) -> dict[int, tuple[dt.date, str]]:
    """The same for the conditions of programmes: until when, and what says so."""
    return {pk: (until, "clawback") for pk, until in barred(provider_ids, as_of=as_of).items()}
