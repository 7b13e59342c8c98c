"""Questions that other rooms ask about assignments: set-based, one query each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import ngettext

from . import gathering, rules
from .models import APPROVE, REVIEW, Assignment, HandoverItem


class Open(NamedTuple):
    """An open assignment of a compound."""

    pk: int
    state: str
    provider: int
    provider_name: str
    strategy: str
    starts_on: dt.date | None
    replaces: int | None


def handover_left(assignment_ids: Iterable[int], direction: str) -> dict[int, int]:
    """How many lines of a hand-over list have no day yet, by assignment.

    A list that nobody has begun counts with all its usual lines: it is not complete.
    """
    ids = list(assignment_ids)
    rows = (
        HandoverItem.objects.filter(assignment_id__among=ids, direction=direction)
        .order_by()
        .values("assignment_id")
        .annotate(left=Count("pk", filter=Q(done_on=None)))
    )
    found = dict(rows.values_list("assignment_id", "left"))
    return {pk: found.get(pk, len(rules.DEFAULT_LINES[direction])) for pk in ids}


def open_of(compound_ids: Iterable[int]) -> dict[int, list[Open]]:
    """What is open for compounds, by compound: the active one first, then the prepared one."""
    rows = (
        Assignment.objects.open()
        .filter(compound_id__among=list(compound_ids))
        .order_by("compound_id", "state")  # ACTIVE comes first of the four
        .values_list(
            "compound_id",
            "pk",
            "state",
            "provider_id",
            "provider__name",
            "strategy",
            "starts_on",
            "replaces_id",
        )
    )
    found: dict[int, list[Open]] = {}
    for compound, *rest in rows:
        found.setdefault(compound, []).append(Open(*rest))
    return found


def served(districts: Iterable[int]) -> dict[int, tuple[int, Decimal]]:
    """Compounds and m² that firms serve in the campaign, by firm."""
    return gathering.loads(Assignment.objects.active().filter(district_id__in=list(districts)))


def waits_for(user) -> Q:
    """Condition on assignments whose next step is this person's: review, or approval."""
    scope = user.scope
    review = Q(state=Assignment.State.PROPOSED) & scope.granted(REVIEW) & ~Q(prepared_by=user)
    approve = (
        Q(state=Assignment.State.STREET_REVIEWED)
        & scope.granted(APPROVE)
        & ~Q(prepared_by=user)
        & ~Q(reviewed_by=user)
    )
    return review | approve


def waiting(user, *, state: str) -> int:
    """How many assignments in a state wait for a person."""
    return Assignment.objects.filter(waits_for(user), state=state).count()


def work_of(user) -> Iterable[tuple]:
    """Open work of a person for the workbench: what waits for their review or approval."""
    if not (user.scope.has(REVIEW) or user.scope.has(APPROVE)):
        return
    count = Assignment.objects.filter(waits_for(user)).count()
    if count:
        title = ngettext(
            "assignment waits for your decision", "assignments wait for your decision", count
        )
        yield title, count, False, f"{reverse('assignment:assignment_list')}?state=MINE"
