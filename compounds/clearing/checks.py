"""What must hold of the campaign on a live database, asked in queries of its own."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from compounds.registry.models import CommunityTally, Compound, Stage
from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history

from . import rules
from .models import Acceptance, Case, Consultation, Plan, Transition
from .watch_checks import CHECKS as WATCH_CHECKS

CHUNK = 5000


def places() -> Iterator[str]:
    """Cases lie where their compound lies, and what hangs on a case where the case lies."""
    yield from misplaced(Case.objects, "compound")
    for model in (Transition, Plan, Consultation, Acceptance):
        yield from misplaced(model.objects, "case")


def steps() -> Iterator[str]:
    """Every case is where its last step led; steps follow each other, and in the order of days."""
    state: dict[int, str] = {}
    last: dict[int, object] = {}
    confirmed: set[int] = set()
    resumes: dict[int, str] = {}
    rows = Transition.objects.order_by("pk").values_list(
        "pk", "case_id", "kind", "from_state", "to_state", "on"
    )
    for pk, case, kind, before, after, on in rows.iterator(chunk_size=CHUNK):
        if before != state.get(case, ""):
            yield f"transition {pk} begins at {before}, but the case stood at {state.get(case)}"
        elif not rules.may_follow(kind, before, after):
            yield f"transition {pk} leads from {before} to {after}, which no step does"
        elif kind == Transition.Kind.RESUME and resumes.get(case) != after:
            yield f"transition {pk} resumes at {after}, but was suspended at {resumes.get(case)}"
        elif kind == Transition.Kind.ADVANCE and after == Stage.MATCHING and case not in confirmed:
            yield f"transition {pk} approves what nobody has confirmed"
        if case in last and on < last[case]:
            yield f"transition {pk} happened before the one it follows"
        if kind == Transition.Kind.CONFIRM:
            confirmed.add(case)
        elif kind in (Transition.Kind.RETURN, Transition.Kind.LOSS, Transition.Kind.OPEN):
            confirmed.discard(case)
        if kind == Transition.Kind.SUSPEND:
            resumes[case] = before
        state[case], last[case] = after, on
    for pk, now in Case.objects.order_by("pk").values_list("pk", "state").iterator():
        if pk not in state:
            yield f"case {pk} has no step"
        elif state[pk] != now:
            yield f"case {pk} stands at {now}, but its last step led to {state[pk]}"


def register() -> Iterator[str]:
    """The register's columns are those of the cases; a compound without a case has none."""
    differing = Q(compound__stage=F("state")) & (
        Q(compound__first_cleared_on=F("first_cleared_on"))
        | Q(compound__first_cleared_on=None, first_cleared_on=None)
    )
    yield from gone_wrong(Case.objects, ~differing, "says something else than the register")
    without = Compound.objects.filter(case=None)
    yield from gone_wrong(
        without, ~Q(stage="") | Q(first_cleared_on__isnull=False), "has a stage, but no case"
    )
    inside = Case.objects.exclude(state__in=rules.LEFT)
    yield from gone_wrong(
        inside, ~Q(compound__status="ACTIVE"), "is in the campaign, but its compound is gone"
    )
    yield from gone_wrong(
        inside,
        Q(compound__is_unmanaged=None) | Q(compound__is_unmanaged=False),
        "is in the campaign, but its compound is managed",
    )


def days() -> Iterator[str]:
    """Days of a case agree with its steps; counters and first days too."""
    cleared = Transition.objects.filter(case=OuterRef("pk"), to_state=Stage.CLEARED)
    cases = Case.objects
    yield from gone_wrong(
        cases,
        Q(first_cleared_on__isnull=False)
        & ~Q(Exists(cleared.filter(on=OuterRef("first_cleared_on")))),
        "was first cleared on a day on which no step cleared it",
    )
    yield from gone_wrong(
        cases, Q(first_cleared_on=None) & Q(Exists(cleared)), "was cleared, but says no day"
    )
    yield from gone_wrong(
        cases, Q(entered_on__lt=F("registered_on")), "entered its stage before it was registered"
    )
    lost = (
        Transition.objects.filter(kind=Transition.Kind.LOSS, from_state=Stage.CLEARED)
        .order_by()
        .values("case")
        .annotate(n=Count("pk"))
    )
    counted = dict(lost.values_list("case", "n"))
    for pk, count in cases.order_by("pk").values_list("pk", "rebound_count").iterator():
        if counted.get(pk, 0) != count:
            yield f"case {pk} counts {count} rebounds, but fell back {counted.get(pk, 0)} times"
    served = Q(state__in=rules.SERVED)
    yield from gone_wrong(cases, served & Q(served_from=None), "is served, but says no day")
    yield from gone_wrong(
        cases, served & ~Q(Exists(_active())), "is served, but has no active assignment"
    )


def _active():
    return Compound.objects.filter(pk=OuterRef("compound"), assignments__state="ACTIVE")


def people() -> Iterator[str]:
    """What one has prepared another has decided; past progress was taken over as written.

    In each round anew: a case that came back may be confirmed by whoever approved it before.
    """
    by_hand = Transition.objects.exclude(batch__startswith="import-")
    confirmed = by_hand.filter(kind=Transition.Kind.CONFIRM)
    of_this_round = confirmed.filter(case=OuterRef("case"), pk__lt=OuterRef("pk")).order_by("-pk")
    approved = by_hand.filter(from_state=Stage.CLASSIFIED, to_state=Stage.MATCHING)
    yield from gone_wrong(
        approved.annotate(confirmer=Subquery(of_this_round.values("by")[:1])),
        Q(confirmer=F("by")),
        "approves what the same person has confirmed",
    )
    # A plan rewritten since then speaks of its last writer.
    yield from gone_wrong(
        confirmed,
        Q(case__plan__prepared_by=F("by"), case__plan__updated_at__lte=F("at")),
        "confirms a plan of the same person",
    )


def tallies() -> Iterator[str]:
    """The summary counts as many compounds at each stage, and ever cleared, as there are cases."""
    live = Case.objects.exclude(state__in=rules.LEFT).order_by()
    wanted = {
        (community, state): (count, cleared)
        for community, state, count, cleared in live.values_list("community", "state").annotate(
            n=Count("pk"), c=Count("first_cleared_on")
        )
    }
    found: dict[tuple, list[int]] = {}
    for community, stage, count, cleared in (
        CommunityTally.objects.exclude(stage__in=["", *rules.LEFT])
        .order_by()
        .values_list("community", "stage", "compounds", "cleared")
    ):
        sums = found.setdefault((community, stage), [0, 0])
        sums[0] += count
        sums[1] += cleared
    for key in sorted({*wanted, *found}, key=str):
        told = tuple(found.get(key, (0, 0)))
        if told != wanted.get(key, (0, 0)):
            yield f"tally of {key[0]}/{key[1]} counts {told}, the cases {wanted.get(key, (0, 0))}"


def history() -> Iterator[str]:
    """The newest version of each case equals the case, and versions have no gaps."""
    yield from unfaithful_history(Case)


CHECKS = {
    "places": places,
    "steps": steps,
    "register": register,
    "days": days,
    "people": people,
    "tallies": tallies,
    "history": history,
    **WATCH_CHECKS,
}
