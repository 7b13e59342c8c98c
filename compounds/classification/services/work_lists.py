"""Lists to work on: facts to ask for, compounds near a threshold, overrides about to end."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from governance.foundation.fields import TagsField

from .. import rules
from ..models import Decision


class Asked(NamedTuple):
    """One fact and how many compounds wait for it."""

    fact: rules.Fact
    count: int


class AskedHere(NamedTuple):
    """One community: compounds that wait, and for which facts how many."""

    community_id: int
    community: str
    street: str
    count: int
    facts: tuple[Asked, ...]


def facts_to_ask(decisions: QuerySet[Decision]) -> list[Asked]:
    """Facts for which current decisions wait, most wanted first: one query.

    Give it a scoped queryset: `Decision.objects.visible_to(user)`.
    """
    counts = (
        decisions.incomplete()
        .order_by()
        .aggregate(
            **{key: Count("pk", filter=Q(missing__contains=f" {key} ")) for key in rules.FACTS}
        )
    )
    found = [Asked(fact, counts[key]) for key, fact in rules.FACTS.items() if counts[key]]
    return sorted(found, key=lambda asked: -asked.count)


def facts_to_ask_by_community(decisions: QuerySet[Decision]) -> list[AskedHere]:
    """The same by community, the longest list first: one query."""
    rows = (
        decisions.incomplete()
        .order_by()
        .values_list("community_id", "community__name", "street__name", "missing")
        .annotate(count=Count("pk"))
    )
    found: dict[int, dict] = {}
    for community, name, street, missing, count in rows:
        here = found.setdefault(
            community, {"name": name, "street": street, "count": 0, "facts": {}}
        )
        here["count"] += count
        for key in TagsField.split(missing):
            here["facts"][key] = here["facts"].get(key, 0) + count
    lists = [
        AskedHere(
            community,
            here["name"],
            here["street"],
            here["count"],
            tuple(
                Asked(fact, here["facts"][key])
                for key, fact in rules.FACTS.items()
                if key in here["facts"]
            ),
        )
        for community, here in found.items()
    ]
    return sorted(lists, key=lambda row: (-row.count, row.community_id))


def compounds_to_ask(decisions: QuerySet[Decision], fact: str) -> QuerySet[Decision]:
    """Current decisions that wait for a fact, by place."""
    return decisions.asking_for(fact).order_by("street_id", "community_id", "pk")
